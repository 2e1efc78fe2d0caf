"""Names this room to Django."""

from django.apps import AppConfig


class TerminalsConfig(AppConfig):
    """Accounts of machines that speak SIP2."""

    name = "circumspect.offices.terminals"
    label = "terminals"
