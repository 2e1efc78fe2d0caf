"""The hours of an area, as they are written on a command line. Pure: texts in, a week out.

    mon-fri=9:00-12:00, 13:00-20:00
    sat=10:00-16:00
    sun=closed

A day that is not named is closed; a range may go over the end of the week, as in sat-mon.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from circumspect.records.computers.places import SettingError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = list[list[list[str]]]
_SPELL = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?")
_AS_TYPED = "write them as mon-fri=9:00-17:30, with days from mon, tue, wed, thu, fri, sat, sun"


def week_of(written: Iterable[str]) -> Week:
    """Seven days, Monday first, each a list of ["HH:MM", "HH:MM"]; none where nothing is written.

    Raises:
        SettingError: Something cannot be read, a day is named twice, or hours overlap or end before they begin.
    """
    named: dict[int, list[list[str]]] = {}
    for text in written:
        days, sign, hours = text.partition("=")
        if not sign:
            raise SettingError("hours", _AS_TYPED)
        spells = _spells(hours.strip())
        for day in _days(days.strip().lower()):
            if day in named:
                raise SettingError("hours", f"{DAYS[day]} is named twice")
            named[day] = spells
    return [named.get(day, []) for day in range(7)] if named else []


def _days(text: str) -> list[int]:
    first, _, last = text.partition("-")
    last = last or first
    if first not in DAYS or last not in DAYS:
        raise SettingError("hours", _AS_TYPED)
    start = DAYS.index(first)
    return [(start + ahead) % 7 for ahead in range((DAYS.index(last) - start) % 7 + 1)]


def _spells(text: str) -> list[list[str]]:
    if text.lower() == "closed":
        return []
    spells: list[list[str]] = []
    before = dt.time.min
    for part in text.split(","):
        found = _SPELL.fullmatch(part.strip())
        if found is None:
            raise SettingError("hours", _AS_TYPED)
        opens, closes = _time(found[1], found[2]), _time(found[3], found[4])
        at_midnight = closes == dt.time.min
        if opens < before or (not at_midnight and opens >= closes):
            raise SettingError("hours", "hours of a day follow one another, each from earlier to later")
        spells.append([f"{opens:%H:%M}", "24:00" if at_midnight else f"{closes:%H:%M}"])
        before = dt.time.max if at_midnight else closes
    return spells


def _time(hour: str, minute: str | None) -> dt.time:
    try:
        return dt.time(0 if hour == "24" and not int(minute or 0) else int(hour), int(minute or 0))
    except ValueError:
        raise SettingError("hours", _AS_TYPED) from None
