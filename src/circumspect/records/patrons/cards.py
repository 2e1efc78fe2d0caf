"""Cards and PINs: issue, replace, report lost, set and check.

A card is found by its token; a lost or replaced card still finds its patron for a while, so that a
card handed in comes home, but lends nothing. A PIN is hashed slowly with a key of the vault mixed
in, and the hash is sealed besides. Wrong PINs lock self-service for a short while, never the desk.

Source: clauses TH-1.23, MP-4.15; 14-digit barcodes with check digit (Codabar practice).
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from django.db import IntegrityError, connection, transaction

from circumspect.records import barcodes
from circumspect.records.patrons import finding
from circumspect.records.patrons.errors import CardTakenError, FieldError
from circumspect.records.patrons.fieldrules import check_card_number
from circumspect.records.patrons.models import Card, Pin
from circumspect.records.patrons.rows import CARD_COLUMNS, card_row, insert_statement
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed

SERIES = "cards"
PIN_SERIES = "pins"
_PIN = re.compile(r"[0-9]{4,8}")
# Five tries, then a minute, then longer; each wrong try after that counts anew.
_FREE_TRIES = 5
_FIRST_LOCK_SECONDS = 60
_LONGEST_LOCK_SECONDS = 3600
# RFC 9106's second recommendation in memory, brought down to what a kiosk can wait for.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_THROW_AWAY = _HASHER.hash("0000")


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card, found without opening anything."""

    patron: int
    card: int
    status: str


def find_card(house: House, scan: str) -> FoundCard | None:
    """The card of a scanned or typed number, or None."""
    found = finding.find_card(house.vault, barcodes.normalise(scan))
    return FoundCard(*found) if found else None


def next_barcode(house: House) -> str:
    """A patron barcode that nobody has: random serial, so that numbers tell no order of joining."""
    institution = str(house.home.setting("library", "institution", "0000"))
    while True:
        number = barcodes.new_barcode(barcodes.BarcodeKind.PATRON, institution, secrets.randbelow(10**8))
        if finding.find_card(house.vault, number) is None:
            return number


def issue_card(
    house: House,
    actor: Actor,
    patron: int,
    typed: str = "",
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
    old_card_lost: bool = False,
) -> str:
    """Give a patron a card, and end the one they had.

    Args:
        typed: The new card's number; "" for one of ours.
        old_card_lost: The old card was lost, not handed in.

    Returns:
        The number on the new card.

    Raises:
        FieldError: The number does not do, or is in use.
        Refused, DoorClosed: The door stays shut.
    """
    barcode = check_card_number(typed) if typed else next_barcode(house)
    _ask_change(house, actor, patron, SERIES, {"barcode", "status"}, circumstance, reason)
    if finding.find_card(house.vault, barcode) is not None:
        raise CardTakenError
    today = house.today()
    ended = Card.Status.LOST if old_card_lost else Card.Status.REPLACED
    row = card_row(house, house.vault.sealer(patron), barcode, today)
    try:
        with transaction.atomic():
            Card.objects.filter(patron_id=patron, status=Card.Status.ACTIVE).update(
                status=ended, ended_on=today
            )
            with connection.cursor() as cursor:
                cursor.execute(insert_statement("patrons_card", CARD_COLUMNS), row)
    except IntegrityError:
        raise CardTakenError from None
    return barcode


def report_lost(
    house: House, actor: Actor, patron: int, *, circumstance: Circumstance, reason: Reason | None = None
) -> None:
    """Mark the patron's card as lost: it lends nothing from now on."""
    _ask_change(house, actor, patron, SERIES, {"status"}, circumstance, reason)
    Card.objects.filter(patron_id=patron, status=Card.Status.ACTIVE).update(
        status=Card.Status.LOST, ended_on=house.today()
    )


def card_number(
    house: House, actor: Actor, patron: int, *, circumstance: Circumstance, reason: Reason | None = None
) -> str:
    """The number of the patron's active card, "" where there is none. For printing it again.

    Raises:
        Refused, DoorClosed: The door stays shut.
    """
    opening = house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=_errand(actor),
        series=SERIES,
        subjects=[patron],
        fields={"barcode"},
        circumstance=circumstance,
        reason=reason,
    )
    card = finding.live_card(patron)
    return opening.read(Sealed(SERIES, "barcode", patron, card.id, card.sealed_barcode)) if card else ""


def forget_ended_cards(house: House, days: int) -> int:
    """Delete cards that ended more than ``days`` ago; how many (DOMAIN: 30 days catch a lost card)."""
    deleted, _ = Card.objects.filter(ended_on__lt=house.today() - dt.timedelta(days=days)).delete()
    return deleted


# PINs


class PinAnswer(StrEnum):
    """What a PIN check says. Callers show RIGHT, or one and the same refusal for the rest."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


def set_pin(
    house: House,
    actor: Actor,
    patron: int,
    pin: str,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Set a patron's PIN.

    Raises:
        FieldError: Not 4 to 8 digits, or too easy to guess.
        Refused, DoorClosed: The door stays shut.
    """
    if not _PIN.fullmatch(pin):
        raise FieldError("pin", "a PIN has 4 to 8 digits")
    if len(set(pin)) == 1 or pin in "01234567890" or pin in "09876543210":
        raise FieldError("pin", "choose digits that are harder to guess")
    _ask_change(house, actor, patron, PIN_SERIES, {"hash"}, circumstance, reason)
    sealed = house.vault.sealer(patron).seal(PIN_SERIES, patron, "hash", _HASHER.hash(_peppered(house, pin)))
    Pin.objects.update_or_create(
        patron_id=patron, defaults={"sealed_hash": sealed, "failures": 0, "locked_until": 0}
    )


def check_pin(house: House, actor: Actor, patron: int | None, pin: str) -> PinAnswer:
    """Check a PIN. An unknown patron costs the same hash as a known one.

    Raises:
        Refused, DoorClosed: The door stays shut.
    """
    row = Pin.objects.filter(patron_id=patron).first() if patron is not None else None
    if patron is None or row is None:
        # Hash a throw-away PIN: otherwise a stopwatch tells a wrong PIN from a card that does not exist.
        _matches(_THROW_AWAY, _peppered(house, pin))
        return PinAnswer.WRONG
    opening = house.door.ask(
        actor,
        action=Action.USE,
        purpose=Purpose.SIGN_IN,
        series=PIN_SERIES,
        subjects=[patron],
        fields={"hash"},
        circumstance=Circumstance.CARD_SCANNED,
    )
    stored = opening.read(Sealed(PIN_SERIES, "hash", patron, patron, row.sealed_hash))
    now = house.second()
    # Counted before it is checked: else a hundred tries at once would all be the first.
    may_try = _count_try(patron, now)
    right = _matches(stored, _peppered(house, pin))
    if not may_try:
        return PinAnswer.LOCKED
    if right:
        Pin.objects.filter(patron_id=patron).update(failures=0, locked_until=0)
        return PinAnswer.RIGHT
    return PinAnswer.WRONG


def _count_try(patron: int, now: int) -> bool:
    """Whether another try is free; it is then counted as failed until it turns out right."""
    with transaction.atomic():
        row = Pin.objects.select_for_update().filter(patron_id=patron).first()
        if row is None or now < row.locked_until:
            return False
        row.failures += 1
        over = row.failures - _FREE_TRIES
        if over >= 0:
            row.locked_until = now + min(_LONGEST_LOCK_SECONDS, _FIRST_LOCK_SECONDS * 2 ** min(over, 10))
        row.save(update_fields=["failures", "locked_until"])
    return True


def _peppered(house: House, pin: str) -> str:
    return hmac.digest(house.vault.pin_key(), pin.encode(), "sha256").hex()


def _matches(stored: str, peppered: str) -> bool:
    try:
        return _HASHER.verify(stored, peppered)
    except VerifyMismatchError:
        return False


def _errand(actor: Actor) -> Purpose:
    return Purpose.OWN_RECORD if actor.kind is ActorKind.PATRON else Purpose.MAINTAIN


def _ask_change(
    house: House,
    actor: Actor,
    patron: int,
    series: str,
    fields: set[str],
    circumstance: Circumstance,
    reason: Reason | None,
) -> None:
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=_errand(actor),
        series=series,
        subjects=[patron],
        fields=fields,
        circumstance=circumstance,
        reason=reason,
    )
