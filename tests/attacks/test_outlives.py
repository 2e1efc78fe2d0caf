"""Guarantee 8, short form: nothing outlives its rule, and each way of forgetting badly is noticed.

Hypothesis chooses the order of events, of clocks that jump and are set back, and of sweeps; the model of
``outlives`` says after each step what has to have ended.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).resolve().parent))

from outlives import EVENTS, TWINS, Clock, Population, born, live, twin

pytestmark = [
    pytest.mark.attack(8),
    pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True),
]
LONG = os.environ.get("ATTACKS") == "long"
PEOPLE = 3


class Histories(RuleBasedStateMachine):
    """A few people under one clock."""

    make: Any

    def __init__(self) -> None:
        super().__init__()
        self.population: Population = self.make()

    @rule(who=st.integers(0, PEOPLE - 1), what=st.sampled_from(EVENTS))
    def something_happens(self, who: int, what: str) -> None:
        self.population.happens(self.population.people[who], what)

    @rule(days=st.sampled_from([0, 1, 7, 29, 61, 91, 181, 366]))
    def days_pass(self, days: int) -> None:
        self.population.passes(days)

    @rule(days=st.integers(1, 20))
    def the_clock_is_set_back(self, days: int) -> None:
        self.population.passes(-days)

    @rule()
    def the_sweep_runs(self) -> None:
        self.population.sweeps()

    @rule()
    def the_sweep_is_cut_off(self) -> None:
        self.population.sweeps(cut_off=True)

    @invariant()
    def nothing_outlives_its_rule(self) -> None:
        self.population.check()
        assert self.population.found == []


@pytest.fixture
def make(house: Any, home: Any, clerk: Any) -> Any:
    """A new population under a new clock, in emptied tables."""
    from dataclasses import replace

    from circumspect.offices.retention.deciding import decisions
    from circumspect.trust.door.house import build_house

    charge = replace(clerk, roles=frozenset({"executive_director"}))

    def make(people: int = PEOPLE, seed: int = 8) -> Population:
        from django.db import connections
        from outlives import _empty

        clock = Clock()
        _empty(connections)
        made = build_house(home, lambda: "2026-11", clock, decisions)
        return born(made, clock, charge, people, random.Random(seed))

    return make


@pytest.mark.clause("TH-1.8", "MP-6.12")
def test_nothing_outlives_its_rule_in_any_order(make):
    """Held values end with their rule and with the last copy that was set aside, and never come back."""
    Histories.make = staticmethod(make)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=300 if LONG else 6,
            stateful_step_count=40 if LONG else 14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_population_under_a_wild_clock_outlives_nothing(make):
    assert live(make(40), 6) == []


@pytest.mark.parametrize("name", TWINS)
def test_each_way_of_forgetting_badly_is_noticed(make, name):
    """The broken twins: were the house to forget so, the model would say it."""
    population = make(25, seed=15)
    with twin(name):
        assert live(population, 40)
