"""Names this room to Django."""

from django.apps import AppConfig


class IllConfig(AppConfig):
    """Interlibrary loans."""

    name = "circumspect.records.ill"
    label = "ill"
