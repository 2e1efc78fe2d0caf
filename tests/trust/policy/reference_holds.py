"""The second policy's table for holds and interlibrary loans."""

from __future__ import annotations

from reference_cells import (
    FACING,
    FLOOR,
    HOLD,
    ILL,
    SIGNED_IN,
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

from circumspect.trust.policy.request import Reason

# A pick-up code is the house's own: nobody types one into a hold. When it was placed concerns no list.
ASKED = HOLD - {"pickup_code"}
LISTED = HOLD - {"placed_on"}
REQUESTED = {"citation", "state", "pickup_branch"}
LIST = frozenset({N.LIST})

STAFF: tuple[Cell, ...] = (
    cell(FLOOR, P.SERVE, (V, U), {"holds": HOLD, "ill": ILL}, FACING),
    cell(FLOOR, P.CIRCULATE, (C, E), {"holds": ASKED, "ill": REQUESTED}, FACING),
    cell(
        FLOOR,
        P.CIRCULATE,
        (C,),
        {"holds": LISTED},
        frozenset({N.ITEM_SCANNED, N.HOLD_TO_SHELVE, N.OFFLINE}),
    ),
    # A list shows nobody, and so opens nobody; the form of a request shows what is asked for.
    cell(FLOOR, P.LISTS, (C, E), {"holds": LISTED, "ill": ILL}, LIST),
    cell(FLOOR, P.LISTS, (V,), {"ill": ILL}, LIST),
    cell(
        "circulation_lead",
        P.MAINTAIN,
        (C,),
        {"holds": HOLD, "ill": ILL},
        FACING,
        count=range(1, 3),
        only_for=Reason.DUPLICATE,
    ),
)
OTHERS: tuple[Cell, ...] = (
    cell("patron", P.OWN_RECORD, (V, U), {"holds": HOLD, "ill": ILL}, SIGNED_IN),
    cell("patron", P.OWN_RECORD, (C, E), {"holds": ASKED, "ill": REQUESTED}, SIGNED_IN),
    cell("job", P.FORGET, (E,), {"holds": HOLD, "ill": ILL}, WORKS_ALONE, count=UNBOUNDED),
)
