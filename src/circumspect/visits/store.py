"""The annex's own database: sums are added to it now and then, and read from it.

Now and then is once an hour and when the process stops, never at the look itself: a database file that is
copied twice, or a journal that is left behind, tells what changed in between. SQLite keeps no write-ahead log
here for that reason, and overwrites what it deletes.

Source: clauses TH-2.3, TH-2.8; guarantee 12.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from circumspect.visits.counting import Sums
from circumspect.visits.settings import Settings
from circumspect.visits.tables import ADDRESS, AREA, COUNTS, TABLES, Table, adding, making

_PRAGMAS = ("journal_mode=DELETE", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")


class StoreError(Exception):
    """The annex's database cannot be used. The message says which and why, and holds no password."""


class Store:
    """The annex's tables.

    Args:
        settings: Where they are.
        to_read: Open what is there and make nothing.

    Raises:
        StoreError: The database cannot be opened.
    """

    def __init__(self, settings: Settings, *, to_read: bool = False) -> None:
        self._on_file = not settings.database
        try:
            self._connection = _file(settings, to_read) if self._on_file else _server(settings)
            if not to_read:
                self._make(settings)
        except (sqlite3.Error, OSError) as problem:
            raise StoreError(
                f"the visits database {settings.file} cannot be opened ({type(problem).__name__})"
            ) from problem

    def close(self) -> None:
        """Let the database go."""
        self._connection.close()

    def add(self, sums: Sums) -> None:
        """Add to the sums, all in one transaction."""
        with self._transaction() as run:
            for table, rows in sums.items():
                for key, numbers in rows.items():
                    run(adding(table), [*key, *numbers])

    def days(self) -> set[str]:
        """The days of which anything is counted."""
        return {row[0] for row in self.rows(f"SELECT DISTINCT day FROM {AREA.name}")}

    def forget_addresses(self, now: dt.datetime, hours: int) -> None:
        """Let go of addresses whose hours are over; with 0, of the whole table."""
        with self._transaction() as run:
            if hours:
                edge = now - dt.timedelta(hours=hours)
                run(f"DELETE FROM {ADDRESS.name} WHERE hour <= %s", [edge.strftime("%Y-%m-%dT%H")])
            else:
                run(f"DROP TABLE IF EXISTS {ADDRESS.name}", [])

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(self._spelled(statement), list(values))
            found = [tuple(row) for row in cursor.fetchall()]
        if not self._on_file:
            self._connection.rollback()
        return found

    def _make(self, settings: Settings) -> None:
        with self._transaction() as run:
            for table in TABLES if settings.keep_hours else COUNTS:
                run(making(table), [])
        if not settings.keep_hours:
            self.forget_addresses(dt.datetime.now(dt.UTC), 0)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        cursor = self._connection.cursor()
        try:
            if self._on_file:
                cursor.execute("BEGIN IMMEDIATE")
            yield lambda statement, values: cursor.execute(self._spelled(statement), values)
        except BaseException:
            self._connection.rollback()
            raise
        else:
            self._connection.commit()
        finally:
            cursor.close()

    def _spelled(self, statement: str) -> str:
        return statement.replace("%s", "?") if self._on_file else statement


def since(table: Table, *what: str) -> str:
    """A query for the sums of a table from one day to another, both included, by some of its keys."""
    sums = ", ".join(f"SUM({name})" for name in table.sums)
    keys = ", ".join(what)
    period = "month BETWEEN %s AND %s" if "month" in table.keys else "day BETWEEN %s AND %s"
    chosen = f"{keys}, {sums}" if what else sums
    return f"SELECT {chosen} FROM {table.name} WHERE {period}" + (
        f" GROUP BY {keys} ORDER BY {keys}" if what else ""
    )


def _file(settings: Settings, to_read: bool) -> Any:
    if to_read:
        return sqlite3.connect(
            f"{settings.file.absolute().as_uri()}?mode=ro", uri=True, timeout=20, check_same_thread=False
        )
    settings.folder.mkdir(mode=0o700, exist_ok=True)
    connection = sqlite3.connect(settings.file, timeout=20, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    settings.file.chmod(0o600)
    return connection


def _server(settings: Settings) -> Any:
    import psycopg

    try:
        return psycopg.connect(settings.database, connect_timeout=10)
    except psycopg.Error as problem:
        # Its own words may quote the address, and with it the password.
        raise StoreError(
            f"the visits database named in [visits] database cannot be opened ({type(problem).__name__})"
        ) from None
