"""The queue of an area, by numbers on slips; and guest passes, which are codes on slips. No name on either.

A ticket's number counts from 1 each day at each branch. When a seat comes free, the lowest number waiting
is called to it, unless its program has fallen silent; whoever does not come in time has lost the turn.
Tickets and passes end with the day: a pass is found by a key that dies at midnight.

Source: clauses MP-4.10, TH-1.24; DOMAIN practice of pass and ticket.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from circumspect.records.computers import rules
from circumspect.records.computers.asking import DAY_SERIES
from circumspect.records.computers.models import Area, Booking, GuestPass, Seat, SeatState, Ticket
from circumspect.records.computers.places import SettingError
from circumspect.trust.door.house import House

# None that is mistaken for another, in print or aloud.
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
PASS_LENGTH = 8
_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """What a ticket's slip says."""

    number: int
    code: str
    area: str


@dataclass(frozen=True, slots=True, repr=False)
class IssuedPass:
    """What a guest pass's slip says. The code is stored nowhere."""

    code: str
    minutes: int
    print_cents: int


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket, as the public screen shows it.

    Attributes:
        seat: Where it is called to; "" while it waits.
    """

    number: int
    area: str
    seat: str


def take_ticket(house: House, area_code: str) -> IssuedTicket:
    """Draw the next number of an area's queue; a free seat is called for it at once.

    Raises:
        SettingError: There is no such area.
    """
    area = Area.objects.filter(code=area_code).first()
    if area is None:
        raise SettingError("area", "there is no such area")
    today = house.today()
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                last = Ticket.objects.filter(branch=area.branch, day=today).aggregate(Max("number"))
                number = (last["number__max"] or 0) + 1
                ticket = Ticket.objects.create(
                    id=secrets.randbits(62),
                    area=area,
                    branch=area.branch,
                    day=today,
                    number=number,
                    code=_code(4),
                )
                break
        except IntegrityError:
            # Another desk drew the same number at the same moment.
            continue
    else:
        raise SettingError("area", "the queue is busy; try again")
    call_next(house, area.code)
    return IssuedTicket(ticket.number, ticket.code, area.name)


def call_next(house: House, area: str) -> int:
    """Call waiting tickets to the free seats of an area; how many were called. Lapsed calls end first."""
    now = house.second()
    today = house.today()
    with transaction.atomic():
        Ticket.objects.filter(area_id=area, seat__isnull=False, called_until__lte=now).update(
            seat=None, called_until=-1
        )
        waiting = {
            ticket.number: ticket
            for ticket in Ticket.objects.select_for_update().filter(
                area_id=area, day=today, called_until=0, seat__isnull=True
            )
        }
        if not waiting:
            return 0
        soon = Booking.objects.filter(
            seat__area_id=area,
            starts_at__lt=now + rules.CALL_SECONDS + rules.SHORTEST_SECONDS,
            ends_at__gt=now,
        ).values_list("seat_id", flat=True)
        # Whoever is called to a computer that is off loses the turn. One that never spoke is run by hand.
        speaks = Q(heard_at=0) | Q(heard_at__gte=now - rules.SILENT_SECONDS)
        free = (
            Seat.objects.filter(speaks, area_id=area, state=SeatState.FREE, called__isnull=True)
            .exclude(id__in=list(soon))
            .order_by("name")
        )
        calls = rules.call_order(waiting, [seat.id for seat in free])
        for number, seat in calls:
            Ticket.objects.filter(id=waiting[number].id).update(
                seat_id=seat, called_until=now + rules.CALL_SECONDS
            )
    return len(calls)


def waiting(house: House, area: str) -> int:
    """How many tickets wait in an area and have not been called."""
    return Ticket.objects.filter(area_id=area, day=house.today(), called_until=0, seat__isnull=True).count()


def public_queue(house: House, branch: str) -> list[Line]:
    """Today's tickets that wait or are called, called ones first. Numbers and seats, nothing else."""
    rows = (
        Ticket.objects.filter(branch=branch, day=house.today(), called_until__gte=0)
        .select_related("seat", "area")
        .order_by("number")
    )
    lines = [Line(row.number, row.area.name, row.seat.name if row.seat else "") for row in rows]
    return sorted(lines, key=lambda line: (not line.seat, line.number))


def drop_ticket(house: House, branch: str, number: int) -> bool:
    """Take a number out of the queue; whether it was there."""
    row = Ticket.objects.filter(branch=branch, day=house.today(), number=number, called_until__gte=0)
    # The row stays until midnight, so that its number is not drawn again.
    return row.update(seat=None, called_until=-1) > 0


# guest passes


def issue_pass(house: House, minutes: int, print_cents: int = 0) -> IssuedPass:
    """Make a guest pass, good until midnight.

    Args:
        minutes: How long its bearer may sit at computers, 5 to 480.
        print_cents: What has been paid for printing, in whole cents, 0 to 10000.

    Raises:
        SettingError: A number is out of bounds.
    """
    if not 5 <= minutes <= 480:
        raise SettingError("minutes", "a pass is good for 5 to 480 minutes")
    if not 0 <= print_cents <= 10_000:
        raise SettingError("print_cents", "from 0 to 100 dollars")
    code = _code(PASS_LENGTH)
    GuestPass.objects.create(
        token=pass_token(house, code), day=house.today(), seconds_left=minutes * 60, print_cents=print_cents
    )
    return IssuedPass(code, minutes, print_cents)


def pass_token(house: House, code: str) -> bytes:
    """Under what a pass of today is found: the code itself is stored nowhere."""
    number = 0
    for letter in code:
        number = number * len(_LETTERS) + _LETTERS.index(letter)
    return house.vault.link(DAY_SERIES, number).token


def pass_code(typed: str) -> str | None:
    """A typed code in the one spelling it has, or None where it cannot be one."""
    plain = "".join(typed.upper().split()).replace("-", "")
    fits = len(plain) == PASS_LENGTH and all(letter in _LETTERS for letter in plain)
    return plain if fits else None


def grouped(code: str) -> str:
    """A pass's code as it is printed: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def _code(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def areas(branch: str = "") -> Sequence[Area]:
    """All areas, or those of a branch, by name."""
    rows = Area.objects.order_by("branch", "name")
    return list(rows.filter(branch=branch) if branch else rows)
