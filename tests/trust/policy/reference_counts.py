"""The second policy's table for counting: one field, read by unattended work."""

from __future__ import annotations

from reference_cells import UNBOUNDED, WORKS_ALONE, Cell, P, U, cell

STAFF: tuple[Cell, ...] = ()
OTHERS: tuple[Cell, ...] = (
    cell("job", P.COUNT, (U,), {"registration": {"standing"}}, WORKS_ALONE, count=UNBOUNDED),
)
