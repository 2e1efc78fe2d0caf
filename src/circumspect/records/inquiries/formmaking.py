"""Forms that staff make: write one, open it to the public, close it; and whose decision its class is.

A form has no class of its own when it is made: what it brings in is part of the borrower's record. Only the policy's
owner decides otherwise, form by form, and no form is open before its words are there in every language.

Source: clauses TH-4.3, TH-4.4, MP-2.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from circumspect.records.inquiries.fieldkinds import FormWords, check_slug, check_words, read_answers
from circumspect.records.inquiries.intake import count_by
from circumspect.records.inquiries.models import StaffForm
from circumspect.records.inquiries.rules import LetterClass, NoSuchFormError, UnfitError
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

SERIES = "forms"
MOST_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Form:
    """A form.

    Attributes:
        until: Its last day, None for one that has none.
        places: How many may sign up, None for any number.
        taken: How many have.
    """

    slug: str
    words: FormWords
    letter_class: LetterClass
    state: str
    until: dt.date | None
    places: int | None
    taken: int

    @property
    def is_full(self) -> bool:
        """Whether nobody more may sign up."""
        return self.places is not None and self.taken >= self.places

    def is_open_on(self, day: dt.date) -> bool:
        """Whether the public may fill it in on a day."""
        return self.state == "open" and (self.until is None or day <= self.until)


def put_form(
    house: House,
    actor: Actor,
    slug: str,
    words: FormWords,
    *,
    until: dt.date | None = None,
    places: int | None = None,
    is_new: bool = False,
) -> None:
    """Write a form, or write it anew. A new one is a draft, and its class is the borrower's; an open one stays open.

    Args:
        is_new: A form is not to be written over, whoever made it.

    Raises:
        UnfitError: A part does not do, words are missing in a language of an open form, or a new form would be at the
            address of another. Nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, "words")
    check_slug(slug)
    check_words(words)
    if places is not None and not 1 <= places <= MOST_PLACES:
        raise UnfitError("places", f"1 to {MOST_PLACES}")
    found = StaffForm.objects.filter(slug=slug).first()
    if found is not None and is_new:
        raise UnfitError("slug", "another form has this name: take another, or change that one from the list")
    if found is not None and found.state == "open" and words.lacks():
        raise UnfitError("languages", f"words are missing in {', '.join(words.lacks())}")
    kept = {"words": words.to_text(), "until": until, "places": places}
    if found is None:
        StaffForm.objects.create(slug=slug, state="draft", letter_class=LetterClass.BORROWER.value, **kept)
    else:
        StaffForm.objects.filter(slug=slug).update(**kept)


def set_open(house: House, actor: Actor, slug: str, *, is_open: bool) -> None:
    """Open a form to the public, or close it.

    Raises:
        UnfitError: Words are missing in one of the languages.
        NoSuchFormError: There is none.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, "words")
    form = form_of(slug)
    if is_open and form.words.lacks():
        raise UnfitError("languages", f"words are missing in {', '.join(form.words.lacks())}")
    StaffForm.objects.filter(slug=slug).update(state="open" if is_open else "closed")


def reclassify_form(house: House, actor: Actor, slug: str, wanted: LetterClass) -> None:
    """Decide which class the letters are of that come by a form from now on. Those that came stay what they are.

    Raises:
        NoSuchFormError: There is none.
        Refused, DoorClosed: Whoever asks does not own the policy; the refusal is written down.
    """
    _permit(house, actor, "class")
    if not StaffForm.objects.filter(slug=slug).update(letter_class=wanted.value):
        raise NoSuchFormError


def form_of(slug: str) -> Form:
    """One form, open or not.

    Raises:
        NoSuchFormError: There is none.
    """
    row = StaffForm.objects.filter(slug=slug).first()
    if row is None:
        raise NoSuchFormError
    return _form(row)


def shown_form(slug: str, today: dt.date, *, sends: bool = False) -> Form:
    """A form that is open; to whoever sends one, also one that closed while they wrote, so that it can be given back.

    Raises:
        NoSuchFormError: There is none, or the public may not see it.
    """
    form = form_of(slug)
    if form.is_open_on(today) or (sends and form.state != "draft"):
        return form
    raise NoSuchFormError


def answers_to(
    form: Form, typed: Mapping[str, str], language: str, today: dt.date
) -> tuple[tuple[str, str], ...]:
    """What somebody filled in, with each field's label, if it can be taken.

    Raises:
        NoSuchFormError: It was closed, or the last place is gone.
        UnfitError: A field does not do, or none is filled in; ``field`` says which.
    """
    if form.is_full or not form.is_open_on(today):
        raise NoSuchFormError
    answers = tuple(read_answers(form.words, typed, language))
    if not answers:
        raise UnfitError("f1", "missing")
    return answers


def forms() -> list[Form]:
    """Every form, by name."""
    return [_form(row) for row in StaffForm.objects.order_by("slug")]


def open_forms(today: dt.date) -> list[Form]:
    """Those that the public may fill in today."""
    return [each for each in forms() if each.is_open_on(today)]


def _form(row: StaffForm) -> Form:
    return Form(
        row.slug,
        FormWords.from_text(row.words),
        LetterClass(row.letter_class),
        row.state,
        row.until,
        row.places,
        count_by(row.slug),
    )


def _permit(house: House, actor: Actor, field: str) -> None:
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CORRESPOND,
        series=SERIES,
        fields={field},
        circumstance=Circumstance.LIST,
    )
