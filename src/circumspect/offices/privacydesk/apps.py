"""Names this room to Django."""

from django.apps import AppConfig


class PrivacyDeskConfig(AppConfig):
    """Requests for what the library holds about people."""

    name = "circumspect.offices.privacydesk"
    label = "privacydesk"
