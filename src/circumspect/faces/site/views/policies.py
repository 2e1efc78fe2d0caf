"""The published policies."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from circumspect.faces.public.house import house
from circumspect.faces.public.markdown import html
from circumspect.faces.public.pages import show
from circumspect.offices.staff import signoff


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """The policy in force."""
    version = signoff.version_in_force(house().clock())
    if version is None:
        raise Http404
    return show(request, "site/policy.html", {"version": version, "text": html(version.text)})
