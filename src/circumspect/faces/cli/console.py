"""What a command says: lines to people, JSON to machines, progress to whoever waits.

Answers go to standard output, progress to standard error, so that an answer can be piped. On a
terminal progress is a moving bar; in a log it is a plain line now and then.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

_LINE_EVERY_SECONDS = 10.0

# Say how far it is: done, and how many there are in all (None where nobody knows).
Tell = Callable[[int, int | None], None]


def say(text: str = "") -> None:
    """One line for a person, or an answer."""
    click.echo(text)


def say_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """An answer for a machine."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say_table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> None:
    """Columns as wide as they need be: readable on a terminal, and by ``cut`` and ``grep``."""
    lines = [list(heads), *[list(row) for row in rows]]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    for line in lines:
        say("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


@contextmanager
def progress(title: str) -> Iterator[Tell]:
    """Show how far long work has come, for as long as the block runs."""
    if sys.stderr.isatty():
        with _bar(title) as tell:
            yield tell
    else:
        yield _lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(title: str) -> Tell:
    last = time.monotonic()

    def tell(done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_EVERY_SECONDS or (total is not None and done == total > 0):
            last = time.monotonic()
            of = f" of {total:,}" if total is not None else ""
            click.echo(f"{title}: {done:,}{of}", err=True)

    return tell
