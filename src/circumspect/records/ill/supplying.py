"""Lend to other libraries: the borrower is an institution, and there is no patron on this side at all.

Source: clause MP-4.11.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from circumspect.records import barcodes
from circumspect.records.catalog.models import CODE_LENGTH, Item, ItemStatus
from circumspect.records.circulation import returning
from circumspect.records.circulation.models import Loan
from circumspect.records.circulation.returning import CheckedIn
from circumspect.records.ill.asking import ILL_FIELDS, SERIES
from circumspect.records.ill.citations import CitationError
from circumspect.records.ill.counting import IllEvent, bump
from circumspect.records.ill.models import PartnerLibrary, SuppliedItem
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose


@dataclass(frozen=True, slots=True)
class Supplied:
    """A copy of ours that is out to another library."""

    barcode: str
    title: str
    library: str
    their_number: str
    due_on: dt.date
    is_overdue: bool


def _permit(house: House, actor: Actor, action: Action) -> None:
    house.door.permit(
        actor,
        action=action,
        purpose=Purpose.LISTS,
        series=SERIES,
        fields=ILL_FIELDS,
        circumstance=Circumstance.LIST,
    )


def put_library(house: House, actor: Actor, *, code: str, name: str, address: str = "") -> None:
    """Add a partner library, or bring it up to these facts.

    Raises:
        CitationError: The code or the name is missing.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.CHANGE)
    code, name = code.strip().upper(), name.strip()
    if not code or len(code) > CODE_LENGTH:
        raise CitationError("code", f"write the library's symbol, at most {CODE_LENGTH} signs")
    if not name:
        raise CitationError("name", "write the library's name")
    PartnerLibrary.objects.update_or_create(
        code=code, defaults={"name": name[:200], "address": address.strip()[:300]}
    )


def supply(
    house: House, actor: Actor, barcode: str, *, library: str, due_on: dt.date, their_number: str = ""
) -> Supplied:
    """Lend a copy to another library.

    Args:
        their_number: The number of their request, for the slip.

    Raises:
        CitationError: No such copy or library, the copy is not on the shelf, or the day has passed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.CHANGE)
    today = house.today()
    if due_on <= today:
        raise CitationError("due_on", "choose a day after today")
    partner = PartnerLibrary.objects.filter(code=library).first()
    if partner is None:
        raise CitationError("library", "choose a library of the list, or add it first")
    with transaction.atomic(), connection.cursor() as cursor:
        number = barcodes.normalise(barcode)
        item = Item.objects.select_for_update().select_related("title").filter(barcode=number).first()
        if item is None:
            raise CitationError("barcode", "no item has this barcode")
        if item.status != ItemStatus.AVAILABLE:
            raise CitationError("barcode", "this item is not on the shelf. Check it in first")
        item.status = ItemStatus.ON_LOAN.value
        item.save(update_fields=["status"])
        # Taken back by an ordinary check-in before, and not crossed out since: the row is this one's now.
        SuppliedItem.objects.update_or_create(
            item=item,
            defaults={"library": partner, "their_number": their_number.strip()[:40], "due_on": due_on},
        )
        bump(cursor, IllEvent.SUPPLIED, branch=item.branch_id, today=today)
    return Supplied(number, item.title.title, partner.name, their_number, due_on, False)


def supplied_list(house: House, actor: Actor) -> list[Supplied]:
    """What is out to other libraries, soonest due first.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    _permit(house, actor, Action.CHANGE)
    today = house.today()
    out = SuppliedItem.objects.select_related("item__title", "library").filter(
        item__status=ItemStatus.ON_LOAN
    )
    # Came back over the counter and went out to somebody else: not out to a library any more.
    out = out.exclude(item_id__in=Loan.objects.values("item_id"))
    return [
        Supplied(
            row.item.barcode,
            row.item.title.title,
            row.library.name,
            row.their_number,
            row.due_on,
            row.due_on < today,
        )
        for row in out.order_by("due_on", "item_id")
    ]


def take_back(house: House, actor: Actor, barcode: str, *, branch: str) -> CheckedIn:
    """A copy came back from another library: it is checked in like any other, and may go to a hold.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.CHANGE)
    with transaction.atomic(), connection.cursor() as cursor:
        back = returning.check_in(house, actor, barcode, branch=branch)
        if SuppliedItem.objects.filter(item_id=back.item.id).delete()[0]:
            bump(cursor, IllEvent.SUPPLY_BACK, branch=back.item.branch, today=house.today())
    return back
