"""The second policy's table for holds and interlibrary loans."""

from __future__ import annotations

from reference_cells import Cell

STAFF: tuple[Cell, ...] = ()
OTHERS: tuple[Cell, ...] = ()
