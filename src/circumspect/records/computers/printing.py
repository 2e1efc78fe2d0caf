"""Pay for printing at a public computer: how many cents, and never for what.

A pass pays from what it carries, a card from its deposit. A release station next to the seats asks for it
with the seat's key; document and page have no place on that way.

Source: clauses TH-1.23, TH-1.24.
"""

from __future__ import annotations

from django.db import transaction

from circumspect.records.computers import asking
from circumspect.records.computers.models import Session
from circumspect.records.computers.places import ComputersError
from circumspect.records.fees import deposits
from circumspect.records.fees.rules import TooMuchError
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Circumstance, Purpose


class NotEnoughError(ComputersError):
    """What is left does not pay for these pages."""

    def __init__(self) -> None:
        super().__init__("not enough is left for printing")


def spend_on_print(house: House, seat_id: int, cents: int) -> int:
    """Pay for printed pages: a pass from what it carries, a card from its deposit; what is left, in whole cents.

    Which pages they are is neither asked nor kept.

    Raises:
        NotEnoughError: Too little is left, or nobody is signed in; nothing was taken.
        ValueError: Not a positive number of cents.
        ChangedMeanwhileError: Of ``patrons``: a desk changed the deposit in the same moment; try again.
        Refused, DoorClosed: The door stays shut; nothing was taken.
    """
    if cents <= 0:
        raise ValueError("cents is above 0")
    with transaction.atomic():
        session = Session.objects.select_for_update().filter(seat_id=seat_id).first()
        if session is None or session.print_cents < cents:
            raise NotEnoughError
        left = session.print_cents - cents if session.by_pass else _from_deposit(house, session, cents)
        Session.objects.filter(seat_id=seat_id).update(print_cents=left)
    return left


def _from_deposit(house: House, session: Session, cents: int) -> int:
    token, back = bytes(session.link or b""), bytes(session.back or b"")
    opening = asking.to_pay(house, session.epoch, token, back)
    try:
        return deposits.move(
            house,
            asking.SEAT,
            opening.subjects[0],
            -cents,
            opening,
            circumstance=Circumstance.OPEN_TRANSACTION,
            purpose=Purpose.COMPUTERS,
        )
    except TooMuchError:
        raise NotEnoughError from None
