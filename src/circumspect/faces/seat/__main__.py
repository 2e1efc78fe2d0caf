"""Run a seat's client: ``python -m circumspect.faces.seat --server URL --seat-key-file F [--config C]``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path
from types import FrameType

from circumspect.faces.seat.kiosk import Kiosk
from circumspect.faces.seat.line import Line
from circumspect.faces.seat.screen import Screen
from circumspect.faces.seat.settings import SettingsError, read_settings

CANNOT = 2


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; the exit code."""
    words = argparse.ArgumentParser(
        prog="python -m circumspect.faces.seat",
        description="The lock screen, clock and wipe of a public computer.",
    )
    words.add_argument("--server", required=True, help="Such as https://library.example")
    words.add_argument(
        "--seat-key-file", required=True, type=Path, help="What 'circumspect seat add' printed."
    )
    words.add_argument("--config", type=Path, help="A TOML file: what to wipe and what to launch.")
    words.add_argument(
        "--insecure-ok", action="store_true", help="Plain HTTP to another machine; for a test."
    )
    given = words.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = read_settings(
            given.server, given.seat_key_file, given.config, insecure_ok=given.insecure_ok
        )
        kiosk = Kiosk(settings, Line(settings))
        screen = Screen(kiosk, settings.page_port)
    except (SettingsError, OSError) as problem:
        sentence = (
            str(problem) if isinstance(problem, SettingsError) else "the page's port or a file cannot be used"
        )
        sys.stderr.write(f"seat: {sentence}\n")
        return CANNOT
    return run(kiosk, screen, settings.poll_seconds)


def run(kiosk: Kiosk, screen: Screen, poll_seconds: float) -> int:
    """Serve the screen and follow the server, until a signal says to stop."""
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)
        kiosk.wake.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    kiosk.page = screen.address
    screen.start()
    sys.stderr.write(f"seat: the lock screen is at {screen.address}\n")
    sys.stderr.flush()
    while not stopping:
        kiosk.tick()
        kiosk.wake.wait(poll_seconds)
        kiosk.wake.clear()
    kiosk.stop()
    screen.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
