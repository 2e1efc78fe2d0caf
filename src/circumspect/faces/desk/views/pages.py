"""Pages that hold nothing of anybody: a clause, the keys of the keyboard, the policy to read and sign.

Source: clauses MP-7.16, TH-8.1; guarantee 5.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import markdown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.access import open_to_all
from circumspect.offices.staff import accounts, signoff
from circumspect.offices.staff.models import StaffMember
from circumspect.trust.policy.clauses import ClauseRegister

_SUPERVISORS = {
    "supervisor",
    "circulation_lead",
    "privacy_in_charge",
    "deputy_director",
    "executive_director",
}


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
    """Read the policy in force, and sign it."""
    request = cast(DeskRequest, raw_request)
    now = house().clock()
    version = signoff.version_in_force(now)
    colleagues = [
        each for each in accounts.list_members(active_only=True) if _may_discuss(each, request.member)
    ]
    error = ""
    if request.method == "POST" and version is not None:
        chosen = next(
            (each for each in colleagues if str(each.pk) == request.POST.get("discussed_with")), None
        )
        if request.POST.get("read") != "yes" or (colleagues and chosen is None):
            error = "Tick that you have read it, and say with whom you talked it over."
        else:
            signoff.sign(request.member, version, discussed_with=chosen, now=now)
            return redirect("desk")
    context = {
        "version": version,
        "blocks": markdown.blocks(version.text) if version else (),
        "colleagues": colleagues,
        "is_signed": version is not None and request.actor.signed_version == version.number,
        "error": error,
    }
    return render(request, "desk/policy.html", context, status=422 if error else 200)


def _may_discuss(colleague: StaffMember, member: StaffMember) -> bool:
    return colleague.pk != member.pk and bool(_SUPERVISORS & set(colleague.roles))
