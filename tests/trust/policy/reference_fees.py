"""The second policy's table for fees and the cash desk."""

from __future__ import annotations

from reference_cells import Cell

STAFF: tuple[Cell, ...] = ()
OTHERS: tuple[Cell, ...] = ()
