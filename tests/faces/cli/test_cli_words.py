"""What the command says when the machine fails, and how it shows progress."""

from __future__ import annotations

import contextlib
import errno
import os
import pty
import sqlite3
import subprocess
from pathlib import Path

import pytest
from cli_support import COMMAND, environment
from django.db import OperationalError

from circumspect.faces.cli import problems
from circumspect.faces.cli.problems import CommandError, in_one_sentence
from circumspect.home import Home, HomeError
from circumspect.trust.ledger.errors import NotWrittenError

VALUE = "21234000000018"


def _caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/h/data/x"), "the disk is full"),
        (OperationalError("database or disk is full"), "the disk is full"),
        (
            _caused(NotWrittenError("the ledger could not write"), sqlite3.OperationalError("disk is full")),
            "disk is full",
        ),
        (OperationalError("attempt to write a readonly database"), "cannot be written"),
        (OSError(errno.EROFS, "Read-only file system", "/h/data/x"), "/h/data/x cannot be written"),
        (OperationalError(f"near {VALUE}: syntax error"), "a database cannot be used"),
        (HomeError("key file k is missing."), "key file k is missing."),
        (
            _caused(CommandError("cannot listen on :: port 80"), PermissionError(13, "Permission denied")),
            "cannot listen",
        ),
        (FileNotFoundError(2, "No such file or directory", "/h/x"), "/h/x: No such file or directory"),
    ],
)
def test_a_failing_machine_is_put_into_words_without_a_value(
    problem: Exception, words: str, tmp_path: Path
) -> None:
    sentence = in_one_sentence(problem, Home(tmp_path, {}))

    assert sentence is not None
    assert words in sentence
    assert VALUE not in sentence


def test_a_mistake_of_ours_is_named_by_kind_and_place_and_not_by_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from circumspect.faces.cli import main

    def broken(*_args: object, **_kw: object) -> int:
        raise KeyError(VALUE)

    monkeypatch.setattr(main.circumspect, "main", broken)

    assert main.run(["doctor"]) == problems.CANNOT
    said = capsys.readouterr().err
    assert said.startswith("circumspect: a mistake in the program (KeyError in broken, line ")
    assert VALUE not in said
    assert said.count("\n") == 1


def until_closed(terminal: int) -> str:
    """All that is written to a terminal, read as it comes: it holds some 4,000 bytes, and then the writer waits."""
    shown = b""
    with contextlib.suppress(OSError):  # how the system says that the other end is closed
        while part := os.read(terminal, 1 << 16):
            shown += part
    os.close(terminal)
    return shown.decode()


def test_progress_is_a_bar_on_a_terminal_and_silent_in_a_short_log(empty: Path, tmp_path: Path) -> None:
    items = tmp_path / "items.csv"
    items.write_text("barcode,title\n" + "".join(f"B{number:05d},Title {number}\n" for number in range(900)))
    command = [*COMMAND, "import", "items", str(items), "--home", str(empty)]
    terminal, their_end = pty.openpty()

    watched = subprocess.Popen(
        command, env={**environment(), "TERM": "xterm"}, stdout=subprocess.DEVNULL, stderr=their_end
    )
    os.close(their_end)
    shown = until_closed(terminal)
    logged = subprocess.run(command, env=environment(), capture_output=True, check=False, timeout=120)

    assert watched.wait(120) == logged.returncode == 0
    assert "Titles and items" in shown
    assert "\x1b[" in shown
    assert logged.stderr == b""
