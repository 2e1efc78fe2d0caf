"""Looks to look into: who looked at a record, when, what for, and why it stands out. Whose record it was is an ask of its own.

And a member's own card, tied to their account, so that the door knows it.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import screens
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone
from circumspect.faces.desk.stepup import needs_step_up
from circumspect.faces.desk.views.office import PRIVACY
from circumspect.faces.desk.views.people import for_roles
from circumspect.offices.review import cards, deciding
from circumspect.offices.review.cards import NoCardError
from circumspect.offices.review.deciding import OUTCOMES, ReviewError
from circumspect.offices.review.detecting import Why
from circumspect.offices.review.models import Decoy, Flagged
from circumspect.offices.staff.models import StaffMember
from circumspect.trust.door.errors import DoorError

_NO_CARD = Said(Tone.STOP, "No patron has this card.", "Nothing was changed.")


@require_safe
@for_roles(PRIVACY)
def listed(request: HttpRequest) -> HttpResponse:
    """Looks that wait for an outcome, and those that have one."""
    return _list(cast(DeskRequest, request))


@require_POST
@for_roles(PRIVACY)
def note(raw_request: HttpRequest) -> HttpResponse:
    """Note what came of a look."""
    request = cast(DeskRequest, raw_request)
    try:
        deciding.note(house(), request.actor, _index(request), request.POST.get("outcome", ""))
    except ReviewError as problem:
        return _list(request, Said(Tone.STOP, str(problem)), status=422)
    except DoorError as problem:
        return _list(request, screens.refused(problem), status=screens.status_of(problem))
    return redirect("review")


@require_POST
@for_roles(PRIVACY)
@needs_step_up
def whose(raw_request: HttpRequest) -> HttpResponse:
    """Open whose record a look was at. This is a look of its own, and says so."""
    request = cast(DeskRequest, raw_request)
    index = _index(request)
    try:
        name = deciding.whose(house(), request.actor, index)
    except ReviewError as problem:
        return _list(request, Said(Tone.STOP, str(problem)), status=422)
    except DoorError as problem:
        return _list(request, screens.refused(problem), status=screens.status_of(problem))
    return _list(request, opened={index: name})


@require_POST
@for_roles(PRIVACY)
@needs_step_up
def decoys(raw_request: HttpRequest) -> HttpResponse:
    """Mark a record as a decoy, or let it be like any other."""
    request = cast(DeskRequest, raw_request)
    card = request.POST.get("card", "")
    try:
        if request.POST.get("act") == "unmark":
            was = cards.unmark_decoy(house(), card)
            said = Said(Tone.DONE, "It is a record like any other now." if was else "It was no decoy.")
        else:
            cards.mark_decoy(house(), request.member.pk, card)
            said = Said(Tone.DONE, "Marked. Whoever looks at it stands on this list within a minute.")
    except NoCardError:
        return _list(request, _NO_CARD, status=422)
    return _list(request, said)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_step_up
def own_card(raw_request: HttpRequest) -> HttpResponseBase:
    """Tie one's own library card to one's account, or cut the tie."""
    request = cast(DeskRequest, raw_request)
    said = None
    if request.method == "POST":
        try:
            if request.POST.get("act") == "untie":
                cards.untie(request.member.pk)
                said = Said(Tone.DONE, "Your card is not tied to your account any more.")
            else:
                cards.tie(house(), request.member.pk, request.POST.get("card", ""))
                said = Said(Tone.DONE, "Tied. The door now knows which record is yours.")
        except NoCardError:
            said = _NO_CARD
    context = {"is_tied": cards.is_tied(request.member.pk), "said": said}
    return render(request, "desk/review_own_card.html", context, status=422 if said is _NO_CARD else 200)


def _list(
    request: DeskRequest,
    said: Said | None = None,
    *,
    opened: dict[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    try:
        waiting = deciding.to_review(house(), request.actor)
        done = deciding.looked_into(house(), request.actor)
    except DoorError as problem:
        screen = screens.Screen(said=screens.refused(problem), status=screens.status_of(problem))
        return screens.show(request, screen)
    numbers = {int(each.actor.partition(":")[2]) for each in [*waiting, *done] if each.actor[6:].isdecimal()}
    numbers |= {each.outcome_by for each in done if each.outcome_by}
    names = {pk: one.display_name for pk, one in StaffMember.objects.in_bulk(numbers).items()}
    context: dict[str, Any] = {
        "rows": [_row(each, names, opened or {}, request.member.pk) for each in waiting],
        "done": [_row(each, names, {}, request.member.pk) for each in done],
        "outcomes": OUTCOMES.items(),
        "decoys": Decoy.objects.count(),
        "said": said,
    }
    return render(request, "desk/review_list.html", context, status=status)


def _row(look: Flagged, names: dict[int, str], opened: dict[int, str], me: int) -> dict[str, Any]:
    number = look.actor.partition(":")[2]
    by = names.get(int(number), look.actor) if number.isdecimal() else look.actor
    return {
        "index": look.index,
        "who": by,
        "at": timezone.localtime(dt.datetime.fromtimestamp(look.at, dt.UTC)),
        "purpose": look.purpose,
        "circumstance": look.circumstance,
        "reason": look.reason,
        "fields": _by_series(look.fields),
        "why": look.why,
        "urgent": Why.DECOY.value in look.why,
        "whose": opened.get(look.index, ""),
        "is_own": look.actor == f"staff:{me}",
        "outcome": OUTCOMES.get(look.outcome, ""),
        "outcome_by": names.get(look.outcome_by or 0, ""),
        "outcome_on": look.outcome_on,
    }


def _by_series(fields: list[str]) -> list[str]:
    """The kinds of field, each series named once."""
    grouped: dict[str, list[str]] = {}
    for each in sorted(fields):
        series, _, name = each.partition(": ")
        grouped.setdefault(series, []).append(name.replace("_", " "))
    return [f"{series} ({', '.join(names)})" for series, names in grouped.items()]


def _index(request: DeskRequest) -> int:
    raw = request.POST.get("index", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 18 else -1
