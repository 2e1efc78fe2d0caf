"""Guarantee 3, short form: the entry is durable before the first field can be read.

The long form is ``python -m tests.attacks.written_before_seen --full``, or ATTACKS=long.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from written_before_seen import TWINS, Desk, Witness, under_faults

from circumspect.trust.ledger.models import Entry

pytestmark = pytest.mark.attack(3)
HERE = Path(__file__).parent
LONG = os.environ.get("ATTACKS") == "long"
on_databases = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)


@pytest.fixture
def desk(house):
    """A small library at work, on the test run's databases."""
    return Desk(house)


@pytest.fixture
def witness():
    """Somebody who reads the ledger by another way."""
    settings = connections["ledger"].settings_dict
    one = Witness(settings)
    yield one
    one.close()


def storage_error() -> type[Exception]:
    """What this database's driver raises when storage fails."""
    return sqlite3.OperationalError if connections["ledger"].vendor == "sqlite" else psycopg.OperationalError


@pytest.mark.clause("MP-7.15", "MP-3.1")
@on_databases
def test_nothing_is_seen_unwritten_whichever_call_to_storage_fails(desk, witness):
    """Every statement, commit and rollback of eleven pieces of work fails once, before and after its deed."""
    found = under_faults(desk, witness, [storage_error()])

    assert found.unwritten == []
    assert found.lost == []
    assert found.failed > 100
    assert found.seen > 20


@on_databases
@pytest.mark.parametrize("twin", sorted(TWINS))
def test_a_door_that_opens_first_is_caught(desk, witness, twin):
    """The same attack on two doors broken on purpose."""
    TWINS[twin](desk.house)

    found = under_faults(desk, witness, [storage_error()], most=40)

    assert found.unwritten


@on_databases
def test_a_ledger_that_drops_entries_is_caught(desk, witness, monkeypatch):
    """One that keeps the newest entry and lets go of the one before."""
    real = desk.house.ledger.append_many

    def drop_one(entries):
        receipts = real(entries)
        Entry.objects.filter(idx=receipts[0].index - 1).delete()
        return receipts

    monkeypatch.setattr(desk.house.ledger, "append_many", drop_one)

    found = under_faults(desk, witness, [storage_error()], most=60)

    assert found.lost


def attack(*options: str) -> subprocess.CompletedProcess[str]:
    """The attack in a process and a home of its own."""
    command = [sys.executable, str(HERE / "written_before_seen.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=7200, check=False)


@pytest.mark.clause("MP-7.15")
def test_nothing_is_seen_unwritten_and_no_entry_is_lost_by_kill_9():
    """At every call to storage, before and after it, and at any moment."""
    done = attack("--full") if LONG else attack("--kills-only", "--work", "look,serve,lend,pin")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 unwritten, 0 entries lost" in done.stdout


def test_a_door_that_writes_afterwards_is_caught_by_kill_9():
    done = attack("--kills-only", "--work", "look", "--twin", "writes afterwards")

    assert done.returncode == 1
    assert "is not there after the kill" in done.stdout


@on_databases
def test_the_ledgers_commits_reach_the_disk(house):
    """SQLite waits for the disk at every commit of the ledger and of the keys; PostgreSQL does by default."""
    for alias in ("ledger", "keys", "default"):
        with connections[alias].cursor() as cursor:
            on_sqlite = connections[alias].vendor == "sqlite"
            cursor.execute("PRAGMA synchronous" if on_sqlite else "SHOW synchronous_commit")
            assert cursor.fetchone()[0] in (2, "on")
