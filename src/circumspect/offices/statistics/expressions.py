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
        row=_by(chosen, plan.rows),
        column=_by(chosen, plan.columns) if plan.columns else ibis.literal(""),
        count=chosen["count"],
    )
    return cut.group_by(["row", "column"]).aggregate(count=cut["count"].sum())


def _by(events: ir.Table, dimension: Dimension) -> Any:
    if dimension is Dimension.MONTH:
        month = events.day.month().cast("string").lpad(2, "0")
        return events.day.year().cast("string") + "-" + month
    return events[dimension.value]
