"""Late loans go down their ladder once, whatever is cut short; claims end; losses that are settled are forgotten."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from storage_traces import on_disk

from circumspect.records.catalog.models import Branch, Item, ItemType, Title
from circumspect.records.circulation import conditions, ladders, lending, returning, rulebook
from circumspect.records.circulation.items import NotOutError
from circumspect.records.circulation.lending import CheckedOut, NotCheckedOut
from circumspect.records.circulation.models import Loan, Tally
from circumspect.records.circulation.rules import FinePer, LoanTerms, Stop
from circumspect.records.circulation.stages import Stage
from circumspect.records.fees import charging, settling
from circumspect.records.fees.models import FeeEntry, FeeLine
from circumspect.records.fees.rules import Method
from circumspect.records.holds import placing
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.registration import Registration, register
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance, Reason

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
LONG = os.environ.get("ATTACKS") == "long"
SCANNED = Circumstance.CARD_SCANNED
TERMS = LoanTerms(
    "", "", "", period=10, renewals=2, max_items=50, replacement_cents=2000, processing_cents=300, lost_days=42
)  # fmt: skip


@pytest.fixture
def lend(house, clerk):
    rulebook.put_terms([TERMS])
    return lambda patron, barcode: lending.check_out(house, clerk, patron, barcode, branch="main")


@pytest.fixture
def take_back(house, clerk):
    return lambda barcode: lending.check_in(house, clerk, barcode, branch="main")


def owed(house: Any, patron: int) -> int:
    with connection.cursor() as cursor:
        return charging.owed(cursor, list(house.vault.links("fees", patron).values()))


def status(barcode: str) -> str:
    return Item.objects.get(barcode=barcode).status


def kinds(answer: object) -> set[object]:
    assert isinstance(answer, NotCheckedOut)
    return {each.kind for each in answer.stopped.hindrances}


# given up as lost


def test_what_is_out_too_long_is_given_up_and_billed_once(house, lend, clock, ada, ben, shelve):
    old, new = shelve(), shelve()
    lend(ada, old)
    clock.forward(days=45)
    lend(ben, new)
    clock.forward(days=7)

    assert ladders.give_up_lost(house) == (1, 2300)
    assert ladders.give_up_lost(house) == (0, 0)

    assert {row.state: row.item.barcode for row in Loan.objects.all()} == {"lost": old, "out": new}
    assert status(old) == "lost"
    assert (owed(house, ada), owed(house, ben)) == (2300, 0)
    assert sorted(FeeLine.objects.values_list("kind", "amount")) == [("lost", 2000), ("processing", 300)]


@pytest.mark.clause("TH-1.13")
def test_billing_is_entered_a_page_at_a_time_and_names_nobody(house, lend, clock, ada, ben, shelve):
    for patron in (ada, ben):
        lend(patron, shelve())
    clock.forward(days=60)
    before = house.ledger.size()

    ladders.give_up_lost(house)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["actor"], b["action"], b["series"], b["subjects"]) for b in bodies] == [
        ("job:circulation", "change", "loans", 1),
        ("job:circulation", "change", "fees", 2),
    ]
    assert str(ada) not in str(bodies)


def test_a_round_cut_short_goes_on_and_bills_nobody_twice(house, lend, clock, ada, shelve, monkeypatch):
    books = [shelve() for _ in range(5)]
    for barcode in books:
        lend(ada, barcode)
    clock.forward(days=60)
    monkeypatch.setattr(ladders, "_PAGE", 2)
    real, calls = charging.charge, []

    def cut(*args, **kwargs):
        calls.append(1)
        if len(calls) == 7:  # in the middle of the second page
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(charging, "charge", cut)
    with pytest.raises(KeyboardInterrupt):
        ladders.give_up_lost(house)
    assert Loan.objects.filter(state="lost").count() == 2

    assert ladders.give_up_lost(house) == (3, 3 * 2300)

    assert owed(house, ada) == 5 * 2300
    assert FeeLine.objects.count() == 10


def test_a_loan_that_came_back_while_the_round_ran_is_not_billed(
    house, lend, take_back, clock, ada, book, monkeypatch
):
    lend(ada, book)
    clock.forward(days=60)
    real = ladders._whose_to_bill

    def back_meanwhile(the_house, loans):
        take_back(book)
        return real(the_house, loans)

    monkeypatch.setattr(ladders, "_whose_to_bill", back_meanwhile)

    assert ladders.give_up_lost(house) == (0, 0)
    assert status(book) == "available"
    assert not FeeLine.objects.exists()


def test_what_somebody_forgotten_had_is_given_up_and_billed_to_nobody(house, lend, clock, ada, book):
    lend(ada, book)
    clock.forward(days=60)
    upkeep.erase(house, ada)

    assert ladders.give_up_lost(house) == (1, 0)

    assert not Loan.objects.exists()
    assert status(book) == "lost"


def test_the_days_are_the_rules_or_the_librarys_and_nought_is_never(house, lend, clock, ada, shelve):
    rulebook.put_terms(
        [
            dataclasses.replace(TERMS, item_type="dvd", lost_days=5),
            dataclasses.replace(TERMS, item_type="reference", lost_days=0),
        ]
    )
    rulebook.put_terms([dataclasses.replace(TERMS, lost_days=None)])
    for kind in ("dvd", "reference", "book"):
        lend(ada, shelve(kind))
    house.home.config["circulation"] = {"lost_days": 20}

    clock.forward(days=16)
    assert ladders.give_up_lost(house)[0] == 1
    clock.forward(days=15)
    assert ladders.give_up_lost(house)[0] == 1
    clock.forward(days=200)
    assert ladders.give_up_lost(house)[0] == 0


@pytest.mark.clause("TH-1.20", "TH-1.11", "TH-1.19")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_lost_item_that_is_paid_for_is_nobodys_any_more(house, clerk, lend, clock, ada, book):
    """The block lifts with the payment; the loan goes with tonight's round, and its link from the disk."""
    lend(ada, book)
    clock.forward(days=60)
    ladders.give_up_lost(house)
    loan = Loan.objects.get()
    settling.pay(house, clerk, ada, 2300, method=Method.CASH, branch="main", circumstance=SCANNED)
    with connection.cursor() as cursor:
        assert conditions.conditions_of(house, cursor, ada).lost == 0

    assert ladders.let_go_of_settled(house) == 1

    assert not Loan.objects.exists()
    assert status(book) == "lost"
    from circumspect.trust.vault.wiping import wipe_owed

    wipe_owed()
    assert bytes(loan.link) not in on_disk()


def test_what_was_never_billed_is_not_settled_by_that(house, clerk, lend, clock, ada, book, shelve):
    """A library without fees still knows who has its books: the block stays until the book comes back."""
    rulebook.put_terms([dataclasses.replace(TERMS, replacement_cents=0, processing_cents=0)])
    lending.check_out(house, clerk, ada, book, branch="main")
    clock.forward(days=60)

    assert ladders.give_up_lost(house) == (1, 0)
    assert ladders.let_go_of_settled(house) == 0
    answer = lending.check_out(house, clerk, ada, shelve(), branch="main")
    assert BlockKind.LOST_ITEM in kinds(answer)

    lending.check_in(house, clerk, book, branch="main")
    assert isinstance(lending.check_out(house, clerk, ada, shelve(), branch="main"), CheckedOut)


# blocks that follow, and lift


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({"overdue_items": 2}, BlockKind.TOO_MANY_OVERDUE),
        ({"claims": 2}, BlockKind.TOO_MANY_CLAIMS),
        ({"owes_cents": 4600}, BlockKind.OWES),
        ({"lost_items": 2, "owes_cents": 0}, BlockKind.LOST_ITEM),
    ],
)
def test_a_block_comes_with_what_it_follows_from_and_goes_with_it(
    house, clerk, lend, take_back, clock, ada, shelve, config, kind
):
    house.home.config["circulation"] = {"lost_items": 0, "owes_cents": 0, "overdue_items": 0, **config}
    books = [shelve(), shelve()]
    for barcode in books:
        lend(ada, barcode)
    clock.forward(days=60)
    if kind is BlockKind.TOO_MANY_CLAIMS:
        for barcode in books:
            ladders.claim_returned(house, clerk, ada, barcode)
    elif kind is not BlockKind.TOO_MANY_OVERDUE:
        ladders.give_up_lost(house)

    assert kinds(lend(ada, shelve())) == {kind}

    take_back(books[0])
    assert isinstance(lend(ada, shelve()), CheckedOut)


def test_a_threshold_that_is_no_number_is_named(house, lend, ada, book):
    from circumspect.home import HomeError

    house.home.config["circulation"] = {"owes_cents": "ten dollars"}

    with pytest.raises(HomeError, match=r"\[circulation\] owes_cents"):
        lend(ada, book)


# claims


def test_a_claim_denied_is_out_again_and_a_claim_granted_is_forgotten(house, clerk, lend, clock, ada, shelve):
    first, second = shelve(), shelve()
    for barcode in (first, second):
        lend(ada, barcode)
        assert isinstance(ladders.claim_returned(house, clerk, ada, barcode), ladders.Claimed)

    ladders.resolve_claim(house, clerk, first, granted=False)
    ladders.resolve_claim(house, clerk, second, granted=True)

    assert (status(first), status(second)) == ("on_loan", "missing")
    assert Loan.objects.get().item.barcode == first
    with pytest.raises(NotOutError):
        ladders.resolve_claim(house, clerk, first, granted=True)


def test_one_claim_too_many_needs_a_lead_with_a_reason(house, clerk, lead, lend, ada, shelve):
    house.home.config["circulation"] = {"claims": 1}
    first, second = shelve(), shelve()
    for barcode in (first, second):
        lend(ada, barcode)
    ladders.claim_returned(house, clerk, ada, first)

    assert kinds(ladders.claim_returned(house, clerk, ada, second)) == {Stop.TOO_MANY_CLAIMS}
    with pytest.raises(Refused):
        ladders.claim_returned(house, clerk, ada, second, override=Reason.PHONE)
    claimed = ladders.claim_returned(house, lead, ada, second, override=Reason.PHONE)

    assert isinstance(claimed, ladders.Claimed)
    assert claimed.claims == 2


def test_a_claim_on_what_is_not_theirs_or_claimed_already_is_refused(house, clerk, lend, ada, ben, book):
    lend(ada, book)

    assert kinds(ladders.claim_returned(house, clerk, ben, book)) == {Stop.NOT_THEIRS}
    ladders.claim_returned(house, clerk, ada, book)
    assert kinds(ladders.claim_returned(house, clerk, ada, book)) == {Stop.CLAIMED_OR_LOST}
    assert kinds(lending.renew(house, clerk, ada, book, branch="main")) == {Stop.CLAIMED_OR_LOST}


def test_an_open_claim_ends_by_itself_and_nobody_is_tied_to_it(house, clerk, lend, clock, ada, book):
    lend(ada, book)
    ladders.claim_returned(house, clerk, ada, book)
    clock.forward(days=10 + 179)
    assert ladders.end_old_claims(house) == 0
    clock.forward(days=1)

    assert ladders.end_old_claims(house) == 1

    assert not Loan.objects.exists()
    assert status(book) == "missing"


# renewed by itself


@pytest.fixture
def renews_itself(house, lend):
    rulebook.put_terms([dataclasses.replace(TERMS, auto_renew=True, renewals=1)])


def test_what_is_almost_due_is_renewed_once_where_the_rule_says_so(
    house, lend, renews_itself, clock, ada, ben, shelve
):
    for patron in (ada, ada, ben):
        lend(patron, shelve())
    clock.forward(days=9)

    assert ladders.renew_due(house, 2) == 3
    assert ladders.renew_due(house, 2) == 0
    assert set(Loan.objects.values_list("renewals", flat=True)) == {1}

    clock.forward(days=10)
    assert ladders.renew_due(house, 2) == 0  # no renewal is left


def test_nothing_is_renewed_by_itself_where_no_rule_says_so(house, lend, clock, ada, book):
    lend(ada, book)
    clock.forward(days=9)
    before = house.ledger.size()

    assert ladders.renew_due(house, 2) == 0

    assert Loan.objects.get().renewals == 0
    assert house.ledger.size() == before


def test_nothing_is_renewed_by_itself_against_a_block_or_somebody_who_waits(
    house, clerk, lead, lend, renews_itself, clock, ada, ben, shelve
):
    waited_for = shelve()
    lend(ada, waited_for)
    title = Item.objects.get(barcode=waited_for).title_id
    placing.place(house, clerk, ben, placing.Wanted(title), pickup_branch="main", circumstance=SCANNED)
    other = Title.objects.create(source_key="t:2", title="Lalka")
    blocked = shelve()
    Item.objects.filter(barcode=blocked).update(title=other)
    lend(ben, blocked)
    upkeep.set_block(house, lead, ben, BlockKind.SEE_LEAD, circumstance=SCANNED)
    clock.forward(days=9)

    assert ladders.renew_due(house, 2) == 0
    assert set(Loan.objects.values_list("renewals", flat=True)) == {0}


def test_a_short_rule_is_renewed_once_a_round_and_not_until_nothing_is_left(house, lend, clock, ada, book):
    rulebook.put_terms([dataclasses.replace(TERMS, auto_renew=True, period=1, renewals=5)])
    lend(ada, book)

    assert ladders.renew_due(house, 5) == 1
    assert Loan.objects.get().renewals == 1


# any order of events


BOOKS = [f"L{number:07d}" for number in range(4)]
RULE = LoanTerms(
    "", "", "", period=10, renewals=1, max_items=50, fine_cents=10, fine_per=FinePer.DAY, fine_cap_cents=100,
    replacement_cents=1000, processing_cents=200, lost_days=30,
)  # fmt: skip


@dataclasses.dataclass
class Out:
    """What the model knows of one loan."""

    who: int
    due: dt.date
    state: str = "out"
    renewals: int = 0
    billed: int = 0


class Desk(RuleBasedStateMachine):
    """The house on one side; a list of loans and what everybody owes on the other."""

    house: Any
    clock: Any
    clerk: Any

    def __init__(self) -> None:
        super().__init__()
        # New people each time: time only goes forward, and a registration ends.
        self.people = tuple(
            register(self.house, self.clerk, Registration(name)) for name in ("Zielińska", "Okoye")
        )
        self.out: dict[str, Out] = {}
        self.owes: Counter[int] = Counter()
        self.stands: dict[str, str] = dict.fromkeys(BOOKS, "available")

    def _today(self) -> dt.date:
        today: dt.date = self.house.today()
        return today

    def _late(self, loan: Out) -> int:
        return min(100, 10 * max(0, (self._today() - loan.due).days))

    @rule(book=st.sampled_from(BOOKS), who=st.integers(0, 1))
    def goes_out(self, book: str, who: int) -> None:
        patron = self.people[who]
        answer = lending.check_out(self.house, self.clerk, patron, book, branch="main")
        lost = any(loan.who == patron and loan.state == "lost" for loan in self.out.values())
        may = self.stands[book] == "available" and self.owes[patron] < 1000 and not lost
        assert isinstance(answer, CheckedOut) == may
        if may:
            self.out[book] = Out(patron, self._today() + dt.timedelta(days=10))
            self.stands[book] = "on_loan"

    @rule(book=st.sampled_from(BOOKS))
    def comes_back(self, book: str) -> None:
        back = lending.check_in(self.house, self.clerk, book, branch="main")
        loan = self.out.pop(book, None)
        assert back.was_out == (loan is not None)
        self.stands[book] = "available"
        if loan is not None:
            fine = 0 if loan.state == "claimed" else self._late(loan)
            assert (back.fine_cents, back.credited_cents) == (fine, loan.billed)
            self.owes[loan.who] += fine - loan.billed

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def is_renewed(self, data: st.DataObject) -> None:
        book = data.draw(st.sampled_from(sorted(self.out)))
        loan = self.out[book]
        answer = lending.renew(self.house, self.clerk, loan.who, book, branch="main")
        lost = any(each.who == loan.who and each.state == "lost" for each in self.out.values())
        may = loan.state == "out" and loan.renewals < 1 and not lost
        assert isinstance(answer, CheckedOut) == may
        if may:
            self.owes[loan.who] += self._late(loan)
            loan.due = max(loan.due, self._today() + dt.timedelta(days=10))
            loan.renewals += 1

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def is_said_to_be_back(self, data: st.DataObject) -> None:
        book = data.draw(st.sampled_from(sorted(self.out)))
        loan = self.out[book]
        answer = ladders.claim_returned(self.house, self.clerk, loan.who, book)
        assert isinstance(answer, ladders.Claimed) == (loan.state != "claimed")
        if loan.state != "claimed":
            self.owes[loan.who] -= loan.billed
            loan.state, loan.billed, self.stands[book] = "claimed", 0, "claimed_returned"

    @precondition(lambda self: any(loan.state == "claimed" for loan in self.out.values()))
    @rule(data=st.data(), granted=st.booleans())
    def claim_is_resolved(self, data: st.DataObject, granted: bool) -> None:
        claimed = sorted(book for book, loan in self.out.items() if loan.state == "claimed")
        book = data.draw(st.sampled_from(claimed))
        ladders.resolve_claim(self.house, self.clerk, book, granted=granted)
        self.stands[book] = "missing" if granted else "on_loan"
        if granted:
            del self.out[book]
        else:
            self.out[book].state = "out"

    # No more than a year in one run: the links of an epoch live that long without being tied anew.
    @rule(days=st.integers(1, 14))
    def days_pass(self, days: int) -> None:
        self.clock.forward(days=days)

    @rule()
    def night_falls(self) -> None:
        ladders.run(self.house)
        for book, loan in list(self.out.items()):
            days = (self._today() - loan.due).days
            if loan.state == "out" and days >= 30:
                loan.state, loan.billed, self.stands[book] = "lost", 1200, "lost"
                self.owes[loan.who] += 1200
            elif loan.state == "claimed" and days >= 180:
                self.stands[book] = "missing"
                del self.out[book]

    @invariant()
    def everything_stands_where_it_should(self) -> None:
        assert dict(Item.objects.filter(barcode__in=BOOKS).values_list("barcode", "status")) == self.stands
        states = dict(Loan.objects.values_list("item__barcode", "state"))
        assert states == {book: loan.state for book, loan in self.out.items()}

    @invariant()
    def everybody_owes_what_they_owe(self) -> None:
        for patron in self.people:
            assert owed(self.house, patron) == self.owes[patron]
            loans = lending.loans_of(self.house, self.clerk, patron, circumstance=SCANNED)
            assert {loan.item.barcode: loan.renewals for loan in loans} == {
                book: loan.renewals for book, loan in self.out.items() if loan.who == patron
            }

    def teardown(self) -> None:
        """The next run begins with an empty house."""
        for model in (Loan, FeeEntry, FeeLine, Tally):
            model.objects.all().delete()
        Item.objects.update(status="available")


@pytest.fixture
def at_the_desk(house, clock, clerk):
    """Two people and four books, for the machine."""
    branch = Branch.objects.create(code="main", name="Main")
    kind = ItemType.objects.create(code="book", name="Book")
    for number, barcode in enumerate(BOOKS):
        title = Title.objects.create(source_key=f"t:{number}", title="Nad Niemnem")
        Item.objects.create(barcode=barcode, title=title, item_type=kind, branch=branch)
    rulebook.put_terms([RULE])
    # The model need not count what is late or claimed.
    house.home.config["circulation"] = {"overdue_items": 0, "claims": 0}
    Desk.house, Desk.clock, Desk.clerk = house, clock, clerk
    return run


def run(machine: type[RuleBasedStateMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=not LONG,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.clause("TH-1.11", "TH-1.20")
def test_the_desk_and_the_model_agree_in_any_order_of_events(at_the_desk):
    at_the_desk(Desk, 300 if LONG else 20)


def ends_every_claim_at_night(patch: pytest.MonkeyPatch) -> None:
    real = ladders._at_night
    patch.setattr(
        ladders,
        "_at_night",
        lambda house, loan, item, today: (
            Stage.GIVEN_UP if loan.state == "claimed" else real(house, loan, item, today)
        ),
    )


def leaves_what_came_back_marked_as_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(returning, "set_status", lambda *_: None)


@pytest.mark.parametrize("broken", [ends_every_claim_at_night, leaves_what_came_back_marked_as_out])
def test_a_broken_house_is_noticed(at_the_desk, monkeypatch, broken):
    broken(monkeypatch)
    twin = type("Twin", (Desk,), {})

    with pytest.raises(AssertionError):
        at_the_desk(twin, 150)
