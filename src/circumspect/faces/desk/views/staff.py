"""Sign in, step by step; lock, unlock, sign out; a member's own factors and password.

Which step comes next is said by ``offices.staff.signin``; here each is only drawn. What somebody had
typed when the lock came is kept sealed in the locked page itself, and offered again after it.

Source: clause MP-7.10; issue "The house stands", section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from circumspect.faces.desk import opened, stepup
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import StaleSlipError
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.access import no_activity, open_to_all
from circumspect.faces.public.clients import address_of
from circumspect.offices.staff import (
    accounts,
    passkeys,
    passwords,
    recovery,
    sessions,
    signin,
    signoff,
    throttle,
    totp,
)
from circumspect.offices.staff.models import StaffMember
from circumspect.offices.staff.passwords import PasswordError
from circumspect.offices.staff.signin import Factor, Progress, SecondFactor, SignInError, Step

_ENDED = {
    sessions.Why.SIGNED_OUT: "You are signed out.",
    sessions.Why.SIGNED_IN_ELSEWHERE: "You signed in at another place, so this one ended.",
    sessions.Why.ACCOUNT_CHANGED: "Your account was changed. Sign in again.",
    sessions.Why.ROLES_CHANGED: "What your designation lets you do has changed. Sign in again.",
    sessions.Why.TOO_LONG: "Twelve hours are over. Sign in again.",
    sessions.Why.TOO_MANY_TRIES: "Too many wrong passwords. Sign in again.",
}
# Forms whose content is worth keeping over a lock. Never one with a PIN or a password in it.
_KEPT_PATHS = ("/register/", "/edit/save/", "/notes/add/")


# sign in


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The step that comes next."""
    if isinstance(sessions.check(request, now=house().clock()), sessions.Live):
        return redirect("desk")
    if request.method != "POST":
        return _draw(request, signin.progress(request, factor=_factor(), now=house().clock()))
    do = _STEPS.get(request.POST.get("step", ""))
    try:
        if do is None:
            return redirect("sign-in")
        return do(request)
    except PasswordError as problem:
        progress = signin.progress(request, factor=_factor(), now=house().clock())
        return _draw(request, progress, reasons=problem.reasons)
    except (SignInError, sessions.SessionError):
        return _draw(request, Progress(Step.PASSWORD), message="This sign-in took too long. Begin again.")


@open_to_all
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make or use a passkey at the present step."""
    now = house().clock()
    found = sessions.check(request, now=now)
    try:
        if isinstance(found, sessions.Live):
            text = passkeys.registration_options(request, found.member, library_name=_library(), now=now)
        elif signin.progress(request, factor=_factor(), now=now).step is Step.ENROL:
            text = signin.passkey_registration_options(
                request, library_name=_library(), factor=_factor(), now=now
            )
        else:
            text = signin.passkey_options(request, factor=_factor(), now=now)
    except SignInError:
        return HttpResponse(status=409)
    return HttpResponse(text, content_type="application/json")


def _password(request: HttpRequest) -> HttpResponseBase:
    progress = signin.offer_password(
        request,
        request.POST.get("username", ""),
        request.POST.get("password", ""),
        address=address_of(request),
        factor=_factor(),
        now=house().clock(),
    )
    return _go_on(request, progress)


def _totp(request: HttpRequest) -> HttpResponseBase:
    code = request.POST.get("code", "")
    keeper = house().vault.secrets
    return _go_on(request, signin.offer_totp(request, keeper, code, factor=_factor(), now=house().clock()))


def _recovery(request: HttpRequest) -> HttpResponseBase:
    code = request.POST.get("code", "")
    return _go_on(request, signin.offer_recovery_code(request, code, factor=_factor(), now=house().clock()))


def _passkey(request: HttpRequest) -> HttpResponseBase:
    answer = request.POST.get("answer", "")
    return _go_on(request, signin.offer_passkey(request, answer, factor=_factor(), now=house().clock()))


def _enrol_app(request: HttpRequest) -> HttpResponseBase:
    now = house().clock()
    shown = signin.start_totp(request, house().vault.secrets, issuer=_library(), factor=_factor(), now=now)
    return _draw(request, signin.progress(request, factor=_factor(), now=now), provisioning=shown)


def _confirm_app(request: HttpRequest) -> HttpResponseBase:
    code = request.POST.get("code", "")
    keeper = house().vault.secrets
    progress = signin.confirm_totp(request, keeper, code, factor=_factor(), now=house().clock())
    return _go_on(request, progress, confirming=True)


def _enrol_passkey(request: HttpRequest) -> HttpResponseBase:
    answer, label = request.POST.get("answer", ""), request.POST.get("label", "")
    progress = signin.register_passkey(request, answer, label=label, factor=_factor(), now=house().clock())
    return _go_on(request, progress)


def _new_password(request: HttpRequest) -> HttpResponseBase:
    if request.POST.get("password") != request.POST.get("password_again"):
        raise PasswordError(["The two passwords differ."])
    password = request.POST.get("password", "")
    return _go_on(request, signin.choose_password(request, password, factor=_factor(), now=house().clock()))


def _carry_on(request: HttpRequest) -> HttpResponseBase:
    return _go_on(request, signin.progress(request, factor=_factor(), now=house().clock()))


_STEPS: Mapping[str, Callable[[HttpRequest], HttpResponseBase]] = {
    "password": _password,
    "totp": _totp,
    "recovery": _recovery,
    "passkey": _passkey,
    "enrol-app": _enrol_app,
    "confirm-app": _confirm_app,
    "enrol-passkey": _enrol_passkey,
    "new-password": _new_password,
    "go-on": _carry_on,
}


def _go_on(request: HttpRequest, progress: Progress, *, confirming: bool = False) -> HttpResponseBase:
    """Draw the next step; after the last, begin the session."""
    if progress.recovery_codes:
        return render(request, "desk/recovery_codes.html", {"codes": progress.recovery_codes})
    if progress.step is not Step.DONE:
        return _draw(request, progress, confirming=confirming)
    live = signin.finish(request, factor=_factor(), now=house().clock())
    actor, version = signoff.actor_and_version(live.member, now=house().clock())
    return redirect("desk" if actor.signed_version == version and version else "policy")


def _draw(
    request: HttpRequest,
    progress: Progress,
    *,
    message: str = "",
    reasons: list[str] | None = None,
    provisioning: totp.Provisioning | None = None,
    confirming: bool = False,
) -> HttpResponse:
    ended = sessions.check(request, now=house().clock())
    why = _ENDED.get(ended.why, "") if isinstance(ended, sessions.Ended) else ""
    context: dict[str, Any] = {
        "step": progress.step.name.lower(),
        "wrong": progress.wrong,
        "wait_seconds": progress.wait_seconds,
        "username": request.POST.get("username", ""),
        "message": message or ("" if request.method == "POST" else why),
        "reasons": reasons or [],
        "has_app": Factor.TOTP in progress.factors,
        "has_passkey": Factor.PASSKEY in progress.factors,
        "has_recovery": Factor.RECOVERY_CODE in progress.factors,
        "passkeys_possible": passkeys.are_possible(request),
        "provisioning": provisioning,
        # Made by the QR library from an address we made: no text of anybody's is in it.
        "qr": mark_safe(provisioning.qr_svg) if provisioning else "",  # noqa: S308
        "confirming": confirming,
    }
    failed = progress.wrong or bool(reasons)
    status = 429 if progress.wait_seconds else 422 if failed else 200
    return render(request, "desk/sign_in.html", context, status=status)


# lock and unlock


def lock_page(request: HttpRequest, locked: sessions.Locked) -> HttpResponse:
    """The locked screen. What was being typed is sealed into it."""
    request.locked_member = locked.member  # type: ignore[attr-defined]
    context = {
        "name": locked.member.display_name,
        "wrong": locked.wrong_password,
        "wait_seconds": locked.wait_seconds,
        "kept": _kept(request, locked.member),
    }
    status = 429 if locked.wait_seconds else 422 if locked.wrong_password else 200
    return render(request, "desk/locked.html", context, status=status)


@open_to_all
@no_activity
@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Lock at once."""
    now = house().clock()
    sessions.lock(request, now=now)
    found = sessions.check(request, now=now)
    request.is_locked = True  # type: ignore[attr-defined]
    return lock_page(request, found) if isinstance(found, sessions.Locked) else redirect("sign-in")


@open_to_all
@require_POST
def unlock(request: HttpRequest) -> HttpResponseBase:
    """Open again with the password."""
    now = house().clock()
    found = sessions.unlock(request, request.POST.get("password", ""), address=address_of(request), now=now)
    if isinstance(found, sessions.Locked):
        request.is_locked = True  # type: ignore[attr-defined]
        return lock_page(request, found)
    if isinstance(found, sessions.Ended):
        return redirect("sign-in")
    request.is_locked = False  # type: ignore[attr-defined]
    request.member = found.member  # type: ignore[attr-defined]
    try:
        kept = opened.unseal(request, "kept", request.POST.get("kept", ""))
    except StaleSlipError:
        return redirect("desk")
    return render(request, "desk/resume.html", {"path": kept["path"], "fields": kept["fields"]})


@open_to_all
@no_activity
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    sessions.end(request)
    return redirect("sign-in")


def _kept(request: HttpRequest, member: StaffMember) -> str:
    """What was being typed when the lock came, sealed; "" for nothing."""
    already = request.POST.get("kept", "")
    if already:
        return already
    path = request.POST.get("kept_path", request.path)
    if request.method != "POST" or path not in _KEPT_PATHS:
        return ""
    ours = ("csrfmiddlewaretoken", "kept_path", "resume")
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name not in ours]
    request.member = member  # type: ignore[attr-defined]
    sealed = opened.seal(request, "kept", {"path": path, "fields": fields})
    del request.member  # type: ignore[attr-defined]
    return sealed


# one's own account


@require_http_methods(["GET", "HEAD", "POST"])
def own(raw_request: HttpRequest) -> HttpResponseBase:
    """A member's own password and second factors; the present password first.

    Whoever has a second factor proves it before this page: else the password alone, which opens a lock, would put
    another factor in its place, and with that pass every other proof.
    """
    request = cast(DeskRequest, raw_request)
    if signin.factors_of(request.member) and not stepup.stepped_up(request):
        # Of what was posted nothing is kept: a password is in it.
        return redirect("own") if request.method == "POST" else stepup.ask(request)
    context: dict[str, Any] = {"reasons": []}
    if request.method == "POST":
        done = _own_act(request, context)
        if done is not None:
            return done
    context |= {
        "factors": [str(factor.value) for factor in sorted(signin.factors_of(request.member))],
        "codes_left": recovery.remaining(request.member),
        "own_passkeys": list(request.member.passkeys.order_by("pk")),
        "passkeys_possible": passkeys.are_possible(request),
    }
    status = 429 if context.get("waits") else 422 if context["reasons"] else 200
    return render(request, "desk/own.html", context, status=status)


def _own_act(request: DeskRequest, context: dict[str, Any]) -> HttpResponse | None:
    do = request.POST.get("act", "")
    now, member, keeper = house().clock(), request.member, house().vault.secrets
    if do == "confirm-app":
        if not totp.confirm(member, keeper, request.POST.get("code", ""), now=now):
            context |= {
                "reasons": ["This code is not right. Type the one the app shows now."],
                "confirming": True,
            }
            return None
        return _new_codes(request)
    wait = throttle.admit_password(member.username, address_of(request), now=now)
    if wait:
        context |= {"reasons": [f"Too many tries. Wait {wait} seconds, then try again."], "waits": True}
        return None
    if not passwords.is_right(member, request.POST.get("password", "")):
        context["reasons"] = ["The present password is not right."]
        return None
    throttle.password_was_right(member.username, address_of(request), now=now)
    if do == "start-app":
        shown = totp.start(member, keeper, issuer=_library())
        context |= {"provisioning": shown, "qr": mark_safe(shown.qr_svg), "confirming": True}  # noqa: S308
    elif do == "add-passkey":
        answer, label = request.POST.get("answer", ""), request.POST.get("label", "")
        if passkeys.register(request, member, answer, label=label, now=now):
            return _new_codes(request)
        context["reasons"] = ["The passkey could not be added. Try again."]
    elif do == "codes" and signin.factors_of(member):
        return _new_codes(request)
    elif do == "password":
        return _change_password(request, context)
    return None


def _new_codes(request: DeskRequest) -> HttpResponse:
    return render(request, "desk/recovery_codes.html", {"codes": recovery.renew(request.member)})


def _change_password(request: DeskRequest, context: dict[str, Any]) -> HttpResponse | None:
    if request.POST.get("new_password") != request.POST.get("new_password_again"):
        context["reasons"] = ["The two new passwords differ."]
        return None
    try:
        accounts.change_password(
            request.member, request.POST["password"], request.POST.get("new_password", "")
        )
    except PasswordError as problem:
        context["reasons"] = problem.reasons
        return None
    return redirect("sign-in")


def _factor() -> SecondFactor:
    return SecondFactor.chosen(house().home.setting("staff", "second_factor", ""))


def _library() -> str:
    return str(house().home.setting("library", "name", "Library"))
