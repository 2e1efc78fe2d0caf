"""Backup and restore: records and keys apart, each useless alone, together the library again."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import circumspect, free_port, is_one_plain_sentence, on_home, serving
from test_cli_keys import FIND, FOUND


@pytest.fixture(scope="module")
def archives(made_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The two archives of the sample library."""
    folder = tmp_path_factory.mktemp("backups")
    made = circumspect("backup", folder, "--home", made_sample, "--json").json
    assert [each["kind"] for each in made] == ["records", "keys"]
    return Path(made[0]["path"]), Path(made[1]["path"])


@pytest.mark.clause("TH-1.8")
def test_archives_say_kind_and_day_and_the_keys_when_they_must_be_destroyed(
    archives: tuple[Path, Path],
) -> None:
    records, keys = archives

    assert re.fullmatch(r"circumspect-records-\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz", records.name)
    found = re.fullmatch(
        r"circumspect-keys-(\d{4}-\d\d-\d\d)T\d{6}Z-destroy-by-(\d{4}-\d\d-\d\d)\.tar\.gz", keys.name
    )
    assert found
    made_on, destroy_by = (dt.date.fromisoformat(found.group(number)) for number in (1, 2))
    assert destroy_by - made_on == dt.timedelta(days=30)
    assert {stat.S_IMODE(path.stat().st_mode) for path in archives} == {0o600}


@pytest.mark.attack(1)
def test_neither_archive_holds_what_the_other_needs(archives: tuple[Path, Path]) -> None:
    """The records' archive holds no key, the keys' archive no record; no name is readable in either."""
    records, keys = (_contents(path) for path in archives)

    assert set(records) == {"config.toml", "records.sqlite3", "ledger.sqlite3", "manifest.json"}
    assert set(keys) == {"kek-0001.key", "keys.sqlite3", "ledger.ed25519", "manifest.json"}
    for name in (b"Okafor-Lindqvist", b"21234000000018", b"mokaforlindqvist"):
        assert not [
            each
            for each in (*records.values(), *keys.values())
            if name in each and b"StaffMember" not in each
        ] or (
            # The director works here: her name as a colleague stands in the staff table, and nowhere else.
            name == b"Okafor-Lindqvist"
        )
    for key in (keys["ledger.ed25519"], keys["kek-0001.key"].split()[1]):
        assert not [each for each in records.values() if key in each]


def test_both_together_are_the_library_again(archives: tuple[Path, Path], tmp_path: Path) -> None:
    records, keys = archives

    done = circumspect("restore", tmp_path / "again", "--records", records, "--keys", keys)

    assert done.code == 0, done.errors
    closed = circumspect("serve", "--home", tmp_path / "again")
    assert is_one_plain_sentence(closed)
    assert "circumspect replay" in closed.errors
    assert circumspect("replay", "--none-newer", "--home", tmp_path / "again").code == 0
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["config.toml", "data", "keys"]
    assert on_home(tmp_path / "again", FIND).output == FOUND
    assert {oct(stat.S_IMODE(path.stat().st_mode) & 0o077) for path in (tmp_path / "again").rglob("*")} == {
        "0o0"
    }


def test_an_open_library_can_be_backed_up(sample: Path, tmp_path: Path) -> None:
    with serving(sample, free_port()):
        made = circumspect("backup", tmp_path / "b", "--home", sample, "--json").json

    done = circumspect("restore", tmp_path / "again", "--records", made[0]["path"], "--keys", made[1]["path"])
    assert done.code == 0, done.errors


def test_one_kind_alone_can_be_made(made_empty: Path, tmp_path: Path) -> None:
    assert circumspect("backup", tmp_path / "r", "--records", "--home", made_empty).code == 0
    assert circumspect("backup", tmp_path / "k", "--keys", "--home", made_empty).code == 0

    assert [path.name.split("-")[1] for path in (tmp_path / "r").iterdir()] == ["records"]
    assert [path.name.split("-")[1] for path in (tmp_path / "k").iterdir()] == ["keys"]


def _flipped(contents: dict[str, bytes]) -> None:
    contents["ledger.sqlite3"] = contents["ledger.sqlite3"].replace(b"allowed", b"refused", 1)


def _flipped_and_signed_off(contents: dict[str, bytes]) -> None:
    """A careful forger mends the manifest too: the ledger itself must tell."""
    import hashlib

    entry = b'"outcome":"allowed"'
    assert entry in contents["ledger.sqlite3"]
    contents["ledger.sqlite3"] = contents["ledger.sqlite3"].replace(entry, b'"outcome":"refused"', 1)
    manifest = json.loads(contents["manifest.json"])
    manifest["sha256"]["ledger.sqlite3"] = hashlib.sha256(contents["ledger.sqlite3"]).hexdigest()
    contents["manifest.json"] = json.dumps(manifest).encode()


def _one_more(contents: dict[str, bytes]) -> None:
    contents["extra.key"] = b"x"


def _one_less(contents: dict[str, bytes]) -> None:
    del contents["records.sqlite3"]


def _climbing(contents: dict[str, bytes]) -> None:
    contents["../climbed"] = b"x"


def _no_manifest(contents: dict[str, bytes]) -> None:
    del contents["manifest.json"]


@pytest.mark.attack(1)
@pytest.mark.parametrize(
    "spoil",
    [_flipped, _flipped_and_signed_off, _one_more, _one_less, _climbing, _no_manifest],
    ids=lambda f: f.__name__,
)
def test_a_changed_archive_is_refused_and_nothing_is_left(
    signed_archives: tuple[Path, Path], tmp_path: Path, spoil: Callable[[dict[str, bytes]], None]
) -> None:
    records, keys = signed_archives
    contents = _contents(records)
    spoil(contents)
    spoiled = _packed(contents, tmp_path / "spoiled.tar.gz")

    done = circumspect("restore", tmp_path / "again", "--records", spoiled, "--keys", keys)

    assert is_one_plain_sentence(done), done
    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "climbed").exists()


@pytest.fixture(scope="module")
def signed_archives(made_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The two archives of a sample library whose ledger is signed."""
    folder = tmp_path_factory.mktemp("signed")
    assert circumspect("ledger", "checkpoint", "--home", made_sample).code == 0
    made = circumspect("backup", folder, "--home", made_sample, "--json").json
    return Path(made[0]["path"]), Path(made[1]["path"])


def test_a_torn_archive_is_refused(archives: tuple[Path, Path], tmp_path: Path) -> None:
    records, keys = archives
    torn = tmp_path / "torn.tar.gz"
    torn.write_bytes(records.read_bytes()[: records.stat().st_size // 2])

    done = circumspect("restore", tmp_path / "again", "--records", torn, "--keys", keys)

    assert is_one_plain_sentence(done)
    assert "is damaged" in done.errors


@pytest.mark.attack(1)
def test_keys_of_another_library_are_refused(
    archives: tuple[Path, Path], made_empty: Path, tmp_path: Path
) -> None:
    other = circumspect("backup", tmp_path / "b", "--keys", "--home", made_empty, "--json").json[0]["path"]

    done = circumspect("restore", tmp_path / "again", "--records", archives[0], "--keys", other)

    assert is_one_plain_sentence(done)
    assert "of different libraries" in done.errors
    assert not (tmp_path / "again").exists()


@pytest.mark.clause("TH-1.8")
def test_keys_past_their_day_are_refused_unless_that_is_meant(
    archives: tuple[Path, Path], tmp_path: Path
) -> None:
    records, keys = archives
    contents = _contents(keys)
    manifest = json.loads(contents["manifest.json"])
    manifest["destroy_by"] = "2026-01-31"
    contents["manifest.json"] = json.dumps(manifest).encode()
    old = _packed(contents, tmp_path / "old.tar.gz")

    refused = circumspect("restore", tmp_path / "again", "--records", records, "--keys", old)
    meant = circumspect("restore", tmp_path / "again", "--records", records, "--keys", old, "--past-its-day")

    assert is_one_plain_sentence(refused)
    assert "was to be destroyed by 2026-01-31" in refused.errors
    assert meant.code == 0


def test_a_home_is_not_restored_over_another(archives: tuple[Path, Path], empty: Path) -> None:
    done = circumspect("restore", empty, "--records", archives[0], "--keys", archives[1])

    assert is_one_plain_sentence(done)
    assert (
        on_home(empty, "print(house.home.setting('library', 'name', ''))").output == "Clover Public Library\n"
    )


def test_a_database_password_does_not_travel_with_the_records(empty: Path, tmp_path: Path) -> None:
    config = empty / "config.toml"
    note = '# was: records = "postgresql://circ:hunter2%40x@db.example.org/records"\n'
    config.write_text(note + config.read_text())

    made = circumspect("backup", tmp_path / "b", "--records", "--home", empty, "--json").json

    text = _contents(Path(made[0]["path"]))["config.toml"].decode()
    assert "hunter2" not in text
    assert "postgresql://circ@db.example.org/records" in text


def test_nor_does_one_that_stands_elsewhere_in_the_address(empty: Path, tmp_path: Path) -> None:
    config = empty / "config.toml"
    was = [
        "postgresql://:hunter2@one.example.org/records",
        "postgresql://two.example.org/records?user=circ&password=hunter2&sslmode=verify-full",
        "postgresql://circ@three.example.org/records?sslpassword=hunter2",
    ]
    config.write_text("".join(f'# was: "{address}"\n' for address in was) + config.read_text())

    made = circumspect("backup", tmp_path / "b", "--records", "--home", empty, "--json").json

    text = _contents(Path(made[0]["path"]))["config.toml"].decode()
    assert "hunter2" not in text
    assert all(f"{number}.example.org/records" in text for number in ("one", "two", "three"))


def test_a_database_is_copied_over_the_line_that_its_address_asks_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever sits between us and the database would else read records and keys as they are backed up."""
    from circumspect.faces.cli import archives as made
    from circumspect.faces.cli.problems import CommandError
    from circumspect.settings import _postgresql

    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\nenv > "{tmp_path}/said"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    address = (
        "postgresql://circ:hunter2@db.example.org:5433/records?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    )

    made.run_postgresql(["pg_dump"], _postgresql(address))

    said = (tmp_path / "said").read_text().splitlines()
    assert {
        "PGSSLMODE=verify-full",
        "PGSSLROOTCERT=/etc/ca.pem",
        "PGHOST=db.example.org",
        "PGPORT=5433",
        "PGPASSWORD=hunter2",
    } <= set(said)
    (tmp_path / "said").unlink()
    with pytest.raises(CommandError, match="cannot be told sslsomething"):
        made.run_postgresql(["pg_dump"], _postgresql(f"{address}&sslsomething=strict"))
    assert not (tmp_path / "said").exists()


def test_a_missing_pg_dump_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from circumspect.faces.cli import archives as made
    from circumspect.faces.cli.problems import CommandError

    monkeypatch.setenv("PATH", str(tmp_path))
    told = {"HOST": "db", "PORT": "", "USER": "u", "PASSWORD": "p", "NAME": "n"}

    with pytest.raises(CommandError, match="pg_dump is missing: install PostgreSQL's client programs"):
        made.run_postgresql(["pg_dump"], told)


@pytest.mark.clause("TH-1.8")
def test_backups_of_keys_past_their_day_are_deleted_where_new_ones_are_made(
    made_empty: Path, tmp_path: Path
) -> None:
    ended = tmp_path / "circumspect-keys-2026-01-01T000000Z-destroy-by-2026-01-31.tar.gz.age"
    living = tmp_path / "circumspect-keys-2026-01-01T000000Z-destroy-by-2999-01-31.tar.gz"
    for path in (ended, living):
        path.write_bytes(b"x")

    done = circumspect("backup", tmp_path, "--keys", "--home", made_empty)

    assert ended.name in done.output
    assert (ended.exists(), living.exists()) == (False, True)


@pytest.mark.attack(1)
def test_backups_encrypted_to_a_key_kept_elsewhere_open_with_it_alone(empty: Path, tmp_path: Path) -> None:
    secret = tmp_path / "backup.key"
    said = circumspect("backup-key", secret).output
    public = re.search(r"age1[0-9a-z]+", said)
    assert public
    assert "AGE-SECRET" not in said
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    config = empty / "config.toml"
    config.write_text(config.read_text().replace("age = []", f'age = ["{public[0]}"]'))

    made = circumspect("backup", tmp_path / "b", "--home", empty, "--json").json
    records, keys = made[0]["path"], made[1]["path"]

    assert records.endswith(".tar.gz.age")
    assert Path(records).read_bytes().startswith(b"age-encryption.org/v1")
    words = ("restore", tmp_path / "again", "--records", records, "--keys", keys)
    assert "is encrypted" in circumspect(*words).errors
    other = tmp_path / "other.key"
    circumspect("backup-key", other)
    assert "does not open with this age key" in circumspect(*words, "--identity", other).errors
    assert not (tmp_path / "again").exists()
    done = circumspect(*words, "--identity", secret)
    assert done.code == 0, done.errors
    assert "is there already" in circumspect("backup-key", secret).errors


def test_what_is_no_age_key_is_refused_before_anything_is_copied(empty: Path, tmp_path: Path) -> None:
    config = empty / "config.toml"
    config.write_text(config.read_text().replace("age = []", 'age = ["age1nonsense"]'))

    done = circumspect("backup", tmp_path / "b", "--home", empty)

    assert is_one_plain_sentence(done)
    assert list((tmp_path / "b").iterdir()) == []


def _contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path, "r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


def _packed(contents: dict[str, bytes], path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
