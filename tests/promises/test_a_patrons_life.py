"""A patron's life, in any order: the house and a small model of it must agree at every step.

People register, move, lose cards, borrow, return, renew, are written notes about and blocked; months
pass and epochs end; two records turn out to be one person's; some are forgotten. After each step the
house is asked what it knows, through its own use-cases, and must say what the model says, no more.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from circumspect.records.catalog.models import Branch, Item, ItemType, Title
from circumspect.records.circulation import lending, linking
from circumspect.records.circulation.models import Loan, Tally
from circumspect.records.patrons import cards, finding, notes, upkeep
from circumspect.records.patrons.models import ContactIndex, NameIndex, Note, Patron
from circumspect.records.patrons.registration import Change, Registration, change, open_records, register
from circumspect.records.patrons.standing import BLOCK_RULES, SETTABLE, Act, BlockKind
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.models import SubjectKey

LONG = os.environ.get("ATTACKS") == "long"
SCANNED = Circumstance.CARD_SCANNED
FORGET = Actor(ActorKind.JOB, "forget")
FAMILIES = ["Zielińska", "Smith", "Okoye", "O’Neil"]
GIVEN = ["Ada", "Ben", "Święcisława"]
BOOKS = [f"B{number:07d}" for number in range(8)]
MOST_RENEWALS = 2


@dataclass
class Person:
    """What the model knows of one patron."""

    family: str
    given: str
    email: str
    expires_on: dt.date
    card: str = ""
    old_cards: dict[str, str] = field(default_factory=dict)
    blocks: frozenset[BlockKind] = frozenset()
    notes: dict[int, dt.date] = field(default_factory=dict)
    loans: dict[str, int] = field(default_factory=dict)  # barcode: renewals
    linked_on: dict[str, dt.date] = field(default_factory=dict)


class Life(RuleBasedStateMachine):
    """The house on one side, people on the other."""

    house: Any
    clock: Any
    clerk: Actor
    lead: Actor

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[int, Person] = {}
        self.gone: list[tuple[int, Person]] = []
        self.number = 0
        self.returns = 0

    # who and what

    def _patrons(self) -> list[int]:
        return sorted(self.people)

    def _pick(self, data: st.DataObject) -> int:
        return self._patrons()[data.draw(st.integers(0, len(self.people) - 1), label="patron")]

    def _today(self) -> dt.date:
        today: dt.date = self.house.today()
        return today

    def _holder(self, book: str) -> int | None:
        return next((patron for patron, person in self.people.items() if book in person.loans), None)

    # rules

    @rule(family=st.sampled_from(FAMILIES), given=st.sampled_from(GIVEN))
    def registers(self, family: str, given: str) -> None:
        self.number += 1
        card, email = f"C{self.number:06d}", f"p{self.number}@example.org"
        patron = register(self.house, self.clerk, Registration(family, given, email=email, card_number=card))
        expires_on = self._today() + dt.timedelta(days=1095)
        self.people[patron] = Person(family, given, email, expires_on, card)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), family=st.sampled_from(FAMILIES), moves=st.booleans())
    def changes_name_and_address(self, data: st.DataObject, family: str, moves: bool) -> None:
        patron = self._pick(data)
        person = self.people[patron]
        self.number += 1
        email = f"p{self.number}@example.org" if moves else ""
        change(
            self.house,
            self.clerk,
            patron,
            Change({"family_name": family, "email": email}),
            circumstance=SCANNED,
        )
        person.family, person.email = family, email

    @precondition(lambda self: self.people)
    @rule(data=st.data(), lost=st.booleans())
    def gets_a_new_card(self, data: st.DataObject, lost: bool) -> None:
        patron = self._pick(data)
        person = self.people[patron]
        new = cards.issue_card(self.house, self.clerk, patron, circumstance=SCANNED, old_card_lost=lost)
        if person.card:
            person.old_cards[person.card] = "lost" if lost else "replaced"
        person.card = new

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def loses_their_card(self, data: st.DataObject) -> None:
        patron = self._pick(data)
        person = self.people[patron]
        cards.report_lost(self.house, self.clerk, patron, circumstance=SCANNED)
        if person.card:
            person.old_cards[person.card], person.card = "lost", ""

    @precondition(lambda self: self.people)
    @rule(data=st.data(), book=st.sampled_from(BOOKS))
    def borrows(self, data: st.DataObject, book: str) -> None:
        patron = self._pick(data)
        person = self.people[patron]
        out = Item.objects.get(barcode=book).status != "available"
        answer = lending.check_out(self.house, self.clerk, patron, book, branch="main")
        allowed = not out and not self._stops(person, Act.CHECK_OUT)
        assert isinstance(answer, lending.CheckedOut) == allowed
        if allowed:
            person.loans[book] = 0
            person.linked_on[book] = self._today()
            assert answer.items_out == len(person.loans)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), book=st.sampled_from(BOOKS))
    def renews_a_book(self, data: st.DataObject, book: str) -> None:
        patron = self._pick(data)
        person = self.people[patron]
        answer = lending.renew(self.house, self.clerk, patron, book, branch="main")
        mine = book in person.loans
        allowed = mine and person.loans[book] < MOST_RENEWALS and not self._stops(person, Act.RENEW)
        assert isinstance(answer, lending.CheckedOut) == allowed
        if allowed:
            person.loans[book] += 1
            person.linked_on[book] = self._today()

    @rule(book=st.sampled_from(BOOKS))
    def a_book_comes_back(self, book: str) -> None:
        was_out = Item.objects.get(barcode=book).status == "on_loan"
        assert lending.check_in(self.house, self.clerk, book, branch="main").was_out == was_out
        self.returns += was_out
        holder = self._holder(book)
        if holder is not None:
            del self.people[holder].loans[book], self.people[holder].linked_on[book]

    @precondition(lambda self: self.people)
    @rule(data=st.data(), days=st.integers(1, 60))
    def a_note_is_written(self, data: st.DataObject, days: int) -> None:
        patron = self._pick(data)
        end = self._today() + dt.timedelta(days=days)
        note = notes.add_note(
            self.house, self.clerk, patron, kind="card", text="a note", expires_on=end, circumstance=SCANNED
        )
        self.people[patron].notes[note] = end

    @precondition(lambda self: self.people)
    @rule(data=st.data(), kind=st.sampled_from(SETTABLE), sets=st.booleans())
    def a_block_is_set_or_lifted(self, data: st.DataObject, kind: BlockKind, sets: bool) -> None:
        patron = self._pick(data)
        act = upkeep.set_block if sets else upkeep.lift_block
        lifts = replace(self.clerk, roles=self.clerk.roles | BLOCK_RULES[kind].override_roles)
        act(self.house, self.clerk if sets else lifts, patron, kind, circumstance=SCANNED)
        person = self.people[patron]
        person.blocks = person.blocks | {kind} if sets else person.blocks - {kind}

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def the_registration_is_renewed(self, data: st.DataObject) -> None:
        patron = self._pick(data)
        upkeep.renew_registration(self.house, self.clerk, patron, address_seen=True, circumstance=SCANNED)
        person = self.people[patron]
        person.expires_on = self._today() + dt.timedelta(days=1095)
        person.blocks -= {BlockKind.ADDRESS_UNVERIFIED}

    @precondition(lambda self: len(self.people) > 1)
    @rule(data=st.data())
    def two_records_are_one_persons(self, data: st.DataObject) -> None:
        keep, drop = self._pick(data), self._pick(data)
        if keep == drop:
            return
        assert linking.merge_patrons(self.house, self.lead, keep, drop) == len(self.people[drop].loans)
        kept, dropped = self.people[keep], self.people.pop(drop)
        kept.loans |= dropped.loans
        kept.linked_on |= dict.fromkeys(dropped.loans, self._today())
        kept.notes |= dropped.notes
        kept.blocks |= dropped.blocks
        kept.old_cards |= dropped.old_cards
        if dropped.card and kept.card:
            kept.old_cards[dropped.card] = "replaced"
        elif dropped.card:
            kept.card = dropped.card
        self.gone.append((drop, replace(dropped, card="", old_cards={})))

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def is_forgotten(self, data: st.DataObject) -> None:
        patron = self._pick(data)
        upkeep.forget_patron(self.house, FORGET, patron)
        self.gone.append((patron, self.people.pop(patron)))

    @rule(days=st.sampled_from([1, 27, 28, 180, 400]), tended=st.booleans())
    def time_passes(self, days: int, tended: bool) -> None:
        """With upkeep every few days, or with nobody looking after the house."""
        while tended and days > 5:
            self.clock.forward(days=5)
            days -= 5
            self._tend()
        self.clock.forward(days=days)
        self._let_links_die()

    def _tend(self) -> None:
        for epoch in self.house.vault.ageing_epochs("loans", 7):
            for person in self.people.values():
                for book in person.linked_on:
                    if self._epoch_of(book) == epoch:
                        person.linked_on[book] = self._today()
            linking.relink(self.house, epoch)
        for series, epoch in self.house.vault.due_epochs():
            self.house.vault.destroy_epoch(series, epoch)
        notes.forget_ended_notes(self.house)

    def _epoch_of(self, book: str) -> int | None:
        return Loan.objects.filter(item__barcode=book).values_list("epoch", flat=True).first()

    def _let_links_die(self) -> None:
        """A loan whose epoch is over is nobody's: the model forgets it as the house must."""
        live = {
            epoch.number for epoch in self.house.vault.store.epochs(self._today()) if epoch.series == "loans"
        }
        for person in self.people.values():
            for book in list(person.loans):
                if self._epoch_of(book) not in live:
                    # An epoch makes links for 28 days and opens them for 365 more.
                    assert (self._today() - person.linked_on[book]).days > 365
                    del person.loans[book], person.linked_on[book]
                else:
                    assert (self._today() - person.linked_on[book]).days <= 28 + 365

    def _stops(self, person: Person, act: Act) -> bool:
        expired = self._today() > person.expires_on
        blocks = person.blocks | ({BlockKind.EXPIRED} if expired else set())
        return any(act in BLOCK_RULES[kind].stops for kind in blocks)

    # what must hold after every step

    @invariant()
    def everybody_is_who_they_are(self) -> None:
        for patron, person in self.people.items():
            opened = open_records(
                self.house,
                self.clerk,
                [patron],
                ["family_name", "given_name", "email", "standing"],
                purpose=Purpose.MAINTAIN,
                circumstance=SCANNED,
            )[0]
            assert (opened["family_name"], opened["given_name"]) == (person.family, person.given)
            assert opened["email"] == person.email
            assert opened.standing.expires_on == person.expires_on
            assert set(opened.standing.blocks) == person.blocks

    @invariant()
    def everybody_is_found_and_nobody_else(self) -> None:
        vault = self.house.vault
        for family in FAMILIES:
            found = set(finding.find_name(vault, family, 500))
            assert found == {patron for patron, person in self.people.items() if person.family == family}
        for patron, person in self.people.items():
            if person.email:
                assert finding.find_contact(vault, person.email, 5) == [patron]
            wanted = {**person.old_cards, **({person.card: "active"} if person.card else {})}
            for number, status in wanted.items():
                card = cards.find_card(self.house, number)
                assert card is not None
                assert card.patron == patron
                assert card.status == status

    @invariant()
    def everybodys_loans_are_theirs(self) -> None:
        for patron, person in self.people.items():
            loans = lending.loans_of(self.house, self.clerk, patron, circumstance=SCANNED)
            assert {loan.item.barcode: loan.renewals for loan in loans} == person.loans
            live = {note for note, end in person.notes.items() if end > self._today()}
            assert {
                note.id for note in notes.notes_of(self.house, self.clerk, patron, circumstance=SCANNED)
            } == live

    @invariant()
    def the_forgotten_are_nowhere(self) -> None:
        ids = [patron for patron, _ in self.gone]
        for model, column in (
            (Patron, "id"),
            (SubjectKey, "subject"),
            (NameIndex, "patron"),
            (ContactIndex, "patron"),
            (Note, "patron"),
        ):
            assert not model.objects.filter(**{f"{column}__in": ids}).exists()
        for patron, person in self.gone[-2:]:
            with pytest.raises(Refused):
                upkeep.standing_of(self.house, self.clerk, patron, circumstance=SCANNED)
            if person.card:
                assert cards.find_card(self.house, person.card) is None
        assert set(SubjectKey.objects.values_list("subject", flat=True)) == set(self.people)

    @invariant()
    def returns_are_counted_and_tied_to_nobody(self) -> None:
        counted = sum(Tally.objects.filter(kind="return").values_list("count", flat=True))
        assert counted == self.returns
        assert not Tally.objects.filter(kind="return").exclude(category="").exists()
        on_loan = set(Item.objects.filter(status="on_loan").values_list("id", flat=True))
        assert on_loan == set(Loan.objects.values_list("item", flat=True))

    def teardown(self) -> None:
        """The next life begins with an empty house."""
        for patron in list(self.people):
            upkeep.erase(self.house, patron)
        NameIndex.objects.all().delete()
        Loan.objects.all().delete()
        Tally.objects.all().delete()
        Item.objects.update(status="available")


@pytest.mark.clause("TH-1.8", "TH-1.10", "TH-1.11", "TH-1.19", "TH-1.22", "MP-4.13")
@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_the_house_and_the_model_agree_on_every_life(house, clock, clerk, lead):
    """Any order of events; short in every run, long with ATTACKS=long."""
    branch = Branch.objects.create(code="main", name="Main")
    kind = ItemType.objects.create(code="book", name="Book")
    title = Title.objects.create(source_key="t:1", title="Nad Niemnem")
    for barcode in BOOKS:
        Item.objects.create(barcode=barcode, title=title, item_type=kind, branch=branch)
    Life.house, Life.clock, Life.clerk, Life.lead = house, clock, clerk, lead

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=1000 if LONG else 40,
            stateful_step_count=40 if LONG else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
