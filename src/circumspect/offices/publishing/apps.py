"""Names this room to Django."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """What the library says in public: news, events, policies."""

    name = "circumspect.offices.publishing"
    label = "publishing"
