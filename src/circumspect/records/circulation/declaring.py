"""The patron says so: an item of theirs is lost, or they bring it back damaged.

Lost is billed at once by the loan's rule, as the nightly round would have done later; found again, it is
credited as any lost item is (``returning``). Damaged is a return: the loan goes, and the item is
set aside.

Source: DOMAIN practice of lost items; clauses TH-1.13, TH-1.20.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from circumspect.records import barcodes
from circumspect.records.circulation import returning
from circumspect.records.circulation.items import (
    SERIES,
    ItemFacts,
    find_item_and_loan,
    loan_links,
)
from circumspect.records.circulation.ladders import give_up
from circumspect.records.circulation.lending import NotCheckedOut
from circumspect.records.circulation.returning import CheckedIn
from circumspect.records.circulation.rules import STOP_WORDS, Hindrance, Stop, Stopped
from circumspect.records.fees import charging
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose


@dataclass(frozen=True, slots=True)
class DeclaredLost:
    """The item is given up, and what the rule says is billed.

    Attributes:
        billed_cents: Replacement and processing; 0 where the rule bills nothing.
    """

    item: ItemFacts
    billed_cents: int


def declare_lost(
    house: House,
    actor: Actor,
    patron: int,
    scan: str,
    *,
    circumstance: Circumstance = Circumstance.OPEN_TRANSACTION,
) -> DeclaredLost | NotCheckedOut:
    """Give up an item that its borrower says is lost, and bill it by its rule.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    whose = (patron,)
    house.door.ask_all(
        actor,
        [
            Part(Action.CHANGE, Purpose.CIRCULATE, SERIES, whose, frozenset({"item", "state"})),
            Part(Action.CHANGE, Purpose.CIRCULATE, charging.SERIES, whose, charging.FEE_FIELDS),
        ],
        circumstance=circumstance,
    )
    links = loan_links(house, patron)
    with transaction.atomic(), connection.cursor() as cursor:
        item, loan = find_item_and_loan(cursor, barcode)
        if loan is None or loan.link not in links:
            return _stopped(item, Stop.NOT_THEIRS)
        billed = give_up(house, cursor, item, loan, patron, house.today())
        if billed is None:
            return _stopped(item, Stop.CLAIMED_OR_LOST)
    return DeclaredLost(item, billed)


def bring_back_damaged(
    house: House,
    actor: Actor,
    patron: int,
    scan: str,
    *,
    branch: str,
    cents: int = 0,
    circumstance: Circumstance = Circumstance.OPEN_TRANSACTION,
) -> CheckedIn | NotCheckedOut:
    """Take a damaged item back from the patron in front of the desk.

    Args:
        cents: What they owe for it; 0 for nothing.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=SERIES,
        subjects=(patron,),
        fields={"item", "state"},
        circumstance=circumstance,
    )
    with connection.cursor() as cursor:
        item, loan = find_item_and_loan(cursor, barcodes.normalise(scan))
    if loan is None or loan.link not in loan_links(house, patron):
        return _stopped(item, Stop.NOT_THEIRS)
    return returning.check_in(house, actor, scan, branch=branch, damaged=True, damage_cents=cents)


def _stopped(item: ItemFacts, stop: Stop) -> NotCheckedOut:
    return NotCheckedOut(item, Stopped((Hindrance(stop, STOP_WORDS[stop], frozenset()),)))
