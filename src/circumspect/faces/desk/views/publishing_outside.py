"""The register of sites that are not ours: services with what they set, their policies, dead links, and signing on.

Nothing of a patron is here. Communications staff and directors keep it.

Source: clauses TH-3.3, TH-3.4, TH-5.1 to TH-5.3, TH-3.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.acting import with_form
from circumspect.faces.desk.views.publishing_writing import field, writer
from circumspect.faces.public import languages
from circumspect.offices.publishing import outside
from circumspect.offices.publishing.models import OutsideSite
from circumspect.offices.publishing.rules import PublishingError

TELLS_WORDS = {"category": "Their kind of card", "branch": "Their branch"}


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def register(request: DeskRequest) -> HttpResponse:
    """The register, what is wrong in it, and a service's new secret, which is shown once."""
    writer(request)
    secret, problem = "", ""
    if request.method == "POST":
        slug, act = request.POST.get("site", ""), request.POST.get("act", "")
        try:
            if act == "secret":
                secret = outside.new_secret(slug)
            elif act == "check":
                outside.check_links(house().today(), every_days=0)
            elif act in ("withdraw", "show"):
                outside.withdraw(slug, withdrawn=act == "withdraw")
        except PublishingError as found:
            problem = f"{found.field}: {found.reason}"
    context = {
        "sites": OutsideSite.objects.order_by("withdrawn", "name"),
        "flagged": outside.flagged(),
        "secret": secret,
        "problem": problem,
        "of": request.POST.get("site", ""),
    }
    return render(request, "desk/publishing_outside.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def site(request: DeskRequest) -> HttpResponse:
    """Add a site, or change one."""
    writer(request)
    slug = request.GET.get("site", "")
    row = OutsideSite.objects.filter(slug=slug).first() if slug else None
    if slug and row is None:
        raise Http404
    if request.method != "POST":
        return _form(request, _typed_of(row) if row else {}, row)
    typed = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    try:
        outside.put(_site(typed, request.POST.getlist("tells")), slug=slug)
    except PublishingError as problem:
        return _form(request, typed, row, {problem.field: problem.reason})
    return redirect("publishing-outside")


def _site(typed: Mapping[str, str], tells: list[str]) -> outside.Site:
    return outside.Site(
        name=typed.get("name", ""),
        address=typed.get("address", ""),
        about={code: typed.get(f"about-{code}", "") for code in languages.LANGUAGES},
        is_service=typed.get("is_service") == "yes",
        sets={code: typed.get(f"sets-{code}", "") for code in languages.LANGUAGES},
        privacy_address=typed.get("privacy_address", ""),
        needs_cookies=typed.get("needs_cookies") == "yes",
        sign_on=typed.get("sign_on") == "yes",
        return_addresses=typed.get("return_addresses", "").split(),
        tells=tells,
    )


def _typed_of(row: OutsideSite) -> dict[str, str]:
    return {
        "name": row.name,
        "address": row.address,
        "privacy_address": row.privacy_address,
        "return_addresses": "\n".join(row.return_addresses),
        **{f"about-{code}": text for code, text in row.about.items()},
        **{f"sets-{code}": text for code, text in row.sets.items()},
        **{name: "yes" for name in ("is_service", "needs_cookies", "sign_on") if getattr(row, name)},
        **{f"tells-{name}": "yes" for name in row.tells},
    }


def _form(
    request: DeskRequest,
    typed: Mapping[str, str],
    row: OutsideSite | None,
    wrong: Mapping[str, str] | None = None,
) -> HttpResponse:
    wrong = wrong or {}
    context: dict[str, Any] = {
        "row": row,
        "head": [
            field("name", "Name", typed, wrong),
            field("address", "Address", typed, wrong, kind="url"),
            field("privacy_address", "Its privacy policy", typed, wrong, kind="url"),
        ],
        "about": [
            field(f"about-{code}", f"What one finds there ({name})", typed, wrong)
            for code, name in languages.NAMES.items()
        ],
        "sets": [
            field(f"sets-{code}", f"What it sets and keeps ({name})", typed, wrong, kind="area")
            for code, name in languages.NAMES.items()
        ],
        "ticks": [
            (
                "is_service",
                "It is a service used with a card: people are told before they enter it",
                typed.get("is_service"),
            ),
            ("needs_cookies", "It does not work without its cookies", typed.get("needs_cookies")),
            ("sign_on", "Patrons may sign in there by way of us", typed.get("sign_on")),
        ],
        "returns": field(
            "return_addresses", "Addresses it may send people back to, one a line", typed, wrong, kind="area"
        ),
        "tells": [
            (name, words, typed.get(f"tells-{name}") or name in request.POST.getlist("tells"))
            for name, words in TELLS_WORDS.items()
        ],
        "tells_error": wrong.get("tells", "") or wrong.get("sign_on", ""),
        "wrong": wrong,
    }
    return render(request, "desk/publishing_site.html", context, status=422 if wrong else 200)
