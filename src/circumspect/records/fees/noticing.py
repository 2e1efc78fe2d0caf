"""Who owes something, by link: sums, and nobody's name.

A notice says an amount. It never says what for: a fee line holds no title, and a sum tells none.

Source: clauses TH-1.12, TH-1.20.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from circumspect.trust.vault.vault import Link

SERIES = "fees"
NOTICE_FIELDS = frozenset({"outstanding"})


def links_owing(cursor: Any, *, after: bytes, limit: int) -> list[Link]:
    """Links of lines that are open, in the order of their tokens."""
    cursor.execute(
        "SELECT link, epoch, back FROM fees_line WHERE link > %s AND state = 'open' AND outstanding > 0"
        " ORDER BY link LIMIT %s",
        [after, limit],
    )
    found = {bytes(token): Link(epoch, bytes(token), bytes(back)) for token, epoch, back in cursor.fetchall()}
    return list(found.values())


def owed_under(cursor: Any, tokens: Sequence[bytes]) -> dict[bytes, int]:
    """Open cents under each of these links; links without any are left out."""
    if not tokens:
        return {}
    cursor.execute(
        f"SELECT link, SUM(outstanding) FROM fees_line WHERE link IN ({', '.join(['%s'] * len(tokens))})"
        " AND state = 'open' GROUP BY link",
        list(tokens),
    )
    return {bytes(link): int(cents) for link, cents in cursor.fetchall()}
