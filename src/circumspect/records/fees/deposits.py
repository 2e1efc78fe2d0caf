"""The deposit on a card: the sealed ``balance`` of the registration record, in dollars and cents.

Money is put on it, fees are paid from it, and a lead may pay it out. What comes in and goes out is counted
for the day's report; nothing else remembers it.

Source: clauses TH-1.23, MP-7.14; ARCHITECTURE.md, "How patron information rests".
"""

from __future__ import annotations

from enum import StrEnum

from django.db import connection, transaction

from circumspect.records.fees.charging import tally
from circumspect.records.fees.rules import (
    MOST_CENTS,
    AmountError,
    Method,
    MoneyError,
    TooMuchError,
    cents_of,
    check_amount,
    dollars,
)
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason

BALANCE = "balance"


class Movement(StrEnum):
    """What the day's report counts of deposits, beside what fees do."""

    TOPPED_UP = "topped_up"
    PAID_OUT = "paid_out"


class UnreadableBalanceError(MoneyError):
    """What is stored as the deposit is no amount, perhaps brought over from another system."""

    field = "deposit"
    reason = "the deposit on this record cannot be read; a lead has to correct it"


def balance_of(text: str) -> int:
    """The cents that a stored balance says; 0 for none.

    Raises:
        UnreadableBalanceError: It is no amount of ours. What it is, is not repeated.
    """
    try:
        return cents_of(text, "deposit") if text else 0
    except AmountError:
        raise UnreadableBalanceError from None


def balance_text(cents: int) -> str:
    """Cents as they are stored and shown: "12.50", and "" for an empty deposit."""
    return f"{cents // 100}.{cents % 100:02}" if cents else ""


def parts_for_moving(purpose: Purpose, patron: int) -> list[Part]:
    """What is asked at the door before a deposit is changed."""
    return [
        Part(Action.USE, purpose, REGISTRATION, (patron,), frozenset({BALANCE})),
        Part(Action.CHANGE, purpose, REGISTRATION, (patron,), frozenset({BALANCE})),
    ]


def move(
    house: House,
    actor: Actor,
    patron: int,
    by_cents: int,
    opening: Opening,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
    purpose: Purpose = Purpose.SETTLE,
) -> int:
    """Add to a deposit or take from it, within the caller's transaction; the cents it holds then.

    Args:
        by_cents: Less than nothing to take from it.
        opening: The first answer to ``parts_for_moving``.

    Raises:
        TooMuchError: There is not so much on it, or it would hold too much.
        ChangedMeanwhileError: Of ``patrons``: another desk changed the record.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    record = read(opening, [patron], [BALANCE])[0]
    held = balance_of(record[BALANCE])
    left = held + by_cents
    if left < 0:
        raise TooMuchError(f"the deposit holds {dollars(held)}")
    if left > MOST_CENTS:
        raise TooMuchError(f"a deposit holds at most {dollars(MOST_CENTS)}")
    change(
        house,
        actor,
        patron,
        Change({BALANCE: balance_text(left)}),
        circumstance=circumstance,
        reason=reason,
        purpose=purpose,
        version=record.version,
    )
    return left


def top_up(
    house: House,
    actor: Actor,
    patron: int,
    cents: int,
    *,
    method: Method,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> int:
    """Put money on a deposit; the cents it holds then.

    Raises:
        AmountError, TooMuchError, MoneyError: Nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    check_amount(cents)
    if method is Method.DEPOSIT:
        raise MoneyError("choose how the money comes in", "method")
    openings = house.door.ask_all(
        actor, parts_for_moving(Purpose.SETTLE, patron), circumstance=circumstance, reason=reason
    )
    with transaction.atomic(), connection.cursor() as cursor:
        left = move(house, actor, patron, cents, openings[0], circumstance=circumstance, reason=reason)
        tally(cursor, house.today(), branch, Movement.TOPPED_UP.value, cents, method.value)
    return left


def pay_out(
    house: House,
    actor: Actor,
    patron: int,
    cents: int,
    *,
    method: Method,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> int:
    """Give a deposit back, whole or in part; the cents it holds then. A lead's right.

    Raises:
        AmountError, TooMuchError, MoneyError: Nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    check_amount(cents)
    if method is Method.DEPOSIT:
        raise MoneyError("choose how the money goes out", "method")
    parts = parts_for_moving(Purpose.SETTLE, patron)
    parts.append(Part(Action.ERASE, Purpose.SETTLE, REGISTRATION, (patron,), frozenset({BALANCE})))
    openings = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    with transaction.atomic(), connection.cursor() as cursor:
        left = move(house, actor, patron, -cents, openings[0], circumstance=circumstance, reason=reason)
        tally(cursor, house.today(), branch, Movement.PAID_OUT.value, cents, method.value)
    return left
