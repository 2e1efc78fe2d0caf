"""Names this room to Django."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog room."""

    name = "circumspect.records.catalog"
    label = "catalog"
