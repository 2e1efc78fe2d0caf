"""Names this room to Django."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Looks that nothing explains, and whoever has to hear of them."""

    name = "circumspect.offices.review"
    label = "review"
