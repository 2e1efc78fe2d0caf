"""Notices at the desk: how they stand, letters to print, people to call, and what the open patron was sent.

The page of counts has no patron in it. Letters are made when they are asked for and go to the printer, not to
a file. What is said on the telephone stands beside each number, and names no title.

Source: issue "The circulation desk complete", section 1 (notices); clauses MP-4.14, TH-1.12, TH-1.15, MP-7.15.
"""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone, refused, status_of
from circumspect.faces.desk.views.acting import act
from circumspect.home import HomeError
from circumspect.offices.notices import byhand, running
from circumspect.offices.notices.kinds import Channel, Kind, NoticeSettings, State
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance, Role

_FLOOR = frozenset({Role.DESK, Role.CIRCULATION_LEAD})
_MOST_ID = 2**62
KINDS = {
    Kind.ALMOST_DUE: "Due soon",
    Kind.OVERDUE: "Overdue",
    Kind.BILL: "Bill",
    Kind.HOLD_READY: "Hold ready",
    Kind.HOLD_CANCELLED: "Hold ended",
    Kind.CARD_EXPIRING: "Card runs out",
    Kind.BALANCE: "Amount owed",
}
WAYS = {
    Channel.EMAIL: "E-mail",
    Channel.SMS: "Text message",
    Channel.PHONE: "Telephone",
    Channel.POST: "Letter",
}
_STATES = {
    State.QUEUED: "waits to be sent",
    State.CLAIMED: "being sent",
    State.WAITING: "waits for the desk",
    State.PRINTING: "with the printer",
    State.SENT: "sent",
    State.UNSURE: "perhaps sent",
    State.FAILED: "not sent",
}


@require_safe
def notices(raw_request: HttpRequest) -> HttpResponse:
    """How notices stand: counts, and what waits for somebody."""
    return _page(cast(DeskRequest, raw_request))


@require_POST
def letters(raw_request: HttpRequest) -> HttpResponse:
    """The next letters, for the printer."""
    request = cast(DeskRequest, raw_request)
    try:
        pdf = byhand.print_letters(house(), request.actor, NoticeSettings.of(house().home))
    except DoorError as problem:
        return _page(request, refused(problem), status_of(problem))
    if pdf is None:
        return _page(request, Said(Tone.NOTE, "No letter waits to be printed."))
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = "inline"
    return response


@require_POST
def printed(raw_request: HttpRequest) -> HttpResponse:
    """How the printer did."""
    request = cast(DeskRequest, raw_request)
    _on_the_floor(request)
    well = request.POST.get("well") == "yes"
    byhand.letters_came_out(house(), well=well)
    return redirect("notices")


@require_POST
def calls(raw_request: HttpRequest) -> HttpResponse:
    """The next people to call."""
    request = cast(DeskRequest, raw_request)
    try:
        found = byhand.calls(house(), request.actor, NoticeSettings.of(house().home))
    except DoorError as problem:
        return _page(request, refused(problem), status_of(problem))
    return render(request, "desk/notices_calls.html", {"calls": found})


@require_POST
def called(raw_request: HttpRequest) -> HttpResponse:
    """How a call went; then the list again."""
    request = cast(DeskRequest, raw_request)
    _on_the_floor(request)
    notice = request.POST.get("notice", "")
    if notice.isascii() and notice.isdigit() and len(notice) < 20 and int(notice) <= _MOST_ID:
        byhand.call_made(house(), int(notice), reached=request.POST.get("reached") == "yes")
    return calls(raw_request)


@act
def sent(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """Which notices the open patron was sent."""
    lines = byhand.sent_to(house(), request.actor, held.patron, circumstance=Circumstance.OPEN_TRANSACTION)
    told = [
        {
            "kinds": ", ".join(KINDS[kind] for kind in line.kinds),
            "way": WAYS[line.channel],
            "state": _STATES[line.state],
            "day": shown.in_full(line.day),
        }
        for line in lines
    ]
    return render(request, "desk/notices_sent.html", {"lines": told})


def _on_the_floor(request: DeskRequest) -> None:
    """Who may print and call may say how it went."""
    if not _FLOOR & request.actor.roles:
        raise PermissionDenied


def _page(request: DeskRequest, said: Said | None = None, status: int = 200) -> HttpResponse:
    try:
        told = running.status(house())
    except HomeError as problem:
        told = running.Status(on=False)
        said = said or Said(Tone.STOP, "A setting of notices does not do.", str(problem))
    rows = [
        {"way": WAYS[channel], "state": _STATES[state], "number": number}
        for (state, channel), number in sorted(told.counts.items())
        if state is not State.SENT
    ]
    context: dict[str, Any] = {
        "said": said,
        "status": told,
        "rows": rows,
        "kinds": [(KINDS[kind], number) for kind, number in sorted(told.kinds.items())],
        "letters": told.counts.get((State.WAITING, Channel.POST), 0),
        "most_letters": byhand.MOST_LETTERS,
        "printing": told.of(State.PRINTING),
        "calls": told.counts.get((State.WAITING, Channel.PHONE), 0),
        "unsure": told.of(State.UNSURE),
        "failed": told.of(State.FAILED),
        "oldest": shown.in_full(told.oldest),
        "may_work": bool(_FLOOR & request.actor.roles),
    }
    return render(request, "desk/notices_page.html", context, status=status)
