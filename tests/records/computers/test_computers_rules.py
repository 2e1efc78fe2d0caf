"""Who may sit down, until when, and whose turn it is: the rules alone, no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.computers import rules
from circumspect.records.computers.rules import No, NotStarted, Situation, Started
from circumspect.records.patrons.standing import BlockKind, Standing

NOW = 1_795_000_000
FREE = Situation(now=NOW, is_free=True, closes_at=NOW + 36_000, seconds_left=7_200)
CHICAGO = ZoneInfo("America/Chicago")
WEEK = [[["09:00", "12:00"], ["13:00", "21:00"]]] * 5 + [[["10:00", "17:00"]], []]


def test_a_session_ends_at_the_first_of_its_limits():
    assert rules.decide_start(FREE, 3600) == Started(NOW + 3600)
    assert rules.decide_start(replace(FREE, seconds_left=900), 3600) == Started(NOW + 900)
    assert rules.decide_start(replace(FREE, closes_at=NOW + 1200), 3600) == Started(NOW + 1200)
    assert rules.decide_start(replace(FREE, booked_from=NOW + 600), 3600) == Started(NOW + 600)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_free": False}, No.SEAT_NOT_FREE),
        ({"closes_at": None}, No.CLOSED),
        ({"closes_at": NOW + 59}, No.CLOSED),
        ({"seconds_left": 59}, No.NO_MINUTES),
        ({"booked_from": NOW}, No.BOOKED),
        ({"is_called": True}, No.CALLED),
        ({"waiting": 1}, No.WAITING),
        ({"sits_elsewhere": True}, No.ELSEWHERE),
    ],
)
def test_each_reason_keeps_somebody_from_a_computer(change, why):
    answer = rules.decide_start(replace(FREE, **change), 3600)

    assert answer == NotStarted(why)
    assert answer.words


def test_the_ticket_that_was_called_may_sit_though_others_wait():
    assert rules.decide_start(replace(FREE, waiting=5, has_call=True), 3600) == Started(NOW + 3600)


def test_a_booking_lasts_until_its_end_and_no_longer():
    assert rules.decide_start(replace(FREE, own_booking_until=NOW + 1800, waiting=3), 3600) == Started(
        NOW + 1800
    )


def test_a_session_goes_on_when_nobody_waits():
    assert rules.decide_extension(FREE, NOW + 60, 3600) == Started(NOW + 3660)
    assert rules.decide_extension(replace(FREE, waiting=1), NOW + 60, 3600) == NotStarted(No.WAITING)


def test_staff_may_give_time_although_others_wait_but_not_beyond_closing():
    waiting = replace(FREE, waiting=2, seconds_left=0, closes_at=NOW + 600)

    assert rules.decide_extension(waiting, NOW + 60, 3600, by_staff=True) == Started(NOW + 600)
    assert rules.decide_extension(waiting, NOW + 600, 3600, by_staff=True) == NotStarted(No.CLOSED)


def test_a_block_that_stops_computers_stops_them_and_one_that_does_not_does_not():
    today = dt.date(2026, 11, 23)
    plain = Standing("resident_adult", "main", today)

    assert not rules.is_blocked(plain, today)
    assert rules.is_blocked(plain, today + dt.timedelta(days=1))
    assert rules.is_blocked(plain.with_block(BlockKind.SEE_PERSON_IN_CHARGE), today)
    assert not rules.is_blocked(plain.with_block(BlockKind.OWES), today)


@pytest.mark.parametrize(
    ("seconds", "due"), [(601, 0), (600, 10), (301, 10), (300, 5), (61, 5), (60, 1), (0, 1)]
)
def test_warnings_come_at_ten_five_and_one(seconds, due):
    assert rules.warning(seconds) == due


def test_minutes_a_day_go_by_category_and_odd_settings_are_left_aside():
    config = {"computers": {"minutes_a_day": 90, "minutes": {"resident_juvenile": 60, "temporary": -5}}}

    assert rules.seconds_a_day(config, "resident_juvenile") == 3600
    assert rules.seconds_a_day(config, "temporary") == 90 * 60
    assert rules.seconds_a_day({"computers": {"minutes_a_day": "many"}}, "x") == 120 * 60
    assert rules.seconds_a_day({}, "x") == 120 * 60


def test_opening_hours_with_a_break_a_closed_day_and_no_hours_at_all():
    monday = dt.datetime(2026, 11, 23, 10, 0, tzinfo=CHICAGO)

    assert rules.open_until(WEEK, False, monday, CHICAGO) == int(monday.replace(hour=12).timestamp())
    assert rules.open_until(WEEK, False, monday.replace(hour=12), CHICAGO) is None
    assert rules.open_until(WEEK, True, monday, CHICAGO) is None
    assert rules.open_until(WEEK, False, monday + dt.timedelta(days=6), CHICAGO) is None
    midnight = dt.datetime(2026, 11, 24, tzinfo=CHICAGO)
    assert rules.open_until([], False, monday, CHICAGO) == int(midnight.timestamp())
    assert rules.open_until([[["18:00", "24:00"]]] * 7, False, monday.replace(hour=19), CHICAGO) == int(
        midnight.timestamp()
    )


def test_lowest_numbers_are_called_first():
    assert rules.call_order({7, 3, 5}, [11, 12]) == [(3, 11), (5, 12)]
    assert rules.call_order({3}, []) == []


spans = st.integers(0, 20_000)
situations = st.builds(
    Situation,
    now=st.just(NOW),
    is_free=st.booleans(),
    closes_at=st.none() | spans.map(NOW.__add__),
    seconds_left=st.integers(-600, 9_000),
    booked_from=st.none() | spans.map(NOW.__add__),
    own_booking_until=st.none() | spans.map(NOW.__add__),
    is_called=st.booleans(),
    has_call=st.booleans(),
    waiting=st.integers(0, 3),
    sits_elsewhere=st.booleans(),
)


@given(situations, st.integers(60, 9_000))
def test_no_session_goes_beyond_closing_a_booking_or_the_minutes_of_the_day(s, session):
    answer = rules.decide_start(s, session)

    if isinstance(answer, Started):
        assert s.is_free
        assert not s.sits_elsewhere
        assert s.closes_at is not None
        assert s.now + 60 <= answer.ends_at <= min(s.closes_at, s.now + s.seconds_left)
        assert s.booked_from is None or answer.ends_at <= s.booked_from
        assert s.own_booking_until is not None or (answer.ends_at <= s.now + session and not s.is_called)


@given(situations, spans, st.integers(60, 9_000), st.booleans())
def test_an_extension_is_longer_and_ends_before_whatever_comes_next(s, more, by, by_staff):
    ends_at = s.now + more
    answer = rules.decide_extension(s, ends_at, by, by_staff=by_staff)

    if isinstance(answer, Started):
        assert ends_at < answer.ends_at <= ends_at + by
        assert s.closes_at is not None
        assert answer.ends_at <= s.closes_at
        assert s.booked_from is None or answer.ends_at <= s.booked_from
        assert by_staff or (s.waiting == 0 and answer.ends_at <= s.now + s.seconds_left)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 10)), max_size=6), st.integers(0, 50))
def test_spans_overlap_when_they_share_a_moment(taken, start):
    spans_taken = [(begin, begin + length) for begin, length in taken]
    shares = any(set(range(start, start + 5)) & set(range(*each)) for each in spans_taken)

    assert rules.overlaps(start, start + 5, spans_taken) is shares
