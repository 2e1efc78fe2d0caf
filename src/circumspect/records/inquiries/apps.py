"""Names this room to Django."""

from django.apps import AppConfig


class InquiriesConfig(AppConfig):
    """Questions, suggestions and forms that people send."""

    name = "circumspect.records.inquiries"
    label = "inquiries"
