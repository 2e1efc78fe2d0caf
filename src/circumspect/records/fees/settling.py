"""Settle fees: charge by hand, pay, waive, credit, write off, refund, spend the deposit.

Each act asks the door first, under the purpose of settling; what it may reach says whose act it is:

    charge, pay        change a fee                      the desk
    waive, credit,     take back a charge: its amount    a lead
    refund             and what is outstanding
    write off          what is outstanding, no more      a lead, finance

Then one transaction reads the lines, lets the pure rules decide, and writes lines, entries and counts. A line
that is settled loses its item in that transaction.

Source: clauses TH-1.13, TH-1.20, MP-4.5, MP-7.14; DOMAIN practice of fines and fees.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction

from circumspect.records.fees import charging, deposits, rules
from circumspect.records.fees.charging import FEE_FIELDS, SERIES
from circumspect.records.fees.lines import NoSuchFeeError, lines_of, write
from circumspect.records.fees.rules import (
    BY_HAND,
    Code,
    EntryKind,
    FeeKind,
    Line,
    Method,
    MoneyError,
    check_amount,
)
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason

# What a payment changes, and what each way of letting go takes back.
PAYING = frozenset({"outstanding", "item"})
TAKING_BACK = frozenset({"amount", "outstanding"})
WRITING_OFF = frozenset({"outstanding"})
_REACH = {
    EntryKind.WAIVED: TAKING_BACK,
    EntryKind.CREDITED: TAKING_BACK,
    EntryKind.WRITTEN_OFF: WRITING_OFF,
}


@dataclass(frozen=True, slots=True, repr=False)
class Receipt:
    """What a receipt may say of a payment: kinds, amounts and the day. Prints as nothing.

    Attributes:
        parts: Kind and cents of each fee that was paid, whole or in part.
        to_deposit: Cents of it that went on the deposit.
    """

    day: dt.date
    branch: str
    method: Method
    parts: tuple[tuple[FeeKind, int], ...]
    to_deposit: int = 0

    @property
    def total(self) -> int:
        """All cents that changed hands."""
        return sum(cents for _, cents in self.parts) + self.to_deposit


def charge_by_hand(
    house: House,
    actor: Actor,
    patron: int,
    kind: FeeKind,
    cents: int,
    *,
    branch: str,
    circumstance: Circumstance,
    item_id: int | None = None,
    reason: Reason | None = None,
) -> int:
    """Charge for damage, a card, prints or something else; the fee's id.

    Raises:
        MoneyError: The kind is not one to be charged by hand, or the amount does not do.
        Refused, DoorClosed: The door stays shut; nothing is charged.
    """
    if kind not in BY_HAND:
        raise MoneyError("choose what it is for from the list", "kind")
    check_amount(cents)
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.SETTLE,
        series=SERIES,
        subjects=(patron,),
        fields=FEE_FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        return charging.charge(
            house, cursor, patron, kind, cents, branch=branch, item_id=item_id, today=house.today()
        )


def pay(
    house: House,
    actor: Actor,
    patron: int,
    cents: int,
    *,
    method: Method,
    branch: str,
    circumstance: Circumstance,
    fees: Collection[int] = (),
    rest_to_deposit: bool = False,
    reason: Reason | None = None,
) -> Receipt:
    """Take a payment, for chosen fees or for whatever is oldest, whole or in part.

    Args:
        fees: Ids of the fees to be paid; none for all that are owed.
        rest_to_deposit: What is paid beyond what is owed goes on the deposit; otherwise it is refused.

    Raises:
        TooMuchError: More than is owed, or more than the deposit holds; its words say what to do.
        MoneyError: Another field does not do. Nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    check_amount(cents)
    moves_deposit = rest_to_deposit or method is Method.DEPOSIT
    if rest_to_deposit and method is Method.DEPOSIT:
        raise MoneyError("money from the deposit cannot go back on it", "method")
    parts = [Part(Action.CHANGE, Purpose.SETTLE, SERIES, (patron,), PAYING)]
    if moves_deposit:
        parts += deposits.parts_for_moving(Purpose.SETTLE, patron)
    openings = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        owed = _lines(house, patron, fees or None, open_only=True)
        over = max(0, cents - sum(line.outstanding for line in owed)) if rest_to_deposit else 0
        shares = rules.spread(owed, cents - over) if cents > over else []
        for line, share in shares:
            write(cursor, line, rules.paid(line, share, day=today, method=method), today=today, branch=branch)
        moved = over - (cents if method is Method.DEPOSIT else 0)
        if moved:
            deposits.move(house, actor, patron, moved, openings[1], circumstance=circumstance, reason=reason)
        if over:
            charging.tally(cursor, today, branch, deposits.Movement.TOPPED_UP.value, over, method.value)
    return Receipt(
        today,
        branch,
        method,
        tuple((line.kind, share) for line, share in shares),
        over,
    )


def spend(
    house: House,
    actor: Actor,
    patron: int,
    kind: FeeKind,
    cents: int,
    *,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> Receipt:
    """Charge for something and pay it from the deposit at once: prints at a public computer, say.

    Raises:
        TooMuchError: The deposit does not hold so much; nothing is charged.
        MoneyError, Refused, DoorClosed: As for charging and paying.
    """
    with transaction.atomic():
        fee = charge_by_hand(
            house, actor, patron, kind, cents, branch=branch, circumstance=circumstance, reason=reason
        )
        return pay(
            house,
            actor,
            patron,
            cents,
            method=Method.DEPOSIT,
            branch=branch,
            circumstance=circumstance,
            fees=(fee,),
            reason=reason,
        )


def waive(
    house: House,
    actor: Actor,
    patron: int,
    fee: int,
    cents: int | None,
    *,
    code: Code,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Let go of a fee, whole or in part, for a reason from the list. A lead's right.

    Args:
        cents: How much of it; None for whatever is owed on it.

    Raises:
        MoneyError: Amount or reason does not do, or there is no such fee. Nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _take_off(house, actor, patron, fee, cents, EntryKind.WAIVED, code, branch, circumstance, reason)


def credit(
    house: House,
    actor: Actor,
    patron: int,
    fee: int,
    cents: int | None,
    *,
    code: Code,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Take back what should not have been charged. A lead's right. Raises as ``waive`` does."""
    _take_off(house, actor, patron, fee, cents, EntryKind.CREDITED, code, branch, circumstance, reason)


def write_off(
    house: House,
    actor: Actor,
    patron: int,
    fee: int,
    cents: int | None,
    *,
    code: Code,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Give up what will not be paid any more. The right of a lead and of finance. Raises as ``waive`` does."""
    _take_off(house, actor, patron, fee, cents, EntryKind.WRITTEN_OFF, code, branch, circumstance, reason)


def refund(
    house: House,
    actor: Actor,
    patron: int,
    fee: int,
    cents: int,
    *,
    method: Method,
    code: Code,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Give back what was paid on a fee: in money, or on the deposit. A lead's right.

    Raises:
        TooMuchError: More than was paid on it.
        MoneyError: Another field does not do, or the fee is gone. Nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    parts = [Part(Action.ERASE, Purpose.SETTLE, SERIES, (patron,), TAKING_BACK)]
    if method is Method.DEPOSIT:
        parts += deposits.parts_for_moving(Purpose.SETTLE, patron)
    openings = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        line = _lines(house, patron, (fee,))[0]
        after = rules.refunded(line, cents, day=today, method=method, code=code)
        write(cursor, line, after, today=today, branch=branch)
        if method is Method.DEPOSIT:
            deposits.move(house, actor, patron, cents, openings[1], circumstance=circumstance, reason=reason)


def _take_off(
    house: House,
    actor: Actor,
    patron: int,
    fee: int,
    cents: int | None,
    kind: EntryKind,
    code: Code,
    branch: str,
    circumstance: Circumstance,
    reason: Reason | None,
) -> None:
    house.door.ask(
        actor,
        action=Action.ERASE,
        purpose=Purpose.SETTLE,
        series=SERIES,
        subjects=(patron,),
        fields=_REACH[kind],
        circumstance=circumstance,
        reason=reason,
    )
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        line = _lines(house, patron, (fee,))[0]
        all_or_part = line.outstanding if cents is None else cents
        after = rules.taken_off(line, kind, all_or_part, day=today, code=code)
        write(cursor, line, after, today=today, branch=branch)


def _lines(house: House, patron: int, only: Collection[int] | None, *, open_only: bool = False) -> list[Line]:
    """This patron's lines, locked. Raises NoSuchFeeError where one of the chosen is not theirs, or not any more."""
    links = house.vault.links(SERIES, patron).values()
    lines = lines_of(links, only=only, open_only=open_only, lock=True)
    if only is not None and len(lines) != len(set(only)):
        raise NoSuchFeeError
    return lines
