"""Keeping and forgetting, on screen: the sweep, the schedule, certificates, media, and the state of the promises.

Nobody's record is here: counts, rules and days. Directors and the Privacy In Charge decide; whoever looks after the
system reads along. Being forgotten on request stands with the open patron: see ``forget_patron``.

Source: clauses TH-1.3, TH-1.5, TH-1.8, TH-1.10, MP-4.7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect import composition
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.ruleforms import Field
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone
from circumspect.faces.desk.views.acting import act, with_form
from circumspect.faces.desk.views.office import KEEPING
from circumspect.offices.retention import (
    certificates,
    deciding,
    disposing,
    erasing,
    evidence,
    media,
    overdue,
    sweeping,
)
from circumspect.offices.retention.deciding import RetentionError, RetentionFieldError, Wish
from circumspect.offices.retention.erasing import Ending, Outcome
from circumspect.offices.retention.models import DisposalState, MediumEnd, MediumKind, ScheduleDecision
from circumspect.offices.staff.models import StaffMember
from circumspect.records.fees.rules import dollars
from circumspect.trust.policy.schedule import Basis, ScheduleItem, Trigger

_EVIDENCE_DAYS = 30
_CERTIFICATE_SECONDS = 900
_SALT = "forgetting"
_NOT_YOURS = Said(Tone.STOP, "These pages are for those who answer for the library's records.")
_NOT_TO_DECIDE = Said(
    Tone.STOP, "A director or the Privacy In Charge decides this.", "You may read it. Nothing was changed."
)

View = Callable[[DeskRequest], HttpResponse]


def _for_keepers(view: View) -> Callable[..., HttpResponse]:
    """Let in those whose work it is; tell the others whose it is."""

    @with_form
    @wraps(view)
    def asked(request: DeskRequest) -> HttpResponse:
        if not KEEPING & request.actor.roles:
            return render(request, "desk/retention_closed.html", {"said": _NOT_YOURS}, status=403)
        return view(request)

    return asked


# the sweep


@require_safe
@_for_keepers
def dashboard(request: DeskRequest) -> HttpResponse:
    """What the sweep let go of, what waits, and whether somebody has to be told."""
    waiting = overdue.waiting(house(), composition.overdue_elsewhere())
    schedule = house().schedule()
    context = {
        "late": sweeping.is_late(house()),
        "last": sweeping.last_sweep(),
        "waiting": [
            (
                schedule.items[series].title if series in schedule.items else series,
                count,
                series in overdue.MAY_BE_KEPT,
            )
            for series, count in waiting.items()
        ],
        "keys": overdue.keys_waiting(house()),
        "evidence": [
            (schedule.items[line.series].title if line.series in schedule.items else line.series, line)
            for line in evidence.since(house().today() - dt.timedelta(days=_EVIDENCE_DAYS))
        ],
        "days": _EVIDENCE_DAYS,
    }
    return render(request, "desk/retention_sweep.html", context)


# the schedule


@dataclass(frozen=True, slots=True)
class RuleShown:
    """One row of the schedule."""

    item: ScheduleItem
    period: str
    basis: str


@require_http_methods(["GET", "HEAD", "POST"])
@_for_keepers
def schedule(request: DeskRequest) -> HttpResponse:
    """The schedule in force; for those who may, the form that decides about one series."""
    if request.method != "POST":
        return _schedule_page(request, request.GET.get("series", ""), {}, {})
    typed = {name: str(value) for name, value in request.POST.items()}
    series = typed.get("series", "")
    try:
        wish = Wish(
            series,
            _number(typed.get("days", "")),
            typed.get("application", "").strip(),
            typed.get("item", "").strip(),
            typed.get("why", ""),
        )
        deciding.decide(house(), request.actor, wish)
    except RetentionFieldError as problem:
        return _schedule_page(request, series, typed, {problem.field: problem.reason}, status=422)
    except RetentionError:
        return _schedule_page(request, series, typed, {}, said=_NOT_TO_DECIDE, status=403)
    return redirect("retention-schedule")


def _schedule_page(
    request: DeskRequest,
    series: str,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    said: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    in_force = house().schedule()
    chosen = in_force.items.get(series)
    context = {
        "rows": [RuleShown(item, period_of(item), _BASES[item.basis]) for item in in_force.items.values()],
        "chosen": chosen,
        "chosen_period": period_of(chosen) if chosen else "",
        "fields": _fields(chosen, typed, wrong) if chosen else [],
        "history": _history(series) if chosen else [],
        "may_decide": deciding.may_decide(request.actor),
        "missing": len(in_force.missing_references()),
        "said": said,
        "wrong": wrong,
    }
    return render(request, "desk/retention_schedule.html", context, status=status)


_BASES = {
    Basis.TRANSIENT: "lives only as long as it serves",
    Basis.CERTIFICATE: "needs a disposal certificate",
    Basis.HOLD: "not while a legal hold stands",
}


def period_of(item: ScheduleItem) -> str:
    """A period in words."""
    if item.trigger is Trigger.NEVER:
        return "kept"
    days = "at once" if item.days == 0 else "1 day" if item.days == 1 else f"{item.days} days"
    if item.life_days and not item.life_follows_days:
        return f"{days}; keys live {item.life_days} days at most"
    return days


def _fields(item: ScheduleItem, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    bounds = (
        f"{item.least_days} to {item.most_days}." if item.may_be_decided else "The clauses leave no choice."
    )
    values = {"days": str(item.days), "application": item.application, "item": item.item, "why": ""}
    labels = (
        ("days", "Days kept", "number", bounds),
        ("application", "Schedule application number", "text", "As the Local Records Commission gave it."),
        ("item", "Item number", "text", ""),
        ("why", "On what ground", "text", "For the minutes; it shows on the public page. No names."),
    )
    return [
        Field(name, label, kind, typed.get(name, values[name]), wrong.get(name, ""), why)
        for name, label, kind, why in labels
    ]


def _history(series: str) -> list[tuple[ScheduleDecision, dt.date, str]]:
    rows = deciding.history(series)
    return [(row, deciding.decided_on(house(), row), _who(row.decided_by)) for row in rows]


def _who(number: str) -> str:
    member = StaffMember.objects.filter(pk=number).first() if number.isdecimal() else None
    return member.display_name if member else "somebody no longer here"


# certificates


@require_http_methods(["GET", "HEAD", "POST"])
@_for_keepers
def disposals(request: DeskRequest) -> HttpResponse:
    """What waits for a certificate; enter one."""
    wrong: dict[str, str] = {}
    said, status, typed = None, 200, {}
    if request.method == "POST":
        typed = {name: str(value) for name, value in request.POST.items()}
        try:
            disposing.enter_certificate(
                house(),
                request.actor,
                _id(typed.get("disposal", "")),
                typed.get("number", ""),
                _day(typed.get("not_before", "")),
            )
            return redirect("retention-disposals")
        except RetentionFieldError as problem:
            wrong, status = {problem.field: problem.reason}, 422
        except RetentionError:
            said, status = _NOT_TO_DECIDE, 403
    rows = disposing.listed()
    shown = [
        {
            "row": row,
            "line": line,
            "waits": row.state == DisposalState.PROPOSED.value,
            "typed": typed if typed.get("disposal") == str(row.pk) else {},
            "wrong": wrong if typed.get("disposal") == str(row.pk) else {},
        }
        for row, line in zip(rows, disposing.lines(house(), rows), strict=True)
    ]
    context = {"rows": shown, "may_decide": deciding.may_decide(request.actor), "said": said, "wrong": wrong}
    return render(request, "desk/retention_disposals.html", context, status=status)


@require_safe
@_for_keepers
def disposals_csv(_request: DeskRequest) -> HttpResponse:
    """The certificates' data for a program."""
    return _file(disposing.as_csv(house()), "text/csv; charset=utf-8", "disposals.csv")


@require_safe
@_for_keepers
def disposals_pdf(_request: DeskRequest) -> HttpResponse:
    """The certificates' data on paper."""
    return _file(disposing.as_pdf(house()), "application/pdf", "disposals.pdf")


# media


@require_http_methods(["GET", "HEAD", "POST"])
@_for_keepers
def media_register(request: DeskRequest) -> HttpResponse:
    """The register of media, and the forms that write in it."""
    typed: dict[str, str] = {}
    wrong: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {name: str(value) for name, value in request.POST.items()}
        try:
            _write_medium(request, typed)
            return redirect("retention-media")
        except RetentionFieldError as problem:
            wrong, status = {problem.field: problem.reason}, 422
    context = {
        "rows": media.listed(),
        "fields": [
            Field(
                "mark",
                "Number on it",
                "text",
                typed.get("mark", ""),
                wrong.get("mark", ""),
                "Its inventory number.",
            ),
            Field(
                "kind",
                "What it is",
                "choice",
                typed.get("kind", ""),
                wrong.get("kind", ""),
                "",
                tuple((each.value, each.value) for each in MediumKind),
            ),
            Field(
                "held",
                "What it holds",
                "choice",
                typed.get("held", ""),
                wrong.get("held", ""),
                "",
                tuple((each, each) for each in media.HELD),
            ),
        ],
        "ends": [each.value for each in MediumEnd],
        "today": house().today().isoformat(),
        "wrong_end": wrong.get("how", "") or wrong.get("day", ""),
    }
    return render(request, "desk/retention_media.html", context, status=status)


def _write_medium(request: DeskRequest, typed: Mapping[str, str]) -> None:
    medium = _id(typed.get("medium", ""))
    if typed.get("act") == "retire":
        media.retire(house(), request.actor, medium)
    elif typed.get("act") == "end":
        media.end(house(), request.actor, medium, typed.get("how", ""), _day(typed.get("day", "")))
    else:
        media.enter(
            house(), request.actor, typed.get("mark", ""), typed.get("kind", ""), typed.get("held", "")
        )


# the promises


@require_safe
@_for_keepers
def promises(request: DeskRequest) -> HttpResponse:
    """Each promise, looked at now."""
    found = composition.attested(house())
    context = {"promises": found, "open": sum(not each.kept for each in found), "day": house().today()}
    return render(request, "desk/retention_promises.html", context)


@require_safe
@_for_keepers
def promises_pdf(_request: DeskRequest) -> HttpResponse:
    """The same for the board."""
    library = str(house().home.setting("library", "name", "The library"))
    page = certificates.promises_page(composition.attested(house()), library, house().today())
    return _file(page, "application/pdf", "promises.pdf")


# being forgotten on request, with the open patron


@act
def forget_patron(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """Forget the open patron, who asks for it; say what stands against it, or hand out the certificate."""
    if request.POST.get("sure") != "yes":
        return Screen(
            open_form="forget",
            form_error="tick that the patron asks for it: nothing brings it back",
            typed={},
        )
    outcome = erasing.erase_on_request(
        house(), request.actor, held.patron, spare=composition.spared_letters(house())
    )
    if not outcome.is_done:
        return Screen(said=_why_not(outcome))
    context = {"outcome": outcome, "owed": dollars(outcome.owed_cents), "token": _token(outcome)}
    return render(request, "desk/retention_forgotten.html", context)


def _why_not(outcome: Outcome) -> Said:
    if outcome.ending is Ending.THINGS_OUT:
        out = "1 thing is" if outcome.out == 1 else f"{outcome.out} things are"
        return Said(
            Tone.STOP, f"{out} still out.", "Nothing was changed. Take it back first, then ask again."
        )
    left = f"{dollars(outcome.left_cents)} is" if outcome.left_cents else "There is money"
    return Said(
        Tone.STOP, f"{left} left on the card.", "Nothing was changed. Pay it out first, on the fees page."
    )


def _token(outcome: Outcome) -> str:
    told = [outcome.ending.value, outcome.day.isoformat(), outcome.owed_cents, outcome.number]
    return signing.dumps(told, salt=_SALT)


@require_POST
def forget_certificate(request: HttpRequest) -> HttpResponse:
    """The certificate of a forgetting that was just done. It holds no name, and is kept nowhere."""
    try:
        ending, day, owed, number = signing.loads(
            request.POST.get("token", ""), salt=_SALT, max_age=_CERTIFICATE_SECONDS
        )
    except signing.BadSignature:
        return redirect("desk")
    outcome = Outcome(Ending(ending), dt.date.fromisoformat(day), owed_cents=owed, number=number)
    library = str(house().home.setting("library", "name", "The library"))
    page = certificates.erasure_certificate(outcome, library, request.POST.get("language", "en"))
    return _file(page, "application/pdf", "certificate.pdf")


# helpers


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _number(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise RetentionFieldError("days", "give a whole number")
    return int(text)


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else -1


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
