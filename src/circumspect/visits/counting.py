"""Count looks at pages. What says who looked is mixed with the day's salt, and then it is gone.

The salt is 32 random bytes of this process, new each day and at each start. It is not written anywhere, not
when the process stops either: a visit that goes on over midnight or over a restart is counted twice, which is
the price. Nothing that is kept was made with it.

Bounded on purpose: whoever sends invented pages, sites or languages fills "other", and no memory.

Source: guarantee 12; clauses TH-2.3, TH-2.5, TH-2.6, TH-2.7.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections import Counter
from collections.abc import Callable

from circumspect.visits.recent import NOWHERE, Recent
from circumspect.visits.reducing import BOT, Devices, Look
from circumspect.visits.tables import (
    ADDRESS,
    AREA,
    DEVICE,
    HOUR,
    LANGUAGE,
    LEFT_OUT,
    PAGE,
    PATH,
    REFERRER,
    Table,
)

OTHER = "other"
TOO_MANY = "too many"
# Of one visit. More than this is a program that calls itself a browser; and nobody can move a count by more.
MOST_PAGES = 200
_NONE = "none"
_MOST = {PAGE: 5000, REFERRER: 1000, LANGUAGE: 100}
_MOST_AREAS = 254
# A day's sums wait in memory until they are written: by table, by key, as many numbers as the table sums.
Sums = dict[Table, dict[tuple[str | int, ...], list[int]]]


class Counting:
    """The counts of one website since they were last taken.

    Args:
        keep_addresses: The library has decided that it must keep addresses for some hours.
        salt: Makes a day's salt. Another one is for tests that show what it would cost.
    """

    def __init__(
        self, *, keep_addresses: bool = False, salt: Callable[[dt.date], bytes] | None = None
    ) -> None:
        self._keep_addresses = keep_addresses
        self._make_salt = salt or (lambda _day: secrets.token_bytes(32))
        self._recent = Recent()
        self._devices = Devices()
        self._areas: dict[str, int] = {}
        self._distinct: Counter[Table] = Counter()
        self._known: set[tuple[Table, str]] = set()
        self._day = dt.date.min
        self._sums: Sums = {}

    def count(self, look: Look, now: dt.datetime) -> None:
        """Count one page that somebody was sent.

        Args:
            now: Local time.
        """
        day = now.date()
        if day > self._day:
            self.turn(day)
        kind = self._devices.kind_of(look.browser)
        date = day.isoformat()
        if kind == BOT:
            self._add(LEFT_OUT, (date, BOT), 1)
            return
        area = look.area if look.area in self._areas or len(self._areas) < _MOST_AREAS else OTHER
        number = self._areas.setdefault(area, len(self._areas) + 1)
        was, pages = self._recent.seen(self._key(look), now.hour * 60 + now.minute, number)
        if pages > MOST_PAGES:
            self._add(LEFT_OUT, (date, TOO_MANY), 1)
            return
        begins = was == NOWHERE
        self._add(AREA, (date, area), 1, int(begins))
        self._add(PAGE, (date, area, self._bounded(PAGE, look.page)), 1)
        self._add(HOUR, (date[:7], now.weekday(), now.hour), 1, int(begins))
        if begins:
            self._add(DEVICE, (date, kind), 1)
            self._add(LANGUAGE, (date, self._bounded(LANGUAGE, look.language or _NONE)), 1)
            self._add(REFERRER, (date, self._bounded(REFERRER, look.host or _NONE)), 1)
        elif was != number:
            self._add(PATH, (date, self._name_of(was), area), 1)
        if self._keep_addresses and look.address:
            self._add(ADDRESS, (f"{date}T{now.hour:02}", look.address[:45]), 1)

    def warm_up(self) -> None:
        """Load what tells kinds of device apart, before anybody waits for it."""
        self._devices.kind_of("Mozilla/5.0 (nobody)")
        self._devices.forget()

    def pass_time(self, now: dt.datetime) -> None:
        """Let go of whom it is time to let go of, though nobody comes."""
        if now.date() > self._day:
            self.turn(now.date())
        self._recent.pass_time(now.hour * 60 + now.minute)

    def turn(self, day: dt.date) -> None:
        """Begin a day: a new salt, and nobody has been here yet."""
        self._day = day
        self._hash = hashlib.blake2b(key=self._make_salt(day), digest_size=8)
        self._recent.forget()
        self._devices.forget()
        self._areas.clear()
        self._known.clear()
        self._distinct.clear()

    def take(self) -> Sums:
        """What was counted since the last time. It is the caller's to write, or to add again."""
        taken, self._sums = self._sums, {}
        return taken

    def _key(self, look: Look) -> int:
        mixed = self._hash.copy()
        mixed.update(f"{look.address}\n{look.browser}".encode("utf-8", "replace"))
        return int.from_bytes(mixed.digest(), "little") or 1

    def _add(self, table: Table, key: tuple[str | int, ...], *by: int) -> None:
        rows = self._sums.setdefault(table, {})
        sums = rows.get(key)
        if sums is None:
            rows[key] = list(by)
        else:
            for place, more in enumerate(by):
                sums[place] += more

    def _bounded(self, table: Table, word: str) -> str:
        if (table, word) in self._known:
            return word
        if self._distinct[table] >= _MOST[table]:
            return OTHER
        self._distinct[table] += 1
        self._known.add((table, word))
        return word

    def _name_of(self, number: int) -> str:
        return next((name for name, each in self._areas.items() if each == number), OTHER)
