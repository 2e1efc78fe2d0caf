"""Names this room to Django."""

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """Counts, and the tables made of them."""

    name = "circumspect.offices.statistics"
    label = "statistics"
