"""The page at the door for people without a card, and what the desk does with the cards made there.

The page is for everybody who stands at the library's own kiosk: nobody is signed in, nobody is looked up,
and what it answers does not depend on whom the library knows. Off until the library turns it on.

Source: issue "The circulation desk complete", patron upkeep; clauses TH-1.10, TH-1.14, TH-1.16.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk import joining, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone
from circumspect.faces.desk.views.access import no_activity, open_to_all
from circumspect.faces.desk.views.acting import act
from circumspect.records.patrons import provisional
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.provisional import ASKED_FOR
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance

THROTTLE = joining.Throttle()


@open_to_all
@no_activity
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Make a temporary card for whoever stands at the door."""
    home, address = house().home, str(request.META.get("REMOTE_ADDR", ""))
    if not joining.is_open_to(home, address):
        raise Http404
    if request.method != "POST":
        return _page(request, joining.language_of(request.GET.get("in", "")), {}, {})
    language = joining.language_of(request.POST.get("in", ""))
    typed = {name: request.POST.get(name, "").strip()[:300] for name in ASKED_FOR}
    most = home.setting("join", "most_an_hour", joining.USUAL_MOST_AN_HOUR)
    if not THROTTLE.may_try(address, most if isinstance(most, int) else joining.USUAL_MOST_AN_HOUR):
        return _page(request, language, {}, {}, closed=True, status=429)
    is_adult = request.POST.get("is_adult") == "yes"
    missing = joining.missing(language, typed, is_adult=is_adult)
    if missing:
        return _page(request, language, typed, missing)
    try:
        card = provisional.join(house(), typed, is_adult=is_adult)
    except FieldError as problem:
        return _page(request, language, typed, joining.wrong(language, problem.field, typed))
    except DoorError:
        return _page(request, language, {}, {}, closed=True, status=503)
    THROTTLE.made()
    return _page(request, language, {}, {}, card=card)


def _page(
    request: HttpRequest,
    language: str,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    card: provisional.DoorCard | None = None,
    closed: bool = False,
    status: int = 200,
) -> HttpResponse:
    home, words = house().home, joining.WORDS[language]
    context = {
        "language": language,
        "languages": shown.LANGUAGES,
        "words": words,
        "kept": words["kept"].format(days=provisional.card_days(home)),
        "inputs": joining.inputs(language, typed, errors),
        "errors": errors,
        "is_adult": request.POST.get("is_adult") == "yes",
        "closed": closed,
        "card": card,
        "until": words["until"].format(until=card.until.isoformat(), branch=joining.branch_name(home))
        if card
        else "",
    }
    return render(request, "desk/upkeep_join.html", context, status=422 if errors else status)


@act
def complete_card(request: DeskRequest, held: Held) -> Screen:
    """Make a full card of one that was made at the door, proof of identity and address having been seen."""
    standing = provisional.complete(
        house(),
        request.actor,
        held.patron,
        category=request.POST.get("category", ""),
        id_seen=request.POST.get("id_seen") == "yes",
        address_seen=request.POST.get("address_checked") == "yes",
        circumstance=Circumstance.OPEN_TRANSACTION,
    )
    until = f", good until {shown.in_full(standing.expires_on)}" if standing.expires_on else ""
    return Screen(said=Said(Tone.DONE, f"It is a full card now{until}.", "Nothing of the proof was copied."))
