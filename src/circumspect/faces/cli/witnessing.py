"""The ledger from the command line: verify it, sign it, hand it out for others to verify.

Verifying is the work of the standalone verifier, the same file that anybody may run elsewhere. It
needs the ledger and its public key, and none of the keys that open records.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from circumspect.faces.cli import witnesses
from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import CANNOT, FOUND_WRONG, OK, CommandError
from circumspect.home import Home
from circumspect.trust.door.house import SIGNING_KEY
from circumspect.trust.ledger import verifier, witnessline
from circumspect.trust.ledger.checkpoint import Signer
from circumspect.trust.ledger.store import Ledger

# A few rounds of upkeep without a sign of life.
SILENCE_SECONDS = 1800


def signer(home: Home) -> Signer:
    """The key that signs checkpoints. Raises HomeError or NoteError where it is missing or damaged."""
    return Signer(home.read_key_file(SIGNING_KEY))


def verify(home: Home, checkpoints: Sequence[Path], keys: Sequence[str], *, as_json: bool) -> int:
    """Judge the ledger against its checkpoints and those kept elsewhere; the exit code.

    Args:
        checkpoints: Files kept elsewhere.
        keys: Public keys, the ledger's and witnesses'; none means the one in the key folder.
    """
    wanted = list(keys) or [signer(home).vkey, *(each.key.vkey for each in witnesses.read(home))]
    try:
        report = _verified(wanted, list(checkpoints))
    except verifier.CannotReadError as problem:
        raise CommandError(f"the ledger cannot be judged: {problem}") from problem
    code = FOUND_WRONG if report.findings else OK if report.checkpoints else CANNOT
    verdict = {OK: "ok", FOUND_WRONG: "tampered", CANNOT: "nothing signed"}[code]
    silences = longest_silences(Ledger())
    if as_json:
        say_json({"verdict": verdict, **vars(report), "silences": silences})
    else:
        for line in verifier.in_words(report):
            say(line)
        for silence in silences:
            say(
                f"Silent from {silence['from']} to {silence['to']}: the server was stopped, or its writer was."
            )
    return code


def longest_silences(ledger: Ledger, most: int = 5) -> list[dict[str, str]]:
    """The longest times without an entry, longest first. A house that is awake enters a heartbeat every few minutes."""
    found: list[tuple[float, str, str]] = []
    before = ""
    for at in ledger.times():
        if before:
            seconds = (dt.datetime.fromisoformat(at) - dt.datetime.fromisoformat(before)).total_seconds()
            if abs(seconds) > SILENCE_SECONDS:
                found.append((abs(seconds), before, at))
        before = at
    return [{"from": begin, "to": end} for _, begin, end in sorted(found, reverse=True)[:most]]


def request(home: Home, name: str, old: int | None, out: Path | None) -> None:
    """Write what a witness who is reached by files has to be given."""
    ledger = Ledger(signer(home))
    witness = witnesses.named(home, name).key
    text = ledger.witness_request(ledger.cosigned_size(witness) if old is None else old)
    if out is None:
        say(text.rstrip("\n"))
    else:
        out.write_text(text, encoding="utf-8")
        say(f"Take {out} to {name}; bring back what it signs: circumspect ledger cosigned {name} FILE.")


def keep_cosigned(home: Home, name: str, answer: Path) -> None:
    """Keep what a witness signed."""
    covered = Ledger(signer(home)).keep_cosignature(
        answer.read_text("utf-8"), witnesses.named(home, name).key
    )
    say(f"{name} vouches for the first {covered} entries.")


def choose(home: Home, vkey: str, url: str) -> None:
    """Choose a witness; where it has an address, ask it at once."""
    chosen = witnesses.choose(home, vkey, url)
    say(f"{chosen.key.name} is a witness of this ledger. Give it this key: {signer(home).vkey}")
    if url:
        ledger = Ledger(signer(home))
        ledger.checkpoint()
        try:
            say(f"It vouches for the first {witnessline.ask(ledger, chosen.key, url)} entries.")
        except witnessline.UnwitnessedError as problem:
            say(f"Not yet: {problem}")


def show_witnesses(home: Home, *, as_json: bool) -> None:
    """Say which witnesses there are, and how far each vouches."""
    ledger = Ledger(signer(home))
    rows = [
        {
            "name": each.key.name,
            "url": each.url,
            "covers": ledger.cosigned_size(each.key),
            "key": each.key.vkey,
        }
        for each in witnesses.read(home)
    ]
    if as_json:
        say_json({"entries": ledger.size(), "witnesses": rows})
        return
    for row in rows:
        say(
            f"{row['name']}  vouches for {row['covers']} of {ledger.size()} entries  {row['url'] or 'by files'}"
        )
    if not rows:
        say(
            "No witness yet: whoever holds this machine and its key could rewrite what is not kept elsewhere."
        )


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
