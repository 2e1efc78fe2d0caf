"""The line to the public computers: what their client programs ask, answered in a few words of JSON.

A seat says who it is by its key, in the ``Authorization`` header; without one that is known, every address
here gives the same refusal. No cookie counts, so that there is nothing to forge a post with. What comes back
is the seat's own state, moments and numbers: never a name, never whose session it is.

Source: clauses TH-1.24, MP-4.9, MP-4.10; guarantee 2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from circumspect.faces.desk.house import house
from circumspect.faces.desk.views.access import no_activity, open_to_all
from circumspect.records.computers import asking, places, printing, sitting
from circumspect.records.computers.pacing import Pace
from circumspect.records.computers.rules import No, NotStarted, Started
from circumspect.records.patrons.errors import ChangedMeanwhileError
from circumspect.trust.door.errors import DoorError

# Longer than any question a seat has.
_MOST_BYTES = 2_000
_LONGEST = 64
PACE = Pace()
Answer = dict[str, Any]
SeatView = Callable[[int, Mapping[str, str]], Answer]


def seat_says(do: SeatView) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view of what is done for a seat that has shown its key."""

    @csrf_exempt
    @open_to_all
    @no_activity
    @require_POST
    @wraps(do)
    def view(request: HttpRequest) -> HttpResponse:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        seat = places.seat_of_key(key.strip()) if scheme == "Bearer" else None
        if seat is None:
            return JsonResponse({"error": "unknown seat"}, status=401)
        said = _words(request)
        if said is None:
            return JsonResponse({"error": "not understood"}, status=400)
        try:
            return JsonResponse(do(seat, said))
        except DoorError:
            # Nobody sits down where nothing can be written.
            return JsonResponse({"error": "closed"}, status=503)

    return view


def _words(request: HttpRequest) -> dict[str, str] | None:
    """The body: one flat object of short texts, or None where it is anything else."""
    if len(request.body) > _MOST_BYTES:
        return None
    try:
        said = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    if not all(isinstance(each, str) and len(each) <= _LONGEST for each in said.values()):
        return None
    return said


@seat_says
def started(seat: int, _said: Mapping[str, str]) -> Answer:
    """The client has just started: it shows its lock, and nobody is signed in."""
    asking.at_the_seat(house())
    sitting.restarted(house(), seat)
    return _status(seat)


@seat_says
def status(seat: int, _said: Mapping[str, str]) -> Answer:
    """How the seat stands."""
    return _status(seat)


@seat_says
def sign_in(seat: int, said: Mapping[str, str]) -> Answer:
    """Card and PIN, or a guest pass; with a ticket's code where the seat is kept for one."""
    if not PACE.may_try(seat, house().clock().timestamp()):
        return {**_status(seat), "refused": No.SLOW.value}
    ticket = said.get("ticket", "")
    if said.get("pass"):
        answer = sitting.sign_in_pass(house(), seat, said["pass"], ticket)
    else:
        answer = sitting.sign_in_card(house(), seat, said.get("card", ""), said.get("pin", ""), ticket)
    if not (isinstance(answer, NotStarted) and answer.why is No.UNKNOWN):
        PACE.was_right(seat)
    return _answered(seat, answer)


@seat_says
def extend(seat: int, _said: Mapping[str, str]) -> Answer:
    """The one who sits there wants to go on."""
    asking.at_the_seat(house())
    return _answered(seat, sitting.extend(house(), seat))


@seat_says
def end(seat: int, _said: Mapping[str, str]) -> Answer:
    """The one who sits there gets up."""
    asking.at_the_seat(house())
    sitting.end(house(), seat)
    return _status(seat)


@seat_says
def wiped(seat: int, _said: Mapping[str, str]) -> Answer:
    """The client has wiped the machine and looked that nothing is left."""
    sitting.confirm_wipe(house(), seat)
    return _status(seat)


@seat_says
def pay(seat: int, said: Mapping[str, str]) -> Answer:
    """A release station wants so many cents for pages that the one who sits here has printed."""
    asking.at_the_seat(house())
    text = said.get("cents", "")
    cents = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    try:
        printing.spend_on_print(house(), seat, cents)
    except (printing.NotEnoughError, ChangedMeanwhileError, ValueError):
        return {**_status(seat), "refused": "not_enough"}
    return {**_status(seat), "refused": ""}


def _answered(seat: int, answer: Started | NotStarted) -> Answer:
    refused = answer.why.value if isinstance(answer, NotStarted) else ""
    return {**_status(seat), "refused": refused}


def _status(seat: int) -> Answer:
    now = asdict(sitting.status(house(), seat))
    now["library"] = str(house().home.setting("library", "name", "Library"))
    return now
