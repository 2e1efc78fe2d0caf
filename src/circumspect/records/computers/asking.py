"""Every question this room puts to the door, in one place.

A seat asks as "seat", whichever it is: an entry that tells whose record was looked at must not tell for
half a year where they sat. What needs nobody's record (ending a session, a guest's) is permitted, not opened.

Source: clauses TH-1.24, MP-4.10, MP-6.12; guarantee 2.
"""

from __future__ import annotations

from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, MachineRole, Purpose

SERIES = "computers"
# The links of this series live for the day on which they are made, and not an hour longer.
DAY_SERIES = "computer minutes"
FIELDS = frozenset({"seat", "area", "starts_at", "ends_at", "state"})
SEAT = Actor(ActorKind.TERMINAL, "seat", frozenset({MachineRole.SEAT.value}))
TENDER = Actor(ActorKind.JOB, "computers")


def to_begin(house: House, patron: int) -> Opening:
    """For a card whose PIN was right: begin a session; the standing and the deposit can then be read.

    Raises:
        Refused, DoorClosed: Nothing was opened.
    """
    parts = [
        Part(Action.USE, Purpose.COMPUTERS, REGISTRATION, (patron,), frozenset({"standing", "balance"})),
        Part(Action.CHANGE, Purpose.COMPUTERS, SERIES, (patron,), FIELDS),
    ]
    return house.door.ask_all(SEAT, parts, circumstance=Circumstance.CARD_AND_PIN)[0]


def to_pay(house: House, epoch: int, token: bytes, back: bytes) -> Opening:
    """For the session in front of a seat: pay for printing from the deposit of whoever sits there.

    Raises:
        Refused, DoorClosed: Nothing was opened.
    """
    return house.door.ask_by_link(
        SEAT,
        action=Action.USE,
        purpose=Purpose.COMPUTERS,
        series=REGISTRATION,
        fields={"balance"},
        circumstance=Circumstance.OPEN_TRANSACTION,
        epoch=epoch,
        token=token,
        back=back,
        link_series=SERIES,
    )


def to_book(house: House, actor: Actor, patron: int) -> Opening:
    """For the card just scanned at the desk, or the patron at home: book a seat; the standing can then be read.

    Raises:
        Refused, DoorClosed: Nothing was opened.
    """
    own = actor.kind is ActorKind.PATRON
    purpose = Purpose.OWN_RECORD if own else Purpose.COMPUTERS
    parts = [
        Part(Action.USE, purpose, REGISTRATION, (patron,), frozenset({"standing"})),
        Part(Action.CHANGE, purpose, SERIES, (patron,), FIELDS),
    ]
    circumstance = Circumstance.OWN_SIGN_IN if own else Circumstance.CARD_SCANNED
    return house.door.ask_all(actor, parts, circumstance=circumstance)[0]


def own(house: House, actor: Actor, patron: int, action: Action) -> None:
    """For a patron at home: see what they have booked, or give it up.

    Raises:
        Refused, DoorClosed: Nothing may be seen or done.
    """
    house.door.ask(
        actor,
        action=action,
        purpose=Purpose.OWN_RECORD,
        series=SERIES,
        subjects=[patron],
        fields=FIELDS,
        circumstance=Circumstance.OWN_SIGN_IN,
    )


def at_the_seat(house: House) -> None:
    """For the seat itself: end or prolong the session in front of it, or begin a guest's.

    Raises:
        Refused, DoorClosed: Nothing may be done.
    """
    _permit(house, SEAT, Action.CHANGE, Purpose.COMPUTERS, Circumstance.OPEN_TRANSACTION, FIELDS)


def to_manage(house: House, actor: Actor) -> None:
    """For staff: see which seats are in use and until when; end, prolong, lock, clear; cancel a booking.

    No record is opened for any of it: the panel does not know whose a session is.

    Raises:
        Refused, DoorClosed: Nothing may be seen or done.
    """
    _permit(house, actor, Action.CHANGE, Purpose.COMPUTERS, Circumstance.LIST, FIELDS)


def to_tend(house: House) -> None:
    """For unattended work: end what is over.

    Raises:
        Refused, DoorClosed: Nothing may be done.
    """
    _permit(house, TENDER, Action.ERASE, Purpose.FORGET, Circumstance.SCHEDULED, FIELDS)


def to_set_aside(house: House, actor: Actor) -> None:
    """For those in charge of privacy: keep a seat from being wiped.

    Raises:
        Refused, DoorClosed: Nothing may be done.
    """
    fields = frozenset({"seat", "state"})
    _permit(house, actor, Action.PRESERVE, Purpose.PRESERVE, Circumstance.CASE, fields)


def to_release(house: House, actor: Actor) -> None:
    """For those in charge of privacy: let a seat go that was set aside.

    Raises:
        Refused, DoorClosed: Nothing may be done.
    """
    fields = frozenset({"seat", "state"})
    _permit(house, actor, Action.CHANGE, Purpose.PRESERVE, Circumstance.CASE, fields)


def _permit(
    house: House,
    actor: Actor,
    action: Action,
    purpose: Purpose,
    circumstance: Circumstance,
    fields: frozenset[str],
) -> None:
    house.door.permit(
        actor, action=action, purpose=purpose, series=SERIES, fields=fields, circumstance=circumstance
    )
