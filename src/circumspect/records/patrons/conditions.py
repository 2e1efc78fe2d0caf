"""Blocks that follow from facts: they come by themselves, and go by themselves.

Nothing of this is stored. Whoever decides counts afresh (``circulation.conditions``) and asks here
which blocks those counts amount to, together with the blocks somebody set by hand.

Pure: counts and limits in, kinds of block out. Money is in whole cents.

Source: DOMAIN practice of blocks; clauses MP-2.1, TH-1.20.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from circumspect.records.patrons.standing import BlockKind, Standing


@dataclass(frozen=True, slots=True)
class Conditions:
    """What stands against a patron at this moment, as counts.

    Attributes:
        owed_cents: Open fees.
        items_out: Loans of any state.
        overdue: Loans past their due time, those given up as lost not among them.
        lost: Loans given up as lost and not settled.
        claims: Loans that the patron says came back.
    """

    owed_cents: int = 0
    items_out: int = 0
    overdue: int = 0
    lost: int = 0
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """From which count on a block is in effect; 0 means never.

    Attributes:
        owes_cents: ``[circulation] owes_cents`` of config.toml.
        overdue: ``[circulation] overdue_items``.
        lost: ``[circulation] lost_items``.
        claims: ``[circulation] claims``; at the limit no further claim is taken either.
    """

    owes_cents: int = 1000
    overdue: int = 10
    lost: int = 1
    claims: int = 5


NOTHING_HELD_AGAINST = Conditions()
USUAL_LIMITS = Limits()


def effective_blocks(
    standing: Standing, conditions: Conditions, limits: Limits, today: dt.date
) -> tuple[BlockKind, ...]:
    """Every block in effect that day, set by hand or following from facts, each once, in the closed list's order."""
    found = set(standing.blocks_on(today))
    for kind, count, limit in (
        (BlockKind.LOST_ITEM, conditions.lost, limits.lost),
        (BlockKind.OWES, conditions.owed_cents, limits.owes_cents),
        (BlockKind.TOO_MANY_OVERDUE, conditions.overdue, limits.overdue),
        (BlockKind.TOO_MANY_CLAIMS, conditions.claims, limits.claims),
    ):
        if limit > 0 and count >= limit:
            found.add(kind)
    return tuple(kind for kind in BlockKind if kind in found)
