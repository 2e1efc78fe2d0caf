"""The second policy's table for public computers."""

from __future__ import annotations

from reference_cells import SEAT, SIGNED_IN, UNBOUNDED, WORKS_ALONE, Action, C, Cell, E, N, P, U, V, cell

_LIST = frozenset({N.LIST})
_SCANNED = frozenset({N.CARD_SCANNED})

STAFF: tuple[Cell, ...] = (
    cell("desk circulation_lead reference supervisor", P.COMPUTERS, (C,), {"computers": SEAT}, _LIST),
    cell("desk circulation_lead", P.COMPUTERS, (U, C), {"computers": SEAT}, _SCANNED),
    cell("desk circulation_lead", P.COMPUTERS, (U,), {"registration": {"standing"}}, _SCANNED),
    cell(
        "privacy_in_charge deputy_director executive_director",
        P.PRESERVE,
        (Action.PRESERVE, C),
        {"computers": {"seat", "state"}},
        frozenset({N.CASE}),
    ),
)
OTHERS: tuple[Cell, ...] = (
    cell(
        "seat",
        P.COMPUTERS,
        (U,),
        {"registration": {"standing", "balance"}},
        frozenset({N.CARD_AND_PIN}),
    ),
    cell("seat", P.COMPUTERS, (U, C), {"registration": {"balance"}}, frozenset({N.OPEN_TRANSACTION})),
    cell(
        "seat",
        P.COMPUTERS,
        (U, C),
        {"computers": SEAT},
        frozenset({N.CARD_AND_PIN, N.OPEN_TRANSACTION}),
    ),
    cell("job", P.FORGET, (E,), {"computers": SEAT}, WORKS_ALONE, count=UNBOUNDED),
    cell("patron", P.OWN_RECORD, (V, U), {"computers": SEAT}, SIGNED_IN),
)
