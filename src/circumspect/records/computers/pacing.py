"""Slow down guessing at a public computer, seat by seat. The card itself is guarded besides, where PINs are kept.

A seat may be wrong ten times at its own pace. After that it is answered "wait" without a look at what was
typed, until its next turn: one every half minute. So a guesser learns nothing faster, and nobody at another
seat waits for them. Kept in memory alone: how often somebody was wrong is nobody's business tomorrow.

Times come in, so that it can be tried out without waiting.

Source: clause TH-1.23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

FREE_MISTAKES = 10.0
SECONDS_EACH = 30.0


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(slots=True)
class Pace:
    """How often which seat was wrong of late. Only seats that have shown their key are ever in it."""

    _lock: Lock = field(default_factory=Lock)
    _kept: dict[int, _Bucket] = field(default_factory=dict)

    def may_try(self, seat: int, now: float) -> bool:
        """Whether a seat may try now. The try counts as wrong until ``was_right`` says otherwise."""
        with self._lock:
            bucket = self._kept.setdefault(seat, _Bucket(FREE_MISTAKES, now))
            bucket.left = min(FREE_MISTAKES, bucket.left + max(0.0, now - bucket.at) / SECONDS_EACH)
            bucket.at = now
            if bucket.left < 1.0:
                return False
            bucket.left -= 1.0
            return True

    def was_right(self, seat: int) -> None:
        """Give the try back. No more than that: a good card does not pay for guesses at others."""
        with self._lock:
            bucket = self._kept.get(seat)
            if bucket is not None:
                bucket.left = min(FREE_MISTAKES, bucket.left + 1.0)
