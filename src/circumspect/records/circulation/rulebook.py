"""Loan rules, opening hours and thresholds, as the rules want them. Read seldom, used at every scan.

Rules and hours are kept in memory for a few seconds: a change counts within that time in every process.
Thresholds come from ``[circulation]`` of config.toml, which is read when a process starts.

Source: DOMAIN practice of loan rules; ARCHITECTURE.md, "Quick where it counts".
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import asdict, fields
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from circumspect.home import Home, HomeError
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.models import ClosedDay, ClosedHours, LoanRule
from circumspect.records.circulation.opening import Hours, OpeningCalendar
from circumspect.records.circulation.rules import (
    Choice,
    FinePer,
    LoanTerms,
    PeriodKind,
    choose_terms,
    closest_terms,
    due_at,
)
from circumspect.records.circulation.stages import Ladder
from circumspect.records.patrons.conditions import USUAL_LIMITS, Limits
from circumspect.trust.door.house import House

SECTION = "circulation"  # of config.toml
SETTINGS = (
    "owes_cents",
    "overdue_items",
    "lost_items",
    "claims",
    "long_overdue_days",
    "lost_days",
    "claim_days",
    "renew_days_before",
)
TERMS_COLUMNS = tuple(column.name for column in fields(LoanTerms))
KEY_COLUMNS = ("category", "item_type", "branch")
# What another system's rules tell of; the rest (fines, fees, ladders) is this library's own.
LENDING_COLUMNS = ("period_kind", "period", "fixed_on", "renewals", "max_items", "lendable", "hold_allowed")


class RuleBook:
    """Loan rules and opening hours, kept in memory for a few seconds."""

    _SECONDS = 5.0

    def __init__(self) -> None:
        self._lock = Lock()
        self._read_at = float("-inf")
        self._terms: tuple[LoanTerms, ...] = ()
        self._named: dict[str, LoanTerms] = {}
        self._closest: dict[tuple[str, str, str], LoanTerms] = {}
        self._calendars: dict[tuple[str, str], OpeningCalendar] = {}
        self._due: dict[tuple[LoanTerms, str, dt.date], int] = {}

    def all(self) -> tuple[LoanTerms, ...]:
        """Every rule of the library."""
        self._refresh()
        return self._terms

    def closest(self, category: str, item_type: str, branch: str) -> LoanTerms:
        """The terms for this triple."""
        self._refresh()
        key = (category, item_type, branch)
        if key not in self._closest:
            self._closest[key] = closest_terms(self._terms, *key)
        return self._closest[key]

    def choice(self, category: str, item_type: str, branch: str) -> Choice:
        """The terms for this triple, and why these."""
        return choose_terms(self.all(), category, item_type, branch)

    def named(self, name: str, item_type: str, branch: str) -> LoanTerms:
        """The terms a loan runs by; where that rule is gone, those for anybody."""
        self._refresh()
        return self._named.get(name) or self.closest("", item_type, branch)

    def calendar(self, branch: str, zone: ZoneInfo) -> OpeningCalendar:
        """When a branch is open."""
        self._refresh()
        key = (branch, zone.key)
        if key not in self._calendars:
            self._calendars[key] = read_calendar(branch, zone)
        return self._calendars[key]

    def due_at(self, terms: LoanTerms, branch: str, zone: ZoneInfo, now: int, today: dt.date) -> int:
        """When a loan that starts now is due, by ``rules.due_at``; worked out once a day for whole days."""
        calendar = self.calendar(branch, zone)
        if terms.period_kind is PeriodKind.HOURS:
            return due_at(terms, now, calendar)
        key = (terms, branch, today)
        if key not in self._due:
            self._due[key] = due_at(terms, now, calendar)
        return self._due[key]

    def forget(self) -> None:
        """Read anew at the next use."""
        self._read_at = float("-inf")

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at < self._SECONDS:
            return
        terms = tuple(terms_of(rule) for rule in LoanRule.objects.all())
        with self._lock:
            self._terms = terms
            self._named = {each.name: each for each in terms}
            self._closest = {}
            self._calendars = {}
            self._due = {}
            self._read_at = time.monotonic()


RULE_BOOK = RuleBook()


def terms_of(rule: LoanRule) -> LoanTerms:
    """A stored rule as the rules want it."""
    told = {name: getattr(rule, name) for name in TERMS_COLUMNS}
    return LoanTerms(
        **{**told, "period_kind": PeriodKind(rule.period_kind), "fine_per": FinePer(rule.fine_per)}
    )


def put_terms(rules: Iterable[LoanTerms], *, columns: Iterable[str] = TERMS_COLUMNS) -> None:
    """Write loan rules by their key of category, item type and branch; a known key gets the new terms.

    Args:
        columns: Which of a known rule's columns are written over.
    """
    columns = frozenset(columns)
    with transaction.atomic():
        for terms in rules:
            told = asdict(terms)
            key = {name: told.pop(name) for name in KEY_COLUMNS}
            LoanRule.objects.update_or_create(
                **key,
                defaults={name: value for name, value in told.items() if name in columns},
                create_defaults=told,
            )
    RULE_BOOK.forget()


def drop_terms(category: str, item_type: str, branch: str) -> bool:
    """Take a rule away; whether there was one. Loans that run by it go on as anybody's."""
    gone, _ = LoanRule.objects.filter(category=category, item_type=item_type, branch=branch).delete()
    RULE_BOOK.forget()
    return gone > 0


def read_calendar(branch: str, zone: ZoneInfo) -> OpeningCalendar:
    """Put a branch's calendar together from its hours, its closures, closed days and closed hours."""
    known = Branch.objects.filter(code=branch).values_list("hours", "closures").first()
    hours, closures = known or ([], [])
    closed = set(ClosedDay.objects.filter(branch__in=("", branch)).values_list("day", flat=True))
    for first, last, _name in closures:
        closed.update(_days(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
    closed_hours: dict[dt.date, tuple[Hours, ...]] = {}
    spells = ClosedHours.objects.filter(branch__in=("", branch)).order_by("closes_at")
    for day, closes, opens in spells.values_list("day", "closes_at", "opens_at"):
        closed_hours[day] = (*closed_hours.get(day, ()), (closes, opens))
    return OpeningCalendar(zone, _week(hours), frozenset(closed), closed_hours)


def _week(hours: list[list[list[str]]]) -> tuple[tuple[Hours, ...], ...]:
    week = tuple(
        tuple((dt.time.fromisoformat(opens), dt.time.fromisoformat(closes)) for opens, closes in day)
        for day in hours
    )
    return week if len(week) == 7 else ()


def _days(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    return (first + dt.timedelta(days=ahead) for ahead in range(min((last - first).days, 3660) + 1))


# thresholds


def limits_of(house: House) -> Limits:
    """From which count on a block is in effect in this library."""
    usual = USUAL_LIMITS
    if not house.home.config.get(SECTION):
        return usual
    return Limits(
        owes_cents=setting(house.home, "owes_cents", usual.owes_cents),
        overdue=setting(house.home, "overdue_items", usual.overdue),
        lost=setting(house.home, "lost_items", usual.lost),
        claims=setting(house.home, "claims", usual.claims),
    )


def ladder_of(house: House, terms: LoanTerms | None = None) -> Ladder:
    """After how many days a loan goes a step further, by its rule or else by the library."""
    usual = Ladder()
    ladder = Ladder(
        setting(house.home, "long_overdue_days", usual.long_overdue_days),
        setting(house.home, "lost_days", usual.lost_days),
        setting(house.home, "claim_days", usual.claim_days),
    )
    if terms is None:
        return ladder
    return Ladder(
        ladder.long_overdue_days if terms.long_overdue_days is None else terms.long_overdue_days,
        ladder.lost_days if terms.lost_days is None else terms.lost_days,
        ladder.claim_days,
    )


def refuse_bad_settings(home: Home) -> None:
    """Look at all of ``[circulation]`` before anybody stands at a desk that it would stop.

    Raises:
        HomeError: One of them is no number. Names it.
    """
    for name in SETTINGS:
        setting(home, name, 0)


def setting(home: Home, name: str, usual: int) -> int:
    """A whole number of ``[circulation]`` in config.toml, 0 or more.

    Raises:
        HomeError: It is something else. Names the setting.
    """
    value: Any = home.setting(SECTION, name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise HomeError(f"[circulation] {name} in config.toml has to be a whole number, 0 or more")
    return value


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone_of(house: House) -> ZoneInfo:
    """The time zone in which things fall due."""
    return _zone(str(house.home.setting("library", "timezone", "America/Chicago")))
