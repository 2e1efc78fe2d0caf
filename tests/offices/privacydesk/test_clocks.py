"""The clocks of the privacy desk, at the days on which clocks go wrong."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.offices.privacydesk.clocks import (
    BusinessCalendar,
    ClockError,
    Periods,
    later_by_days,
    periods_of,
    received_on,
    warnings_due,
)

CHICAGO = ZoneInfo("America/Chicago")
PLAIN = BusinessCalendar()
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.clause("TH-1.6")
@pytest.mark.parametrize(
    ("received", "due", "why"),
    [
        ("2026-11-16", "2026-11-23", "a plain week: the day of receipt is not counted"),
        ("2026-11-20", "2026-11-30", "Thanksgiving lies between, and the library works the day after"),
        ("2026-11-21", "2026-11-30", "received on a Saturday"),
        ("2026-12-24", "2027-01-04", "Christmas on a Friday, and New Year's Day after it"),
        ("2027-12-17", "2027-12-27", "Christmas on a Saturday is kept on the Friday before"),
        ("2027-12-28", "2028-01-05", "New Year's Day of 2028 is kept on the last day of 2027"),
        ("2028-02-25", "2028-03-03", "a leap year has its 29 February"),
        ("2026-06-15", "2026-06-23", "Juneteenth"),
        ("2026-10-30", "2026-11-09", "the day of a general election is a State holiday"),
        ("2027-02-26", "2027-03-08", "Casimir Pulaski's day"),
    ],
)
def test_an_answer_is_due_on_the_fifth_business_day(received: str, due: str, why: str) -> None:
    assert PLAIN.after(day(received), 5) == day(due), why


def test_the_library_adds_a_closed_day_and_works_on_a_holiday() -> None:
    ours = BusinessCalendar(closed=frozenset({day("2026-11-27")}), open=frozenset({day("2026-11-26")}))

    assert ours.after(day("2026-11-25"), 1) == day("2026-11-26")
    assert ours.after(day("2026-11-25"), 2) == day("2026-11-30")
    assert PLAIN.after(day("2026-11-25"), 1) == day("2026-11-27")


@given(DAYS, st.integers(1, 60))
def test_so_many_after_is_a_business_day_with_so_many_between(start: dt.date, count: int) -> None:
    end = PLAIN.after(start, count)

    assert PLAIN.is_business_day(end)
    assert PLAIN.between(start, end) == count


def test_a_calendar_without_business_days_is_said_to_have_none() -> None:
    every = frozenset(day("2026-01-01") + dt.timedelta(days=each) for each in range(4000))

    with pytest.raises(ClockError):
        BusinessCalendar(closed=every).after(day("2026-01-01"), 5)
    with pytest.raises(ClockError):
        PLAIN.after(day("2026-01-01"), 0)


@pytest.mark.parametrize(
    ("hour", "next_day", "counts_as"),
    [(16, True, "2026-11-23"), (17, True, "2026-11-24"), (23, False, "2026-11-23")],
)
def test_after_closing_counts_as_the_next_day_only_where_the_library_says_so(
    hour: int, next_day: bool, counts_as: str
) -> None:
    moment = dt.datetime(2026, 11, 23, hour, 0, tzinfo=CHICAGO)

    assert received_on(moment, CHICAGO, closes_at=dt.time(17), late_is_next_day=next_day) == day(counts_as)


def test_the_day_of_receipt_is_the_librarys_and_not_greenwichs() -> None:
    late_evening = dt.datetime(2026, 12, 31, 23, 30, tzinfo=CHICAGO)

    assert late_evening.astimezone(dt.UTC).date() == day("2027-01-01")
    assert received_on(late_evening, CHICAGO, closes_at=None, late_is_next_day=True) == day("2026-12-31")


@pytest.mark.clause("MP-6.12")
@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-11-23T10:00-06:00", "2027-02-21T10:00-06:00", "no change of clocks"),
        ("2026-01-15T10:00-06:00", "2026-04-15T11:00-05:00", "into summer: 90 times 24 hours is the longer"),
        ("2026-09-01T10:00-05:00", "2026-11-30T10:00-06:00", "out of it: the wall calendar is the longer"),
        ("2027-12-01T00:00-06:00", "2028-02-29T00:00-06:00", "ends on a leap day"),
        ("2026-08-03T01:30-05:00", "2026-11-01T01:30-06:00", "ends in the hour that comes twice: the second"),
    ],
)
def test_ninety_days_are_never_less_than_ninety(start: str, end: str, why: str) -> None:
    assert later_by_days(dt.datetime.fromisoformat(start), 90, CHICAGO) == dt.datetime.fromisoformat(end), why


@given(st.integers(0, 7000 * 1440), st.integers(1, 400))
def test_no_span_is_shorter_than_its_days_by_either_reading(minutes: int, days: int) -> None:
    moment = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)

    end = later_by_days(moment, days, CHICAGO)

    assert dt.timedelta(days=days) <= end - moment <= dt.timedelta(days=days, hours=1)
    assert end.astimezone(CHICAGO).date() >= moment.astimezone(CHICAGO).date() + dt.timedelta(days=days)


@pytest.mark.clause("MP-6.13")
@pytest.mark.parametrize(
    ("days_before", "due"),
    [(20, []), (14, [14]), (10, [14]), (7, [14, 7]), (1, [14, 7, 1]), (0.5, [14, 7, 1]), (0, []), (-3, [])],
)
def test_warnings_come_at_fourteen_seven_and_one_day(days_before: float, due: list[int]) -> None:
    end = dt.datetime(2027, 2, 21, 16, tzinfo=dt.UTC)

    assert warnings_due(end, end - dt.timedelta(days=days_before), (1, 14, 7)) == due


def test_a_library_sets_its_periods_and_not_below_the_laws() -> None:
    ours = periods_of(
        {"foia_business_days": 7, "warn_days": [3, 30], "closed_days": ["2026-12-24"], "closes_at": "17:30"}
    )

    assert (ours.foia_business_days, ours.warn_days) == (7, (30, 3))
    assert not ours.calendar.is_business_day(day("2026-12-24"))
    assert periods_of({}) == Periods()


@pytest.mark.clause("MP-6.12")
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("preserve_days", 89),
        ("tipline_days", 90),
        ("foia_business_days", 0),
        ("foia_business_days", True),
        ("foia_business_days", "5"),
        ("warn_days", []),
        ("warn_days", 14),
        ("closes_at", "noon"),
        ("late_is_next_day", 1),
        ("closed_days", ["24.12.2026"]),
    ],
)
def test_a_wrong_setting_is_named(setting: str, value: object) -> None:
    with pytest.raises(ClockError) as problem:
        periods_of({setting: value})

    assert problem.value.field == setting
