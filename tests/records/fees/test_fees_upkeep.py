"""What becomes of fees by themselves, with a clock that moves."""

from __future__ import annotations

import datetime as dt

import pytest
from fees_support import TITLE, member

from circumspect.records.fees import settling, upkeep
from circumspect.records.fees.drawer import day_report
from circumspect.records.fees.models import FeeEntry, FeeLine
from circumspect.records.fees.rules import Code, FeeKind
from circumspect.records.patrons.upkeep import erase
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.ledger.models import Entry
from circumspect.trust.policy.request import Circumstance
from circumspect.trust.policy.schedule import Schedule

OPEN = Circumstance.OPEN_TRANSACTION
DAYS = Schedule.load().item("fees").days
pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.mark.clause("TH-1.20", "TH-1.8")
def test_an_aged_line_is_gone_while_the_days_totals_remain(house, lead, clock, charge, pay, owed, ada):
    """Paid and waived alike; what is owed stays."""
    first = dt.date(2026, 11, 23)
    charge(ada, 100)
    waived = charge(ada, 200)
    pay(ada, 100, fees=[FeeLine.objects.get(amount=100).id])
    settling.waive(house, lead, ada, waived, 200, code=Code.AMNESTY, branch="main", circumstance=OPEN)
    charge(ada, 300)

    clock.forward(days=DAYS - 1)
    assert upkeep.forget_settled(house, DAYS) == 0
    clock.forward(days=1)
    assert upkeep.forget_settled(house, DAYS) == 2

    assert (FeeLine.objects.count(), FeeEntry.objects.count()) == (1, 1)
    assert owed(ada) == 300
    assert {each.kind: each.cents for each in day_report(first).sums} == {
        "charged": 600,
        "paid": 100,
        "waived": 200,
    }


@pytest.mark.clause("TH-1.8")
def test_what_is_owed_is_tied_anew_before_its_epoch_dies(house, clock, charge, owed, account, ada, ben, item):
    """A page of patrons is one question at the door; a year later they still owe."""
    charge(ada, 100, FeeKind.LOST, item)
    charge(ada, 200)
    charge(ben, 50)
    first = FeeLine.objects.values_list("epoch", flat=True).first()
    clock.forward(days=28 + 360)
    entries = Entry.objects.count()

    assert house.vault.ageing_epochs("fees", 7) == [first]
    assert upkeep.relink(house, first) == 3
    assert upkeep.relink(house, first) == 0
    assert Entry.objects.count() == entries + 1

    house.vault.destroy_epoch("fees", first)
    assert (owed(ada), owed(ben)) == (300, 50)
    assert sorted(fee.title for fee in account(ada).owed) == ["", TITLE]


def test_what_a_forgotten_patron_left_goes_down_with_its_epoch(house, clock, charge, owed, ada, ben):
    """The way back leads to nobody: the others are tied anew, and it is swept when the key is gone."""
    charge(ada, 100)
    charge(ben, 50)
    first = FeeLine.objects.values_list("epoch", flat=True).first()
    erase(house, ada)
    clock.forward(days=28 + 360)

    assert upkeep.relink(house, first) == 1
    assert upkeep.sweep(house) == 0
    house.vault.destroy_epoch("fees", first)
    assert upkeep.sweep(house) == 1

    assert FeeLine.objects.count() == FeeEntry.objects.count() == 1
    assert owed(ben) == 50


def test_forgetting_a_patron_takes_the_fees_along(house, charge, pay, ada, ben):
    """Owed and settled, entries and all; nobody else's."""
    charge(ada, 100)
    pay(ada, 100)
    charge(ada, 70)
    charge(ben, 50)

    assert upkeep.forget_fees(house, ada) == 2

    assert list(FeeLine.objects.values_list("amount", flat=True)) == [50]
    assert FeeEntry.objects.count() == 1


def test_fees_of_an_epoch_that_is_over_are_swept_and_newer_ones_never(house, clock, charge, ada):
    """What nobody can be found by is nobody's."""
    charge(ada, 100)
    assert upkeep.sweep(house) == 0
    clock.forward(days=28 + 366)
    assert upkeep.sweep(house) == 0  # nothing lives: then nothing is judged by what lives
    charge(ada, 200)

    assert upkeep.sweep(house) == 1

    assert list(FeeLine.objects.values_list("amount", flat=True)) == [200]
    FeeLine.objects.update(epoch=10_000)
    assert upkeep.sweep(house) == 0


def test_relinking_stops_where_the_door_is_shut(house, charge, ada, monkeypatch):
    """A closed door is not a forgotten patron: nothing is dropped."""
    charge(ada, 100)
    epoch = FeeLine.objects.get().epoch

    def shut(*_args: object, **_more: object) -> None:
        raise DoorClosed("the ledger")

    monkeypatch.setattr(house.door, "ask_all_by_links", shut)
    with pytest.raises(DoorClosed):
        upkeep.relink(house, epoch)

    assert FeeLine.objects.count() == 1


def test_two_records_of_one_person_owe_as_one(house, lead, charge, top_up, owed, account, ada, ben):
    """Fees and deposits are joined; the dropped record owes and holds nothing."""
    charge(ada, 100)
    charge(ben, 50)
    charge(ben, 25)
    top_up(ada, 200)
    top_up(ben, 300)

    assert upkeep.merge_fees(house, lead, ada, ben) == 2
    assert upkeep.merge_fees(house, lead, ada, ada) == 0

    assert (owed(ada), owed(ben)) == (175, 0)
    assert (account(ada).deposit, account(ben).deposit) == (500, 0)
    assert FeeLine.objects.values("link").distinct().count() == 1


def test_only_a_lead_joins_what_two_records_owe(house, charge, owed, ada, ben):
    """And without the right nothing moves."""
    charge(ben, 50)

    with pytest.raises(Refused):
        upkeep.merge_fees(house, member("desk"), ada, ben)

    assert owed(ada) == 0
