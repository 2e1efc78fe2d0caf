"""Take what was just forgotten out of SQLite's write-ahead log as well.

SQLite writes over what it deletes (secure_delete), but the log beside the database keeps the pages as
they were until it is written anew. Whoever copied the folder meanwhile would read from it what the
tables no longer hold: a returned loan's link, a destroyed key. So the log is emptied at once.

PostgreSQL keeps old rows until it vacuums; there a returned loan's link is only as secret as the disk.

Source: guarantees 1 and 7; clauses TH-1.11, TH-1.19.
"""

from __future__ import annotations

from functools import partial

from django.db import connections, transaction

# Somebody may be reading an older state: wait this long for them, and leave the rest to the next wiping.
_PATIENCE_MS = 50


def wipe_log(alias: str) -> bool:
    """Empty the log of one database; whether nothing of it is left. Within a transaction it does nothing."""
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return connection.vendor != "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        patience = int(cursor.fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = bool(cursor.fetchone()[0])
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
    return not busy


def wipe_log_after_commit(alias: str) -> None:
    """Empty the log as soon as the running transaction has been committed; at once where none runs."""
    # Robust: the deed is done and committed; a log that could not be emptied is emptied by the next one.
    transaction.on_commit(partial(wipe_log, alias), using=alias, robust=True)
