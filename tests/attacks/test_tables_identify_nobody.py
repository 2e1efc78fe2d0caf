"""Published tables identify nobody (guarantee 12, the statistics' half).

An attacker who solves integer programmes has every table ever published. In the short form some invented
libraries, in the long form (ATTACKS=long) some hundreds; without rounding as well, which only ever helps the library.
"""

from __future__ import annotations

import os
import random

import pytest
from counted_tables import a_year, protect_without_complements, published, small_of

from circumspect.offices.statistics import attacking
from circumspect.offices.statistics.attacking import Release
from circumspect.offices.statistics.plans import Measure, Year
from circumspect.offices.statistics.protecting import Rule
from circumspect.offices.statistics.releasing import protect
from circumspect.offices.statistics.tables import Region

pytestmark = pytest.mark.attack(12)

SEEDS = range(200) if os.environ.get("ATTACKS") == "long" else range(3)
RULES = [Rule(), Rule(round_to=1), Rule(smallest=5, round_to=1)]


@pytest.mark.clause("MP-4.16")
@pytest.mark.parametrize("rule", RULES, ids=["rounded", "not-rounded", "least"])
def test_no_small_count_is_worked_out_from_the_tables_of_a_year(rule: Rule):
    hidden_cells = 0
    for seed in SEEDS:
        tables = a_year(random.Random(seed), Year(2025))
        left, hidden = protect(tables, rule, [], set())
        small = small_of(tables, rule)

        assert small
        assert len(left) == len(tables)
        assert set(small) <= hidden
        assert attacking.worked_out(published(left, rule, hidden), small, rule) == {}
        hidden_cells += len(hidden)
    assert hidden_cells > 0


@pytest.mark.parametrize("rule", RULES[1:], ids=["not-rounded", "least"])
def test_the_twin_without_complements_is_caught(rule: Rule):
    """A total less the other cells is the cell that was hidden."""
    for seed in SEEDS:
        tables = a_year(random.Random(seed), Year(2025))
        _, hidden = protect_without_complements(tables, rule)
        small = small_of(tables, rule)
        found = attacking.worked_out(published(tables, rule, hidden), small, rule)

        assert found
        assert all(least <= small[region] <= most for region, (least, most) in found.items())


def test_rounding_alone_does_not_save_the_twin():
    rule = Rule()
    tables = a_year(random.Random(1), Year(2025))
    _, hidden = protect_without_complements(tables, rule)

    assert attacking.worked_out(published(tables, rule, hidden), small_of(tables, rule), rule)


def test_the_twin_that_protects_each_table_by_itself_is_caught():
    """Tables share their totals: what one hides, another would show."""
    rule, caught = Rule(round_to=1), 0
    for seed in range(6):
        tables = a_year(random.Random(seed), Year(2025))
        releases = [
            each
            for table in tables
            for left, hidden in [protect([table], rule, [], set())]
            for each in published(left, rule, hidden)
        ]
        small = small_of(tables, rule)
        hidden_somewhere = {r for each in releases for r, number in each.shown.items() if number is None}
        caught += len(
            attacking.worked_out(releases, {r: n for r, n in small.items() if r in hidden_somewhere}, rule)
        )
    assert caught


@pytest.mark.clause("MP-4.16")
def test_a_year_that_begins_in_another_month_gives_nothing_away_either():
    """The library changes from calendar years to July: half of the months have been published before."""
    rule = Rule()
    dice = random.Random(5)
    before: list[Release] = []
    small: dict[Region, int] = {}
    months: dict[str, list[object]] = {}
    for year in (Year(2024, 1), Year(2024, 7)):
        tables = a_year(dice, year, Measure.HOLDS) + a_year(dice, year, Measure.REFERENCE)
        left, hidden = protect(tables, rule, before, set(small))
        small |= {region: count for region, count in small_of(left, rule).items() if region in hidden}
        before += published(left, rule, hidden)
        months[year.name] = [region for table in left for region in table.counts]

    assert small
    assert attacking.worked_out(before, small, rule) == {}


def test_a_solver_that_gives_up_counts_as_found_out(monkeypatch: pytest.MonkeyPatch):
    rule = Rule()
    tables = a_year(random.Random(0), Year(2025), Measure.HOLDS)
    left, hidden = protect(tables, rule, [], set())
    small = small_of(tables, rule)
    monkeypatch.setattr(attacking, "_SECONDS", 0.0)
    import scipy.optimize

    class GaveUp:
        status, fun = 1, None

    monkeypatch.setattr(scipy.optimize, "milp", lambda *_, **__: GaveUp())

    assert set(attacking.worked_out(published(left, rule, hidden), small, rule)) == set(small)
