"""How an act on the open patron runs: read the slip, act, show the patron again, and lose nothing.

Whatever the door says on the way is an answer on the screen. The view itself only says what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from circumspect.faces.desk import looking, opened, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held, StaleSlipError
from circumspect.faces.desk.screens import (
    DeskRequest,
    Mode,
    Said,
    Screen,
    Tone,
    refused,
    show,
    status_of,
    wants_part,
)
from circumspect.records.circulation.items import DayError
from circumspect.records.patrons.errors import FieldError, PatronError
from circumspect.trust.door.errors import DoorError

P = ParamSpec("P")
Act = Callable[[DeskRequest, Held], Screen | HttpResponse]

CLEARED = Said(Tone.NOTE, "The patron is not open any more.", "Scan the card again.")


def act(do: Act) -> Callable[[HttpRequest], HttpResponse]:
    """Make a view of what is to be done with the patron whom the page holds open."""

    @require_POST
    @wraps(do)
    def view(raw_request: HttpRequest) -> HttpResponse:
        request = cast(DeskRequest, raw_request)
        try:
            held = opened.held_by(request, request.POST.get("slip", ""))
        except StaleSlipError:
            held = None
        if held is None:
            return show(request, Screen(mode=mode_of(request), said=CLEARED))
        return answer(request, held, lambda: do(request, held))

    return view


def answer(request: DeskRequest, held: Held, do: Callable[[], Screen | HttpResponse]) -> HttpResponse:
    """Do it, turn what went wrong into words, and show the patron again."""
    try:
        screen = do()
    except DoorError as problem:
        screen = Screen(said=refused(problem), status=status_of(problem), loans_only=True)
    except (FieldError, DayError) as problem:
        screen = Screen(
            open_form=request.POST.get("form", ""), form_error=problem.reason, typed=typed(request)
        )
    except PatronError:
        screen = Screen(
            said=Said(Tone.STOP, "The record was changed in between.", "Look at it again, then save.")
        )
    if isinstance(screen, HttpResponse):
        return screen
    screen.mode = mode_of(request)
    part = wants_part(request) and screen.loans_only
    return show_patron(request, screen, held, first=False, whole=not part)


def show_patron(
    request: DeskRequest, screen: Screen, held: Held, *, first: bool, whole: bool = True
) -> HttpResponse:
    """Show a screen with its patron; where the door refuses, without."""
    slip = opened.slip_for(request, held)
    screen.due_day = shown.in_full(held.due_on) if held.due_on else ""
    try:
        screen.panel = looking.look(house(), request.actor, held, slip, first=first, whole=whole)
    except DoorError as problem:
        screen.said, screen.status = refused(problem), status_of(problem)
    return show(request, screen)


def mode_of(request: HttpRequest) -> Mode:
    """The way to scan that the page was in."""
    try:
        return Mode(request.POST.get("mode", ""))
    except ValueError:
        return Mode.CHECK_OUT


def typed(request: HttpRequest) -> dict[str, str]:
    """What was typed, to be put back; never a PIN."""
    return {
        name: value for name, value in request.POST.items() if isinstance(value, str) and "pin" not in name
    }


def with_form(view: Callable[Concatenate[DeskRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a signed-in page be typed as one."""

    @wraps(view)
    def typed_view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(cast(DeskRequest, request), *args, **kwargs)

    return typed_view
