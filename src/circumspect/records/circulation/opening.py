"""When a branch is open: what falls due rolls to an open day or hour, and no fine runs while it is closed.

A calendar is a value: the week's hours, whole closed days, and hours closed by exception. A branch
whose hours are not known is taken as open always, but for its closed days.

Pure: no clock, no database. Days and hours are local to the calendar's zone; moments are seconds since
1970.

Source: DOMAIN practice of due dates ("due dates roll off closed days").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

# Looking further ahead than this means that the branch does not open any more.
_MOST_DAYS = 400
_MIDNIGHT = dt.time()

Hours = tuple[dt.time, dt.time]  # opens, closes; a closing time of midnight is the end of the day


@dataclass(frozen=True, slots=True)
class OpeningCalendar:
    """When one branch is open.

    Attributes:
        zone: Where the library stands.
        week: Seven entries, Monday first, each the spells it is open; () where the hours are not known.
        closed: Whole days.
        closed_hours: By day, spells closed by exception.
    """

    zone: ZoneInfo
    week: tuple[tuple[Hours, ...], ...] = ()
    closed: frozenset[dt.date] = frozenset()
    closed_hours: Mapping[dt.date, tuple[Hours, ...]] = field(default_factory=dict)

    def is_open_on(self, day: dt.date) -> bool:
        """Whether the branch opens at all that day."""
        return bool(self.spells(day))

    def spells(self, day: dt.date) -> tuple[tuple[int, int], ...]:
        """When it is open that day: from and until, in order; the end is not included."""
        if day in self.closed:
            return ()
        hours = self.week[day.weekday()] if any(self.week) else ((_MIDNIGHT, _MIDNIGHT),)
        spells = [self._moments(day, spell) for spell in hours]
        for spell in self.closed_hours.get(day, ()):
            closes, opens = self._moments(day, spell)
            spells = [
                piece
                for start, end in spells
                for piece in ((start, min(end, closes)), (max(start, opens), end))
                if piece[0] < piece[1]
            ]
        return tuple(sorted(set(spells)))

    def open_day_from(self, day: dt.date) -> dt.date:
        """That day, or the next one on which the branch opens; that day itself where none comes."""
        for ahead in range(_MOST_DAYS):
            if self.is_open_on(day + dt.timedelta(days=ahead)):
                return day + dt.timedelta(days=ahead)
        return day

    def open_moment_from(self, moment: int) -> int:
        """That moment, or the next at which the branch opens; that moment itself where none comes."""
        day = self.day_of(moment)
        for ahead in range(_MOST_DAYS):
            for start, end in self.spells(day + dt.timedelta(days=ahead)):
                if moment < end:
                    return max(moment, start)
        return moment

    def open_days_after(self, first: dt.date, last: dt.date) -> int:
        """How many open days there are after ``first``, up to ``last`` and with it."""
        return sum(
            self.is_open_on(first + dt.timedelta(days=ahead)) for ahead in range(1, (last - first).days + 1)
        )

    def open_seconds_between(self, start: int, end: int) -> int:
        """For how long it was open from one moment to another."""
        day, last = self.day_of(start), self.day_of(end)
        seconds = 0
        while day <= last:
            seconds += sum(max(0, min(end, closes) - max(start, opens)) for opens, closes in self.spells(day))
            day += dt.timedelta(days=1)
        return seconds

    def day_of(self, moment: int) -> dt.date:
        """The local day of a moment."""
        return dt.datetime.fromtimestamp(moment, self.zone).date()

    def end_of(self, day: dt.date) -> int:
        """The last second of a day."""
        return int(dt.datetime.combine(day, dt.time(23, 59, 59), self.zone).timestamp())

    def _moments(self, day: dt.date, spell: Hours) -> tuple[int, int]:
        opens, closes = spell
        ends_on = day if closes > _MIDNIGHT else day + dt.timedelta(days=1)
        return (
            int(dt.datetime.combine(day, opens, self.zone).timestamp()),
            int(dt.datetime.combine(ends_on, closes, self.zone).timestamp()),
        )
