"""Take what was just forgotten out of SQLite's write-ahead log as well.

SQLite writes over what it deletes (secure_delete), but the log beside the database keeps the pages as
they were until it is written anew. Whoever copied the folder meanwhile would read from it what the
tables no longer hold: a returned loan's link, a destroyed key. So the log is emptied at once.

PostgreSQL keeps old rows until it vacuums; there a returned loan's link is only as secret as the disk.

Source: guarantees 1 and 7; clauses TH-1.11, TH-1.19.
"""

from __future__ import annotations

import time
from functools import partial
from threading import Lock

from django.db import connections, transaction

# Somebody may be reading an older state: wait this long for them, and leave the rest to the next wiping.
_PATIENCE_MS = 50
# A log wiped this recently is left to ``wipe_owed``.
_PAUSE_SECONDS = 1.0

_lock = Lock()
_wiped_at: dict[str, float] = {}
_owed: set[str] = set()


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


def wipe_log_soon(alias: str) -> None:
    """Empty the log after the running transaction, unless that was done a moment ago: then ``wipe_owed`` does."""
    transaction.on_commit(partial(_wipe_or_owe, alias), using=alias, robust=True)


def wipe_owed() -> None:
    """Empty the logs that are waiting for it. Whoever serves calls this every second."""
    with _lock:
        owed = set(_owed)
        _owed.clear()
    for alias in owed:
        _wipe_or_owe(alias, at_once=True)


def _wipe_or_owe(alias: str, *, at_once: bool = False) -> None:
    with _lock:
        now = time.monotonic()
        due = at_once or now - _wiped_at.get(alias, float("-inf")) >= _PAUSE_SECONDS
        if due:
            _wiped_at[alias] = now
    if not (due and wipe_log(alias)):
        with _lock:
            _owed.add(alias)
