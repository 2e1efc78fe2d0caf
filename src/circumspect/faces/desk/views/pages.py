"""Pages that hold nothing of anybody: a clause, the keys of the keyboard, the policy to read and sign;
and what is said where no page could be asked for.

Source: clauses MP-7.16, TH-8.1; guarantee 5.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views import defaults
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import markdown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.access import open_to_all
from circumspect.offices.staff import orientation, signoff
from circumspect.offices.staff.orientation import OrientationError
from circumspect.trust.policy.clauses import ClauseRegister
from circumspect.uploads import most_bytes


@cache
def _register() -> ClauseRegister:
    return ClauseRegister.load()


@open_to_all
@require_safe
def clause(request: HttpRequest, clause_id: str) -> HttpResponse:
    """One promise of the register, in plain words."""
    found = _register().clauses.get(clause_id)
    if found is None:
        raise Http404
    rules = [rule for rule in house().policy.rules.values() if clause_id in rule.clauses]
    document = _register().documents[found.document]
    return render(request, "desk/clause.html", {"clause": found, "document": document, "rules": rules})


@open_to_all
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """What the keyboard does."""
    return render(request, "desk/keys.html")


@require_POST
def awake(_request: HttpRequest) -> HttpResponse:
    """A key was pressed: the clerk is here. The middleware has noted it."""
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
def policy(raw_request: HttpRequest) -> HttpResponse:
    """Read the policy in force to its end, say with whom it was talked over, and sign it.

    The button of the first step stands behind the last line: it is reached by reading on, with or without scripts.
    """
    request = cast(DeskRequest, raw_request)
    now = house().clock()
    version = signoff.version_in_force(now)
    error, field = "", ""
    if request.method == "POST" and version is not None:
        try:
            if _step(request):
                return redirect("desk")
            return redirect(f"{reverse('policy')}#steps")
        except (OrientationError, signoff.SignOffError) as problem:
            error, field = str(problem), getattr(problem, "field", "")
    context = {
        "version": version,
        "blocks": markdown.blocks(version.text) if version else (),
        "steps": orientation.steps(request.member, version) if version else None,
        "colleagues": orientation.supervisors_for(request.member, now),
        "today": timezone.localdate(now).isoformat(),
        "typed": request.POST,
        "is_signed": version is not None and request.actor.signed_version == version.number,
        "error": error,
        "field": field,
    }
    return render(request, "desk/policy.html", context, status=422 if error else 200)


def _step(request: DeskRequest) -> bool:
    """Take the step that the form asks for; whether it was the last."""
    now, shown = house().clock(), request.POST.get("version", "")
    match request.POST.get("step", ""):
        case "read":
            orientation.note_read(request.member, shown, now=now)
        case "discuss":
            orientation.note_talk(
                request.member,
                request.POST.get("discussed_with", ""),
                request.POST.get("discussed_on", ""),
                now=now,
            )
        case "sign":
            orientation.sign(request.member, shown, now=now)
            return True
        case _:
            raise OrientationError("Take one step after the other.")
    return False


def what_was_not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that nobody can read, or that is too large to be read."""
    if isinstance(exception, RequestDataTooBig):
        said = render_to_string("413.html", {"megabytes": most_bytes(request) // 1_000_000})
        return HttpResponse(said, status=413)
    return defaults.bad_request(request, exception)
