"""Is this card, or this passkey, this person's? One answer and one amount of work for whoever is refused, whatever the reason.

An unknown card, a wrong PIN, a locked one, a card that was lost or has no PIN: all hear the same, after the same
hash. The door is asked alike too: for a card that does not exist the question is put about nobody, and written
down as a refused try that names nobody. What little is left (a counter of wrong tries, which only a real card
has) goes under in the time that every refusal takes at least.

A passkey signs in whoever has a card in use. One that nobody added, one whose owner's card was lost, an answer that is
forged, late or sent twice, a counter that went back: all hear the same, and the door is asked as often.

Source: clauses TH-1.23, MP-4.15; guarantee 3; W3C Web Authentication Level 3, section 14.6.2.
"""

from __future__ import annotations

import time

from circumspect.faces.portal.challenges import CHALLENGES
from circumspect.faces.portal.sessions import Live
from circumspect.records import passkeyrules
from circumspect.records.passkeyrules import Answer, PasskeyError, Site
from circumspect.records.patrons import cards, passkeys
from circumspect.records.patrons.models import Card
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

# Nobody has this number: ids are drawn from 1 up.
NOBODY = 0
# Longer than a hash and a few durable writes take.
LEAST_SECONDS = 0.4
SIGN_IN = "signin"


def whose(house: House, card: str, pin: str) -> int | None:
    """The patron whose card and PIN these are, or None.

    Raises:
        DoorClosed: A part of the house cannot be reached.
    """
    began = time.monotonic()
    return _or_wait(began, _whose(house, card, pin))


def whose_passkey(house: House, site: Site, answer: Answer | None) -> int | None:
    """The patron who is signed in by a passkey's answer, or None.

    Raises:
        DoorClosed: A part of the house cannot be reached.
    """
    began = time.monotonic()
    return _or_wait(began, _whose_passkey(house, site, answer))


def proven(house: House, site: Site, live: Live, step: str, text: str) -> int | None:
    """Which of their passkeys somebody who is signed in has just used for a step, or None.

    Raises:
        Refused, DoorClosed: The door stays shut.
    """
    answer = read(text)
    if answer is None or not CHALLENGES.take(answer.challenge, step, live.digest, time.monotonic()):
        return None
    return passkeys.check(house, live.actor, live.patron, site, answer.challenge, answer)


def read(text: str) -> Answer | None:
    """A browser's answer, not yet believed; None where it cannot be read."""
    try:
        return passkeyrules.read_answer(text)
    except PasskeyError:
        return None


def _or_wait(began: float, patron: int | None) -> int | None:
    if patron is None:
        time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - began)))
    return patron


def _whose_passkey(house: House, site: Site, answer: Answer | None) -> int | None:
    patron = None
    if answer is not None and CHALLENGES.take(answer.challenge, SIGN_IN, "", time.monotonic()):
        # Found by itself, an authenticator says whose it is: section 7.2, step 6.
        patron = passkeys.find(house, answer) if answer.handle else None
    actor = Actor(ActorKind.PATRON, str(patron if patron is not None else NOBODY))
    try:
        if patron is None or answer is None:
            _ask_about_nobody(house, actor, passkeys.SERIES, "key", Circumstance.OWN_SIGN_IN)
            return None
        used = passkeys.check(house, actor, patron, site, answer.challenge, answer)
    except Refused:
        return None
    return patron if used is not None else None


def _whose(house: House, card: str, pin: str) -> int | None:
    found = cards.find_card(house, card[:64])
    patron = found.patron if found is not None and found.status == Card.Status.ACTIVE else None
    actor = Actor(ActorKind.PATRON, str(patron if patron is not None else NOBODY))
    try:
        answer = cards.check_pin(house, actor, patron, pin[:64])
        if patron is None:
            _ask_about_nobody(house, actor, cards.PIN_SERIES, "hash", Circumstance.CARD_SCANNED)
    except Refused:
        return None
    return patron if answer is cards.PinAnswer.RIGHT else None


def _ask_about_nobody(
    house: House, actor: Actor, series: str, field: str, circumstance: Circumstance
) -> None:
    """What the check of a known one costs at the door, for one that nobody has: a decision and a durable entry."""
    try:
        house.door.ask(
            actor,
            action=Action.USE,
            purpose=Purpose.SIGN_IN,
            series=series,
            subjects=[NOBODY],
            fields={field},
            circumstance=circumstance,
        )
    except Refused:
        return
    raise DoorClosed("the register of patrons")
