"""Names this room to Django, and tells lending where a marked loan's title goes."""

from django.apps import AppConfig


class ReadingConfig(AppConfig):
    """Reading history for those who asked for one, and permissions they gave."""

    name = "circumspect.records.reading"
    label = "reading"

    def ready(self) -> None:
        """Hand this room's work in where items come back: lending itself does not know it."""
        from circumspect.records.circulation import histories
        from circumspect.records.reading.history import remember

        histories.hand_in(remember)
