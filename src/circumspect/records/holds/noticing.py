"""Which holds stand on a shelf and nobody has been told, by link.

``noticed_for`` remembers the last day on the shelf that was told of: a hold that gets another day is told
anew. A hold that ends takes its row with it; that it ended is told by ``patrons.noticing``.

Source: clauses MP-4.12, TH-1.12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.trust.vault.vault import Link

SERIES = "holds"
NOTICE_FIELDS = frozenset({"title", "pickup_branch", "state", "expires_on"})
_UNTOLD = "state = 'on_shelf' AND (noticed_for IS NULL OR noticed_for <> pick_up_by)"


@dataclass(frozen=True, slots=True)
class ReadyHold:
    """A hold to be written about. The title is only for a text whose reader asked for titles."""

    link: bytes
    title: str
    branch: str
    pick_up_by: dt.date | None


def links_ready(cursor: Any, *, after: bytes, limit: int) -> list[Link]:
    """Links of holds on the shelf that nobody has been told of, in the order of their tokens."""
    cursor.execute(
        f"SELECT link, epoch, back FROM holds_hold WHERE link > %s AND {_UNTOLD} ORDER BY link LIMIT %s",
        [after, limit],
    )
    found = {bytes(token): Link(epoch, bytes(token), bytes(back)) for token, epoch, back in cursor.fetchall()}
    return list(found.values())


def mark(cursor: Any, tokens: Sequence[bytes]) -> list[tuple[bytes, str]]:
    """Mark the holds under these links that stand on a shelf as told; their links and branches."""
    if not tokens:
        return []
    cursor.execute(
        "UPDATE holds_hold SET noticed_for = pick_up_by"
        f" WHERE link IN ({', '.join(['%s'] * len(tokens))}) AND {_UNTOLD} RETURNING link, pickup_branch",
        list(tokens),
    )
    return [(bytes(token), branch) for token, branch in cursor.fetchall()]


def holds_under(cursor: Any, tokens: Sequence[bytes]) -> list[ReadyHold]:
    """The holds under these links that stand on a shelf, soonest to go first."""
    if not tokens:
        return []
    cursor.execute(
        "SELECT hold.link, title.title, hold.pickup_branch, hold.pick_up_by"
        " FROM holds_hold AS hold JOIN catalog_title AS title ON title.id = hold.title_id"
        f" WHERE hold.state = 'on_shelf' AND hold.link IN ({', '.join(['%s'] * len(tokens))})"
        " ORDER BY hold.pick_up_by, title.title",
        list(tokens),
    )
    return [ReadyHold(bytes(link), title, branch, _day(by)) for link, title, branch, by in cursor.fetchall()]


def _day(value: object) -> dt.date | None:
    # SQLite gives a date back as its text where no model stands between.
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value if isinstance(value, dt.date) else None
