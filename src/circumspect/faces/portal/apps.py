"""Names this room to Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The patron's own pages."""

    name = "circumspect.faces.portal"
    label = "portal"
