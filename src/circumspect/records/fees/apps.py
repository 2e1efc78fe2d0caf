"""Names this room to Django."""

from django.apps import AppConfig


class FeesConfig(AppConfig):
    """The fees room: what is owed and settled."""

    name = "circumspect.records.fees"
    label = "fees"
