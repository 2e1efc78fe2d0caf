"""Past figures, out of a web server's access log in the common or the combined format.

The log is read once and thrown into the same counting as a live look: a salt for each day that nobody keeps,
half an hour for a visit, programs left out, questions cut off. Afterwards the log can be deleted, which is
the point of it: what it says of people is more than the library needs.

A day of which something is counted already is passed over, so that an import that is run twice counts once.

Source: clauses TH-2.3 to TH-2.7.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from circumspect.visits.counting import Counting, Sums
from circumspect.visits.reducing import UNTOLD, Look, area_of, host_of, page_of
from circumspect.visits.store import Store

# Ours that are never measured: accounts and the program's own files.
NEVER = ("/my/", "/static/")
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_LINE = re.compile(
    rf"(\S+) \S+ .*?\[(\d\d/\w{{3}}/\d{{4}}:\d\d:\d\d:\d\d [+-]\d{{4}})\] {_QUOTED} (\d{{3}}) \S+(?: {_QUOTED} {_QUOTED})?"
)
_PAGES = (".html", ".htm", ".php", ".asp", ".aspx", ".cfm")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Report:
    """What became of a log.

    Attributes:
        lines: Read.
        counted: Looks at pages by people, as far as can be told.
        passed_over: Lines by why they are not counted.
        days: Days that were added.
        days_there_already: Days passed over.
    """

    lines: int = 0
    counted: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    days: set[str] = field(default_factory=set)
    days_there_already: set[str] = field(default_factory=set)


def take_in(
    store: Store,
    paths: Sequence[Path],
    zone: str,
    *,
    below: str = "/",
    leave_out: Sequence[str] = (),
    own_hosts: frozenset[str] = frozenset(),
) -> Report:
    """Count the looks of one or more logs, and add their sums in one transaction.

    Args:
        paths: In the order in which they were written; a name that ends in .gz is unpacked.
        below: Count only what is below this path; areas begin there.
        leave_out: Paths that are not measured, beside NEVER.
        own_hosts: The website's own names.
    """
    report, there = Report(), store.days()
    counting = Counting()
    local = ZoneInfo(zone)
    never = (*NEVER, *leave_out)
    for line in _lines(paths):
        report.lines += 1
        found = _LINE.match(line)
        when = _when(found[2]) if found else None
        if found is None or when is None:
            report.passed_over["not understood"] += 1
            continue
        look = _look(found, below, never, own_hosts)
        if isinstance(look, str):
            report.passed_over[look] += 1
            continue
        now = when.astimezone(local)
        day = now.date().isoformat()
        if day in there:
            report.days_there_already.add(day)
            report.passed_over["day is counted already"] += 1
            continue
        report.days.add(day)
        counting.count(look, now)
    sums = counting.take()
    report.counted = _views(sums)
    report.passed_over["programs"] = sum(numbers[0] for numbers in _left_out(sums))
    store.add(sums)
    return report


def _lines(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", errors="replace") as lines:
            yield from lines


def _look(found: re.Match[str], below: str, never: Sequence[str], own_hosts: frozenset[str]) -> Look | str:
    """The look that a line tells of, or why it is none."""
    method, _, rest = found[3].partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    if method != "GET" or found[4] not in ("200", "304"):
        return "no page was sent"
    if not path.startswith(below) or path.startswith(tuple(never)):
        return "not measured"
    last = path.rpartition("/")[2]
    if "." in last and not last.lower().endswith(_PAGES):
        return "not a page"
    page = page_of(path[len(below) :])
    host = host_of(found[5] or "")
    browser = UNTOLD if found[6] is None else found[6]
    return Look(area_of(page), page, "" if host in own_hosts else host, "", found[1], browser)


def _when(text: str) -> dt.datetime | None:
    # Month names are English whatever the locale of this machine is.
    day, name, rest = text[:2], text[3:6], text[7:]
    if name not in _MONTHS:
        return None
    month = _MONTHS.index(name) + 1
    try:
        return dt.datetime.strptime(f"{day}/{month:02}/{rest}", "%d/%m/%Y:%H:%M:%S %z")
    except ValueError:
        return None


def _views(sums: Sums) -> int:
    return sum(
        numbers[0] for table, rows in sums.items() if table.name == "visits_area" for numbers in rows.values()
    )


def _left_out(sums: Sums) -> Iterator[list[int]]:
    return (
        numbers
        for table, rows in sums.items()
        if table.name == "visits_left_out"
        for numbers in rows.values()
    )
