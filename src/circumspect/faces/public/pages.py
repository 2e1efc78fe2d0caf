"""Make one of the public's pages: a template in the frame that all of them share.

Nothing is taken from the request but its address and language, so that no page can hold anything of whoever asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from circumspect.faces.public import languages, sections
from circumspect.faces.public.house import house

_LONGEST_ASKED = 2000
# Pages that go on in another language where they were, by what they read.
_GOES_ON: Mapping[str, tuple[str, ...]] = {
    "site-catalogue": ("q", "in", "at", "page"),
    "site-policy-differences": ("from", "to"),
    "portal-sign-in": ("to", "title", "ask"),
    "portal-looks": ("of", "page"),
}


def show(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page in the frame.

    Args:
        context: What the template shows. ``here`` names the page where the address does not.
    """
    text = render_to_string(template, {**frame(request), **(context or {})})
    response = HttpResponse(text, status=status)
    response.in_our_words = True  # type: ignore[attr-defined]
    return response


def frame(request: HttpRequest) -> dict[str, Any]:
    """What the frame needs: the library's name, the ways in and out, the languages."""
    home = house().home
    match = request.resolver_match
    here = (match.url_name or "") if match else ""
    spoken = languages.current()
    return {
        "library_name": str(home.setting("library", "name", "Library")),
        "is_sample": home.is_sample,
        "language": spoken,
        "others": _others(request, _asked(request)),
        "here": here,
        "head": sections.head(here),
        "foot": sections.foot(here),
        "account": languages.in_language("/" + _portal(), spoken),
        "today": house().today(),
    }


def trouble(request: HttpRequest, status: int) -> HttpResponse:
    """What could not be done, in the page's language; it quotes nothing of what was asked."""
    words = {
        400: (
            _("We could not read that"),
            _("The address or the form was not as we expected. Go back and try once more."),
        ),
        403: (
            pgettext("an error page", "Not from here"),
            _(
                "The form was sent from another site, or is not for you. Nothing was done. Open our own page and try once more."
            ),
        ),
        404: (
            _("There is nothing at this address"),
            _("The page may have moved, or the address has a letter wrong."),
        ),
        413: (
            _("This is too large to be sent at once"),
            _("Nothing was taken. Send fewer or smaller files."),
        ),
        429: (_("Too many tries"), _("Wait a little, then try once more.")),
    }.get(
        status,
        (
            _("Something broke on our side"),
            _("It was not your doing. Try once more; if it comes back, please tell us."),
        ),
    )
    said = {"title": words[0], "words": words[1], "here": "", "others": _others(request, "")}
    return show(request, "public/trouble.html", said, status=status)


def _others(request: HttpRequest, asked: str) -> list[dict[str, Any]]:
    spoken = languages.current()
    return [
        {
            "code": code,
            "name": name,
            "href": languages.in_language(request.path_info, code) + asked,
            "is_here": code == spoken,
        }
        for code, name in languages.NAMES.items()
    ]


def _asked(request: HttpRequest) -> str:
    """What was asked of a page, for the same page in another language: a search goes on there.

    Of the pages named in ``_GOES_ON`` and of what they read alone: nothing else that stands behind an address comes back.
    """
    name = request.resolver_match.url_name if request.resolver_match else ""
    if request.method not in ("GET", "HEAD"):
        return ""
    read = [each for each in _GOES_ON.get(name or "", ()) if each in request.GET]
    text = urlencode([(each, request.GET[each]) for each in read])
    return f"?{text}" if 0 < len(text) <= _LONGEST_ASKED else ""


def _portal() -> str:
    from django.conf import settings

    return settings.PUBLIC_PORTAL
