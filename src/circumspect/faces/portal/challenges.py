"""Challenges of passkeys' ceremonies: each is for one use of one sign-in, for five minutes, and is answered once.

Nothing is stored when one is given out: it carries its time and a mark that only this process can make, so that nobody
fills a memory by asking. What has been answered is remembered until it is over. A server that is started anew knows
none of its challenges any more: whoever was at it tries again.

Source: W3C Web Authentication Level 3, section 13.4.3.
"""

from __future__ import annotations

import hmac
import os
from threading import Lock

SECONDS = 300
_RANDOM, _TIME, _MARK = 16, 8, 16


class Challenges:
    """The challenges of one process."""

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._lock = Lock()
        self._answered: dict[bytes, float] = {}

    def make(self, use: str, whose: str, now: float) -> bytes:
        """A new challenge of 40 bytes.

        Args:
            use: What the answer is for.
            whose: The sign-in it is for; "" where nobody is signed in yet.
            now: Seconds on a clock that is not set back.
        """
        body = os.urandom(_RANDOM) + int(now).to_bytes(_TIME, "big")
        return body + self._mark(body, use, whose)

    def take(self, challenge: bytes, use: str, whose: str, now: float) -> bool:
        """Whether this challenge may be answered, for this use, now. It may not be again."""
        body, mark = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if not hmac.compare_digest(mark, self._mark(body, use, whose)):
            return False
        made_at = int.from_bytes(body[_RANDOM:], "big")
        with self._lock:
            for each in [old for old, over in self._answered.items() if over < now]:
                del self._answered[each]
            if not -1 <= now - made_at <= SECONDS or body in self._answered:
                return False
            self._answered[body] = made_at + SECONDS + 1
        return True

    def _mark(self, body: bytes, use: str, whose: str) -> bytes:
        return hmac.digest(self._key, b"\0".join((body, use.encode(), whose.encode())), "sha256")[:_MARK]


CHALLENGES = Challenges()
