"""Is this card this person's? One answer and one amount of work for whoever is refused, whatever the reason.

An unknown card, a wrong PIN, a locked one, a card that was lost or has no PIN: all hear the same, after the same
hash. The door is asked alike too: for a card that does not exist the question is put about nobody, and written
down as a refused try that names nobody. What little is left (a counter of wrong tries, which only a real card
has) goes under in the time that every refusal takes at least.

Source: clauses TH-1.23, MP-4.15; guarantee 3.
"""

from __future__ import annotations

import time

from circumspect.records.patrons import cards
from circumspect.records.patrons.models import Card
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

# Nobody has this number: ids are drawn from 1 up.
NOBODY = 0
# Longer than a hash and a few durable writes take.
LEAST_SECONDS = 0.4


def whose(house: House, card: str, pin: str) -> int | None:
    """The patron whose card and PIN these are, or None.

    Raises:
        DoorClosed: A part of the house cannot be reached.
    """
    began = time.monotonic()
    patron = _whose(house, card, pin)
    if patron is None:
        time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - began)))
    return patron


def _whose(house: House, card: str, pin: str) -> int | None:
    found = cards.find_card(house, card[:64])
    patron = found.patron if found is not None and found.status == Card.Status.ACTIVE else None
    actor = Actor(ActorKind.PATRON, str(patron if patron is not None else NOBODY))
    try:
        answer = cards.check_pin(house, actor, patron, pin[:64])
        if patron is None:
            _ask_about_nobody(house, actor)
    except Refused:
        return None
    return patron if answer is cards.PinAnswer.RIGHT else None


def _ask_about_nobody(house: House, actor: Actor) -> None:
    """What a known card's check costs at the door, for one that nobody has: a decision and a durable entry."""
    try:
        house.door.ask(
            actor,
            action=Action.USE,
            purpose=Purpose.SIGN_IN,
            series=cards.PIN_SERIES,
            subjects=[NOBODY],
            fields={"hash"},
            circumstance=Circumstance.CARD_SCANNED,
        )
    except Refused:
        return
    raise DoorClosed("the register of patrons")
