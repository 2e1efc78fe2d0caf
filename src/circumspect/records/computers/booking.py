"""Keep a seat for a card: scanned at the desk, or signed in at home; a seat and a time are chosen.

One booking for each card, at most a week ahead, within opening hours of that day. The slip says seat and
time. The row is deleted when its holder sits down, and when they have not come in time.

Source: clauses TH-1.24, MP-4.10.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from django.db import connection, transaction

from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.computers import asking, rules
from circumspect.records.computers.models import Area, Booking, Seat, Session
from circumspect.records.computers.places import NoSuchSeatError, SettingError, closes_at
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor
from circumspect.trust.vault.sealed import Sealed

MOST_DAYS_AHEAD = 7
# Why a time does not do.
OVER = "this time is over"
TOO_FAR = f"at most {MOST_DAYS_AHEAD} days ahead"
CLOSED = "the library is not open for all of that time"
TAKEN = "this computer is taken at that time"


@dataclass(frozen=True, slots=True)
class BookingLine:
    """A booking, as the panel and its slip show it. Never whose."""

    id: int
    seat: str
    area: str
    starts_at: int
    ends_at: int


def book(house: House, actor: Actor, patron: int, seat_id: int, starts_at: int, minutes: int) -> BookingLine:
    """Keep a seat for the card just scanned.

    Args:
        starts_at: Seconds since 1970.
        minutes: 15 to the longest session of the area.

    Raises:
        NoSuchSeatError: There is no such seat.
        SettingError: The time does not do, is taken, or this card may not book.
        Refused, DoorClosed: The door stays shut; nothing is booked.
    """
    opening = asking.to_book(house, actor, patron)
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_standing FROM patrons_patron WHERE id = %s", [patron])
        sealed = cursor.fetchone()[0]
    standing = Standing.from_text(opening.read(Sealed(REGISTRATION, "standing", patron, patron, sealed)))
    if rules.is_blocked(standing, house.today()):
        raise SettingError("card", "a block on this account stops computers")
    ends_at = starts_at + minutes * 60
    link = house.vault.link(asking.SERIES, patron)
    tokens = list(house.vault.links(asking.SERIES, patron).values())
    with transaction.atomic():
        seat = Seat.objects.select_for_update().filter(id=seat_id).first()
        if seat is None:
            raise NoSuchSeatError
        area = seat.area
        if not 15 <= minutes <= area.session_minutes:
            raise SettingError("minutes", f"from 15 to {area.session_minutes} minutes")
        _check_time(house, area, starts_at, ends_at)
        now = house.second()
        if Booking.objects.filter(link__in=tokens, ends_at__gt=now).exists():
            raise SettingError("card", "this card has a booking already")
        taken = list(Booking.objects.filter(seat=seat, ends_at__gt=now).values_list("starts_at", "ends_at"))
        taken += list(Session.objects.filter(seat=seat).values_list("starts_at", "ends_at"))
        if rules.overlaps(starts_at, ends_at, taken):
            raise SettingError("time", TAKEN)
        row = Booking.objects.create(
            id=secrets.randbits(62),
            seat=seat,
            epoch=link.epoch,
            link=link.token,
            back=link.back,
            starts_at=starts_at,
            ends_at=ends_at,
        )
    return BookingLine(row.id, seat.name, area.name, starts_at, ends_at)


def _check_time(house: House, area: Area, starts_at: int, ends_at: int) -> None:
    now = house.clock().timestamp()
    if starts_at < now - 60:
        raise SettingError("time", OVER)
    # In seconds first: a year that somebody mistyped may be one that no calendar has.
    if starts_at > now + (MOST_DAYS_AHEAD + 1) * 86400:
        raise SettingError("time", TOO_FAR)
    start = dt.datetime.fromtimestamp(starts_at, zone_of(house))
    if start.date() > house.today() + dt.timedelta(days=MOST_DAYS_AHEAD):
        raise SettingError("time", TOO_FAR)
    closes = closes_at(house, area, start)
    if closes is None or ends_at > closes:
        raise SettingError("time", CLOSED)


def free_then(seat_id: int, starts_at: int, minutes: int) -> list[str]:
    """Seats of the same area that nobody has at that time, by name; whoever found one taken may like another."""
    ends_at = starts_at + minutes * 60
    taken = {
        seat
        for model in (Booking, Session)
        for seat, begins, ends in model.objects.values_list("seat_id", "starts_at", "ends_at")
        if rules.overlaps(starts_at, ends_at, [(begins, ends)])
    }
    seats = Seat.objects.filter(area__seats=seat_id).exclude(id__in=[*taken, seat_id])
    return list(seats.order_by("name").values_list("name", flat=True))


def bookings(house: House, actor: Actor, branch: str = "") -> list[BookingLine]:
    """Bookings that are still to come, soonest first. Never whose.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is shown.
    """
    asking.to_manage(house, actor)
    now = house.second()
    rows = Booking.objects.filter(starts_at__gt=now - rules.GRACE_SECONDS).select_related("seat__area")
    if branch:
        rows = rows.filter(seat__area__branch=branch)
    return [
        BookingLine(row.id, row.seat.name, row.seat.area.name, row.starts_at, row.ends_at)
        for row in rows.order_by("starts_at", "seat__name")
    ]


def cancel(house: House, actor: Actor, booking: int) -> bool:
    """Delete a booking, and its link with it; whether it was there.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    deleted, _ = Booking.objects.filter(id=booking).delete()
    return deleted > 0


def own(house: House, actor: Actor, patron: int) -> list[BookingLine]:
    """What a patron has booked and is still to come.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is shown.
    """
    asking.own(house, actor, patron, Action.VIEW)
    tokens = list(house.vault.links(asking.SERIES, patron).values())
    rows = Booking.objects.filter(link__in=tokens, ends_at__gt=house.second())
    return [
        BookingLine(row.id, row.seat.name, row.seat.area.name, row.starts_at, row.ends_at)
        for row in rows.select_related("seat__area").order_by("starts_at")
    ]


def give_up(house: House, actor: Actor, patron: int, booking: int) -> bool:
    """Delete a patron's own booking, and its link with it; whether it was there.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.own(house, actor, patron, Action.ERASE)
    tokens = list(house.vault.links(asking.SERIES, patron).values())
    deleted, _ = Booking.objects.filter(id=booking, link__in=tokens).delete()
    return deleted > 0
