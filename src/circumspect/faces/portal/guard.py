"""Around each page of a patron: who is signed in, whose form it is, and what is said where the door stays shut.

    @own_page                 only for whoever is signed in; ``request.live`` says who
    def loans(request): ...

A form is taken only with the token of this very sign-in, from our own page. Nothing typed is lost: where the
session ended meanwhile, the sign-in page says so, and the way back leads to the page that was asked for.

Headers beside the frame's: the page goes away by itself when the session ends, so that a screen left alone shows nothing.

Source: clauses TH-2.2, TH-3.5, MP-7.9; issue "The public side", section 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from circumspect.faces.portal import sessions, ways
from circumspect.faces.portal.sessions import Live
from circumspect.faces.portal.words import DONE
from circumspect.faces.public import languages, pages
from circumspect.faces.public.house import house
from circumspect.trust.door.errors import DoorError, Refused

_SAFE = ("GET", "HEAD")


class PortalRequest(HttpRequest):
    """A request of somebody who is signed in."""

    live: Live


View = Callable[..., HttpResponse]


def own_page(view: View) -> View:
    """Let a view be seen by whoever is signed in, and by nobody else."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(raw_request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        request = cast(PortalRequest, raw_request)
        live = sessions.find(house(), request.COOKIES.get(settings.PATRON_COOKIE, ""))
        if live is None:
            return to_sign_in(request)
        if request.method not in _SAFE and not sessions.is_own_form(request, live):
            return pages.trouble(request, 403)
        request.live = live
        try:
            response = view(request, *args, **more)
        except DoorError as problem:
            response = shut(request, problem)
        response.headers["Refresh"] = f"{live.idle_seconds + 1}; url={languages.address('portal-ended')}"
        return response

    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, which leads back here."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    here = f"?to={name}" if name in ways.BACK_TO else ""
    if name == "portal-place" and request.resolver_match:
        here = f"?to=portal-place&title={int(request.resolver_match.kwargs['title'])}"
    if name == "portal-connect":
        here = f"?{urlencode({'to': name, 'ask': request.GET.get('ask', '')[:4000]})}"
    return HttpResponseRedirect(languages.address("portal-sign-in") + here)


def show(
    request: PortalRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """One of a patron's pages, in the frame."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    own: dict[str, Any] = {
        "live": request.live,
        "tabs": ways.tabs(str(name)),
        "done": DONE.get(request.GET.get("done", "")),
        "idle_minutes": request.live.idle_seconds // 60,
    }
    return pages.show(request, f"portal/{template}", {**own, **(context or {})}, status=status)


def done(name: str, code: str) -> HttpResponse:
    """To a page, which says what was done. The address names nothing but a word of ours."""
    return HttpResponseRedirect(f"{languages.address(name)}?done={code}")


def shut(request: PortalRequest, problem: DoorError) -> HttpResponse:
    """The door stayed shut: what that means for whoever asked."""
    if isinstance(problem, Refused):
        words = _("The library's rules do not allow this here. Nothing was done. Ask at any desk.")
        return show(request, "shut.html", {"words": words}, status=403)
    words = _(
        "A part of the library's system cannot be reached, so nothing was opened. Try again in a while."
    )
    return show(request, "shut.html", {"words": words}, status=503)


def number(text: str) -> int:
    """A number that a form of ours carried; -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
