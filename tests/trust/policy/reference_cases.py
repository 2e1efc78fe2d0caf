"""The second policy's table for requests about patrons: taken in by anybody, worked on by those in charge."""

from __future__ import annotations

from reference_cells import (
    ADDRESS,
    ANY_COUNT,
    CARD,
    CASE,
    FEE,
    HOLD,
    ILL,
    LOAN,
    NAMES,
    NOTE,
    NOTICE,
    PERMISSION,
    REACH,
    READING,
    SEAT,
    WHOLE,
    C,
    Cell,
    N,
    P,
    U,
    V,
    cell,
)

from circumspect.trust.policy.request import Action, Request, Role

D = Action.DISCLOSE
IN_CHARGE = "privacy_in_charge deputy_director executive_director"
ANYBODY = " ".join(Role)
CASES = frozenset({N.CASE})
WHO_SOMEBODY_IS = {
    "registration": NAMES | ADDRESS | REACH | {"birth_date", "driver_licence"},
    "cards": {"barcode"},
}
EVERYTHING = {
    "registration": WHOLE,
    "cards": CARD,
    "notes": NOTE,
    "loans": LOAN,
    "holds": HOLD,
    "ill": ILL,
    "fees": FEE,
    "computers": SEAT,
    "reading": READING,
    "permissions": PERMISSION,
    "notices": NOTICE,
}

STAFF: tuple[Cell, ...] = (
    cell(ANYBODY, P.TAKE_IN, (C,), {"cases": {"intake", "papers"}}, CASES, needs_role=False),
    cell(IN_CHARGE, P.DISCLOSE, (V, U, C, D), {"cases": CASE}, CASES, count=ANY_COUNT),
    cell(
        IN_CHARGE,
        P.FIND,
        (V, U),
        {"registration": NAMES | {"street", "standing", "language"}},
        CASES,
        count=ANY_COUNT,
    ),
    cell(IN_CHARGE, P.DISCLOSE, (D,), EVERYTHING, CASES),
    cell(IN_CHARGE, P.IDENTIFY, (D,), WHO_SOMEBODY_IS, CASES),
)
OTHERS: tuple[Cell, ...] = ()


def writes_a_request_down(r: Request) -> bool:
    """The one act of somebody who has not signed."""
    return (r.action, r.purpose, r.series, r.subjects) == (C, P.TAKE_IN, "cases", 1)


def tells_more_than_who(r: Request) -> bool:
    """Veto: in an emergency nothing leaves but who somebody is, by nobody and in no other way."""
    return r.purpose is P.IDENTIFY and not (
        r.action is D and r.fields <= WHO_SOMEBODY_IS.get(r.series, set())
    )
