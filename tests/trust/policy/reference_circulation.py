"""The second policy's table for lending whole: lists, ladders, what the desk may pass over."""

from __future__ import annotations

from reference_cells import (
    ANY_COUNT,
    FEE,
    FLOOR,
    LENDING,
    LOAN,
    NAMES,
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

LISTING = frozenset({N.LIST})

STAFF: tuple[Cell, ...] = (
    cell("desk", P.OVERRIDE, (U,), {"registration": {"standing"}}, LENDING),
    cell(FLOOR, P.LISTS, (V,), {"loans": LOAN - {"renewals"}}, LISTING, count=ANY_COUNT),
    cell(FLOOR, P.LISTS, (V,), {"registration": NAMES | {"phone"}}, LISTING, count=ANY_COUNT),
)
OTHERS: tuple[Cell, ...] = (
    cell(
        "job",
        P.CIRCULATE,
        (C,),
        {"loans": LOAN, "fees": FEE},
        WORKS_ALONE,
        count=UNBOUNDED,
    ),
    cell("job", P.CIRCULATE, (U,), {"registration": {"standing"}}, WORKS_ALONE, count=UNBOUNDED),
)
