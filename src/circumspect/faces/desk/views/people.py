"""The people who may open records: who is due, who is designated, who is on duty, who is trained, the board.

Nothing of a patron is here. Everybody has the guideline card; supervisors see who is due and confirm talks;
those in charge of privacy see the rest; the Executive Director designates, after a fresh proof.

Source: clauses MP-5.1, MP-7.1 to MP-7.4, MP-7.13, MP-7.16 to MP-7.18; issue "The privacy desk", section 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect import composition
from circumspect.faces.desk.certificate import certificate_pdf
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.stepup import needs_step_up
from circumspect.faces.desk.views.office import PRIVACY, SUPERVISING
from circumspect.offices.staff import (
    accounts,
    appointing,
    coverage,
    designations,
    due,
    duelist,
    duty,
    orientation,
    routine,
    signoff,
    training,
    trustees,
)
from circumspect.offices.staff.appointing import DesignationError, Wish
from circumspect.offices.staff.designating import NAMES, Title
from circumspect.offices.staff.models import (
    ContinuingReview,
    Designation,
    DutyAway,
    DutyShift,
    StaffMember,
    Trustee,
)
from circumspect.records.circulation.rulebook import zone_of
from circumspect.trust.policy.request import Role

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What the forms' fields are called where a day or an hour in them cannot be read.
_FIELD_WORDS = "Fill in this day."

View = Callable[..., HttpResponseBase]


class FormError(ValueError):
    """A form's field cannot be read. ``field`` names it."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


_WRONG = (
    FormError,
    DesignationError,
    duty.DutyError,
    training.TrainingError,
    trustees.TrusteeError,
    orientation.OrientationError,
    accounts.AccountError,
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a form, and which: the page shows it beside what was typed."""

    act: str = ""
    field: str = ""
    message: str = ""
    beyond_most: bool = False


def for_roles(roles: frozenset[Role]) -> Callable[[View], View]:
    """Let only these roles have a page; the others are told whose it is."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
            if not roles & cast(DeskRequest, request).actor.roles:
                return not_yours(request)
            return view(request, *args, **more)

        return guarded

    return mark


def not_yours(request: HttpRequest) -> HttpResponse:
    """The page for somebody whose roles have no work here."""
    return render(request, "desk/staff_not_yours.html", status=403)


# who is due


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(SUPERVISING)
def people(request: HttpRequest) -> HttpResponse:
    """Who is due for what, and the talks that wait to be confirmed."""
    return _page(request, _confirm, _draw_people)


def _confirm(request: DeskRequest) -> str:
    orientation.confirm(
        request.member,
        _number(request, "orientation"),
        took_place=request.POST.get("act") == "confirm",
        now=house().clock(),
    )
    return "people"


def _draw_people(request: DeskRequest, wrong: Wrong) -> HttpResponse:
    now = house().clock()
    context = {
        "due": duelist.everything(now),
        "waiting": orientation.waiting_for(request.member, now),
        "wrong": wrong,
    }
    return _drawn(request, "desk/staff_people.html", context, wrong)


# designations


@require_safe
@for_roles(PRIVACY)
def designated(request: HttpRequest) -> HttpResponse:
    """Who may authorise a disclosure, until when; who is on duty; which hours nobody covers."""
    return _draw_designated(cast(DeskRequest, request), Wrong())


@require_POST
@for_roles(frozenset({Role.EXECUTIVE_DIRECTOR}))
@needs_step_up
def appoint(request: HttpRequest) -> HttpResponse:
    """Designate somebody, or end it: the Executive Director alone, after a fresh proof."""
    return _page(request, _appoint, _draw_designated)


@require_POST
@for_roles(PRIVACY)
def roster(request: HttpRequest) -> HttpResponse:
    """Change the weekly roster and the days away."""
    return _page(request, _change_roster, _draw_designated)


def _appoint(request: DeskRequest) -> str:
    now = house().clock()
    if request.POST.get("act") == "end":
        chosen = Designation.objects.filter(pk=_number(request, "designation")).first()
        if chosen is None:
            raise FormError("There is no such designation.", field="designation")
        appointing.end(request.member, chosen, now=now)
        return "people-designations"
    wish = Wish(
        request.POST.get("title", ""),
        _day(request, "first_on"),
        _day(request, "last_on"),
        _number(request, "place"),
    )
    appointing.designate(
        request.member,
        _member(request),
        wish,
        beyond_most=request.POST.get("beyond_most") == "yes",
        now=now,
    )
    return "people-designations"


def _change_roster(request: DeskRequest) -> str:
    match request.POST.get("act", ""):
        case "shift":
            duty.put_shift(
                _member(request),
                _number(request, "weekday"),
                _time(request, "starts_at"),
                _time(request, "ends_at"),
            )
        case "away":
            duty.put_away(_member(request), _day(request, "first_on"), _day(request, "last_on"))
        case "email":
            accounts.set_work_email(
                _member(request), house().vault.secrets, request.POST.get("work_email", "")
            )
        case "phone":
            accounts.set_work_phone(
                _member(request), house().vault.secrets, request.POST.get("work_phone", "")
            )
        case "shift-off":
            DutyShift.objects.filter(pk=_number(request, "shift")).delete()
        case "away-off":
            DutyAway.objects.filter(pk=_number(request, "away")).delete()
        case _:
            raise FormError("Choose what is to be done.", field="act")
    return "people-designations"


def _draw_designated(request: DeskRequest, wrong: Wrong) -> HttpResponse:
    now = house().clock()
    today = timezone.localdate(now)
    standing = designations.standing(now)
    holders = list(dict.fromkeys(each.member for each in standing))
    coming = Designation.objects.filter(starts_on__gt=today, ended_at__isnull=True).select_related("member")
    context = {
        "standing": [
            (each, NAMES[each.title], designations.lapsed_topics(each.member, now)) for each in standing
        ],
        "coming": [(each, NAMES[each.title]) for each in coming.order_by("starts_on", "pk")],
        "is_director": Role.EXECUTIVE_DIRECTOR in request.actor.roles,
        "most": designations.most(),
        "titles": [(title.value, NAMES[title.value]) for title in Title],
        "members": [
            each for each in accounts.list_members(active_only=True) if Role.TRUSTEE not in each.roles
        ],
        "holders": holders,
        "on_duty": duty.on_duty(now),
        "call_order": duty.call_order(now),
        "week": [
            (
                name,
                DutyShift.objects.filter(weekday=number).select_related("member").order_by("starts_at", "pk"),
            )
            for number, name in enumerate(WEEKDAYS)
        ],
        "weekdays": list(enumerate(WEEKDAYS)),
        "away": DutyAway.objects.filter(last_on__gte=today)
        .select_related("member")
        .order_by("first_on", "pk"),
        "uncovered": coverage.gaps(zone_of(house()), now),
        "today": today.isoformat(),
        "typed": request.POST,
        "wrong": wrong,
    }
    return _drawn(request, "desk/staff_designations.html", context, wrong)


# trainings and reviews


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(PRIVACY)
def trainings(request: HttpRequest) -> HttpResponse:
    """What the designated have learnt, and the reviews of policy and procedures."""
    return _page(request, _note_training, _draw_trainings)


def _note_training(request: DeskRequest) -> str:
    match request.POST.get("act", ""):
        case "training":
            trained_on = _day(request, "trained_on")
            training.record(
                request.member,
                _member(request),
                request.POST.get("topic", ""),
                trained_on,
                renew_by=_day(request, "renew_by"),
            )
        case "set-review":
            training.set_review(_day(request, "due_on"))
        case "review":
            chosen = ContinuingReview.objects.filter(pk=_number(request, "review")).first()
            if chosen is None:
                raise FormError("There is no such review.", field="review")
            training.complete_review(
                request.member, chosen, request.POST.get("outcome", ""), now=house().clock()
            )
        case _:
            raise FormError("Choose what is to be done.", field="act")
    return "people-trainings"


def _draw_trainings(request: DeskRequest, wrong: Wrong) -> HttpResponse:
    now = house().clock()
    today = timezone.localdate(now)
    contacts = list(
        dict.fromkeys([*(each.member for each in designations.standing(now)), *duty.directors_now()])
    )
    context = {
        "rows": [
            (member, training.trainings_of(member), designations.lapsed_topics(member, now))
            for member in contacts
        ],
        "topics": designations.topics(),
        "closes": designations.lapsed_training_closes(),
        "reviews": ContinuingReview.objects.select_related("reviewer", "version").order_by("-due_on"),
        "outcomes": due.OUTCOMES,
        "today": today,
        "in_a_year": today + dt.timedelta(days=training.RENEW_DAYS),
        "typed": request.POST,
        "wrong": wrong,
    }
    return _drawn(request, "desk/staff_trainings.html", context, wrong)


# the board


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(PRIVACY)
def board(request: HttpRequest) -> HttpResponse:
    """The trustees, and when each went through the policy."""
    return _page(request, _note_board, _draw_board)


def _note_board(request: DeskRequest) -> str:
    if request.POST.get("act") == "add":
        trustees.add(request.POST.get("name", ""), _day(request, "since_on"))
        return "people-trustees"
    chosen = Trustee.objects.filter(pk=_number(request, "trustee")).first()
    if chosen is None:
        raise FormError("There is no such trustee.", field="trustee")
    if request.POST.get("act") == "leave":
        trustees.leave(chosen, _day(request, "until_on"))
    else:
        trustees.review(
            request.member,
            chosen,
            request.POST.get("kind", ""),
            _day(request, "done_on"),
            now=house().clock(),
        )
    return "people-trustees"


def _draw_board(request: DeskRequest, wrong: Wrong) -> HttpResponse:
    now = house().clock()
    today = timezone.localdate(now)
    rows = []
    for each in trustees.on_roster(now):
        done = sorted(each.reviews.all(), key=lambda one: one.done_on)
        owes = due.of_trustee(each.name, each.since_on, [(one.kind, one.done_on) for one in done], today)
        rows.append((each, done[-1] if done else None, owes))
    context = {"rows": rows, "kinds": due.KINDS, "today": today, "typed": request.POST, "wrong": wrong}
    return _drawn(request, "desk/staff_trustees.html", context, wrong)


# paper


@require_POST
def certificate(raw_request: HttpRequest) -> HttpResponse:
    """One's own orientation, as PDF."""
    request = cast(DeskRequest, raw_request)
    version = signoff.version_in_force(house().clock())
    done = orientation.steps(request.member, version) if version else None
    if version is None or done is None or done.signed_at is None:
        return redirect("policy")
    lines = [("Policy", f"version {version.number}, adopted {version.adopted_on:%B %-d, %Y}")]
    if done.read_at:
        lines.append(("Read to its end", _in_words(done.read_at)))
    if done.discussed_with:
        when = f" on {done.discussed_on:%B %-d, %Y}" if done.discussed_on else ""
        confirmed = f"; confirmed {_in_words(done.confirmed_at)}" if done.confirmed_at else ""
        lines.append(("Talked over with", f"{done.discussed_with.display_name}{when}{confirmed}"))
    lines.append(("Signed", _in_words(done.signed_at)))
    library = str(house().home.setting("library", "name", "Library"))
    pdf = certificate_pdf(library, "Privacy policy: orientation", request.member.display_name, lines)
    return HttpResponse(pdf, content_type="application/pdf")


@require_safe
def card(request: HttpRequest) -> HttpResponse:
    """The guideline card: what to say and do when somebody asks about a patron, on one page."""
    context = {"routine": routine.listed(), "call_order": composition.callers(house()).order()}
    return render(request, "desk/staff_card.html", context)


def _in_words(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%B %-d, %Y, %-I:%M %p}"


# forms


def _page(
    raw_request: HttpRequest,
    act: Callable[[DeskRequest], str],
    draw: Callable[[DeskRequest, Wrong], HttpResponse],
) -> HttpResponse:
    """Do what a form asks and go to the page named; where a field is at fault, show the form as it was typed."""
    request = cast(DeskRequest, raw_request)
    if request.method != "POST":
        return draw(request, Wrong())
    try:
        return redirect(act(request))
    except _WRONG as problem:
        return draw(
            request,
            Wrong(
                request.POST.get("act", ""),
                getattr(problem, "field", ""),
                str(problem),
                getattr(problem, "beyond_most", False),
            ),
        )


def _drawn(request: DeskRequest, template: str, context: Mapping[str, Any], wrong: Wrong) -> HttpResponse:
    return render(request, template, dict(context), status=422 if wrong.message else 200)


def _member(request: DeskRequest) -> StaffMember:
    chosen = StaffMember.objects.filter(pk=_number(request, "member"), active=True).first()
    if chosen is None:
        raise FormError("Choose a member of staff.", field="member")
    return chosen


def _number(request: DeskRequest, field: str) -> int:
    text = request.POST.get(field, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise FormError("Choose one from the list.", field=field)
    return int(text)


def _day(request: DeskRequest, field: str) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get(field, ""))
    except ValueError:
        raise FormError(_FIELD_WORDS, field=field) from None


def _time(request: DeskRequest, field: str) -> dt.time:
    try:
        return dt.time.fromisoformat(request.POST.get(field, ""))
    except ValueError:
        raise FormError("Fill in this hour.", field=field) from None
