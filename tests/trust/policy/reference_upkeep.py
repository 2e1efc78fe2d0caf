"""The second policy's table for the register's upkeep: cards made at the door, registrations run out."""

from __future__ import annotations

from reference_cells import (
    ADDRESS,
    ANY_COUNT,
    NAMES,
    REACH,
    UNBOUNDED,
    WORKS_ALONE,
    C,
    Cell,
    N,
    P,
    U,
    V,
    cell,
)

STAFF: tuple[Cell, ...] = (
    cell(
        "circulation_lead",
        P.LISTS,
        (V,),
        {"registration": NAMES | {"standing"}},
        frozenset({N.LIST}),
        count=ANY_COUNT,
    ),
)
OTHERS: tuple[Cell, ...] = (
    cell(
        "join",
        P.REGISTER,
        (C,),
        {"registration": NAMES | ADDRESS | REACH | {"language", "notice_channel", "standing"}},
        frozenset({N.REGISTRATION}),
    ),
    cell(
        "job",
        P.FORGET,
        (U,),
        {"registration": {"standing", "balance"}},
        WORKS_ALONE,
        count=UNBOUNDED,
    ),
)
