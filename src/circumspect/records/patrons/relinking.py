"""Tie what is still needed to today's epoch before its own epoch dies. For any table that holds links.

A table that belongs to a patron has the columns ``epoch``, ``link`` and ``back``. What is still tied to an
epoch when its key goes belongs to nobody from then on; so whatever is still open moves on before that.

Source: guarantee 8; ARCHITECTURE.md, "How patron information rests"; clause TH-1.8.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.vault import Link

FORGET_JOB: Final = Actor(ActorKind.JOB, "forget")
_BATCH = 500


def relink(house: House, epoch: int, *, table: str, series: str, field: str) -> int:
    """Tie every row of an old epoch to today's; how many rows. Safe to stop and start again.

    A page of links is one question at the door. What belongs to somebody who has been forgotten stays as it
    is, and goes down with its epoch; it holds up no other.

    Args:
        table: The table's name; a constant of the calling room, never input.
        series: The series its links are made in.
        field: One field of that series, for the door: that there is something at all.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    count = 0
    after = b""
    while page := _page(table, epoch, after):
        after = page[-1].token
        whose, _openings = house.door.ask_all_by_links(
            FORGET_JOB,
            # Tying what is still needed anew is the first half of letting an epoch die.
            [Part(Action.ERASE, Purpose.FORGET, series, (), frozenset({field}))],
            circumstance=Circumstance.SCHEDULED,
            links=page,
            link_series=series,
        )
        for old, patron in zip(page, whose, strict=True):
            if patron is not None:
                count += _tie(table, old, house.vault.link(series, patron))
    return count


def _page(table: str, epoch: int, after: bytes) -> list[Link]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT link, back FROM {table} WHERE epoch = %s AND link > %s ORDER BY link LIMIT %s",
            [epoch, after, _BATCH],
        )
        found = {bytes(token): Link(epoch, bytes(token), bytes(back)) for token, back in cursor.fetchall()}
        return list(found.values())


def _tie(table: str, old: Link, new: Link) -> int:
    with connection.cursor() as cursor:
        # Only what is still under the old link: it may have been returned, renewed or merged meanwhile.
        cursor.execute(
            f"UPDATE {table} SET epoch = %s, link = %s, back = %s WHERE epoch = %s AND link = %s",
            [new.epoch, new.token, new.back, old.epoch, old.token],
        )
        return int(cursor.rowcount)
