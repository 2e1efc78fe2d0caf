"""Prove again who you are, before an act that weighs more than most: designating, approving, releasing.

``@needs_step_up`` on a view asks for a fresh proof where there is none from the last few minutes
(``[staff] step_up_minutes``), before the page is shown and before a post is looked at. The proof is the
second factor; the password where the member has no factor. What was being posted is kept sealed in the page
that asks, as over a lock, and gone on with afterwards. A file chosen in a form cannot be kept, so such a form
asks when it is opened.

The mark lives in the session, and a lock takes it away.

Source: clause MP-7.10; issue "The privacy desk", section 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from circumspect.faces.desk import opened
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.offices.staff import passkeys, sessions, signin
from circumspect.offices.staff.signin import Factor

MINUTES = 10
LONGEST_MINUTES = 30
USE = "step-up"
_OURS = ("csrfmiddlewaretoken", "resume")

View = Callable[..., HttpResponseBase]


def stepped_up(request: HttpRequest) -> bool:
    """Whether the member has proved who they are within the library's few minutes."""
    return sessions.stepped_up(request, seconds=minutes() * 60, now=house().clock())


def needs_step_up(view: View) -> View:
    """Let a view run only for somebody who has just proved who they are; ask the others first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
        if stepped_up(request):
            return view(request, *args, **more)
        return ask(request)

    return guarded


def minutes() -> int:
    """For how long a proof is fresh: ``[staff] step_up_minutes``, at most half an hour."""
    setting = house().home.setting("staff", "step_up_minutes", MINUTES)
    if not isinstance(setting, int) or isinstance(setting, bool) or setting < 1:
        return MINUTES
    return min(setting, LONGEST_MINUTES)


def ask(
    request: HttpRequest, *, kept: str = "", wrong: bool = False, wait_seconds: int = 0, stale: bool = False
) -> HttpResponse:
    """The page that asks for the proof. What was being posted is sealed into it.

    Args:
        kept: What is in the page already, where the proof was wrong.
    """
    member = cast(DeskRequest, request).member
    factors = signin.factors_of(member)
    context = {
        "kept": kept or _kept(request),
        "posted": request.method == "POST",
        "stale": stale,
        "wrong": wrong,
        "wait_seconds": wait_seconds,
        "has_app": Factor.TOTP in factors,
        "has_passkey": Factor.PASSKEY in factors,
        "has_recovery": Factor.RECOVERY_CODE in factors,
        "needs_password": not factors,
        "passkeys_possible": passkeys.are_possible(request),
    }
    status = 429 if wait_seconds else 422 if wrong else 401
    return render(request, "desk/staff_step_up.html", context, status=status)


def _kept(request: HttpRequest) -> str:
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name not in _OURS]
    return opened.seal(
        request,
        USE,
        {"path": request.get_full_path(), "method": request.method, "fields": fields},
    )
