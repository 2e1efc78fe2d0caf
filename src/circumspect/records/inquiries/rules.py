"""What a letter is, where it stands and how long it lives. Pure: no clock, no database, no door.

A letter is whatever somebody sends the library: a question, a wish that a book be bought, a suggestion, a form,
an e-mail. It is of one of two classes, and everything follows from that: part of the **borrower's record**,
or a **public record**. What nobody has decided yet is treated as the borrower's.

    open -> answered -> open (they wrote again) ... -> closed

Its time runs from the day on which it was answered or closed, and stops when they write again. A letter that nobody
touches closes itself, so that nothing lives for ever because it was overlooked.

Source: clauses TH-4.1 to TH-4.4, MP-4.8, MP-4.13, MP-4.14; the retention schedule.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class LetterError(Exception):
    """A letter that cannot be taken or worked. Catch this; only its subclasses are raised."""


class UnfitError(LetterError):
    """Something that was sent does not do. Names the field and the rule, never what was sent.

    Attributes:
        field: Such as "text" or "email".
        rule: A word that a page has a sentence for, such as "missing".
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class WrongStepError(LetterError):
    """The letter stands where this cannot be done."""


class NoSuchFormError(LetterError):
    """There is no such form, or it is not open, or its last place is gone."""

    def __init__(self) -> None:
        super().__init__("there is no such form")


class NoSuchLetterError(LetterError):
    """There is no such letter, or it has been forgotten."""

    def __init__(self) -> None:
        super().__init__("there is no such letter any more: look at the list again")


class LetterClass(StrEnum):
    """The two classes, by the name of their series."""

    BORROWER = "inquiries"
    PUBLIC = "public mail"


class Kind(StrEnum):
    """What somebody sent."""

    QUESTION = "question"  # ask a librarian
    PURCHASE = "purchase"  # please buy this
    SUGGESTION = "suggestion"
    CONTACT = "contact"
    FORM = "form"  # one of the forms that staff made: a room, a programme, whatever it asks
    MAIL = "mail"  # an e-mail that belongs to no letter yet


# The class each kind comes in with (TH-4.4). Everything else, and every form of the staff's own, is the borrower's.
COMES_AS = {Kind.SUGGESTION: LetterClass.PUBLIC}
# Kinds that may turn out to be either: shown as undecided until somebody has looked.
UNDECIDED = frozenset({Kind.CONTACT, Kind.MAIL})


class State(StrEnum):
    """Where a letter stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Step(StrEnum):
    """What happens to a letter."""

    ANSWER = "answer"
    WRITE_ON = "write on"  # whoever sent it writes again
    CLOSE = "close"


_STEPS = {
    (State.OPEN, Step.ANSWER): State.ANSWERED,
    (State.ANSWERED, Step.ANSWER): State.ANSWERED,
    (State.OPEN, Step.WRITE_ON): State.OPEN,
    (State.ANSWERED, Step.WRITE_ON): State.OPEN,
    (State.OPEN, Step.CLOSE): State.CLOSED,
    (State.ANSWERED, Step.CLOSE): State.CLOSED,
}


def step(state: State, what: Step) -> State:
    """Where a letter stands after a step.

    Raises:
        WrongStepError: It is closed, and nothing is done to what is closed.
    """
    after = _STEPS.get((state, what))
    if after is None:
        raise WrongStepError("this letter is closed: whoever wants to write again sends a new one")
    return after


class Way(StrEnum):
    """How whoever wrote reads the answer."""

    MAIL = "mail"
    PORTAL = "portal"
    NONE = "none"  # no answer is wanted, or none can be given


class ClassReason(StrEnum):
    """Why somebody decided or corrected the class. A closed list: a narrative would hold the letter again."""

    ABOUT_USE = "it says what somebody borrows, reads or studies"
    ABOUT_A_CARD = "it is about somebody's own card or account"
    NO_BEARING = "it has no bearing on what anybody borrows or studies"
    PUBLIC_BUSINESS = "it is about how the library is run"
    WRONG_FORM = "it came by the wrong form"


FITS = {
    LetterClass.BORROWER: (ClassReason.ABOUT_USE, ClassReason.ABOUT_A_CARD, ClassReason.WRONG_FORM),
    LetterClass.PUBLIC: (ClassReason.NO_BEARING, ClassReason.PUBLIC_BUSINESS, ClassReason.WRONG_FORM),
}


class NoteKind(StrEnum):
    """What a note on a letter is about. Whoever wrote the letter may read it (MP-4.13)."""

    HELP = "help that was given"
    LOOKED = "where we looked"
    PASSED_ON = "who works on it"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a wish that a book be bought."""

    bought: bool


NOTE_MOST_DAYS = 90
UNTOUCHED_DAYS = 180
TEXT_MOST = 8_000
SHORT_MOST = 200
LINKS_MOST = 5
MOST_FILES = 3
FILE_MOST_BYTES = 5_000_000


def class_of(kind: Kind, form_class: LetterClass | None = None) -> LetterClass:
    """The class a letter comes in with: a form's own where there is one, and the borrower's in any doubt (TH-4.3)."""
    if kind is Kind.FORM:
        return form_class or LetterClass.BORROWER
    return COMES_AS.get(kind, LetterClass.BORROWER)


def check_note(ends_on: dt.date | None, today: dt.date) -> dt.date:
    """The day a note ends, if it may.

    Raises:
        UnfitError: It has no end, or one that is past or more than 90 days off.
    """
    if ends_on is None or not today < ends_on <= today + dt.timedelta(days=NOTE_MOST_DAYS):
        raise UnfitError("ends_on", "within 90 days")
    return ends_on


def check_reason(wanted: LetterClass, reason: str) -> ClassReason:
    """The reason for a class, if it is one of that class's.

    Raises:
        UnfitError: There is none, or it speaks for the other class.
    """
    fitting = {each.name.lower(): each for each in FITS[wanted]}
    if reason not in fitting:
        raise UnfitError("reason", "missing")
    return fitting[reason]


def is_over(ended_on: dt.date | None, days: int, today: dt.date) -> bool:
    """Whether a letter that was answered or closed on a day has outlived so many days."""
    return ended_on is not None and (today - ended_on).days >= days


def count_links(text: str) -> int:
    """How many web addresses a text holds: people send few, machines many."""
    lower = text.casefold()
    return lower.count("http://") + lower.count("https://") + lower.count("[url")
