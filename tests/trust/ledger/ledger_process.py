"""A process that writes into the ledger of CIRCUMSPECT_HOME, for tests that kill it or run several.

    make                      make the ledger's tables
    append THREADS COUNT [TWIN]   append from several threads; print each receipt as it is had
    die [TWIN]                kill a child at each step of an append; print what each left behind

TWIN names a deliberately broken way of writing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from ledger_world import make_body, make_mark  # noqa: E402

from circumspect.trust.ledger import writing  # noqa: E402
from circumspect.trust.ledger.body import Leaf  # noqa: E402
from circumspect.trust.ledger.store import Ledger  # noqa: E402


def without_a_transaction(raw: Any, leaves: Sequence[Leaf]) -> int:
    """Each statement commits by itself."""
    return writing._write_rows(raw.cursor(), leaves, writing._SQLITE3)


def receipt_before_commit(raw: Any, leaves: Sequence[Leaf]) -> int:
    """The commit is left for later."""
    raw.execute("BEGIN IMMEDIATE")
    return writing._write_rows(raw.cursor(), leaves, writing._SQLITE3)


def number_read_before_the_lock(raw: Any, leaves: Sequence[Leaf]) -> int:
    """Reads the next number, thinks, then writes under it."""
    rows = raw.execute("SELECT size FROM ledger_head").fetchall()
    first = rows[0][0] if rows else 0
    time.sleep(0.002)
    raw.execute("INSERT OR REPLACE INTO ledger_head (id, size) VALUES (1, ?)", (first + 1,))
    put = "INSERT OR REPLACE INTO ledger_entry (idx, body, leaf_hash) VALUES (?, ?, ?)"
    raw.execute(put, (first, leaves[0].text, leaves[0].hash))
    return int(first)


TWINS = {
    twin.__name__: twin
    for twin in (without_a_transaction, receipt_before_commit, number_read_before_the_lock)
}


def append(threads: int, count: int) -> None:
    """Append from several threads at once."""
    ledger, printing = Ledger(), threading.Lock()

    def work() -> None:
        for _ in range(count):
            receipt = ledger.append(make_body(), [make_mark(), make_mark()])
            with printing:
                sys.stdout.write(json.dumps([receipt.index, receipt.leaf_hash.hex()]) + "\n")
                sys.stdout.flush()
        connections["ledger"].close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def die() -> None:
    """Kill a child before each statement of an append, and once after it returned; report each."""
    Ledger().append(make_body(), [make_mark(), make_mark()])
    connections["ledger"].close()
    for step in range(1, 20):
        had = count("ledger_entry")
        connections["ledger"].close()
        told_here, told_there = os.pipe()
        child = os.fork()
        if child == 0:
            append_and_die(step, told_there)
        os.close(told_there)
        os.waitpid(child, 0)
        told = os.read(told_here, 10)
        os.close(told_here)
        entries = count("ledger_entry")
        left = {
            "step": step,
            "receipt": b"receipt" in told,
            "written": entries - had,
            "entries": entries,
            "marks": count("ledger_entry_mark"),
            "head": ask("SELECT coalesce(max(size), 0) FROM ledger_head"),
        }
        sys.stdout.write(json.dumps(left) + "\n")
        if left["receipt"]:
            break


def append_and_die(step: int, told: int) -> None:
    """In a child: die when the ``step``-th statement begins, or after the receipt."""
    connection = connections["ledger"]
    connection.ensure_connection()
    seen = 0

    def count_down(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    connection.connection.set_trace_callback(count_down)
    Ledger().append(make_body(), [make_mark(), make_mark()])
    os.write(told, b"receipt")
    os.kill(os.getpid(), signal.SIGKILL)


def count(table: str) -> int:
    """Rows in a table."""
    return ask(f"SELECT count(*) FROM {table}")


def ask(statement: str) -> int:
    """One number from the database."""
    connections["ledger"].ensure_connection()
    return int(connections["ledger"].connection.execute(statement).fetchone()[0])


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if arguments and arguments[-1] in TWINS:
        writing._write_sqlite = TWINS[arguments.pop()]
    if command == "make":
        call_command("migrate", "ledger", database="ledger", verbosity=0)
    elif command == "append":
        append(*(int(argument) for argument in arguments))
    else:
        die()
