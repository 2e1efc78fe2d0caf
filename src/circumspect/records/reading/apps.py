"""Names this room to Django."""

from django.apps import AppConfig


class ReadingConfig(AppConfig):
    """Reading history for those who asked for one, and permissions they gave."""

    name = "circumspect.records.reading"
    label = "reading"
