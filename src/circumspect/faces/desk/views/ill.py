"""Interlibrary loans at the desk: requests worked by their number, and what we lend to other libraries.

There is no patron on these pages. What somebody asked for opens one request at a time, for the form that
goes to the library that is asked; whose it is, does not open here at all.

Source: issue "The circulation desk complete", interlibrary loan; clause MP-4.11.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import with_form
from circumspect.offices.notices.kinds import NoticeSettings
from circumspect.records.circulation.items import CirculationError
from circumspect.records.ill import supplying, working
from circumspect.records.ill.asking import IllError
from circumspect.records.ill.citations import CitationError, id_of
from circumspect.records.ill.models import PartnerLibrary
from circumspect.records.ill.states import Act, Stage, WrongStepError, may
from circumspect.trust.door.errors import DoorError

STAGE_WORDS = {
    Stage.REQUESTED: "To be sent",
    Stage.SENT: "Asked for",
    Stage.IN_TRANSIT: "On its way to the hold shelf",
    Stage.ON_SHELF: "On the hold shelf",
    Stage.LENT: "Lent",
    Stage.RETURNED: "To be sent back",
    Stage.ASTRAY: "Lost, missing or damaged: settle it with the lender",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A request in words, and what can be done with it."""

    id: int
    number: str
    stage: str
    since: str
    branch: str
    lender: str
    title: str
    barcode: str
    due: str
    acts: frozenset[str]


@dataclass(slots=True)
class _Page:
    """What came of an act on the page."""

    said: Said | None = None
    slip: dict[str, str] | None = None
    wrong: dict[str, str] = field(default_factory=dict)
    form: str = ""
    status: int = 200


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def page(request: DeskRequest) -> HttpResponse:
    """Requests, and what is out to other libraries. POST: one act on it."""
    came = _Page()
    if request.method == "POST":
        do = request.POST.get("do", "")
        came.form = do
        try:
            came = _ACTS.get(do, _nothing)(request)
        except CitationError as problem:
            came.wrong = {problem.field: problem.reason}
            came.said = Said(Tone.STOP, "Nothing was changed.", f"{problem.reason.capitalize()}.")
            came.status = 422
        except WrongStepError as problem:
            came.said = Said(Tone.STOP, "Nothing was changed.", problem.words)
        except (IllError, CirculationError) as problem:
            came.said = Said(Tone.STOP, "Nothing was changed.", f"{str(problem).capitalize()}.")
        except DoorError as problem:
            came.said, came.status = refused(problem), status_of(problem)
    return _show(request, came)


@require_POST
@with_form
def form(request: DeskRequest) -> HttpResponse:
    """What goes to the library that is asked: our name and number, and what is asked for."""
    try:
        found = working.lender_form(house(), request.actor, _number(request))
    except IllError as problem:
        return _show(
            request, _Page(Said(Tone.NOTE, "There is nothing to print.", f"{str(problem).capitalize()}."))
        )
    except DoorError as problem:
        return _show(request, _Page(refused(problem), status=status_of(problem)))
    context = {"form": found, "asked_on": shown.in_full(found.asked_on)}
    return render(request, "desk/ill_form.html", context)


def _show(request: DeskRequest, came: _Page) -> HttpResponse:
    names = branch_names()
    lines: list[Line] = []
    out: list[tuple[supplying.Supplied, str]] = []
    try:
        lines = [_line(each, names) for each in working.work_list(house(), request.actor)]
        supplied = supplying.supplied_list(house(), request.actor)
        out = [(each, shown.in_full(each.due_on)) for each in supplied]
    except DoorError as problem:
        came.said, came.status = refused(problem), status_of(problem)
    context = {
        "said": came.said,
        "slip": came.slip,
        "wrong": came.wrong,
        "form": came.form,
        "typed": request.POST.dict() if came.wrong else {},
        "lines": lines,
        "out": out,
        "libraries": PartnerLibrary.objects.order_by("name"),
        "branch_name": names.get(request.member.branch, request.member.branch),
    }
    return render(request, "desk/ill_list.html", context, status=came.status)


def _line(worked: working.Worked, names: Mapping[str, str]) -> Line:
    return Line(
        worked.request_id,
        worked.number,
        STAGE_WORDS[worked.stage],
        shown.in_full(worked.asked_on),
        names.get(worked.pickup_branch, worked.pickup_branch),
        worked.lender,
        worked.title,
        worked.barcode,
        shown.in_full(worked.due_on),
        frozenset(act.value for act in may(worked.stage)),
    )


def _number(request: DeskRequest) -> int:
    found = id_of(request.POST.get("number", "")[:20])
    return -1 if found is None else found


def _day(request: DeskRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        raise CitationError("due_on", "choose a day") from None


# acts


def _nothing(_request: DeskRequest) -> _Page:
    return _Page(Said(Tone.STOP, "Nothing was changed.", "Choose what to do."))


def _send(request: DeskRequest) -> _Page:
    working.send(house(), request.actor, _number(request), lender=request.POST.get("lender", ""))
    return _Page(Said(Tone.DONE, "It is marked as asked for.", "Print the form, or send what it says."))


def _take_back(request: DeskRequest) -> _Page:
    working.take_back(house(), request.actor, _number(request))
    return _Page(Said(Tone.DONE, "Ask another library."))


def _not_filled(request: DeskRequest) -> _Page:
    told = NoticeSettings.of(house().home).on
    working.not_filled(house(), request.actor, _number(request))
    words = "Whoever asked is told." if told else "Tell whoever asked: no other library has it."
    return _Page(Said(Tone.DONE, "The request has ended.", words))


def _receive(request: DeskRequest) -> _Page:
    arrived = working.receive(
        house(),
        request.actor,
        _number(request),
        barcode=request.POST.get("barcode", ""),
        due_on=_day(request),
        branch=request.member.branch,
    )
    trapped = arrived.trapped
    where = branch_names().get(trapped.pickup_branch, trapped.pickup_branch)
    slip = {
        "kind": "hold" if trapped.on_shelf else "transit",
        "item": arrived.barcode,
        "branch": trapped.pickup_branch,
        "code": trapped.pickup_code,
        "until": trapped.pick_up_by.isoformat() if trapped.pick_up_by else "",
    }
    if trapped.on_shelf:
        return _Page(Said(Tone.NOTE, f"Hold shelf: {trapped.pickup_code}", "Put the slip in it."), slip)
    return _Page(Said(Tone.NOTE, f"Send it to {where}."), slip)


def _send_back(request: DeskRequest) -> _Page:
    lender = working.send_back(house(), request.actor, _number(request))
    return _Page(Said(Tone.DONE, f"Send it back to {lender}." if lender else "It is off the list."))


def _library(request: DeskRequest) -> _Page:
    supplying.put_library(
        house(),
        request.actor,
        code=request.POST.get("code", ""),
        name=request.POST.get("name", ""),
        address=request.POST.get("address", ""),
    )
    return _Page(Said(Tone.DONE, "The library is on the list."))


def _supply(request: DeskRequest) -> _Page:
    lent = supplying.supply(
        house(),
        request.actor,
        request.POST.get("barcode", ""),
        library=request.POST.get("library", ""),
        due_on=_day(request),
        their_number=request.POST.get("their_number", ""),
    )
    return _Page(Said(Tone.DONE, f"Lent to {lent.library}, due {shown.in_full(lent.due_on)}", lent.title))


def _supply_back(request: DeskRequest) -> _Page:
    back = supplying.take_back(
        house(), request.actor, request.POST.get("barcode", ""), branch=request.member.branch
    )
    if back.hold and back.hold.on_shelf:
        return _Page(Said(Tone.NOTE, f"It is back. Hold shelf: {back.hold.pickup_code}", back.item.title))
    if back.transit_to:
        where = branch_names().get(back.transit_to, back.transit_to)
        return _Page(Said(Tone.NOTE, f"It is back. Send it to {where}.", back.item.title))
    return _Page(Said(Tone.DONE, "It is back.", back.item.title))


_ACTS: dict[str, Callable[[DeskRequest], _Page]] = {
    Act.SEND.value: _send,
    Act.TAKE_BACK.value: _take_back,
    Act.NOT_FILLED.value: _not_filled,
    Act.RECEIVE.value: _receive,
    Act.SEND_BACK.value: _send_back,
    "library": _library,
    "supply": _supply,
    "supply_back": _supply_back,
}
