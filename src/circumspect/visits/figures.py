"""What the counts say, for a page: sums of a stretch of days, the small ones hidden, and what each gives away.

Beside each figure stands its *budget*: by how much one visit can move it, how fine it is in time, from which
count on it is shown. No noise is added to any of them, and it says so: what protects is that there is no row
of a visit to begin with, and that a count knows a day and a word and nothing more.

Source: clauses TH-2.3, TH-2.5; guarantee 12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from circumspect.visits.counting import MOST_PAGES
from circumspect.visits.store import Store, since
from circumspect.visits.tables import (
    AREA,
    DEVICE,
    HOUR,
    LANGUAGE,
    LEFT_OUT,
    PAGE,
    PATH,
    REFERRER,
    Table,
)  # fmt: skip

SMALLEST = 11
_LONGEST = 25


@dataclass(frozen=True, slots=True)
class Budget:
    """What a figure can give away of one visit.

    Attributes:
        moves: By how much one visit can move a number of it, at most.
        finest: The shortest time that a number of it is for.
    """

    moves: int
    finest: str
    shown_from: int = SMALLEST

    @property
    def words(self) -> str:
        """In a sentence."""
        return (
            f"One visit moves a number here by {self.moves} at most. Nothing is finer than {self.finest}. Numbers under"
            f" {self.shown_from} are not shown. No noise is added."
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts by a word.

    Attributes:
        code: Its name in addresses and files.
        rows: Words and counts, the largest first; None for a count that is too small to be shown.
        others: What the words together have that are not named, and those that are too small.
        unit: "visits", "views" or "steps".
    """

    code: str
    title: str
    unit: str
    rows: tuple[tuple[tuple[str, ...], int], ...]
    others: int
    budget: Budget


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All figures of a stretch of days.

    Attributes:
        visits: Estimated, over all areas; views likewise counted.
        by_day: Days in order, with visits; None where too few.
        hours: Seven rows of twenty-four: views by day of the week (Monday first) and hour; None where too few.
        left_out: Looks by programs.
    """

    first: dt.date
    last: dt.date
    visits: int
    views: int
    left_out: int
    by_day: tuple[tuple[dt.date, int | None], ...]
    hours: tuple[tuple[int | None, ...], ...]
    areas: Figure
    pages: Figure
    paths: Figure
    referrers: Figure
    languages: Figure
    devices: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Those that are lists of words."""
        return (self.areas, self.pages, self.paths, self.referrers, self.languages, self.devices)


BY_DAY = Budget(1, "a day")
BY_HOUR = Budget(MOST_PAGES, "an hour of the same day of the week, over all of a month")
_VISIT, _VIEWS = Budget(1, "a day"), Budget(MOST_PAGES, "a day")


def dashboard(store: Store, first: dt.date, last: dt.date, smallest: int = SMALLEST) -> Dashboard:
    """The figures from one day to another, both included.

    Args:
        smallest: Counts below this are not shown.
    """
    days = (first.isoformat(), last.isoformat())
    total = store.rows(since(AREA), days)[0]
    by_day = {str(day): int(visits) for day, _, visits in store.rows(since(AREA, "day"), days)}
    return Dashboard(
        first=first,
        last=last,
        views=int(total[0] or 0),
        visits=int(total[1] or 0),
        left_out=int(store.rows(since(LEFT_OUT), days)[0][0] or 0),
        by_day=tuple(
            (day, _if_large(by_day.get(day.isoformat(), 0), smallest))
            for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
        ),
        hours=_hours(store, first, last, smallest),
        areas=_figure(store, AREA, days, "areas", "Areas", "views", _VIEWS, smallest, "area"),
        pages=_figure(store, PAGE, days, "pages", "Pages", "views", _VIEWS, smallest, "page"),
        paths=_figure(
            store, PATH, days, "paths", "From area to area", "steps", _VIEWS, smallest, "from_area", "to_area"
        ),
        referrers=_figure(
            store, REFERRER, days, "sites", "Sites people came from", "visits", _VISIT, smallest, "host"
        ),
        languages=_figure(
            store, LANGUAGE, days, "languages", "Languages asked for", "visits", _VISIT, smallest, "language"
        ),
        devices=_figure(
            store, DEVICE, days, "devices", "Kinds of device", "visits", _VISIT, smallest, "device"
        ),
    )


def visits_by_month(store: Store, months: Sequence[str]) -> dict[str, int]:
    """Estimated visits in each month, such as "2026-11"; months without any are missing."""
    found: dict[str, int] = {}
    days = (f"{min(months)}-01", f"{max(months)}-31")
    for day, _, visits in store.rows(since(AREA, "day"), days):
        found[day[:7]] = found.get(day[:7], 0) + int(visits)
    return {month: count for month, count in found.items() if month in set(months) and count}


def _figure(
    store: Store,
    table: Table,
    days: tuple[str, str],
    code: str,
    title: str,
    unit: str,
    budget: Budget,
    smallest: int,
    *keys: str,
) -> Figure:
    found = [
        (tuple(str(each) for each in row[: len(keys)]), int(row[len(keys)]))
        for row in store.rows(since(table, *keys), days)
    ]
    found.sort(key=lambda each: (-each[1], each[0]))
    named = tuple(each for each in found[:_LONGEST] if each[1] >= smallest)
    others = sum(count for _, count in found) - sum(count for _, count in named)
    if 0 < others < smallest and named:
        # What is left over would tell the small ones by their sum: the least of the named goes with them.
        others += named[-1][1]
        named = named[:-1]
    return Figure(code, title, unit, named, others, Budget(budget.moves, budget.finest, smallest))


def _hours(store: Store, first: dt.date, last: dt.date, smallest: int) -> tuple[tuple[int | None, ...], ...]:
    months = (first.isoformat()[:7], last.isoformat()[:7])
    found = {
        (int(day), int(hour)): int(views)
        for day, hour, views, _ in store.rows(since(HOUR, "weekday", "hour"), months)
    }
    return tuple(
        tuple(_if_large(found.get((day, hour), 0), smallest) for hour in range(24)) for day in range(7)
    )


def _if_large(count: int, smallest: int) -> int | None:
    return count if count == 0 or count >= smallest else None
