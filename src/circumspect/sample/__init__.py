"""The sample library, "Prairie Bend Public Library": where its files are, and how they are read.

Rules:
- The library, its town, its people and their addresses are invented. Titles, authors and years are
  facts about real works; an ISBN stands only where it is known for certain, else the field is empty.
- Days are written so that the sample never grows old: expiry and due dates are offsets from the day
  of import, ``+365`` or ``-40``. The sample's loader resolves them with ``day_of`` before it hands a
  row to the importer. Only birth dates are absolute (YYYY-MM-DD).
- Everything goes in by the importers and use-cases a real library uses. Nothing here writes a record.
- Passwords in ``staff.toml`` are plain because they are printed on the first screen of a sample; so are the card and
  PIN of one patron, ``PATRON``. Never load them into a home meant for real patrons.

Files of ``folder()``:

``titles.csv``      title,author,isbn,year,language,subjects,material,publisher. Year of first publication.
                    Language by ISO 639-2/B as in MARC 008. Subjects apart by "; ".
                    Material is an item type. Title and author together name a row.
``items.csv``       barcode,title,author,isbn,item_type,branch,collection,call_number.
``patrons.csv``     the plain patron header, then adult_name,adult_contact. ``expires_on`` is an offset or "".
                    ``language`` is en, es or pl. ``note`` is "kind: text" with the kinds of the patron
                    records, save one without a kind. One patron has no family name, one no given name.
``loans.csv``       card_number,item_barcode,lent_days_ago,due_in_days. A loan begun n days ago is due in
                    m days; m below 0 is overdue. Some break the loan rules on purpose: load them as history,
                    not by asking the rules.
``letters.toml``    what people wrote to the library, a form that staff made, readers of the newsletter: read by
                    ``faces/cli/lettermaking``.
``branches.toml``, ``computers.toml``, ``loan_rules.toml``, ``staff.toml``   read by the functions below.

Of these, ``items.csv``, ``patrons.csv`` and ``loans.csv`` are made by ``tools/make_sample.py``.

Pure but for reading its own files. No patron's value is in any error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

# Card and PIN of the one patron who can sign in on the patrons' pages.
PATRON = ("21234000002709", "48152637")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_OFFSET = re.compile(r"([+-])([0-9]{1,4})")
_HOURS = re.compile(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")
_YEARLY = re.compile(r"([0-9]{2})-([0-9]{2})")


class SampleError(ValueError):
    """A file of the sample cannot be read as described. The message names the field, never the value."""


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """A closed day such as the fourth Thursday of November.

    Attributes:
        month: 1 to 12.
        weekday: 0 for Monday to 6 for Sunday.
        nth: 1 to 4 from the month's start; -1 for the last.
    """

    month: int
    weekday: int
    nth: int

    def day_in(self, year: int) -> date:
        """The day it falls on."""
        if self.nth > 0:
            first = date(year, self.month, 1)
            return first + timedelta(days=(self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1))
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - self.weekday) % 7)


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch.

    Attributes:
        code: As in ``items.csv``.
        hours: Seven entries, Monday first: opening and closing time, local; None where closed.
        closed_yearly: Month and day of days closed every year.
        closed_nth: Closed days that move.
        closed_in: Days closed, as days from the day of import.
    """

    code: str
    name: str
    street: str
    city: str
    region: str
    postcode: str
    phone: str
    hours: tuple[tuple[time, time] | None, ...]
    closed_yearly: frozenset[tuple[int, int]]
    closed_nth: tuple[NthWeekday, ...]
    closed_in: tuple[int, ...]

    def is_closed(self, day: date, import_day: date) -> bool:
        """Whether the branch does not open on a day."""
        return (
            self.hours[day.weekday()] is None
            or (day.month, day.day) in self.closed_yearly
            or any(rule.day_in(day.year) == day for rule in self.closed_nth)
            or (day - import_day).days in self.closed_in
        )

    def closed_days(self, first: date, last: date, import_day: date) -> Iterator[date]:
        """Closed days from ``first`` to ``last``, both included, in order."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if self.is_closed(day, import_day):
                yield day


@dataclass(frozen=True, slots=True)
class ComputerArea:
    """Public computers that stand together, by name."""

    code: str
    name: str
    branch: str
    session_minutes: int
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """The library and its branches.

    Attributes:
        institution: Digits 2 to 5 of every barcode.
        timezone: An IANA name.
    """

    name: str
    institution: str
    timezone: str
    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class LoanRule:
    """One row of ``loan_rules.toml``: "" as category, item type or branch matches any.

    The closest rule alone decides: category counts more than item type, item type more than branch.

    Attributes:
        days: Length of a loan and of a renewal.
        renewals: How often it may be renewed.
        max_items: How many items of any type may be out at once for a loan under this rule to start.
        lendable: False for what is not lent.
    """

    category: str
    item_type: str
    branch: str
    days: int
    renewals: int
    max_items: int
    lendable: bool


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One sample sign-in.

    Attributes:
        password: In plain: it protects a sample.
        card_number: Of the library card this person holds; "" for none.
    """

    username: str
    name: str
    roles: tuple[str, ...]
    branch: str
    card_number: str
    password: str


def folder() -> Path:
    """The folder that holds the sample's files."""
    return Path(__file__).resolve().parent


def days_of(offset: str) -> int:
    """Read an offset such as "+365" or "-40": a sign and one to four digits.

    Raises:
        SampleError: It is not of that form. Says how long it is.
    """
    match = _OFFSET.fullmatch(offset)
    if match is None:
        raise SampleError(f"an offset of days is a sign and 1 to 4 digits, this has {len(offset)} characters")
    return int(match[1] + match[2])


def day_of(offset: str, import_day: date) -> date | None:
    """The day an offset means on the day of import; None for "".

    Raises:
        SampleError: It is not an offset.
    """
    return import_day + timedelta(days=days_of(offset)) if offset else None


def library(source: Path | None = None) -> Library:
    """Read ``branches.toml``.

    Raises:
        SampleError: A field is missing or not of its form.
    """
    table = _read(source, "branches.toml")
    about = _field(table, "library", dict)
    return Library(
        name=_field(about, "name", str),
        institution=_field(about, "institution", str),
        timezone=_field(about, "timezone", str),
        branches=tuple(_branch(entry) for entry in _field(table, "branch", list)),
    )


def loan_rules(source: Path | None = None) -> tuple[LoanRule, ...]:
    """Read ``loan_rules.toml``, in the file's order.

    Raises:
        SampleError: A field is missing or not of its form.
    """
    return tuple(
        LoanRule(
            category=_field(entry, "category", str),
            item_type=_field(entry, "item_type", str),
            branch=_field(entry, "branch", str),
            days=_field(entry, "days", int),
            renewals=_field(entry, "renewals", int),
            max_items=_field(entry, "max_items", int),
            lendable=_field(entry, "lendable", bool),
        )
        for entry in _field(_read(source, "loan_rules.toml"), "rules", list)
    )


def computer_areas(source: Path | None = None) -> tuple[ComputerArea, ...]:
    """Read ``computers.toml``, in the file's order.

    Raises:
        SampleError: A field is missing or not of its form.
    """
    return tuple(
        ComputerArea(
            code=_field(entry, "code", str),
            name=_field(entry, "name", str),
            branch=_field(entry, "branch", str),
            session_minutes=_field(entry, "session_minutes", int),
            seats=tuple(_field(entry, "seats", list)),
        )
        for entry in _field(_read(source, "computers.toml"), "area", list)
    )


def staff(source: Path | None = None) -> tuple[StaffMember, ...]:
    """Read ``staff.toml``, in the file's order.

    Raises:
        SampleError: A field is missing or not of its form.
    """
    return tuple(
        StaffMember(
            username=_field(entry, "username", str),
            name=_field(entry, "name", str),
            roles=tuple(_field(entry, "roles", list)),
            branch=_field(entry, "branch", str),
            card_number=_field(entry, "card_number", str),
            password=_field(entry, "password", str),
        )
        for entry in _field(_read(source, "staff.toml"), "staff", list)
    )


def _read(source: Path | None, name: str) -> Mapping[str, Any]:
    path = (source or folder()) / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise SampleError(f"{name} is not valid TOML") from problem


def _field(table: Any, key: str, kind: type) -> Any:
    value = table.get(key) if isinstance(table, dict) else None
    # A bool is an int to Python, and must not pass for a number of days.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SampleError(f"{key}: missing, or not of type {kind.__name__}")
    return value


def _branch(entry: Any) -> Branch:
    hours = _field(entry, "hours", dict)
    closed = _field(entry, "closed", dict)
    return Branch(
        code=_field(entry, "code", str),
        name=_field(entry, "name", str),
        street=_field(entry, "street", str),
        city=_field(entry, "city", str),
        region=_field(entry, "region", str),
        postcode=_field(entry, "postcode", str),
        phone=_field(entry, "phone", str),
        hours=tuple(_open_hours(day, _field(hours, day, str)) for day in WEEKDAYS),
        closed_yearly=frozenset(_month_and_day(text) for text in _field(closed, "yearly", list)),
        closed_nth=tuple(_nth(rule) for rule in _field(closed, "nth", list)),
        closed_in=tuple(days_of(text) for text in _field(closed, "from_import", list)),
    )


def _open_hours(day: str, text: str) -> tuple[time, time] | None:
    if text == "closed":
        return None
    match = _HOURS.fullmatch(text)
    try:
        opens, closes = (time.fromisoformat(part) for part in match.groups()) if match else (time(), time())
    except ValueError as problem:
        raise SampleError(f"{day}: no such time of day") from problem
    if opens >= closes:
        raise SampleError(f'{day}: hours are "HH:MM-HH:MM" with the later time last, or "closed"')
    return opens, closes


def _month_and_day(text: str) -> tuple[int, int]:
    match = _YEARLY.fullmatch(text)
    if match is None:
        raise SampleError('yearly: a day is "MM-DD"')
    month, day = int(match[1]), int(match[2])
    try:
        date(2000, month, day)  # a leap year: 29 February is a day
    except ValueError as problem:
        raise SampleError("yearly: no such day of the year") from problem
    return month, day


def _nth(rule: Any) -> NthWeekday:
    weekday = _field(rule, "weekday", str)
    month, nth = _field(rule, "month", int), _field(rule, "nth", int)
    if weekday not in WEEKDAYS or not 1 <= month <= 12 or nth not in (-1, 1, 2, 3, 4):
        raise SampleError("nth: a weekday by name, a month of 1 to 12, and 1 to 4 or -1 for the last")
    return NthWeekday(month, WEEKDAYS.index(weekday), nth)
