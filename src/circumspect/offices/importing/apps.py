"""Names this room to Django."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """The importing room."""

    name = "circumspect.offices.importing"
    label = "importing"
