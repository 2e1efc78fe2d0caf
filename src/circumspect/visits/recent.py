"""Who was here in the last half hour: numbers that mean nothing without the day's salt, and go by themselves.

A visit is a string of pages with less than half an hour between two of them. To tell the next page of a visit
from a new visit one has to know for half an hour that somebody was here; so that is how long it is known, an
hour at most. Two tables take turns: the older is let go whole.

A slot is 12 bytes: the number, the minute, the area, how many pages. A million visitors within one half hour take 25 MB.
"""

from __future__ import annotations

from array import array

HALF_HOUR = 30  # minutes
NOWHERE = 0
_LEAST_BITS = 10
MOST_BITS = 21


class _Generation:
    """An open hash table of fixed-width slots; 0 marks an empty one."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.mask = (1 << bits) - 1
        self.used = 0
        self.keys = array("Q", bytes(8 << bits))
        self.minutes = array("H", bytes(2 << bits))
        self.areas = array("B", bytes(1 << bits))
        self.pages = array("B", bytes(1 << bits))

    def slot(self, key: int) -> int:
        """Where a key is, or would be."""
        keys, mask = self.keys, self.mask
        at = key & mask
        while keys[at] not in (0, key):
            at = (at + 1) & mask
        return at

    def full(self) -> bool:
        return self.used * 4 > (self.mask + 1) * 3

    def put(self, at: int, key: int, minute: int, area: int, pages: int) -> None:
        if self.keys[at] == 0:
            self.keys[at] = key
            self.used += 1
        self.minutes[at], self.areas[at], self.pages[at] = minute, area, pages

    def doubled(self) -> _Generation:
        grown = _Generation(self.bits + 1)
        for key, minute, area, pages in zip(self.keys, self.minutes, self.areas, self.pages, strict=True):
            if key:
                grown.put(grown.slot(key), key, minute, area, pages)
        return grown


class Recent:
    """The visitors of the last half hour.

    Args:
        most_bits: No table grows beyond two to the power of this; when it is full, it is begun anew, and
            the next pages of those in it count as new visits.
    """

    def __init__(self, most_bits: int = MOST_BITS) -> None:
        self._most_bits = most_bits
        self.forget()

    def forget(self) -> None:
        """Forget everybody."""
        self._now = _Generation(_LEAST_BITS)
        self._before = _Generation(_LEAST_BITS)
        self._since = -1

    def seen(self, key: int, minute: int, area: int) -> tuple[int, int]:
        """Note that somebody is here, and say in which area they were last, and on how many pages of this visit.

        Args:
            key: 64 bits, not 0.
            minute: Of the day.
            area: From 1 to 255.

        Returns:
            The area, NOWHERE for somebody who was not here in the last half hour; and the pages, this one
            included, 255 for as many or more.
        """
        self.pass_time(minute)
        now = self._now
        at = now.slot(key)
        place, from_where = (at, now) if now.keys[at] else (self._before.slot(key), self._before)
        is_here = from_where.keys[place] and 0 <= minute - from_where.minutes[place] < HALF_HOUR
        was, pages = (from_where.areas[place], from_where.pages[place]) if is_here else (NOWHERE, 0)
        pages = min(255, pages + 1)
        now.put(at, key, minute, area, pages)
        if now.full():
            self._now = now.doubled() if now.bits < self._most_bits else _Generation(now.bits)
        return was, pages

    def pass_time(self, minute: int) -> None:
        """Let the older table go when its half hour is over, whether or not anybody comes."""
        if 0 <= self._since <= minute < self._since + HALF_HOUR:
            return
        gone = self._since < 0 or not 0 <= minute - self._since < 2 * HALF_HOUR
        self._before = _Generation(_LEAST_BITS) if gone else self._now
        self._now = _Generation(max(_LEAST_BITS, self._before.bits))
        self._since = minute
