"""Wipe what a session left on this machine, and look whether it is gone.

A folder is emptied, not followed: a link in it is deleted and what it points to is left alone. What cannot be
deleted, or is still there afterwards, means that the machine is not clean, and nobody says that it is.

Source: clause MP-4.9.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

_COMMAND_SECONDS = 240


class NotCleanError(Exception):
    """Something is left. The message names no file: a file's name may say what somebody did."""

    def __init__(self) -> None:
        super().__init__("the machine could not be wiped")


def wipe(folders: Sequence[Path], command: Sequence[str]) -> None:
    """Empty the folders, run the command, and look.

    Raises:
        NotCleanError: Something is left, or the command did not end well.
    """
    try:
        for folder in folders:
            _empty(folder)
        if command:
            done = subprocess.run(  # noqa: S603 - the library's own command, from the seat's settings
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_COMMAND_SECONDS,
                check=False,
            )
            if done.returncode != 0:
                raise NotCleanError
    except (OSError, subprocess.SubprocessError):
        raise NotCleanError from None
    if not all(is_clean(folder) for folder in folders):
        raise NotCleanError


def is_clean(folder: Path) -> bool:
    """Whether a folder is there, is a real one, and holds nothing."""
    try:
        return stat.S_ISDIR(folder.lstat().st_mode) and not any(folder.iterdir())
    except OSError:
        return False


def _empty(folder: Path) -> None:
    # A link put in the folder's place would have us empty something else, and call the real one clean.
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        folder.unlink()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                _let_delete(Path(entry.path))
                shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink()


def _let_delete(folder: Path) -> None:
    """What was made read-only can be deleted too."""
    for root, names, _files in os.walk(folder):
        Path(root).chmod(0o700)
        for name in names:
            inner = Path(root, name)
            if not inner.is_symlink():
                inner.chmod(0o700)
