"""Names this room to Django."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """The vault room."""

    name = "circumspect.trust.vault"
    label = "vault"
