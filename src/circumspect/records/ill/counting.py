"""What is counted of interlibrary loans: by day, branch and kind. No person, title or library is in a count.

Source: clause MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any


class IllEvent(StrEnum):
    """The closed list of what is counted; the branch is the one of pick-up, or the one that supplies."""

    ASKED = "asked"
    SENT = "sent"
    ARRIVED = "arrived"
    SENT_BACK = "sent_back"
    NOT_FILLED = "not_filled"
    CANCELLED = "cancelled"
    ORPHANED = "orphaned"  # its patron has been forgotten
    SUPPLIED = "supplied"  # lent to another library
    SUPPLY_BACK = "supply_back"


_BUMP = """
    INSERT INTO ill_tally (day, branch, kind, count) VALUES (%s, %s, %s, 1)
    ON CONFLICT (day, branch, kind) DO UPDATE SET count = ill_tally.count + 1
"""


def bump(cursor: Any, event: IllEvent, *, branch: str, today: dt.date) -> None:
    """Count an event in the running transaction."""
    cursor.execute(_BUMP, [today.isoformat(), branch, event.value])
