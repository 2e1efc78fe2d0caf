"""Sites that are not ours: the register, and the notice before a service is entered.

Source: clauses TH-3.3, TH-3.4, TH-5.1 to TH-5.3.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.offices.publishing import outside, social
from circumspect.offices.publishing.models import OutsideSite


@require_safe
def resources(request: HttpRequest) -> HttpResponse:
    """Services and sites, with what each sets and where its policy is."""
    rows = [_told(row) for row in outside.shown()]
    context = {
        "services": [row for row in rows if row["is_service"]],
        "sites": [row for row in rows if not row["is_service"]],
    }
    return show(request, "site/resources.html", context)


@require_safe
def leaving(request: HttpRequest, slug: str) -> HttpResponse:
    """What to know before going to a service; the way there is a link, which sends no referrer."""
    row = outside.service(slug)
    if row is None:
        raise Http404
    return show(request, "site/leaving.html", {"here": "site-resources", "site": _told(row)})


@require_safe
def social_media(request: HttpRequest) -> HttpResponse:
    """Our accounts elsewhere: plain links, and what to know of them."""
    return show(request, "site/social.html", {"accounts": social.accounts(house().home)})


def _told(row: OutsideSite) -> dict[str, object]:
    about, about_in = languages.choose(row.about)
    sets, sets_in = languages.choose(row.sets)
    spoken = languages.current()
    return {
        "slug": row.slug,
        "name": row.name,
        "address": row.address,
        "about": about,
        "about_in": about_in if about_in != spoken else "",
        "sets": sets,
        "sets_in": sets_in if sets_in != spoken else "",
        "privacy_address": row.privacy_address,
        "privacy_broken": "privacy_address" in row.broken,
        "needs_cookies": row.needs_cookies,
        "is_service": row.is_service,
        "sign_on": row.sign_on,
        "tells": row.tells,
    }
