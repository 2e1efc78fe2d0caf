"""Public computers from the command line: areas, seats and their keys.

A seat's key is printed once, to be put into a file on its machine. Nothing of a patron is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from circumspect.faces.cli.console import say, say_json, say_table
from circumspect.faces.cli.problems import CommandError
from circumspect.records.computers import areahours, places
from circumspect.records.computers.places import AddedSeat, ComputersError

_Made = TypeVar("_Made")


def put_area(code: str, name: str, branch: str, minutes: int, hours: Sequence[str] = ()) -> None:
    """Make an area, or change one.

    Args:
        hours: Each "mon-fri=9:00-20:00"; days that none names are closed. None at all: as the branch.

    Raises:
        CommandError: A value does not do.
    """
    week = _or_sentence(lambda: areahours.week_of(hours))
    _or_sentence(lambda: places.put_area(code, name or code, branch, session_minutes=minutes, hours=week))
    opened = "hours of its own" if week else "open as the branch is"
    say(f"area {code}: sessions of {minutes} minutes at {branch}, {opened}")


def add(name: str, area: str, *, as_json: bool) -> None:
    """Make a seat, and print its key.

    Raises:
        CommandError: The name is taken, or there is no such area.
    """
    _print_once(_or_sentence(lambda: places.add_seat(name, area)), as_json=as_json)


def renew_key(name: str, *, as_json: bool) -> None:
    """Give a seat a new key, and print it.

    Raises:
        CommandError: There is no such seat.
    """
    _print_once(_or_sentence(lambda: places.renew_key(name)), as_json=as_json)


def revoke(name: str) -> None:
    """Take a seat's key away.

    Raises:
        CommandError: There is no such seat.
    """
    _or_sentence(lambda: places.revoke_key(name))
    say(f"{name}: its key opens nothing any more; the screen locks at its next word")


def show(*, as_json: bool) -> None:
    """List every seat."""
    rows = [
        {
            "name": seat.name,
            "area": seat.area_id,
            "branch": seat.area.branch,
            "state": seat.state,
            "has_key": seat.key_digest is not None,
            "wiped_on": seat.wiped_on.isoformat() if seat.wiped_on else "",
        }
        for seat in places.all_seats()
    ]
    if as_json:
        say_json(rows)
        return
    heads = ("name", "area", "branch", "state", "key", "last wiped")
    say_table(
        [
            [
                str(row["name"]),
                str(row["area"]),
                str(row["branch"]),
                str(row["state"]).replace("_", " "),
                "yes" if row["has_key"] else "revoked",
                str(row["wiped_on"]) or "never",
            ]
            for row in rows
        ],
        heads,
    )


def _print_once(added: AddedSeat, *, as_json: bool) -> None:
    if as_json:
        say_json({"name": added.name, "key": added.key})
        return
    say(f"{added.name}: put this key into a file on that machine that only its owner can read.")
    say(f"  {added.key}")
    say("It is not shown again.")


def _or_sentence(do: Callable[[], _Made]) -> _Made:
    try:
        return do()
    except ComputersError as problem:
        raise CommandError(str(problem)) from problem
