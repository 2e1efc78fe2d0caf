"""Every command, on a home whose patrons are canaries: does one of them say anything of anybody?

What a command prints, and every file it writes, is looked through as a thief would; what the door allowed
meanwhile is held against the command's row in the table. An archive of a backup counts too: what lies in it
is sealed. The commands run one after another in a process of their own, as an operator would call them.

Source: guarantee 2; clause MP-3.6.
"""

from __future__ import annotations

import contextlib
import csv
import http.client
import io
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import one_door_ways as ways
from one_door_canaries import Canary, Person, fold, shown_in
from one_door_world import World

from circumspect.trust.ledger.checkpoint import witness_key

PROGRAM = [sys.executable, "-c", "from circumspect.faces.cli.main import main; main()"]
_SMALL = 200_000  # bytes; larger files are searched for plain words only

# What is typed, by command. Braces name places; every command has a line at least.
CALLS: Mapping[str, tuple[str, ...]] = {
    "doctor": ("doctor", "doctor --json"),
    "attest": ("attest", "attest --json", "attest --pdf {out}/promises.pdf"),
    "forget": ("forget --dry-run", "forget --dry-run --json", "forget", "forget --json"),
    "staff list": ("staff list", "staff list --json"),
    "staff add": ("staff add newcomer --role desk", "staff add other --role finance --json", "staff add newcomer --role desk"),
    "staff disable": ("staff disable newcomer", "staff disable {family_name}"),
    "staff enable": ("staff enable newcomer --json",),
    "staff reset-password": ("staff reset-password newcomer",),
    "staff reset-second-factors": ("staff reset-second-factors newcomer",),
    "terminal add": (
        "terminal add check-1 --profile self-check",
        "terminal add check-2 --profile sorter --json",
        "terminal add check-3 --profile {family_name}",
    ),
    "terminal list": ("terminal list", "terminal list --json"),
    "terminal revoke": ("terminal revoke check-2", "terminal revoke {family_name}"),
    "terminal test": ("terminal test check-1", "terminal test check-1 --card", "terminal test {family_name}"),
    "policy check": ("policy check --json",),
    "policy show": ("policy show MP-3.1", "policy show MP-3.1 --json", "policy show {family_name}"),
    "policy publish": ("policy publish 2027-01 {text} --signatures-stand",),
    "ledger verify": ("ledger verify", "ledger verify --json"),
    "ledger checkpoint": ("ledger checkpoint", "ledger checkpoint --json", "ledger checkpoint --out {out}/head.txt"),
    "ledger export": ("ledger export {out}/ledger",),
    "ledger witness": ("ledger witness {witness_key}", "ledger witness --json", "ledger witness {family_name}"),
    "ledger request": ("ledger request witness.example --out {out}/request.txt", "ledger request {family_name}"),
    "ledger cosigned": ("ledger cosigned witness.example {out}/request.txt",),
    "witness init": ("witness init {out}/witness --name witness.example",),
    "witness trust": ("witness trust {out}/witness {family_name}",),
    "witness status": ("witness status {out}/witness",),
    "witness sign": ("witness sign {out}/witness {out}/request.txt",),
    # It answers until it is stopped; what it answers is tested with the command line.
    "witness serve": ("witness serve {out}/witness --http {family_name}",),
    "keys status": ("keys status", "keys status --json"),
    "backup": ("backup {out}/backup --json", "backup {out}/more --records"),
    "backup-key": ("backup-key {out}/backup.key",),
    "replay": ("replay --none-newer", "replay", "replay {patrons}"),
    "drill": ("drill --json",),
    "import": (
        "import patrons {patrons} --dry-run --report {out}/dry.csv",
        "import patrons {patrons} --report {out}/report.json --json",
        "import patrons {patrons} --report {out}/report.csv",
        "import items {patrons} --dry-run",
        "import marc {patrons} --dry-run",
        "import koha {patrons} --dry-run",
        "import rero {patrons} --dry-run",
    ),
    "circulation run": ("circulation run", "circulation run --json"),
    "statistics borrowers": ("statistics borrowers", "statistics borrowers --json"),
    "statistics release": ("statistics release --dry-run", "statistics release --json", "statistics release --year 2999"),
    "visits import": ("visits import {patrons}", "visits import {patrons} --json"),
    "notices run": ("notices run", "notices run --json"),
    "notices status": ("notices status", "notices status --json"),
    "notices preview": ("notices preview overdue --titles", "notices preview balance --language pl --json"),
    "notices bounce": ("notices bounce {patrons}",),
    "keys rotate": ("keys rotate", "keys rotate --index"),
}  # fmt: skip
# These end, or begin, a process's life, and have one of their own.
_ALONE = ("init", "restore", "serve", "visits serve")
# Open in the records by design, so that a backup of them holds it: the titles of the catalog, and the day on
# which a note ends, which ends without being opened. Whose they are is sealed (guarantee 1).
_OPEN_AT_REST = {("loans", "item"), ("fees", "item"), ("notes", "expires_on")}
_NO_HOME = ("policy check", "policy show", "witness ", "backup-key")


@dataclass
class Told:
    """What the commands came to."""

    calls: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    unclassified: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    acts: dict[str, set[ways.Act]] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)


class Operator:
    """Somebody at the machine, who types every command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.out = folder / "out"
        self.out.mkdir()
        self.told = Told()
        self.canaries: list[Canary] = []

    def work(self) -> Told:
        """Found a library, fill it with canaries, and type everything."""
        self._found()
        from circumspect.faces.cli import homes

        homes.start(self.home)
        world = World(homes.the_house(), windows=False)
        _leave_word(world)
        newcomer = Person(7)
        self.canaries = world.canaries + newcomer.canaries(world.today, "never hashed")
        places = self._places(newcomer)
        for name in ways.commands():
            for line in CALLS.get(name, () if name in _ALONE else (name,)):
                self._type(world.house.ledger, name, [word.format(**places) for word in line.split()])
        self._restore()
        self._serve()
        self._count_visits()
        self._look_at_files(self.out)
        return self.told

    def type_one_more(self, name: str) -> Told:
        """Type a command that was not there before; what that alone came to."""
        from circumspect.faces.cli import homes

        self.told = Told()
        self._type(homes.the_house().ledger, name, [name])
        return self.told

    def _found(self) -> None:
        from circumspect.home import CONFIG_NAME, Home

        pattern = (
            Home.create(self.folder / "pattern", name="Clover", institution="1234", sample=False).root
            / CONFIG_NAME
        )
        text = pattern.read_text().replace("on = []", 'on = ["driver_licence", "sex"]')
        # Notices are on at every hour; without a mail server all of them wait to be printed.
        pattern.write_text(text + '\n[notices]\non = true\nsend_from = "00:00"\nsend_until = "23:59:59"\n')
        self._alone("init", "init", str(self.home), "--config", str(pattern), "--institution", "1234")

    def _places(self, newcomer: Person) -> dict[str, str]:
        text, patrons = self.folder / "policy.md", self.folder / "patrons.csv"
        text.write_text("# The policy\n\nKeep it to yourself.\n")
        good = self._row(newcomer)
        twice = self._row(Person(0))  # a card that is in use
        wrong = self._row(Person(1)) | {"card_number": Person(1).next_card, "birth_date": "soon"}
        with patrons.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(good))
            writer.writeheader()
            writer.writerows([good, twice, wrong, wrong | {"birth_date": "", "family_name": ""}])
        return {
            "out": str(self.out), "text": str(text), "patrons": str(patrons),
            "family_name": newcomer.form()["family_name"].lower(),
            "witness_key": witness_key("witness.example", bytes(32)).vkey,
        }  # fmt: skip

    def _row(self, person: Person) -> dict[str, str]:
        wanted = (
            "category given_name family_name street city postcode phone email birth_date language expires_on"
        )
        form = person.form()
        return {
            "card_number": person.card,
            **{name: form[name] for name in wanted.split()},
            "note": person.note,
        }

    # typing

    def _type(self, ledger: Any, name: str, words: list[str]) -> None:
        from circumspect import composition
        from circumspect.faces.cli.main import run

        before = ledger.size()
        composition.the_house.cache_clear()  # a new process would read the keys anew
        needs_home = not name.startswith(_NO_HOME)
        printed = self.folder / "printed"
        # A card and a PIN are typed where they are asked for.
        typed = f"{Person(0).card}\n{Person(0).pin}\n" if "--card" in words else ""
        with _into(printed), _typing(typed):
            code = run([*words, *(["--home", str(self.home)] if needs_home else [])])
        self._judge(
            name,
            " ".join(words[:2] if name == " ".join(words[:2]) else words[:1]),
            code,
            printed.read_bytes(),
        )
        for entry in ledger.entries(before, ledger.size()):
            if entry.body["outcome"] == "allowed":
                self.told.acts.setdefault(name, set()).add((entry.body["action"], entry.body["series"]))

    def _judge(self, name: str, call: str, code: int, printed: bytes) -> None:
        self.told.calls += 1
        self.told.called.add(name)
        self.told.codes[code] = self.told.codes.get(code, 0) + 1
        if b"a mistake in the program" in printed or b"Traceback" in printed:
            self.told.broken.append(f"{call}: {printed[-300:].decode()}")
        for canary in shown_in(printed, self.canaries):
            self.told.leaks.append(f"{call}: prints {canary.series}.{canary.field} of {canary.whose}")

    def _alone(self, name: str, *words: str) -> None:
        done = subprocess.run([*PROGRAM, *words], capture_output=True, timeout=300, check=False)
        self._judge(name, name, done.returncode, done.stdout + done.stderr)

    def found_a_sample(self) -> None:
        """A sample library has invented people: what was done to them stands in its ledger."""
        self._alone("init", "init", str(self.folder / "sample"), "--sample")
        ledger = sqlite3.connect(self.folder / "sample" / "data" / "ledger.sqlite3")
        for (body,) in ledger.execute("SELECT body FROM ledger_entry"):
            entry = json.loads(body)
            if entry["outcome"] == "allowed":
                self.told.acts.setdefault("init", set()).add((entry["action"], entry["series"]))
        ledger.close()

    def _restore(self) -> None:
        made = sorted((self.out / "backup").iterdir())
        keys, records = (
            next(path for path in made if f"-{kind}-" in path.name) for kind in ("keys", "records")
        )
        self._alone(
            "restore", "restore", str(self.folder / "again"), "--records", str(records), "--keys", str(keys)
        )

    def _serve(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (self.folder / "served").open("wb") as out:
            words = ["serve", "--home", str(self.home), "--http", f"127.0.0.1:{port}"]
            server = subprocess.Popen([*PROGRAM, *words], stdout=out, stderr=out)
            try:
                answered = [
                    _fetched(port, path)
                    for path in ("/sign-in/", "/", f"/?scan={Person(0).card}", "/nowhere/")
                ]
            finally:
                server.terminate()
                server.wait(120)
        self._judge(
            "serve", "serve", server.returncode, (self.folder / "served").read_bytes() + b"".join(answered)
        )

    def _count_visits(self) -> None:
        with (self.folder / "counted").open("wb") as out:
            annex = subprocess.Popen(
                [*PROGRAM, "visits", "serve", "--home", str(self.home)], stdout=out, stderr=out
            )
            try:
                # Long enough to have begun; had it ended by itself, its code would say so.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    annex.wait(3)
            finally:
                annex.terminate()
                annex.wait(120)
        self._judge("visits serve", "visits serve", annex.returncode, (self.folder / "counted").read_bytes())

    # looking at what was written

    def _look_at_files(self, folder: Path) -> None:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            for name, content in _contents(path):
                for canary in self._found_in(content):
                    if name and (canary.series, canary.field) in _OPEN_AT_REST:
                        continue
                    self.told.leaks.append(
                        f"{path.name}{name} holds {canary.series}.{canary.field} of {canary.whose}"
                    )

    def _found_in(self, content: bytes) -> list[Canary]:
        if len(content) <= _SMALL:
            return shown_in(content, self.canaries)
        text = fold(content.decode("utf-8", "replace"))
        return [canary for canary in self.canaries if any(form in text for form in canary.forms)]


def _leave_word(world: World) -> None:
    """A hold of somebody's ended: they are to be told."""
    from django.db import connection

    from circumspect.records.patrons.noticing import HOLD_CANCELLED, leave_word

    link = world.house.vault.link("holds", world.ids[Person(0).stem])
    with connection.cursor() as cursor:
        leave_word(cursor, HOLD_CANCELLED, "holds", link, branch="main", today=world.today)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            for member in archive:
                part = archive.extractfile(member)
                if part is not None:
                    yield f" {member.name}", part.read()
    else:
        yield "", path.read_bytes()


@contextlib.contextmanager
def _into(path: Path) -> Iterator[None]:
    """Send everything this process prints into a file, whoever prints it."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = [os.dup(1), os.dup(2)]
    with path.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            for number, handle in zip((1, 2), kept, strict=True):
                os.dup2(handle, number)
                os.close(handle)


@contextlib.contextmanager
def _typing(text: str) -> Iterator[None]:
    """Let this process read what somebody would type."""
    kept, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = kept


def _fetched(port: int, path: str) -> bytes:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            response = connection.getresponse()
            return response.read() + str(response.getheaders()).encode()
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not answer: nothing was attacked")


def beyond_the_table(told: Told) -> list[str]:
    """Commands that did what their row does not say or did not what it says, and commands nobody typed."""
    out = [f"{name} was never typed" for name in sorted(set(ways.COMMANDS) - told.called)]
    for name, way in ways.COMMANDS.items():
        acts = told.acts.get(name, set())
        out += [
            f"{name} {action}s {series}, which its row does not say"
            for action, series in sorted(acts - way.acts)
        ]
        if (
            name != "init" or acts
        ):  # an empty library is founded without a patron; the long form founds a sample
            out += [
                f"{name} never {action}s {series}, as its row says"
                for action, series in sorted(way.acts - acts)
            ]
    return out


def add_a_peeping_command() -> str:
    """A command more, broken on purpose: it reads a patron's name past the door."""
    import click

    from circumspect.faces.cli.commands import circumspect

    @circumspect.command("peek")
    @click.option("--home", "root")
    def peek(root: str) -> None:
        from circumspect.faces.cli import homes
        from circumspect.records.patrons.models import Patron
        from circumspect.trust.vault import crypto
        from circumspect.trust.vault.places import field_place, subject_cipher

        patron = Patron.objects.order_by("id")[0]
        cipher = subject_cipher(homes.the_house().vault.store.subject_key(patron.id))
        place = field_place(patron.id, "registration", patron.id, "family_name")
        click.echo(crypto.decrypt(cipher, bytes(patron.sealed_family_name or b""), place).decode().upper())

    return "peek"


def attack(*, sample: bool = False) -> tuple[Told, list[str]]:
    """Everything, in a folder that is gone afterwards; then what is said of a command broken on purpose.

    The process is this library's from then on.
    """
    with tempfile.TemporaryDirectory(prefix="circumspect-attack-") as folder:
        try:
            operator = Operator(Path(folder))
            if sample:
                operator.found_a_sample()
            told = operator.work()
            told.unclassified = ways.unclassified()
            twin = operator.type_one_more(add_a_peeping_command())
            return told, [*(set(ways.unclassified()) - set(told.unclassified)), *twin.leaks]
        finally:
            if os.environ.get("DJANGO_SETTINGS_MODULE"):
                from django.db import connections

                connections.close_all()
