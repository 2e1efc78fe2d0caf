"""Names this room to Django."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Carries out the retention schedule over every series."""

    name = "circumspect.offices.retention"
    label = "retention"
