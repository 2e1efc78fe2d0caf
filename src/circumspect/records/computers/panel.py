"""What staff do with the computers: see them, end and prolong, lock and clear, send a word from a list.

The panel shows seats, never who sits there: the session's link is not read. A message is one of a closed
list, for what is typed freely might say something of somebody.

Source: clauses TH-1.24, MP-4.9, MP-4.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from circumspect.records.computers import asking, queueing, rules, sitting
from circumspect.records.computers.models import Booking, Seat, SeatState, Session, SetAside, Ticket
from circumspect.records.computers.places import ComputersError, NoSuchSeatError
from circumspect.records.computers.rules import NotStarted, Started
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor


class Message(StrEnum):
    """What staff may send to a screen."""

    SEE_DESK = "see_desk"
    CLOSING = "closing"
    PRINT_READY = "print_ready"
    QUIET = "quiet"


MESSAGE_WORDS = {
    Message.SEE_DESK: "Please see us at the desk.",
    Message.CLOSING: "The library closes soon. Please save your work.",
    Message.PRINT_READY: "Your printing is ready at the desk.",
    Message.QUIET: "Please turn the sound down.",
}


class WrongStateError(ComputersError):
    """The seat is not in a state in which this can be done: somebody else was quicker."""

    def __init__(self) -> None:
        super().__init__("the seat is not in that state any more")


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat, as the panel shows it.

    Attributes:
        seconds_left: Of the session; 0 where there is none.
        called: The ticket number it is kept for; 0 for none.
        booked_from: When its next booking begins, seconds since 1970; 0 for none.
        is_silent: Its client has said nothing for a while.
        set_aside: It must not be wiped, for a matter that is open.
    """

    id: int
    name: str
    area: str
    branch: str
    state: str
    seconds_left: int
    message: str
    called: int
    booked_from: int
    is_silent: bool
    set_aside: bool
    unwiped: bool


def live_seats(house: House, actor: Actor, branch: str = "") -> list[SeatLine]:
    """Every seat, by area and name. A fixed number of statements, whatever their number.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is shown.
    """
    asking.to_manage(house, actor)
    now = house.second()
    rows = Seat.objects.select_related("area").order_by("area__branch", "area__name", "name")
    if branch:
        rows = rows.filter(area__branch=branch)
    ends = dict(Session.objects.values_list("seat_id", "ends_at"))
    called = dict(
        Ticket.objects.filter(seat__isnull=False, called_until__gt=now).values_list("seat_id", "number")
    )
    booked: dict[int, int] = {}
    for seat, start in Booking.objects.filter(starts_at__gt=now - rules.GRACE_SECONDS).values_list(
        "seat_id", "starts_at"
    ):
        booked[seat] = min(start, booked.get(seat, start))
    kept = set(SetAside.objects.values_list("seat_id", flat=True))
    return [
        SeatLine(
            row.id,
            row.name,
            row.area.name,
            row.area.branch,
            row.state,
            max(0, ends.get(row.id, now) - now),
            row.message,
            called.get(row.id, 0),
            booked.get(row.id, 0),
            now - row.heard_at > rules.SILENT_SECONDS,
            row.id in kept,
            row.unwiped,
        )
        for row in rows
    ]


def end_session(house: House, actor: Actor, seat: int) -> None:
    """End the session at a seat; it is then wiped.

    Raises:
        WrongStateError: Nobody sits there.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    if not sitting.end(house, seat):
        raise WrongStateError


def extend_session(house: House, actor: Actor, seat: int) -> Started | NotStarted:
    """Give the session at a seat another span, although others may wait.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    return sitting.extend(house, seat, by_staff=True)


def send_message(house: House, actor: Actor, seat: int, message: Message) -> None:
    """Show one of the messages on a seat's screen until its session ends.

    Raises:
        WrongStateError: Nobody sits there.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    _move(seat, {SeatState.IN_USE}, message=message.value)


def lock(house: House, actor: Actor, seat: int) -> None:
    """Lock a seat at once. A session that runs there ends; what it left is not yet wiped.

    Raises:
        WrongStateError: The seat is out of service.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    with transaction.atomic():
        sitting.end(house, seat)
        _move(seat, {SeatState.FREE, SeatState.WIPING, SeatState.LOCKED}, state=SeatState.LOCKED, wipe_by=0)
        _uncall(seat)


def wipe_again(house: House, actor: Actor, seat: int) -> None:
    """Let the client of a locked seat wipe once more: its word that the machine is clean makes it free.

    Raises:
        WrongStateError: The seat is not locked.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    with transaction.atomic():
        _move(seat, {SeatState.LOCKED}, unwiped=True)
        sitting.to_wipe(seat, house.second())


def clear_by_hand(house: House, actor: Actor, seat: int) -> None:
    """Somebody has wiped a locked seat by hand, and answers for it: the seat is free.

    Raises:
        WrongStateError: The seat is not locked, or was set aside.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    with transaction.atomic():
        if SetAside.objects.filter(seat_id=seat).exists():
            raise WrongStateError
        _move(
            seat,
            {SeatState.LOCKED},
            state=SeatState.FREE,
            unwiped=False,
            wipe_by=0,
            wiped_on=house.today(),
        )
    _call_next(house, seat)


def take_out(house: House, actor: Actor, seat: int) -> None:
    """Take a seat out of service. A session that runs there ends.

    Raises:
        WrongStateError: It is out of service already.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    with transaction.atomic():
        sitting.end(house, seat)
        _move(
            seat,
            {SeatState.FREE, SeatState.WIPING, SeatState.LOCKED},
            state=SeatState.OUT_OF_SERVICE,
            wipe_by=0,
        )
        _uncall(seat)


def put_back(house: House, actor: Actor, seat: int) -> None:
    """Put a seat into service again: it is wiped first, whatever was done with it meanwhile.

    Raises:
        WrongStateError: It is in service, or was set aside.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    asking.to_manage(house, actor)
    with transaction.atomic():
        if SetAside.objects.filter(seat_id=seat).exists():
            raise WrongStateError
        _move(seat, {SeatState.OUT_OF_SERVICE}, unwiped=True)
        sitting.to_wipe(seat, house.second())


def _move(seat: int, states: set[SeatState], **to: object) -> None:
    """Change a seat that is in one of these states.

    Raises:
        NoSuchSeatError: There is no such seat.
        WrongStateError: It is in another state.
    """
    if not Seat.objects.filter(id=seat, state__in=states).update(**to):
        if not Seat.objects.filter(id=seat).exists():
            raise NoSuchSeatError
        raise WrongStateError


def _uncall(seat: int) -> None:
    # Whoever was called here waits again, in their old place.
    Ticket.objects.filter(seat_id=seat).update(seat=None, called_until=0)


def _call_next(house: House, seat: int) -> None:
    queueing.call_next(house, Seat.objects.values_list("area_id", flat=True).get(id=seat))
