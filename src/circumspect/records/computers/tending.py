"""What the computers need done while nobody looks: end what is over, and let the day be forgotten.

Safe to stop anywhere and to do again. Forgetting yesterday's minutes does not hang on it: their key opens
nothing from midnight on; here it is destroyed, and the rows go.

Source: clauses TH-1.24, MP-4.9, MP-6.12; guarantee 8.
"""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q

from circumspect.records.computers import asking, preserving, queueing, rules, sitting
from circumspect.records.computers.models import (
    Area,
    Booking,
    GuestPass,
    Seat,
    SeatState,
    Session,
    Ticket,
    UsedToday,
)
from circumspect.trust.door.house import House
from circumspect.trust.vault.wiping import wipe_log_soon


def tend_computers(house: House) -> int:
    """One round; how many sessions, bookings, locks, passes and days were ended.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was done.
    """
    asking.to_tend(house)
    done = _end_sessions(house) + _lock_unwiped(house) + _end_bookings(house) + _forget_yesterday(house)
    done += preserving.end_overdue(house)
    for area in Area.objects.values_list("code", flat=True):
        queueing.call_next(house, area)
    return done


def _end_sessions(house: House) -> int:
    now = house.second()
    over = Session.objects.filter(Q(ends_at__lte=now) | ~Q(day=house.today()))
    return sum(sitting.end(house, seat) for seat in list(over.values_list("seat_id", flat=True)))


def _lock_unwiped(house: House) -> int:
    """Nobody has said that these machines are clean: they stay shut until somebody has looked (MP-4.9)."""
    now = house.second()
    late = Seat.objects.filter(state=SeatState.WIPING, wipe_by__lte=now)
    return late.update(state=SeatState.LOCKED, wipe_by=0)


def _end_bookings(house: House) -> int:
    now = house.second()
    deleted, _ = Booking.objects.filter(starts_at__lte=now - rules.GRACE_SECONDS).delete()
    return deleted


def _forget_yesterday(house: House) -> int:
    today = house.today()
    with transaction.atomic():
        gone = sum(model.objects.exclude(day=today).delete()[0] for model in (UsedToday, GuestPass, Ticket))
        if gone:
            wipe_log_soon(DEFAULT_DB_ALIAS)
    for series, epoch in house.vault.due_epochs():
        if series == asking.DAY_SERIES:
            gone += house.vault.destroy_epoch(series, epoch)
    return gone
