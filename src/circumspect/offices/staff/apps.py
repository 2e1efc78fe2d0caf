"""Names this room to Django."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """The staff room."""

    name = "circumspect.offices.staff"
    label = "staff"
