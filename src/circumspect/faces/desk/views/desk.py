"""The desk itself: one box, and what a scan in it means.

    a card                     opens its patron
    an item, a patron open     goes out to them (or is renewed, or comes back: the tab says)
    an item, nobody open       comes back
    a name, e-mail, telephone  searches; choosing somebody asks a reason, for nothing scanned explains it
    "look up"                  asks the catalog, and never who

Source: issue "The house stands", section 4; clauses MP-7.14, MP-7.15, TH-1.11.
"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from circumspect.faces.desk import asks, opened, returned, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names, category_name
from circumspect.faces.desk.opened import Held, StaleSlipError
from circumspect.faces.desk.scanning import Scan, Sort, understand
from circumspect.faces.desk.screens import (
    DeskRequest,
    FoundPatron,
    ItemShown,
    Mode,
    Override,
    Said,
    Screen,
    Tone,
    refused,
    show,
    status_of,
    stopped,
    wants_part,
)
from circumspect.faces.desk.views.acting import CLEARED, act, answer, mode_of, show_patron
from circumspect.records.catalog import search as catalog_search
from circumspect.records.catalog import usecases as catalog
from circumspect.records.catalog.models import ItemStatus, ItemType
from circumspect.records.circulation import lending
from circumspect.records.circulation.items import DayError
from circumspect.records.circulation.lending import CheckedOut, NotCheckedOut
from circumspect.records.circulation.models import Loan
from circumspect.records.patrons import finding
from circumspect.records.patrons.models import Card
from circumspect.records.patrons.registration import open_records
from circumspect.records.patrons.standing import BLOCK_RULES, BlockKind
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance, Reason

MOST_FOUND = 20
_STATUS_WORDS = {
    ItemStatus.AVAILABLE: "On the shelf",
    ItemStatus.ON_LOAN: "On loan",
    ItemStatus.HOLD_SHELF: "On the hold shelf",
    ItemStatus.IN_TRANSIT: "On its way between branches",
    ItemStatus.CLAIMED_RETURNED: "Said to be returned",
    ItemStatus.LOST: "Lost",
    ItemStatus.MISSING: "Missing",
    ItemStatus.DAMAGED: "Damaged",
    ItemStatus.ON_ORDER: "On order",
    ItemStatus.IN_PROCESS: "Being made ready",
    ItemStatus.WITHDRAWN: "Withdrawn",
}


@require_http_methods(["GET", "HEAD", "POST"])
def desk(raw_request: HttpRequest) -> HttpResponse:
    """The page a clerk stands at. GET is always empty: an address opens nobody."""
    request = cast(DeskRequest, raw_request)
    if request.method != "POST":
        return show(request, Screen())
    try:
        held = opened.held_by(request, request.POST.get("slip", ""))
    except StaleSlipError:
        return show(request, Screen(mode=mode_of(request), said=CLEARED))
    if "to_mode" in request.POST:
        return _change_mode(request, held)
    return _scanned(request, held, understand(house(), request.POST.get("scan", "")))


@require_POST
def next_patron(raw_request: HttpRequest) -> HttpResponse:
    """Clear the screen, and make every page of this patron worthless."""
    opened.next_turn(raw_request)
    return redirect("desk")


@require_POST
def open_chosen(raw_request: HttpRequest) -> HttpResponse:
    """Open somebody chosen from a search: the reason first, then the record."""
    request = cast(DeskRequest, raw_request)
    raw_choice = request.POST.get("choice", "")
    try:
        patron = int(opened.unseal(request, "choice", raw_choice)["p"])
    except StaleSlipError:
        return show(request, Screen(said=Said(Tone.NOTE, "This search is over.", "Search again.")))
    try:
        reason = Reason(request.POST.get("reason", ""))
    except ValueError:
        return show(request, Screen(choice=raw_choice))
    return _open(request, Held(patron, Circumstance.UNEXPLAINED, reason), Screen())


def _change_mode(request: DeskRequest, held: Held | None) -> HttpResponse:
    try:
        mode = Mode(request.POST["to_mode"])
    except ValueError:
        mode = Mode.CHECK_OUT
    screen = Screen(mode=mode)
    return show_patron(request, screen, held, first=False) if held else show(request, screen)


def _scanned(request: DeskRequest, held: Held | None, scan: Scan) -> HttpResponse:
    mode = mode_of(request)
    if scan.card is not None:
        return _card(request, mode, scan)
    if scan.sort is Sort.ITEM:
        return _item(request, held, mode, scan.text)
    if mode is Mode.LOOK_UP and scan.sort is not Sort.NOTHING:
        return _with_patron(request, held, _looked_up(scan.text))
    if scan.sort in (Sort.CONTACT, Sort.WORDS):
        return _searched(request, mode, scan)
    if scan.sort is Sort.UNKNOWN_CARD:
        # Somebody else's card was meant: whoever is open has gone, and nothing more goes out to them.
        opened.next_turn(request)
        return show(request, Screen(mode=mode, said=_UNKNOWN[scan.sort], waits=mode is Mode.CHECK_OUT))
    return _with_patron(request, held, Screen(mode=mode, said=_UNKNOWN.get(scan.sort)))


_UNKNOWN = {
    Sort.UNKNOWN_CARD: Said(
        Tone.STOP, "No library card has this number.", "Scan it again, or search by name.", halts=True
    ),
    Sort.UNKNOWN_ITEM: Said(Tone.STOP, "No item has this barcode.", "Scan it again, or set the item aside."),
    Sort.UNKNOWN_NUMBER: Said(
        Tone.STOP,
        "Neither a card nor an item has this number.",
        "Scan it again, or search by name.",
        halts=True,
    ),
}

_WAITS = Said(
    Tone.STOP,
    "Nothing was done with this item.",
    "The card before it was not read. Scan the card, or press Esc to take items back.",
    halts=True,
)


def _card(request: DeskRequest, mode: Mode, scan: Scan) -> HttpResponse:
    card = scan.card
    assert card is not None  # noqa: S101 (for the type checker; the caller looked)
    held = Held(card.patron, Circumstance.CARD_SCANNED, card_ended=card.status != Card.Status.ACTIVE)
    return _open(request, held, Screen(mode=Mode.RENEW if mode is Mode.RENEW else Mode.CHECK_OUT))


def _open(request: DeskRequest, held: Held, screen: Screen) -> HttpResponse:
    opened.next_turn(request)
    return show_patron(request, screen, held, first=True)


def _with_patron(request: DeskRequest, held: Held | None, screen: Screen) -> HttpResponse:
    """Show an answer that changed nothing of the patron who may be open."""
    if held is None:
        return show(request, screen)
    return show_patron(request, screen, held, first=False, whole=not wants_part(request))


# items


def _item(request: DeskRequest, held: Held | None, mode: Mode, barcode: str) -> HttpResponse:
    if mode is Mode.LOOK_UP:
        return _with_patron(request, held, Screen(mode=mode, item=_item_shown(barcode)))
    if held is None and mode is Mode.CHECK_OUT and "waits" in request.POST:
        return show(request, Screen(mode=mode, said=_WAITS, waits=True))
    if mode is Mode.CHECK_IN or (held is None and mode is Mode.CHECK_OUT):
        return _checked_in(request, held, mode, barcode)
    if held is None:
        return show(request, Screen(mode=mode, said=Said(Tone.NOTE, "Scan the card first, then the item.")))
    return answer(request, held, lambda: lend(request, held, mode, barcode))


def lend(
    request: DeskRequest, held: Held, mode: Mode, barcode: str, override: Reason | None = None
) -> Screen:
    """Check out or renew, and say what came of it."""
    if held.card_ended:
        return Screen(
            said=Said(Tone.STOP, "Not checked out.", lines=(BLOCK_RULES[BlockKind.CARD_LOST].words,))
        )
    try:
        outcome = _lent(request, held, mode, barcode, override)
    except DayError:
        # It was set before midnight, and was for that day.
        return Screen(
            said=Said(Tone.STOP, "Not checked out.", "The due day that was set has passed. Clear it.")
        )
    if isinstance(outcome, CheckedOut):
        due = shown.in_full(shown.day_of(outcome.due_at, lending.zone_of(house())))
        headline = f"Renewed until {due}" if mode is Mode.RENEW else f"Checked out, due {due}"
        return Screen(loans_only=True, said=Said(Tone.DONE, headline, outcome.item.title))
    return Screen(
        loans_only=True,
        said=stopped(
            outcome.item.title,
            outcome.stopped,
            request.actor.roles,
            Override(mode.value, outcome.item.barcode),
        ),
    )


def _lent(
    request: DeskRequest, held: Held, mode: Mode, barcode: str, override: Reason | None
) -> CheckedOut | NotCheckedOut:
    if mode is Mode.RENEW:
        return lending.renew(
            house(),
            request.actor,
            held.patron,
            barcode,
            branch=request.member.branch,
            circumstance=Circumstance.OPEN_TRANSACTION,
            override=override,
        )
    return lending.check_out(
        house(),
        request.actor,
        held.patron,
        barcode,
        branch=request.member.branch,
        circumstance=Circumstance.OPEN_TRANSACTION,
        override=override,
        due_on=held.due_on,
        due_reason=held.due_reason,
    )


def _checked_in(request: DeskRequest, held: Held | None, mode: Mode, barcode: str) -> HttpResponse:
    try:
        back = lending.check_in(house(), request.actor, barcode, branch=request.member.branch)
    except DoorError as problem:
        screen = Screen(mode=mode, said=refused(problem), status=status_of(problem))
        return _with_patron(request, held, screen)
    screen = Screen(mode=mode, said=returned.said(back))
    if held is None:
        return show(request, screen)
    # It may have been theirs, and what stopped them with it: the panel is drawn anew.
    return show_patron(request, screen, held, first=False)


# searching


def _searched(request: DeskRequest, mode: Mode, scan: Scan) -> HttpResponse:
    opened.next_turn(request)
    vault = house().vault
    search = finding.find_contact if scan.sort is Sort.CONTACT else finding.find_name
    ids = search(vault, scan.text, MOST_FOUND + 1)
    if not ids:
        advice = (
            "Type at least three letters of a name, or a whole shorter one."
            if scan.sort is not Sort.CONTACT and finding.is_too_short(scan.text)
            else "Try fewer letters, the family name alone, or the card."
        )
        said = Said(Tone.NOTE, "Nobody found.", advice)
        return show(request, Screen(mode=mode, said=said))
    try:
        found = _found(request, ids[:MOST_FOUND])
    except DoorError as problem:
        return show(request, Screen(mode=mode, said=refused(problem), status=status_of(problem)))
    return show(request, Screen(mode=mode, found=found, found_more=len(ids) > MOST_FOUND))


def _found(request: DeskRequest, ids: list[int]) -> list[FoundPatron]:
    records = open_records(
        house(),
        request.actor,
        ids,
        sorted(asks.FOUND.fields),
        purpose=asks.FOUND.purpose,
        circumstance=Circumstance.NAME_SEARCH,
        action=asks.FOUND.action,
    )
    records.sort(key=lambda record: (record["family_name"].casefold(), record["given_name"].casefold()))
    return [
        FoundPatron(
            shown.full_name(record["given_name"], record["family_name"]),
            shown.masked_street(record["street"]),
            category_name(house(), record.standing.category),
            opened.seal(request, "choice", {"p": record.patron}),
        )
        for record in records
    ]


# the catalog


def _looked_up(text: str) -> Screen:
    titles = catalog_search.search(text, limit=20)
    if not titles:
        return Screen(mode=Mode.LOOK_UP, said=Said(Tone.NOTE, "Nothing in the catalog.", "Try fewer words."))
    return Screen(mode=Mode.LOOK_UP, titles=titles)


def _item_shown(barcode: str) -> ItemShown | None:
    item = catalog.item_by_barcode(barcode)
    if item is None:
        return None
    # When, and never whose: the loan's link stays closed.
    due_at = Loan.objects.filter(item_id=item.id).values_list("due_at", flat=True).first()
    item_type = ItemType.objects.filter(code=item.item_type).values_list("name", flat=True).first()
    return ItemShown(
        item,
        branch_names().get(item.branch, item.branch),
        item_type or item.item_type,
        _STATUS_WORDS.get(ItemStatus(item.status), item.status),
        shown.in_full(shown.day_of(due_at, lending.zone_of(house()))) if due_at is not None else "",
        catalog.availability(item.title_id),
    )


# acts on loans


@act
def renew_loans(request: DeskRequest, held: Held) -> Screen:
    """Renew one loan of the open patron, or all that the page shows."""
    barcodes = request.POST.getlist("item")[:200]
    if len(barcodes) == 1 or held.card_ended:
        return lend(request, held, Mode.RENEW, barcodes[0] if barcodes else "")
    answers = lending.renew_many(
        house(),
        request.actor,
        held.patron,
        barcodes,
        branch=request.member.branch,
        circumstance=Circumstance.OPEN_TRANSACTION,
    )
    lines = tuple(
        f"{each.item.title}: {' '.join(hindrance.words for hindrance in each.stopped.hindrances)}"
        for each in answers
        if isinstance(each, NotCheckedOut)
    )
    headline = f"{len(answers) - len(lines)} of {len(answers)} renewed"
    return Screen(loans_only=True, said=Said(Tone.STOP if lines else Tone.DONE, headline, lines=lines))


@act
def override(request: DeskRequest, held: Held) -> Screen:
    """Lend or renew in spite of what stops it, for those who may, with a reason."""
    mode = Mode.RENEW if request.POST.get("act") == Mode.RENEW else Mode.CHECK_OUT
    barcode = request.POST.get("item", "")
    try:
        reason = Reason(request.POST.get("reason", ""))
    except ValueError:
        reason = None
    # First without: what stops it now, and whether this member may pass over it, is asked afresh.
    screen = lend(request, held, mode, barcode)
    if reason is None or screen.said is None or screen.said.override is None:
        return screen
    screen = lend(request, held, mode, barcode, override=reason)
    screen.loans_only = False  # renewed in spite of it, an item is no longer overdue: that may lift the block
    return screen
