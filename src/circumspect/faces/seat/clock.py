"""How long is left, and which warning is due? Pure: numbers in, numbers out.

The server says how many seconds are left; the seat's own clock of the day does not count, for it may be wrong.
"""

from __future__ import annotations

WARN_MINUTES = (10, 5, 1)


def warning(seconds_left: float) -> int:
    """The warning that is due: 10, 5 or 1 (minutes), or 0 while there is more time than that."""
    due = [minutes for minutes in WARN_MINUTES if seconds_left <= minutes * 60]
    return min(due) if due else 0


def minutes_shown(seconds_left: float) -> int:
    """Whole minutes as a clock shows them: begun ones count, and none is left at the end."""
    return max(0, -int(-seconds_left // 60))
