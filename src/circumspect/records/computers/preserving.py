"""Set a computer aside, so that nobody wipes it, and let it go again.

When law enforcement asks that what is stored be kept, the machine is taken out of service as it stands: a
session that runs ends, the wipe that would follow does not happen. Only people in charge of privacy may
do this. Several matters may hold one machine. A matter holds it for 90 days from the request and can be
renewed once; it cannot be cut short, and ends by itself: then the machine is wiped before anybody uses it. The last
day is kept in full, so that no hour of the request's day makes 90 days shorter. What was reported to the CyberTipline
is kept longer: whoever calls says how long.

Source: clauses MP-6.12, MP-6.13; 18 USC 2703(f).
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from dataclasses import dataclass

from django.db import transaction

from circumspect.records.computers import asking, sitting
from circumspect.records.computers.models import Seat, SeatState, SetAside, Ticket
from circumspect.records.computers.places import ComputersError, NoSuchSeatError
from circumspect.records.computers.places import SettingError as SettingError
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor

KEEP_DAYS = 90
# A number of the library's own register of matters: no place for a name.
_MATTER = re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9./-]{0,31}")


class TooEarlyError(ComputersError):
    """The time for which the machine has to be kept is not over.

    Attributes:
        until: The last day.
    """

    def __init__(self, until: dt.date) -> None:
        super().__init__(f"it has to be kept until {until.isoformat()}")
        self.until = until


@dataclass(frozen=True, slots=True)
class Kept:
    """A machine that was set aside: for which matter, and until when."""

    seat: int
    name: str
    matter_ref: str
    keep_until: dt.date
    renewed: bool


def set_aside(
    house: House,
    actor: Actor,
    seat_id: int,
    matter_ref: str,
    requested_on: dt.date | None = None,
    *,
    days: int = KEEP_DAYS,
) -> Kept:
    """Keep a machine as it is, for one matter.

    Args:
        matter_ref: Its number in the library's register, such as "2026-014".
        requested_on: The day of the request, from which the days run; today where not given.
        days: How many, where another law than that of preservation says so; never fewer.

    Raises:
        NoSuchSeatError: There is no such seat.
        SettingError: The reference or the day does not do.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_set_aside(house, actor)
    ref = matter_ref.strip().upper()
    if not _MATTER.fullmatch(ref):
        raise SettingError(
            "matter_ref", "the matter's number, such as 2026-014: letters, digits, dots, dashes"
        )
    today = house.today()
    asked_on = requested_on or today
    if not today - dt.timedelta(days=KEEP_DAYS) < asked_on <= today:
        raise SettingError("requested_on", "a day within the last 90, not after today")
    with transaction.atomic():
        seat = Seat.objects.select_for_update().filter(id=seat_id).first()
        if seat is None:
            raise NoSuchSeatError
        row, _ = SetAside.objects.get_or_create(
            seat=seat,
            matter_ref=ref,
            defaults={
                "id": secrets.randbits(62),
                "keep_until": asked_on + dt.timedelta(days=max(days, KEEP_DAYS)),
            },
        )
        # The link of whoever sits there goes as ever: what is kept is the machine.
        sitting.end(house, seat_id)
        Seat.objects.filter(id=seat_id).update(
            state=SeatState.OUT_OF_SERVICE, unwiped=True, wipe_by=0, message=""
        )
        Ticket.objects.filter(seat_id=seat_id).update(seat=None, called_until=0)
    return Kept(seat_id, seat.name, row.matter_ref, row.keep_until, row.renewed)


def renew(house: House, actor: Actor, seat_id: int, matter_ref: str) -> Kept:
    """Keep it for another 90 days, on a renewed request. Once.

    Raises:
        SettingError: There is no such matter at this seat, or it was renewed before.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_set_aside(house, actor)
    with transaction.atomic():
        row = (
            SetAside.objects.select_for_update()
            .select_related("seat")
            .filter(seat_id=seat_id, matter_ref=matter_ref.strip().upper(), renewed=False)
            .first()
        )
        if row is None:
            raise SettingError("matter_ref", "no such matter at this computer, or it was renewed before")
        row.keep_until += dt.timedelta(days=KEEP_DAYS)
        row.renewed = True
        row.save(update_fields=["keep_until", "renewed"])
    return Kept(seat_id, row.seat.name, row.matter_ref, row.keep_until, row.renewed)


def of_matter(prefix: str) -> list[Kept]:
    """The machines that are set aside for matters whose reference begins so. Machines, and nobody's record."""
    rows = SetAside.objects.select_related("seat").filter(matter_ref__startswith=prefix.upper())
    return [
        Kept(row.seat_id, row.seat.name, row.matter_ref, row.keep_until, row.renewed)
        for row in rows.order_by("keep_until", "id")
    ]


def keep_longer(house: House, actor: Actor, matter_ref: str, until: dt.date) -> int:
    """Keep every machine of a matter until a later day, as what was reported to the CyberTipline has to be; how many.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_set_aside(house, actor)
    rows = SetAside.objects.filter(matter_ref=matter_ref.strip().upper(), keep_until__lt=until)
    return rows.update(keep_until=until)


def release(house: House, actor: Actor, seat_id: int, matter_ref: str) -> bool:
    """Let a machine go, as far as this matter holds it; whether no matter holds it any more.

    It is then locked: somebody has it wiped, or clears it by hand.

    Raises:
        TooEarlyError: The time is not over.
        SettingError: There is no such matter at this seat.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_release(house, actor)
    ref = matter_ref.strip().upper()
    row = SetAside.objects.filter(seat_id=seat_id, matter_ref=ref).first()
    if row is None:
        raise SettingError("matter_ref", "no such matter at this computer")
    if house.today() <= row.keep_until:
        raise TooEarlyError(row.keep_until)
    return _let_go(row.id, seat_id)


def end_overdue(house: House) -> int:
    """Let go every machine whose time is over; how many matters ended. For unattended work."""
    rows = list(SetAside.objects.filter(keep_until__lt=house.today()).values_list("id", "seat_id"))
    for row, seat in rows:
        _let_go(row, seat)
    return len(rows)


def _let_go(row: int, seat_id: int) -> bool:
    with transaction.atomic():
        SetAside.objects.filter(id=row).delete()
        if SetAside.objects.filter(seat_id=seat_id).exists():
            return False
        Seat.objects.filter(id=seat_id, state=SeatState.OUT_OF_SERVICE).update(
            state=SeatState.LOCKED, unwiped=True
        )
    return True


def kept(house: House, actor: Actor) -> list[Kept]:
    """Every machine that was set aside.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is shown.
    """
    asking.to_set_aside(house, actor)
    return [
        Kept(row.seat_id, row.seat.name, row.matter_ref, row.keep_until, row.renewed)
        for row in SetAside.objects.select_related("seat").order_by("keep_until", "matter_ref")
    ]
