"""Which loans have come to a step of the notice ladder, by link: sets, and nobody's name.

A step falls on a day relative to the day a loan is due. ``noticed`` remembers the last step written about as
the moment it fell on; a renewal moves every step beyond it, and a return takes the row with it. Marking
a step and learning whom it concerns is one statement, so that no step is written about twice.

For a claimed return nobody is reminded; of a lost item only the bill is sent.

Source: clauses TH-1.11, TH-1.12; DOMAIN practice of notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.trust.vault.vault import Link

SERIES = "loans"
NOTICE_FIELDS = frozenset({"item", "due_at", "branch", "state"})
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder, as loans see it on one day.

    Attributes:
        days: After the due day; negative before it.
        due_from: Seconds since 1970: loans due at or after this moment...
        due_before: ... and before this one are at this step.
        lost_too: Items that were given up count as well.
    """

    days: int
    due_from: int
    due_before: int
    lost_too: bool = False


@dataclass(frozen=True, slots=True)
class DueLoan:
    """A loan to be written about. The title is only for a text whose reader asked for titles."""

    link: bytes
    title: str
    due_at: int
    branch: str
    replacement_cents: int
    is_lost: bool


def _at(step: Step) -> tuple[str, list[object]]:
    states = "('out', 'lost')" if step.lost_too else "('out')"
    return (
        f"due_at >= %s AND due_at < %s AND noticed < due_at + %s AND state IN {states}",
        [step.due_from, step.due_before, step.days * _DAY],
    )


def links_at(cursor: Any, steps: Sequence[Step], *, after: bytes, limit: int) -> list[Link]:
    """Links of loans that have come to a step nobody has been told of, in the order of their tokens.

    Args:
        after: The last token of the page before, b"" for the first.
    """
    wheres, parameters = zip(*(_at(step) for step in steps), strict=True)
    cursor.execute(
        f"SELECT link, epoch, back FROM circulation_loan WHERE link > %s AND ({' OR '.join(f'({w})' for w in wheres)})"
        " ORDER BY link LIMIT %s",
        [after, *(each for some in parameters for each in some), limit],
    )
    found = {bytes(token): Link(epoch, bytes(token), bytes(back)) for token, epoch, back in cursor.fetchall()}
    return list(found.values())


def mark(cursor: Any, step: Step, tokens: Sequence[bytes]) -> list[tuple[bytes, str]]:
    """Mark the loans under these links that are at a step as written about; their links and branches."""
    if not tokens:
        return []
    where, parameters = _at(step)
    cursor.execute(
        f"UPDATE circulation_loan SET noticed = due_at + %s WHERE link IN ({', '.join(['%s'] * len(tokens))})"
        f" AND {where} RETURNING link, branch",
        [step.days * _DAY, *tokens, *parameters],
    )
    return [(bytes(token), branch) for token, branch in cursor.fetchall()]


def loans_under(cursor: Any, tokens: Sequence[bytes], *, due_before: int) -> list[DueLoan]:
    """The loans under these links that are due before a moment and not claimed as returned, soonest due first."""
    if not tokens:
        return []
    cursor.execute(
        "SELECT loan.link, title.title, loan.due_at, loan.branch,"
        " COALESCE(item.replacement_cents, kind.replacement_cents), loan.state"
        " FROM circulation_loan AS loan JOIN catalog_item AS item ON item.id = loan.item_id"
        " JOIN catalog_title AS title ON title.id = item.title_id"
        " JOIN catalog_itemtype AS kind ON kind.code = item.item_type_id"
        f" WHERE loan.link IN ({', '.join(['%s'] * len(tokens))}) AND loan.due_at < %s AND loan.state <> 'claimed'"
        " ORDER BY loan.due_at, title.title",
        [*tokens, due_before],
    )
    return [
        DueLoan(bytes(link), title, due_at, branch, cents, state == "lost")
        for link, title, due_at, branch, cents, state in cursor.fetchall()
    ]
