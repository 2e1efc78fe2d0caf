"""Names this room to Django."""

from django.apps import AppConfig


class HoldsConfig(AppConfig):
    """The holds room: queues, the hold shelf."""

    name = "circumspect.records.holds"
    label = "holds"
