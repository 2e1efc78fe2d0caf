"""Work requests by their number: send them out, take books in, send them back. Whose they are is not shown.

When the book arrives, its request is opened once, by its link: the house makes a copy of the catalog for it
and a hold that takes it to its patron, and cuts link and citation off the request, all in one
transaction. From then on the tie to the patron is the hold's, then the loan's, and ends with those.

Source: clauses MP-4.11, MP-2.2, TH-1.21; DOMAIN practice ("due date of the owning library is not overridden").
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records import barcodes
from circumspect.records.catalog.models import TITLE_LENGTH, Item, ItemStatus, ItemType, Title
from circumspect.records.circulation.returning import send_on
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.holds import shelf
from circumspect.records.holds.models import Hold, HoldState, ShelfLeftover, VisitingCopy
from circumspect.records.holds.shelf import Trapped
from circumspect.records.ill.asking import ILL_FIELDS, SERIES, NoSuchRequestError
from circumspect.records.ill.citations import Citation, CitationError, number_of
from circumspect.records.ill.counting import IllEvent, bump
from circumspect.records.ill.models import IllRequest, PartnerLibrary
from circumspect.records.ill.states import Act, Stage, Step, stage_of, step
from circumspect.records.patrons.noticing import HOLD_CANCELLED, leave_word
from circumspect.records.patrons.rows import new_id
from circumspect.trust.door.door import Opening
from circumspect.trust.door.errors import NO_SUCH_RECORD, Refused
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.vault import Link
from circumspect.trust.vault.wiping import wipe_log_soon

ITEM_TYPE = "ill"
_SHELF_DAYS = 7


@dataclass(frozen=True, slots=True)
class Worked:
    """A line of the work list: there is nobody on it.

    Attributes:
        title: Of the copy, while it is here; what is asked for before that opens one by one.
        lender: Name of the library, "" where none has been asked.
        due_on: When its library wants it back; None before it is here.
    """

    request_id: int
    number: str
    stage: Stage
    asked_on: dt.date
    pickup_branch: str
    lender: str
    title: str
    barcode: str
    due_on: dt.date | None


@dataclass(frozen=True, slots=True, repr=False)
class LenderForm:
    """What another library gets to see: who we are, our number, what we ask for. Nobody else is on it."""

    number: str
    asked_on: dt.date
    citation: Citation
    lender: str
    lender_address: str
    library: str
    institution: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A book came in.

    Attributes:
        trapped: Where it goes now, with its pick-up code if it stays here; whose it is, is not said.
    """

    barcode: str
    trapped: Trapped


def _permit(house: House, actor: Actor, action: Action) -> None:
    house.door.permit(
        actor,
        action=action,
        purpose=Purpose.LISTS,
        series=SERIES,
        fields=ILL_FIELDS,
        circumstance=Circumstance.LIST,
    )


def work_list(house: House, actor: Actor) -> list[Worked]:
    """Every request, oldest first, by number.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    _permit(house, actor, Action.CHANGE)
    zone = zone_of(house)
    due = dict(VisitingCopy.objects.values_list("item_id", "due_at"))
    return [
        Worked(
            row.id,
            number_of(row.id),
            stage_of(row.state, row.item.status if row.item else None),
            row.asked_on,
            row.pickup_branch,
            row.lender.name if row.lender else "",
            row.item.title.title if row.item else "",
            row.item.barcode if row.item else "",
            dt.datetime.fromtimestamp(due[row.item_id], zone).date() if row.item_id in due else None,
        )
        for row in IllRequest.objects.select_related("item__title", "lender").order_by("asked_on", "id")
    ]


def lender_form(house: House, actor: Actor, request_id: int) -> LenderForm:
    """What is asked for, fit to be sent: opened by the request's link, and shown without its patron.

    Raises:
        NoSuchRequestError: There is none, it is here already, or its patron has been forgotten.
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    row = _find(request_id)
    opening = _open(house, actor, Action.VIEW, row)
    lender = row.lender
    return LenderForm(
        number_of(row.id),
        row.asked_on,
        _citation(opening, row),
        lender.name if lender else "",
        lender.address if lender else "",
        str(house.home.setting("library", "name", "Library")),
        str(house.home.setting("library", "institution", "")),
    )


def _find(request_id: int, *, lock: bool = False) -> IllRequest:
    rows = IllRequest.objects.select_related("lender")
    if lock:
        rows = IllRequest.objects.select_for_update()
    row = rows.filter(id=request_id).first()
    if row is None:
        raise NoSuchRequestError
    return row


def _open(house: House, actor: Actor, action: Action, row: IllRequest) -> Opening:
    """Ask for what a request says, by its link."""
    if row.link is None or row.epoch is None or row.back is None:
        raise NoSuchRequestError
    try:
        return house.door.ask_by_link(
            actor,
            action=action,
            purpose=Purpose.LISTS,
            series=SERIES,
            fields=ILL_FIELDS,
            circumstance=Circumstance.LIST,
            epoch=row.epoch,
            token=bytes(row.link),
            back=bytes(row.back),
            link_series=SERIES,
        )
    except Refused as refusal:
        if refusal.decision.rules != NO_SUCH_RECORD:
            raise
        raise NoSuchRequestError from None


def _citation(opening: Opening, row: IllRequest) -> Citation:
    sealed = Sealed(SERIES, "citation", opening.subjects[0], row.id, row.sealed_citation or b"")
    return Citation.from_text(opening.read(sealed))


def _step(row: IllRequest, act: Act) -> Step:
    return step(stage_of(row.state, row.item.status if row.item else None), act)


# before it is here


def send(house: House, actor: Actor, request_id: int, *, lender: str) -> None:
    """A library has been asked.

    Args:
        lender: Code of a partner library.

    Raises:
        NoSuchRequestError: There is none.
        CitationError: No partner library has this code.
        WrongStepError: It has been sent already, or is here.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.CHANGE)
    with transaction.atomic(), connection.cursor() as cursor:
        row = _find(request_id, lock=True)
        after = _step(row, Act.SEND)
        library = PartnerLibrary.objects.filter(code=lender).first()
        if library is None:
            raise CitationError("lender", "choose a library of the list, or add it first")
        row.state, row.lender = str(after.state), library
        row.save(update_fields=["state", "lender"])
        bump(cursor, IllEvent.SENT, branch=row.pickup_branch, today=house.today())


def take_back(house: House, actor: Actor, request_id: int) -> None:
    """The library asked has said no: another one may be asked.

    Raises:
        NoSuchRequestError: There is none.
        WrongStepError: No library has been asked.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.CHANGE)
    with transaction.atomic():
        row = _find(request_id, lock=True)
        row.state, row.lender = str(_step(row, Act.TAKE_BACK).state), None
        row.save(update_fields=["state", "lender"])


def not_filled(house: House, actor: Actor, request_id: int) -> None:
    """No library has it: the request ends, and word is left for a notice; row and citation are gone.

    Raises:
        NoSuchRequestError: There is none.
        WrongStepError: The book is here.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.ERASE)
    with transaction.atomic(), connection.cursor() as cursor:
        row = _find(request_id, lock=True)
        _step(row, Act.NOT_FILLED)
        row.delete()
        if row.link is not None and row.epoch is not None and row.back is not None:
            link = Link(row.epoch, bytes(row.link), bytes(row.back))
            leave_word(cursor, HOLD_CANCELLED, SERIES, link, branch=row.pickup_branch, today=house.today())
        bump(cursor, IllEvent.NOT_FILLED, branch=row.pickup_branch, today=house.today())
        wipe_log_soon(DEFAULT_DB_ALIAS)


# while it is here


def receive(
    house: House, actor: Actor, request_id: int, *, barcode: str, due_on: dt.date, branch: str
) -> Arrived:
    """The book is here: it gets a barcode, and a hold that takes it to whoever asked for it.

    The request loses link and citation in the transaction that makes the hold.

    Args:
        barcode: Of a label put on for its stay.
        due_on: When its library wants it back: no loan of it goes beyond that.
        branch: Where it was unpacked.

    Raises:
        NoSuchRequestError: There is none, or its patron has been forgotten.
        CitationError: The barcode is taken or unusable, or the day has passed.
        WrongStepError: No library was asked for it.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    row = _find(request_id)
    _step(row, Act.RECEIVE)
    shelf.permit_trap(house, actor, circumstance=Circumstance.HOLD_TO_SHELVE)
    opening = _open(house, actor, Action.CHANGE, row)
    citation = _citation(opening, row)
    link = house.vault.link(shelf.SERIES, opening.subjects[0])
    today = house.today()
    number = _usable(barcode, due_on, today)
    with transaction.atomic(), connection.cursor() as cursor:
        row = _find(request_id, lock=True)
        after = _step(row, Act.RECEIVE)
        item = _take_in(citation, row, number)
        VisitingCopy.objects.create(item=item, due_at=_end_of(house, due_on))
        hold = Hold.objects.create(
            id=new_id(),
            title_id=item.title_id,
            item=item,
            copy=item,
            pickup_branch=row.pickup_branch,
            state=HoldState.IN_TRANSIT,
            place=1,
            placed_on=today,
            expires_on=due_on,
            epoch=link.epoch,
            link=link.token,
            back=link.back,
        )
        trapped = Trapped(hold.id, row.pickup_branch, False, "")
        if branch == row.pickup_branch:
            days = min(_SHELF_DAYS, (due_on - today).days)
            trapped = shelf.shelve(cursor, hold.id, branch=branch, today=today, shelf_days=days)
        else:
            send_on(cursor, item.id, row.pickup_branch, today)
        item.status = ItemStatus.HOLD_SHELF.value if trapped.on_shelf else ItemStatus.IN_TRANSIT.value
        item.save(update_fields=["status"])
        row.state, row.item = str(after.state), item
        row.epoch = row.link = row.back = row.sealed_citation = None
        row.save()
        bump(cursor, IllEvent.ARRIVED, branch=row.pickup_branch, today=today)
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return Arrived(number, trapped)


def _usable(barcode: str, due_on: dt.date, today: dt.date) -> str:
    number = barcodes.normalise(barcode)
    if not barcodes.is_acceptable(number) or barcodes.kind_of(number) is barcodes.BarcodeKind.PATRON:
        raise CitationError("barcode", "scan an item label that is not in use")
    if Item.objects.filter(barcode=number).exists():
        raise CitationError("barcode", "another item has this barcode; take another label")
    if due_on <= today:
        raise CitationError("due_on", "choose a day after today")
    return number


def _end_of(house: House, day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(23, 59, 59), zone_of(house)).timestamp())


def _take_in(citation: Citation, row: IllRequest, barcode: str) -> Item:
    """A title and a copy for the length of the stay. No words to be found by: nobody else can wait for it."""
    ItemType.objects.get_or_create(code=ITEM_TYPE, defaults={"name": "Interlibrary loan"})
    title = Title.objects.create(
        source_key=f"ill:{number_of(row.id)}",
        title=citation.title[:TITLE_LENGTH],
        author=citation.author[:TITLE_LENGTH],
    )
    return Item.objects.create(
        barcode=barcode, title=title, item_type_id=ITEM_TYPE, branch_id=row.pickup_branch, status="in_process"
    )


def send_back(house: House, actor: Actor, request_id: int) -> str:
    """The book goes back to its library: copy, title and request are gone, and a count stays.

    Returns:
        The library's name.

    Raises:
        NoSuchRequestError: There is none.
        WrongStepError: It is still out, on the shelf or on its way.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.ERASE)
    with transaction.atomic(), connection.cursor() as cursor:
        row = _find(request_id, lock=True)
        _step(row, Act.SEND_BACK)
        item, lender = row.item, row.lender
        row.delete()
        if item is not None:
            _put_out(cursor, item)
        bump(cursor, IllEvent.SENT_BACK, branch=row.pickup_branch, today=house.today())
    return lender.name if lender else ""


def _put_out(cursor: Any, item: Item) -> None:
    # A hold that could not be served any more ends here: its copy is gone.
    cursor.execute("DELETE FROM holds_hold WHERE title_id = %s", [item.title_id])
    ShelfLeftover.objects.filter(item=item).delete()
    title = item.title
    item.delete()
    title.delete()
