"""The cash drawer and the day's report count money, and nobody."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.records.fees import drawer, settling
from circumspect.records.fees.drawer import ClosedError, close_drawer, day_report
from circumspect.records.fees.models import CashTally, DrawerCount
from circumspect.records.fees.rules import AmountError, Code, Method
from circumspect.trust.policy.request import Circumstance

DAY = dt.date(2026, 11, 23)
OPEN = Circumstance.OPEN_TRANSACTION
pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def test_the_drawer_expects_cash_in_less_cash_out(house, lead, charge, pay, top_up, ada, ben):
    """Cards and deposits do not fill it."""
    fee = charge(ada, 1000)
    charge(ben, 500)
    pay(ada, 700)
    pay(ben, 500, Method.CARD)
    top_up(ben, 2000)
    pay(ada, 300, Method.CHEQUE)
    settling.refund(
        house, lead, ada, fee, 150, method=Method.CASH, code=Code.MISTAKE, branch="main", circumstance=OPEN
    )

    report = day_report(DAY, "main")

    assert report.drawer.taken == 700 + 2000 - 150
    assert report.net == 700 + 500 + 2000 + 300 - 150
    assert [(each.kind, each.method, each.cents, each.count) for each in report.sums] == [
        ("paid", Method.CASH, 700, 1),
        ("paid", Method.CARD, 500, 1),
        ("paid", Method.CHEQUE, 300, 1),
        ("topped_up", Method.CASH, 2000, 1),
        ("refunded", Method.CASH, 150, 1),
        ("charged", None, 1500, 2),
        ("credited", None, 150, 1),
    ]


def test_a_count_says_what_is_missing_and_is_made_once(charge, pay, ada):
    """What moves after it is told apart."""
    charge(ada, 1000)
    pay(ada, 600)

    counted = close_drawer(DAY, "main", opening=5000, counted=5590)

    assert (counted.expected, counted.difference) == (5600, -10)
    with pytest.raises(ClosedError):
        close_drawer(DAY, "main", opening=5000, counted=5600)
    pay(ada, 400)
    later = day_report(DAY, "main").drawer
    assert (later.taken, later.late, later.expected, later.difference) == (1000, 400, 5600, -10)
    assert DrawerCount.objects.count() == 1


def test_branches_and_days_are_counted_apart_and_added_up_for_the_library(
    clock, charge, pay, ada, house, clerk
):
    """Where the money is, not where the fee arose."""
    charge(ada, 1000, branch="main")
    pay(ada, 100)
    settling.pay(house, clerk, ada, 200, method=Method.CASH, branch="west", circumstance=OPEN)
    clock.forward(days=1)
    pay(ada, 50)

    assert day_report(DAY, "main").net == 100
    assert day_report(DAY, "west").net == 200
    assert (day_report(DAY).net, day_report(DAY).drawer) == (300, None)
    assert day_report(DAY + dt.timedelta(days=1), "main").net == 50


@pytest.mark.parametrize(("opening", "counted", "field"), [(-1, 0, "opening"), (0, 10**12, "counted")])
def test_a_count_that_cannot_be_names_its_field(opening, counted, field):
    """And nothing is closed."""
    with pytest.raises(AmountError) as refusal:
        close_drawer(DAY, "main", opening=opening, counted=counted)

    assert refusal.value.field == field
    assert not DrawerCount.objects.exists()


@pytest.mark.clause("MP-4.16")
def test_the_days_sums_have_no_person_no_fee_and_no_hour():
    """By their columns."""
    assert {field.name for field in CashTally._meta.fields} == {
        "id", "day", "branch", "method", "kind", "cents", "count",
    }  # fmt: skip
    assert {field.name for field in DrawerCount._meta.fields} == {
        "id", "day", "branch", "opening", "expected", "counted",
    }  # fmt: skip
    assert set(drawer.KINDS) == set(drawer.KIND_WORDS)
