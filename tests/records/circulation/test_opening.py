"""Nothing falls due while the library is closed, and no fine runs: days, hours, and a hand-made count to compare."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.circulation.opening import OpeningCalendar
from circumspect.records.circulation.rules import FinePer, LoanTerms, PeriodKind, due_at, fine_due

CHICAGO = ZoneInfo("America/Chicago")
ZONES = st.sampled_from(
    [CHICAGO, ZoneInfo("UTC"), ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Havana")]
)
MONDAY = dt.date(2026, 11, 23)
NINE, TWELVE, ONE, FIVE = (dt.time(hour) for hour in (9, 12, 13, 17))
# Monday to Thursday with a lunch break, Friday morning, and never at the weekend.
WEEK = (*(((NINE, TWELVE), (ONE, FIVE)),) * 4, ((NINE, TWELVE),), (), ())

hours = st.integers(0, 22).flatmap(
    lambda opens: st.integers(opens + 1, 23).map(lambda closes: (dt.time(opens), dt.time(closes)))
)
weeks = st.lists(st.one_of(st.just(()), hours.map(lambda spell: (spell,))), min_size=7, max_size=7).map(tuple)
near = st.integers(0, 120).map(lambda ahead: MONDAY + dt.timedelta(days=ahead))
calendars = st.builds(
    OpeningCalendar,
    ZONES,
    st.one_of(st.just(()), weeks),
    st.frozensets(near, max_size=40),
    st.dictionaries(near, hours.map(lambda spell: (spell,)), max_size=10),
)
moments = st.integers(
    int(dt.datetime(2026, 11, 23, tzinfo=dt.UTC).timestamp()),
    int(dt.datetime(2027, 1, 20, tzinfo=dt.UTC).timestamp()),
)


def at(day: dt.date, hour: int, minute: int = 0) -> int:
    return int(dt.datetime.combine(day, dt.time(hour, minute), CHICAGO).timestamp())


def terms(**more: object) -> LoanTerms:
    return LoanTerms("", "", "", **{"period": 21, "renewals": 2, "max_items": 5, **more})  # type: ignore[arg-type]


# due


@given(moments, st.integers(1, 60), calendars)
def test_nothing_falls_due_on_a_closed_day(now, days, calendar):
    """It rolls on to the next open day, and not a day further; the last second of it, at the library."""
    first = calendar.day_of(now) + dt.timedelta(days=days)

    due = due_at(terms(period=days), now, calendar)

    day = calendar.day_of(due)
    ever_open = any(calendar.is_open_on(first + dt.timedelta(days=ahead)) for ahead in range(300))
    assert calendar.is_open_on(day) or not ever_open
    assert day >= first
    assert not any(
        calendar.is_open_on(first + dt.timedelta(days=ahead)) for ahead in range((day - first).days)
    )
    assert calendar.day_of(due + 1) > day


@given(moments, st.integers(1, 96), calendars)
def test_what_is_lent_for_hours_is_due_while_somebody_is_there(now, length, calendar):
    """At its moment where that is open, at the next opening otherwise; never sooner."""
    wanted = now + 3600 * length

    due = due_at(terms(period_kind=PeriodKind.HOURS, period=length), now, calendar)

    spells = [
        spell
        for ahead in range(-1, 300)
        for spell in calendar.spells(calendar.day_of(wanted) + dt.timedelta(days=ahead))
    ]
    assert due >= wanted
    if any(end > wanted for _, end in spells):
        assert any(start <= due < end for start, end in spells)
        assert calendar.open_seconds_between(wanted, due) == 0


@given(moments, near, calendars)
def test_a_fixed_date_is_the_same_whenever_it_was_lent(now, day, calendar):
    fixed = terms(period_kind=PeriodKind.FIXED, fixed_on=day)

    assert due_at(fixed, now, calendar) == due_at(fixed, now + 5 * 86400, calendar)
    assert calendar.day_of(due_at(fixed, now, calendar)) == calendar.open_day_from(day)


def test_a_branch_whose_hours_are_not_known_is_open_but_for_its_closed_days():
    calendar = OpeningCalendar(CHICAGO, (), frozenset({MONDAY}))

    assert not calendar.is_open_on(MONDAY)
    assert calendar.is_open_on(MONDAY + dt.timedelta(days=6))
    assert OpeningCalendar(CHICAGO, ((),) * 7).is_open_on(MONDAY)


def test_a_clock_set_back_makes_a_longer_day_and_no_other_trouble():
    sunday = dt.date(2026, 11, 1)
    calendar = OpeningCalendar(CHICAGO)

    [(start, end)] = calendar.spells(sunday)

    assert end - start == 25 * 3600
    assert calendar.open_seconds_between(start, end) == 25 * 3600


# closed hours


def test_hours_closed_by_exception_are_taken_out_of_the_day():
    calendar = OpeningCalendar(CHICAGO, WEEK, frozenset(), {MONDAY: ((dt.time(11), dt.time(15)),)})

    assert calendar.spells(MONDAY) == (
        (at(MONDAY, 9), at(MONDAY, 11)),
        (at(MONDAY, 15), at(MONDAY, 17)),
    )
    assert calendar.open_moment_from(at(MONDAY, 12)) == at(MONDAY, 15)
    whole = OpeningCalendar(CHICAGO, WEEK, frozenset(), {MONDAY: ((dt.time(8), dt.time(18)),)})
    assert not whole.is_open_on(MONDAY)


@given(moments, st.integers(0, 20 * 86400), calendars)
def test_open_time_counted_whole_is_open_time_counted_in_pieces(start, length, calendar):
    middle, end = start + length // 3, start + length

    assert calendar.open_seconds_between(start, end) == calendar.open_seconds_between(
        start, middle
    ) + calendar.open_seconds_between(middle, end)
    assert 0 <= calendar.open_seconds_between(start, end) <= length


# fines

fined = st.builds(
    terms,
    fine_cents=st.integers(0, 100),
    fine_per=st.sampled_from(FinePer),
    grace=st.integers(0, 5),
    fine_cap_cents=st.integers(0, 1500),
)


@given(fined, moments, st.integers(-86400, 40 * 86400), st.integers(0, 5 * 86400), calendars)
def test_a_fine_never_falls_with_time_and_stays_under_its_cap(rule, due, late, more, calendar):
    """Nothing for what is in time; whole cents; nothing at all where the rule is fine-free."""
    cents = fine_due(rule, due, due + late, calendar)

    assert cents <= fine_due(rule, due, due + late + more, calendar)
    assert cents >= 0
    assert cents <= rule.fine_cap_cents or not rule.fine_cap_cents
    if late <= 0 or rule.fine_per is FinePer.NEVER or not rule.fine_cents:
        assert cents == 0


@given(fined, moments, st.integers(0, 30 * 86400), calendars)
def test_a_day_is_counted_if_and_only_if_the_library_was_open_on_it(rule, due, late, calendar):
    """Compared with a count made by hand, day by day."""
    first, last = calendar.day_of(due), calendar.day_of(due + late)
    days = [first + dt.timedelta(days=ahead) for ahead in range(1, (last - first).days + 1)]
    open_days = len([day for day in days if calendar.spells(day)])

    cents = fine_due(rule, due, due + late, calendar)

    if rule.fine_per is FinePer.DAY:
        expected = max(0, open_days - rule.grace) * rule.fine_cents
        assert cents == (min(expected, rule.fine_cap_cents) if rule.fine_cap_cents else expected)


def test_no_fine_runs_while_the_library_is_closed():
    """Due on Friday, dropped in the box at the weekend and found on Monday morning: one day."""
    calendar = OpeningCalendar(CHICAGO, WEEK)
    friday = MONDAY - dt.timedelta(days=3)
    rule = terms(fine_cents=25, fine_per=FinePer.DAY)
    hourly = terms(fine_cents=100, fine_per=FinePer.HOUR)

    assert fine_due(rule, calendar.end_of(friday), at(MONDAY - dt.timedelta(days=1), 20), calendar) == 0
    assert fine_due(rule, calendar.end_of(friday), at(MONDAY, 10), calendar) == 25
    assert fine_due(hourly, at(friday, 11), at(MONDAY, 9), calendar) == 100
    assert fine_due(hourly, at(friday, 11), at(MONDAY, 9, 1), calendar) == 200


def test_within_the_grace_nothing_is_due_and_beyond_it_only_what_lies_beyond():
    calendar = OpeningCalendar(CHICAGO)
    rule = terms(fine_cents=10, fine_per=FinePer.DAY, grace=3, fine_cap_cents=25)
    due = calendar.end_of(MONDAY)

    assert [fine_due(rule, due, due + days * 86400, calendar) for days in (1, 3, 4, 5, 6, 60)] == [
        0, 0, 10, 20, 25, 25,
    ]  # fmt: skip
