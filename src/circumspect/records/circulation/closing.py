"""When a branch is open: write its week, and the days and hours it is closed by exception.

The week and longer closures stand with the branch, which other rooms read too; single closed days and hours
stand here. Every change counts within a few seconds in every process (``rulebook.RULE_BOOK``).

Source: DOMAIN practice of due dates; clause MP-2.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.models import ClosedDay, ClosedHours
from circumspect.records.circulation.rulebook import RULE_BOOK
from circumspect.records.circulation.rulechecks import Spell, wrong_with_day

MOST_DAYS = 92


class HoursError(Exception):
    """Hours or days do not do.

    Attributes:
        field: "day0" (Monday) to "day6", "first", "last" or "closes_at".
        reason: What to do, in plain words.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Closed:
    """One closure, whole days or hours of one day.

    Attributes:
        branch: "" for every branch.
        closes_at, opens_at: Of closed hours; None for whole days.
        stands_with_branch: It is one of the branch's own longer closures, and not a row of this room.
    """

    branch: str
    first: dt.date
    last: dt.date
    name: str
    closes_at: dt.time | None = None
    opens_at: dt.time | None = None
    stands_with_branch: bool = False


def week_of(branch: str) -> tuple[tuple[Spell, ...], ...]:
    """The branch's week, Monday first; () where its hours are not known."""
    hours = Branch.objects.filter(code=branch).values_list("hours", flat=True).first() or []
    return tuple(
        tuple((dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)) for opens, closes in day)
        for day in hours
    )


def put_week(branch: str, week: Sequence[Sequence[Spell]]) -> None:
    """Write a branch's week. Seven days without a spell mean that its hours are not known: open always.

    Raises:
        HoursError: A day's hours do not do; nothing is changed.
    """
    for day, spells in enumerate(week):
        if reason := wrong_with_day(spells):
            raise HoursError(f"day{day}", reason)
    hours = [[[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in sorted(day)] for day in week]
    Branch.objects.filter(code=branch).update(hours=hours if any(hours) else [])
    RULE_BOOK.forget()


def closures_of(branch: str, since: dt.date) -> list[Closed]:
    """What is still to come of a branch's closures and of those of every branch, by day."""
    found = [
        Closed(row.branch, row.day, row.day, row.name)
        for row in ClosedDay.objects.filter(branch__in=("", branch), day__gte=since)
    ]
    found += [
        Closed(row.branch, row.day, row.day, row.name, row.closes_at, row.opens_at)
        for row in ClosedHours.objects.filter(branch__in=("", branch), day__gte=since)
    ]
    for first, last, name in _closures(branch):
        if dt.date.fromisoformat(last) >= since:
            found.append(
                Closed(
                    branch,
                    dt.date.fromisoformat(first),
                    dt.date.fromisoformat(last),
                    name,
                    stands_with_branch=True,
                )
            )
    return sorted(found, key=lambda each: (each.first, each.closes_at or dt.time(), each.branch))


def close(
    branch: str,
    first: dt.date,
    last: dt.date,
    name: str,
    *,
    today: dt.date,
    hours: Spell | None = None,
) -> None:
    """Close a branch ("" for every one) for days, or for hours of one day.

    Args:
        hours: From when until when it is closed, on the one day.

    Raises:
        HoursError: The days or hours do not do; nothing is changed.
    """
    if not today <= first <= today + dt.timedelta(days=3660):
        raise HoursError("first", "choose a day from today on")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise HoursError("last", f"the last day is not before the first, and within {MOST_DAYS} days of it")
    name = name.strip()[:80]
    if hours is not None:
        closes_at, opens_at = hours
        if first != last:
            raise HoursError("last", "hours are closed on one day at a time")
        if opens_at <= closes_at:
            raise HoursError("closes_at", "the branch opens again after it has closed")
        ClosedHours.objects.update_or_create(
            branch=branch, day=first, closes_at=closes_at, defaults={"opens_at": opens_at, "name": name}
        )
    else:
        with transaction.atomic():
            for ahead in range((last - first).days + 1):
                ClosedDay.objects.update_or_create(
                    branch=branch, day=first + dt.timedelta(days=ahead), defaults={"name": name}
                )
    RULE_BOOK.forget()


def reopen(branch: str, day: dt.date, *, closes_at: dt.time | None = None) -> bool:
    """Take a closed day, or closed hours of a day, away; whether there was one."""
    if closes_at is None:
        gone, _ = ClosedDay.objects.filter(branch=branch, day=day).delete()
    else:
        gone, _ = ClosedHours.objects.filter(branch=branch, day=day, closes_at=closes_at).delete()
    RULE_BOOK.forget()
    return gone > 0


def end_closure(branch: str, first: dt.date, last: dt.date) -> bool:
    """Take a longer closure away that stands with the branch; whether there was one."""
    with transaction.atomic():
        row = Branch.objects.select_for_update().filter(code=branch).first()
        if row is None:
            return False
        left = [each for each in row.closures if each[:2] != [first.isoformat(), last.isoformat()]]
        gone = len(left) < len(row.closures)
        row.closures = left
        row.save(update_fields=["closures"])
    RULE_BOOK.forget()
    return gone


def _closures(branch: str) -> list[list[str]]:
    closures = Branch.objects.filter(code=branch).values_list("closures", flat=True).first()
    return closures or []
