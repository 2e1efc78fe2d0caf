"""Names this room to Django."""

from django.apps import AppConfig


class CirculationConfig(AppConfig):
    """The circulation room."""

    name = "circumspect.records.circulation"
    label = "circulation"
