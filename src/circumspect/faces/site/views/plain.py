"""Pages that say how things are here: what is kept, cookies, the wireless network, access; and files for machines.

Source: clauses TH-1.2 to TH-1.5, TH-2.10, TH-2.11, TH-3.*, TH-6.1; issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from circumspect.faces.public import cookies, languages
from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.faces.public.wireless import warnings
from circumspect.faces.site import keeping
from circumspect.faces.site.leading import absolute
from circumspect.offices.publishing import policies

# RFC 9116 wants a date; the file is made anew at each request, so it never runs out while somebody serves it.
_SECURITY_DAYS = 180


@require_safe
def kept(request: HttpRequest) -> HttpResponse:
    """Everything that is kept of people: why, how long, who may see it."""
    version = policies.in_force(policies.PRIVACY, house().clock())
    return show(request, "site/kept.html", {"series": keeping.kept_of_people(house()), "version": version})


@require_safe
def kept_in_short(request: HttpRequest) -> HttpResponse:
    """The same on one screen."""
    return show(request, "site/kept_short.html", {"here": "site-kept"})


@require_safe
def kept_for_children(request: HttpRequest) -> HttpResponse:
    """The same for children."""
    return show(request, "site/kept_children.html", {"here": "site-kept"})


@require_safe
def cookie_page(request: HttpRequest) -> HttpResponse:
    """Every cookie this program can set."""
    return show(
        request,
        "site/cookies.html",
        {"cookies": cookies.ours(), "asks_not_to_sell": request.headers.get("Sec-GPC") == "1"},
    )


@require_safe
def wireless(request: HttpRequest) -> HttpResponse:
    """What to know of the wireless network."""
    return show(request, "site/wireless.html")


@require_safe
def wireless_splash(request: HttpRequest) -> HttpResponse:
    """What a captive portal shows before it lets anybody through: the warning, in every language on one page."""
    return show(request, "site/wireless_splash.html", {"here": "site-wireless", "warnings": warnings()})


@require_safe
def wireless_slip(request: HttpRequest) -> HttpResponse:
    """The warning on narrow paper."""
    return show(request, "site/wireless_slip.html", {"here": "site-wireless", "warnings": warnings()})


@require_safe
def access(request: HttpRequest) -> HttpResponse:
    """How these pages can be used, and whom to tell where they cannot."""
    return show(request, "site/access.html")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where weaknesses may be reported (RFC 9116)."""
    contact = str(house().home.setting("publishing", "security", "")) or absolute(
        request, languages.address("site-hours")
    )
    expires = house().clock().astimezone(dt.UTC).replace(microsecond=0) + dt.timedelta(days=_SECURITY_DAYS)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        f"Preferred-Languages: {', '.join(languages.LANGUAGES)}",
        f"Canonical: {absolute(request, '/.well-known/security.txt')}",
        f"Policy: {absolute(request, languages.address('site-policy'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def gpc_json(_request: HttpRequest) -> HttpResponse:
    """That Global Privacy Control is honoured: nobody's data is sold or shared, asked or not."""
    version = policies.in_force(policies.PRIVACY, house().clock())
    since = version.in_force_from.date() if version else house().today()
    return JsonResponse({"gpc": True, "lastUpdate": since.isoformat()})


@require_safe
def robots_txt(_request: HttpRequest) -> HttpResponse:
    """Machines may read what everybody may read; a search is somebody's, and there is no end of them."""
    lines = ["User-agent: *", f"Allow: /{settings.PUBLIC_SITE}", f"Disallow: /{settings.PUBLIC_PORTAL}"]
    for code in languages.LANGUAGES:
        lines.append(f"Disallow: {languages.in_language(f'/{settings.PUBLIC_SITE}', code)}catalogue/?")
    lines.append("Disallow: /")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
