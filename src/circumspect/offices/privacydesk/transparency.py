"""The transparency report: how many requests of each kind came to which end in a quarter, so that nobody is told by it.

Every number is a band, and the lowest band begins at nothing: no row says that there was none and none that there was
one. No sum is printed that would tell a row from the others. Sealed process has no row of its own. A case under a
gag is counted in the quarter in which its gag ends, so that a report once published never changes.

``report`` reads counts with nobody in them; it may be called for the public site, a page or a file.

Source: clauses MP-4.16, MP-3.7; DOMAIN practice of sealed orders.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from circumspect.offices.privacydesk.cases_models import CaseCount
from circumspect.offices.privacydesk.kinds import MACHINES, Kind

_BANDS = ((0, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 249), (250, 499), (500, 999))
# Counted together, so that no row is about sealed process alone.
_TOGETHER = {Kind.SEALED.value: Kind.AGENCY.value, Kind.CONTENT.value: Kind.AGENCY.value}
_WORDS = {Kind.AGENCY.value: "Agency papers and other process"}
# Ends that count together: what left, what was refused, what came to nothing.
_RELEASED = "Answered within its ground"
_REFUSED = "Refused"
_NOTHING = "Ended without anything handed over"
OUTCOMES = (_RELEASED, _REFUSED, _NOTHING)


class QuarterError(ValueError):
    """Not a quarter, or one that is not over yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind in a quarter: a band for each outcome, in the order of ``OUTCOMES``."""

    kind: str
    bands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A quarter's report. Every kind has a row in every quarter."""

    quarter: str
    rows: tuple[Row, ...]
    note: str


NOTE = (
    "Numbers are given in bands, the lowest of which begins at 0, and no totals are given, so that no single"
    " request can be told. The law may forbid the library to tell of a request for a time; such a request is counted in the"
    " quarter in which it may be told."
)


def report(quarter: str, today: dt.date) -> Report:
    """The report of a quarter such as "2026-Q3".

    Args:
        today: Only a quarter that is over is reported.

    Raises:
        QuarterError: There is no such quarter, or it is not over.
    """
    if not re.fullmatch(r"20\d\d-Q[1-4]", quarter) or quarter >= quarter_of(today):
        raise QuarterError("a quarter that is over, such as 2026-Q3")
    counts: dict[tuple[str, str], int] = {}
    for row in CaseCount.objects.filter(quarter=quarter):
        place = (_TOGETHER.get(row.kind, row.kind), _outcome(row.kind, row.outcome))
        counts[place] = counts.get(place, 0) + row.count
    kinds = [kind for kind in MACHINES if kind not in _TOGETHER]
    rows = tuple(
        Row(
            _WORDS.get(kind, MACHINES[kind].title),
            tuple(band(counts.get((kind, outcome), 0)) for outcome in OUTCOMES),
        )
        for kind in kinds
    )
    return Report(quarter, rows, NOTE)


def quarters(today: dt.date, most: int = 8) -> list[str]:
    """The quarters that are over, newest first."""
    year, number = today.year, (today.month + 2) // 3
    found = []
    for _ in range(most):
        year, number = (year, number - 1) if number > 1 else (year - 1, 4)
        found.append(f"{year}-Q{number}")
    return found


def quarter_of(day: dt.date) -> str:
    """The quarter of a day."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def band(count: int) -> str:
    """The band a number lies in, such as "0 to 4"."""
    for low, high in _BANDS:
        if low <= count <= high:
            return f"{low} to {high}"
    return "1,000 or more"


def as_csv(told: Report) -> str:
    """A report as a table for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["quarter", "kind of request", *OUTCOMES])
    writer.writerows([told.quarter, row.kind, *row.bands] for row in told.rows)
    return out.getvalue()


def _outcome(kind: str, outcome: str) -> str:
    machine = MACHINES.get(kind)
    released: Mapping[str, str] = dict.fromkeys(machine.released if machine else (), _RELEASED)
    if outcome in released or outcome == "carried_out":
        return _RELEASED
    return _REFUSED if outcome == "refused" else _NOTHING
