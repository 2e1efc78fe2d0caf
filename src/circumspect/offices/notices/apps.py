"""Names this room to Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Notices by mail, message and letter."""

    name = "circumspect.offices.notices"
    label = "notices"
