"""What a clerk does to the open patron's account: cards, PIN, notes, blocks, renewal, merging, paper.

Each is one use-case; what it asks at the door is listed in ``asks``.

Source: issue "The house stands", sections 3 and 4.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render

from circumspect.faces.desk import cardprint, looking, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone
from circumspect.faces.desk.views.acting import act, show_patron
from circumspect.records.circulation import linking
from circumspect.records.fees.rules import MoneyError
from circumspect.records.ill import tending as requests
from circumspect.records.patrons import cards, notes, passkeys, upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.merging import KeptCard
from circumspect.records.patrons.standing import BlockKind, may_lift
from circumspect.records.reading import permissions
from circumspect.trust.policy.request import Circumstance

NOW = Circumstance.OPEN_TRANSACTION


@act
def issue_card(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """Give a card, and end the one before."""
    cards.issue_card(
        house(),
        request.actor,
        held.patron,
        request.POST.get("card_number", ""),
        circumstance=NOW,
        old_card_lost=request.POST.get("old_card") == "lost",
    )
    said = Said(Tone.DONE, "A new card is issued. The old one lends nothing any more.")
    return show_patron(request, Screen(said=said), replace(held, card_ended=False), first=False)


@act
def report_lost(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """The card is lost: it lends nothing from now on."""
    cards.report_lost(house(), request.actor, held.patron, circumstance=NOW)
    said = Said(
        Tone.DONE, "The card is marked as lost.", "Issue a new one once you have seen proof of identity."
    )
    return show_patron(request, Screen(said=said), replace(held, card_ended=True), first=False)


@act
def print_card(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """The card's number on paper, as bars."""
    number = cards.card_number(house(), request.actor, held.patron, circumstance=NOW)
    if not number:
        return Screen(said=Said(Tone.STOP, "There is no card to print.", "Issue one first."))
    name = str(house().home.setting("library", "name", "Library"))
    response = HttpResponse(cardprint.card_pdf(name, number), content_type="application/pdf")
    response.headers["Content-Disposition"] = "inline"
    return response


@act
def set_pin(request: DeskRequest, held: Held) -> Screen:
    """Set a PIN, typed twice."""
    pin = request.POST.get("pin", "")
    if pin != request.POST.get("pin_again", ""):
        raise FieldError("pin", "the two PINs differ; type both again")
    cards.set_pin(house(), request.actor, held.patron, pin, circumstance=NOW)
    return Screen(said=Said(Tone.DONE, "The PIN is set."))


@act
def remove_passkeys(request: DeskRequest, held: Held) -> Screen:
    """Forget all passkeys of the patron, who asks for it. Neither their names nor their number is shown."""
    passkeys.remove_all(house(), request.actor, held.patron, circumstance=NOW)
    return Screen(
        said=Said(Tone.DONE, "Any passkeys of this account are removed.", "Card and PIN sign in as before.")
    )


@act
def permissions_given(request: DeskRequest, held: Held) -> Screen:
    """Whom this patron lets do or see something: the desk is shown it, and acts on it itself."""
    found = permissions.given_by(house(), request.actor, held.patron, circumstance=NOW)
    if not found:
        return Screen(said=Said(Tone.NOTE, "This patron has given nobody a permission."))
    lines = [f"{each.name} may {each.words}, until {shown.in_full(each.ends_on)}." for each in found]
    return Screen(said=Said(Tone.NOTE, "Permission was given. See proof of who they are.", " ".join(lines)))


@act
def add_note(request: DeskRequest, held: Held) -> Screen:
    """Write a note of a kind, with an end."""
    notes.add_note(
        house(),
        request.actor,
        held.patron,
        kind=request.POST.get("kind", ""),
        text=request.POST.get("text", ""),
        expires_on=_day(request.POST.get("expires_on", "")),
        circumstance=NOW,
    )
    return Screen(said=Said(Tone.DONE, "The note is kept until its day, then forgotten."))


@act
def remove_note(request: DeskRequest, held: Held) -> Screen:
    """Delete a note."""
    note = request.POST.get("note", "")
    there = note.isdecimal() and notes.remove_note(
        house(), request.actor, held.patron, int(note), circumstance=NOW
    )
    return Screen(
        said=Said(Tone.DONE if there else Tone.NOTE, "Removed." if there else "It was gone already.")
    )


@act
def set_block(request: DeskRequest, held: Held) -> Screen:
    """Set a block by hand."""
    kind = _block(request.POST.get("block", ""))
    if not looking.may_set(kind, request.actor.roles):
        raise FieldError("block", "this block is not yours to set")
    upkeep.set_block(house(), request.actor, held.patron, kind, circumstance=NOW)
    return Screen(said=Said(Tone.DONE, "The block is set."))


@act
def lift_block(request: DeskRequest, held: Held) -> Screen:
    """Lift a block, for those who may override it."""
    kind = _block(request.POST.get("block", ""))
    if not may_lift(kind, request.actor.roles):
        return Screen(said=Said(Tone.STOP, "This block is not yours to lift.", "Ask the circulation lead."))
    upkeep.lift_block(house(), request.actor, held.patron, kind, circumstance=NOW)
    return Screen(said=Said(Tone.DONE, "The block is lifted."))


@act
def renew_registration(request: DeskRequest, held: Held) -> Screen:
    """Renew the registration, the address having been checked."""
    seen = request.POST.get("address_checked") == "yes"
    standing = upkeep.renew_registration(
        house(), request.actor, held.patron, address_seen=seen, circumstance=NOW
    )
    until = f" until {shown.in_full(standing.expires_on)}" if standing.expires_on else ""
    return Screen(said=Said(Tone.DONE, f"The registration is renewed{until}."))


@act
def merge(request: DeskRequest, held: Held) -> Screen:
    """Take another record of the same person into this one; the other is forgotten."""
    other = cards.find_card(house(), request.POST.get("card_number", ""))
    if other is None:
        raise FieldError("card_number", "no library card has this number")
    if other.patron == held.patron:
        raise FieldError("card_number", "this is a card of the record that is open; scan the other record's")
    if request.POST.get("sure") != "yes":
        raise FieldError("sure", "tick that both records are of one person")
    kept = KeptCard.OF_SPARE if request.POST.get("kept_card") == KeptCard.OF_SPARE else KeptCard.OF_KEPT
    try:
        moved = linking.merge_patrons(
            house(),
            request.actor,
            held.patron,
            other.patron,
            kept_card=kept,
            also=[requests.merge_requests],
        )
    except MoneyError as problem:
        raise FieldError("card_number", problem.reason) from None
    items = "1 loan" if moved == 1 else f"{moved} loans"
    return Screen(
        said=Said(Tone.DONE, "The two records are one.", f"{items} moved here; the other record is gone.")
    )


@act
def slip(request: DeskRequest, held: Held) -> HttpResponse:
    """A due-date slip for 80 mm paper: titles and days, no name and no number."""
    loans = looking.loans_shown(house(), request.actor, held, NOW)
    context = {"loans": loans, "printed_on": shown.in_full(house().today())}
    return render(request, "desk/slip.html", context)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _block(text: str) -> BlockKind:
    try:
        return BlockKind(text)
    except ValueError:
        raise FieldError("block", "choose a block") from None
