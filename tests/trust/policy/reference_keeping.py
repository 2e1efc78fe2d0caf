"""The second policy's table for what is set aside, and for telling people of a breach."""

from __future__ import annotations

from reference_cases import EVERYTHING
from reference_cells import (
    ADDRESS,
    ANY_COUNT,
    NAMES,
    PRESERVED,
    UNBOUNDED,
    WORKS_ALONE,
    Cell,
    E,
    N,
    P,
    V,
    cell,
)

from circumspect.trust.policy.request import Action, ActorKind, Request

IN_CHARGE = "privacy_in_charge deputy_director executive_director"
ON_PROCESS = frozenset({N.PROCESS})
OF_A_CASE = frozenset({N.CASE})
SET_ASIDE = {"preserved": PRESERVED}

STAFF: tuple[Cell, ...] = (
    cell(IN_CHARGE, P.DISCLOSE, (V, Action.DISCLOSE), SET_ASIDE, ON_PROCESS),
    cell(IN_CHARGE, P.PRESERVE, (Action.PRESERVE,), SET_ASIDE | EVERYTHING, OF_A_CASE),
    cell(
        IN_CHARGE,
        P.BREACH,
        (V,),
        {"registration": NAMES | ADDRESS | {"language"}},
        OF_A_CASE,
        count=ANY_COUNT,
    ),
)
OTHERS: tuple[Cell, ...] = (cell("job", P.FORGET, (E,), SET_ASIDE, WORKS_ALONE, count=UNBOUNDED),)


def opens_what_is_set_aside_without_process(r: Request) -> bool:
    """Veto: whoever asks, and whatever else they may do."""
    ordered = r.actor.kind is ActorKind.STAFF and r.purpose is P.DISCLOSE and r.circumstance is N.PROCESS
    return r.series == "preserved" and r.action not in {Action.PRESERVE, Action.ERASE} and not ordered
