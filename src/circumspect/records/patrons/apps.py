"""Names this room to Django."""

from django.apps import AppConfig


class PatronsConfig(AppConfig):
    """The patrons room."""

    name = "circumspect.records.patrons"
    label = "patrons"
