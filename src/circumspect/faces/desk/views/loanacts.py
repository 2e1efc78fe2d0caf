"""What becomes of one loan of the open patron: said to be returned, lost, brought back damaged.

Source: issue "The circulation desk complete", check-in and ladders; clauses TH-1.11, TH-1.20.
"""

from __future__ import annotations

from circumspect.faces.desk import returned
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import CLAIM, DeskRequest, Override, Said, Screen, Tone, stopped
from circumspect.faces.desk.views.acting import act
from circumspect.records.circulation import declaring, ladders
from circumspect.records.circulation.items import CirculationError
from circumspect.records.circulation.lending import NotCheckedOut
from circumspect.records.fees.rules import dollars
from circumspect.trust.policy.request import Reason


@act
def claimed(request: DeskRequest, held: Held) -> Screen:
    """The patron says that it came back: the shelves are looked through, and nothing is charged meanwhile."""
    try:
        # First without: whether the limit stops it, and this member may pass over it, is asked afresh.
        answer = ladders.claim_returned(house(), request.actor, held.patron, _item(request))
        reason = _reason(request)
        if isinstance(answer, NotCheckedOut) and reason and answer.stopped.may_override(request.actor.roles):
            answer = ladders.claim_returned(
                house(), request.actor, held.patron, _item(request), override=reason
            )
    except CirculationError:
        return _gone()
    if isinstance(answer, NotCheckedOut):
        offer = Override(CLAIM, answer.item.barcode)
        return Screen(said=stopped(answer.item.title, answer.stopped, request.actor.roles, offer))
    credited = f" {dollars(answer.credited_cents)} was credited." if answer.credited_cents else ""
    said = Said(
        Tone.DONE,
        "Noted. The item is on the list to be looked for.",
        answer.item.title,
        lines=(f"Claims of this kind that are open now: {answer.claims}.{credited}",),
    )
    return Screen(said=said)


@act
def lost(request: DeskRequest, held: Held) -> Screen:
    """The patron says that it is lost: it is given up and billed by its rule."""
    try:
        answer = declaring.declare_lost(house(), request.actor, held.patron, _item(request))
    except CirculationError:
        return _gone()
    if isinstance(answer, NotCheckedOut):
        return _stopped(answer)
    billed = f"{dollars(answer.billed_cents)} was billed. " if answer.billed_cents else ""
    said = Said(
        Tone.DONE, "Given up as lost.", answer.item.title, lines=(f"{billed}If it turns up, it is credited.",)
    )
    return Screen(said=said)


@act
def damaged(request: DeskRequest, held: Held) -> Screen:
    """It came back damaged: the loan is over, and the item set aside."""
    try:
        answer = declaring.bring_back_damaged(
            house(), request.actor, held.patron, _item(request), branch=request.member.branch
        )
    except CirculationError:
        return _gone()
    if isinstance(answer, NotCheckedOut):
        return _stopped(answer)
    return Screen(said=returned.said(answer))


def _reason(request: DeskRequest) -> Reason | None:
    try:
        return Reason(request.POST.get("reason", ""))
    except ValueError:
        return None


def _gone() -> Screen:
    return Screen(said=Said(Tone.NOTE, "This item is not on loan any more."))


def _item(request: DeskRequest) -> str:
    return request.POST.get("item", "")


def _stopped(answer: NotCheckedOut) -> Screen:
    lines = tuple(each.words for each in answer.stopped.hindrances)
    return Screen(said=Said(Tone.STOP, "Nothing was changed.", answer.item.title, lines=lines))
