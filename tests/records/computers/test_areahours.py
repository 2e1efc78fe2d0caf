"""Hours of an area as they are written on a command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.computers.areahours import DAYS, week_of
from circumspect.records.computers.places import SettingError

OPEN = ["09:00", "17:30"]


def test_nothing_written_is_as_the_branch() -> None:
    assert week_of([]) == []


def test_days_ranges_and_breaks_are_read_and_days_not_named_are_closed() -> None:
    week = week_of(["mon-wed=9:00-12:00, 13-20", "Sat = 10:00-24:00", "sun=closed"])

    assert week[:3] == [[["09:00", "12:00"], ["13:00", "20:00"]]] * 3
    assert week[3:5] == [[], []]
    assert week[5:] == [[["10:00", "24:00"]], []]


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_range_goes_round_the_week(first: int, last: int) -> None:
    week = week_of([f"{DAYS[first]}-{DAYS[last]}=9-17:30"])

    named = {(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)}
    assert {day for day in range(7) if week[day] == [OPEN]} == named


@pytest.mark.parametrize(
    "written",
    [
        ["9-17"],
        ["mon="],
        ["mun=9-17"],
        ["mon-=9"],
        ["mon=25:00-26:00"],
        ["mon=24:30-25:00"],
        ["mon=17-9"],
        ["mon=9-9"],
        ["mon=9-12, 11-17"],
        ["mon=9-24, 10-11"],
        ["mon-wed=9-17", "tue=9-12"],
    ],
)
def test_what_cannot_be_meant_is_refused(written: list[str]) -> None:
    with pytest.raises(SettingError):
        week_of(written)
