"""What a loan rule may say: each number within its bounds, and nothing that its own kind does not use."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.circulation.rulechecks import wrong_with, wrong_with_day
from circumspect.records.circulation.rules import DEFAULT_TERMS, FinePer, PeriodKind

TODAY = dt.date(2026, 11, 23)
NINE, NOON, ONE, FIVE, MIDNIGHT = dt.time(9), dt.time(12), dt.time(13), dt.time(17), dt.time()


def test_the_built_in_rule_is_a_rule():
    assert wrong_with(DEFAULT_TERMS, TODAY) == {}


@given(
    name=st.sampled_from(
        ["period", "renewals", "max_items", "max_of_type", "grace", "fine_cap_cents", "processing_cents"]
    ),
    number=st.integers(-(10**9), 10**9),
)
def test_a_number_beyond_its_bounds_is_named_and_no_other(name, number):
    found = wrong_with(replace(DEFAULT_TERMS, **{name: number}), TODAY)

    assert set(found) <= {name}
    if number < 0 or number > 100_000:
        assert set(found) == {name}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"period_kind": PeriodKind.HOURS, "period": 169}, {"period"}),
        ({"period_kind": PeriodKind.HOURS, "period": 168}, set()),
        ({"period_kind": PeriodKind.FIXED}, {"fixed_on"}),
        ({"period_kind": PeriodKind.FIXED, "fixed_on": dt.date(2026, 11, 22)}, {"fixed_on"}),
        ({"period_kind": PeriodKind.FIXED, "fixed_on": dt.date(2027, 6, 5), "period": 0}, set()),
        ({"fine_cents": 10}, {"fine_cents"}),
        ({"fine_per": FinePer.DAY}, {"fine_cents"}),
        ({"fine_per": FinePer.HOUR, "fine_cents": 50, "fine_cap_cents": 25}, {"fine_cap_cents"}),
        ({"long_overdue_days": 40, "lost_days": 30}, {"lost_days"}),
        ({"long_overdue_days": 28, "lost_days": 0}, set()),
        ({"replacement_cents": -1}, {"replacement_cents"}),
    ],
)
def test_what_does_not_go_together_is_told_by_its_field(changes, wrong):
    assert set(wrong_with(replace(DEFAULT_TERMS, **changes), TODAY)) == wrong


@pytest.mark.parametrize(
    ("spells", "good"),
    [
        ([], True),
        ([(NINE, NOON), (ONE, FIVE)], True),
        ([(ONE, FIVE), (NINE, NOON)], True),
        ([(NINE, MIDNIGHT)], True),
        ([(NINE, ONE), (NOON, FIVE)], False),
        ([(FIVE, NINE)], False),
        ([(NINE, NINE)], False),
        ([(NINE, MIDNIGHT), (ONE, FIVE)], False),
    ],
)
def test_the_spells_of_a_day_follow_each_other(spells, good):
    assert (wrong_with_day(spells) == "") == good
