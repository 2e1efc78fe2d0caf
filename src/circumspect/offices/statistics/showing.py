"""Published tables as rows of words and numbers, for a page or a file; and the dictionary that explains them.

Source: clause MP-4.16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from circumspect.offices.statistics.models import PublishedTable
from circumspect.offices.statistics.plans import BY_CODE, PLANS, Dimension, Plan
from circumspect.offices.statistics.releasing import read

HIDDEN = ""
NO_CODE = "(none)"
# What stands in the files, and what it means.
DICTIONARY: tuple[tuple[str, str], ...] = (
    ("table", "Which table the number is from: its code, as in the file's name."),
    ("year", "The year of reports: a calendar year, or its first and last month."),
    ("measure", "What is counted."),
    ("row_dimension, row", "What the row is, and its value; row is empty for a total over all rows."),
    (
        "column_dimension, column",
        "What the column is, and its value; column is empty for a total over all columns.",
    ),
    ("count", "The number, rounded as said; empty where it is not shown."),
    (
        "shown",
        "yes, or no where the number is small, or where a small one could be worked out from it. The two are not told apart.",
    ),
    ("smallest_shown", "Numbers from 1 to one less than this are not shown."),
    (
        "rounded_to",
        "Shown numbers are rounded to a multiple of this, so totals may differ a little from the sum of their parts.",
    ),
    ("branch", "A code of the library's own for each of its buildings."),
    ("month", "Year and month."),
    ("item_type, collection", "The library's own codes for kinds of item, and for shelves or collections."),
    (
        "category",
        "The kind of card: resident adult, resident juvenile and so on. Nothing else of a borrower is ever counted.",
    ),
    ("kind", "What happened: such as placed, filled or cancelled of a hold."),
)
COLUMNS = (
    "table", "year", "measure", "row_dimension", "row", "column_dimension", "column", "count", "shown", "smallest_shown",
    "rounded_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A published table, ready for a page.

    Attributes:
        head: Values of the columns; None stands for the total.
        rows: A value and its numbers, None where hidden; the last is the total, of the value None.
    """

    plan: Plan
    year: str
    head: tuple[str | None, ...]
    rows: tuple[tuple[str | None, tuple[int | None, ...]], ...]
    smallest: int
    round_to: int
    published_on: str


def years() -> list[str]:
    """The years of which anything is published, newest first."""
    return sorted(set(PublishedTable.objects.values_list("year", flat=True)), reverse=True)


def tables(year: str) -> list[ShownTable]:
    """A year's published tables, in the order of the plans."""
    found = {row.code: row for row in PublishedTable.objects.filter(year=year)}
    return [_shown(found[plan.code]) for plan in PLANS if plan.code in found]


def table(code: str, year: str) -> ShownTable | None:
    """One published table."""
    row = PublishedTable.objects.filter(code=code, year=year).first()
    return _shown(row) if row is not None and code in BY_CODE else None


def lines(shown: ShownTable) -> Iterator[tuple[str, ...]]:
    """The lines of a file, after COLUMNS."""
    plan = shown.plan
    across = plan.columns.value if plan.columns else ""
    for name, numbers in shown.rows:
        for column, number in zip(shown.head, numbers, strict=True):
            said = (HIDDEN, "no") if number is None else (str(number), "yes")
            yield (
                plan.code, shown.year, plan.measure.value, plan.rows.value, _spelled(name), across, _spelled(column), *said,
                str(shown.smallest), str(shown.round_to),
            )  # fmt: skip


def _spelled(value: str | None) -> str:
    return "" if value is None else value or NO_CODE


def word_of(dimension: Dimension, value: str) -> str:
    """A code as it is read: underscores are blanks; an empty one is said to be."""
    if dimension is Dimension.MONTH:
        return value
    return value.replace("_", " ") if value else NO_CODE


def _shown(row: PublishedTable) -> ShownTable:
    release = read(row)
    shape = release.shape
    head: tuple[str | None, ...] = (*shape.columns, None)
    return ShownTable(
        BY_CODE[row.code],
        row.year,
        head,
        tuple(
            (each, tuple(release.shown[shape.region(each, column)] for column in head))
            for each in (*shape.rows, None)
        ),
        row.smallest,
        row.round_to,
        row.published_on.isoformat(),
    )
