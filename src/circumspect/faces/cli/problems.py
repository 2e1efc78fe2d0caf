"""Say in one plain sentence why a command could not be done, and with which exit code.

What other rooms refuse with is written for people already and is passed on. What the machine refuses
with (a full disk, a read-only folder, a database that is not one) is put into words here. Messages of
foreign code are never passed on: they may quote a value. Nothing here prints a traceback.

Left to ``main``: catching, printing, leaving.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError

from circumspect.home import Home, HomeError
from circumspect.trust.door.errors import DoorError
from circumspect.trust.ledger.errors import LedgerError
from circumspect.trust.policy.data import PolicyError
from circumspect.trust.vault.errors import VaultError

OK = 0
FOUND_WRONG = 1
CANNOT = 2
INTERRUPTED = 130

# Less than this and nothing more can be written durably.
_FULL_BYTES = 512 * 1024
_SPOKEN_FOR_PEOPLE = (HomeError, VaultError, LedgerError, PolicyError, DoorError)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)


class CommandError(Exception):
    """A command cannot be done. The message is one plain sentence with no patron data.

    Attributes:
        exit_code: What the program leaves with.
    """

    def __init__(self, sentence: str, exit_code: int = CANNOT) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def in_one_sentence(problem: BaseException, home: Home | None) -> str | None:
    """The sentence for a problem that an operator can act on; None for one that is our mistake."""
    if isinstance(problem, CommandError):
        return str(problem)
    for each in _with_causes(problem):
        found = _of_the_machine(each, home)
        if found:
            return found
    if isinstance(problem, _SPOKEN_FOR_PEOPLE):
        return str(problem)
    if isinstance(problem, OSError):
        return f"{problem.filename or 'a file'}: {problem.strerror or type(problem).__name__}"
    if isinstance(problem, (DatabaseError, sqlite3.Error)):
        return _database_sentence(home)
    return None


def _of_the_machine(problem: BaseException, home: Home | None) -> str | None:
    """A full disk or a read-only folder, wherever in the chain it shows."""
    text = str(problem).lower() if isinstance(problem, (DatabaseError, sqlite3.Error)) else ""
    number = problem.errno if isinstance(problem, OSError) else None
    if number in _FULL or "is full" in text or (_is_about_writing(problem) and _is_full(home)):
        return f"the disk is full{_where(home)}: make room, then try again. What was done before is safe"
    if number in _READ_ONLY or "readonly" in text or "read-only" in text:
        place = getattr(problem, "filename", None) or (home.root if home else "the folder")
        return f"{place} cannot be written: it is read-only, or belongs to another user"
    return None


def _database_sentence(home: Home | None) -> str:
    places = f" in {home.data} and {home.keys}" if home else ""
    return f"a database cannot be used: it is missing, damaged, or its server is away. Look{places}, or run doctor"


def _is_about_writing(problem: BaseException) -> bool:
    return isinstance(problem, (DatabaseError, sqlite3.Error, OSError, LedgerError, DoorError))


def _is_full(home: Home | None) -> bool:
    return home is not None and any(free_bytes(folder) < _FULL_BYTES for folder in (home.data, home.keys))


def free_bytes(folder: Path) -> int:
    """What is free on a folder's disk; plenty where that cannot be asked."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 1 << 60


def _where(home: Home | None) -> str:
    return f" that holds {home.root}" if home else ""


def _with_causes(problem: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while problem is not None and seen < 10:
        yield problem
        problem = problem.__cause__ or problem.__context__
        seen += 1
