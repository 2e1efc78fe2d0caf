"""Requests for public records at the desk: anybody writes one down; the FOIA officer answers it in time.

A search goes over public records alone: letters that have no bearing on what anybody borrows, and published policies.
What was found is shown with what looks private taken out; a person reads it, takes out more or leaves something in, and
says that they did. A denial's letter is made from the reasons. The file of denials names nobody.

Source: issue "The privacy desk", section 2; clauses TH-1.6, TH-4.4, MP-7.8; 5 ILCS 140.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from circumspect import composition
from circumspect.faces.desk import casesheet, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import typed, with_form
from circumspect.offices.privacydesk import caseids, foia
from circumspect.offices.privacydesk.cases import ChangedMeanwhileError, NoSuchCaseError
from circumspect.offices.privacydesk.foia import Found
from circumspect.offices.privacydesk.foia_redaction import private_spans
from circumspect.offices.privacydesk.foia_rules import FOIA_MACHINE, TAKE_IN
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.preservation import zone
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Role

OFFICERS = frozenset({Role.FOIA_OFFICER, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR})


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def foia_list(request: DeskRequest) -> HttpResponse:
    """The register, and the form by which anybody writes a request down."""
    problems: Mapping[str, str] = {}
    said, status = None, 200
    if request.method == "POST":
        try:
            number = caseids.number_of(foia.take_in(house(), request.actor, typed(request)))
            if _answers(request):
                return redirect("foia-request", asked=number)
            said = Said(Tone.DONE, "It is written down.", "The FOIA officer has it. You need not do more.")
        except StepError as problem:
            problems, status = problem.problems, 422
            said = Said(
                Tone.STOP, "Not written down yet.", "What you typed is all here. Look at what is marked."
            )
        except DoorError as problem:
            said, status = refused(problem), status_of(problem)
    context: dict[str, Any] = {"said": said, "is_officer": _answers(request)}
    context["fields"] = casesheet.form_fields(
        TAKE_IN, typed(request) if status == 422 else {}, problems, "foia", house().clock(), zone(house())
    )
    if _answers(request):
        try:
            context["closed"] = request.GET.get("show") == "answered"
            context["lines"] = [
                _line(each) for each in foia.register(house(), request.actor, closed=context["closed"])
            ]
        except DoorError as problem:
            context["said"], status = refused(problem), status_of(problem)
    return render(request, "desk/keeping_foia_list.html", context, status=status)


def _answers(request: DeskRequest) -> bool:
    return bool(OFFICERS & set(request.actor.roles))


def _line(seen: foia.Seen) -> dict[str, Any]:
    return {
        "number": seen.number,
        "asked": seen.standing.intake.get("asked", "")[:120],
        "state": {**FOIA_MACHINE.states, **FOIA_MACHINE.ends}[seen.standing.state],
        "received": shown.in_full(seen.received_on),
        "due": shown.in_full(seen.due_on),
        "is_late": seen.is_late,
        "is_over": seen.is_over,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@with_form
def foia_request(request: DeskRequest, asked: str) -> HttpResponse:
    """One request. POST: a step, a search, or a paper."""
    which = caseids.id_of(asked)
    if which is None:
        raise Http404
    said, status, step, problems = None, 200, "", {}
    found: Sequence[Found] | None = None
    try:
        if request.method == "POST":
            act = request.POST.get("do", "")
            if act == "letter":
                return _letter(request, which)
            if act == "released":
                return _released(request, which)
            if act == "search":
                found = foia.search(
                    house(), request.actor, request.POST.get("terms", "")[:200], composition.public_sources()
                )
            else:
                step = request.POST.get("step", "")
                foia.do(house(), request.actor, which, step, typed(request), records=_chosen(request))
                return redirect("foia-request", asked=caseids.number_of(which))
    except StepError as problem:
        problems, status = problem.problems, 422
        words = problems.get("", "Look at what is marked")
        said = Said(Tone.STOP, "Nothing was changed.", f"{words[:1].upper()}{words[1:]}.")
    except ChangedMeanwhileError:
        said, status = Said(Tone.STOP, "Somebody else took a step first.", "Look at the request again."), 409
    except NoSuchCaseError:
        raise Http404 from None
    except DoorError as problem:
        said, status = refused(problem), status_of(problem)
    return _show(request, which, said, status, step, problems, found)


def _show(
    request: DeskRequest,
    which: int,
    said: Said | None,
    status: int,
    step: str,
    problems: Mapping[str, str],
    found: Sequence[Found] | None,
) -> HttpResponse:
    try:
        seen = foia.open_request(house(), request.actor, which)
    except NoSuchCaseError:
        raise Http404 from None
    except DoorError as problem:
        context: dict[str, Any] = {"said": refused(problem), "stopped": True}
        return render(request, "desk/keeping_foia_list.html", context, status=status_of(problem))
    now = house().clock()
    steps = [
        {
            "code": each.code,
            "words": each.words,
            "about": each.about,
            "is_open": each.code == step,
            "error": problems.get("", "") if each.code == step else "",
            "fields": casesheet.form_fields(
                each.fields,
                typed(request) if each.code == step else {},
                problems if each.code == step else {},
                each.code,
                now,
                zone(house()),
            ),
        }
        for each in FOIA_MACHINE.offered(seen.standing.state)
        if each.makes != "release"
    ]
    known = seen.standing.known
    context = {
        "said": said,
        "line": _line(seen),
        "intake": seen.standing.intake,
        "about": FOIA_MACHINE.about,
        "steps": steps,
        "found": [_cut(place, each) for place, each in enumerate(found)] if found is not None else None,
        "terms": request.POST.get("terms", ""),
        "has_released": bool(known.get("records")),
        "has_letter": bool(seen.standing.did("deny", "grant_in_part")),
    }
    return render(request, "desk/keeping_foia.html", context, status=status)


def _cut(place: int, found: Found) -> dict[str, Any]:
    """A record as it would be released, with each thing that was taken out, to be left in where it is public."""
    spans = [
        (number, span.kind, found.text[span.start : span.end])
        for number, span in enumerate(private_spans(found.text))
    ]
    return {
        "place": place,
        "source": found.source,
        "id": found.id,
        "title": foia.released_text(found.title, {}),
        "text": foia.released_text(found.text, {}),
        "spans": spans,
    }


def _chosen(request: DeskRequest) -> list[dict[str, object]]:
    """Which of the records that were found are released, and what a person decided about each."""
    chosen: list[dict[str, object]] = []
    for each in request.POST.getlist("record")[:200]:
        place, _, rest = each.partition("|")
        source, _, record = rest.partition("|")
        chosen.append(
            {
                "source": source,
                "id": record,
                "leave": [int(one) for one in request.POST.getlist(f"leave-{place}") if one.isdecimal()],
                "also": [
                    one.strip() for one in request.POST.get(f"also-{place}", "").split(",") if one.strip()
                ][:20],
            }
        )
    return chosen


def _letter(request: DeskRequest, which: int) -> HttpResponse:
    seen = foia.open_request(house(), request.actor, which)
    if not seen.standing.did("deny", "grant_in_part"):
        raise StepError({"": "there is no letter yet"})
    return _saved(foia.denial_print(house(), seen), f"letter-{seen.number}.pdf", "application/pdf")


def _released(request: DeskRequest, which: int) -> HttpResponse:
    parts = foia.released(house(), request.actor, which, composition.public_sources())
    text = "\n\n".join(f"{title}\n\n{body}" for title, body in parts) + "\n"
    return _saved(text.encode(), f"records-{caseids.number_of(which)}.txt", "text/plain; charset=utf-8")


def _saved(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@with_form
def denials(request: DeskRequest) -> HttpResponse:
    """The central file of denials, by exemption. It is open to everybody, and names nobody."""
    filed = [
        (citation, [(shown.in_full(each.decided_on), each) for each in rows])
        for citation, rows in foia.denials_by_exemption().items()
    ]
    return render(request, "desk/keeping_denials.html", {"filed": filed})
