"""The first page, and when the library is open."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.faces.site import hours as opening


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Search, what is on, what is new, when it is open."""
    return show(request, "site/home.html", {"branches": opening.branches(house())})


@require_safe
def hours(request: HttpRequest) -> HttpResponse:
    """Each branch and its week."""
    context = {"branches": opening.branches(house()), "closed": opening.closed_days(house())}
    return show(request, "site/hours.html", context)
