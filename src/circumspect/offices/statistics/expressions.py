"""The fixed tables as expressions over one table of counted events. What runs them is not said here.

The events have these columns, and any engine that Ibis speaks to may hold them:

    day DATE, measure, kind, branch, item_type, collection, category VARCHAR, count BIGINT

Source: plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from circumspect.offices.statistics.plans import Dimension, Plan, Year

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ("day", "measure", "kind", "branch", "item_type", "collection", "category", "count")


def table_of(events: ir.Table, plan: Plan, year: Year) -> ir.Table:
    """A plan's counts in one year: the columns ``row``, ``column`` and ``count``.

    Args:
        events: A table with COLUMNS.
    """
    import ibis

    chosen = events.filter(
        events.measure == plan.measure.value,
        events.day >= ibis.date(year.begins.isoformat()),
        events.day <= ibis.date(year.ends.isoformat()),
    )
    if plan.kinds:
        chosen = chosen.filter(chosen.kind.isin(sorted(plan.kinds)))
    cut = chosen.select(
        row=_as_counted(chosen, plan.rows),
        column=_as_counted(chosen, plan.columns) if plan.columns else ibis.literal(""),
        count=chosen["count"],
    )
    summed = cut.group_by(["row", "column"]).aggregate(count=cut["count"].sum())
    if Dimension.MONTH not in (plan.rows, plan.columns):
        return summed
    # Days are turned into months when there are hundreds of sums left, and not for each of millions of events.
    by_month = summed.select(
        row=_month(summed.row) if plan.rows is Dimension.MONTH else summed.row,
        column=_month(summed.column) if plan.columns is Dimension.MONTH else summed.column,
        count=summed["count"],
    )
    return by_month.group_by(["row", "column"]).aggregate(count=by_month["count"].sum())


def _as_counted(events: ir.Table, dimension: Dimension) -> Any:
    return events.day if dimension is Dimension.MONTH else events[dimension.value]


def _month(day: Any) -> Any:
    return day.year().cast("string") + "-" + day.month().cast("string").lpad(2, "0")
