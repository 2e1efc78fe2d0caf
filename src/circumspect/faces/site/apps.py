"""Names this room to Django."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The library's website."""

    name = "circumspect.faces.site"
    label = "site"
