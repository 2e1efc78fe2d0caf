"""The second policy's table for machines that speak SIP2."""

from __future__ import annotations

from reference_cells import Cell

STAFF: tuple[Cell, ...] = ()
OTHERS: tuple[Cell, ...] = ()
