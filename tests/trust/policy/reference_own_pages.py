"""The second policy's table for what patrons do on their own pages, and what the desk sees of it."""

from __future__ import annotations

from reference_cells import (
    FACING,
    FEE,
    FLOOR,
    PASSKEY,
    PERMISSION,
    READING,
    SEAT,
    SIGNED_IN,
    C,
    Cell,
    E,
    P,
    U,
    V,
    cell,
)

STAFF: tuple[Cell, ...] = (
    cell(FLOOR, P.SERVE, (V,), {"permissions": PERMISSION}, FACING),
    cell(FLOOR, P.MAINTAIN, (E,), {"passkeys": PASSKEY}, FACING),
)
OTHERS: tuple[Cell, ...] = (
    cell(
        "patron",
        P.OWN_RECORD,
        (V, U, C, E),
        {"reading": READING, "permissions": PERMISSION, "passkeys": PASSKEY},
        SIGNED_IN,
    ),
    cell("patron", P.SIGN_IN, (U,), {"passkeys": {"key"}}, SIGNED_IN),
    cell(
        "patron",
        P.OWN_RECORD,
        (C,),
        {
            "registration": {"standing"},
            "cards": {"status"},
            "loans": {"due_at", "renewals"},
            "fees": FEE,
            "computers": SEAT,
        },
        SIGNED_IN,
    ),
    cell("patron", P.OWN_RECORD, (E,), {"computers": SEAT}, SIGNED_IN),
)
