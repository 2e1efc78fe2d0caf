"""Counts of what was let go of, by day and series. They show that the library kept its word, and name nobody.

Source: clauses TH-1.8, MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum

from circumspect.offices.retention.models import Evidence

_ADD = """
    INSERT INTO retention_evidence (day, series, what, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (day, series, what) DO UPDATE SET count = retention_evidence.count + excluded.count
"""


@dataclass(frozen=True, slots=True)
class Line:
    """How much of a series went over some days."""

    series: str
    what: str
    count: int


def add(day: dt.date, series: str, what: str, count: int) -> None:
    """Count something that is gone. In the caller's transaction where there is one."""
    if count > 0:
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [day.isoformat(), series, what, count])


def since(day: dt.date) -> list[Line]:
    """What went since a day, by series."""
    rows = Evidence.objects.filter(day__gte=day).values_list("series", "what").annotate(all=Sum("count"))
    return [Line(series, what, count) for series, what, count in rows.order_by("series", "what")]
