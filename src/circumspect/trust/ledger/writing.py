"""Put entries into the ledger, durably, in one order without a gap: the hot path.

One transaction of its own, of three plain statements: take the next index, write the entry, write its
marks. Whoever takes an index holds the head until commit, so that indexes are given out in the order
of commits and an entry that fails gives its index back. The receipt exists only after the commit.

The two databases differ here and nowhere else. SQLite: BEGIN IMMEDIATE, statements straight on the
connection that Django keeps. PostgreSQL: one statement, which is one transaction and one round trip,
serialised by the row lock on the head.

Whatever fails, no number is returned. A commit whose answer was lost may have left an entry that nobody
got a receipt for: written down and not seen, which is the safe way round.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from circumspect.trust.ledger.body import Leaf
from circumspect.trust.ledger.errors import NotWrittenError

# Threads of one process queue here rather than in SQLite, whose waiters sleep and poll.
_turn = threading.Lock()

_TAKE = "UPDATE ledger_head SET size = size + %s WHERE id = 1 RETURNING size"
_ENTRY = "INSERT INTO ledger_entry (idx, body, leaf_hash) VALUES (%s, %s, %s)"
_MARK = "INSERT INTO ledger_entry_mark (entry, ordinal, epoch, link, back) VALUES (%s, %s, %s, %s, %s)"
_DJANGO = (_TAKE, _ENTRY, _MARK)
_SQLITE3 = (_TAKE.replace("%s", "?"), _ENTRY.replace("%s", "?"), _MARK.replace("%s", "?"))
# A head is made once, for an empty ledger. A head missing beside entries or checkpoints is damage:
# then nothing is written.
_FIRST = (
    "INSERT INTO ledger_head (id, size) SELECT 1, 0 WHERE NOT EXISTS (SELECT 1 FROM ledger_entry) "
    "AND NOT EXISTS (SELECT 1 FROM ledger_checkpoint WHERE size > 0) ON CONFLICT DO NOTHING"
)
_POSTGRESQL = """
WITH head AS (
    UPDATE ledger_head SET size = size + %s WHERE id = 1 RETURNING size
), entries AS (
    INSERT INTO ledger_entry (idx, body, leaf_hash)
    SELECT head.size - %s + e.place - 1, e.body, e.leaf_hash
    FROM head, unnest(%s::text[], %s::bytea[]) WITH ORDINALITY AS e (body, leaf_hash, place)
), marks AS (
    INSERT INTO ledger_entry_mark (entry, ordinal, epoch, link, back)
    SELECT head.size - %s + m.place, m.ordinal, m.epoch, m.link, m.back
    FROM head, unnest(%s::bigint[], %s::int[], %s::int[], %s::bytea[], %s::bytea[])
         AS m (place, ordinal, epoch, link, back)
)
SELECT size FROM head
"""


def write(alias: str, leaves: Sequence[Leaf]) -> int:
    """Write entries in their order, in one durable transaction of their own.

    Returns:
        The index of the first; the others follow it without a gap.

    Raises:
        NotWrittenError: They are not (known to be) durable.
    """
    connection = connections[alias]
    try:
        if connection.in_atomic_block or not connection.get_autocommit():  # get_autocommit connects
            return _write_in_block(connection, alias, leaves)
        if connection.vendor == "sqlite":
            return _write_sqlite(connection.connection, leaves)
        with connection.cursor() as cursor:
            return _write_postgresql(cursor, leaves)
    except Exception as problem:  # noqa: BLE001 - whatever went wrong, there must be no receipt
        _leave_clean(connection)
        # The database's own message is left out: it may quote the row.
        raise NotWrittenError(
            f"the ledger could not write ({type(problem).__name__}); nothing is opened"
        ) from None


def _write_in_block(connection: BaseDatabaseWrapper, alias: str, leaves: Sequence[Leaf]) -> int:
    # A commit inside somebody else's transaction is none: durable=True refuses it (all but a test's frame).
    with transaction.atomic(using=alias, durable=True), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return _write_rows(cursor, leaves, _DJANGO)
        return _write_postgresql(cursor, leaves)


def _write_sqlite(raw: sqlite3.Connection, leaves: Sequence[Leaf]) -> int:
    with _turn:
        raw.execute("BEGIN IMMEDIATE")
        try:
            first = _write_rows(raw.cursor(), leaves, _SQLITE3)
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        return first


def _write_rows(cursor: Any, leaves: Sequence[Leaf], statements: tuple[str, str, str]) -> int:
    take, put_entry, put_mark = statements
    first = index = _take(cursor, take, [len(leaves)]) - len(leaves)
    for leaf in leaves:
        cursor.execute(put_entry, (index, leaf.text, leaf.hash))
        for ordinal, mark in enumerate(leaf.marks):
            cursor.execute(put_mark, (index, ordinal, mark.epoch, mark.link, mark.back))
        index += 1
    return first


def _write_postgresql(cursor: Any, leaves: Sequence[Leaf]) -> int:
    count = len(leaves)
    marks = [
        (place, ordinal, mark.epoch, mark.link, mark.back)
        for place, leaf in enumerate(leaves)
        for ordinal, mark in enumerate(leaf.marks)
    ]
    columns = [list(column) for column in zip(*marks, strict=True)] or [[], [], [], [], []]
    texts, hashes = [leaf.text for leaf in leaves], [leaf.hash for leaf in leaves]
    return _take(cursor, _POSTGRESQL, [count, count, texts, hashes, count, *columns]) - count


def _take(cursor: Any, statement: str, parameters: Sequence[object]) -> int:
    """Run a statement that takes indexes from the head; return the head's size after it."""
    for _ in range(2):
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
        if rows:
            return int(rows[0][0])
        cursor.execute(_FIRST)
    raise NotWrittenError("the ledger's head is missing")


def _leave_clean(connection: BaseDatabaseWrapper) -> None:
    """After a failure, drop a connection that may hold half a transaction or none at all."""
    if connection.in_atomic_block:
        return
    try:
        connection.close()
    except Exception:  # noqa: BLE001 - it is being given up; the failure that matters is already being raised
        connection.connection = None
