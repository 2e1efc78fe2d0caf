"""Sign-ins: begin one, know whose it is, end it.

The cookie's value is 256 random bits, new at each sign-in; the table holds its digest, and the patron's number
sealed and bound to that digest, so that a copied row stands for nobody. A session ends by itself after
minutes without a page, and after a time in any case; sooner on a shared computer, and ten times as late for whoever
says before that they need more time (WCAG 2.2, 2.2.1): a letter takes some people long. There is no "remember me".
It ends at once where card, PIN or passkeys changed since: their stamp is sealed beside the number.

Forms carry a token worked out from the cookie's value: whoever has not the cookie cannot make one.

Source: clauses TH-2.2, TH-3.5; DOMAIN practice of shared computers.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from itertools import product

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from circumspect.faces.portal.models import SignIn
from circumspect.records.patrons import waysin
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind

PATH = f"/{settings.PUBLIC_PORTAL}"
# Minutes without a page, and in all; the first of each pair at home, the second on a shared computer.
IDLE_MINUTES, SHARED_IDLE_MINUTES = 10, 3
LONGEST_MINUTES, SHARED_LONGEST_MINUTES = 60, 20
MORE_TIME = 10  # times as long
# A row is not written at every page.
_TOUCH_SECONDS = 15


@dataclass(frozen=True, slots=True, repr=False)
class Live:
    """Somebody is signed in. Prints as nothing.

    Attributes:
        token: What forms carry.
        idle_seconds: After so many without a page it ends.
        ends_at: When it ends in any case; seconds since 1970.
    """

    patron: int
    digest: str
    token: str
    is_shared: bool
    has_more_time: bool
    idle_seconds: int
    ends_at: int

    @property
    def actor(self) -> Actor:
        """The patron, as the door knows them."""
        return Actor(ActorKind.PATRON, str(self.patron))


def begin(house: House, patron: int, *, is_shared: bool, has_more_time: bool = False) -> str:
    """Sign somebody in; the cookie's value."""
    value = secrets.token_urlsafe(32)
    digest, now = _digest(value), house.second()
    whose = patron.to_bytes(8, "big") + waysin.stamp(patron)
    SignIn.objects.create(
        digest=digest,
        sealed_patron=house.vault.secrets.protect(_label(digest), whose),
        is_shared=is_shared,
        has_more_time=has_more_time,
        began_at=now,
        seen_at=now,
    )
    return value


def find(house: House, value: str) -> Live | None:
    """Who is signed in under a cookie's value; None where nobody is any more. Counts as a page seen."""
    if not value:
        return None
    digest, now = _digest(value), house.second()
    row = SignIn.objects.filter(digest=digest).first()
    if row is None:
        return None
    idle, longest = _spans(row.is_shared, row.has_more_time)
    # A clock set back makes nothing last longer.
    if not (-60 <= now - row.seen_at < idle and -60 <= now - row.began_at < longest):
        row.delete()
        return None
    try:
        told = house.vault.secrets.reveal(_label(digest), bytes(row.sealed_patron))
    except ValueError:  # sealed for another row, or under keys that are gone: TamperedError is one
        row.delete()
        return None
    patron = int.from_bytes(told[:8], "big")
    if not hmac.compare_digest(told[8:], waysin.stamp(patron)):
        row.delete()
        return None
    if now - row.seen_at >= _TOUCH_SECONDS:
        SignIn.objects.filter(digest=digest).update(seen_at=now)
    ends_at = row.began_at + longest
    return Live(patron, digest, token_of(value), row.is_shared, row.has_more_time, idle, ends_at)


def end(value: str) -> None:
    """Sign out."""
    SignIn.objects.filter(digest=_digest(value)).delete()


def begin_anew(house: House, request: HttpRequest, live: Live, response: HttpResponse) -> HttpResponse:
    """Go on in this browser after the PIN or a passkey changed: every earlier sign-in has ended, this one too."""
    end(request.COOKIES.get(settings.PATRON_COOKIE, ""))
    value = begin(house, live.patron, is_shared=live.is_shared, has_more_time=live.has_more_time)
    put_cookie(response, value)
    return response


def clear(house: House) -> int:
    """Delete what has ended by itself; how many."""
    now = house.second()
    gone = 0
    for is_shared, has_more_time in product((False, True), repeat=2):
        idle, longest = _spans(is_shared, has_more_time)
        over = Q(began_at__lte=now - longest) | Q(seen_at__lte=now - idle)
        gone += SignIn.objects.filter(over, is_shared=is_shared, has_more_time=has_more_time).delete()[0]
    return gone


def token_of(value: str) -> str:
    """The token of the forms of one sign-in."""
    return hmac.digest(value.encode(), b"circumspect portal form", "sha256").hex()


def is_own_form(request: HttpRequest, live: Live) -> bool:
    """Whether a form was sent from a page of this very sign-in."""
    sent = request.POST.get("token", "")
    return hmac.compare_digest(sent.encode("utf-8", "replace"), live.token.encode()) and comes_from_here(
        request
    )


def comes_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that our own page sent it. One that says nothing at all is not believed."""
    host = request.get_host()
    origin, referrer = request.headers.get("Origin", ""), request.headers.get("Referer", "")
    if request.headers.get("Sec-Fetch-Site"):
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    said = origin or referrer
    return said.partition("://")[2].partition("/")[0] == host


def put_cookie(response: HttpResponse, value: str) -> None:
    """Give the browser its cookie: for these pages only, not for scripts, gone when the browser closes."""
    response.set_cookie(
        settings.PATRON_COOKIE,
        value,
        path=PATH,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def drop_cookie(response: HttpResponse) -> None:
    """Take it away."""
    response.delete_cookie(settings.PATRON_COOKIE, path=PATH, samesite="Strict")


def _spans(is_shared: bool, has_more_time: bool) -> tuple[int, int]:
    """Seconds without a page, and in all."""
    idle, longest = (
        (SHARED_IDLE_MINUTES, SHARED_LONGEST_MINUTES) if is_shared else (IDLE_MINUTES, LONGEST_MINUTES)
    )
    unit = 60 * (MORE_TIME if has_more_time else 1)
    return idle * unit, longest * unit


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def _label(digest: str) -> str:
    return f"portal sign-in {digest}"
