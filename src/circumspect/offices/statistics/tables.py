"""A table of counts, its totals, and which cells add up to which. Pure.

A cell is known by what it counts, its *region*: the same count in two tables is the same region, and whoever
holds both tables knows that. That is why regions, and not cells, are hidden or shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from circumspect.offices.statistics.plans import Dimension, Plan

Region = frozenset[tuple[str, str]]
UNKNOWN = ""  # a code that was empty when it was counted


@dataclass(frozen=True, slots=True)
class Line:
    """Parts that add up to a total, as every reader knows."""

    total: Region
    parts: tuple[Region, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A table without its numbers.

    Attributes:
        code: The plan's.
        measure: What is counted.
        rows: Dimension and values, in order.
        columns: Likewise; None and () for a table of one column.
        year: Name of the year.
    """

    code: str
    measure: str
    row_dimension: str
    rows: tuple[str, ...]
    column_dimension: str | None
    columns: tuple[str, ...]
    year: str

    def region(self, row: str | None, column: str | None) -> Region:
        """What a cell counts; None is a total."""
        parts = {("measure", self.measure)}
        if row is not None:
            parts.add((self.row_dimension, row))
        if column is not None and self.column_dimension:
            parts.add((self.column_dimension, column))
        if not any(name == Dimension.MONTH for name, _ in parts):
            parts.add(("year", self.year))
        return frozenset(parts)

    def all_regions(self) -> Iterator[Region]:
        """Every cell's, totals included."""
        for row in (*self.rows, None):
            for column in (*self.columns, None):
                yield self.region(row, column)

    def lines(self) -> Iterator[Line]:
        """Rows, columns, and the totals of both."""
        if self.columns:
            for row in (*self.rows, None):
                yield Line(self.region(row, None), tuple(self.region(row, each) for each in self.columns))
        for column in (*self.columns, None):
            yield Line(self.region(None, column), tuple(self.region(each, column) for each in self.rows))


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its numbers, totals included."""

    shape: Shape
    counts: Mapping[Region, int]


def make(plan: Plan, year: str, months: Sequence[str], found: Mapping[tuple[str, str], int]) -> Table:
    """A table of what was counted: missing cells are 0, totals are added up.

    Args:
        found: Counts by row and column; the column is "" where the plan has none.
    """
    rows = tuple(months) if plan.rows is Dimension.MONTH else tuple(sorted({row for row, _ in found}))
    columns: tuple[str, ...] = ()
    if plan.columns is not None:
        columns = (
            tuple(months)
            if plan.columns is Dimension.MONTH
            else tuple(sorted({column for _, column in found}))
        )
    shape = Shape(
        plan.code,
        plan.measure.value,
        plan.rows.value,
        rows,
        plan.columns and plan.columns.value,
        columns,
        year,
    )
    counts: dict[Region, int] = dict.fromkeys(shape.all_regions(), 0)
    for (row, column), count in found.items():
        across = column if plan.columns is not None else None
        for region in {shape.region(r, c) for r in (row, None) for c in (across, None)}:
            counts[region] += count
    return Table(shape, counts)
