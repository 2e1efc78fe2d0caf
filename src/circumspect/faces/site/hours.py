"""When each branch is open: the very calendar by which things fall due.

Source: ``records/circulation/opening``; issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.models import ClosedDay
from circumspect.records.circulation.rulebook import RULE_BOOK, zone_of
from circumspect.trust.door.house import House


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a branch: its spells of being open, local; () where it is closed."""

    day: dt.date
    spells: tuple[tuple[dt.datetime, dt.datetime], ...]
    is_today: bool


@dataclass(frozen=True, slots=True)
class Open:
    """One branch.

    Attributes:
        days: This day and the six after it.
        until: When it closes, where it is open now.
        opens: When it opens next, where it is closed now and opens within the year.
    """

    code: str
    name: str
    address: str
    days: tuple[Day, ...]
    until: dt.datetime | None
    opens: dt.datetime | None


def branches(house: House) -> list[Open]:
    """Every branch, by name, the main one first."""
    rows = Branch.objects.values_list("code", "name", "address").order_by("name")
    return sorted((_open(house, *row) for row in rows), key=lambda each: (each.code != "main", each.name))


def closed_days(house: House, within: int = 90) -> list[tuple[dt.date, str, str]]:
    """Closed days to come: day, name, and the branch's name ("" for every branch)."""
    today = house.today()
    names = dict(Branch.objects.values_list("code", "name"))
    rows = ClosedDay.objects.filter(day__gte=today, day__lt=today + dt.timedelta(days=within))
    told = {(row.day, row.branch): row.name for row in rows}
    for code, closures in Branch.objects.values_list("code", "closures"):
        for first, last, name in closures:
            day = max(dt.date.fromisoformat(first), today)
            while day <= dt.date.fromisoformat(last) and day < today + dt.timedelta(days=within):
                told.setdefault((day, code), name)
                day += dt.timedelta(days=1)
    return sorted((day, name, names.get(code, "")) for (day, code), name in told.items())


def _open(house: House, code: str, name: str, address: str) -> Open:
    zone = zone_of(house)
    calendar = RULE_BOOK.calendar(code, zone)
    now, today = house.second(), house.today()
    days = []
    for ahead in range(7):
        day = today + dt.timedelta(days=ahead)
        spells = tuple(
            (dt.datetime.fromtimestamp(start, zone), dt.datetime.fromtimestamp(end, zone))
            for start, end in calendar.spells(day)
        )
        days.append(Day(day, spells, ahead == 0))
    until = next((end for start, end in days[0].spells if start.timestamp() <= now < end.timestamp()), None)
    opens = None
    if until is None and any(calendar.week):
        moment = calendar.open_moment_from(now)
        opens = dt.datetime.fromtimestamp(moment, zone) if moment > now else None
    return Open(code, name, address, tuple(days), until, opens)
