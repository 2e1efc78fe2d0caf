"""Worlds of counts for the attacker of tables: a library of some branches over some years, small numbers everywhere.

Source: guarantee 12.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from circumspect.offices.statistics import protecting
from circumspect.offices.statistics.attacking import Release
from circumspect.offices.statistics.plans import PLANS, Measure, Plan, Year
from circumspect.offices.statistics.protecting import Rule
from circumspect.offices.statistics.tables import Region, Table, make

BRANCHES = ("east", "main", "west")
VALUES: Mapping[str, tuple[tuple[str, ...], tuple[int, ...]]] = {
    "branch": (BRANCHES, (3, 9, 1)),
    "item_type": (("book", "dvd", "game"), (20, 4, 1)),
    "collection": (("adult", "local", "young", "zine"), (20, 2, 9, 1)),
    "category": (("resident_adult", "resident_juvenile", "non_resident", "institution"), (20, 9, 2, 1)),
    "kind": (("placed", "filled", "cancelled"), (9, 7, 1)),
}


def a_year(dice: random.Random, year: Year, measure: Measure = Measure.CIRCULATION) -> list[Table]:
    """The tables of one measure, made of the same events: they share their totals."""
    plans = [plan for plan in PLANS if plan.measure is measure]
    found: dict[str, dict[tuple[str, str], int]] = {plan.code: {} for plan in plans}
    for month in year.months:
        for _ in range(dice.randrange(5, 25)):
            event = {name: dice.choices(*choice)[0] for name, choice in VALUES.items()} | {"month": month}
            times = dice.choice((1, 2, 5, 20, 60))
            for plan in plans:
                key = _key(plan, event)
                found[plan.code][key] = found[plan.code].get(key, 0) + times
    return [make(plan, year.name, year.months, found[plan.code]) for plan in plans]


def _key(plan: Plan, event: Mapping[str, str]) -> tuple[str, str]:
    return event[plan.rows.value], event[plan.columns.value] if plan.columns else ""


def small_of(tables: list[Table], rule: Rule) -> dict[Region, int]:
    """The counts an attacker wants."""
    return {region: count for each in tables for region, count in each.counts.items() if rule.is_small(count)}


def published(tables: list[Table], rule: Rule, hidden: set[Region]) -> list[Release]:
    """The tables as anybody may have them."""
    return [Release(each.shape, protecting.shown(each, hidden, rule), rule) for each in tables]


def protect_without_complements(tables: list[Table], rule: Rule, *_: Any) -> tuple[list[Table], set[Region]]:
    """A twin that hides small cells and leaves it at that."""
    return tables, protecting.hide(tables, rule, complementary=False)
