"""How many cards of each category are in force: counted once a month, by the machine alone.

The category is sealed with the rest of a registration, so the door is asked, for the standing and nothing else,
and each record's entry says so. Nobody is shown anything; what stays is a number for each category.

Source: clauses MP-4.16, TH-1.10; DOMAIN practice of registered borrowers.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db import transaction
from django.db.models import Q, QuerySet

from circumspect.offices.statistics.models import BorrowerCount
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.reading import open_records
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

COUNT_JOB = Actor(ActorKind.JOB, "count")
FIELDS = ("standing",)
_BATCH = 200


def count_if_due(house: House) -> int:
    """Count in a month in which nobody has been counted yet; how many registrations were in force, 0 if not due."""
    today = house.today()
    if BorrowerCount.objects.filter(day__gte=today.replace(day=1), day__lte=today).exists():
        return 0
    return count(house)


def count(house: House) -> int:
    """Count today; how many registrations are in force.

    Raises:
        Refused, DoorClosed: Nothing was stored.
    """
    today = house.today()
    found: Counter[str] = Counter()
    after = -1
    # Only those whose month has not passed: the others are not opened at all.
    month = today.year * 100 + today.month
    while ids := list(
        _in_force(month).filter(id__gt=after).order_by("id").values_list("id", flat=True)[:_BATCH]
    ):
        after = ids[-1]
        for record in open_records(
            house,
            COUNT_JOB,
            ids,
            FIELDS,
            purpose=Purpose.COUNT,
            circumstance=Circumstance.SCHEDULED,
            action=Action.USE,
        ):
            standing = record.standing
            if standing.expires_on is None or standing.expires_on >= today:
                found[standing.category] += 1
    with transaction.atomic():
        BorrowerCount.objects.filter(day=today).delete()
        BorrowerCount.objects.bulk_create(
            BorrowerCount(day=today, category=category, count=number) for category, number in found.items()
        )
    return found.total()


def last_count(from_day: dt.date, to_day: dt.date) -> tuple[dt.date | None, dict[str, int]]:
    """The last count within some days, by category."""
    rows = BorrowerCount.objects.filter(day__range=(from_day, to_day))
    day = rows.order_by("-day").values_list("day", flat=True).first()
    return day, dict(rows.filter(day=day).values_list("category", "count")) if day else {}


def _in_force(month: int) -> QuerySet[Patron]:

    return Patron.objects.filter(Q(review_month__gte=month) | Q(review_month__isnull=True))
