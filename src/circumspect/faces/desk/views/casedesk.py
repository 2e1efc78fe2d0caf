"""Around the cases: every deadline in one view and as a calendar, the library's wording, the transparency report.

The calendar's address is a secret of its member and holds days alone: it is the one page here that opens without
signing in. The report is counts in bands.

Source: issue "The privacy desk", section 2; clauses MP-3.12, MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from circumspect.faces.desk import shown, stepup
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.access import no_activity, open_to_all
from circumspect.faces.desk.views.acting import with_form
from circumspect.faces.desk.views.cases import IN_CHARGE
from circumspect.faces.desk.views.keeping_foia import OFFICERS
from circumspect.offices.privacydesk import deadlines, foia, transparency, wording
from circumspect.offices.privacydesk.cases import NoSuchCaseError
from circumspect.offices.privacydesk.transparency import QuarterError
from circumspect.offices.privacydesk.wording import WordingError
from circumspect.offices.staff import accounts, designations
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Role


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def due(request: DeskRequest) -> HttpResponse:
    """Every deadline, soonest first. POST: one is done, or the calendar gets a new address or none."""
    rooms = _rooms(frozenset(request.actor.roles))
    if not rooms:
        raise PermissionDenied
    address, said = "", None
    try:
        if request.method == "POST":
            address = _due_act(request)
            if not address:
                return redirect("case-deadlines")
        found = deadlines.due(house(), request.actor, [room for room, _days in rooms])
    except NoSuchCaseError:
        raise Http404 from None
    except DoorError as problem:
        return render(
            request, "desk/cases_deadlines.html", {"said": refused(problem)}, status=status_of(problem)
        )
    today = house().today()
    lines = [
        {
            "due": each,
            "day": shown.in_full(each.due_on),
            "is_late": each.due_on < today,
            "is_today": each.due_on == today,
        }
        for each in found
    ]
    context = {
        "lines": lines,
        "said": said,
        "address": address,
        "in_charge": bool(IN_CHARGE & request.actor.roles),
        "has_address": deadlines.has_address(request.member.pk),
    }
    return render(request, "desk/cases_deadlines.html", context)


def _due_act(request: DeskRequest) -> str:
    what = request.POST.get("do", "")
    if what == "address":
        token = deadlines.new_address(house(), request.member.pk)
        return request.build_absolute_uri(reverse("case-calendar", args=[token]))
    if what == "no-address":
        deadlines.drop_address(request.member.pk)
    elif what == "done":
        try:
            day = dt.date.fromisoformat(request.POST.get("day", ""))
        except ValueError:
            raise Http404 from None
        deadlines.done(house(), request.actor, request.POST.get("case", ""), day)
    return ""


@open_to_all
@no_activity
@require_safe
def calendar(_request: HttpRequest, token: str) -> HttpResponse:
    """A member's deadlines as iCalendar, for whoever has the secret address. Days, and nothing of what is due."""
    number = deadlines.member_of(house(), token)
    member = next((each for each in accounts.list_members(active_only=True) if each.pk == number), None)
    # A designation that has ended ends the calendar too.
    rooms = _rooms(designations.roles_now(member, house().clock())) if member else []
    if member is None or not rooms:
        raise Http404
    library = str(house().home.setting("library", "name", "Library"))
    days = {day for _room, days in rooms for day in days(member.pk)}
    feed = deadlines.calendar(house(), member.pk, library, days)
    return HttpResponse(feed, content_type="text/calendar; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def words(request: DeskRequest) -> HttpResponse:
    """What forms and letters say, and who approved it. The Executive Director enters what was approved."""
    _in_charge(request)
    said, problems, status = None, {}, 200
    if request.method == "POST":
        if Role.EXECUTIVE_DIRECTOR not in request.actor.roles:
            raise PermissionDenied
        if not stepup.stepped_up(request):
            return stepup.ask(request)
        name = request.POST.get("name", "")
        try:
            try:
                day = dt.date.fromisoformat(request.POST.get("approved_on", ""))
            except ValueError:
                raise WordingError("a day is year-month-day, such as 2026-11-30", "approved_on") from None
            wording.adopt(
                name,
                request.POST.get("text", ""),
                approved_by=request.POST.get("approved_by", ""),
                approved_on=day,
                today=house().today(),
            )
            said = Said(Tone.DONE, "It is in force from now on.")
        except WordingError as problem:
            said, problems, status = (
                Said(Tone.STOP, "Nothing was changed.", f"{str(problem).capitalize()}."),
                {problem.field: str(problem)},
                422,
            )
    texts = [
        {
            "text": each,
            "day": shown.in_full(each.approved_on),
            "is_open": status == 422 and request.POST.get("name") == each.name,
        }
        for each in wording.texts().values()
    ]
    context = {
        "texts": texts,
        "said": said,
        "problems": problems,
        "typed": request.POST,
        "may_adopt": Role.EXECUTIVE_DIRECTOR in request.actor.roles,
        "version": wording.version_of(wording.FORM),
        "unapproved": sum(not each.approved_by for each in wording.texts().values()),
    }
    return render(request, "desk/cases_wording.html", context, status=status)


@require_safe
@with_form
def counts(request: DeskRequest) -> HttpResponse:
    """The transparency report of a quarter, as a page or a table for a spreadsheet."""
    _in_charge(request)
    today = house().today()
    known = transparency.quarters(today)
    try:
        told = transparency.report(request.GET.get("quarter", known[0]), today)
    except QuarterError:
        raise Http404 from None
    if request.GET.get("as") == "csv":
        response = HttpResponse(transparency.as_csv(told), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="requests-{told.quarter}.csv"'
        return response
    context = {"report": told, "outcomes": transparency.OUTCOMES, "quarters": known}
    return render(request, "desk/cases_counts.html", context)


def _rooms(roles: frozenset[str]) -> list[tuple[deadlines.Room, Callable[[int], set[dt.date]]]]:
    """Whose deadlines somebody with these roles sees: those of cases, of requests for public records, or both."""
    of_cases: tuple[deadlines.Room, Callable[[int], set[dt.date]]] = (
        deadlines.of_cases,
        lambda member: deadlines.days_of_cases(house(), member),
    )
    return [
        *([of_cases] if IN_CHARGE & roles else []),
        *([(foia.due, lambda _member: foia.days_due())] if OFFICERS & roles else []),
    ]


def _in_charge(request: DeskRequest) -> None:
    if not IN_CHARGE & request.actor.roles:
        raise PermissionDenied
