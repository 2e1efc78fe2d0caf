"""What the annex is told: where its folder and its database are, which clock it keeps, and one grave exception.

A home's ``[visits]`` section, or the same on the command line of a process that never sees the home:

    on = true                       false: nothing is counted
    start = true                    false: a service of its own runs the annex, and the server does not start one
    database = ""                   empty: a SQLite file in HOME/visits; or postgresql://visits:...@host/visits
    proxy_header = ""               such as "X-Forwarded-For", where a proxy of ours stands before the server
    keep_addresses_hours = 0        0: no network address is ever stored. At most 72, and only with the next line
    keep_addresses_decision = ""    who decided that they must be kept, when, and where that is written

Source: clauses TH-2.3, TH-2.4, TH-2.8.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from circumspect.home import Home, HomeError

MOST_HOURS = 72
LEAST_WORDS = 12
_MOST_PATH = 100
FOLDER = "visits"
SOCKET = "count.sock"
LOG = "visits.log"
DATABASE = "visits.sqlite3"


@dataclass(frozen=True, slots=True)
class Settings:
    """The annex's own settings.

    Attributes:
        folder: Where its socket, its log and its SQLite file are.
        database: An address of a PostgreSQL database, or "" for the file. Not shown: it may hold a password.
        zone: Of the library.
        keep_hours: How long addresses are kept; 0 for never.
        decision: Whose decision that is.
    """

    folder: Path
    database: str = ""
    zone: str = "America/Chicago"
    keep_hours: int = 0
    decision: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.keep_hours, int) or not 0 <= self.keep_hours <= MOST_HOURS:
            raise HomeError(f"[visits] keep_addresses_hours is a number of hours from 0 to {MOST_HOURS}")
        if self.keep_hours and len(self.decision.strip()) < LEAST_WORDS:
            raise HomeError(
                "[visits] keep_addresses_decision must say who decided that addresses are kept, when, and where that is"
                " written; without it none is kept, and the annex does not start"
            )

    def __repr__(self) -> str:
        return f"<settings of the annex in {self.folder}>"

    @property
    def socket(self) -> Path:
        """Where looks are handed in."""
        return self.folder / SOCKET

    @property
    def file(self) -> Path:
        """The SQLite file, where there is no other database."""
        return self.folder / DATABASE

    @property
    def log(self) -> Path:
        """The annex's own log."""
        return self.folder / LOG


def within_reach(path: Path) -> str:
    """A socket's path, short enough for the system, which takes no more than 108 bytes."""
    if len(bytes(path)) < _MOST_PATH:
        return str(path)
    # Stays open: the path leads through it for as long as the process lives. A process makes one or two.
    folder = os.open(path.parent, os.O_PATH | os.O_CLOEXEC)
    return f"/proc/self/fd/{folder}/{path.name}"


def is_on(home: Home) -> bool:
    """Whether this library counts visits at all."""
    return bool(home.setting("visits", "on", True))


def settings_of(home: Home) -> Settings:
    """The annex's part of a home's settings.

    Raises:
        HomeError: They cannot be meant. Names the setting.
    """
    return Settings(
        folder=home.root / FOLDER,
        database=str(home.setting("visits", "database", "")),
        zone=str(home.setting("library", "timezone", "America/Chicago")),
        keep_hours=home.setting("visits", "keep_addresses_hours", 0),
        decision=str(home.setting("visits", "keep_addresses_decision", "")),
    )
