"""Requests about patrons at the desk: taken in by anybody in a moment, worked on step by step by those in charge.

Whoever takes a request in is shown whom it was told and what to say, and nothing of it again. A case's page is
drawn from its kind's own table: it offers the steps that may come next. Files are handed out as attachments
of no known type, so that no browser opens what somebody brought.

Source: issue "The privacy desk", section 2; clauses MP-7.12, MP-7.13, MP-3.8.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect import composition
from circumspect.faces.desk import casesheet, opened, shown, stepup
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import StaleSlipError
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views import keeping_parts
from circumspect.faces.desk.views.acting import typed, with_form
from circumspect.offices.privacydesk import calling, caseids, cases, packets, wording
from circumspect.offices.privacydesk.access import GagError
from circumspect.offices.privacydesk.access import quietly as accesses_quietly
from circumspect.offices.privacydesk.breach_rules import STORES
from circumspect.offices.privacydesk.cases import (
    ChangedMeanwhileError,
    NoSuchCaseError,
    PaperError,
    Seen,
    Upload,
)
from circumspect.offices.privacydesk.keeping_kinds import KeepingKind
from circumspect.offices.privacydesk.kinds import MACHINES, Kind
from circumspect.offices.privacydesk.machines import Right, Step, StepError
from circumspect.offices.privacydesk.packets import PacketError
from circumspect.offices.privacydesk.scopes import Identity, Line, Scope, ScopeError, identity_scope
from circumspect.offices.staff import accounts, designations
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.patrons import cards, finding
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Action, Circumstance, Purpose, Role

IN_CHARGE = frozenset({Role.PRIVACY_IN_CHARGE, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR})
_CHOICE = "case-patron"
_MOST_FOUND = 12
# Steps by which somebody authorises: whoever takes one proves once more who they are.
_WEIGHTY = frozenset(
    step.code for machine in MACHINES.values() for step in machine.steps if step.right is Right.AUTHORISE
)

log = logging.getLogger("circumspect.cases")


@dataclass(slots=True)
class _Page:
    """What came of an act on a case's page."""

    said: Said | None = None
    step: str = ""
    problems: Mapping[str, str] | None = None
    found: Sequence[tuple[str, str]] | None = None
    status: int = 200
    typed: Mapping[str, str] = field(default_factory=dict)


# taking in


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def intake(request: DeskRequest) -> HttpResponse:
    """Somebody asks about a patron: write it down. What was written is not shown again."""
    problems: Mapping[str, str] = {}
    said: Said | None = None
    if request.method == "POST":
        try:
            found = (
                cards.find_card(house(), request.POST.get("card", "")) if request.POST.get("card") else None
            )
            uploads = [Upload(str(each.name), each.read()) for each in request.FILES.getlist("papers")]
            written: list[int] = []
            cases.take_in(
                house(),
                request.actor,
                _flat(request),
                uploads,
                patron=found.patron if found else None,
                card_given=bool(request.POST.get("card", "").strip()),
                told=lambda which, urgent: written.append(
                    calling.tell(house(), composition.callers(house()), which, urgent)
                ),
                keeps=composition.guard,
            )
            urgent = request.POST.get("urgent") == "yes"
            context = {
                "urgent": urgent,
                "calls": composition.callers(house()).order(),
                "written": any(written),
            }
            return render(request, "desk/cases_taken.html", context)
        except StepError as problem:
            problems = problem.problems
            again = " Choose the papers again." if request.FILES else ""
            said = Said(
                Tone.STOP,
                "Not written down yet.",
                f"What you typed is all here. Look at what is marked.{again}",
            )
        except PaperError as problem:
            said = Said(Tone.STOP, "Not written down yet.", f"{str(problem).capitalize()}.")
        except DoorError as problem:
            return render(
                request,
                "desk/cases_intake.html",
                _intake(request, {}, refused(problem)),
                status=status_of(problem),
            )
    return render(
        request, "desk/cases_intake.html", _intake(request, problems, said), status=422 if said else 200
    )


def _intake(request: DeskRequest, problems: Mapping[str, str], said: Said | None) -> dict[str, Any]:
    now = house().clock()
    fields = casesheet.form_fields(cases.INTAKE, _flat(request), problems, "intake", now, zone_of(house()))
    return {"fields": fields, "said": said, "card": request.POST.get("card", "")}


# the list


@require_safe
@with_form
def listed(request: DeskRequest) -> HttpResponse:
    """The cases somebody may see."""
    closed = request.GET.get("show") == "over"
    try:
        found = cases.list_cases(house(), request.actor, closed=closed)
    except DoorError as problem:
        context: dict[str, Any] = {"said": refused(problem)}
        return render(request, "desk/cases_list.html", context, status=status_of(problem))
    zone = zone_of(house())
    lines = [
        {
            "number": each.number,
            "what": casesheet.state_of(each),
            "day": shown.in_full(shown.day_of(each.standing.taken_at, zone)),
            "is_urgent": each.standing.intake.get("urgent") == "yes" and not each.is_over,
            "is_sealed": each.access.is_sealed,
        }
        for each in found
    ]
    return render(request, "desk/cases_list.html", {"lines": lines, "closed": closed})


# one case


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def case(request: DeskRequest, case: str) -> HttpResponse:
    """One case. POST: one act on it."""
    which = case_number(case)
    page = _Page(typed=_flat(request))
    weighs = request.POST.get("step") in _WEIGHTY or request.POST.get("do") == "ungag"
    if request.method == "POST" and weighs and not stepup.stepped_up(request):
        return stepup.ask(request)
    if request.method == "POST":
        act = _ACTS.get(request.POST.get("do", ""), _step)
        try:
            page = act(request, which) or page
            if page.said is None and page.found is None and page.problems is None:
                return redirect("case", case=caseids.number_of(which))
        except StepError as problem:
            page.step, page.problems, page.status = request.POST.get("step", ""), problem.problems, 422
            page.said = Said(
                Tone.STOP,
                "Nothing was changed.",
                _sentence(problem.problems.get("", "Look at what is marked")),
            )
        except (ScopeError, PaperError, GagError, PacketError) as problem:
            page.said, page.status = Said(Tone.STOP, "Nothing was changed.", _sentence(str(problem))), 422
            page.step, page.problems = request.POST.get("step", ""), {"": str(problem)}
        except ChangedMeanwhileError:
            page.said = Said(Tone.STOP, "Somebody else took a step first.", "Look at the case again.")
        except NoSuchCaseError:
            raise Http404 from None
        except DoorError as problem:
            page.said, page.status = refused(problem), status_of(problem)
    return _show(request, which, page)


def _show(request: DeskRequest, which: int, page: _Page) -> HttpResponse:
    try:
        seen = cases.open_case(house(), request.actor, which)
    except NoSuchCaseError:
        raise Http404 from None
    except DoorError as problem:
        context: dict[str, Any] = {"said": refused(problem)}
        return render(request, "desk/cases_list.html", context, status=status_of(problem))
    names = {each.pk: each.display_name for each in accounts.list_members()}
    sheet = casesheet.sheet_of(
        seen,
        names=names,
        zone=zone_of(house()),
        now=house().clock(),
        typed=page.typed,
        step=page.step,
        problems=page.problems,
        said=wording.words(*wording.STATEMENTS),
    )
    context = {
        "case": seen,
        "sheet": sheet,
        "said": page.said,
        "found": page.found,
        "typed": page.typed,
        "go_now": wording.words("go_now")["go_now"] if seen.standing.kind == Kind.WARRANT else "",
        "packet": _packet_shown(request, seen),
        "people": _nameable(request, seen, page),
        "review_on": shown.in_full(seen.access.review_on),
        "review_day": page.typed.get("review_on") or str(seen.access.review_on or ""),
        "named": [names.get(each, str(each)) for each in sorted(seen.access.named)],
        "is_emergency": seen.standing.kind == Kind.EMERGENCY,
        "prints": casesheet.prints_of(seen),
        **keeping_parts.beside(seen),
        **_choices(request, seen, page),
        "may_encrypt": casesheet.may_encrypt(seen),
        "content_files": casesheet.content_names(seen),
    }
    return render(request, "desk/cases_case.html", context, status=page.status)


def _choices(request: DeskRequest, seen: Seen, page: _Page) -> dict[str, Any]:
    """What can be ticked on a form, and what is: as it was sent where something was wrong with it, or a person was looked for."""
    sent = request.POST if page.problems is not None or page.found is not None else QueryDict()
    asked = seen.standing.known.get("wanted", "").split(",")
    ids = [name for name in sent if name.startswith("id-")]
    return {
        "series": [
            {
                "name": name,
                "words": words,
                "fields": [(code, label, code in sent.getlist(f"in-{name}")) for code, label in fields],
                "is_open": bool(sent.getlist(f"in-{name}")),
                "first": sent.get(f"first-{name}", ""),
                "last": sent.get(f"last-{name}", ""),
            }
            for name, words, fields in casesheet.choosable_series(
                house().home.fields_on, frozenset(composition.collectors())
            )
        ],
        # What the officer signed for is what there is to tell.
        "identities": [
            (code, words, f"id-{code}" in sent if ids else code in asked)
            for code, words in casesheet.identities(house().home.fields_on)
            if "wanted" not in seen.standing.known or code in asked
        ],
        "stores": [(code, words, code in sent.getlist("reached")) for code, words in STORES.items()],
        "content_ticked": [int(each) for each in sent.getlist("content") if each.isdecimal()],
    }


def _nameable(request: DeskRequest, seen: Seen, page: _Page) -> list[tuple[int, str, bool]]:
    """Who else can be named in a gag, and who is: those in charge now, and whoever was named before."""
    ticked = set(seen.access.named)
    if page.problems is not None and request.POST.get("do") == "gag":
        ticked = {int(each) for each in request.POST.getlist("named") if each.isdecimal()}
    elif not seen.access.is_sealed:
        ticked = {each.number for each in composition.callers(house()).directors()}
    now = house().clock()
    return [
        (each.pk, each.display_name, each.pk in ticked)
        for each in accounts.list_members(active_only=True)
        if each.pk != request.member.pk
        and (each.pk in ticked or IN_CHARGE & designations.roles_now(each, now))
    ]


def _packet_shown(request: DeskRequest, seen: Seen) -> dict[str, Any] | None:
    if seen.standing.state not in ("cut", "reviewed", "authorised"):
        return None
    try:
        packet = packets.look(house(), request.actor, seen)
    except (PacketError, NoSuchCaseError):
        return None
    return {
        "rows": casesheet.packet_rows(packet),
        "undated": [
            (casesheet.SERIES_WORDS.get(name, name), count) for name, count in packet.undated.items()
        ],
        "papers": [name for _number, name, _sha in packet.papers],
        "hash": packet.hash,
    }


# acts


def _step(request: DeskRequest, which: int) -> _Page | None:
    def makes(seen: Seen, step: Step, _typed: Mapping[str, str]) -> Mapping[str, str]:
        return _MAKES[step.makes](request, seen)

    cases.do(
        house(),
        request.actor,
        which,
        request.POST.get("step", ""),
        _flat(request),
        makes=makes,
        also_named=[each.number for each in composition.callers(house()).directors()],
    )
    return None


def _make_scope(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    at_intake = seen.standing.intake.get("patron", "")
    if (
        seen.standing.kind == KeepingKind.PRESERVATION
        and at_intake
        and request.POST.get("patron") == "intake"
    ):
        patron = int(at_intake)
    else:
        patron = _chosen(request, seen.id)
    if seen.standing.kind == Kind.EMERGENCY:
        wanted = [each for each in Identity if f"id-{each.name.lower()}" in request.POST]
        return {"scope": identity_scope(patron, wanted).to_text()}
    lines = [
        Line(
            patron,
            series,
            frozenset(request.POST.getlist(f"in-{series}")) & {name for name, _words in fields},
            _day(request, f"first-{series}"),
            _day(request, f"last-{series}"),
        )
        for series, _words, fields in casesheet.choosable_series(
            house().home.fields_on, frozenset(composition.collectors())
        )
        if request.POST.getlist(f"in-{series}")
    ]
    others: tuple[Line, ...] = ()
    if request.POST.get("keep") == "yes" and seen.standing.known.get("scope"):
        before = Scope.from_text(seen.standing.known["scope"])
        others = tuple(line for line in before.lines if line.patron != patron)
    return {"scope": Scope((*others, *lines)).to_text()}


def _make_patron(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return {"own_patron": str(_chosen(request, seen.id))}


def _make_form(request: DeskRequest, _seen: Seen) -> Mapping[str, str]:
    wanted = [each.name.lower() for each in Identity if f"id-{each.name.lower()}" in request.POST]
    return {"wanted": ",".join(wanted), "form_version": wording.version_of(wording.FORM)}


def _make_packet(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return packets.cut(house(), request.actor, seen, composition.collectors())


def _make_content(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    chosen = [int(each) for each in request.POST.getlist("content") if each.isdecimal()]
    return packets.choose(house(), request.actor, seen, chosen)


def _make_delivery(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return packets.check_delivery(house(), request.actor, seen)


_MAKES: Mapping[str, Callable[[DeskRequest, Seen], Mapping[str, str]]] = {
    "scope": _make_scope,
    "patron": _make_patron,
    "form": _make_form,
    "packet": _make_packet,
    "content": _make_content,
    "delivery": _make_delivery,
    **keeping_parts.MAKES,
}


def _find(request: DeskRequest, which: int) -> _Page:
    """Who is meant: by card, by contact or by name. The fewest details that tell two people apart."""
    typed_text = request.POST.get("find", "").strip()[:200]
    row, access = cases.case_row(house(), request.actor, which)
    card = cards.find_card(house(), typed_text) if typed_text else None
    if card is not None:
        patrons = [card.patron]
    elif "@" in typed_text:
        patrons = finding.find_contact(house().vault, typed_text, _MOST_FOUND)
    else:
        patrons = finding.find_name(house().vault, typed_text, _MOST_FOUND)
    if not patrons:
        said = Said(Tone.NOTE, "Nobody was found.", "Try the card's number, or the name as it is spelled.")
        return _Page(said, found=(), typed=_flat(request), step=request.POST.get("step", ""))
    names = ("given_name", "family_name", "street")
    with accesses_quietly(house(), request.actor, row.id, access):
        opening = house().door.ask(
            request.actor,
            action=Action.VIEW,
            purpose=Purpose.FIND,
            series=REGISTRATION,
            subjects=patrons,
            fields=names,
            circumstance=Circumstance.CASE,
        )
    found = [
        (
            opened.seal(request, _CHOICE, {"p": record.patron, "c": which}),
            f"{shown.full_name(record['given_name'], record['family_name'])}, {record['street']}".rstrip(
                ", "
            ),
        )
        for record in read(opening, patrons, names)
    ]
    return _Page(found=found, typed=_flat(request), step=request.POST.get("step", ""))


def _chosen(request: DeskRequest, which: int) -> int:
    try:
        told = opened.unseal(request, _CHOICE, request.POST.get("patron", ""))
    except StaleSlipError:
        raise StepError({"": "find the person first, and choose them"}) from None
    if told["c"] != which:
        raise StepError({"": "find the person first, and choose them"})
    return int(told["p"])


def _paper(request: DeskRequest, which: int) -> None:
    upload = request.FILES.get("paper")
    if upload is None:
        raise PaperError("choose a file")
    role = "content" if request.POST.get("role") == "content" else "paper"
    cases.add_paper(house(), request.actor, which, Upload(str(upload.name), upload.read()), role)


def _gag(request: DeskRequest, which: int) -> None:
    named = [int(each) for each in request.POST.getlist("named") if each.isdecimal()]
    review = _day(request, "review_on")
    if review is None:
        raise GagError("say on which day it is looked at again")
    cases.put_gag(house(), request.actor, which, named, review)


def _ungag(request: DeskRequest, which: int) -> None:
    why = request.POST.get("ended_by", "").strip()[:500]
    if not why:
        raise GagError("say what ended it")
    cases.end_gag(house(), request.actor, which, why=why)


def _acknowledge(request: DeskRequest, which: int) -> None:
    calling.acknowledge(house(), request.actor, which)


_ACTS: Mapping[str, Callable[[DeskRequest, int], _Page | None]] = {
    "acknowledge": _acknowledge,
    "find": _find,
    "paper": _paper,
    "gag": _gag,
    "ungag": _ungag,
    "deposit": keeping_parts.deposit,
}


# files


@require_POST
@with_form
def file(request: DeskRequest, case: str) -> HttpResponse:
    """A paper of the case, as it came: always to be saved, never to be shown."""
    which = case_number(case)
    try:
        paper = request.POST.get("paper", "")
        upload = cases.read_paper(house(), request.actor, which, int(paper) if paper.isdecimal() else 0)
    except (NoSuchCaseError, OverflowError):
        raise Http404 from None
    return attachment(upload.content, upload.name)


def attachment(content: bytes, name: str) -> HttpResponse:
    """Bytes to be saved: of no type that a browser would open."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = (
        f'attachment; filename="{name.encode("ascii", "replace").decode().replace(chr(34), "")}"'
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def case_number(number: str) -> int:
    which = caseids.id_of(number)
    if which is None:
        raise Http404
    return which


def _flat(request: HttpRequest) -> dict[str, str]:
    return typed(request)


def _day(request: HttpRequest, name: str) -> dt.date | None:
    text = request.POST.get(name, "").strip()
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise ScopeError("a day is year-month-day, such as 2026-11-30") from None


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
