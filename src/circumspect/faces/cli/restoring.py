"""Make a home of two archives, and prove that they belong together before it takes its place.

Order: both archives are whole and of one library; the files are those the manifests name, byte for
byte; the databases open; the keys open the key store; the ledger verifies. Then, and not before, the
new home is put where it is wanted.

A backup brings back whom the library has forgotten since: that is why keys' archives have a day of
destruction, and why one past its day is refused unless it is said that this is meant. The newest list of
erasures is carried out upon the restored keys; until somebody has brought it, or has said that there is none,
the restored home stays closed.

Source: guarantee 7.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyrage
from django.conf import settings

from circumspect.faces.cli import archives, building, homes
from circumspect.faces.cli.console import say
from circumspect.faces.cli.problems import CommandError
from circumspect.home import CONFIG_NAME, Home
from circumspect.trust.vault import erasures


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself."""

    kind: str
    ledger: str
    made_at: str
    destroy_by: dt.date | None
    sha256: dict[str, str]


def restore(
    root: Path,
    records: Path,
    keys: Path,
    *,
    past_its_day: bool,
    lists: Sequence[Path] = (),
    identity: Path | None = None,
) -> None:
    """Restore into a new, empty folder.

    Args:
        lists: Newer lists of erasures than the archives hold.
        identity: A file with the age key that opens the archives.

    Raises:
        CommandError, HomeError, VaultError: The archives are not good, or not of one library; nothing is left.
    """
    with building.new_home(root) as place:
        place.mkdir(mode=0o700)
        for name in ("data", "keys"):
            (place / name).mkdir(mode=0o700)
        of_records = _unpack(records, archives.RECORDS, place / "data", identity)
        of_keys = _unpack(keys, archives.KEYS, place / "keys", identity)
        _refuse_strangers(of_records, of_keys)
        _refuse_past_its_day(of_keys, past_its_day=past_its_day)
        (place / "data" / CONFIG_NAME).rename(place / CONFIG_NAME)
        _keep_keys_inside(place / CONFIG_NAME)
        home = Home.open(place)
        listed = _bring_erasures(place, lists)
        if not lists:
            (place / erasures.WANTED).touch(mode=0o600)
        _prove(home, closed=not lists)
    say(f"Restored to {root}: records of {of_records.made_at}, keys of {of_keys.made_at}.")
    say(f"{listed} patrons whom the library has forgotten stay forgotten.")
    if lists:
        say("What was entered after those moments must be entered again.")
    else:
        say(
            "The home is closed: whom the library has forgotten since then would be back. Bring the newest list with"
            f" `circumspect replay LIST --home {root}`, or say that there is none with --none-newer in its place."
        )


def replay(root: Path, lists: Sequence[Path], *, none_newer: bool) -> None:
    """Carry out the newest list of erasures upon a restored home, and open it.

    Raises:
        CommandError: No list was named, and nobody said that there is none.
        KeyringError: A list is of another library, or damaged.
    """
    if not lists and not none_newer:
        raise CommandError("name the newest list of erasures, or say --none-newer")
    home = Home.open(root)
    named = erasures.ErasureList(home.root / erasures.FILE).take_over(lists)
    (home.root / erasures.WANTED).unlink(missing_ok=True)
    homes.start(root)
    with homes.closed_afterwards():
        house = homes.the_house()  # carries the list out
        # Only now: it holds models.
        from circumspect.records.patrons import upkeep

        swept = upkeep.sweep_keyless(house)
    say(f"{named} forgotten patrons stay forgotten; the rows of {swept} were taken out. The home is open.")


def _bring_erasures(place: Path, lists: Sequence[Path]) -> int:
    """The longest of the lists there are becomes the restored home's."""
    archived = [place / name / erasures.FILE for name in ("data", "keys")]
    try:
        return erasures.ErasureList(place / erasures.FILE).take_over([*archived, *lists])
    finally:
        for path in archived:
            path.unlink(missing_ok=True)


def _unpack(path: Path, kind: str, folder: Path, identity: Path | None) -> Manifest:
    """Unpack one archive into a folder, and check it against its manifest."""
    try:
        with _opened(path, folder, identity) as plain, tarfile.open(plain, "r:gz") as archive:
            for member in archives.entries(archive):
                archive.extract(member, folder, filter="data")
                (folder / member.name).chmod(0o600)
        manifest = _manifest(folder / archives.MANIFEST)
    except (OSError, tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None:
            raise
        raise CommandError(f"{path.name} is damaged, or not a backup of a library home") from problem
    if manifest.kind != kind:
        raise CommandError(f"{path.name} is a backup of {manifest.kind}, not of {kind}")
    found = {each.name: archives.sha256(each) for each in folder.iterdir() if each.name != archives.MANIFEST}
    if found != manifest.sha256:
        raise CommandError(f"{path.name} is damaged: its files are not those it says it holds")
    (folder / archives.MANIFEST).unlink()
    return manifest


@contextmanager
def _opened(path: Path, folder: Path, identity: Path | None) -> Iterator[Path]:
    """The archive as a plain file: decrypted for as long as it is read."""
    if path.suffix != ".age":
        yield path
        return
    if identity is None:
        raise CommandError(f"{path.name} is encrypted: name the file with its age key (--identity FILE)")
    words = [line.strip() for line in identity.read_text("utf-8").splitlines()]
    try:
        keys = [pyrage.x25519.Identity.from_str(word) for word in words if word.startswith("AGE-SECRET-KEY-")]
    except pyrage.IdentityError:
        keys = []
    if not keys:
        raise CommandError(f"{identity} holds no age key (a line that begins with AGE-SECRET-KEY-1)")
    plain = folder / ".plain.tar.gz"
    try:
        pyrage.decrypt_file(str(path), str(plain), keys)
        yield plain
    except pyrage.DecryptError:
        raise CommandError(f"{path.name} does not open with this age key, or is damaged") from None
    finally:
        plain.unlink(missing_ok=True)


def make_identity(path: Path) -> None:
    """Make an age key for backups: the secret into a new file, the public key on the screen."""
    identity = pyrage.x25519.Identity.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"{path} is there already: name a new file") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"# opens this library's backups; public key: {identity.to_public()}\n{identity}\n")
    say(f'In config.toml, under [backup]:  age = ["{identity.to_public()}"]')
    say(
        f"Keep {path} away from this machine: whoever has it and the backups opens them, and without it nobody does."
    )


def _manifest(path: Path) -> Manifest:
    told = json.loads(path.read_text(encoding="utf-8"))
    if told["format"] != archives.FORMAT:
        raise ValueError
    day = told["destroy_by"]
    return Manifest(
        str(told["kind"]),
        str(told["ledger"]),
        str(told["made_at"]),
        dt.date.fromisoformat(day) if day else None,
        {str(name): str(digest) for name, digest in told["sha256"].items()},
    )


def _refuse_strangers(records: Manifest, keys: Manifest) -> None:
    if records.ledger != keys.ledger:
        raise CommandError("these two backups are of different libraries: the keys do not open those records")


def _refuse_past_its_day(keys: Manifest, *, past_its_day: bool) -> None:
    today = dt.datetime.now(dt.UTC).date()
    if keys.destroy_by and today > keys.destroy_by and not past_its_day:
        raise CommandError(
            f"this backup of keys was to be destroyed by {keys.destroy_by}: restoring it brings back people whom the"
            " library has promised to forget. If that is meant, add --past-its-day"
        )


def _keep_keys_inside(config: Path) -> None:
    """The restored keys lie in the new home, whatever the old one said; moving them out is a choice made anew."""
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    section = ""
    for place, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped
        elif section == "[keys]" and stripped.partition("=")[0].strip() == "folder":
            lines[place] = (
                'folder = "keys"                      # move it to another disk, and name its path here\n'
            )
    config.write_text("".join(lines), encoding="utf-8")


def _prove(home: Home, *, closed: bool) -> None:
    """Start upon the restored home and let keys, key store and ledger speak for themselves."""
    _refuse_missing(home)
    homes.start_django(home)
    # Only now: these hold models, which stand on a started Django.
    from circumspect.faces.cli import making, witnessing

    with homes.closed_afterwards():
        _load_postgresql(home)
        if making.databases_behind():
            making.migrate()
        if closed:
            _prove_keys(home)
        else:
            homes.the_house()
        if witnessing.findings(home):
            raise CommandError("the restored ledger does not verify: it was changed after it was signed")


def _prove_keys(home: Home) -> None:
    """The keys open the key store; the home itself stays closed."""
    from circumspect.trust.vault.keyring import Keyring
    from circumspect.trust.vault.keystore import KeyStore

    KeyStore(Keyring.from_home(home)).prove_keyring()


def _refuse_missing(home: Home) -> None:
    for alias, folder in (("records", home.data), ("keys", home.keys), ("ledger", home.data)):
        if not any((folder / f"{alias}{ending}").is_file() for ending in (".sqlite3", ".pgdump")):
            raise CommandError(f"the backup holds no {alias} database")


def _load_postgresql(home: Home) -> None:
    for name, folder in (("records", home.data), ("keys", home.keys), ("ledger", home.data)):
        dump = folder / f"{name}.pgdump"
        if not dump.is_file():
            continue
        told = settings.DATABASES["default" if name == "records" else name]
        if told["ENGINE"].endswith("sqlite3"):
            raise CommandError(
                f"the backup of {name} is from PostgreSQL: name a database for it in config.toml"
            )
        archives.run_postgresql(
            [
                "pg_restore",
                "--no-owner",
                "--exit-on-error",
                "--single-transaction",
                f"--dbname={told['NAME']}",
                str(dump),
            ],
            told,
        )
        dump.unlink()
