"""Where a late loan stands, and what happens to it next: the ladder, as a pure state machine.

    on time -> overdue -> long overdue -> lost (billed)        by days alone
    any of these -> claimed                                    the patron says it came back
    claimed -> out again | given up                            the claim is resolved
    anything -> back                                           the item is in hand

What is kept of a loan is ``out``, ``claimed`` or ``lost`` (``models.LoanState``); overdue and long overdue
follow from the due day. "Back" and "given up" keep nothing: the row goes, and with it whose it was.

Pure. Source: DOMAIN practice of lost, claimed and long overdue items; clauses TH-1.11, TH-1.20.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a loan stands. The last two are no loans any more."""

    ON_TIME = "on_time"
    OVERDUE = "overdue"
    LONG_OVERDUE = "long_overdue"
    CLAIMED = "claimed"
    LOST = "lost"
    BACK = "back"
    GIVEN_UP = "given_up"


class Event(StrEnum):
    """What can happen to a loan."""

    NIGHT = "night"  # the ladder's job looks at it
    CLAIM = "claim"  # the patron says that it came back
    CLAIM_DENIED = "claim_denied"  # not found: the loan goes on
    CLAIM_GRANTED = "claim_granted"  # not found, and believed: the item is missing, the patron is free
    SETTLED = "settled"  # the lost item has been paid or waived
    RETURN = "return"  # the item is in hand


class Effect(StrEnum):
    """What the change brings with it."""

    BILL = "bill"  # charge replacement and processing; the item is lost
    UNBILL = "unbill"  # credit what is still open of that
    FINE = "fine"  # charge what the rule says a late return costs
    ITEM_CLAIMED = "item_claimed"
    ITEM_MISSING = "item_missing"
    ITEM_OUT = "item_out"
    FORGET = "forget"  # the row goes, and with it whose it was


class NotPossibleError(Exception):
    """That cannot happen to a loan at that stage. The message names both."""

    def __init__(self, stage: Stage, event: Event) -> None:
        super().__init__(f"{event.value} cannot happen to a loan that is {stage.value}")


@dataclass(frozen=True, slots=True)
class Ladder:
    """After how many days past due a loan goes a step further; 0 means never.

    Attributes:
        long_overdue_days: ``[circulation] long_overdue_days`` of config.toml.
        lost_days: ``[circulation] lost_days``.
        claim_days: ``[circulation] claim_days``: a claim that nobody has resolved by then is granted, so
            that no link hangs on an open question.
    """

    long_overdue_days: int = 28
    lost_days: int = 42
    claim_days: int = 180


USUAL_LADDER = Ladder()
_OUT = frozenset({Stage.ON_TIME, Stage.OVERDUE, Stage.LONG_OVERDUE})


def stage_of(state: str, days_past_due: int, *, is_overdue: bool, ladder: Ladder = USUAL_LADDER) -> Stage:
    """The stage of a loan that is kept as ``state`` ("out", "claimed", "lost")."""
    if state != "out":
        return Stage(state)
    if not is_overdue:
        return Stage.ON_TIME
    return Stage.LONG_OVERDUE if 0 < ladder.long_overdue_days <= days_past_due else Stage.OVERDUE


def next_stage(
    stage: Stage, event: Event, days_past_due: int = 0, ladder: Ladder = USUAL_LADDER
) -> tuple[Stage, tuple[Effect, ...]]:
    """What comes of an event, and what has to be done for it.

    Raises:
        NotPossibleError: It cannot happen at that stage.
    """
    if stage in (Stage.BACK, Stage.GIVEN_UP):
        raise NotPossibleError(stage, event)
    match event:
        case Event.RETURN:
            effects = {
                Stage.LOST: (Effect.UNBILL, Effect.FINE, Effect.FORGET),
                # Said to have come back, and it had: nothing is late.
                Stage.CLAIMED: (Effect.FORGET,),
                Stage.ON_TIME: (Effect.FORGET,),
            }
            return Stage.BACK, effects.get(stage, (Effect.FINE, Effect.FORGET))
        case Event.NIGHT:
            return _at_night(stage, days_past_due, ladder)
        case Event.CLAIM if stage in _OUT:
            return Stage.CLAIMED, (Effect.ITEM_CLAIMED,)
        case Event.CLAIM if stage is Stage.LOST:
            return Stage.CLAIMED, (Effect.UNBILL, Effect.ITEM_CLAIMED)
        case Event.CLAIM_DENIED if stage is Stage.CLAIMED:
            back = stage_of("out", days_past_due, is_overdue=days_past_due > 0, ladder=ladder)
            return back, (Effect.ITEM_OUT,)
        case Event.CLAIM_GRANTED if stage is Stage.CLAIMED:
            return Stage.GIVEN_UP, (Effect.ITEM_MISSING, Effect.FORGET)
        case Event.SETTLED if stage is Stage.LOST:
            return Stage.GIVEN_UP, (Effect.FORGET,)
    raise NotPossibleError(stage, event)


def _at_night(stage: Stage, days_past_due: int, ladder: Ladder) -> tuple[Stage, tuple[Effect, ...]]:
    if stage in _OUT:
        if 0 < ladder.lost_days <= days_past_due:
            return Stage.LOST, (Effect.BILL,)
        return stage_of("out", days_past_due, is_overdue=days_past_due > 0, ladder=ladder), ()
    if stage is Stage.CLAIMED and 0 < ladder.claim_days <= days_past_due:
        return Stage.GIVEN_UP, (Effect.ITEM_MISSING, Effect.FORGET)
    return stage, ()
