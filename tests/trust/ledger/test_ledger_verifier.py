"""The verifier stands alone, says what it found in words and in numbers, and is quick enough to be run."""

from __future__ import annotations

import ast
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_world import make_body, make_mark, make_signer

from circumspect.trust.ledger import tree, verifier
from circumspect.trust.ledger.body import make_leaf

SOURCE = Path(str(verifier.__file__))
SIGNER = make_signer()
KEY = ["--key", SIGNER.vkey]


def write_export(folder: Path, count: int) -> tuple[Path, bytes]:
    """An export of ``count`` entries, and its root."""
    path, frontier = folder / "leaves.jsonl", tree.Frontier()
    with path.open("w") as stream:
        for _ in range(count):
            leaf = make_leaf(make_body(), [make_mark()])
            frontier.push(leaf.hash)
            stream.write(leaf.text + "\n")
    return path, frontier.root()


def write_note(folder: Path, size: int, root: bytes) -> Path:
    path = folder / f"checkpoint-{size}"
    path.write_text(SIGNER.sign(size, root), encoding="utf-8")
    return path


def test_verifier_is_short_and_imports_nothing_of_ours() -> None:
    source = SOURCE.read_text("utf-8")
    imported = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).partition(".")[0])

    assert len(source.splitlines()) < 300
    assert imported - sys.stdlib_module_names == {"cryptography"}


def test_verifier_runs_from_a_folder_of_its_own(tmp_path: Path) -> None:
    export, root = write_export(tmp_path, 7)
    note = write_note(tmp_path, 7, root)
    program = shutil.copy(SOURCE, tmp_path / "verifier.py")

    command = [sys.executable, "-I", program, "--export", export, *KEY, "--checkpoint", note]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0
    assert "7 entries, the last at 2026-11-22T15:04:05Z; 1 signed checkpoints." in done.stdout
    assert "Nothing signed was changed." in done.stdout


def test_verifier_and_application_hash_alike(tmp_path: Path) -> None:
    """Two programs, written apart: for every size up to 40 they give one root."""
    for size in range(41):
        export, root = write_export(tmp_path, size)
        report = verifier.Report()
        head = verifier.Head(size, root, "here", True, False)

        lines = export.read_bytes().splitlines()
        verifier.check(((at, line, None, None) for at, line in enumerate(lines)), [head], report)

        assert report.findings == []
        assert report.covered == size


def test_report_as_json_has_verdict_and_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, root = write_export(tmp_path, 5)
    note = write_note(tmp_path, 5, root)
    export.write_bytes(export.read_bytes() + b"{}\n")

    assert verifier.main(["--export", str(export), *KEY, "--checkpoint", str(note), "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "ok"
    assert (report["entries"], report["covered"], report["covered_elsewhere"]) == (6, 5, 5)


def test_nothing_signed_is_not_called_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export, _ = write_export(tmp_path, 5)

    assert verifier.main(["--export", str(export), *KEY]) == 2
    assert "Nothing is signed: cannot judge." in capsys.readouterr().out


def unreadable(folder: Path) -> dict[str, list[str]]:
    export, root = write_export(folder, 2)
    note = write_note(folder, 2, root)
    (folder / "text").write_text("not a database " * 100)
    (folder / "bytes").write_bytes(b"\xff\xfe\x00")
    with sqlite3.connect(folder / "other.sqlite3") as other:
        other.execute("CREATE TABLE something (else_ TEXT)")
    wrong_id = SIGNER.vkey.replace("+", "+0", 1)
    checkpoint = ["--checkpoint", str(note)]
    return {
        "no such export": ["--export", str(folder / "none"), *KEY, *checkpoint],
        "no such database": ["--database", str(folder / "none"), *KEY],
        "not a database": ["--database", str(folder / "text"), *KEY],
        "another database": ["--database", str(folder / "other.sqlite3"), *KEY],
        "no such checkpoint": ["--export", str(export), *KEY, "--checkpoint", str(folder / "none")],
        "checkpoint not text": ["--export", str(export), *KEY, "--checkpoint", str(folder / "bytes")],
        "malformed key": ["--export", str(export), "--key", "nonsense", *checkpoint],
        "key with another id": ["--export", str(export), "--key", wrong_id, *checkpoint],
    }


@pytest.mark.parametrize("how", ["", "--json"])
def test_what_cannot_be_read_is_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    for arguments in unreadable(tmp_path).values():
        assert verifier.main([*arguments, *([how] if how else [])]) == 2
        said = capsys.readouterr().out
        assert said.count("\n") == 1
        if how:
            assert json.loads(said)["verdict"] == "unreadable"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "origin\n1\n",
        "library.example/ledger\n-1\nAAAA\n\n— a AAAAAAAA\n",
        "library.example/ledger\n01\n" + "A" * 43 + "=\n\n— a AAAAAAAA\n",
    ],
    ids=range(4),
)
def test_malformed_checkpoint_is_a_finding(tmp_path: Path, note: str) -> None:
    export, _ = write_export(tmp_path, 2)
    path = tmp_path / "malformed"
    path.write_text(note, encoding="utf-8")

    assert verifier.main(["--export", str(export), *KEY, "--checkpoint", str(path)]) == 1


def test_a_million_changes_do_not_make_a_million_findings() -> None:
    report = verifier.Report()
    rows = ((index, b"{}", b"wrong", None) for index in range(1000))

    verifier.check(rows, [], report)

    assert len(report.findings) == 20


def test_a_long_ledger_is_read_to_its_last_entry(tmp_path: Path) -> None:
    """How fast, ``bench.ledger`` measures."""
    count = 10_000
    path = tmp_path / "ledger.sqlite3"
    text = make_leaf(make_body(), [make_mark()]).text
    hash_ = hashlib.sha256(b"\x00" + text.encode()).digest()
    frontier = tree.Frontier()
    for _ in range(count):
        frontier.push(hash_)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE ledger_entry (idx bigint PRIMARY KEY, body text, leaf_hash blob)")
        database.execute(
            "CREATE TABLE ledger_entry_mark (entry bigint, ordinal int, PRIMARY KEY (entry, ordinal))"
        )
        database.execute("CREATE TABLE ledger_checkpoint (size bigint, note text)")
        database.execute("CREATE TABLE ledger_head (id int, size bigint)")
        database.executemany(
            "INSERT INTO ledger_entry VALUES (?, ?, ?)", ((n, text, hash_) for n in range(count))
        )
        database.executemany("INSERT INTO ledger_entry_mark VALUES (?, 0)", ((n,) for n in range(count)))
        database.execute("INSERT INTO ledger_head VALUES (1, ?)", [count])
        database.execute(
            "INSERT INTO ledger_checkpoint VALUES (?, ?)", [count, SIGNER.sign(count, frontier.root())]
        )

    assert verifier.main(["--database", str(path), *KEY]) == 0
    with sqlite3.connect(path) as database:
        database.execute("UPDATE ledger_entry SET body = body || ' ' WHERE idx = ?", [count - 1])
    assert verifier.main(["--database", str(path), *KEY]) == 1
