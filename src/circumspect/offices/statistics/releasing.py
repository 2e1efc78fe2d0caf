"""Make the tables of a year, hide what is small, let the attacker try, and publish what holds.

Order: the engine makes all tables; ``protecting`` hides; the attacker gets these tables and all that were ever
published, and is asked about every small count in any of them. What it works out is covered by hiding more;
where that does not help, the table is withheld. Only then is anything stored, and what is stored is
public and final: a table of a year is published once.

Source: clause MP-4.16; guarantee 12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from circumspect.home import Home, HomeError
from circumspect.offices.statistics import attacking, protecting
from circumspect.offices.statistics.attacking import Release
from circumspect.offices.statistics.engine import Counts
from circumspect.offices.statistics.models import PublishedTable
from circumspect.offices.statistics.plans import PLANS, Year
from circumspect.offices.statistics.protecting import NoWayError, Rule
from circumspect.offices.statistics.tables import Line, Region, Shape, Table, make

_ROUNDS = 8


class NotYetError(Exception):
    """The year is not over: its counts would change after they were published."""

    def __init__(self, year: Year) -> None:
        super().__init__(f"the year {year.name} is not over before {year.ends.isoformat()} has passed")


@dataclass
class Outcome:
    """What a release has come to.

    Attributes:
        published: Codes of the tables that went out.
        withheld: Codes of those that could not be protected.
        before: Codes of those that were out already.
        empty: Codes of those with nothing in them.
        hidden: How many cells are hidden, small and others.
        small: How many of them are small.
        asked: How many small counts the attacker was asked about, in all tables ever published.
    """

    year: str
    published: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    hidden: int = 0
    small: int = 0
    asked: int = 0


def rule_of(home: Home) -> Rule:
    """The library's own limits.

    Raises:
        HomeError: ``[statistics]`` cannot be meant.
    """
    try:
        return Rule(
            int(home.setting("statistics", "smallest", protecting.SMALLEST)),
            int(home.setting("statistics", "round_to", protecting.ROUND_TO)),
        )
    except (TypeError, ValueError) as problem:
        raise HomeError(f"[statistics] smallest or round_to: {problem}") from problem


def first_month(home: Home) -> int:
    """The month in which the library's year of reports begins.

    Raises:
        HomeError: ``[statistics] year_begins`` is no month.
    """
    month = home.setting("statistics", "year_begins", 7)
    if not isinstance(month, int) or not 1 <= month <= 12:
        raise HomeError("[statistics] year_begins is the number of a month, 1 to 12")
    return month


def release(year: Year, rule: Rule, today: dt.date, counts: Counts, *, dry_run: bool = False) -> Outcome:
    """Publish what can be published of a year.

    Args:
        counts: Runs one plan for one year: counts by row and column.
        dry_run: Do everything but store.

    Raises:
        NotYetError: The year is not over.
    """
    if today <= year.ends:
        raise NotYetError(year)
    outcome = Outcome(year.name)
    outcome.before = sorted(PublishedTable.objects.filter(year=year.name).values_list("code", flat=True))
    tables = []
    for plan in PLANS:
        if plan.code in outcome.before:
            continue
        table = make(plan, year.name, year.months, counts(plan, year))
        if any(table.counts.values()):
            tables.append(table)
        else:
            outcome.empty.append(plan.code)
    before = [(read(row), small_of(row)) for row in PublishedTable.objects.order_by("id")]
    protected, hidden = protect(
        tables, rule, [each for each, _ in before], {r for _, s in before for r in s}, outcome
    )
    if not dry_run:
        with transaction.atomic():
            for table in protected:
                _store(table, hidden, rule, today)
    outcome.published = [table.shape.code for table in protected]
    covered = {region for table in protected for region in table.counts if region in hidden}
    outcome.hidden = len(covered)
    outcome.small = sum(
        rule.is_small(table.counts[r]) for table in protected for r in covered & set(table.counts)
    )
    return outcome


def protect(
    tables: Sequence[Table],
    rule: Rule,
    before: Sequence[Release],
    small_before: set[Region],
    outcome: Outcome | None = None,
) -> tuple[list[Table], set[Region]]:
    """The tables that can be published beside those that were, and the regions to hide in them."""
    outcome = outcome or Outcome("")
    shown_before = {region for each in before for region, number in each.shown.items() if number is not None}
    hidden_before = {region for each in before for region, number in each.shown.items() if number is None}
    left, also = list(tables), set[Region]()
    for last in range(_ROUNDS, -1, -1):
        try:
            hidden = protecting.hide(
                left, rule, shown_before=shown_before - hidden_before, hidden_before=hidden_before, also=also
            )
        except NoWayError as problem:
            left = _without(left, {problem.line.total, *problem.line.parts}, outcome)
            continue
        small = {
            region: count
            for table in left
            for region, count in table.counts.items()
            if rule.is_small(count) and region in hidden
        } | dict.fromkeys(small_before, 1)
        candidates = [Release(table.shape, protecting.shown(table, hidden, rule), rule) for table in left]
        outcome.asked = len(small)
        found = attacking.worked_out([*before, *candidates], small, rule)
        given_away = {
            region for table in left for region, count in table.counts.items() if rule.is_small(count)
        } - hidden
        if not found and not given_away:
            return left, hidden
        more = _next_to(found, left, hidden, shown_before) if last > 1 and not given_away else set()
        also |= more
        if not more:
            left = _without(left, set(found) | given_away, outcome)
    return [], set()


def _without(tables: Sequence[Table], regions: set[Region], outcome: Outcome) -> list[Table]:
    """The tables that have none of these cells; the others are withheld. If all have, all are."""
    kept = [table for table in tables if not regions & set(table.counts)]
    if len(kept) == len(tables):
        kept = []
    outcome.withheld += [table.shape.code for table in tables if table not in kept]
    return kept


def _next_to(
    found: Any, tables: Sequence[Table], hidden: set[Region], shown_before: set[Region]
) -> set[Region]:
    """For each cell that was worked out, the cheapest neighbour that can still be hidden."""
    more = set()
    for region in found:
        free: dict[Region, int] = {}
        for table in tables:
            for line in table.shape.lines():
                if region in (line.total, *line.parts):
                    free |= {
                        each: table.counts[each] for each in _cells(line) if each not in hidden | shown_before
                    }
        if free:
            more.add(min(free, key=lambda each: (free[each] == 0, free[each], sorted(each))))
    return more


def _cells(line: Line) -> tuple[Region, ...]:
    return (*line.parts, line.total)


# as it rests


def _store(table: Table, hidden: set[Region], rule: Rule, today: dt.date) -> None:
    shape, shown = table.shape, protecting.shown(table, hidden, rule)
    places = [[row, column] for row in (*shape.rows, None) for column in (*shape.columns, None)]
    PublishedTable.objects.create(
        code=shape.code,
        year=shape.year,
        published_on=today,
        smallest=rule.smallest,
        round_to=rule.round_to,
        body={
            "measure": shape.measure,
            "row_dimension": shape.row_dimension,
            "rows": list(shape.rows),
            "column_dimension": shape.column_dimension,
            "columns": list(shape.columns),
            "shown": [shown[shape.region(row, column)] for row, column in places],
        },
        small=[
            at
            for at, (row, column) in enumerate(places)
            if rule.is_small(table.counts[shape.region(row, column)])
        ],
    )


def read(row: PublishedTable) -> Release:
    """A table as it was published."""
    body = row.body
    shape = Shape(
        row.code,
        body["measure"],
        body["row_dimension"],
        tuple(body["rows"]),
        body["column_dimension"],
        tuple(body["columns"]),
        row.year,
    )
    return Release(
        shape,
        dict(zip(_in_order(shape), body["shown"], strict=True)),
        Rule(row.smallest, row.round_to),
    )


def small_of(row: PublishedTable) -> set[Region]:
    """The regions of a published table that were hidden for being small."""
    regions = _in_order(read(row).shape)
    return {regions[at] for at in row.small}


def _in_order(shape: Shape) -> list[Region]:
    return [shape.region(row, column) for row in (*shape.rows, None) for column in (*shape.columns, None)]
