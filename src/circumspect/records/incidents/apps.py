"""Names this room to Django."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Behaviour in the building, apart from every account."""

    name = "circumspect.records.incidents"
    label = "incidents"
