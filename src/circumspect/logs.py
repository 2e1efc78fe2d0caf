"""Log lines that hold no value: time, level, logger, message, and of an exception its type and place."""

from __future__ import annotations

import logging
import traceback


class PlainFormatter(logging.Formatter):
    """Write where an error came from, never what it said: messages of foreign code may quote a value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatException(self, ei: object) -> str:
        if not isinstance(ei, tuple) or ei[0] is None:
            return ""
        frames = traceback.extract_tb(ei[2])
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
        return f"{ei[0].__name__} at {places}"
