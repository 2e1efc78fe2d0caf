"""The form of a branch's week and closures: typed texts into days and hours, and back.

A day is typed as "9:00-12:00, 13:00-17:30"; an empty one is closed. What hours may be is said by
``circulation.closing``; here they are only read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.records.circulation import closing
from circumspect.records.circulation.closing import Closed, HoursError
from circumspect.records.circulation.rulechecks import Spell

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SPELL = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?")
_AS_TYPED = "write hours as 9:00-17:30, or leave the day empty"


@dataclass(frozen=True, slots=True)
class DayInput:
    """One day of the week, filled in."""

    name: str
    label: str
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class ClosedShown:
    """One closure, in words and with what takes it away."""

    words: str
    name: str
    everywhere: bool
    first: str
    last: str
    closes_at: str
    with_branch: bool


def week(branch: str, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[DayInput]:
    """The seven inputs."""
    stored = closing.week_of(branch)
    return [
        DayInput(
            f"day{at}",
            label,
            typed.get(f"day{at}", _text(stored[at]) if at < len(stored) else ""),
            wrong.get(f"day{at}", ""),
        )
        for at, label in enumerate(DAYS)
    ]


def closed(branch: str, today: dt.date) -> list[ClosedShown]:
    """The closures still to come."""
    return [_shown(each) for each in closing.closures_of(branch, today)]


def save(branch: str, typed: Mapping[str, str]) -> dict[str, str]:
    """Do what a form asks; what is wrong with it, by field, empty where it is done."""
    try:
        act = typed.get("act", "")
        if act == "week":
            closing.put_week(branch, [_spells(f"day{at}", typed.get(f"day{at}", "")) for at in range(7)])
        elif act == "close":
            _close(branch, typed)
        elif act == "reopen":
            _reopen(branch, typed)
    except HoursError as problem:
        return {problem.field: problem.reason}
    return {}


def _close(branch: str, typed: Mapping[str, str]) -> None:
    first = _day("first", typed.get("first", ""))
    last = _day("last", typed["last"]) if typed.get("last") else first
    hours: Spell | None = None
    if typed.get("closes_at") or typed.get("opens_at"):
        hours = (_time(typed.get("closes_at", "")), _time(typed.get("opens_at", "")))
    where = "" if typed.get("everywhere") == "yes" else branch
    closing.close(where, first, last, typed.get("name", ""), today=house().today(), hours=hours)


def _reopen(branch: str, typed: Mapping[str, str]) -> None:
    first, last = _day("first", typed.get("first", "")), _day("last", typed.get("last", ""))
    where = "" if typed.get("everywhere") == "yes" else branch
    if typed.get("with_branch") == "yes":
        closing.end_closure(branch, first, last)
    else:
        closes_at = _time(typed["closes_at"]) if typed.get("closes_at") else None
        closing.reopen(where, first, closes_at=closes_at)


def _shown(each: Closed) -> ClosedShown:
    words = shown.in_full(each.first)
    if each.last != each.first:
        words += f" to {shown.in_full(each.last)}"
    if each.closes_at and each.opens_at:
        words += f", {each.closes_at:%H:%M} to {each.opens_at:%H:%M}"
    return ClosedShown(
        words,
        each.name,
        not each.branch,
        each.first.isoformat(),
        each.last.isoformat(),
        f"{each.closes_at:%H:%M}" if each.closes_at else "",
        each.stands_with_branch,
    )


def _text(spells: tuple[Spell, ...]) -> str:
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in spells)


def _spells(field: str, text: str) -> list[Spell]:
    spells: list[Spell] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        found = _SPELL.fullmatch(part)
        if found is None:
            raise HoursError(field, _AS_TYPED)
        opens, opens_min, closes, closes_min = (int(each or 0) for each in found.groups())
        try:
            # 24:00 is how people write the end of a day.
            spells.append(
                (dt.time(opens, opens_min), dt.time(closes % 24 if closes == 24 else closes, closes_min))
            )
        except ValueError:
            raise HoursError(field, _AS_TYPED) from None
    return spells


def _day(field: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise HoursError(field, "a day is year-month-day, such as 2027-07-04") from None


def _time(text: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        raise HoursError("closes_at", "a time is hours and minutes, such as 13:00") from None
