"""May this hold be placed? Pure: values in, a value out.

The rules know a standing's blocks, counts, and what copies there are. All that stops a hold is named at
once, each in one plain sentence, so that one answer at the desk settles it.

Source: clauses MP-2.1, TH-1.21; DOMAIN practice of blocks ("each block says which acts it stops").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from circumspect.records.patrons.standing import BLOCK_RULES, Act, BlockKind

USUAL_MOST = 25


class HoldStop(StrEnum):
    """What can stop a hold besides a block of the patron's."""

    NO_SUCH_TITLE = "no_such_title"
    NO_COPY = "no_copy"
    NO_BRANCH = "no_branch"
    OVER = "over"
    TOO_MANY = "too_many"
    HAS_HOLD = "has_hold"
    HAS_LOAN = "has_loan"


HOLD_STOP_WORDS = {
    HoldStop.NO_SUCH_TITLE: "The catalog has no such title or copy any more. Search again.",
    HoldStop.NO_COPY: "No copy of this can be held for pick-up there.",
    HoldStop.NO_BRANCH: "Choose the branch where it will be picked up.",
    HoldStop.OVER: "The last day it is wanted has passed. Choose a later one.",
    HoldStop.TOO_MANY: "The limit of holds is reached. Cancel one first.",
    HoldStop.HAS_HOLD: "There is a hold on this already.",
    HoldStop.HAS_LOAN: "It is on loan to this card already. Renew it instead.",
}
_LEADS = frozenset({"circulation_lead", "supervisor", "deputy_director", "executive_director"})
# More holds than the limit, or a second copy of what one has, may be right: a lead decides.
_STOP_OVERRIDE = {HoldStop.TOO_MANY: _LEADS, HoldStop.HAS_LOAN: _LEADS}


@dataclass(frozen=True, slots=True)
class HoldHindrance:
    """One thing that stops a hold.

    Attributes:
        kind: A block or a stop.
        words: One plain sentence for the desk, safe to be overheard.
        override_roles: Who may go on all the same; empty for nobody.
    """

    kind: BlockKind | HoldStop
    words: str
    override_roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """What is known when a hold is asked for.

    Attributes:
        exists: The title (or the copy) is in the catalog.
        can_be_served: Some copy may be held for pick-up at that branch.
        branch_known: The pick-up branch is one of ours.
        expires_on: The last day it is wanted.
        holds: How many the patron has.
        most: How many the patron may have.
        has_hold: The patron waits for the same thing already.
        has_loan: The patron has it on loan.
    """

    exists: bool
    can_be_served: bool
    branch_known: bool
    expires_on: dt.date
    holds: int
    most: int
    has_hold: bool
    has_loan: bool


def what_stops(
    facts: HoldFacts, blocks: Iterable[BlockKind], today: dt.date, overriding: Collection[str] = ()
) -> tuple[HoldHindrance, ...]:
    """Everything that stops the hold; empty where it may be placed.

    Args:
        blocks: Those in effect, set by hand or following from facts.
        overriding: Roles of somebody who has said to go on; what these roles may not override still stops.
    """
    found = [
        HoldHindrance(kind, BLOCK_RULES[kind].words, BLOCK_RULES[kind].override_roles)
        for kind in blocks
        if Act.HOLD in BLOCK_RULES[kind].stops
    ]
    for stop, speaks in (
        (HoldStop.NO_SUCH_TITLE, not facts.exists),
        (HoldStop.NO_BRANCH, not facts.branch_known),
        (HoldStop.NO_COPY, facts.exists and facts.branch_known and not facts.can_be_served),
        (HoldStop.OVER, facts.expires_on < today),
        (HoldStop.HAS_HOLD, facts.has_hold),
        (HoldStop.HAS_LOAN, facts.has_loan),
        (HoldStop.TOO_MANY, facts.holds >= facts.most),
    ):
        if speaks:
            found.append(HoldHindrance(stop, HOLD_STOP_WORDS[stop], _STOP_OVERRIDE.get(stop, frozenset())))
    return tuple(each for each in found if not each.override_roles & set(overriding))
