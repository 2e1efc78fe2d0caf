"""The counters of all rooms as one list of counted events, for the engine. Sums by day; no room has more.

Source: clause MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from circumspect.offices.statistics.models import BorrowerCount, ReferenceTally
from circumspect.offices.statistics.plans import Measure, Year
from circumspect.records.circulation.models import Tally
from circumspect.records.computers.models import SeatDay
from circumspect.records.fees.models import CashTally
from circumspect.records.holds.models import HoldTally
from circumspect.records.ill.models import IllTally

# As expressions.COLUMNS says.
Event = tuple[dt.date, str, str, str, str, str, str, int]


def events(year: Year) -> Iterator[Event]:
    """Everything counted in a year."""
    for day, branch, kind, item_type, collection, category, count in _within(
        Tally.objects.all(), year, "branch", "kind", "item_type", "collection", "category", "count"
    ):
        yield day, Measure.CIRCULATION.value, kind, branch, item_type, collection, category, count
    for day, branch, count in _within(SeatDay.objects.all(), year, "branch", "sessions"):
        yield _plain(day, Measure.COMPUTERS, "session", branch, count)
    for measure, rows in (
        (Measure.HOLDS, HoldTally.objects.all()),
        (Measure.ILL, IllTally.objects.all()),
        (Measure.FEES, CashTally.objects.all()),
    ):
        for day, branch, kind, count in _within(rows, year, "branch", "kind", "count"):
            yield _plain(day, measure, kind, branch, count)
    for day, branch, count in _within(ReferenceTally.objects.all(), year, "branch", "count"):
        yield _plain(day, Measure.REFERENCE, "question", branch, count)
    yield from _borrowers(year)


def _borrowers(year: Year) -> Iterator[Event]:
    """A state, not an event: that of the last day on which it was counted."""
    rows = BorrowerCount.objects.filter(day__range=(year.begins, year.ends))
    last = rows.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        return
    for category, count in rows.filter(day=last).values_list("category", "count"):
        yield last, Measure.BORROWERS.value, "registered", "", "", "", category, count


def _within(rows: QuerySet[Any], year: Year, *columns: str) -> Iterator[tuple[Any, ...]]:
    return rows.filter(day__range=(year.begins, year.ends)).values_list("day", *columns).iterator(5000)


def _plain(day: dt.date, measure: Measure, kind: str, branch: str, count: int) -> Event:
    return day, measure.value, kind, branch, "", "", "", count
