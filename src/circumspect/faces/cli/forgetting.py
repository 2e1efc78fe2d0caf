"""Forgetting from the command line: what is past its rule, and the sweep that lets it go.

Only counts are said, by series. The server does the same by itself once a day.
"""

from __future__ import annotations

from circumspect import composition
from circumspect.faces.cli import tending
from circumspect.faces.cli.console import say, say_json, say_table
from circumspect.faces.cli.problems import FOUND_WRONG, OK
from circumspect.offices.retention import overdue
from circumspect.trust.door.house import House


def run(house: House, *, dry_run: bool, as_json: bool) -> int:
    """Let go of what is past its rule, or say what would go; the exit code.

    Returns:
        OK, or FOUND_WRONG where a part of the sweep failed.
    """
    if dry_run:
        _rehearse(house, as_json=as_json)
        return OK
    done, failed = tending.forget(house)
    done = {name: count for name, count in done.items() if count}
    if as_json:
        say_json({"done": done, "failed": failed})
    else:
        for name, count in done.items():
            say(f"{name[0].upper()}{name[1:]}: {count:,}")
        if not done:
            say("Nothing was past its rule.")
        for name in failed:
            say(f"FAILED: {name}. The log says why.")
    return FOUND_WRONG if failed else OK


def _rehearse(house: House, *, as_json: bool) -> None:
    waiting = overdue.waiting(house, composition.overdue_elsewhere())
    keys = overdue.keys_waiting(house)
    if as_json:
        say_json({"rows": waiting, "keys": keys, "may_be_kept": sorted(overdue.MAY_BE_KEPT & set(waiting))})
        return
    if waiting:
        rows = [
            [
                series,
                f"{count:,}",
                "some may still be needed: each is looked at" if series in overdue.MAY_BE_KEPT else "",
            ]
            for series, count in waiting.items()
        ]
        say_table(rows, ["series", "past its rule", ""])
    say(f"Keys of epochs that are over: {keys}")
    if not waiting and not keys:
        say("Nothing is past its rule.")
