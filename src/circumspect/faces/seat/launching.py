"""Launch what the settings name, and stop it with everything it has launched itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

_PATIENCE_SECONDS = 3.0


class Program:
    """One program and its children, or nothing where no command is set."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **places: str) -> bool:
        """Start it, unless it runs; whether it runs then. ``{page}`` in the command is filled in."""
        if not self._command or self.is_running:
            return True
        words = [_filled(word, places) for word in self._command]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the library's own command, from the seat's settings
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            self._process = None
        return self._process is not None

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it and its children: asked first, then made to."""
        process, self._process = self._process, None
        if process is None:
            return
        if not hasattr(os, "killpg"):
            # No groups of processes on this system: the wipe command sees to the children.
            process.kill()
            return
        for how in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, how)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_SECONDS)
        _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Until nobody of the group is left to write anything; not for ever."""
    end = time.monotonic() + _PATIENCE_SECONDS
    with suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < end:
            os.killpg(group, 0)
            time.sleep(0.05)


def _filled(word: str, places: dict[str, str]) -> str:
    for name, value in places.items():
        word = word.replace("{" + name + "}", value)
    return word
