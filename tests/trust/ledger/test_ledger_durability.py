"""Written down before it is seen: whole entries or none, one order, and no receipt for what is not on disk.

The attacks on guarantee 3 in their short form, each with a broken twin that they catch.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from circumspect.home import Home
from circumspect.trust.ledger import models, store, writing
from circumspect.trust.ledger.body import Mark
from circumspect.trust.ledger.errors import LedgerError, NotWrittenError
from circumspect.trust.ledger.store import Ledger, Receipt

PROCESS = Path(__file__).with_name("ledger_process.py")
really_committing = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)

Body = Callable[..., dict[str, Any]]
MakeMark = Callable[..., Mark]


def start(home: Home, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "CIRCUMSPECT_HOME": str(home.root)}
    command = [sys.executable, str(PROCESS), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def run(home: Home, *arguments: object) -> list[Any]:
    process = start(home, *arguments)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def own_home(home: Home) -> Home:
    """A home whose ledger is a file of its own, so that its writers can be killed."""
    run(home, "make")
    return home


def stored(home: Home) -> dict[int, str]:
    """Index and leaf hash of every entry, read without the application."""
    database = sqlite3.connect(home.data / "ledger.sqlite3")
    try:
        return {
            index: bytes(hash_).hex()
            for index, hash_ in database.execute("SELECT idx, leaf_hash FROM ledger_entry")
        }
    finally:
        database.close()


def in_one_order(receipts: list[Any], entries: dict[int, str]) -> bool:
    """Every receipt has a number of its own, and its entry; numbers have no gap."""
    numbers = sorted(index for index, _ in receipts)
    return numbers == list(range(len(receipts))) and all(
        entries.get(index) == hash_ for index, hash_ in receipts
    )


# -- one order


@pytest.mark.attack(3)
def test_two_processes_of_three_threads_share_one_order(own_home: Home) -> None:
    processes = [start(own_home, "append", 3, 30) for _ in range(2)]
    receipts = [
        json.loads(line) for process in processes for line in process.communicate(timeout=120)[0].splitlines()
    ]

    assert len(receipts) == 180
    assert in_one_order(receipts, stored(own_home))


def test_twin_that_reads_its_number_before_the_lock_is_caught(own_home: Home) -> None:
    processes = [start(own_home, "append", 3, 30, "number_read_before_the_lock") for _ in range(2)]
    receipts = [
        json.loads(line) for process in processes for line in process.communicate(timeout=120)[0].splitlines()
    ]

    assert not in_one_order(receipts, stored(own_home))


@really_committing
def test_threads_on_either_database_share_one_order(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    receipts: list[Receipt] = []

    def work() -> None:
        for turn in range(15):
            if turn % 5:
                receipts.append(ledger.append(a_body(), [a_mark()]))
            else:
                receipts.extend(ledger.append_many([(a_body(), [a_mark()]), (a_body(), [])]))
        connections["ledger"].close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = {entry.index: entry.leaf_hash.hex() for entry in ledger.entries(0, 1000)}
    assert len(receipts) == 4 * 18
    assert in_one_order([(receipt.index, receipt.leaf_hash.hex()) for receipt in receipts], entries)


@really_committing
def test_checkpoints_made_while_others_write_agree_with_the_entries(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    done = threading.Event()

    def work() -> None:
        for _ in range(60):
            ledger.append(a_body(), [a_mark()])
        done.set()
        connections["ledger"].close()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        ledger.checkpoint()
    thread.join()

    from circumspect.trust.ledger import tree

    last = ledger.checkpoint()
    assert last.size == 60
    for made in ledger.checkpoints():
        tree.check_consistency(made.size, made.root, 60, last.root, ledger.consistency_proof(made.size, 60))


# -- killed


def is_whole(left: dict[str, Any]) -> bool:
    """What a killed writer left: the entry with all its marks and its number, or nothing of it."""
    entries = int(left["entries"])
    return entries == int(left["head"]) and int(left["marks"]) == 2 * entries


def keeps_its_word(left: dict[str, Any]) -> bool:
    """Whoever got a receipt has an entry."""
    return not left["receipt"] or int(left["written"]) == 1


@pytest.mark.attack(3)
def test_killed_before_any_statement_leaves_a_whole_entry_or_none(own_home: Home) -> None:
    rounds = run(own_home, "die")

    assert len(rounds) == 7  # begin, number, entry, two marks, commit; and after the receipt
    assert all(is_whole(left) and keeps_its_word(left) for left in rounds)
    assert [left["written"] for left in rounds] == [0] * 6 + [1]
    assert rounds[-1]["receipt"]


def test_twin_without_a_transaction_is_caught(own_home: Home) -> None:
    rounds = run(own_home, "die", "without_a_transaction")

    assert not all(is_whole(left) for left in rounds)


def test_twin_that_gives_the_receipt_before_the_commit_is_caught(own_home: Home) -> None:
    rounds = run(own_home, "die", "receipt_before_commit")

    assert not all(keeps_its_word(left) for left in rounds)


@pytest.mark.attack(3)
def test_killed_at_any_moment_no_receipt_is_broken(own_home: Home) -> None:
    receipts: list[Any] = []
    for _ in range(4):
        process = start(own_home, "append", 2, 100_000)
        assert process.stdout is not None
        receipts += [json.loads(process.stdout.readline()) for _ in range(3)]
        time.sleep(random.uniform(0, 0.15))
        process.kill()
        # A line torn by the kill is a receipt that nobody got.
        receipts += [json.loads(line) for line in process.communicate()[0].splitlines() if line.endswith("]")]

    entries = stored(own_home)
    assert len(receipts) > 8
    assert all(entries.get(index) == hash_ for index, hash_ in receipts)
    assert sorted(entries) == list(range(len(entries)))


# -- cannot write


FAULTS = {
    # To fill a PostgreSQL server's disk would take the machine with it: a statement cut short stands in.
    "full": {"sqlite": "PRAGMA max_page_count = 1", "postgresql": "SET statement_timeout = '1ms'"},
    "read-only": {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET default_transaction_read_only = on"},
    "locked": {"sqlite": "PRAGMA busy_timeout = 20", "postgresql": "SET lock_timeout = '20ms'"},
    "gone": {"sqlite": "SELECT 1", "postgresql": "SELECT 1"},
}


@contextmanager
def a_fault(kind: str) -> Iterator[None]:
    """Make the ledger's database unable to write, for real."""
    connection = connections["ledger"]
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute(FAULTS[kind][connection.vendor])
    try:
        if kind == "locked":
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("UPDATE ledger_head SET size = size")
        if kind == "gone":
            lose_connection(other)
        yield
    finally:
        if kind == "locked":
            other.rollback()
        other.close()


def lose_connection(other: Any) -> None:
    connection = connections["ledger"]
    if connection.vendor == "sqlite":
        connection.connection.close()
        return
    pid = connection.connection.info.backend_pid
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    time.sleep(0.1)


def try_until_it_fails(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> list[Receipt]:
    """Append until the fault bites; give back the receipts had."""
    receipts: list[Receipt] = []
    for _ in range(50):
        try:
            receipts += ledger.append_many([(a_body(), [a_mark()]) for _ in range(50)])
        except LedgerError:
            return receipts
    return receipts


@really_committing
@pytest.mark.attack(3)
@pytest.mark.parametrize("kind", FAULTS)
def test_what_cannot_be_written_gets_no_receipt(
    ledger: Ledger, a_body: Body, a_mark: MakeMark, kind: str
) -> None:
    ledger.append(a_body(), [a_mark()])

    with a_fault(kind):
        receipts = try_until_it_fails(ledger, a_body, a_mark)

    assert len(receipts) < 2500
    assert ledger.size() == 1 + len(receipts) == models.Entry.objects.count()
    assert ledger.append(a_body(), [a_mark()]).index == 1 + len(
        receipts
    )  # the fault gone, no number is missing


@really_committing
def test_twin_that_swallows_the_fault_is_caught(
    ledger: Ledger, a_body: Body, a_mark: MakeMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.append(a_body(), [a_mark()])

    def swallow(alias: str, leaves: Any) -> int:
        try:
            return writing.write(alias, leaves)
        except LedgerError:
            return 1

    monkeypatch.setattr(store, "write", swallow)
    with a_fault("read-only"):
        receipts = try_until_it_fails(ledger, a_body, a_mark)

    assert ledger.size() != 1 + len(receipts)


@really_committing
def test_error_says_what_kind_of_fault_and_nothing_of_the_entry(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    ledger.append(a_body(), [])
    mark = a_mark()

    with a_fault("read-only"), pytest.raises(NotWrittenError) as failure:
        ledger.append(a_body(), [mark])

    assert "could not write" in str(failure.value)
    assert failure.value.__cause__ is None
    assert mark.link.hex() not in repr(failure.value)


@really_committing
@pytest.mark.parametrize("act", ["checkpoint", "drop_links", "keep_policy"])
def test_other_writing_fails_as_plainly(ledger: Ledger, a_body: Body, a_mark: MakeMark, act: str) -> None:
    from circumspect.trust.policy.policy import bundle_hash

    ledger.append_many([(a_body(), [a_mark(1)]), (a_body(), [a_mark(1)])])
    bundle = {"rules.cedar": "permit"}
    acts: dict[str, Callable[[], object]] = {
        "checkpoint": ledger.checkpoint,
        "drop_links": lambda: ledger.drop_links(1),
        "keep_policy": lambda: ledger.keep_policy(bundle_hash(bundle), json.dumps(bundle)),
    }

    with a_fault("read-only"), pytest.raises(NotWrittenError):
        acts[act]()

    connections["ledger"].close()
    assert ledger.latest_checkpoint() is None
    assert ledger.marks(0)[0].link is not None
    acts[act]()
