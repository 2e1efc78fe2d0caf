"""A Python that has read the libraries already, and divides itself for each command.

The command's tests start it some hundreds of times, and most of each start goes into reading libraries that are the
same every time. Of the program itself nothing is read before a command has its home: each still starts Django and
reads its own modules, in a process of its own, with its own environment, and ends as any Python ends.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

LIBRARIES: Final = (
    "argon2", "asyncio", "cedarpy", "click", "concurrent.futures.thread", "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.kdf.hkdf", "dateutil.rrule",
    "django.contrib.auth.hashers", "django.contrib.sessions.backends.db", "django.core.management", "django.db.models",
    "django.db.backends.sqlite3.base", "django.db.migrations.executor", "django.forms", "django.http", "django.urls",
    "django.template.backends.django", "email.message", "granian", "holidays", "icalendar", "multiprocessing", "rich.table",
    "rich.progress", "sqlite3", "sqlparse", "stdnum.isbn", "tomllib", "typst", "ua_parser",
)  # fmt: skip


class Warm:
    """The client's side: one such Python for this process of the test run, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def run(
        self, code: str, words: list[str], environment: dict[str, str], patience: float
    ) -> tuple[int, str, str]:
        """Run ``code`` with these words behind its name; its exit code, what it said, and what it complained of."""
        with self._lock, tempfile.TemporaryDirectory(prefix="circumspect-command-") as folder:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            said, complained = Path(folder, "said"), Path(folder, "complained")
            asked = {
                "code": code,
                "words": words,
                "environment": environment,
                "folder": str(Path.cwd()),
                "said": str(said),
                "complained": str(complained),
            }
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], patience)
            answer = process.stdout.readline() if ready else b""
            if not answer:
                self.stop()
                raise subprocess.TimeoutExpired(words, patience)
            return int(answer), said.read_text(), complained.read_text()

    def stop(self) -> None:
        """End it, and what it may still be running."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            atexit.register(self.stop)
        return self._process


def _serve() -> dict[str, Any]:
    """Divide for each line asked; returns in each part, with what was asked of it."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin.buffer:
        asked: dict[str, Any] = json.loads(line)
        part = os.fork()
        if not part:
            return asked
        _, status = os.waitpid(part, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    os._exit(0)


def _become(asked: dict[str, Any]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, path in ((1, asked["said"]), (2, asked["complained"])):
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), number)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["-c", *asked["words"]]
    sys.path[0] = ""


if __name__ == "__main__":
    mine = _serve()
    _become(mine)
    exec(compile(mine["code"], "<string>", "exec"), {"__name__": "__main__"})
