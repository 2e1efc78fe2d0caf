"""What the simulation says will happen is what the rules then do."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.circulation.opening import OpeningCalendar
from circumspect.records.circulation.rules import FinePer, LoanTerms, PeriodKind, Stop, due_at, fine_due
from circumspect.records.circulation.simulation import DAYS_LATE, simulate
from circumspect.records.patrons.conditions import Conditions
from circumspect.records.patrons.standing import BlockKind

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = dt.date(2026, 11, 23)
NOW = int(dt.datetime(2026, 11, 23, 10, tzinfo=CHICAGO).timestamp())
THANKSGIVING = dt.date(2026, 11, 26)
CALENDAR = OpeningCalendar(CHICAGO, (), frozenset({THANKSGIVING}))
DVD = LoanTerms(
    "", "dvd", "", period=3, renewals=2, max_items=5, fine_cents=100, fine_per=FinePer.DAY, fine_cap_cents=900,
    processing_cents=500, lost_days=30,
)  # fmt: skip
BOOK = LoanTerms("", "", "", period=21, renewals=0, max_items=50)


def played(rules=(BOOK, DVD), item_type="dvd", **more):
    return simulate(
        rules, category="adult", item_type=item_type, branch="main", when=NOW, calendar=CALENDAR, **more
    )


def test_it_says_which_rule_decides_when_it_is_due_and_what_late_costs():
    shown = played(price_cents=2500)

    assert shown.choice.terms == DVD
    assert shown.choice.why == "It names the item type, more closely than one other rule that fits."
    friday = THANKSGIVING + dt.timedelta(days=1)
    assert CALENDAR.day_of(shown.due_at) == friday
    assert shown.rolled
    assert [CALENDAR.day_of(moment) for moment in shown.renewed_until] == [
        friday + dt.timedelta(days=3),
        friday + dt.timedelta(days=6),
    ]
    assert [(late.days, late.cents) for late in shown.late] == [
        (1, 100), (3, 300), (7, 700), (14, 900), (28, 900),
    ]  # fmt: skip
    assert shown.long_overdue_on == friday + dt.timedelta(days=28)
    assert shown.lost_on == friday + dt.timedelta(days=30)
    assert (shown.bill.replacement_cents, shown.bill.processing_cents) == (2500, 500)
    assert shown.hindrances == ()


def test_it_says_what_would_stop_it():
    shown = played(
        blocks=[BlockKind.SEE_LEAD],
        conditions=Conditions(owed_cents=1000, items_out=5, overdue=10),
        item_status="missing",
    )

    assert [each.kind for each in shown.hindrances] == [
        BlockKind.OWES,
        BlockKind.TOO_MANY_OVERDUE,
        BlockKind.SEE_LEAD,
        Stop.ITEM_STATE,
        Stop.TOO_MANY,
    ]


def test_without_a_rule_it_says_so():
    shown = played(rules=())

    assert "built-in" in shown.choice.why
    assert shown.choice.considered == ()


def test_a_fixed_day_is_not_renewed_and_is_past_once_it_is_past():
    fixed = LoanTerms(
        "", "", "", period=0, renewals=9, max_items=5, period_kind=PeriodKind.FIXED, fixed_on=THANKSGIVING
    )

    assert played(rules=[fixed]).renewed_until == ()
    past = simulate([fixed], category="", item_type="", branch="", when=NOW + 20 * 86400, calendar=CALENDAR)
    assert [each.kind for each in past.hindrances] == [Stop.FIXED_DATE_PAST]


@given(
    st.sampled_from(PeriodKind),
    st.integers(1, 60),
    st.integers(0, 300),
    st.sampled_from(FinePer),
    st.frozensets(st.integers(0, 60).map(lambda ahead: MONDAY + dt.timedelta(days=ahead)), max_size=20),
)
def test_it_agrees_with_the_rules_themselves(kind, period, cents, per, closed):
    rule = LoanTerms(
        "", "", "", period=period, renewals=1, max_items=1, period_kind=kind, fixed_on=MONDAY,
        fine_cents=cents, fine_per=per,
    )  # fmt: skip
    calendar = OpeningCalendar(CHICAGO, (), closed)

    shown = simulate([rule], category="x", item_type="y", branch="z", when=NOW, calendar=calendar)

    assert shown.due_at == due_at(rule, NOW, calendar)
    assert [late.cents for late in shown.late] == [
        fine_due(rule, shown.due_at, shown.due_at + days * 86400, calendar) for days in DAYS_LATE
    ]
    assert all(moment >= shown.due_at for moment in shown.renewed_until)
