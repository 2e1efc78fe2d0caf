"""Working without a line: the page that stands in for the desk, and bringing afterwards what it kept.

    /offline/          the page a browser keeps: the same for everybody, nothing of anybody in it
    /offline/worker.js answers for the server when there is none, with that page
    /offline/box/      a letterbox for this device: a public key to seal with
    /offline/take/     sealed scans come in; what became of them goes out, as counts
    /offline/report/   what a person has to look at, and what they may do about it

Nothing sealed is opened here: ``records.circulation.offline`` does that, through the door.

Source: issue "The circulation desk complete", section 1; clauses MP-7.10, TH-1.11.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cache
from importlib import resources
from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from circumspect.faces.desk import opened, shown
from circumspect.faces.desk.context import clear_seconds
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone, refused, status_of
from circumspect.faces.desk.views.access import no_activity, open_to_all
from circumspect.faces.desk.views.acting import show_patron
from circumspect.records.circulation import offline
from circumspect.records.circulation.offline import Act, BoxGoneError, Conflict, Taken
from circumspect.records.patrons.models import Card
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance, Role

_MOST_LETTER_SIGNS = 24_000
_FILES = ("desk.css", "icon.svg", "offline-page.js", "offline-store.js", "offline-worker.js")
_MAY = {Role.DESK.value, Role.CIRCULATION_LEAD.value}


# what a browser keeps


@open_to_all
@require_safe
def page(_request: HttpRequest) -> HttpResponse:
    """The desk without a server. It does not look at who asks: what is kept must be nobody's."""
    return HttpResponse(_page())


@open_to_all
@require_safe
def worker(_request: HttpRequest) -> HttpResponse:
    """What answers when the server does not. Its text changes whenever a file that it keeps does."""
    texts = {name: _static(name) for name in _FILES}
    version = hashlib.sha256("\0".join([*texts.values(), _page()]).encode()).hexdigest()[:16]
    response = HttpResponse(
        texts["offline-worker.js"].replace("@VERSION@", version),
        content_type="text/javascript; charset=utf-8",
    )
    # It lies under /offline/ and answers for the whole desk.
    response.headers["Service-Worker-Allowed"] = "/"
    return response


def _page() -> str:
    name = str(house().home.setting("library", "name", "Library"))
    return render_to_string(
        "desk/offline_page.html", {"library_name": name, "clear_seconds": clear_seconds()}
    )


@cache
def _static(name: str) -> str:
    return resources.files("circumspect.faces.desk").joinpath("static/desk", name).read_text(encoding="utf-8")


# letterboxes and letters


@no_activity
@require_POST
def box(raw_request: HttpRequest) -> JsonResponse:
    """A new letterbox for this device, and what time it is: a device's clock may be wrong."""
    request = cast(DeskRequest, raw_request)
    if not _MAY & request.actor.roles:
        return JsonResponse({}, status=403)
    made = offline.new_box(house())
    key = base64.b64encode(made.public_key).decode()
    return JsonResponse({"box": made.id, "key": key, "now": house().second()})


@no_activity
@require_POST
def emptied(request: HttpRequest) -> JsonResponse:
    """A device uses another letterbox now."""
    try:
        offline.emptied(house(), request.POST.get("box", ""))
    except BoxGoneError:
        return JsonResponse({"gone": True})
    return JsonResponse({})


@require_POST
def take(raw_request: HttpRequest) -> JsonResponse:
    """Sealed scans, in order. The answer is counts, or why none was taken."""
    request = cast(DeskRequest, raw_request)
    letters = [_letter(text) for text in request.POST.getlist("letter")]
    if len(letters) > offline.MOST_AT_ONCE:
        return JsonResponse({"refused": "Too many at once.", "remedy": "Load this page again."}, status=400)
    try:
        taken = offline.take(
            house(), request.actor, request.POST.get("box", ""), letters, branch=request.member.branch
        )
    except BoxGoneError:
        return JsonResponse({"gone": True})
    except DoorError as problem:
        said = refused(problem)
        return JsonResponse({"refused": said.headline, "remedy": said.detail}, status=status_of(problem))
    return JsonResponse(
        {
            "lent": taken.lent,
            "returned": taken.returned,
            "not_out": taken.not_out,
            "already": taken.already,
            "conflicts": taken.conflicts,
        }
    )


def _letter(text: str) -> bytes:
    try:
        return base64.b64decode(text[:_MOST_LETTER_SIGNS].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        # No letter at all: it will not open, and is told of like one that was altered.
        return text[:_MOST_LETTER_SIGNS].encode()


# what a person has to look at


@require_safe
def report(raw_request: HttpRequest) -> HttpResponse:
    """Upload what this device kept, and see what is left to do."""
    return _report(cast(DeskRequest, raw_request))


@require_POST
def settle(raw_request: HttpRequest) -> HttpResponse:
    """Try one again, go on all the same, or clear it."""
    request = cast(DeskRequest, raw_request)
    try:
        act = Act(request.POST.get("act", ""))
        number = int(request.POST.get("conflict", ""))
    except ValueError:
        return _report(request)
    try:
        done = offline.settle(house(), request.actor, number, act, branch=request.member.branch)
    except DoorError as problem:
        return _report(request, refused(problem), status_of(problem))
    return _report(request, _settled(act, done))


@require_POST
def open_patron(raw_request: HttpRequest) -> HttpResponse:
    """Open the account whose card was scanned, as scanning it now would."""
    request = cast(DeskRequest, raw_request)
    try:
        number = int(request.POST.get("conflict", ""))
        found = offline.patron_of(house(), request.actor, number)
    except ValueError:
        return _report(request)
    except DoorError as problem:
        return _report(request, refused(problem), status_of(problem))
    if found is None:
        return _report(request, Said(Tone.STOP, "No patron has this card any more."))
    opened.next_turn(request)
    held = Held(found.patron, Circumstance.CARD_SCANNED, card_ended=found.status != Card.Status.ACTIVE)
    return show_patron(request, Screen(), held, first=True)


def _settled(act: Act, done: Taken) -> Said:
    if act is Act.CLEAR:
        return Said(Tone.DONE, "Cleared. Nothing of it is kept.")
    if done.lent:
        return Said(Tone.DONE, "Lent.")
    if done.returned or done.not_out:
        return Said(Tone.DONE, "Taken back.")
    if done.already:
        return Said(Tone.DONE, "It is on loan to this card already.")
    if done.conflicts:
        return Said(Tone.STOP, "It cannot be done yet.", "See below what stands against it.")
    return Said(Tone.NOTE, "There is nothing more to do.", "Somebody has settled it already.")


def _report(request: DeskRequest, said: Said | None = None, status: int = 200) -> HttpResponse:
    found: list[Conflict] = []
    try:
        found = offline.conflicts(house(), request.actor)
    except DoorError as problem:
        said, status = said or refused(problem), status_of(problem)
    drawn = [
        {"is": each, "day": shown.in_full(each.day), **{act.value: act in each.advice.acts for act in Act}}
        for each in found
    ]
    context = {"conflicts": drawn, "said": said, "more": offline.count_conflicts() - len(drawn)}
    return render(request, "desk/offline_report.html", context, status=status)
