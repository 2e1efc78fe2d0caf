"""What can be wrong with a patron record. Messages name fields, never values."""

from __future__ import annotations


class PatronError(Exception):
    """A patron record cannot be made or changed as asked. Catch this; only its subclasses are raised."""


class FieldError(PatronError):
    """One field does not do.

    Attributes:
        field: Its name.
        reason: What to do, in plain words.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class CardTakenError(FieldError):
    """The card number is in use."""

    def __init__(self) -> None:
        super().__init__("card_number", "this card number is in use; take another card")


class ChangedMeanwhileError(PatronError):
    """Somebody else changed the record since the page was opened."""

    def __init__(self) -> None:
        super().__init__("the record was changed in between; look at it again before saving")
