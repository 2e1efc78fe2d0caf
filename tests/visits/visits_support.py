"""Looks at pages, by people who do not exist."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from circumspect.visits.counting import Counting, Sums
from circumspect.visits.reducing import Look
from circumspect.visits.tables import Table

ZONE = ZoneInfo("America/Chicago")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def at(hour: int, minute: int = 0, day: int = 23) -> dt.datetime:
    """A moment of November 2026; the 23rd is a Monday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def look(
    page: str = "events",
    *,
    address: str = "198.51.100.7",
    browser: str = FIREFOX,
    host: str = "",
    language: str = "en",
) -> Look:
    return Look(page.partition("/")[0] or "home", page, host, language, address, browser)


def counted(*looks: tuple[Look, dt.datetime], counting: Counting | None = None) -> Sums:
    counting = counting or Counting()
    for each, now in looks:
        counting.count(each, now)
    return counting.take()


def total(sums: Sums, table: Table, column: str) -> int:
    """A column added up over every row."""
    place = table.sums.index(column)
    return sum(numbers[place] for numbers in sums.get(table, {}).values())
