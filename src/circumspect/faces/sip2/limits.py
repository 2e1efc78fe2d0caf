"""Slow down guessing at cards, PINs and passwords, without turning away whoever is right.

A machine, or an address that logs in, may be wrong some thirty times at its own pace; after that each check waits
for its turn, one every two seconds. Nothing is refused: a vendor's patrons are not locked out because one
of them guesses. The card itself is guarded besides, where PINs are kept.

An answer to a guess that was wrong goes out on the beat of a quarter of a second, so that how long the work
took is not to be read from it.

Pure: times come in and go out.

Source: clause TH-1.23.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

FREE_MISTAKES = 30.0
SECONDS_EACH = 2.0
BEAT_SECONDS = 0.25
MOST_KEPT = 4096


@dataclass(slots=True)
class _Bucket:
    left: float = FREE_MISTAKES
    at: float = 0.0
    next_turn: float = 0.0


@dataclass(slots=True)
class Mistakes:
    """How often whom was wrong, in memory alone. Keys are a machine's number or an address."""

    _kept: dict[str, _Bucket] = field(default_factory=dict)

    def wait(self, who: str, now: float) -> float:
        """Seconds to wait before the next check; 0 for whoever was wrong seldom. Takes a turn."""
        bucket = self._kept.get(who)
        if bucket is None:
            return 0.0
        _refill(bucket, now)
        if bucket.left >= 1.0:
            return 0.0
        turn = max(now, bucket.next_turn)
        bucket.next_turn = turn + SECONDS_EACH
        return turn - now

    def was_wrong(self, who: str, now: float) -> None:
        """Count a mistake."""
        bucket = self._kept.get(who)
        if bucket is None:
            if len(self._kept) >= MOST_KEPT:
                self._forget(now)
            bucket = self._kept.setdefault(who, _Bucket(at=now))
        _refill(bucket, now)
        bucket.left = max(0.0, bucket.left - 1.0)

    def _forget(self, now: float) -> None:
        """Let go of those who are forgiven; of the oldest too, where too many are not."""
        for who, bucket in list(self._kept.items()):
            _refill(bucket, now)
            if bucket.left >= FREE_MISTAKES:
                del self._kept[who]
        # A quarter at a time: looking through all at every mistake would itself be a way to slow us down.
        for who in list(self._kept)[: max(0, len(self._kept) - MOST_KEPT * 3 // 4)]:
            del self._kept[who]


def _refill(bucket: _Bucket, now: float) -> None:
    bucket.left = min(FREE_MISTAKES, bucket.left + max(0.0, now - bucket.at) / SECONDS_EACH)
    bucket.at = now


def on_the_beat(spent: float) -> float:
    """Seconds still to wait, so that an answer goes out a whole number of beats after it was asked."""
    return math.ceil(max(spent, 1e-9) / BEAT_SECONDS) * BEAT_SECONDS - spent
