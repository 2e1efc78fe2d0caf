"""The annex from the command line: start its process, and take past figures out of a web server's log.

Source: clauses TH-2.3, TH-2.8.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from circumspect.faces.cli.console import say, say_json
from circumspect.faces.cli.problems import OK, CommandError
from circumspect.home import HOME_VARIABLE, Home
from circumspect.visits import accesslog
from circumspect.visits.__main__ import DATABASE_VARIABLE, arguments
from circumspect.visits.settings import Settings, is_on, settings_of
from circumspect.visits.store import Store, StoreError

_STOP_SECONDS = 10


@contextmanager
def beside(home: Home) -> Iterator[None]:
    """The annex's process, for as long as the block runs. It knows its own folder, and nothing of the home.

    Raises:
        HomeError: ``[visits]`` cannot be meant.
    """
    if not is_on(home) or not home.setting("visits", "start", True):
        yield
        return
    settings = settings_of(home)
    settings.folder.mkdir(mode=0o700, exist_ok=True)
    process = subprocess.Popen(  # noqa: S603 - this very program, with arguments of its own
        arguments(settings, beside_server=True), env=_environment(settings)
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def serve(home: Home) -> None:
    """Become the annex's process: for a service of its own, beside a server that was told not to start one.

    Raises:
        HomeError: ``[visits]`` cannot be meant.
    """
    settings = settings_of(home)
    settings.folder.mkdir(mode=0o700, exist_ok=True)
    say(f"Counting visits in {settings.folder}. Stop with Ctrl-C.")
    typed = arguments(settings, beside_server=False)
    os.execve(typed[0], typed, _environment(settings))  # noqa: S606 - this very program, with arguments of its own


def take_in(home: Home, logs: Sequence[Path], *, below: str, leave_out: Sequence[str], as_json: bool) -> int:
    """Count the looks of access logs; an exit code.

    Raises:
        CommandError: The database cannot be used, or a log cannot be read.
    """
    settings = settings_of(home)
    try:
        store = Store(settings)
    except StoreError as problem:
        raise CommandError(str(problem)) from problem
    hosts = frozenset(str(each) for each in home.setting("web", "hosts", []))
    try:
        report = accesslog.take_in(
            store, logs, settings.zone, below=below, leave_out=leave_out, own_hosts=hosts
        )
    except OSError as problem:
        raise CommandError(f"the log cannot be read: {problem.strerror or 'it is damaged'}") from problem
    finally:
        store.close()
    if as_json:
        say_json(
            {
                "lines": report.lines,
                "counted": report.counted,
                "passed_over": dict(report.passed_over),
                "days": sorted(report.days),
                "days_there_already": sorted(report.days_there_already),
            }
        )
        return OK
    say(f"{report.lines:,} lines, {report.counted:,} looks at pages counted, on {len(report.days)} days.")
    for why, times in sorted(report.passed_over.items()):
        if times:
            say(f"  {times:>10,}  {why}")
    if report.days_there_already:
        say(f"  {len(report.days_there_already)} days were counted before, and were passed over.")
    say("Nothing of who looked was kept. Delete the logs when the figures are as you expect.")
    return OK


def _environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != HOME_VARIABLE}
    return {**kept, DATABASE_VARIABLE: settings.database}
