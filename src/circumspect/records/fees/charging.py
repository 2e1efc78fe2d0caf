"""What other rooms do with fees, inside a transaction of their own: ask what is owed, charge, let go.

These are plain statements on the caller's cursor. They ask nobody: whoever calls has asked the door, for
what its own act needs.

A line that is settled loses its item in the very statement that settles it.

Source: clauses TH-1.13, TH-1.20, MP-4.5; DOMAIN practice of fines and lost items.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from typing import Any

from circumspect.records.fees.rules import Code, EntryKind, FeeKind, check_amount
from circumspect.trust.door.house import House

SERIES = "fees"
FEE_FIELDS = frozenset({"kind", "amount", "outstanding", "day", "item"})

_ENTRY = """
    INSERT INTO fees_entry (id, fee_id, day, kind, cents, method, reason) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_TALLY = """
    INSERT INTO fees_cash_tally (day, branch, method, kind, cents, count) VALUES (%s, %s, %s, %s, %s, 1)
    ON CONFLICT (day, branch, method, kind)
    DO UPDATE SET cents = fees_cash_tally.cents + excluded.cents, count = fees_cash_tally.count + 1
"""


def new_id() -> int:
    """A random id of 63 bits: it tells no order and no count."""
    return secrets.randbits(62) + 1


def owed(cursor: Any, links: Sequence[bytes]) -> int:
    """Cents outstanding over these links of the fees series, ``house.vault.links(SERIES, patron).values()``."""
    if not links:
        return 0
    cursor.execute(
        "SELECT coalesce(sum(outstanding), 0) FROM fees_line"
        f" WHERE link IN ({', '.join(['%s'] * len(links))}) AND state = 'open'",
        list(links),
    )
    return int(cursor.fetchone()[0])


def charge(
    house: House,
    cursor: Any,
    patron: int,
    kind: FeeKind,
    cents: int,
    *,
    branch: str,
    item_id: int | None,
    today: dt.date,
) -> int:
    """Charge a patron, within the caller's transaction; the fee's id.

    Args:
        cents: More than nothing.
        branch: Where it is charged; its day's report counts it.
        item_id: What it is for, known until it is settled; None for a card, a print and the like.

    Raises:
        AmountError: Nothing, or far too much.
    """
    check_amount(cents)
    link = house.vault.link(SERIES, patron)
    fee = new_id()
    day = today.isoformat()
    cursor.execute(
        "INSERT INTO fees_line (id, epoch, link, back, kind, amount, outstanding, day, branch, state, settled_on,"
        " item_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'open', NULL, %s)",
        [fee, link.epoch, link.token, link.back, kind.value, cents, cents, day, branch, item_id],
    )
    cursor.execute(_ENTRY, [new_id(), fee, day, EntryKind.CHARGED.value, cents, "", ""])
    tally(cursor, today, branch, EntryKind.CHARGED.value, cents)
    return fee


def forgive_for_item(cursor: Any, item_id: int, kinds: Collection[FeeKind], today: dt.date) -> int:
    """Credit what is still owed for an item that was found again, and settle those lines; the cents credited.

    What had been paid already stays paid, and a lead may refund it while the line is kept. A fee that
    was paid in full no longer knows its item, so nothing is found for it here: whoever paid it brings the receipt.

    Args:
        kinds: Which fees end with the finding, usually lost and processing.
    """
    if not kinds:
        return 0
    names = sorted(kind.value for kind in kinds)
    cursor.execute(
        "SELECT id, outstanding, branch FROM fees_line WHERE item_id = %s AND state = 'open'"
        f" AND kind IN ({', '.join(['%s'] * len(names))})",
        [item_id, *names],
    )
    forgiven = 0
    for fee, outstanding, branch in cursor.fetchall():
        cursor.execute(
            "UPDATE fees_line SET outstanding = 0, state = 'settled', settled_on = %s, item_id = NULL"
            " WHERE id = %s AND outstanding = %s",
            [today.isoformat(), fee, outstanding],
        )
        if cursor.rowcount != 1:
            # It was paid a moment ago, at another desk: then there is nothing left to credit.
            continue
        cursor.execute(
            _ENTRY,
            [
                new_id(),
                fee,
                today.isoformat(),
                EntryKind.CREDITED.value,
                outstanding,
                "",
                Code.ITEM_FOUND.value,
            ],
        )
        tally(cursor, today, branch, EntryKind.CREDITED.value, outstanding)
        forgiven += int(outstanding)
    return forgiven


def item_settled(cursor: Any, item_id: int, kinds: Collection[FeeKind] = ()) -> bool:
    """Whether nothing is owed for an item any more: a lost loan that was paid for may then end.

    Args:
        kinds: Which fees are meant; none for all. Somebody else may still owe a late fee for it.
    """
    names = sorted(kind.value for kind in kinds)
    of_kind = f" AND kind IN ({', '.join(['%s'] * len(names))})" if names else ""
    cursor.execute(f"SELECT 1 FROM fees_line WHERE item_id = %s{of_kind} LIMIT 1", [item_id, *names])
    return cursor.fetchone() is None


def tally(cursor: Any, day: dt.date, branch: str, kind: str, cents: int, method: str = "") -> None:
    """Count money, or what takes its place, by day and branch."""
    cursor.execute(_TALLY, [day.isoformat(), branch, method, kind, cents])
