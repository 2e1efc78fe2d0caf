"""Tables of invented counts."""

from __future__ import annotations

import random

from circumspect.offices.statistics import attacking, protecting
from circumspect.offices.statistics.plans import BY_CODE, Dimension, Measure, Plan, Year
from circumspect.offices.statistics.protecting import Rule
from circumspect.offices.statistics.tables import Region, Table, make

YEAR = Year(2025, 1)
BRANCHES = ("east", "main", "west")


def table(code: str, found: dict[tuple[str, str], int], year: Year = YEAR) -> Table:
    return make(BY_CODE[code], year.name, year.months, found)


def circulation(
    dice: random.Random, *, branches: tuple[str, ...] = BRANCHES, year: Year = YEAR
) -> list[Table]:
    """The circulation tables of one year, made of the same events: they share their totals."""
    plans = [plan for plan in BY_CODE.values() if plan.measure is Measure.CIRCULATION]
    types, collections = ("book", "dvd", "game"), ("adult", "local", "young", "zine")
    categories = ("resident_adult", "resident_juvenile", "non_resident", "institution")
    found: dict[str, dict[tuple[str, str], int]] = {plan.code: {} for plan in plans}
    for branch in branches:
        for month in year.months:
            for _ in range(dice.randrange(2, 9)):
                event = {
                    "branch": branch,
                    "month": month,
                    "item_type": dice.choices(types, (20, 4, 1))[0],
                    "collection": dice.choices(collections, (20, 2, 9, 1))[0],
                    "category": dice.choices(categories, (20, 9, 2, 1))[0],
                }
                times = dice.choice((1, 2, 5, 20, 60))
                for plan in plans:
                    key = (event[plan.rows.value], event[plan.columns.value] if plan.columns else "")
                    found[plan.code][key] = found[plan.code].get(key, 0) + times
    return [make(plan, year.name, year.months, found[plan.code]) for plan in plans]


def small_of(tables: list[Table], rule: Rule) -> dict[Region, int]:
    return {region: count for each in tables for region, count in each.counts.items() if rule.is_small(count)}


def release(tables: list[Table], rule: Rule, hidden: set[Region]) -> list[attacking.Release]:
    return [attacking.Release(each.shape, protecting.shown(each, hidden, rule), rule) for each in tables]


def plan(rows: Dimension = Dimension.BRANCH, columns: Dimension | None = Dimension.KIND) -> Plan:
    return Plan("trial", "A trial", Measure.HOLDS, rows, columns, "Invented.")
