"""What is counted of holds: by day, branch and kind, bumped in the transaction of the event.

No person, title or copy is in a count, and no event is kept that one could be tied to.

Source: clause MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any


class HoldEvent(StrEnum):
    """The closed list of what is counted; the branch is the one of pick-up."""

    PLACED = "placed"
    READY = "ready"  # put on the hold shelf
    FILLED = "filled"
    CANCELLED = "cancelled"
    WISH_EXPIRED = "wish_expired"
    SHELF_EXPIRED = "shelf_expired"
    MERGED = "merged"  # two records of one person waited for the same
    ORPHANED = "orphaned"  # its patron has been forgotten


_BUMP = """
    INSERT INTO holds_tally (day, branch, kind, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT (day, branch, kind) DO UPDATE SET count = holds_tally.count + excluded.count
"""


def bump(cursor: Any, event: HoldEvent, *, branch: str, today: dt.date, by: int = 1) -> None:
    """Count an event, or several of a kind, in the running transaction."""
    cursor.execute(_BUMP, [today.isoformat(), branch, event.value, by])
