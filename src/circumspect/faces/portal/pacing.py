"""Slow down guessing of PINs from outside, in memory only: nothing tells afterwards who tried from where.

Two counters, one for an address and one for a card. Each has tries that are free, then gives back one every few
seconds. Cards that nobody has are counted like any other, so that the answer does not tell them apart. A card's
own lock (``records/patrons/cards``) comes on top, and is durable.

Source: clause TH-1.23; DOMAIN practice of self-service.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from threading import Lock

# Enough for a reading room behind one address; few enough that 10,000 PINs take days.
ADDRESS_FREE, ADDRESS_SECONDS = 30, 10.0
CARD_FREE, CARD_SECONDS = 6, 30.0
_MOST = 20_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Pace:
    """The counters of one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._salt = os.urandom(16)
        self._buckets: dict[bytes, _Bucket] = {}

    def may_try(self, address: str, card: str, now: float) -> bool:
        """Whether another PIN may be looked at; it is counted then."""
        with self._lock:
            here = self._filled(self._key("address", address), ADDRESS_FREE, ADDRESS_SECONDS, now)
            # Whoever has no try left is counted no more: else made-up cards would push the counters out of memory.
            if here.left < 1:
                return False
            mine = self._filled(self._key("card", card), CARD_FREE, CARD_SECONDS, now)
            if mine.left < 1:
                return False
            here.left -= 1
            mine.left -= 1
            self._let_go(now)
        return True

    def was_right(self, address: str, card: str) -> None:
        """Take the try back: it was no guess."""
        with self._lock:
            self._buckets.pop(self._key("card", card), None)
            bucket = self._buckets.get(self._key("address", address))
            if bucket is not None:
                bucket.left = min(ADDRESS_FREE, bucket.left + 1)

    def _let_go(self, now: float) -> None:
        """Where there are too many counters, those go that are full again and say nothing; then those used longest ago."""
        if len(self._buckets) <= _MOST:
            return
        longest = max(ADDRESS_FREE * ADDRESS_SECONDS, CARD_FREE * CARD_SECONDS)
        kept = {key: each for key, each in self._buckets.items() if now - each.at < longest}
        if len(kept) > _MOST:
            # A quarter at a time: looking through all at every try would itself be a way to slow us down.
            newest = sorted(kept, key=lambda key: kept[key].at, reverse=True)[: _MOST * 3 // 4]
            kept = {key: kept[key] for key in newest}
        self._buckets = kept

    def _filled(self, key: bytes, free: int, seconds: float, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(free, now))
        bucket.left = min(free, bucket.left + max(0.0, now - bucket.at) / seconds)
        bucket.at = now
        return bucket

    def _key(self, kind: str, value: str) -> bytes:
        # Memory holds no address and no card number either.
        return hashlib.blake2b(
            f"{kind}\0{value}".encode("utf-8", "replace"), key=self._salt, digest_size=16
        ).digest()


PACE = Pace()
