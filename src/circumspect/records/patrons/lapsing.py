"""Registrations that have run out: counted by month, listed through the door, found for forgetting.

The month in which a registration runs out stands in the clear, so that none of this opens every record.
Exact days are sealed; they are opened for the records whose month has come, by the machine alone.

Whether anything is out or owed is not known here: ``circulation.forgetting`` asks that, and forgets.

Source: clauses TH-1.5, TH-1.8, TH-1.10; the retention schedule's item "registration".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.reading import Record, open_records
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

LIST_FIELDS = ("given_name", "family_name", "standing")
PAGE = 50
FIRST_MONTH = 190001


@dataclass(frozen=True, slots=True)
class MonthCount:
    """How many registrations run out in a month, such as 202711. A count names nobody."""

    month: int
    patrons: int


@dataclass(frozen=True, slots=True, repr=False)
class RunOutPage:
    """Some of the registrations that run out in one month. Prints as nothing.

    Attributes:
        after: For the next page; 0 where this is the last.
    """

    records: Sequence[Record]
    after: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may have outlived its rule. Opens nothing.

    Attributes:
        version: It must still be this when the record is forgotten.
    """

    patron: int
    version: int


def month_of(day: dt.date) -> int:
    """A day's month as it is kept, such as 202711."""
    return day.year * 100 + day.month


def months(house: House, *, ahead: int = 3) -> list[MonthCount]:
    """How many registrations ran out in each month, and will in the next few; newest first."""
    last = month_of(house.today().replace(day=1) + dt.timedelta(days=31 * ahead))
    found = (
        Patron.objects.filter(review_month__lte=last)
        .values_list("review_month")
        .annotate(patrons=Count("id"))
        .order_by("-review_month")
    )
    return [MonthCount(month, count) for month, count in found]


def run_out_page(house: House, actor: Actor, month: int, *, after: int = 0, most: int = PAGE) -> RunOutPage:
    """Who runs out in a month: name, category and day, at most 50 at once, in no order that says anything.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    most = min(most, PAGE)
    ids = list(
        Patron.objects.filter(review_month=month, id__gt=after)
        .order_by("id")
        .values_list("id", flat=True)[: most + 1]
    )
    records = open_records(
        house,
        actor,
        ids[:most],
        LIST_FIELDS,
        purpose=Purpose.LISTS,
        circumstance=Circumstance.LIST,
        action=Action.VIEW,
    )
    return RunOutPage(records, ids[most - 1] if len(ids) > most else 0)


def lapsed(house: House, days: int, *, after: int, most: int) -> list[Candidate]:
    """Records that ran out more than ``days`` ago, or may have: by id, beyond ``after``."""
    edge = month_of(house.today() - dt.timedelta(days=days))
    rows = (
        Patron.objects.filter(review_month__gte=FIRST_MONTH, review_month__lte=edge, id__gt=after)
        .order_by("id")
        .values_list("id", "version")[:most]
    )
    return [Candidate(patron, version) for patron, version in rows]


def abandoned(house: House, *, after: int, most: int) -> list[Candidate]:
    """Cards made at the door that have run out, and nobody came: by id, beyond ``after``."""
    rows = (
        Patron.objects.filter(provisional_until__lt=house.today(), id__gt=after)
        .order_by("id")
        .values_list("id", "version")[:most]
    )
    return [Candidate(patron, version) for patron, version in rows]


def is_unchanged(candidate: Candidate) -> bool:
    """Whether the record is still as it was found; it is locked until the caller's transaction ends."""
    row = Patron.objects.select_for_update().filter(id=candidate.patron)
    return row.values_list("version", flat=True).first() == candidate.version
