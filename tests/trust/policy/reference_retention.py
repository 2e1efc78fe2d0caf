"""The second policy's table for being forgotten on request."""

from __future__ import annotations

from reference_cells import FACING, NAMES, REACH, SIGNED_IN, WHOLE, Cell, E, P, U, cell

STAFF: tuple[Cell, ...] = (
    cell(
        "circulation_lead",
        P.FORGET,
        (U,),
        {"registration": NAMES | REACH | {"balance", "standing"}},
        FACING,
    ),
)
OTHERS: tuple[Cell, ...] = (cell("patron", P.FORGET, (U, E), {"registration": WHOLE}, SIGNED_IN),)
