"""Fee lines between their tables and the pure rules: read them with their entries, write what changed.

Nothing here asks the door: the use-cases do, before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection

from circumspect.records.fees.charging import new_id, tally
from circumspect.records.fees.models import FeeEntry, FeeLine
from circumspect.records.fees.rules import Code, Entry, EntryKind, FeeKind, Line, Method, MoneyError
from circumspect.trust.vault.wiping import wipe_log_soon

_ORDER = {kind: place for place, kind in enumerate(EntryKind)}


class NoSuchFeeError(MoneyError):
    """The fee is not on this account, or not any more."""

    field = "fee"
    reason = "this fee is not on the account any more; look at it again"


class ChangedMeanwhileError(MoneyError):
    """Somebody settled it at another desk."""

    field = "fee"
    reason = "the account was changed in between; look at it again"


def lines_of(
    links: Collection[bytes],
    *,
    only: Collection[int] | None = None,
    open_only: bool = False,
    lock: bool = False,
) -> list[Line]:
    """The lines of these links with their entries, oldest first. Two statements, whatever their number.

    Args:
        only: Ids of the lines wanted; None for all.
        open_only: Leave out what is settled.
        lock: Keep others from changing them until the transaction ends.
    """
    rows = FeeLine.objects.filter(link__in=list(links))
    if only is not None:
        rows = rows.filter(id__in=list(only))
    if open_only:
        rows = rows.filter(state="open")
    if lock:
        rows = rows.select_for_update()
    stored = list(rows.order_by("day", "id"))
    entries: dict[int, list[Entry]] = {row.id: [] for row in stored}
    for entry in FeeEntry.objects.filter(fee_id__in=list(entries)):
        entries[entry.fee_id].append(_entry(entry))
    return [_line(row, entries[row.id]) for row in stored]


def write(cursor: Any, before: Line, after: Line, *, today: dt.date, branch: str) -> None:
    """Write what has happened to a line, and count it for the day's report of the branch where it happened.

    Raises:
        ChangedMeanwhileError: The line is not as it was read.
    """
    settled_now = after.is_settled and not before.is_settled
    cursor.execute(
        "UPDATE fees_line SET outstanding = %s, state = %s, item_id = %s,"
        " settled_on = CASE WHEN %s THEN %s WHEN %s THEN settled_on ELSE NULL END"
        " WHERE id = %s AND outstanding = %s",
        [
            after.outstanding,
            "settled" if after.is_settled else "open",
            after.item,
            settled_now,
            today.isoformat(),
            after.is_settled,
            before.id,
            before.outstanding,
        ],
    )
    if cursor.rowcount != 1:
        raise ChangedMeanwhileError
    for entry in after.entries[len(before.entries) :]:
        write_entry(cursor, before.id, entry)
        tally(cursor, today, branch, entry.kind.value, entry.cents, entry.method or "")
    if settled_now:
        wipe_log_soon(DEFAULT_DB_ALIAS)


def write_entry(cursor: Any, fee: int, entry: Entry) -> None:
    """Write one entry of a line."""
    cursor.execute(
        "INSERT INTO fees_entry (id, fee_id, day, kind, cents, method, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            new_id(),
            fee,
            entry.day.isoformat(),
            entry.kind.value,
            entry.cents,
            entry.method or "",
            entry.code or "",
        ],
    )


def titles_of(items: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Title and barcode of items, for a screen that shows open fees. One statement."""
    if not items:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item.id, title.title, item.barcode FROM catalog_item AS item"
            " JOIN catalog_title AS title ON title.id = item.title_id"
            f" WHERE item.id IN ({', '.join(['%s'] * len(items))})",
            list(items),
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def _entry(row: FeeEntry) -> Entry:
    return Entry(
        EntryKind(row.kind),
        row.cents,
        row.day,
        Method(row.method) if row.method else None,
        Code(row.reason) if row.reason else None,
    )


def _line(row: FeeLine, entries: list[Entry]) -> Line:
    # Their ids are random: within a day the order is that of the kinds, a charge first.
    entries.sort(key=lambda entry: (entry.day, _ORDER[entry.kind]))
    return Line(
        FeeKind(row.kind),
        row.amount,
        row.outstanding,
        row.day,
        row.branch,
        row.item_id,
        tuple(entries),
        row.id,
    )
