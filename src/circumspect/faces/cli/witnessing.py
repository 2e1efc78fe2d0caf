"""The ledger from the command line: verify it, sign it, hand it out for others to verify.

Verifying is the work of the standalone verifier, the same file that anybody may run elsewhere. It
needs the ledger and its public key, and none of the keys that open records.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import CANNOT, FOUND_WRONG, OK, CommandError
from circumspect.home import Home
from circumspect.trust.door.house import SIGNING_KEY
from circumspect.trust.ledger import verifier
from circumspect.trust.ledger.checkpoint import Signer
from circumspect.trust.ledger.store import Ledger


def signer(home: Home) -> Signer:
    """The key that signs checkpoints. Raises HomeError or NoteError where it is missing or damaged."""
    return Signer(home.read_key_file(SIGNING_KEY))


def verify(home: Home, checkpoints: Sequence[Path], keys: Sequence[str], *, as_json: bool) -> int:
    """Judge the ledger against its checkpoints and those kept elsewhere; the exit code.

    Args:
        checkpoints: Files kept elsewhere.
        keys: Public keys, the ledger's and witnesses'; none means the one in the key folder.
    """
    wanted = list(keys) or [signer(home).vkey]
    try:
        report = _verified(wanted, list(checkpoints))
    except verifier.CannotReadError as problem:
        raise CommandError(f"the ledger cannot be judged: {problem}") from problem
    code = FOUND_WRONG if report.findings else OK if report.checkpoints else CANNOT
    verdict = {OK: "ok", FOUND_WRONG: "tampered", CANNOT: "nothing signed"}[code]
    if as_json:
        say_json({"verdict": verdict, **vars(report)})
    else:
        for line in verifier.in_words(report):
            say(line)
    return code


def findings(home: Home) -> list[dict[str, str]]:
    """What is wrong with the ledger by its own checkpoints; empty where nothing is."""
    return _verified([signer(home).vkey], []).findings


def _verified(wanted: list[str], checkpoints: list[Path]) -> verifier.Report:
    keys = [verifier.read_key(vkey) for vkey in wanted]
    if settings.DATABASES["ledger"]["ENGINE"].endswith("sqlite3"):
        return verifier.verify(Path(settings.DATABASES["ledger"]["NAME"]), None, keys, checkpoints)
    # The verifier reads files only: give it the leaves and the signed heads as files.
    ledger = Ledger()
    with tempfile.TemporaryDirectory(prefix="circumspect-ledger-") as folder:
        stored = []
        for each in ledger.checkpoints():
            stored.append(Path(folder) / f"{each.size}.checkpoint")
            stored[-1].write_text(each.note, encoding="utf-8")
        leaves = Path(folder) / "leaves.jsonl"
        with leaves.open("wb") as out:
            ledger.export(out)
        return verifier.verify(None, leaves, keys, [*stored, *checkpoints])


def sign(home: Home, out: Path | None, *, as_json: bool) -> None:
    """Sign a checkpoint over all entries so far, and print it or write it to a file."""
    key = signer(home)
    made = Ledger(key).checkpoint()
    if out is not None:
        out.write_text(made.note, encoding="utf-8")
        say(f"Signed {made.size} entries: {out}. Keep it where this machine cannot reach it.")
    elif as_json:
        say_json({"size": made.size, "root": made.root.hex(), "note": made.note, "key": key.vkey})
    else:
        say(made.note.rstrip("\n"))


def export(home: Home, folder: Path) -> None:
    """Write leaves, checkpoints and public key to a new folder, for the standalone verifier.

    Raises:
        CommandError: The folder is there already.
    """
    if folder.exists():
        raise CommandError(f"{folder} is there already: name a new folder")
    key = signer(home)
    ledger = Ledger(key)
    folder.mkdir(mode=0o700, parents=True)
    with (folder / "leaves.jsonl").open("wb") as out:
        count = ledger.export(out)
        out.flush()
        os.fsync(out.fileno())
    for each in ledger.checkpoints():
        (folder / f"{each.size:012d}.checkpoint").write_text(each.note, encoding="utf-8")
    (folder / "key.txt").write_text(key.vkey + "\n", encoding="utf-8")
    say(
        f"{count} entries, their checkpoints and the public key are in {folder}. The verifier judges them anywhere."
    )
