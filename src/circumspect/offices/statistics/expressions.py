"""The fixed tables as expressions over one table of counted events. What runs them is not said here.

The events have these columns, and any engine that Ibis speaks to may hold them:

    month INTEGER, measure, kind, branch, item_type, collection, category VARCHAR, count BIGINT

A month is a number such as 202607: engines agree on whole numbers and on bytes, and on little else. So nothing here
rounds, sorts, reads a date or changes a text.

Source: plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from circumspect.offices.statistics.plans import Plan, Year

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("month", "measure", "kind", "branch", "item_type", "collection", "category", "count")


def table_of(events: ir.Table, plan: Plan, year: Year) -> ir.Table:
    """A plan's counts in one year: the columns ``row``, ``column`` and ``count``.

    Args:
        events: A table with COLUMNS.
    """
    import ibis

    chosen = events.filter(
        events.measure == plan.measure.value,
        events.month.between(number_of(year.months[0]), number_of(year.months[-1])),
    )
    if plan.kinds:
        chosen = chosen.filter(chosen.kind.isin(sorted(plan.kinds)))
    cut = chosen.select(
        row=chosen[plan.rows.value],
        column=chosen[plan.columns.value] if plan.columns else ibis.literal(""),
        count=chosen["count"],
    )
    return cut.group_by(["row", "column"]).aggregate(count=cut["count"].sum())


def number_of(month: str) -> int:
    """A month as engines hold it: 202607 of "2026-07"."""
    return int(month.replace("-", ""))


def name_of(value: int | str) -> str:
    """What a row or column is called: a month's number as "2026-07", a code as it is."""
    return f"{value // 100}-{value % 100:02}" if isinstance(value, int) else value
