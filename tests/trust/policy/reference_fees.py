"""The second policy's table for fees and the cash desk."""

from __future__ import annotations

from reference_cells import (
    FACING,
    FEE,
    FLOOR,
    LENDING,
    SIGNED_IN,
    UNBOUNDED,
    WORKS_ALONE,
    C,
    Cell,
    E,
    P,
    U,
    V,
    cell,
)

from circumspect.trust.policy.request import Action, ActorKind, Reason, Request

BALANCE = {"registration": {"balance"}}

STAFF: tuple[Cell, ...] = (
    # seeing
    cell(FLOOR, P.SERVE, (V, U), {"fees": FEE}, FACING),
    cell("finance", P.SERVE, (V,), {"fees": FEE - {"item"}}, FACING),
    # money in
    cell(FLOOR, P.SETTLE, (C,), {"fees": FEE}, FACING),
    cell(FLOOR, P.SETTLE, (U, C), BALANCE, FACING),
    # letting go
    cell("circulation_lead", P.SETTLE, (E,), {"fees": {"amount", "outstanding"}}, FACING),
    cell("circulation_lead", P.SETTLE, (E,), BALANCE, FACING),
    cell("finance", P.SETTLE, (E,), {"fees": {"outstanding"}}, FACING),
    # lending
    cell(FLOOR, P.CIRCULATE, (U,), {"fees": {"outstanding"}}, LENDING),
    cell(FLOOR, P.CIRCULATE, (C,), {"fees": FEE}, LENDING),
    # two records of one person
    cell(
        "circulation_lead",
        P.MAINTAIN,
        (C,),
        {"fees": FEE},
        FACING,
        count=range(1, 3),
        only_for=Reason.DUPLICATE,
    ),
)
OTHERS: tuple[Cell, ...] = (
    cell("patron", P.OWN_RECORD, (V, U), {"fees": FEE}, SIGNED_IN),
    cell("job", P.FORGET, (E,), {"fees": FEE}, WORKS_ALONE, count=UNBOUNDED),
)


def tells_somebody_outside_who_owes(r: Request) -> bool:
    """Veto: no export of what patrons owe; a court's order and a patron's own copy apart."""
    ordered = r.action is Action.DISCLOSE and r.purpose is P.DISCLOSE
    return (
        r.series == "fees"
        and r.action in {Action.DISCLOSE, Action.EXPORT}
        and r.actor.kind is not ActorKind.PATRON
        and not ordered
    )
