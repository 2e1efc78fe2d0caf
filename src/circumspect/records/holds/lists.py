"""The lists a desk works by: what to fetch, what stands on the hold shelf, what to take off it.

None of them has a patron in it, and none of them can: they are made of items, branches, codes and days.
The door is asked all the same, once in ten minutes, for the right to work them: a hold is somebody's,
whoever it is. Nobody's record is viewed for it.

The pull list is made by *targets*: which copy on a shelf is fetched for which hold. They are worked out
for all titles at once and written only where they changed, so that a list that is being worked stands
still, and two clerks see the same one.

Source: clauses MP-4.12, MP-2.2; DOMAIN practice of the hold shelf.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records.catalog.models import ItemStatus
from circumspect.records.holds import codes
from circumspect.records.holds.counting import HoldEvent, bump
from circumspect.records.holds.leaving import forget_scanned, leave_on_shelf
from circumspect.records.holds.models import Hold, HoldState
from circumspect.records.holds.placing import hold_terms
from circumspect.records.holds.queue import Copy, HoldTerms, Wish, choose_targets, closest_terms
from circumspect.records.holds.shelf import SERIES
from circumspect.records.patrons.noticing import HOLD_CANCELLED, leave_word
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.vault import Link
from circumspect.trust.vault.wiping import wipe_log_soon

LIST_FIELDS = frozenset({"title", "item", "pickup_branch", "state", "expires_on", "pickup_code"})
_BATCH = 500


@dataclass(frozen=True, slots=True)
class PullLine:
    """A copy to be fetched from a shelf. Nothing of whom for.

    Attributes:
        pickup_branch: Where it goes.
    """

    item_id: int
    barcode: str
    call_number: str
    collection: str
    title: str
    author: str
    pickup_branch: str


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """A copy on the hold shelf.

    Attributes:
        pick_up_by: Its last day there.
        is_over: That day has passed.
    """

    hold_id: int
    code: str
    barcode: str
    title: str
    pick_up_by: dt.date
    is_over: bool


@dataclass(frozen=True, slots=True)
class LeftOver:
    """A copy on the hold shelf for nobody any more: take it off, and scan it."""

    code: str
    barcode: str
    title: str


def _permit(house: House, actor: Actor, action: Action) -> None:
    house.door.permit(
        actor,
        action=action,
        purpose=Purpose.LISTS,
        series=SERIES,
        fields=LIST_FIELDS,
        circumstance=Circumstance.LIST,
    )


# what to fetch

_PULL = """
    SELECT item.id, item.barcode, item.call_number, item.collection_id, title.title, title.author,
           hold.pickup_branch
    FROM holds_hold AS hold JOIN catalog_item AS item ON item.id = hold.target_id
    JOIN catalog_title AS title ON title.id = item.title_id
    WHERE hold.target_id IS NOT NULL AND hold.state = 'waiting' AND item.status = 'available' AND item.branch_id = %s
"""


def pull_list(house: House, actor: Actor, *, branch: str) -> list[PullLine]:
    """What to fetch from the shelves of a branch, in the order of the shelves.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    _permit(house, actor, Action.CHANGE)
    retarget(house)
    with connection.cursor() as cursor:
        cursor.execute(_PULL, [branch])
        lines = [
            PullLine(row[0], row[1], row[2], row[3] or "", row[4], row[5], row[6])
            for row in cursor.fetchall()
        ]
    return sorted(
        lines, key=lambda line: (line.collection, shelf_order(line.call_number), line.title, line.barcode)
    )


def shelf_order(call_number: str) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts call numbers as they stand: letters as letters, numbers as decimals (796.9 after 796.357)."""
    parts = re.findall(r"[0-9]+(?:\.[0-9]+)?|[^\W\d]+", call_number.casefold())
    return tuple((0, float(part), "") if part[0] in "0123456789" else (1, 0.0, part) for part in parts)


def not_on_shelf(house: House, actor: Actor, *, item_id: int, branch: str) -> bool:
    """A copy of the pull list was not found: it is missing from now on, and another is fetched instead.

    Returns:
        Whether it was on the list.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.CHANGE)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE catalog_item SET status = %s WHERE id = %s AND branch_id = %s AND status = %s"
            " AND id IN (SELECT target_id FROM holds_hold WHERE target_id = %s)",
            [ItemStatus.MISSING.value, item_id, branch, ItemStatus.AVAILABLE.value, item_id],
        )
        found = bool(cursor.rowcount)
        cursor.execute("UPDATE holds_hold SET target_id = NULL WHERE target_id = %s", [item_id])
    return found


# Who waits for a title that has a copy on a shelf; who has a target, whatever became of it.
_WISHES = """
    SELECT id, title_id, place, pickup_branch, expires_on, item_id, frozen_until, target_id FROM holds_hold
    WHERE state = 'waiting' AND (target_id IS NOT NULL OR title_id IN (
        SELECT item.title_id FROM catalog_item AS item WHERE item.status = 'available'
        AND item.title_id IN (SELECT title_id FROM holds_hold WHERE state = 'waiting')))
    ORDER BY title_id, place, id
"""
_COPIES = """
    SELECT id, title_id, branch_id, item_type_id FROM catalog_item
    WHERE status = 'available' AND title_id IN (SELECT title_id FROM holds_hold WHERE state = 'waiting')
"""


def retarget(house: House) -> int:
    """Work out anew which copy is fetched for which hold, for all titles; how many holds changed.

    Three reads whatever the number of holds; only what changed is written. Opens nothing of anybody.
    """
    today = house.today()
    rules = hold_terms()
    terms: dict[tuple[str, str], HoldTerms] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COPIES)
        copies: dict[int, list[Copy]] = {}
        for number, title_id, home, item_type in cursor.fetchall():
            if (item_type, home) not in terms:
                terms[item_type, home] = closest_terms(rules, item_type, home)
            copies.setdefault(title_id, []).append(Copy(number, home, home, terms[item_type, home]))
        cursor.execute(_WISHES)
        changed: list[tuple[int | None, int]] = []
        for title_id, rows in groupby(_rows(cursor), key=lambda row: row[1]):
            wishes = [Wish(row[0], row[2], row[3], row[4], row[5], row[6], row[7]) for row in rows]
            chosen = choose_targets(wishes, copies.get(title_id, ()), today)
            changed += [
                (chosen.get(wish.id), wish.id) for wish in wishes if chosen.get(wish.id) != wish.target
            ]
        # Whoever was taken for a copy meanwhile is not put back on the list.
        cursor.executemany(
            "UPDATE holds_hold SET target_id = %s WHERE id = %s AND state = 'waiting'", changed
        )
    return len(changed)


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while batch := cursor.fetchmany(_BATCH):
        yield from batch


# the shelf

_SHELF = """
    SELECT hold.id, hold.pickup_code, item.barcode, title.title, hold.pick_up_by
    FROM holds_hold AS hold JOIN catalog_item AS item ON item.id = hold.copy_id
    JOIN catalog_title AS title ON title.id = hold.title_id
    WHERE hold.pickup_branch = %s AND hold.state = 'on_shelf'
"""


def shelf_list(house: House, actor: Actor, *, branch: str) -> list[ShelfLine]:
    """What stands on the hold shelf of a branch, by code.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    _permit(house, actor, Action.CHANGE)
    return _shelf(house, f"{_SHELF} ORDER BY hold.pickup_code", [branch])


def find_by_code(house: House, actor: Actor, *, branch: str, code: str) -> ShelfLine | None:
    """The copy that stands under a code, as somebody reads it aloud or types it.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    _permit(house, actor, Action.CHANGE)
    found = _shelf(house, f"{_SHELF} AND hold.pickup_code = %s", [branch, codes.normalise(code)])
    return found[0] if found else None


def _shelf(house: House, statement: str, values: list[str]) -> list[ShelfLine]:
    today = house.today()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [
            ShelfLine(row[0], row[1], row[2], row[3], row[4], row[4] < today) for row in cursor.fetchall()
        ]


def left_over(house: House, actor: Actor, *, branch: str) -> list[LeftOver]:
    """What stands on the hold shelf for nobody any more, by code: each is taken off and scanned.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    _permit(house, actor, Action.CHANGE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT leftover.pickup_code, item.barcode, title.title FROM holds_shelf_leftover AS leftover"
            " JOIN catalog_item AS item ON item.id = leftover.item_id"
            " JOIN catalog_title AS title ON title.id = item.title_id"
            " WHERE leftover.branch = %s AND item.status = 'hold_shelf' AND NOT EXISTS"
            " (SELECT 1 FROM holds_hold AS hold WHERE hold.copy_id = item.id AND hold.state = 'on_shelf')"
            " ORDER BY leftover.pickup_code",
            [branch],
        )
        return [LeftOver(*row) for row in cursor.fetchall()]


def end_overdue(house: House, actor: Actor, *, branch: str) -> int:
    """End the holds of a branch's shelf whose last day has passed; how many. Their copies are left over.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.ERASE)
    return expire_shelf(house, branch=branch)


def expire_shelf(house: House, *, branch: str | None = None) -> int:
    """End holds on the shelf whose last day has passed, after the door has been asked; how many.

    Word is left for a notice. The copy goes to the next in the queue, to its place or on its way when somebody takes it off the
    shelf and scans it: only a scan says where it is, and gives it a slip with a code of its own.
    """
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        over = Hold.objects.select_for_update().filter(state=HoldState.ON_SHELF, pick_up_by__lt=today)
        if branch is not None:
            over = over.filter(pickup_branch=branch)
        ended = list(over)
        forget_scanned()
        leave_on_shelf(*ended)
        Hold.objects.filter(id__in=[hold.id for hold in ended]).delete()
        _count(cursor, HoldEvent.SHELF_EXPIRED, ended, today)
        leave_word_of(cursor, ended, today)
        if ended:
            wipe_log_soon(DEFAULT_DB_ALIAS)
    return len(ended)


def leave_word_of(cursor: Any, ended: list[Hold], today: dt.date) -> None:
    """Leave word that holds were ended by the library, and not by whoever waited."""
    for hold in ended:
        link = Link(hold.epoch, bytes(hold.link), bytes(hold.back))
        leave_word(cursor, HOLD_CANCELLED, SERIES, link, branch=hold.pickup_branch, today=today)


def _count(cursor: Any, event: HoldEvent, ended: list[Hold], today: dt.date) -> None:
    branches = sorted(hold.pickup_branch for hold in ended)
    for branch, same in groupby(branches):
        bump(cursor, event, branch=branch, today=today, by=len(list(same)))
