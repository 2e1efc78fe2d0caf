"""Sign in and sign out.

Whoever is refused hears one sentence, whatever the reason. Card and PIN need no script; a passkey does. Signing out ends
the session in the table, takes the cookie away, and tells the browser to forget what it kept: with nothing stored, Back
shows the sign-in page.

Source: clauses TH-2.2, TH-1.23; issue "The public side", section 1.
"""

from __future__ import annotations

import json
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.portal import sessions, signing, ways
from circumspect.faces.portal.challenges import CHALLENGES
from circumspect.faces.portal.guard import number
from circumspect.faces.portal.pacing import PACE
from circumspect.faces.portal.views.connecting import back_here
from circumspect.faces.public import languages, pages
from circumspect.faces.public.changes import changes_for
from circumspect.faces.public.clients import address_of
from circumspect.faces.public.house import house
from circumspect.offices.publishing.rules import Place
from circumspect.records import barcodes, passkeyrules
from circumspect.records.passkeyrules import Site
from circumspect.trust.door.errors import DoorError


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what came of it."""
    if request.method != "POST":
        if sessions.find(house(), request.COOKIES.get(settings.PATRON_COOKIE, "")) is not None:
            return HttpResponseRedirect(languages.address("portal-home"))
        return _form(request, request.GET.get("to", ""), request.GET.get("title", ""))
    to, title = request.POST.get("to", ""), request.POST.get("title", "")
    if not sessions.comes_from_here(request):
        return pages.trouble(request, 403)
    card, pin = request.POST.get("card", ""), request.POST.get("pin", "")
    text = request.POST.get("signin_answer", "")
    given = signing.read(text) if text else None
    # One passkey is counted like one card; what cannot be read is counted as one, too.
    counted = (
        f"passkey {given.credential_id.hex() if given else ''}" if text else barcodes.normalise(card[:64])
    )
    address = address_of(request)
    if not PACE.may_try(address, counted, time.monotonic()):
        return _form(
            request, to, title, _("Too many tries. Wait a few minutes, then try once more."), status=429
        )
    try:
        patron = (
            signing.whose_passkey(house(), Site.of(request), given)
            if text
            else signing.whose(house(), card, pin)
        )
    except DoorError:
        return _form(request, to, title, _("You cannot sign in just now. Try again in a while."), status=503)
    if patron is None:
        wrong = (
            _("This passkey does not sign you in. Use your card and PIN.")
            if text
            else _(
                "Card number and PIN do not belong together. If you have forgotten your PIN, ask at any desk."
            )
        )
        return _form(request, to, title, wrong, status=403)
    PACE.was_right(address, counted)
    # Whoever was signed in here before is not any more; the value is new, so that none can be foisted on anybody.
    sessions.end(request.COOKIES.get(settings.PATRON_COOKIE, ""))
    value = sessions.begin(
        house(),
        patron,
        is_shared=bool(request.POST.get("shared")),
        has_more_time=bool(request.POST.get("more_time")),
    )
    # A service waits for this sign-in: back to the question whether it may be told.
    asked = request.POST.get("ask", "") if to == "portal-connect" else ""
    response = HttpResponseRedirect(back_here(asked) if asked else _back_to(to, title))
    sessions.put_cookie(response, value)
    return response


@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What a browser needs to sign somebody in with a passkey. It names nobody, and is the same for everybody."""
    if not sessions.comes_from_here(request):
        return pages.trouble(request, 403)
    challenge = CHALLENGES.make(signing.SIGN_IN, "", time.monotonic())
    options = passkeyrules.request_options(Site.of(request), challenge, stands_alone=True)
    return JsonResponse({"options": json.loads(options)})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session. Somebody whose session has ended already is signed out too."""
    value = request.COOKIES.get(settings.PATRON_COOKIE, "")
    live = sessions.find(house(), value)
    if live is not None and not sessions.is_own_form(request, live):
        return pages.trouble(request, 403)
    sessions.end(value)
    response = HttpResponseRedirect(languages.address("portal-ended") + "?out=1")
    sessions.drop_cookie(response)
    # Not the cookies: those of staff, in the same browser, are not ours to take.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_safe
def ended(request: HttpRequest) -> HttpResponse:
    """What a screen that was left alone shows, and what follows a sign-out."""
    value = request.COOKIES.get(settings.PATRON_COOKIE, "")
    if value:
        live = sessions.find(house(), value)
        if live is not None and not request.GET.get("out"):
            # Another window of theirs was used meanwhile: this one had nothing to end.
            return HttpResponseRedirect(languages.address("portal-home"))
    out = bool(request.GET.get("out"))
    response = pages.show(request, "portal/ended.html", {"out": out, "here": "portal-ended"})
    if value:
        sessions.drop_cookie(response)
    return response


def _form(request: HttpRequest, to: str, title: str, error: str = "", *, status: int = 200) -> HttpResponse:
    # The card's number comes back as it was typed, the PIN does not.
    context = {
        "error": error,
        "card": request.POST.get("card", "")[:64],
        "shared": bool(request.POST.get("shared")),
        "more_time": bool(request.POST.get("more_time")),
        "to": to if to in ways.BACK_TO or to in ("portal-place", "portal-connect") else "",
        "ask": (request.POST.get("ask") or request.GET.get("ask", ""))[:4000]
        if to == "portal-connect"
        else "",
        "title_id": number(title) if number(title) >= 0 else "",
        "shared_minutes": sessions.SHARED_IDLE_MINUTES,
        "more_minutes": sessions.IDLE_MINUTES * sessions.MORE_TIME,
        "shared_more_minutes": sessions.SHARED_IDLE_MINUTES * sessions.MORE_TIME,
        "takes_passkeys": Site.of(request).takes_passkeys,
        "here": "portal-sign-in",
        "changes": changes_for(Place.SIGN_IN),
    }
    return pages.show(request, "portal/sign_in.html", context, status=status)


def _back_to(to: str, title: str) -> str:
    if to == "portal-place" and number(title) >= 0:
        return languages.address("portal-place", number(title))
    return languages.address(to if to in ways.BACK_TO else "portal-home")
