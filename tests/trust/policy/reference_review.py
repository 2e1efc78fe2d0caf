"""The second policy's table for the review of looks."""

from __future__ import annotations

from reference_cells import NAMES, UNBOUNDED, WORKS_ALONE, Cell, N, P, U, V, cell

STAFF: tuple[Cell, ...] = (
    cell(
        "privacy_in_charge deputy_director executive_director",
        P.REVIEW,
        (V,),
        {"registration": NAMES},
        frozenset({N.CASE}),
    ),
)
OTHERS: tuple[Cell, ...] = (
    cell(
        "job",
        P.REVIEW,
        (U,),
        {"registration": {"family_name", "street", "postcode", "birth_date"}},
        WORKS_ALONE,
        count=UNBOUNDED,
    ),
)
