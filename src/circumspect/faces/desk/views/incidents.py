"""Reports of behaviour: write one, see the list, open one, decide what follows.

The desk never sees any of this in an account: somebody suspended shows there as "see the person in charge".
A name comes from a card only when one in charge takes it over.

Source: clause MP-4.17; issue "The privacy desk", section 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import screens, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.screens import DeskRequest, Said, Tone
from circumspect.faces.desk.views.office import PRIVACY, READING_REPORTS, REPORTING
from circumspect.faces.desk.views.people import for_roles
from circumspect.offices.staff.models import StaffMember
from circumspect.records.incidents import book
from circumspect.records.incidents.book import NoSuchIncidentError
from circumspect.records.incidents.rules import KINDS, MEASURES, Report, UnfitReportError
from circumspect.records.patrons.cards import find_card
from circumspect.records.patrons.reading import open_records
from circumspect.records.patrons.upkeep import send_to_person_in_charge
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Circumstance, Purpose

_GONE = Said(Tone.NOTE, "There is no such report any more.")
_NO_CARD = "Scan the card of the person whom the suspension is about, or leave it empty."


@require_safe
@for_roles(READING_REPORTS)
def listed(request: HttpRequest) -> HttpResponse:
    """The reports, newest first. Nothing is opened."""
    return _list(cast(DeskRequest, request))


def _list(request: DeskRequest, said: Said | None = None, status: int = 200) -> HttpResponse:
    names, today = branch_names(), house().today()
    after = request.GET.get("after", "0")
    skip = int(after) if after.isascii() and after.isdecimal() and len(after) < 7 else 0
    found = book.lines(after=skip)
    rows = [
        {
            "id": line.id,
            "kind": KINDS.get(line.kind, line.kind),
            "branch": names.get(line.branch, line.branch),
            "day": shown.in_full(line.happened_on),
            "measure": MEASURES.get(line.measure, "not decided"),
            "until": shown.in_full(line.suspended_until),
            "runs": line.suspended_until is not None and line.suspended_until >= today,
        }
        for line in found
    ]
    context = {
        "rows": rows,
        "said": said,
        "next": skip + book.PAGE if len(found) == book.PAGE else 0,
        "years": house().schedule().item(book.SERIES).days // 365,
    }
    return render(request, "desk/incidents_list.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(REPORTING)
def report(raw_request: HttpRequest) -> HttpResponse:
    """Write a report; what was typed comes back where it does not do."""
    request = cast(DeskRequest, raw_request)
    wrong: dict[str, str] = {}
    said = None
    if request.method == "POST":
        try:
            book.report(house(), request.actor, _told(request))
            said = Said(Tone.DONE, "Reported. Those in charge can read it.")
        except UnfitReportError as problem:
            wrong[problem.field] = str(problem)
        except DoorError as problem:
            return _report_form(request, {}, screens.refused(problem), screens.status_of(problem))
    return _report_form(request, wrong, said, 422 if wrong else 200)


def _report_form(
    request: DeskRequest, wrong: Mapping[str, str], said: Said | None, status: int
) -> HttpResponse:
    keeps = said is None or said.tone != Tone.DONE
    context = {
        "kinds": KINDS.items(),
        "branches": branch_names().items(),
        "typed": request.POST if keeps else {},
        "own_branch": request.member.branch,
        "today": house().today(),
        "wrong": wrong,
        "said": said,
    }
    return render(request, "desk/incidents_report.html", context, status=status)


@require_POST
@for_roles(READING_REPORTS)
def open_one(raw_request: HttpRequest) -> HttpResponse:
    """One report, opened at the door."""
    return _shown(cast(DeskRequest, raw_request))


@require_POST
@for_roles(PRIVACY)
def decide(raw_request: HttpRequest) -> HttpResponse:
    """Decide what follows, note an appeal, take a name over from a card."""
    request = cast(DeskRequest, raw_request)
    acts = {"measure": _decide, "appeal": _appeal, "name": _take_name}
    do = acts.get(request.POST.get("act", ""))
    if do is None:
        return redirect("incidents")
    try:
        return _shown(request, said=do(request, _number(request)))
    except UnfitReportError as problem:
        return _shown(request, wrong={problem.field: str(problem)})
    except NoSuchIncidentError:
        return _list(request, _GONE, 404)
    except DoorError as problem:
        return _list(request, screens.refused(problem), screens.status_of(problem))


def _decide(request: DeskRequest, number: int) -> Said:
    measure, until = request.POST.get("measure", ""), _day(request, "until", optional=True)
    card = request.POST.get("card", "").strip()
    held = find_card(house(), card) if card else None
    if card and held is None:
        raise UnfitReportError("card", _NO_CARD)
    if held is not None and measure not in ("suspended", "lifted"):
        raise UnfitReportError("card", "Only a suspension, and its end, reach an account.")
    book.decide(house(), request.actor, number, measure, until)
    if held is None:
        return Said(Tone.DONE, "Noted.")
    send_to_person_in_charge(
        house(), request.actor, held.patron, until, circumstance=Circumstance.CARD_SCANNED
    )
    if until is None:
        return Said(Tone.DONE, "Noted. The desk says nothing of it any more.")
    return Said(
        Tone.DONE,
        "Noted.",
        f"Until {shown.in_full(until)} the desk says: see the person in charge. It says no more than that.",
    )


def _appeal(request: DeskRequest, number: int) -> Said:
    book.note_appeal(house(), request.actor, number, request.POST.get("appeal", ""))
    return Said(Tone.DONE, "The note is kept with the report.")


def _take_name(request: DeskRequest, number: int) -> Said:
    held = find_card(house(), request.POST.get("card", "").strip())
    if held is None:
        raise UnfitReportError("name_card", "No patron has this card.")
    record = open_records(
        house(),
        request.actor,
        [held.patron],
        ["given_name", "family_name"],
        purpose=Purpose.ORDER,
        circumstance=Circumstance.CARD_SCANNED,
    )[0]
    name = shown.full_name(record["given_name"], record["family_name"])
    book.take_name(house(), request.actor, number, name)
    return Said(Tone.DONE, "The name is in the report, with your approval beside it.")


def _shown(
    request: DeskRequest, *, said: Said | None = None, wrong: Mapping[str, str] | None = None
) -> HttpResponse:
    try:
        opened = book.read(house(), request.actor, _number(request))
    except NoSuchIncidentError:
        return _list(request, _GONE, 404)
    except DoorError as problem:
        return _list(request, screens.refused(problem), screens.status_of(problem))
    staff = StaffMember.objects.in_bulk(
        [pk for pk in (opened.reported_by, opened.decided_by, opened.named_by) if pk]
    )
    names = {pk: member.display_name for pk, member in staff.items()}
    context: dict[str, Any] = {
        "one": opened,
        "kind": KINDS.get(opened.line.kind, opened.line.kind),
        "branch": branch_names().get(opened.line.branch, opened.line.branch),
        "measure": MEASURES.get(opened.line.measure, ""),
        "by": names.get(opened.reported_by, ""),
        "decided_by": names.get(opened.decided_by or 0, ""),
        "named_by": names.get(opened.named_by or 0, ""),
        "may_decide": bool(PRIVACY & request.actor.roles),
        "measures": MEASURES.items(),
        "typed": request.POST if wrong else {},
        "wrong": wrong or {},
        "said": said,
    }
    return render(request, "desk/incidents_one.html", context, status=422 if wrong else 200)


def _told(request: DeskRequest) -> Report:
    day = _day(request, "happened_on")
    branch = request.POST.get("branch", "")
    if branch not in branch_names():
        raise UnfitReportError("branch", "Choose where it was.")
    return Report(
        request.POST.get("kind", ""),
        branch,
        day or house().today(),
        request.POST.get("account", ""),
        request.POST.get("description", ""),
    )


def _day(request: DeskRequest, field: str, *, optional: bool = False) -> dt.date | None:
    raw = request.POST.get(field, "")
    if optional and not raw:
        return None
    try:
        return dt.date.fromisoformat(raw)
    except ValueError:
        raise UnfitReportError(field, "Fill in this day.") from None


def _number(request: DeskRequest) -> int:
    raw = request.POST.get("incident", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 20 else 0
