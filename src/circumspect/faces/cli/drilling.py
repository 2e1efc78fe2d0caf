"""The drill: does a forgotten patron stay forgotten when an old backup is restored? Done whole, on copies.

A copy of the library is made from a fresh backup. In the copy somebody invented is registered, backed up,
forgotten, and backed up again; then the old and the new backups of records and keys are restored in every
combination, with the list of erasures, and looked through: by card, by name, by key, and byte by byte. Last,
the old backups are restored as if there were no list: that must find them, or the drill itself is blind.

The library's own home is read and not changed, but for one line that says how the drill ended.

Each copy is worked on by a process of its own: a process has one home.

Source: guarantee 7; clause TH-1.8.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from circumspect.faces.cli.building import sigterm_interrupts
from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import FOUND_WRONG, OK, CommandError
from circumspect.home import HOME_VARIABLE, Home
from circumspect.trust.vault import erasures

FILE = "drills.jsonl"
_PROGRAM = (sys.executable, "-c", "from circumspect.faces.cli.main import main; main()")
_PATIENCE_SECONDS = 1800
_PLACE = "circumspect-drill-"


def drill(home: Home, *, as_json: bool) -> int:
    """Do the drill; the exit code.

    Raises:
        CommandError: A part of it could not be done: nothing was proved.
    """
    if any(home.setting("database", name, "") for name in ("records", "keys", "ledger")):
        raise CommandError(
            "the drill copies a library that rests in SQLite files; this one has databases of its own"
        )
    _clear_up()
    # Copies of records and keys lie side by side while it lasts: told to stop, it takes them away first.
    with sigterm_interrupts(), tempfile.TemporaryDirectory(prefix=_PLACE) as place:
        outcome = _on_copies(home, Path(place))
    outcome["at"] = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with (home.root / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(outcome) + "\n")
    if as_json:
        say_json(outcome)
    else:
        _tell(outcome)
    return OK if outcome["kept"] else FOUND_WRONG


def _clear_up() -> None:
    """What a drill left that was killed outright."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PLACE}*"):
        if left.stat().st_uid == os.getuid() and time.time() - left.stat().st_mtime > _PATIENCE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


def last(home: Home) -> dict[str, Any] | None:
    """How the last drill ended, or None."""
    path = home.root / FILE
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return json.loads(lines[-1]) if lines else None


def _on_copies(home: Home, place: Path) -> dict[str, Any]:
    fresh = _back_up(home.root, place / "fresh")
    copy = place / "copy"
    _restore(copy, fresh, [home.root / erasures.FILE])
    # Words that no library holds, so that a single byte of them tells.
    person = {"family_name": f"Zq{secrets.token_hex(6)}", "given_name": f"Xj{secrets.token_hex(6)}"}
    patron = _step("register", copy, person)
    before = _back_up(copy, place / "before")
    _step("forget", copy, patron)
    after = _back_up(copy, place / "after")
    listed = [copy / erasures.FILE]
    found = {}
    for name, archives in {
        "old records, old keys": before,
        "old records, new keys": (before[0], after[1]),
        "new records, old keys": (after[0], before[1]),
    }.items():
        restored = place / name.replace(" ", "-").replace(",", "")
        _restore(restored, archives, listed)
        found[name] = _looked_for(restored, {**person, **patron})
    blind = place / "without-the-list"
    _restore(blind, before, [])
    _run("replay", "--none-newer", "--home", str(blind))
    seen = _looked_for(blind, {**person, **patron})
    return {
        "kept": not any(any(each.values()) for each in found.values()) and any(seen.values()),
        "found": found,
        "without_the_list": seen,
    }


def _looked_for(home: Path, whom: dict[str, Any]) -> dict[str, int]:
    """In how many ways somebody is still there; the ledger is verified, too."""
    seen: dict[str, int] = _step("look", home, whom)
    words = [whom["family_name"].lower(), whom["given_name"].lower()]
    _run("ledger", "verify", "--home", str(home))
    raw = [path.read_bytes().lower() for path in home.rglob("*") if path.is_file()]
    seen["bytes"] = sum(
        word.encode(code) in each for each in raw for word in words for code in ("utf-8", "utf-16-le")
    )
    return seen


def _back_up(home: Path, folder: Path) -> tuple[Path, Path]:
    """The drill's own archives are not encrypted: nobody but the drill sees them."""
    _step("back up", home, {"folder": str(folder)})
    records, keys = (next(folder.glob(f"circumspect-{kind}-*")) for kind in ("records", "keys"))
    return records, keys


def _restore(home: Path, archives: tuple[Path, Path], lists: Sequence[Path]) -> None:
    named = [word for path in lists if path.exists() for word in ("--erasures", str(path))]
    _run("restore", str(home), "--records", str(archives[0]), "--keys", str(archives[1]), *named)
    if lists and not named:
        # Nobody has been forgotten yet: there is no newer list.
        _run("replay", "--none-newer", "--home", str(home))


def _run(*words: str) -> None:
    left_out = {HOME_VARIABLE, "DJANGO_SETTINGS_MODULE"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    done = subprocess.run(  # noqa: S603 - our own program and words
        [*_PROGRAM, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"the drill could not {words[0]}: {done.stderr.strip()[:300]}")


def _step(name: str, home: Path, told: dict[str, Any]) -> Any:
    script = (
        "import json, sys; from pathlib import Path; from circumspect.faces.cli import drilling;"
        "print(json.dumps(drilling.step(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin))))"
    )
    done = subprocess.run(  # noqa: S603 - our own program and words
        [sys.executable, "-c", script, name, str(home)],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        # The kind of the mistake and no more: its own words may quote a row.
        kind = (done.stderr.strip().splitlines() or [""])[-1].partition(":")[0]
        raise CommandError(f"the drill could not {name} on a copy ({kind})")
    return json.loads(done.stdout)


def step(name: str, root: Path, told: dict[str, Any]) -> dict[str, Any]:
    """One step, within a process that has no home yet."""
    from circumspect.faces.cli import homes

    home = homes.start(root)
    if name == "back up":
        from circumspect.faces.cli import archives

        archives.make_plain(home, Path(told["folder"]))
        return {}
    from circumspect.records.patrons import finding, registration, upkeep

    house = homes.the_house()
    if name == "register":
        from circumspect.trust.policy.request import Actor, ActorKind

        person = registration.Registration(told["family_name"], told["given_name"])
        [patron] = registration.register_many(house, Actor(ActorKind.JOB, "import"), [person])
        return {"patron": patron}
    if name == "forget":
        upkeep.erase(house, int(told["patron"]))
        return {}
    upkeep.sweep_keyless(house)
    return {
        "name": len(finding.find_name(house.vault, told["family_name"], 5)),
        "key": len(house.vault.subjects_with_keys([int(told["patron"])])),
    }


def _tell(outcome: dict[str, Any]) -> None:
    for name, seen in outcome["found"].items():
        ways = [way for way, times in seen.items() if times]
        say(f"{name}: {'found by ' + ', '.join(ways) if ways else 'stays forgotten'}; the ledger verifies")
    blind = any(outcome["without_the_list"].values())
    say(
        f"without the list of erasures: {'back again, as expected' if blind else 'not found: the drill is blind'}"
    )
    say("Forgotten stays forgotten." if outcome["kept"] else "NOT KEPT: do not rely on these backups.")
