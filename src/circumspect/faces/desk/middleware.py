"""Before each page: is somebody signed in, and as whom? After each page: say how it may be kept.

Every request asks afresh. A locked session shows the lock and nothing else; what was typed on the
page before comes back after it. Rights are not looked at here: the actor is made, and the door decides.

Headers: nothing is stored anywhere, nothing is loaded from elsewhere, nothing inline runs.

Source: clauses MP-7.10, MP-7.11; issue "The house stands", section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from circumspect.faces.desk import screens
from circumspect.faces.desk.house import house
from circumspect.faces.desk.views.staff import lock_page
from circumspect.offices.staff import sessions, signoff
from circumspect.trust.door.errors import DoorError

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": browsers would then post without saying from where, and no post could be told from a forged one.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


class StaffSessionMiddleware(SessionMiddleware):
    """Django's own, but that what a page's script asks on the side neither gives nor takes a session that is gone.

    The touch on "Sign out" also tells the server that somebody is here. Where that arrives second, it belongs to nobody:
    were its answer to clear the cookie, it would clear that of the sign-in page shown meanwhile, and the next colleague's
    right password would be refused as too old a page.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session and hand out its cookie, where it is the page itself that asks."""
        session = request.session
        is_aside = screens.PART_HEADER in request.headers
        # One that is ended by this very request is told why, under its new key.
        if is_aside and session.session_key is None and sessions.ENDED_KEY not in session:
            return response
        return super().process_response(request, response)


class DeskMiddleware:
    """Stands between Django and every view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if is_public(request):
            return response
        if response.status_code == 405 and request.method == "GET" and hasattr(request, "actor"):
            # Typed or reloaded: a browser would show a page of its own, and no way back.
            allowed = response.headers["Allow"]
            response = render(request, "405.html", status=405)
            response.headers["Allow"] = allowed
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def process_view(
        self, request: HttpRequest, view: Any, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Let nobody past who is not signed in, but to the few pages made for them."""
        if _is_static(request) or is_public(request):
            return None
        now = house().clock()
        found = sessions.check(request, now=now)
        if isinstance(found, sessions.Live):
            if not _let_in(request, found):
                return None if getattr(view, "is_open_to_all", False) else redirect("sign-in")
            if not getattr(view, "is_no_activity", False):
                sessions.touch(request, now=now)
            return None
        if isinstance(found, sessions.Locked):
            request.is_locked = True  # type: ignore[attr-defined]
        if getattr(view, "is_open_to_all", False):
            return None
        if isinstance(found, sessions.Locked):
            return lock_page(request, found)
        return redirect("sign-in")

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """A door that stayed shut where no view had words of its own for it."""
        if isinstance(problem, DoorError) and hasattr(request, "actor"):
            screen = screens.Screen(said=screens.refused(problem), status=screens.status_of(problem))
            return screens.show(request, screen)
        return None


def _let_in(request: HttpRequest, live: sessions.Live) -> bool:
    """Make the actor. False where what they may do is not what it was when the session began: it has ended."""
    actor, version = signoff.actor_and_version(live.member, now=house().clock())
    if not sessions.holds(request, live.member, actor.roles):
        return False
    request.member = live.member  # type: ignore[attr-defined]
    request.actor = actor  # type: ignore[attr-defined]
    request.unsigned_version = version if actor.signed_version != version else ""  # type: ignore[attr-defined]
    return True


def is_public(request: HttpRequest) -> bool:
    """Whether an address is one of the public's pages, which know nothing of staff and their sessions."""
    return request.path_info.startswith(tuple(f"/{place}" for place in settings.PUBLIC_PLACES))


def _is_static(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/{settings.STATIC_URL.strip('/')}/")
