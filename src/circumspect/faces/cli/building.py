"""Put a new home in its place whole, or not at all.

A home is built in a hidden folder inside the place it is to have, and moved up when it is finished;
``config.toml``, which makes a folder a home, moves last. What fails or is interrupted is removed at
once; what was killed is removed (or, when it was being moved, finished) by the next try.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from circumspect.faces.cli.problems import CommandError
from circumspect.home import CONFIG_NAME, Home, HomeError
from circumspect.trust.vault import erasures

_HIDDEN = ".being-made"
_PARTS = ("keys", "data", erasures.FILE, erasures.WANTED, CONFIG_NAME)


@contextmanager
def new_home(root: Path) -> Iterator[Path]:
    """A folder to build in; when the block ends well, ``root`` is the home.

    Raises:
        HomeError: Something is there already, or is being made, or the folder cannot be written.
    """
    made = not root.exists()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear_up(root)
    except OSError as problem:
        raise HomeError(f"{root} cannot be written: {problem.strerror}") from problem
    if any(root.iterdir()):
        raise HomeError(f"{root} is not empty. Choose a new folder, or serve the home that is there.")
    hidden = root / _HIDDEN
    try:
        with sigterm_interrupts(), _held(hidden):
            yield hidden / "home"
            _move_up(hidden / "home", root)
            hidden.rmdir()
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        if made and not any(root.iterdir()):
            root.rmdir()
        raise


def _move_up(built: Path, root: Path) -> None:
    for name in _PARTS:
        if (built / name).exists():
            (built / name).rename(root / name)
    handle = os.open(root, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    built.rmdir()


def _clear_up(root: Path) -> None:
    """After a try that was killed: finish it where it was being moved, remove it where it was not."""
    hidden = root / _HIDDEN
    if not hidden.is_dir():
        return
    with _held(hidden):
        if (root / "keys").exists() and (hidden / "home" / CONFIG_NAME).exists():
            _move_up(hidden / "home", root)
        shutil.rmtree(hidden)


@contextmanager
def _held(hidden: Path) -> Iterator[None]:
    """Keep a second ``init`` of the same home away. Raises HomeError where one is at work."""
    hidden.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(hidden, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HomeError(f"{hidden.parent} is being made by another process") from None
        yield
    finally:
        os.close(handle)


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """A polite kill ends the work like Ctrl-C does, so that what is half made is removed."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def is_institution(typed: str) -> bool:
    """Whether it can stand in a barcode as the library's own number."""
    return bool(re.fullmatch(r"[0-9]{4}", typed))


def refuse_bad_names(name: str, institution: str) -> None:
    """Look at what was typed before anything is made.

    Raises:
        CommandError: The institution is not four digits, or the name is empty, long or unprintable.
    """
    if not is_institution(institution):
        raise CommandError("an institution is four digits: digits 2 to 5 of every barcode of the library")
    if not name.strip() or len(name) > 120 or not name.isprintable() or "\\" in name:
        raise CommandError("a library's name is 1 to 120 printable characters without a backslash")


def use_config(root: Path, chosen: Path) -> Home:
    """Put a library's own config.toml in the place of the one just made; the home it makes.

    Raises:
        CommandError: It names a key folder that is not ready for new keys.
        HomeError: It is not a config.toml.
    """
    (root / CONFIG_NAME).write_bytes(chosen.read_bytes())
    home = Home.open(root)
    folder = Path(str(home.setting("keys", "folder", "keys")))
    if folder != Path("keys") and not (
        folder.is_absolute() and folder.is_dir() and not any(folder.iterdir())
    ):
        raise CommandError('[keys] folder must be "keys", or the whole path of an empty folder that is there')
    return home


def set_languages(root: Path, first: str) -> None:
    """Put the library's first language in front, in a config.toml just made."""
    path = root / CONFIG_NAME
    languages = ["en", "es", "pl"]
    languages.sort(key=lambda code: code != first)
    listed = ", ".join(f'"{code}"' for code in languages)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('languages = ["en", "es", "pl"]', f"languages = [{listed}]"), encoding="utf-8"
    )
