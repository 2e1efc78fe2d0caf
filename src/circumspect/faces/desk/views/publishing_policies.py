"""Publish policies: a new version with its change note, where a change is shown, who is told, and when to look again.

One form does all that a new version asks: the public text, and where it is wanted the text that staff sign. Directors own the
policies; nobody else sees these pages.

Source: clauses TH-6.2, TH-7.1 to TH-7.5, TH-8.1, MP-7.16; issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.acting import with_form
from circumspect.faces.desk.views.publishing_writing import field, moment, texts_of
from circumspect.faces.public import languages
from circumspect.offices.publishing import policies
from circumspect.offices.publishing.models import PolicyText
from circumspect.offices.publishing.rules import NOTE_PARTS, Place, PublishingError
from circumspect.offices.staff import signoff
from circumspect.records.circulation.rulebook import zone_of

PLACE_WORDS = {
    Place.HOME: "The first page of the website",
    Place.SIGN_IN: "Where patrons sign in",
    Place.SLIP: "Slips printed at the desk",
    Place.POSTER: "A poster to print (PDF)",
}
NOTE_WORDS = {
    "collected": "What is collected",
    "used": "How it is used",
    "disclosed": "When it may be disclosed",
}
SIGNING = {
    "": "This is no text for staff to sign",
    "stands": "Staff read it; what they signed before still counts",
    "anew": "Staff sign it anew; until then no record opens for them",
}


def _owner(request: DeskRequest) -> None:
    if not policies.may_publish(request.actor):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def overview(request: DeskRequest) -> HttpResponse:
    """Policies in force, and the calendar of reviews."""
    _owner(request)
    problem: PublishingError | None = None
    if request.method == "POST":
        try:
            policies.review_done(
                _number(request.POST.get("review", "")),
                request.POST.get("outcome", ""),
                request.actor,
                today=house().today(),
                next_due=_day(request.POST.get("next_due", ""), "next_due", needed=False),
            )
        except PublishingError as found:
            problem = found
        else:
            return redirect("publishing-policies")
    today = house().today()
    context = {
        "policies": [_told(row) for row in policies.all_in_force(house().clock())],
        "reviews": [
            {"row": row, "is_overdue": row.done_on is None and row.due_on < today}
            for row in policies.reviews()
        ],
        "problem": problem,
        "typed": request.POST.dict() if problem else {},
    }
    return render(request, "desk/publishing_policies.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def new_version(request: DeskRequest) -> HttpResponse:
    """The form of a new version, filled with the texts of the latest."""
    _owner(request)
    if request.method != "POST":
        return _form(request, _texts_of(request.GET.get("policy", policies.PRIVACY)))
    typed = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    places = request.POST.getlist("places")
    try:
        _publish(typed, places)
    except PublishingError as problem:
        return _form(request, typed, {problem.field: problem.reason}, places)
    except signoff.SignOffError as problem:
        return _form(request, typed, {"version": f"cannot be given to staff to sign: {problem}"}, places)
    return redirect("publishing-policies")


def _publish(typed: Mapping[str, str], places: list[str]) -> None:
    now = house().clock()
    adopted = _day(typed.get("adopted_on", ""), "adopted_on") or house().today()
    in_force = moment(typed.get("in_force_from", ""), "in_force_from") or now
    new = policies.NewVersion(
        policy=typed.get("policy", "").strip(),
        version=typed.get("version", "").strip(),
        texts=texts_of(typed),
        adopted_on=adopted,
        adopted_by=typed.get("adopted_by", ""),
        in_force_from=in_force,
        note={
            code: {part: typed.get(f"{part}-{code}", "") for part in NOTE_PARTS}
            for code in languages.LANGUAGES
        },
        material=typed.get("material") == "yes",
        places=places,
        by_mail=typed.get("by_mail") == "yes",
    )
    # Both or neither: what staff sign is what the public reads.
    with transaction.atomic():
        row = policies.publish(new, now=now)
        if typed.get("signing") in ("stands", "anew"):
            signoff.publish(
                row.version,
                house().policy.hash,
                row.texts["en"]["body"],
                requires_signature=typed["signing"] == "anew",
                in_force_from=in_force,
                adopted_on=adopted,
            )


def _texts_of(policy: str) -> dict[str, str]:
    rows = policies.versions(policy)
    if not rows:
        return {"policy": policy}
    typed = {f"{name}-{code}": text for code, told in rows[0].texts.items() for name, text in told.items()}
    return {**typed, "policy": policy, "adopted_by": rows[0].adopted_by}


def _form(
    request: DeskRequest,
    typed: Mapping[str, str],
    wrong: Mapping[str, str] | None = None,
    places: list[str] | None = None,
) -> HttpResponse:
    wrong = wrong or {}
    chosen = places or []
    context: dict[str, Any] = {
        "head": [
            field("policy", "Its part of the address", typed, wrong),
            field("version", "Version", typed, wrong),
            field("adopted_on", "Adopted on", typed, wrong, kind="date"),
            field("adopted_by", "Adopted by", typed, wrong),
            field("in_force_from", "In force from (empty: now)", typed, wrong, kind="datetime-local"),
        ],
        "tongues": [
            {
                "code": code,
                "name": name,
                "fields": [
                    field(f"title-{code}", "Title", typed, wrong),
                    field(f"summary-{code}", "In a sentence or two", typed, wrong),
                    field(f"body-{code}", "Text, in Markdown", typed, wrong, kind="area"),
                ],
                "note": [
                    field(f"{part}-{code}", words, typed, wrong, kind="area")
                    for part, words in NOTE_WORDS.items()
                ],
                "is_open": code == "en" or any(f"-{code}" in name for name in wrong),
            }
            for code, name in languages.NAMES.items()
        ],
        "material": typed.get("material") == "yes",
        "places": [(str(place), words, place in chosen) for place, words in PLACE_WORDS.items()],
        "places_error": wrong.get("places", "") or wrong.get("material", ""),
        "by_mail": typed.get("by_mail") == "yes",
        "signing": [(code, words, code == typed.get("signing", "")) for code, words in SIGNING.items()],
        "wrong": wrong,
    }
    return render(request, "desk/publishing_policy.html", context, status=422 if wrong else 200)


def _told(row: PolicyText) -> dict[str, Any]:
    return {
        "policy": row.policy,
        "version": row.version,
        "title": row.texts["en"]["title"],
        "since": languages.day(row.in_force_from.astimezone(zone_of(house()))),
        "mail": "mailed" if row.mailed_at else "waits to be mailed" if row.by_mail else "",
    }


def _day(text: str, name: str, *, needed: bool = True) -> dt.date | None:
    if not text.strip() and not needed:
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise PublishingError(name, "is a day, such as 2026-11-30") from None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
