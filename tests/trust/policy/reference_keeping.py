"""The second policy's table for what is set aside, and for telling people of a breach."""

from __future__ import annotations

from reference_cases import ANYBODY, EVERYTHING
from reference_cells import (
    ADDRESS,
    ANY_COUNT,
    NAMES,
    PRESERVED,
    RECORDS_REQUEST,
    UNBOUNDED,
    WORKS_ALONE,
    C,
    Cell,
    E,
    N,
    P,
    U,
    V,
    cell,
)

from circumspect.trust.policy.request import Action, ActorKind, Request

IN_CHARGE = "privacy_in_charge deputy_director executive_director"
ON_PROCESS = frozenset({N.PROCESS})
OF_A_CASE = frozenset({N.CASE})
REQUESTS = {"records requests": RECORDS_REQUEST}
SET_ASIDE = {"preserved": PRESERVED}

STAFF: tuple[Cell, ...] = (
    cell(ANYBODY, P.TAKE_IN, (C,), REQUESTS, OF_A_CASE, needs_role=False),
    cell(
        "foia_officer deputy_director executive_director",
        P.PUBLIC_RECORDS,
        (V, U, C),
        REQUESTS,
        OF_A_CASE,
        count=ANY_COUNT,
    ),
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
OTHERS: tuple[Cell, ...] = (
    cell("job", P.FORGET, (E,), SET_ASIDE, WORKS_ALONE, count=UNBOUNDED),
    cell("job", P.TAKE_IN, (Action.PRESERVE,), SET_ASIDE | EVERYTHING, OF_A_CASE),
)


def opens_what_is_set_aside_without_process(r: Request) -> bool:
    """Veto: whoever asks, and whatever else they may do."""
    ordered = r.actor.kind is ActorKind.STAFF and r.purpose is P.DISCLOSE and r.circumstance is N.PROCESS
    return r.series == "preserved" and r.action not in {Action.PRESERVE, Action.ERASE} and not ordered
