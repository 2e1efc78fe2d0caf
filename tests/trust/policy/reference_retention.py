"""The second policy's table for being forgotten on request."""

from __future__ import annotations

from reference_cells import (
    FACING,
    NAMES,
    REACH,
    SIGNED_IN,
    UNBOUNDED,
    WHOLE,
    WORKS_ALONE,
    Cell,
    E,
    P,
    U,
    cell,
)

STAFF: tuple[Cell, ...] = (
    cell(
        "circulation_lead",
        P.FORGET,
        (U,),
        {"registration": NAMES | REACH | {"balance", "standing"}},
        FACING,
    ),
)
OTHERS: tuple[Cell, ...] = (
    cell("patron", P.FORGET, (U, E), {"registration": WHOLE}, SIGNED_IN),
    cell("job", P.FORGET, (U,), {"registration": {"id_seen_on"}}, WORKS_ALONE, count=UNBOUNDED),
)
