"""Names this room to Django."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The desk room."""

    name = "circumspect.faces.desk"
    label = "desk"
