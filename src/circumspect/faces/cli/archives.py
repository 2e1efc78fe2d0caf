"""Back up a home as two archives that are kept apart: the records with the ledger, and the keys.

Either alone reads nothing. The records' archive is made first: a patron who registers in between then
has a key too many, never one too few, and whoever is forgotten in between stays forgotten. An archive's
name says its kind and when it was made; the keys' also says the day on which it must be destroyed, for
a key that lives on in a backup has not forgotten anybody. Both carry the list of erasures as it was, and
past their day the keys' archives in the same folder are deleted. Where the library has named age keys, archives
are encrypted to them.

SQLite is copied by its own online backup, PostgreSQL by pg_dump: a library that is open stays open.

Source: ARCHITECTURE.md, "How patron information rests"; guarantee 7.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings

from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import CommandError
from circumspect.home import BACKUPS, CONFIG_NAME, Home
from circumspect.trust.ledger.checkpoint import KEY_FILE, Signer
from circumspect.trust.ledger.errors import LedgerError
from circumspect.trust.vault import erasures

RECORDS = "records"
KEYS = "keys"
MANIFEST = "manifest.json"
FORMAT = 1
KEYS_LIVE_DAYS = 30
# Which databases are in which archive: alias in Django, name in the archive.
DATABASES = {RECORDS: {"default": "records", "ledger": "ledger"}, KEYS: {"keys": "keys"}}
_PASSWORD = re.compile(r"(postgres(?:ql)?://[^:@/\"]*):[^@\"]*@")
_PASSWORD_BESIDE = re.compile(r"([?&](?:ssl)?password=)[^&\"\s]*", re.IGNORECASE)
# What an address in [database] may say besides, as PostgreSQL's own programs are told it (libpq, "Environment Variables").
_BESIDE = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "client_encoding": "PGCLIENTENCODING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "hostaddr": "PGHOSTADDR",
    "krbsrvname": "PGKRBSRVNAME",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "password": "PGPASSWORD",
    "port": "PGPORT",
    "require_auth": "PGREQUIREAUTH",
    "requirepeer": "PGREQUIREPEER",
    "service": "PGSERVICE",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcertmode": "PGSSLCERTMODE",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "sslsni": "PGSSLSNI",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "user": "PGUSER",
}
_CHUNK = 1 << 20
_DESTROY_BY = re.compile(r"-destroy-by-(\d{4}-\d\d-\d\d)\.")


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive that was made."""

    kind: str
    path: Path
    destroy_by: dt.date | None


def back_up(home: Home, folder: Path, kinds: tuple[str, ...], *, as_json: bool) -> list[Archive]:
    """Make archives in a folder, and say what to do with them.

    Args:
        kinds: RECORDS, KEYS or both; records first.

    Raises:
        CommandError: A database cannot be copied; no archive is left half made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    ended = destroy_ended(folder, now.date())
    readers = recipients(home)
    _sign(home)
    made = [_make(home, folder, kind, now, readers) for kind in kinds]
    with (home.root / BACKUPS).open("a", encoding="utf-8") as log:
        log.write(json.dumps({"at": now.isoformat(timespec="seconds"), "kinds": list(kinds)}) + "\n")
    if as_json:
        say_json(
            [{"kind": each.kind, "path": str(each.path), "destroy_by": each.destroy_by} for each in made]
        )
        return made
    for path in ended:
        say(f"Past its day, and deleted: {path.name}")
    for each in made:
        until = f"; it must be destroyed by {each.destroy_by}" if each.destroy_by else ""
        say(f"{each.kind.capitalize()}: {each.path}{until}")
    if len(made) > 1:
        say("Now move one of them to another place: whoever has both has everything.")
    return made


def make_plain(home: Home, folder: Path) -> None:
    """Both archives, encrypted to nobody: for a drill, which destroys them itself."""
    folder.mkdir(mode=0o700, parents=True)
    _sign(home)
    for kind in (RECORDS, KEYS):
        _make(home, folder, kind, dt.datetime.now(dt.UTC), readers=[])


def _make(
    home: Home, folder: Path, kind: str, now: dt.datetime, readers: list[pyrage.x25519.Recipient]
) -> Archive:
    destroy_by = now.date() + dt.timedelta(days=KEYS_LIVE_DAYS) if kind == KEYS else None
    until = f"-destroy-by-{destroy_by}" if destroy_by else ""
    ending = ".tar.gz.age" if readers else ".tar.gz"
    path = folder / f"circumspect-{kind}-{now:%Y-%m-%dT%H%M%SZ}{until}{ending}"
    with tempfile.TemporaryDirectory(prefix=".being-made-", dir=folder) as made_in:
        parts = Path(made_in)
        for alias, name in DATABASES[kind].items():
            _copy_database(alias, name, parts)
        if kind == KEYS:
            for name in key_files(home):
                (parts / name).write_bytes(home.read_key_file(name))
        else:
            text = (home.root / CONFIG_NAME).read_text(encoding="utf-8")
            # A database password is a key of its own kind: it does not travel with the records.
            text = _PASSWORD_BESIDE.sub(r"\1", _PASSWORD.sub(r"\1@", text))
            (parts / CONFIG_NAME).write_text(text, encoding="utf-8")
        _copy_erasures(home, parts)
        manifest = _manifest(home, kind, now, destroy_by, parts)
        (parts / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        _pack(parts, path, readers)
    return Archive(kind, path, destroy_by)


def _sign(home: Home) -> None:
    """So that a restored ledger can be judged whole. One that cannot be signed is backed up all the same."""
    # Only here: it holds models, and a restore reads archives before there is a home to start on.
    from circumspect.trust.ledger.store import Ledger

    try:
        Ledger(Signer(home.read_key_file(KEY_FILE))).checkpoint()
    except LedgerError as problem:
        say(f"Not signed: {problem}")


def recipients(home: Home) -> list[pyrage.x25519.Recipient]:
    """The age keys that backups are encrypted to; none where the library has named none.

    Raises:
        CommandError: One of them is no age key.
    """
    named = home.setting("backup", "age", [])
    try:
        return [pyrage.x25519.Recipient.from_str(str(each)) for each in named]
    except (pyrage.RecipientError, TypeError):
        raise CommandError(
            "[backup] age in config.toml must be a list of public keys such as age1..."
        ) from None


def destroy_ended(folder: Path, today: dt.date) -> list[Path]:
    """Delete the keys' archives in a folder whose day is over; which they were."""
    ended = []
    for path in sorted(folder.glob("circumspect-keys-*-destroy-by-*.tar.gz*")):
        found = _DESTROY_BY.search(path.name)
        if found and dt.date.fromisoformat(found[1]) < today:
            path.unlink()
            ended.append(path)
    return ended


def _copy_erasures(home: Home, parts: Path) -> None:
    source = home.root / erasures.FILE
    if source.exists():
        (parts / erasures.FILE).write_bytes(source.read_bytes())


def key_files(home: Home) -> list[str]:
    """The key files of a home, by name."""
    keks = sorted(path.name for path in home.keys.iterdir() if re.fullmatch(r"kek-\d{4}\.key", path.name))
    return [*keks, KEY_FILE]


def _manifest(
    home: Home, kind: str, now: dt.datetime, destroy_by: dt.date | None, parts: Path
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "kind": kind,
        # The ledger's public key tells which library it is, and so which two archives belong together.
        "ledger": Signer(home.read_key_file(KEY_FILE)).vkey,
        "made_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "destroy_by": destroy_by.isoformat() if destroy_by else None,
        "sha256": {path.name: sha256(path) for path in sorted(parts.iterdir())},
    }


def sha256(path: Path) -> str:
    """A file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(parts: Path, path: Path, readers: list[pyrage.x25519.Recipient]) -> None:
    unfinished = parts.parent / f"{parts.name}.tar.gz"
    sealed = parts.parent / f"{parts.name}.tar.gz.age"
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
                for part in sorted(parts.iterdir()):
                    archive.add(part, arcname=part.name, filter=_nameless)
            out.flush()
            os.fsync(out.fileno())
        if readers:
            pyrage.encrypt_file(str(unfinished), str(sealed), readers)
            sealed.chmod(0o600)
            with sealed.open("rb") as written:
                os.fsync(written.fileno())
            sealed.rename(path)
        else:
            unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
        sealed.unlink(missing_ok=True)


def _nameless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The archive says nothing of who made it on which account."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


# databases


def _copy_database(alias: str, name: str, parts: Path) -> None:
    told = settings.DATABASES[alias]
    if told["ENGINE"].endswith("sqlite3"):
        _copy_sqlite(Path(told["NAME"]), parts / f"{name}.sqlite3")
    else:
        run_postgresql(
            ["pg_dump", "--format=custom", "--no-owner", f"--file={parts / f'{name}.pgdump'}"], told
        )


def _copy_sqlite(source: Path, target: Path) -> None:
    try:
        with _connected(source) as read, _connected(target) as written:
            read.backup(written, pages=1000)
            # One file in the archive, with no log beside it.
            written.execute("PRAGMA journal_mode=DELETE")
            if written.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise CommandError(
                    f"the database {source.name} is damaged: its copy fails SQLite's own check"
                )
    except sqlite3.DatabaseError as problem:
        raise CommandError(
            f"the database {source.name} cannot be copied ({type(problem).__name__})"
        ) from problem


class _connected:
    """A SQLite connection that is closed, not only committed, at the block's end."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=20)

    def __enter__(self) -> sqlite3.Connection:
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def run_postgresql(command: list[str], told: Mapping[str, Any]) -> None:
    """Run one of PostgreSQL's own programs on a configured database, over the line that its address asks for.

    Raises:
        CommandError: The program is missing, or says no. Its own words are left out: they may quote a row. Or the
            address says something that the program cannot be told: it would go without, such as without TLS.
    """
    beside = {str(name): str(value) for name, value in told.get("OPTIONS", {}).items()}
    if unknown := sorted(beside.keys() - _BESIDE.keys()):
        raise CommandError(
            f"[database]: {command[0]} cannot be told {', '.join(unknown)}. Leave it out of the address, or"
            " back the database up by PostgreSQL's own means"
        )
    ours = {
        "PGHOST": str(told["HOST"]),
        "PGPORT": str(told["PORT"]),
        "PGUSER": str(told["USER"]),
        "PGPASSWORD": str(told["PASSWORD"]),
        "PGDATABASE": str(told["NAME"]),
    }
    # As the driver has it: what the address says before its question mark counts first.
    asked = {_BESIDE[name]: value for name, value in beside.items()}
    environment = {**os.environ, **asked, **{key: value for key, value in ours.items() if value}}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603 - our own words only
    except FileNotFoundError:
        raise CommandError(
            f"{command[0]} is missing: install PostgreSQL's client programs (on Debian: postgresql-client)"
        ) from None
    if done.returncode != 0:
        mismatch = b"version mismatch" in done.stderr
        why = (
            "its version is older than the server's" if mismatch else f"it ended with code {done.returncode}"
        )
        raise CommandError(f"{command[0]} could not do its work: {why}")


def entries(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The plain files of an archive.

    Raises:
        CommandError: Something else is in it: it is not one of ours.
    """
    for member in archive:
        if not member.isfile() or "/" in member.name or member.name.startswith("."):
            raise CommandError("the archive holds something that no backup of ours holds")
        yield member
