"""Check a ledger from outside: was anything in it changed since it was signed?

    python verifier.py --database ledger.sqlite3 --key VKEY [--checkpoint FILE ...]
    python verifier.py --export leaves.jsonl     --key VKEY  --checkpoint FILE ...
    python verifier.py --proofs looks.json       --key VKEY [--checkpoint FILE ...]

Stands alone: Python and ``cryptography``, nothing of the application, so that it can be read in one
sitting, kept elsewhere, and run by somebody who does not trust the library's machine. It recomputes every leaf
from the stored bytes and the tree's root at every checkpoint's size, and compares. Two checkpoints that both fit
the same entries are consistent with each other; so keep old ones, elsewhere: whoever holds the database and the
signing key can make all that lies beside the entries fit. A file of proofs holds some entries and the hashes beside.
It also says what no checkpoint covers. It does not judge what entries say, nor whose record they are about.

Exit codes: 0 nothing found; 1 tampered with; 2 cannot read, or nothing signed to hold the entries against.
Source: RFC 6962, section 2.1; C2SP signed-note, tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import argparse
import base64
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# index, leaf bytes, stored leaf hash or None, number of stored marks or None
Row = tuple[int, bytes, Any, Any]


class CannotReadError(Exception):
    """An input is missing or is not what it should be. Nothing was judged."""


class Key(NamedTuple):
    """A public key: kind 1 signs checkpoints, kind 4 cosigns them with a time."""

    name: str
    kind: int
    public: bytes
    key_id: bytes


class Head(NamedTuple):
    """A signed tree head, and where it came from."""

    size: int
    root: bytes
    where: str
    elsewhere: bool
    cosigned: bool


@dataclass
class Report:
    """What was found. ``entries`` are counted, ``covered`` of them signed."""

    entries: int = 0
    covered: int = 0
    covered_elsewhere: int = 0
    covered_cosigned: int = 0
    checkpoints: int = 0
    last_at: str = ""
    findings: list[dict[str, str]] = field(default_factory=list)

    def found(self, kind: str, text: str) -> None:
        """Enter a finding; of one kind, the first twenty say enough."""
        if sum(finding["kind"] == kind for finding in self.findings) < 20:
            self.findings.append({"kind": kind, "text": text})


def read_key(vkey: str) -> Key:
    """Read a key written as name+keyid+base64."""
    try:
        name, key_id, encoded = vkey.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise CannotReadError("a key must read name+keyid+base64") from None
    expected = sha256(name.encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] not in (1, 4) or expected.hex() != key_id:
        raise CannotReadError("a key is not an Ed25519 key of kind 1 or 4, or its id does not fit it")
    return Key(name, raw[0], raw[1:], expected)


def read_note(note: str, where: str, elsewhere: bool, keys: list[Key], report: Report) -> Head | None:
    """Open a checkpoint; a bad one is a finding."""
    text, gap, lines = note.rpartition("\n\n")
    text += "\n"
    parts = text.split("\n")
    try:
        size, root = int(parts[1]), base64.b64decode(parts[2], validate=True)
        if not gap or size < 0 or str(size) != parts[1] or len(root) != 32:
            raise ValueError
        signed = [_signed_by(text, lines, key) for key in keys if (key.name, key.kind) == (parts[0], 1)]
        cosigned = [_signed_by(text, lines, key) for key in keys if key.kind == 4]
    except (ValueError, IndexError):
        report.found("checkpoint", f"{where} is not a well-formed checkpoint")
        return None
    except InvalidSignature:
        report.found("signature", f"{where} carries a signature that does not hold")
        return None
    if not any(signed):
        report.found("signature", f"{where} is not signed by the key given")
        return None
    return Head(size, root, where, elsewhere, any(cosigned))


def _signed_by(text: str, lines: str, key: Key) -> bool:
    """Whether the key has signed. One line in its name that does not hold condemns the note."""
    seen = False
    for line in lines.removesuffix("\n").split("\n"):
        dash, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
        if dash != "—":
            raise ValueError
        if name != key.name or raw[:4] != key.key_id:
            continue
        message, signature = text.encode(), raw[4:]
        if key.kind == 4:
            at = int.from_bytes(signature[:8], "big")
            message, signature = f"cosignature/v1\ntime {at}\n{text}".encode(), signature[8:]
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        seen = True
    return seen


def check(rows: Iterable[Row], heads: list[Head], report: Report) -> None:
    """Recompute leaves and roots from the rows, and hold them against the signed heads."""
    wanted = {head.size for head in heads}
    roots = {0: sha256(b"").digest()}
    edge: list[tuple[int, bytes]] = []  # (level, hash) of complete subtrees, largest first
    size, expected, leaf = 0, 0, b""
    for index, leaf, stored_hash, marks in rows:
        if index != expected:
            report.found("gap", f"entry {expected} is missing: the next one there calls itself {index}")
        expected = index + 1
        top, level = sha256(b"\x00" + leaf).digest(), 0
        if stored_hash is not None and stored_hash != top:
            report.found("edit", f"the bytes of entry {size} no longer give the hash stored beside them")
        if marks is not None and (type(said := _said(leaf, "marks")) is not list or marks != len(said)):
            report.found("marks", f"entry {size} does not have the marks it says it has")
        while edge and edge[-1][0] == level:
            top = sha256(b"\x01" + edge.pop()[1] + top).digest()
            level += 1
        edge.append((level, top))
        size += 1
        if size in wanted:
            hashes = [hash_ for _, hash_ in reversed(edge)]
            roots[size] = reduce(lambda right, left: sha256(b"\x01" + left + right).digest(), hashes)
    report.entries, report.last_at = size, str(_said(leaf, "at") or "")
    _compare(heads, roots, report)


def _said(leaf: bytes, key: str) -> Any:
    try:
        return json.loads(leaf)[key]
    except (ValueError, KeyError, TypeError):
        return None


def _compare(heads: list[Head], roots: dict[int, bytes], report: Report) -> None:
    heads = sorted(heads, key=lambda head: head.size)
    report.checkpoints = len(heads)
    for one, next_ in pairwise(heads):
        if one.size == next_.size and one.root != next_.root:
            report.found("fork", f"{one.where} and {next_.where} sign two histories of {one.size} entries")
    good, rewritten = 0, False
    for head in heads:
        if head.size > report.entries:
            left = f"{report.entries} are left: the tail was cut, or an old copy was put back"
            report.found("cut", f"{head.where} signs {head.size} entries, and {left}")
        elif roots[head.size] != head.root:
            if not rewritten:
                text = "were changed, put in, taken out or reordered since"
                report.found("rewritten", f"of entries {good} to {head.size - 1} some {text}: {head.where}")
            rewritten = True
        else:
            good = head.size
            report.covered = good
            report.covered_elsewhere = good if head.elsewhere else report.covered_elsewhere
            report.covered_cosigned = good if head.cosigned else report.covered_cosigned


def verify_proofs(path: Path, keys: list[Key], checkpoints: list[Path]) -> Report:
    """Judge a file of proofs: each leaf in it stands where it says, under the root that is signed."""
    report = Report()
    try:
        file = json.loads(path.read_text("utf-8"))
        leaves = {int(index): leaf.encode() for index, leaf in file["leaves"].items()}
        beside = {span: bytes.fromhex(hash_) for span, hash_ in file["beside"].items()}
        heads = [read_note(file["checkpoint"], str(path), False, keys, report)]
        report.entries = size = heads[0].size if heads[0] else 0
        heads += [read_note(each.read_text("utf-8"), str(each), True, keys, report) for each in checkpoints]
        if heads[0] and not (leaves and 0 <= min(leaves) <= max(leaves) < size <= 1 << 60):
            raise ValueError
        root = _climb(0, size, leaves, beside) if size else b""
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as problem:
        raise CannotReadError(f"not a file of proofs: {type(problem).__name__}") from problem
    _compare([head for head in heads if head and head.size == size], {size: root}, report)
    report.entries = most = len(leaves)
    report.covered, report.covered_elsewhere = min(report.covered, most), min(report.covered_elsewhere, most)
    report.covered_cosigned = min(report.covered_cosigned, most)
    return report


def _climb(begin: int, end: int, leaves: dict[int, bytes], beside: dict[str, bytes]) -> bytes:
    """The hash over a range of the tree: given, where no leaf of ours is in it; else computed."""
    mine = {index: leaf for index, leaf in leaves.items() if begin <= index < end}
    if not mine:
        return beside.get(f"{begin}-{end}", b"")
    if end - begin == 1:
        return sha256(b"\x00" + mine[begin]).digest()
    middle = begin + (1 << (end - begin - 1).bit_length() - 1)
    return sha256(b"\x01" + _climb(begin, middle, mine, beside) + _climb(middle, end, mine, beside)).digest()


def verify(database: Path | None, export: Path | None, keys: list[Key], checkpoints: list[Path]) -> Report:
    """Judge a database or an export against its own checkpoints and those kept elsewhere."""
    report = Report()
    try:
        heads = [read_note(path.read_text("utf-8"), str(path), True, keys, report) for path in checkpoints]
        if database is None:
            with (export or Path()).open("rb") as lines:
                rows = ((at, line.removesuffix(b"\n"), None, None) for at, line in enumerate(lines))
                check(rows, [head for head in heads if head], report)
            return report
        # Without a write-ahead log beside it the file is whole, and can be read from a read-only folder too.
        mode = "mode=ro" if database.with_name(database.name + "-wal").exists() else "immutable=1"
        connection = sqlite3.connect(f"{database.resolve(strict=True).as_uri()}?{mode}", uri=True)
        connection.execute("BEGIN")  # one moment of a ledger that may be growing
        for size, note in connection.execute("SELECT size, note FROM ledger_checkpoint ORDER BY size"):
            heads.append(read_note(str(note), f"the stored checkpoint {size}", False, keys, report))
        stored = connection.execute(
            "SELECT CAST(idx AS INTEGER), coalesce(CAST(body AS BLOB), x''), coalesce(leaf_hash, x''), "
            "(SELECT count(*) FROM ledger_entry_mark m WHERE m.entry = e.idx) FROM ledger_entry e ORDER BY idx"
        )
        check(stored, [head for head in heads if head], report)
        next_ = connection.execute("SELECT size FROM ledger_head WHERE id = 1").fetchone()
    except (OSError, UnicodeDecodeError, sqlite3.Error) as problem:
        raise CannotReadError(f"cannot read: {type(problem).__name__}: {problem}") from problem
    if (next_[0] if next_ else 0) != report.entries:
        report.found("head", "the ledger's count of its entries is not the number of entries there")
    return report


def in_words(report: Report) -> Iterator[str]:
    """The report for a person."""
    for finding in report.findings:
        yield f"TAMPERED ({finding['kind']}): {finding['text']}"
    last = report.last_at and f", the last at {report.last_at}"
    yield f"{report.entries} entries{last}; {report.checkpoints} signed checkpoints."
    yield f"Covered by a checkpoint: {report.covered}. Covered by none: {report.entries - report.covered}."
    yield f"Kept elsewhere, and fits: up to {report.covered_elsewhere}; cosigned: {report.covered_cosigned}."
    if not report.covered_elsewhere and not report.covered_cosigned:
        yield "No checkpoint from elsewhere: whoever has this machine and its key could make all this fit."
    if not report.findings:
        yield "Nothing signed was changed." if report.checkpoints else "Nothing is signed: cannot judge."


def main(arguments: list[str] | None = None) -> int:
    """Run from a command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Check a ledger against its signed checkpoints.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--database", type=Path, help="the ledger's SQLite file")
    source.add_argument("--export", type=Path, help="leaves.jsonl, one leaf a line")
    source.add_argument("--proofs", type=Path, help="some entries, with the hashes beside them")
    parser.add_argument(
        "--key", action="append", required=True, help="public key of the ledger, or of a witness"
    )
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="one kept elsewhere")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    given = parser.parse_args(arguments)
    try:
        keys = [read_key(vkey) for vkey in given.key]
        if given.proofs:
            report = verify_proofs(given.proofs, keys, given.checkpoint)
        else:
            report = verify(given.database, given.export, keys, given.checkpoint)
    except CannotReadError as problem:
        failed = {"verdict": "unreadable", "error": str(problem)}
        sys.stdout.write((json.dumps(failed) if given.json else str(problem)) + "\n")
        return 2
    code = 1 if report.findings else 0 if report.checkpoints else 2
    verdict = {"verdict": ("ok", "tampered", "nothing signed")[code], **vars(report)}
    sys.stdout.write((json.dumps(verdict) if given.json else "\n".join(in_words(report))) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
