"""The counters of all rooms as one list of counted events, for the engine. Sums by month; no room has more than days.

The tables know months alone, so the days stay here: an engine on other machines is told no more than it needs.

Source: clause MP-4.16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import ExtractMonth, ExtractYear

from circumspect.offices.statistics.models import BorrowerCount, ReferenceTally
from circumspect.offices.statistics.plans import Measure, Year
from circumspect.records.circulation.models import Tally
from circumspect.records.computers.models import SeatDay
from circumspect.records.fees.models import CashTally
from circumspect.records.holds.models import HoldTally
from circumspect.records.ill.models import IllTally

# As expressions.COLUMNS says.
Event = tuple[int, str, str, str, str, str, str, int]


def events(year: Year) -> Iterator[Event]:
    """Everything counted in a year: measure by measure, kind by kind, so that an engine passes over what a table leaves out."""
    for month, kind, branch, item_type, collection, category, count in _by_month(
        Tally.objects.all(), year, "kind", "branch", "item_type", "collection", "category", sum_of="count"
    ):
        yield month, Measure.CIRCULATION.value, kind, branch, item_type, collection, category, count
    for month, branch, count in _by_month(SeatDay.objects.all(), year, "branch", sum_of="sessions"):
        yield _plain(month, Measure.COMPUTERS, "session", branch, count)
    for measure, rows in (
        (Measure.HOLDS, HoldTally.objects.all()),
        (Measure.ILL, IllTally.objects.all()),
        (Measure.FEES, CashTally.objects.all()),
    ):
        for month, kind, branch, count in _by_month(rows, year, "kind", "branch", sum_of="count"):
            yield _plain(month, measure, kind, branch, count)
    for month, branch, count in _by_month(ReferenceTally.objects.all(), year, "branch", sum_of="count"):
        yield _plain(month, Measure.REFERENCE, "question", branch, count)
    yield from _borrowers(year)


def _borrowers(year: Year) -> Iterator[Event]:
    """A state, not an event: that of the last day on which it was counted."""
    rows = BorrowerCount.objects.filter(day__range=(year.begins, year.ends))
    last = rows.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        return
    for category, count in rows.filter(day=last).values_list("category", "count"):
        month = last.year * 100 + last.month
        yield month, Measure.BORROWERS.value, "registered", "", "", "", category, count


def _by_month(rows: QuerySet[Any], year: Year, *codes: str, sum_of: str) -> Iterator[tuple[Any, ...]]:
    sums: Iterator[tuple[Any, ...]] = (
        rows.filter(day__range=(year.begins, year.ends))
        .order_by(codes[0])
        .values_list(ExtractYear("day") * 100 + ExtractMonth("day"), *codes)
        .annotate(sum=Sum(sum_of))
        .iterator(5000)
    )
    return sums


def _plain(month: int, measure: Measure, kind: str, branch: str, count: int) -> Event:
    return month, measure.value, kind, branch, "", "", "", count
