"""The second policy's table for notices."""

from __future__ import annotations

from reference_cells import Cell

STAFF: tuple[Cell, ...] = ()
OTHERS: tuple[Cell, ...] = ()
