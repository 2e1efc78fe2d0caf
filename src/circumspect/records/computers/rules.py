"""Who may sit down, for how long, may it go on, and whose turn is it? Pure: values in, a value out.

A session ends at the first of: the length of a session, the minutes left today, closing time, midnight
and the next booking of the seat. It may go on when nobody waits. Tickets are called in their order, each
to one free seat. The rules know a standing and counts; they have no parameter for a name or an age.

Source: clauses TH-1.24, MP-4.10; DOMAIN practice of public computers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from circumspect.records.patrons.standing import BLOCK_RULES, Act, Standing

WARN_MINUTES = (10, 5, 1)
# Less than this is of no use to anybody.
SHORTEST_SECONDS = 60
# How long a booked seat, or one called for a ticket, waits for whoever it is kept for.
GRACE_SECONDS = 600
CALL_SECONDS = 300
# A computer whose program has said nothing for so long is off, or broken.
SILENT_SECONDS = 180
MINUTES_A_DAY = 120


class No(StrEnum):
    """What can keep somebody from a computer, besides a block of theirs."""

    SEAT_NOT_FREE = "seat_not_free"
    CLOSED = "closed"
    NO_MINUTES = "no_minutes"
    BOOKED = "booked"
    CALLED = "called"
    WAITING = "waiting"
    ELSEWHERE = "elsewhere"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    NOT_IN_USE = "not_in_use"
    LONGEST = "longest"
    SLOW = "slow"


# Read on a screen that stands in the open: nothing here says more of anybody than that.
NO_WORDS = {
    No.SLOW: "Too many tries at this computer. Please wait a minute, or ask at the desk.",
    No.SEAT_NOT_FREE: "This computer is not free.",
    No.CLOSED: "The library is closing. No session can start now.",
    No.NO_MINUTES: "No minutes are left for today.",
    No.BOOKED: "This computer is booked. Please choose another.",
    No.CALLED: "This computer is kept for a ticket. Type the code of your ticket too.",
    No.WAITING: "Others are waiting. Please take a ticket at the desk.",
    No.ELSEWHERE: "This card or pass is in use at another computer.",
    No.BLOCKED: "Please see us at the desk.",
    No.UNKNOWN: "The card or PIN is not right.",
    No.NOT_IN_USE: "Nobody is signed in here.",
    No.LONGEST: "This session cannot go on longer.",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand at a seat at one moment. Moments are seconds since 1970.

    Attributes:
        now: This moment.
        is_free: The seat is free, wiped and in service.
        closes_at: When the area closes, midnight at the latest; None where it is closed now.
        seconds_left: What the person may still use today.
        booked_from: When the seat's next booking by somebody else begins; None for none.
        own_booking_until: The end of a booking of theirs that holds now; None for none.
        is_called: The seat is kept for a ticket, and theirs is not that ticket.
        has_call: The seat is kept for their ticket.
        waiting: How many tickets wait for a seat here.
        sits_elsewhere: They have a session already.
    """

    now: int
    is_free: bool
    closes_at: int | None
    seconds_left: int
    booked_from: int | None = None
    own_booking_until: int | None = None
    is_called: bool = False
    has_call: bool = False
    waiting: int = 0
    sits_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """The session may begin (or go on), until then."""

    ends_at: int


@dataclass(frozen=True, slots=True)
class NotStarted:
    """It may not, for this reason; the first in the order below."""

    why: No

    @property
    def words(self) -> str:
        """One sentence for the seat's screen."""
        return NO_WORDS[self.why]


def is_blocked(standing: Standing, today: dt.date) -> bool:
    """Whether a block that stops computers is in effect."""
    return any(Act.COMPUTER in BLOCK_RULES[kind].stops for kind in standing.blocks_on(today))


def decide_start(s: Situation, session_seconds: int) -> Started | NotStarted:
    """May somebody sit down, and until when?

    Args:
        session_seconds: The longest session of this area.
    """
    latest = _latest(s)
    refusals = (
        (No.SEAT_NOT_FREE, not s.is_free),
        (No.ELSEWHERE, s.sits_elsewhere),
        (No.CLOSED, s.closes_at is None or s.closes_at - s.now < SHORTEST_SECONDS),
        (No.NO_MINUTES, s.seconds_left < SHORTEST_SECONDS),
        (No.BOOKED, s.booked_from is not None and s.booked_from - s.now < SHORTEST_SECONDS),
        (No.CALLED, s.is_called and s.own_booking_until is None),
        (No.WAITING, s.waiting > 0 and not s.has_call and s.own_booking_until is None),
    )
    for why, holds in refusals:
        if holds:
            return NotStarted(why)
    wanted = s.own_booking_until if s.own_booking_until is not None else s.now + session_seconds
    ends_at = min(wanted, latest)
    return Started(ends_at) if ends_at - s.now >= SHORTEST_SECONDS else NotStarted(No.CLOSED)


def decide_extension(
    s: Situation, ends_at: int, by_seconds: int, *, by_staff: bool = False
) -> Started | NotStarted:
    """May a session that runs until ``ends_at`` go on for so much longer?

    Args:
        s: With ``seconds_left`` counted from now, the running session's own time among them.
        by_staff: Staff may give time although others wait and beyond the day's minutes; never beyond closing
            time or into a booking.
    """
    if s.now >= ends_at:
        return NotStarted(No.NOT_IN_USE)
    if s.waiting > 0 and not by_staff:
        return NotStarted(No.WAITING)
    latest = _latest(s, counts_minutes=not by_staff)
    new_end = min(ends_at + by_seconds, latest)
    if new_end > ends_at:
        return Started(new_end)
    if s.closes_at is None or s.closes_at <= ends_at:
        return NotStarted(No.CLOSED)
    if s.booked_from is not None and s.booked_from <= ends_at:
        return NotStarted(No.BOOKED)
    return NotStarted(No.NO_MINUTES)


def _latest(s: Situation, *, counts_minutes: bool = True) -> int:
    limits = [s.closes_at if s.closes_at is not None else s.now]
    if counts_minutes:
        limits.append(s.now + s.seconds_left)
    if s.booked_from is not None:
        limits.append(s.booked_from)
    return min(limits)


def warning(seconds_left: int) -> int:
    """The warning that is due: 10, 5 or 1 (minutes), or 0 while there is more time than that."""
    due = [minutes for minutes in WARN_MINUTES if seconds_left <= minutes * 60]
    return min(due) if due else 0


def call_order(waiting: Collection[int], free_seats: Sequence[int]) -> list[tuple[int, int]]:
    """Which ticket number is called to which free seat: the lowest numbers first, one for each seat."""
    return list(zip(sorted(waiting), free_seats, strict=False))


def overlaps(start: int, end: int, taken: Iterable[tuple[int, int]]) -> bool:
    """Whether a span meets any of those taken; to touch is not to meet."""
    return any(start < other_end and other_start < end for other_start, other_end in taken)


def charged_minutes(seconds: int) -> int:
    """Seconds as the minutes that are counted: begun ones count."""
    return -(-max(0, seconds) // 60)


def seconds_a_day(config: Mapping[str, Any], category: str) -> int:
    """What a card of this category may use in a day: ``[computers.minutes]``, else ``[computers] minutes_a_day``.

    A setting that is no whole number of minutes between 0 and 1440 counts as missing.
    """
    table = config.get("computers", {})
    for found in (table.get("minutes", {}).get(category), table.get("minutes_a_day")):
        if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= 1440:
            return found * 60
    return MINUTES_A_DAY * 60


def open_until(hours: Sequence[Any], is_closed_day: bool, now: dt.datetime, zone: ZoneInfo) -> int | None:
    """When this place closes, as seconds since 1970; None where it is closed now.

    Args:
        hours: Seven entries, Monday first, each a list of ["HH:MM", "HH:MM"]; none at all means open until midnight.
        is_closed_day: Today is a holiday.
    """
    local = now.astimezone(zone)
    if is_closed_day:
        return None
    midnight = int(dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time(), zone).timestamp())
    if not hours:
        return midnight
    for opens, closes in hours[local.weekday()]:
        start = dt.datetime.combine(local.date(), dt.time.fromisoformat(opens), zone)
        end = (
            midnight
            if closes in ("24:00", "00:00")
            else int(dt.datetime.combine(local.date(), dt.time.fromisoformat(closes), zone).timestamp())
        )
        if start.timestamp() <= now.timestamp() < end:
            return end
    return None
