"""What is past its rule and still there, by series: counts, opening nothing.

A rehearsal of the sweep says what it would let go of; the promises' page says whether anything has been left lying.
Rooms count for themselves; what several offices keep is joined in ``composition``.

Source: clause TH-1.8; guarantee 8.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from circumspect.offices.retention import sweeping
from circumspect.records.circulation.offline_models import OfflineBox
from circumspect.records.computers.models import Booking, GuestPass, Session, Ticket, UsedToday
from circumspect.records.fees.models import FeeLine
from circumspect.records.holds.models import Hold, HoldState
from circumspect.records.patrons import cards, identity
from circumspect.records.patrons.lapsing import FIRST_MONTH, month_of
from circumspect.records.patrons.models import Card, Note, Patron
from circumspect.records.reading.models import Entry, Permission
from circumspect.trust.door.house import House

Count = Callable[[House], int]


def _before(house: House, series: str) -> dt.date:
    """The first day that is still within a series' period."""
    return house.today() - dt.timedelta(days=house.schedule().item(series).days)


def _registrations(house: House) -> int:
    # By month: exact days are sealed. Whoever still has something out or owed is among them, and is kept.
    edge = month_of(_before(house, "registration"))
    return Patron.objects.filter(review_month__gte=FIRST_MONTH, review_month__lt=edge).count()


def _computers(house: House) -> int:
    today = house.today()
    return (
        Session.objects.exclude(day=today).count()
        + Booking.objects.filter(ends_at__lt=house.clock().timestamp() - 86400).count()
    )


def _minutes(house: House) -> int:
    today = house.today()
    return sum(model.objects.exclude(day=today).count() for model in (UsedToday, GuestPass, Ticket))


def _holds(house: House) -> int:
    today = house.today()
    waiting = Hold.objects.filter(state=HoldState.WAITING, expires_on__lt=today).count()
    return waiting + Hold.objects.filter(state=HoldState.ON_SHELF, pick_up_by__lt=today).count()


# By series. Of some the count is of what may be over: the sweep looks at each.
COUNTS: Mapping[str, Count] = {
    "registration": _registrations,
    "identity check": lambda _house: identity.count_held(),
    cards.SERIES: lambda house: Card.objects.filter(ended_on__lt=_before(house, cards.SERIES)).count(),
    "notes": lambda house: Note.objects.filter(expires_on__lte=house.today()).count(),
    "fees": lambda house: FeeLine.objects.filter(settled_on__lte=_before(house, "fees")).count(),
    "holds": _holds,
    "computers": _computers,
    "computer minutes": _minutes,
    "offline scans": lambda house: OfflineBox.objects.filter(
        made_on__lt=_before(house, "offline scans")
    ).count(),
    "reading": lambda house: Entry.objects.filter(ends_on__lte=house.today()).count(),
    "permissions": lambda house: Permission.objects.filter(ends_on__lt=house.today()).count(),
}
# The sweep looks at each of these and may find that it is to be kept.
MAY_BE_KEPT = frozenset({"registration", "identity check"})


def waiting(house: House, also: Mapping[str, Count]) -> dict[str, int]:
    """How much of each series is past its rule and still there; series with nothing are left out.

    Args:
        also: Counts of what other offices keep, by series.
    """
    found = {series: count(house) for series, count in {**COUNTS, **also}.items()}
    for series, count in sweeping.count_dead(house).items():
        found[series] = found.get(series, 0) + count
    return {series: count for series, count in found.items() if count}


def keys_waiting(house: House) -> int:
    """Epochs whose life is over and whose key still lies in the store. It opens nothing, but it is there."""
    return len(house.vault.due_epochs())
