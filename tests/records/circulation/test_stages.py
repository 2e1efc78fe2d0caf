"""The ladder as a state machine: against a small book kept by hand, and with a broken twin that it catches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from circumspect.records.circulation.stages import (
    Effect,
    Event,
    Ladder,
    NotPossibleError,
    Stage,
    next_stage,
    stage_of,
)

Step = Callable[..., tuple[Stage, tuple[Effect, ...]]]
LADDER = Ladder(long_overdue_days=28, lost_days=42, claim_days=180)


@dataclass
class Book:
    """What a careful person would write down: is it out, was it billed, is there a claim, who is tied to it."""

    days: int = -21
    claimed: bool = False
    billed: bool = False
    tied: bool = True
    told: list[Effect] = field(default_factory=list)

    def stage(self) -> Stage:
        if self.claimed:
            return Stage.CLAIMED
        if self.billed:
            return Stage.LOST
        if self.days <= 0:
            return Stage.ON_TIME
        return Stage.LONG_OVERDUE if self.days >= 28 else Stage.OVERDUE


class Ladders(RuleBasedStateMachine):
    """One loan, from the day it is lent until nobody knows whose it was."""

    step: Step = staticmethod(next_stage)

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.stage = Stage.ON_TIME
        self.bills = 0
        self.forgotten = False

    def _happens(self, event: Event) -> tuple[Effect, ...] | None:
        """The effects; None where it cannot happen."""
        kept = {Stage.CLAIMED: "claimed", Stage.LOST: "lost"}.get(self.stage, "out")
        if self.book.tied:
            self.stage = stage_of(kept, self.book.days, is_overdue=self.book.days > 0, ladder=LADDER)
        try:
            self.stage, effects = type(self).step(self.stage, event, self.book.days, LADDER)
        except NotPossibleError:
            return None
        self.bills += (Effect.BILL in effects) - (Effect.UNBILL in effects)
        self.forgotten |= Effect.FORGET in effects
        return effects

    @rule(days=st.integers(1, 60))
    def days_pass(self, days: int) -> None:
        self.book.days += days

    @rule()
    def night_falls(self) -> None:
        tied = self.book.tied
        effects = self._happens(Event.NIGHT)
        if not tied:
            assert effects is None
            return
        gives_up = not self.book.claimed and not self.book.billed and self.book.days >= 42
        ends = self.book.claimed and self.book.days >= 180
        assert (effects == (Effect.BILL,)) == gives_up
        assert (Effect.ITEM_MISSING in (effects or ())) == ends
        self.book.billed |= gives_up
        self.book.tied = not ends

    @rule()
    def the_patron_says_it_came_back(self) -> None:
        can = self.book.tied and not self.book.claimed
        effects = self._happens(Event.CLAIM)
        assert (effects is not None) == can
        if effects is not None:
            assert (Effect.UNBILL in effects) == self.book.billed
            self.book.claimed, self.book.billed = True, False

    @rule(granted=st.booleans())
    def the_claim_is_resolved(self, granted: bool) -> None:
        can = self.book.tied and self.book.claimed
        effects = self._happens(Event.CLAIM_GRANTED if granted else Event.CLAIM_DENIED)
        assert (effects is not None) == can
        self.book.claimed &= not can
        self.book.tied &= not (can and granted)

    @rule()
    def the_bill_is_paid(self) -> None:
        can = self.book.tied and self.book.billed
        assert (self._happens(Event.SETTLED) is not None) == can
        if can:
            self.bills, self.book.billed, self.book.tied = 0, False, False

    @rule()
    def it_comes_back(self) -> None:
        tied, billed, claimed = self.book.tied, self.book.billed, self.book.claimed
        effects = self._happens(Event.RETURN)
        assert (effects is not None) == tied
        if effects is not None:
            assert (Effect.UNBILL in effects) == billed
            assert (Effect.FINE in effects) == (not claimed and (billed or self.book.days > 0))
            self.book.claimed = self.book.billed = self.book.tied = False

    @invariant()
    def it_is_billed_once_at_most_and_never_while_there_is_a_claim(self) -> None:
        assert self.bills == self.book.billed
        assert not (self.book.claimed and self.bills)

    @invariant()
    def whose_it_was_is_forgotten_exactly_when_nobody_is_tied_to_it(self) -> None:
        assert self.forgotten == (not self.book.tied)

    @invariant()
    def it_stands_where_the_book_says(self) -> None:
        if self.book.tied and self.stage in (Stage.CLAIMED, Stage.LOST):
            assert self.stage is self.book.stage()
        if not self.book.tied:
            assert self.stage in (Stage.BACK, Stage.GIVEN_UP)


def run(machine: type[RuleBasedStateMachine], examples: int = 100) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_way_down_the_ladder_is_the_one_in_the_book():
    run(Ladders)


def bills_in_spite_of_a_claim(stage: Stage, event: Event, days: int, ladder: Ladder):
    if stage is Stage.CLAIMED and event is Event.NIGHT and days >= ladder.lost_days:
        return Stage.LOST, (Effect.BILL,)
    return next_stage(stage, event, days, ladder)


def bills_every_night(stage: Stage, event: Event, days: int, ladder: Ladder):
    if stage is Stage.LOST and event is Event.NIGHT:
        return Stage.LOST, (Effect.BILL,)
    return next_stage(stage, event, days, ladder)


def remembers_whose_it_was(stage: Stage, event: Event, days: int, ladder: Ladder):
    after, effects = next_stage(stage, event, days, ladder)
    return after, tuple(each for each in effects if each is not Effect.FORGET)


@pytest.mark.parametrize("broken", [bills_in_spite_of_a_claim, bills_every_night, remembers_whose_it_was])
def test_a_broken_ladder_is_noticed(broken):
    twin = type("Twin", (Ladders,), {"step": staticmethod(broken)})

    with pytest.raises(AssertionError):
        run(twin, 300)


@given(st.sampled_from(["out", "claimed", "lost"]), st.integers(-400, 4000), st.sampled_from(Event))
def test_nothing_is_known_of_a_loan_that_has_ended(state, days, event):
    """Whatever ends it also forgets it, and after that nothing can happen to it."""
    stage = stage_of(state, days, is_overdue=days > 0, ladder=LADDER)
    try:
        after, effects = next_stage(stage, event, days, LADDER)
    except NotPossibleError:
        return

    assert (Effect.FORGET in effects) == (after in (Stage.BACK, Stage.GIVEN_UP))
    if Effect.FORGET in effects:
        with pytest.raises(NotPossibleError):
            next_stage(after, event, days, LADDER)


def test_a_ladder_of_zeroes_never_goes_down():
    never = Ladder(0, 0, 0)

    assert stage_of("out", 9999, is_overdue=True, ladder=never) is Stage.OVERDUE
    assert next_stage(Stage.OVERDUE, Event.NIGHT, 9999, never) == (Stage.OVERDUE, ())
    assert next_stage(Stage.CLAIMED, Event.NIGHT, 9999, never) == (Stage.CLAIMED, ())
