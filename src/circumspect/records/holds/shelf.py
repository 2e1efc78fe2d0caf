"""What check-out and check-in ask of the holds room, inside their own transaction.

- ``permit_trap`` before the transaction of a check-in: may this actor put things aside for holds?
- ``trap`` at a check-in: does this copy go to somebody who waits?
- ``held_for`` at a check-out: is this copy put aside, and under which link?
- ``fill`` at a check-out: the borrower has it now, so their hold on it ends.
- ``release`` when a copy that was put aside is lost, missing or damaged: its hold waits on, in its place.
- ``others_wait`` at a renewal.
- ``lender_due`` at a check-out or renewal of a copy that another library lent us.

Plain statements, the same on both databases. Whoever calls changes the item's status, and asks ``trap``
only for a copy that is fit to be lent. Nobody's name or number is read or written here: a hold has a link.

Source: clauses MP-4.12, TH-1.11, TH-1.21; DOMAIN practice of the hold shelf.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from circumspect.records.holds import codes
from circumspect.records.holds.counting import HoldEvent, bump
from circumspect.records.holds.queue import HoldTerms, closest_terms
from circumspect.trust.door.house import House, local_day
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.wiping import wipe_log_soon

SERIES = "holds"
HOLD_FIELDS = frozenset({"title", "item", "pickup_branch", "state", "placed_on", "expires_on", "pickup_code"})
# What is used and changed of a hold when a copy is put aside for it: not when it was placed.
TRAP_FIELDS = frozenset({"title", "item", "pickup_branch", "state", "expires_on", "pickup_code"})


@dataclass(frozen=True, slots=True)
class Trapped:
    """A copy goes to somebody who waits. It says where to, and not who.

    Attributes:
        hold_id: The hold's random number.
        pickup_branch: Where it will be picked up.
        on_shelf: It is there: put it on the hold shelf under the code. Otherwise it must travel.
        pickup_code: For the slip; "" while it travels.
        pick_up_by: The last day on the shelf; None while it travels.
    """

    hold_id: int
    pickup_branch: str
    on_shelf: bool
    pickup_code: str
    pick_up_by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class HeldFor:
    """A copy is put aside, or on its way to be.

    Attributes:
        link: Compare with the borrower's links of series "holds" (``house.vault.links``).
        on_shelf: False while it travels.
    """

    hold_id: int
    link: bytes
    on_shelf: bool
    pickup_branch: str


def permit_trap(
    house: House, actor: Actor, *, circumstance: Circumstance = Circumstance.ITEM_SCANNED
) -> None:
    """Ask the door whether this actor may put copies aside for holds. Entered once in ten minutes.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is trapped.
    """
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=SERIES,
        fields=TRAP_FIELDS,
        circumstance=circumstance,
    )


# trapping

_WAITS = "state = 'waiting' AND expires_on >= %s AND (frozen_until IS NULL OR frozen_until <= %s)"
_NEXT = (
    "SELECT id, pickup_branch FROM holds_hold WHERE title_id = %s AND (item_id IS NULL OR item_id = %s)"
    f" AND {_WAITS}{{where}} ORDER BY place, id LIMIT 1"
)
_FETCHED = (
    "SELECT id, pickup_branch FROM holds_hold WHERE target_id = %s AND (item_id IS NULL OR item_id = target_id)"
    f" AND {_WAITS}{{where}} ORDER BY place, id LIMIT 1"
)


def trap(
    house: House, cursor: Any, *, item_id: int, title_id: int, item_type: str, branch: str, now: int
) -> Trapped | None:
    """Put a copy aside for whoever it goes to: one that is on its way arrives, or the next in the queue gets it.

    Two statements where nobody waits. Indexed: a queue of any length is read from its front.

    Args:
        branch: Where the copy was scanned.
        now: Seconds since 1970.

    Returns:
        What to do with the copy; None where it goes to nobody.
    """
    today = local_day(house.home, dt.datetime.fromtimestamp(now, dt.UTC))
    cursor.execute(
        "SELECT id, pickup_branch, state, pickup_code, pick_up_by FROM holds_hold WHERE copy_id = %s",
        [item_id],
    )
    held = cursor.fetchone()
    if held is not None and held[1] == branch and held[2] == "on_shelf":
        return Trapped(held[0], branch, True, held[3], held[4])
    if held is None:
        held = _take_next(cursor, item_id, title_id, item_type, today)
    if held is None:
        return None
    hold_id, pickup_branch = held[0], held[1]
    if pickup_branch != branch:
        cursor.execute(
            "UPDATE holds_hold SET state = 'in_transit', pickup_code = NULL, pick_up_by = NULL WHERE id = %s",
            [hold_id],
        )
        return Trapped(hold_id, pickup_branch, False, "")
    days = _terms(cursor, item_id, item_type).shelf_days
    return shelve(cursor, hold_id, branch=branch, today=today, shelf_days=days)


def shelve(cursor: Any, hold_id: int, *, branch: str, today: dt.date, shelf_days: int) -> Trapped:
    """Give a hold its code and its last day: its copy stands on the shelf of its pick-up branch now."""
    code = codes.new_code(lambda code: _is_taken(cursor, branch, code))
    pick_up_by = today + dt.timedelta(days=shelf_days)
    cursor.execute(
        "UPDATE holds_hold SET state = 'on_shelf', pickup_code = %s, pick_up_by = %s WHERE id = %s",
        [code, pick_up_by.isoformat(), hold_id],
    )
    bump(cursor, HoldEvent.READY, branch=branch, today=today)
    return Trapped(hold_id, branch, True, code, pick_up_by)


def _is_taken(cursor: Any, branch: str, code: str) -> bool:
    cursor.execute(
        "SELECT 1 FROM holds_hold WHERE pickup_branch = %s AND pickup_code = %s"
        " UNION ALL SELECT 1 FROM holds_shelf_leftover WHERE branch = %s AND pickup_code = %s",
        [branch, code, branch, code],
    )
    return cursor.fetchone() is not None


def _take_next(
    cursor: Any, item_id: int, title_id: int, item_type: str, today: dt.date
) -> tuple[Any, ...] | None:
    day = today.isoformat()
    # Another desk may take the same hold for another copy in the same moment: then the one after it is next.
    while True:
        cursor.execute(_NEXT.format(where=""), [title_id, item_id, day, day])
        row: tuple[Any, ...] | None = cursor.fetchone()
        if row is None:
            return None
        terms = _terms(cursor, item_id, item_type)
        if not terms.holdable:
            return None
        where, extra = (" AND pickup_branch = %s", [terms.branch]) if terms.home_only else ("", [])
        cursor.execute(_FETCHED.format(where=where), [item_id, day, day, *extra])
        fetched: tuple[Any, ...] | None = cursor.fetchone()
        if fetched is not None:
            row = fetched
        elif terms.home_only:
            cursor.execute(_NEXT.format(where=where), [title_id, item_id, day, day, *extra])
            row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(
            "UPDATE holds_hold SET state = 'in_transit', copy_id = %s, target_id = NULL, frozen_until = NULL"
            " WHERE id = %s AND state = 'waiting'",
            [item_id, row[0]],
        )
        if cursor.rowcount == 1:
            return row


def _terms(cursor: Any, item_id: int, item_type: str) -> HoldTerms:
    """The closest hold rule for a copy, with the copy's own branch in it."""
    cursor.execute("SELECT branch_id FROM catalog_item WHERE id = %s", [item_id])
    home = cursor.fetchone()[0]
    cursor.execute("SELECT item_type, branch, holdable, home_only, shelf_days FROM holds_rule")
    rules = [HoldTerms(row[0], row[1], bool(row[2]), bool(row[3]), row[4]) for row in cursor.fetchall()]
    closest = closest_terms(rules, item_type, home)
    return HoldTerms(item_type, home, closest.holdable, closest.home_only, closest.shelf_days)


# check-out and renewal


def held_for(cursor: Any, item_id: int) -> HeldFor | None:
    """For which hold a copy is put aside or on its way, if it is."""
    cursor.execute("SELECT id, link, state, pickup_branch FROM holds_hold WHERE copy_id = %s", [item_id])
    row = cursor.fetchone()
    return None if row is None else HeldFor(row[0], bytes(row[1]), row[2] == "on_shelf", row[3])


def fill(
    cursor: Any, *, title_id: int, item_id: int, links: Sequence[bytes], today: dt.date | None = None
) -> bool:
    """End the borrower's holds that this copy fills: whether there were any. One statement where there are none.

    Was the copy put aside for somebody else (and lent all the same), their hold waits on in its old place.
    A copy that was put aside for the borrower, who took another, is left over on the shelf (``lists.left_over``).

    Args:
        links: The borrower's live links of series "holds".
        today: The library's day, for the count.
    """
    marks = ", ".join(["%s"] * len(links))
    own = f" OR (link IN ({marks}) AND title_id = %s AND (item_id IS NULL OR item_id = %s))" if links else ""
    cursor.execute(
        f"SELECT id, link, pickup_branch, state, copy_id, pickup_code FROM holds_hold WHERE copy_id = %s{own}",
        [item_id, *links, *([title_id, item_id] if links else [])],
    )
    rows = cursor.fetchall()
    filled = [row for row in rows if bytes(row[1]) in links]
    for hold_id, _link, pickup_branch, state, copy_id, pickup_code in filled:
        cursor.execute("DELETE FROM holds_hold WHERE id = %s", [hold_id])
        bump(cursor, HoldEvent.FILLED, branch=pickup_branch, today=_day(today))
        if state == "on_shelf" and copy_id != item_id:
            cursor.execute(_LEFT_OVER, [copy_id, pickup_branch, pickup_code])
    if len(filled) < len(rows):
        release(cursor, item_id)
    if filled:
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return bool(filled)


_LEFT_OVER = """
    INSERT INTO holds_shelf_leftover (item_id, branch, pickup_code) VALUES (%s, %s, %s)
    ON CONFLICT (item_id) DO UPDATE SET branch = excluded.branch, pickup_code = excluded.pickup_code
"""


def release(cursor: Any, item_id: int) -> bool:
    """The copy cannot be had after all: its hold waits on, in its old place. Whether there was one."""
    cursor.execute(
        "UPDATE holds_hold SET state = 'waiting', copy_id = NULL, pickup_code = NULL, pick_up_by = NULL"
        " WHERE copy_id = %s",
        [item_id],
    )
    return bool(cursor.rowcount)


def others_wait(
    cursor: Any, *, title_id: int, item_id: int, links: Sequence[bytes], today: dt.date | None = None
) -> int:
    """How many holds of other people this copy could serve now: neither frozen, run out nor put aside for.

    Args:
        links: The borrower's live links of series "holds"; their own holds do not count.
        today: The library's day.
    """
    day = _day(today).isoformat()
    others = f" AND link NOT IN ({', '.join(['%s'] * len(links))})" if links else ""
    cursor.execute(
        "SELECT count(*) FROM holds_hold WHERE title_id = %s AND (item_id IS NULL OR item_id = %s)"
        f" AND {_WAITS}{others}",
        [title_id, item_id, day, day, *links],
    )
    return int(cursor.fetchone()[0])


def lender_due(cursor: Any, item_id: int) -> int | None:
    """When a copy that another library lent us is due there (seconds since 1970): no loan goes beyond it."""
    cursor.execute("SELECT due_at FROM holds_visiting_copy WHERE item_id = %s", [item_id])
    row = cursor.fetchone()
    return None if row is None else int(row[0])


def _day(today: dt.date | None) -> dt.date:
    return today or dt.datetime.now(dt.UTC).date()
