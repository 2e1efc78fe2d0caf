"""Even root cannot rewrite history unseen (guarantee 6, short form).

The attacker is superuser at the ledger's database and, in half of the attacks, holds our signing key and
signs the rewritten history anew. The judge is the verifier, run as a program of its own, with
checkpoints that were put elsewhere before the attack. Twins of the verifier with one check taken out
show that each check is needed.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from circumspect.trust.ledger import models, tree, verifier
from circumspect.trust.ledger.body import Mark
from circumspect.trust.ledger.checkpoint import Signer, cosign, witness_key
from circumspect.trust.ledger.store import Ledger

pytestmark = [
    pytest.mark.attack(6),
    pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True),
]

SIGNER = Signer(bytes(range(32)), "library.example/ledger")
WITNESS = bytes([9] * 32)
VERIFIER = Path(str(verifier.__file__))


def a_look(actor: str = "staff:17") -> tuple[dict[str, object], list[Mark]]:
    body: dict[str, object] = {
        "at": "2026-11-22T15:04:05Z",
        "actor": actor,
        "roles": ["desk"],
        "signed_version": "2026-11",
        "version_in_force": "2026-11",
        "policy": "ab" * 32,
        "action": "view",
        "purpose": "serve at the desk",
        "series": "registration",
        "fields": ["given_name"],
        "circumstance": "card just scanned",
        "reason": None,
        "own_record": False,
        "own_staff_record": False,
        "active": True,
        "subjects": 1,
        "outcome": "allowed",
        "rules": ["desk-serves"],
        "clauses": ["MP-5.2"],
        "nonce": secrets.token_hex(16),
    }
    return body, [Mark(1, os.urandom(16), os.urandom(60), os.urandom(32))]


class World:
    """A ledger of ten entries, signed at five and at eight, and what was put elsewhere in time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = Ledger(SIGNER)
        self.kept: list[Path] = []
        for count in (5, 3):
            self.ledger.append_many([a_look(f"staff:{number}") for number in range(count)])
            self.keep(self.ledger.checkpoint().note)
        self.ledger.append_many([a_look(), a_look()])

    def keep(self, note: str) -> None:
        path = self.folder / f"kept-{len(self.kept)}"
        path.write_text(note, encoding="utf-8")
        self.kept.append(path)

    def judge(
        self, kept: list[Path] | None = None, program: Path = VERIFIER, *more: str
    ) -> tuple[int, dict[str, Any]]:
        """The verifier's exit code and report."""
        notes = self.kept if kept is None else kept
        files = [argument for path in notes for argument in ("--checkpoint", str(path))]
        command = [sys.executable, "-I", str(program), "--json", "--key", SIGNER.vkey, *more, *files]
        done = subprocess.run(
            [*command, "--database", str(self.database())],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stderr == ""
        return done.returncode, json.loads(done.stdout)

    def database(self) -> Path:
        """The SQLite file under attack; of a PostgreSQL ledger, a copy row by row."""
        connection = connections["ledger"]
        if connection.vendor == "sqlite":
            return Path(str(connection.settings_dict["NAME"]))
        path = self.folder / f"copy-{secrets.token_hex(4)}.sqlite3"
        with sqlite3.connect(path) as copy:
            for table in ("ledger_head", "ledger_entry", "ledger_entry_mark", "ledger_checkpoint"):
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT * FROM {table}")
                    columns = [column.name for column in cursor.description]
                    rows = [
                        tuple(str(v) if hasattr(v, "tzinfo") else v for v in row) for row in cursor.fetchall()
                    ]
                copy.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
                copy.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
        return path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# -- the attacker's hands


def sql(*statements: str) -> None:
    with connections["ledger"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def move(begin: int, by: int) -> None:
    """Renumber the entries from ``begin`` on."""
    for table, column in (("ledger_entry", "idx"), ("ledger_entry_mark", "entry")):
        sql(
            f"UPDATE {table} SET {column} = {column} + 1000 WHERE {column} >= {begin}",
            f"UPDATE {table} SET {column} = {column} - 1000 + {by} WHERE {column} >= 1000",
        )
    sql(f"UPDATE ledger_head SET size = size + {by}")


def edit() -> None:
    sql("""UPDATE ledger_entry SET body = replace(body, '"staff:2"', '"staff:3"') WHERE idx = 2""")


def backdate() -> None:
    sql("UPDATE ledger_entry SET body = replace(body, '2026-11-22', '2026-11-01') WHERE idx = 6")


def insert() -> None:
    move(3, 1)
    sql(
        "INSERT INTO ledger_entry (idx, body, leaf_hash) SELECT 3, body, leaf_hash FROM ledger_entry WHERE idx = 1"
    )
    sql(
        "INSERT INTO ledger_entry_mark (entry, ordinal, epoch, link, back) "
        "SELECT 3, ordinal, epoch, link, back FROM ledger_entry_mark WHERE entry = 1"
    )


def take_out() -> None:
    sql("DELETE FROM ledger_entry WHERE idx = 3", "DELETE FROM ledger_entry_mark WHERE entry = 3")
    move(4, -1)


def reorder() -> None:
    for table, column in (("ledger_entry", "idx"), ("ledger_entry_mark", "entry")):
        sql(
            f"UPDATE {table} SET {column} = 1000 WHERE {column} = 1",
            f"UPDATE {table} SET {column} = 1 WHERE {column} = 4",
            f"UPDATE {table} SET {column} = 4 WHERE {column} = 1000",
        )


def cut_tail() -> None:
    sql(
        "DELETE FROM ledger_entry WHERE idx >= 6",
        "DELETE FROM ledger_entry_mark WHERE entry >= 6",
        "UPDATE ledger_head SET size = 6",
    )


def delete_all() -> None:
    tables = ("entry", "entry_mark", "node", "checkpoint", "head")
    sql(*(f"DELETE FROM ledger_{table}" for table in tables))


def restore_an_old_copy_and_go_on() -> None:
    sql(
        "DELETE FROM ledger_entry WHERE idx >= 5",
        "DELETE FROM ledger_entry_mark WHERE entry >= 5",
        "DELETE FROM ledger_checkpoint WHERE size > 5",
        "DELETE FROM ledger_node WHERE (idx + 1) * 4 > 5 AND level >= 2 OR level = 1 AND idx >= 2",
        "UPDATE ledger_head SET size = 5",
    )
    Ledger().append_many([a_look() for _ in range(6)])


ATTACKS = [edit, backdate, insert, take_out, reorder, cut_tail, delete_all, restore_an_old_copy_and_go_on]
every_attack = pytest.mark.parametrize("attack", ATTACKS)


def cover_tracks(signer: Signer = SIGNER) -> None:
    """Make everything beside the entries fit them again, and sign it."""
    for entry in models.Entry.objects.all():
        models.Entry.objects.filter(idx=entry.idx).update(leaf_hash=tree.leaf_hash(entry.body.encode()))
    sql("DELETE FROM ledger_node", "DELETE FROM ledger_checkpoint")
    Ledger(signer).checkpoint()


def kinds(report: dict[str, Any]) -> set[str]:
    return {finding["kind"] for finding in report["findings"]}


# -- the attacks


def test_untouched_ledger_is_found_untouched(world: World) -> None:
    code, report = world.judge()

    assert (code, report["verdict"], report["findings"]) == (0, "ok", [])
    assert (report["entries"], report["covered"], report["covered_elsewhere"]) == (10, 8, 8)


@every_attack
def test_clumsy_attack_is_found(world: World, attack: Callable[[], None]) -> None:
    attack()

    code, report = world.judge()

    assert (code, report["verdict"]) == (1, "tampered")


@every_attack
def test_clumsy_attack_is_not_called_clean_even_with_nothing_kept_elsewhere(
    world: World, attack: Callable[[], None]
) -> None:
    attack()

    code, _ = world.judge([])

    # An old copy, put back whole with its own checkpoint, fits itself: that takes a checkpoint from elsewhere.
    assert code == {"delete_all": 2, "restore_an_old_copy_and_go_on": 0}.get(attack.__name__, 1)


@every_attack
def test_attack_with_our_signing_key_is_found(world: World, attack: Callable[[], None]) -> None:
    attack()
    cover_tracks()

    code, report = world.judge()

    assert (code, report["verdict"]) == (1, "tampered")
    assert kinds(report) & {"rewritten", "cut", "fork"}


@every_attack
def test_one_kept_checkpoint_is_enough(world: World, attack: Callable[[], None]) -> None:
    attack()
    cover_tracks()

    assert world.judge(world.kept[-1:])[0] == 1


@every_attack
def test_attack_without_our_signing_key_is_found_without_anything_kept(
    world: World, attack: Callable[[], None]
) -> None:
    attack()
    cover_tracks(Signer(os.urandom(32), SIGNER.origin))

    code, report = world.judge([])

    assert code == 1
    assert kinds(report) == {"signature"}


def test_findings_say_where(world: World) -> None:
    backdate()
    cover_tracks()

    _, report = world.judge()

    (finding,) = [finding for finding in report["findings"] if finding["kind"] == "rewritten"]
    assert "entries 5 to 7" in finding["text"]
    assert (report["covered_elsewhere"], report["covered"]) == (5, 10)


def test_two_viewers_shown_two_histories_find_out_when_they_compare(world: World) -> None:
    """Each of the two is consistent in itself, and signed by us."""
    sql("DELETE FROM ledger_entry WHERE idx >= 8", "UPDATE ledger_head SET size = 8")
    sql("DELETE FROM ledger_entry_mark WHERE entry >= 8")
    edit()
    cover_tracks()
    shown_to_the_other = world.folder / "other"
    shown_to_the_other.write_text(models.Checkpoint.objects.get(size=8).note, encoding="utf-8")

    assert world.judge([shown_to_the_other])[0] == 0
    code, report = world.judge([shown_to_the_other, world.kept[1]])

    assert code == 1
    assert "fork" in kinds(report)


def test_old_copy_of_everything_is_found_by_a_newer_checkpoint(world: World) -> None:
    old = Path(world.folder / "old.sqlite3")
    with sqlite3.connect(world.database()) as now, sqlite3.connect(old) as copy:
        now.backup(copy)
        copy.execute("DELETE FROM ledger_entry WHERE idx >= 5")
        copy.execute("DELETE FROM ledger_entry_mark WHERE entry >= 5")
        copy.execute("DELETE FROM ledger_checkpoint WHERE size > 5")
        copy.execute("UPDATE ledger_head SET size = 5")
    key = ["--key", SIGNER.vkey]

    assert verifier.main(["--database", str(old), *key, "--checkpoint", str(world.kept[0])]) == 0
    assert verifier.main(["--database", str(old), *key, "--checkpoint", str(world.kept[1])]) == 1


def test_export_is_judged_like_the_database(world: World) -> None:
    leaves = world.folder / "leaves.jsonl"
    arguments = ["--export", str(leaves), "--key", SIGNER.vkey]
    arguments += [part for path in world.kept for part in ("--checkpoint", str(path))]
    with leaves.open("wb") as stream:
        world.ledger.export(stream)
    assert verifier.main(arguments) == 0

    lines = leaves.read_bytes().splitlines(keepends=True)
    for tampered in (lines[:7], lines[1:], lines[::-1], [*lines[:3], lines[0], *lines[3:]], []):
        leaves.write_bytes(b"".join(tampered))

        assert verifier.main(arguments) == 1


def test_dropped_links_are_no_tampering_and_dropped_marks_are(world: World) -> None:
    world.ledger.drop_links(1)
    assert world.judge()[0] == 0

    sql("DELETE FROM ledger_entry_mark WHERE entry = 2")

    assert kinds(world.judge()[1]) == {"marks"}


# -- what is not covered is said


def test_what_came_after_the_last_checkpoint_is_said_to_be_uncovered(world: World) -> None:
    """Rewriting it with care goes unseen: so the report must not claim it."""
    sql("UPDATE ledger_entry SET body = replace(body, '2026-11-22', '2026-11-01') WHERE idx = 9")
    assert kinds(world.judge()[1]) == {"edit"}
    entry = models.Entry.objects.get(idx=9)
    models.Entry.objects.filter(idx=9).update(leaf_hash=tree.leaf_hash(entry.body.encode()))

    code, report = world.judge()

    assert code == 0
    assert report["entries"] - report["covered"] == 2
    assert report["last_at"] == "2026-11-01T15:04:05Z"


def test_with_nothing_from_elsewhere_the_report_says_what_that_is_worth(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    edit()
    cover_tracks()

    code = verifier.main(["--database", str(world.database()), "--key", SIGNER.vkey])

    assert code == 0
    assert "No checkpoint from elsewhere" in capsys.readouterr().out


def test_cosigned_part_is_told_apart(world: World) -> None:
    witness = witness_key("witness.example", WITNESS)
    first = world.kept[0]
    note = cosign(first.read_text("utf-8"), name=witness.name, seed=WITNESS, at=1_795_000_000)
    first.write_text(note, encoding="utf-8")

    _, report = world.judge(None, VERIFIER, "--key", witness.vkey)

    assert (report["covered"], report["covered_cosigned"]) == (8, 5)


def test_bad_cosignature_is_found(world: World) -> None:
    witness = witness_key("witness.example", WITNESS)
    first = world.kept[0]
    note = cosign(first.read_text("utf-8"), name=witness.name, seed=WITNESS, at=1_795_000_000)
    line = note.rsplit("— ", 1)[1]
    first.write_text(world.kept[1].read_text("utf-8") + "— " + line, encoding="utf-8")

    code, report = world.judge(None, VERIFIER, "--key", witness.vkey)

    assert (code, kinds(report)) == (1, {"signature"})


# -- twins: the verifier with one check taken out calls a rewritten history clean

TWINS: dict[str, tuple[str, str, Callable[[], None], bool, bool]] = {
    "believes the stored hashes": (
        'sha256(b"\\x00" + leaf).digest(), 0',
        "stored_hash, 0",
        edit,
        False,
        True,
    ),
    "does not miss entries": (
        "heads = sorted(heads,",
        "heads = sorted((head for head in heads if head.size <= report.entries),",
        cut_tail,
        True,
        True,
    ),
    "looks at the newest checkpoint only": (
        "key=lambda head: head.size)",
        "key=lambda head: head.size)[-1:]",
        reorder,
        True,
        True,
    ),
    "takes any signature": ("if not any(signed):", "if False:", edit, True, False),
    "does not number": ("if index != expected:", "if False:", take_out, False, False),
}


@pytest.mark.parametrize(("old", "new", "attack", "covered", "kept"), TWINS.values(), ids=TWINS.keys())
def test_twin_of_the_verifier_is_caught(
    world: World, old: str, new: str, attack: Callable[[], None], covered: bool, kept: bool
) -> None:
    source = VERIFIER.read_text("utf-8")
    assert source.count(old) == 1
    twin = world.folder / "twin.py"
    twin.write_text(source.replace(old, new), encoding="utf-8")
    if attack is take_out:
        attack = take_out_of_the_uncovered
    attack()
    if covered:
        cover_tracks(SIGNER if kept else Signer(os.urandom(32), SIGNER.origin))
    notes = world.kept if kept else []

    assert world.judge(notes)[0] == 1
    assert world.judge(notes, twin)[0] == 0


def take_out_of_the_uncovered() -> None:
    sql("DELETE FROM ledger_entry WHERE idx = 8", "DELETE FROM ledger_entry_mark WHERE entry = 8")
    sql("UPDATE ledger_head SET size = 9")
