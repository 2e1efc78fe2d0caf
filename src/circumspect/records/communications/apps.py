"""Names this room to Django."""

from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    """Newsletters, and the mail that comes in."""

    name = "circumspect.records.communications"
    label = "communications"
