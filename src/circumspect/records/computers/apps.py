"""Names this room to Django."""

from django.apps import AppConfig


class ComputersConfig(AppConfig):
    """The public computers."""

    name = "circumspect.records.computers"
    label = "computers"
