"""Open the home a command works on, and start Django upon it. One home for each process.

Models can be imported only when Django stands, and Django stands on a home: so the modules that do a
command's work are imported after ``start``, by the functions in ``commands``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from circumspect.faces.cli.problems import CommandError
from circumspect.home import HOME_VARIABLE, Home

if TYPE_CHECKING:
    from circumspect.trust.door.house import House

ALIASES = ("default", "keys", "ledger")
_started: list[Home] = []


def start(root: Path | None) -> Home:
    """Read the home and start Django on it.

    Raises:
        CommandError: No home is named, or its folder holds no databases.
        HomeError: It is not a usable home.
    """
    home = Home.open(named(root))
    _refuse_unknown_time_zone(home)
    _refuse_without_databases(home)
    start_django(home)
    return home


def named(root: Path | None) -> Path:
    """The home's folder, which must have been named.

    Raises:
        CommandError: It was not.
    """
    if root is None:
        raise CommandError(f"no library home is named: give --home HOME, or set {HOME_VARIABLE}")
    return root


def start_django(home: Home) -> None:
    """Start Django on a home, new ones included."""
    os.environ[HOME_VARIABLE] = str(home.root)
    os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"
    import django

    _started.append(home)
    django.setup()


def start_without_home() -> None:
    """Start Django on no home at all: for looking at the program itself."""
    os.environ.pop(HOME_VARIABLE, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"
    import django

    django.setup()


def started() -> Home | None:
    """The home this process has started on, if any: it says where a disk is full."""
    return _started[-1] if _started else None


def the_house() -> House:
    """The house of the started home.

    Raises:
        KeyringError, HomeError: Its keys cannot be used.
    """
    from circumspect import composition

    return composition.the_house()


def _refuse_unknown_time_zone(home: Home) -> None:
    """Django would not start, and due dates need it."""
    try:
        ZoneInfo(str(home.setting("library", "timezone", "America/Chicago")))
    except (ZoneInfoNotFoundError, ValueError):
        raise CommandError(
            "[library] timezone in config.toml is not a time zone such as America/Chicago"
        ) from None


def _refuse_without_databases(home: Home) -> None:
    """A database that is missing must not be made anew by being opened: an empty one looks like a home."""
    if not home.data.is_dir():
        raise CommandError(f"{home.data} is missing: bring the data folder back, or restore a backup")
    if not home.keys.is_dir():
        raise CommandError(
            f"the key folder {home.keys} is missing: bring it back, or correct [keys] folder in config.toml"
        )
    for alias, folder in (("records", home.data), ("keys", home.keys), ("ledger", home.data)):
        path = folder / f"{alias}.sqlite3"
        if not home.setting("database", alias, "") and not path.is_file():
            raise CommandError(f"the database {path} is missing: bring it back, or restore a backup")


@contextmanager
def closed_afterwards() -> Iterator[None]:
    """Close the databases when the block ends, so that files can be moved and processes forked."""
    from django.db import connections

    try:
        yield
    finally:
        connections.close_all()
