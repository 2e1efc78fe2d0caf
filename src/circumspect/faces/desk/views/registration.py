"""Register somebody new; edit what is held. Forms come back filled in, with what is wrong beside it.

The edit form carries what it showed in a sealed slip, so that saving asks for the changed fields
only and opens nothing anew; the record's version guards against a second desk.

Source: clauses TH-1.7, TH-1.10, TH-1.15, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from circumspect.faces.desk import asks, forms, opened
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held, StaleSlipError
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone, refused, status_of
from circumspect.faces.desk.views.acting import act, show_patron
from circumspect.records.patrons import changing
from circumspect.records.patrons.changing import Change
from circumspect.records.patrons.errors import ChangedMeanwhileError, FieldError
from circumspect.records.patrons.registration import (
    Record,
    Registration,
    faults,
    open_records,
    register,
)
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance

_STANDING = ("category", "home_branch", "expires_on")


@require_http_methods(["GET", "HEAD", "POST"])
def new(raw_request: HttpRequest) -> HttpResponse:
    """Register somebody."""
    request = cast(DeskRequest, raw_request)
    if request.method != "POST":
        opened.next_turn(request)
        fresh = {"category": "resident_adult", "home_branch": request.member.branch, "language": "en"}
        return _form(request, fresh, {}, is_new=True)
    typed = _typed(request, is_new=True)
    if "resume" in request.POST:
        return _form(request, typed, {}, is_new=True)
    dates, errors = forms.read_dates(typed)
    registration = _registration(request, typed, dates)
    # All of it at once: whoever has a queue does not mend a form field by field.
    for fault in faults(house(), registration):
        errors.setdefault(fault.field, fault.reason)
    if errors:
        return _form(request, typed, errors, is_new=True)
    try:
        patron = register(house(), request.actor, registration)
    except FieldError as problem:
        return _form(request, typed, {problem.field: problem.reason}, is_new=True)
    except DoorError as problem:
        return _form(request, typed, {}, is_new=True, said=refused(problem), status=status_of(problem))
    opened.next_turn(request)
    held = Held(patron, Circumstance.OPEN_TRANSACTION)
    has_card = bool(request.POST.get("card_number", "").strip())
    advice = "" if has_card else "There is no card yet: issue one under Card."
    screen = Screen(said=Said(Tone.DONE, "Registered.", advice), open_form="" if has_card else "card")
    return show_patron(request, screen, held, first=False)


@act
def edit(request: DeskRequest, held: Held) -> HttpResponse:
    """Show the edit form."""
    record = open_records(
        house(),
        request.actor,
        [held.patron],
        sorted(asks.FORM.fields),
        purpose=asks.FORM.purpose,
        circumstance=Circumstance.OPEN_TRANSACTION,
        action=asks.FORM.action,
    )[0]
    values = _values_of(record)
    before = opened.seal(
        request,
        "before",
        {"p": held.patron, "version": record.version, "values": values, "standing": record["standing"]},
    )
    return _form(request, values, {}, is_new=False, held=held, before=before)


@act
def save(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """Save the edit form: the fields that differ from what was shown."""
    raw_before = request.POST.get("before", "")
    try:
        before = opened.unseal(request, "before", raw_before)
    except StaleSlipError:
        before = {}
    if before.get("p") != held.patron:
        return Screen(said=Said(Tone.NOTE, "This form is too old.", "Open it again and type it anew."))
    typed = _typed(request, is_new=False)
    if "resume" in request.POST:
        return _form(request, typed, {}, is_new=False, held=held, before=raw_before)
    dates, errors = forms.read_dates(typed)
    wanted = _change(request, before, typed, dates)
    for fault in changing.faults(house(), wanted):
        errors.setdefault(fault.field, fault.reason)
    if errors:
        return _form(request, typed, errors, is_new=False, held=held, before=raw_before)
    try:
        changing.change(
            house(),
            request.actor,
            held.patron,
            wanted,
            circumstance=Circumstance.OPEN_TRANSACTION,
            version=int(before["version"]),
        )
    except FieldError as problem:
        errors = {problem.field: problem.reason}
        return _form(request, typed, errors, is_new=False, held=held, before=raw_before)
    except ChangedMeanwhileError:
        said = Said(
            Tone.STOP, "Somebody changed this record while you typed.", "Close the form and open it again."
        )
        return _form(request, typed, {}, is_new=False, held=held, before=raw_before, said=said)
    except DoorError as problem:
        said, status = refused(problem), status_of(problem)
        return _form(request, typed, {}, is_new=False, held=held, before=raw_before, said=said, status=status)
    return Screen(said=Said(Tone.DONE, "Saved."))


def _change(
    request: DeskRequest,
    before: dict[str, Any],
    typed: dict[str, str],
    dates: dict[str, dt.date | None],
) -> Change:
    """What differs from what was shown."""
    shown_before = before["values"]
    changed: dict[str, str | dt.date | None] = {
        name: dates.get(name, typed[name]) if name in forms.DATES else typed[name]
        for name in typed
        if name not in _STANDING and typed[name] != shown_before.get(name, "")
    }
    if request.POST.get("address_checked") == "yes":
        changed["address_checked_on"] = house().today()
    if request.POST.get("id_seen") == "yes":
        changed["id_seen_on"] = house().today()
    standing = None
    if any(typed[name] != shown_before.get(name, "") for name in _STANDING):
        standing = replace(
            Standing.from_text(before["standing"]),
            category=typed["category"],
            branch=typed["home_branch"],
            expires_on=dates.get("expires_on"),
        )
    return Change(changed, standing)


def _registration(
    request: HttpRequest, typed: dict[str, str], dates: dict[str, dt.date | None]
) -> Registration:
    today = house().today()
    address_checked = request.POST.get("address_checked") == "yes"
    plain = {name: value for name, value in typed.items() if name not in forms.DATES}
    return Registration(
        **plain,
        birth_date=dates.get("birth_date"),
        expires_on=dates.get("expires_on"),
        card_number=request.POST.get("card_number", "").strip(),
        id_seen_on=today if request.POST.get("id_seen") == "yes" else None,
        address_checked_on=today if address_checked else None,
        blocks=() if address_checked else (BlockKind.ADDRESS_UNVERIFIED,),
    )


def _values_of(record: Record) -> dict[str, str]:
    standing = record.standing
    values = {name: record[name] for name in forms.NAMES if name in record}
    return values | {
        "category": standing.category,
        "home_branch": standing.branch,
        "expires_on": standing.expires_on.isoformat() if standing.expires_on else "",
    }


def _typed(request: HttpRequest, *, is_new: bool) -> dict[str, str]:
    return forms.typed_values(house(), request.POST.dict(), is_new=is_new)


def _form(
    request: DeskRequest,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    is_new: bool,
    held: Held | None = None,
    before: str = "",
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    known = set(forms.typed_values(house(), {}, is_new=is_new))
    context = {
        "groups": forms.groups(house(), values, errors, is_new=is_new),
        "is_new": is_new,
        "slip": opened.slip_for(request, held) if held else "",
        "before": before,
        "said": said,
        "errors": errors,
        "other_errors": [reason for name, reason in errors.items() if name not in {*known, "card_number"}],
        "card_number": request.POST.get("card_number", "") if is_new else "",
        "card_error": errors.get("card_number", ""),
        "id_seen": request.POST.get("id_seen") == "yes",
        "address_checked": request.POST.get("address_checked") == "yes",
    }
    return render(request, "desk/registration.html", context, status=422 if errors else status)
