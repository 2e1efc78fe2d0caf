"""Opening hours of the week to come in which nobody designated is on duty, branch by branch.

For the page of designations and for ``doctor``. Where no hours were entered, none are uncovered.

Source: clauses MP-7.1, MP-7.13.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import timezone

from circumspect.offices.staff import duty
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.rulebook import RULE_BOOK

DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True)
class Gap:
    """A day's open hours without anybody on duty, such as "9:00-12:30"."""

    branch: str
    day: dt.date
    hours: str


def gaps(zone: ZoneInfo, now: dt.datetime) -> list[Gap]:
    """The gaps of the week to come, by branch and day."""
    found, today = [], timezone.localdate(now)
    days = [today + dt.timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    for branch in Branch.objects.order_by("name"):
        calendar = RULE_BOOK.calendar(branch.code, zone)
        if not any(calendar.week):
            continue  # hours that nobody entered are covered by nobody, and say nothing
        spells = {day: [_in_minutes(day, spell, zone) for spell in calendar.spells(day)] for day in days}
        for day, left in duty.uncovered(spells, now).items():
            found.append(Gap(branch.name, day, ", ".join(f"{_clock(a)}-{_clock(b)}" for a, b in left)))
    return found


def _in_minutes(day: dt.date, spell: tuple[int, int], zone: ZoneInfo) -> tuple[int, int]:
    start, end = (dt.datetime.fromtimestamp(each, zone) for each in spell)
    ends_later = end.date() > day
    return start.hour * 60 + start.minute, 24 * 60 if ends_later else end.hour * 60 + end.minute


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
