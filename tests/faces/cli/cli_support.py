"""Run the real command as its users do: in a process of its own, with its own environment."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warm import Warm

_MAIN = "from circumspect.faces.cli.main import main; main()"
COMMAND = [sys.executable, "-c", _MAIN]
PATIENCE_SECONDS = 120
_WARM = Warm()


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """The answer of a command called with --json."""
        return json.loads(self.output)


def environment() -> dict[str, str]:
    """The test run's own, without what would choose a home."""
    left_out = ("CIRCUMSPECT_HOME", "DJANGO_SETTINGS_MODULE")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def circumspect(
    *words: object, before: Callable[[], None] | None = None, wrapper: tuple[str, ...] = ()
) -> Done:
    """Run the command to its end."""
    if before is None and not wrapper:
        return _run(_MAIN, *words)
    done = subprocess.run(
        [*wrapper, *COMMAND, *map(str, words)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        preexec_fn=before,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def on_home(home: Path, script: str) -> Done:
    """Run Python on a home, in a process of its own; ``house`` is there."""
    opening = (
        "from pathlib import Path\nfrom circumspect.faces.cli import homes\n"
        f"homes.start(Path({str(home)!r}))\nhouse = homes.the_house()\n"
    )
    return _run(opening + script)


def _run(script: str, *words: object) -> Done:
    return Done(*_WARM.run(script, [str(word) for word in words], environment(), PATIENCE_SECONDS))


def killed_at(patch: str, *words: object) -> int:
    """Run the command in a process that kills itself outright where ``patch`` says; its code (-9)."""
    script = (
        "import os, signal, sys\n"
        "def die(*_args, **_kw):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{patch}\n"
        "from circumspect.faces.cli.main import run\n"
        f"sys.exit(run({[str(word) for word in words]!r}))\n"
    )
    return _run(script).code


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A server on a home, listening; stopped when the block ends."""
    server = subprocess.Popen(
        [*COMMAND, "serve", "--home", str(home), "--http", f"127.0.0.1:{port}"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: answers(port) or server.poll() is not None)
        yield server
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait, and fail when it takes too long."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def is_one_plain_sentence(done: Done) -> bool:
    """Refused with code 2, one line on standard error, no traceback and no answer."""
    lines = done.errors.strip().splitlines()
    assert "a mistake in the program" not in done.errors
    return done.code == 2 and len(lines) == 1 and lines[0].startswith("circumspect: ") and not done.output
