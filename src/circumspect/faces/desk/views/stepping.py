"""The page that asks somebody to prove again who they are, and goes on with what they were doing.

Tries are counted as at sign-in. What was kept goes on only in the window that sent it.

Source: clause MP-7.10; see ``faces.desk.stepup``.
"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from circumspect.faces.desk import opened, stepup
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import StaleSlipError
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.public.clients import address_of
from circumspect.offices.staff import passkeys, passwords, recovery, sessions, signin, throttle, totp


@require_http_methods(["GET", "HEAD", "POST"])
def step_up(request: HttpRequest) -> HttpResponseBase:
    """Take the proof, and go on."""
    if request.method != "POST":
        return redirect("desk")
    kept = request.POST.get("kept", "")
    try:
        going_on = opened.unseal(request, stepup.USE, kept)
    except StaleSlipError:
        return redirect("desk")
    now, wait = house().clock(), _admit(request)
    if wait:
        return stepup.ask(request, kept=kept, wait_seconds=wait)
    if not _is_right(request):
        return stepup.ask(request, kept=kept, wrong=True)
    _forgive(request)
    sessions.step_up(request, now=now)
    if going_on["method"] != "POST":
        return redirect(going_on["path"])
    return render(
        request, "desk/staff_step_on.html", {"path": going_on["path"], "fields": going_on["fields"]}
    )


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """What the browser needs to use a passkey for it."""
    member = cast(DeskRequest, request).member
    if not member.passkeys.exists():
        return HttpResponse(status=409)
    text = passkeys.authentication_options(request, member, now=house().clock())
    return HttpResponse(text, content_type="application/json")


def _is_right(request: HttpRequest) -> bool:
    member, now = cast(DeskRequest, request).member, house().clock()
    way, code = request.POST.get("way", ""), request.POST.get("code", "")
    if way == "totp":
        return totp.is_right(member, house().vault.secrets, code, now=now)
    if way == "recovery":
        return recovery.is_right(member, code)
    if way == "passkey":
        return passkeys.is_right(request, member, request.POST.get("answer", ""), now=now)
    # A password alone does for nobody who has a second factor.
    return not signin.factors_of(member) and passwords.is_right(member, request.POST.get("password", ""))


def _admit(request: HttpRequest) -> int:
    member, now = cast(DeskRequest, request).member, house().clock()
    if request.POST.get("way") == "password":
        return throttle.admit_password(member.username, address_of(request), now=now)
    return throttle.admit_factor(member.pk, now=now)


def _forgive(request: HttpRequest) -> None:
    member, now = cast(DeskRequest, request).member, house().clock()
    if request.POST.get("way") == "password":
        throttle.password_was_right(member.username, address_of(request), now=now)
    else:
        throttle.factor_was_right(member.pk, now=now)
