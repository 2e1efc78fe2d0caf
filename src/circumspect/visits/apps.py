"""Names this room to Django."""

from django.apps import AppConfig


class VisitsConfig(AppConfig):
    """Counts of visits to the website, in a database of their own."""

    name = "circumspect.visits"
    label = "visits"
