"""Names this room to Django."""

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """The frame of every page for the public: look, languages, headers."""

    name = "circumspect.faces.public"
    label = "public"
