"""The first page, and when the library is open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from circumspect.faces.public.changes import changes_for
from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.faces.site import hours as opening
from circumspect.faces.site.views.writing import cards
from circumspect.offices.publishing.rules import Kind, Place


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Search, what is on, what is new, when it is open; and a policy's change that matters."""
    context = {
        "branches": opening.branches(house()),
        "events": cards(Kind.EVENT, 4),
        "news": cards(Kind.NEWS, 3),
        "lists": cards(Kind.LIST, 3),
        "changes": changes_for(Place.HOME),
    }
    return show(request, "site/home.html", context)


@require_safe
def hours(request: HttpRequest) -> HttpResponse:
    """Each branch and its week."""
    context = {"branches": opening.branches(house()), "closed": opening.closed_days(house())}
    return show(request, "site/hours.html", context)
