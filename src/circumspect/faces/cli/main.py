"""The ``circumspect`` command: run what was typed, and leave with a code that says how it went.

Whatever goes wrong is said in one plain sentence on standard error. There is no traceback: it would
show values. What we cannot put into a sentence is our own mistake; its kind and place are said, its
words are not.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from circumspect.faces.cli import (
    backupcommands,  # noqa: F401 - its commands enter themselves
    homes,
    problems,
    witnesscommands,  # noqa: F401 - its commands enter themselves
)
from circumspect.faces.cli.commands import circumspect


def main() -> None:
    """The entry point."""
    # Whatever this program writes is for its own account alone.
    os.umask(0o077)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code."""
    try:
        return int(circumspect.main(list(arguments), standalone_mode=False) or problems.OK)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _failed("interrupted; what was finished before is kept", problems.INTERRUPTED)
    except click.ClickException as problem:
        problem.show()
        return problems.CANNOT
    except BrokenPipeError:
        # Whoever was reading has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return problems.OK
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else problems.CANNOT
    except Exception as problem:  # noqa: BLE001 - the last word: a sentence, never a traceback
        return _failed(_sentence(problem), getattr(problem, "exit_code", problems.CANNOT))


def _sentence(problem: Exception) -> str:
    sentence = problems.in_one_sentence(problem, homes.started())
    if sentence:
        return sentence
    frames = traceback.extract_tb(problem.__traceback__)
    place = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "unknown place"
    return f"a mistake in the program ({type(problem).__name__} in {place}); please report it"


def _failed(sentence: str, code: int) -> int:
    sentence = sentence.rstrip()
    click.echo(f"circumspect: {sentence}{'' if sentence.endswith('.') else '.'}", err=True)
    return code
