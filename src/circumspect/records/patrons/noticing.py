"""Notices that the record itself gives rise to, and notices about what is gone by the time they are sent.

A registration that runs out is found by its month, which stands in the clear; the day is sealed. A hold that
ends leaves no row to write about: whoever ends it leaves word here, in the same transaction. Word is a
kind, a branch, a day and the link it was known by; no title, no item, no patron. It is taken up within minutes.

Source: clauses TH-1.8, TH-1.12, TH-1.21.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.records.patrons.rows import new_id
from circumspect.trust.vault.vault import Link

HOLD_CANCELLED = "hold_cancelled"


@dataclass(frozen=True, slots=True)
class Word:
    """Word that somebody is to be told of something."""

    id: int
    kind: str
    series: str
    link: Link
    branch: str


def leave_word(cursor: Any, kind: str, series: str, link: Link, *, branch: str, today: dt.date) -> None:
    """Leave word, in the caller's transaction, that the patron behind a link is to be told.

    Args:
        kind: ``HOLD_CANCELLED``.
        series: The series of the link, such as "holds".
        branch: Which branch the notice names.
    """
    cursor.execute(
        "INSERT INTO patrons_notice_word (id, kind, series, epoch, link, back, branch, day)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [new_id(), kind, series, link.epoch, link.token, link.back, branch, today.isoformat()],
    )


def words_left(cursor: Any, *, limit: int) -> list[Word]:
    """Word that nobody has taken up yet, series by series."""
    cursor.execute(
        "SELECT id, kind, series, epoch, link, back, branch FROM patrons_notice_word ORDER BY series, id LIMIT %s",
        [limit],
    )
    return [
        Word(row[0], row[1], row[2], Link(row[3], bytes(row[4]), bytes(row[5])), row[6])
        for row in cursor.fetchall()
    ]


def take_up(cursor: Any, words: Sequence[int]) -> None:
    """Word that has been taken up goes."""
    if words:
        cursor.execute(
            f"DELETE FROM patrons_notice_word WHERE id IN ({', '.join(['%s'] * len(words))})", list(words)
        )


def forget_words(cursor: Any, *, until: dt.date) -> int:
    """Let go of word up to a day, that day included; how many. Nobody is told any more."""
    cursor.execute("DELETE FROM patrons_notice_word WHERE day <= %s", [until.isoformat()])
    return int(cursor.rowcount)


def patrons_ending(cursor: Any, months: Sequence[int], *, after: int, limit: int) -> list[int]:
    """Patrons whose registration runs out in one of these months, such as 202711; in the order of their ids."""
    cursor.execute(
        f"SELECT id FROM patrons_patron WHERE id > %s AND review_month IN ({', '.join(['%s'] * len(months))})"
        " ORDER BY id LIMIT %s",
        [after, *months, limit],
    )
    return [row[0] for row in cursor.fetchall()]
