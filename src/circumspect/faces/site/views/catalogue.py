"""Search the catalogue, and one title. Asked by GET, kept nowhere: not by us, not by a browser, not by anything between.

Source: clauses TH-2.6, MP-7.6; issue "The public side", section 2.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from circumspect.faces.public import languages
from circumspect.faces.public.pages import show
from circumspect.faces.site import catalogue
from circumspect.records.catalog.models import Branch
from circumspect.records.catalog.search import search

PAGE = 20
_MOST_PAGES = 50
_FIELDS = {
    "any": _("Anywhere"),
    "title": _("In titles"),
    "author": _("By author"),
    "subject": _("By subject"),
    "isbn": _("ISBN"),
}


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """The search form, and what it found."""
    text = request.GET.get("q", "").strip()[:300]
    field = request.GET.get("in", "any")
    field = field if field in _FIELDS else "any"
    branches = dict(Branch.objects.values_list("code", "name").order_by("name"))
    branch = request.GET.get("at", "")
    page = _page(request.GET.get("page", ""))
    found = (
        search(
            text,
            field=field,
            branch=branch if branch in branches else None,
            limit=PAGE + 1,
            offset=(page - 1) * PAGE,
        )
        if text
        else []
    )
    context = {
        "here": "site-catalogue",
        "q": text,
        "field": field,
        "fields": _FIELDS.items(),
        "branch": branch if branch in branches else "",
        "branches": branches.items(),
        "found": [(each, str(catalogue.MATERIALS.get(each.material, ""))) for each in found[:PAGE]],
        "page": page,
        "before": page - 1,
        "after": page + 1 if len(found) > PAGE and page < _MOST_PAGES else 0,
    }
    return _unkept(show(request, "site/catalogue.html", context))


@require_safe
def title(request: HttpRequest, title_id: int) -> HttpResponse:
    """One title and its copies."""
    found = catalogue.title_page(title_id) if title_id < 2**31 else None
    if found is None:
        raise Http404
    account = languages.in_language(f"/{settings.PUBLIC_PORTAL}", languages.current())
    context = {"here": "site-catalogue", "found": found, "hold": f"{account}holds/place/{found.id}/"}
    return _unkept(show(request, "site/title.html", context))


def _unkept(response: HttpResponse) -> HttpResponse:
    # On a shared computer the next reader is not to find it in the browser's store.
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(text: str) -> int:
    return min(max(int(text), 1), _MOST_PAGES) if text.isascii() and text.isdecimal() and len(text) < 4 else 1
