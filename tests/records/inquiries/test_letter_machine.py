"""Letters as a machine: whatever happens to them in whatever order, each is where its class says, and gone when it is over.

A model beside the records says what should be there. After each round the two are compared: which letters there are and
which keys, what the FOIA officer finds, what is open. Twins that forget half of it are caught.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from inquiries_support import member

from circumspect.records.inquiries import answering, tending
from circumspect.records.inquiries.intake import Letter, send_in, write_on
from circumspect.records.inquiries.models import Inquiry, PublicLetter
from circumspect.records.inquiries.publicrecords import search_public_records
from circumspect.records.inquiries.rules import Kind, LetterClass, WrongStepError, class_of
from circumspect.records.inquiries.shelves import MAILBOX, Sender, Text, shelf_of
from circumspect.trust.vault.models import SubjectKey
from circumspect.trust.vault.vault import Vault

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
LIBRARIAN, OFFICER = member("reference"), member("foia_officer")
LIFE = dt.timedelta(days=30)


@dataclass(frozen=True)
class Model:
    """What should be so of one letter."""

    letter_class: LetterClass
    is_wish: bool = False
    is_answered: bool = False
    is_closed: bool = False
    ended_on: dt.date | None = None
    touched_on: dt.date = dt.date.min


class Walk:
    """Letters, and what should be so of them."""

    def __init__(self, house: Any, clock: Any, seed: int) -> None:
        self.house, self.clock, self.chance = house, clock, random.Random(seed)
        self.letters: dict[int, Model] = {}

    def go(self, steps: int) -> None:
        """So many steps at random, each held against the model."""
        acts = (
            self.write,
            self.write,
            self.answer,
            self.reply,
            self.close,
            self.move,
            self.wait,
            self.wait,
            self.note,
        )
        for _ in range(steps):
            self.chance.choice(acts)()
            self.compare()

    def one(self) -> int | None:
        return self.chance.choice(list(self.letters)) if self.letters else None

    def write(self) -> None:
        kind = self.chance.choice([*Kind])
        letter = send_in(self.house, Letter(kind, Text(body="the river"), Sender(email="a@b.example")))
        is_wish = kind is Kind.PURCHASE
        self.letters[letter] = Model(class_of(kind), is_wish, touched_on=self.house.today())

    def answer(self) -> None:
        letter = self.one()
        if letter is None:
            return
        was = self.letters[letter]
        if was.is_closed:
            with pytest.raises(WrongStepError):
                answering.answer(self.house, LIBRARIAN, letter, "Here")
            return
        answering.answer(self.house, LIBRARIAN, letter, "Here")
        today = self.house.today()
        self.letters[letter] = replace(was, is_answered=True, ended_on=today, touched_on=today)

    def reply(self) -> None:
        letter = self.one()
        if letter is None:
            return
        was = self.letters[letter]
        text, shelf = Text(body="And the bridge?"), shelf_of(letter)
        if was.is_closed:
            with pytest.raises(WrongStepError):
                write_on(self.house, shelf, letter, text, actor=MAILBOX)
            return
        write_on(self.house, shelf, letter, text, actor=MAILBOX)
        self.letters[letter] = replace(was, ended_on=None, touched_on=self.house.today())

    def close(self) -> None:
        letter = self.one()
        if letter is None or self.letters[letter].is_closed:
            return
        was = self.letters[letter]
        answering.close(self.house, LIBRARIAN, letter)
        ended = was.ended_on or self.house.today()
        self.letters[letter] = replace(was, is_closed=True, ended_on=ended, touched_on=self.house.today())

    def move(self) -> None:
        letter = self.one()
        if letter is None:
            return
        was = self.letters[letter]
        other = LetterClass.PUBLIC if was.letter_class is LetterClass.BORROWER else LetterClass.BORROWER
        answering.reclassify(self.house, LIBRARIAN, letter, other, "wrong_form")
        self.letters[letter] = replace(was, letter_class=other)

    def note(self) -> None:
        letter = self.one()
        if letter is not None:
            until = self.house.today() + dt.timedelta(days=self.chance.randint(1, 90))
            answering.add_note(self.house, LIBRARIAN, letter, kind="HELP", body="note", ends_on=until)

    def wait(self) -> None:
        """Days go by, and the rounds are made."""
        self.clock.forward(days=self.chance.choice([1, 5, 29, 30, 90]))
        tending.end_notes(self.house)
        tending.close_untouched(self.house)
        tending.forget_letters(self.house)
        today = self.house.today()
        for letter, was in list(self.letters.items()):
            now = was
            if was.ended_on is None and today - was.touched_on >= dt.timedelta(days=180):
                now = replace(was, is_closed=True, ended_on=today)
            self.letters[letter] = now
            # A wish ends with its being closed, unless an answer waits to leave.
            has_ended = now.is_wish and now.is_closed and not now.is_answered
            is_over = now.ended_on is not None and today - now.ended_on >= LIFE
            if now.letter_class is LetterClass.BORROWER and (is_over or has_ended):
                del self.letters[letter]

    def compare(self) -> None:
        """Tables, keys, and what the officer finds."""
        public = {each for each, is_so in self.letters.items() if is_so.letter_class is LetterClass.PUBLIC}
        assert set(PublicLetter.objects.values_list("id", flat=True)) == public
        assert set(Inquiry.objects.values_list("id", flat=True)) == set(self.letters) - public
        assert set(SubjectKey.objects.values_list("subject", flat=True)) == set(self.letters)
        for table in (Inquiry, PublicLetter):
            for row in table.objects.all():
                is_so = self.letters[row.id]
                assert (row.state == "closed", row.ended_on) == (is_so.is_closed, is_so.ended_on)
        if self.chance.random() < 0.2:
            found = search_public_records(self.house, OFFICER, "river")
            assert {each.id for each in found} == public


@pytest.mark.clause("TH-4.1", "TH-4.4", "TH-1.8")
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_to_letters_each_is_where_it_belongs_until_it_is_over(house, clock, seed):
    """Sixty steps at random."""
    Walk(house, clock, seed).go(60)


def keeps_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets rows and leaves their keys."""
    monkeypatch.setattr(Vault, "destroy_subjects", lambda *_: 0)


def keeps_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves a letter and leaves it where it was."""
    real = answering._move

    def move(house: Any, old: Any, new: Any, row: Any, opening: Any) -> Any:
        moved = real(house, old, new, row, opening)
        names = [each.attname for each in row._meta.fields]
        old.letters.create(**{name: getattr(row, name) for name in names})
        return moved

    monkeypatch.setattr(answering, "_move", move)


def never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets an answered letter live for ever."""
    monkeypatch.setattr(tending, "forget_letters", lambda *_: 0)


@pytest.mark.parametrize("twin", [keeps_keys, keeps_a_copy, never_ends])
def test_a_machine_that_is_broken_is_caught(house, clock, monkeypatch, twin):
    """Each twin differs from the model before the walk is over."""
    twin(monkeypatch)
    with pytest.raises(AssertionError):
        Walk(house, clock, 1).go(120)
