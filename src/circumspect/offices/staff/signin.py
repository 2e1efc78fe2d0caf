"""Signing in: which step comes next, and whether a step was passed.

    password -> second factor            -> [new password] -> done
             -> enrol (none yet, needed) -> [new password] -> done
             -> (none yet, optional)     -> [new password] -> done

Wrong name, wrong password and closed account give one answer, for the same work. Half a sign-in
opens nothing: it lives in the session for ten minutes, knows its member's number and what was passed, and
dies when the account changes meanwhile. Only ``finish`` begins a session, and only after the last step.

``next_step`` is pure; the rest asks it after each step.

Source: clause MP-7.10; issue "The house stands", section 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from circumspect.offices.staff import accounts, passkeys, passwords, recovery, sessions, throttle, totp
from circumspect.offices.staff.models import StaffMember
from circumspect.offices.staff.secret_keeper import SecretKeeper

STATE_KEY = "staff_sign_in"
PENDING_SECONDS = 600
FACTOR_TRIES = 5


class SignInError(Exception):
    """A step was asked for out of its turn. Start again at the password."""


class SecondFactor(StrEnum):
    """The library's choice, ``[staff] second_factor``."""

    REQUIRED = "required"
    OPTIONAL = "optional"

    @classmethod
    def chosen(cls, setting: object) -> SecondFactor:
        """The choice a setting makes; anything but "optional" means required."""
        return cls.OPTIONAL if setting == cls.OPTIONAL.value else cls.REQUIRED


class Factor(StrEnum):
    """What can be offered as the second factor."""

    TOTP = "authenticator app"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery code"


class Step(StrEnum):
    """What the person is asked next."""

    PASSWORD = "password"  # noqa: S105 - the name of a step
    SECOND_FACTOR = "second factor"
    ENROL = "enrol a second factor"
    NEW_PASSWORD = "new password"  # noqa: S105 - the name of a step
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a sign-in stands.

    Attributes:
        member: Who it is, once the password was right.
        wrong: What was just offered did not pass.
        wait_seconds: It was not looked at; try again after so long.
        factors: What the member can offer at the second step.
        recovery_codes: New ones, to be shown this once (after enrolling).
    """

    step: Step
    member: StaffMember | None = None
    wrong: bool = False
    wait_seconds: int = 0
    factors: frozenset[Factor] = frozenset()
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)


def next_step(
    *, factor_passed: bool, has_factor: bool, factor: SecondFactor, must_change_password: bool
) -> Step:
    """What comes after a right password. A member who has a factor is always asked for it."""
    if not factor_passed:
        if has_factor:
            return Step.SECOND_FACTOR
        if factor is SecondFactor.REQUIRED:
            return Step.ENROL
    return Step.NEW_PASSWORD if must_change_password else Step.DONE


def offer_password(
    request: HttpRequest,
    username: str,
    password: str,
    *,
    address: str,
    factor: SecondFactor,
    now: datetime | None = None,
) -> Progress:
    """The first step. Whoever was signed in at this browser is signed out when it passes.

    Args:
        address: Where the request comes from: a network address as text, never stored readably.
    """
    moment = now or timezone.now()
    wait = throttle.admit_password(username, address, now=moment)
    if wait:
        return Progress(Step.PASSWORD, wait_seconds=wait)
    member = accounts.find_member(username[:256])
    if not passwords.is_right(member, password) or member is None:
        return Progress(Step.PASSWORD, wrong=True)
    throttle.password_was_right(username, address, now=moment)
    request.session.flush()
    request.session[STATE_KEY] = {
        "member": member.pk,
        "generation": member.session_generation,
        "at": int(moment.timestamp()),
        "factor_passed": False,
        "tries": 0,
    }
    rotate_token(request)
    return _progress(member, factor_passed=False, factor=factor)


def progress(request: HttpRequest, *, factor: SecondFactor, now: datetime | None = None) -> Progress:
    """Where the sign-in in this browser stands; the password step where there is none, or it is too old."""
    state = _state(request, now)
    if state is None:
        return Progress(Step.PASSWORD)
    member, passed = state
    return _progress(member, factor_passed=passed, factor=factor)


def offer_totp(
    request: HttpRequest,
    keeper: SecretKeeper,
    code: str,
    *,
    factor: SecondFactor,
    now: datetime | None = None,
) -> Progress:
    """The second step with a code from the app. Raises SignInError out of turn."""
    member = _member_at(request, Step.SECOND_FACTOR, factor, now)
    wait = throttle.admit_factor(member.pk, now=now)
    if wait:
        return _waiting(member, wait)
    return _factor_offered(request, member, totp.is_right(member, keeper, code, now=now), factor, now)


def offer_recovery_code(
    request: HttpRequest, code: str, *, factor: SecondFactor, now: datetime | None = None
) -> Progress:
    """The second step with a code from paper. Raises SignInError out of turn."""
    member = _member_at(request, Step.SECOND_FACTOR, factor, now)
    wait = throttle.admit_factor(member.pk, now=now)
    if wait:
        return _waiting(member, wait)
    return _factor_offered(request, member, recovery.is_right(member, code), factor, now)


def passkey_options(request: HttpRequest, *, factor: SecondFactor, now: datetime | None = None) -> str:
    """JSON for the browser, to sign in with a passkey. Raises SignInError out of turn."""
    member = _member_at(request, Step.SECOND_FACTOR, factor, now)
    return passkeys.authentication_options(request, member, now=now)


def offer_passkey(
    request: HttpRequest, answer: str, *, factor: SecondFactor, now: datetime | None = None
) -> Progress:
    """The second step with the browser's answer to ``passkey_options``. Raises SignInError out of turn."""
    member = _member_at(request, Step.SECOND_FACTOR, factor, now)
    wait = throttle.admit_factor(member.pk, now=now)
    if wait:
        return _waiting(member, wait)
    return _factor_offered(request, member, passkeys.is_right(request, member, answer, now=now), factor, now)


def start_totp(
    request: HttpRequest,
    keeper: SecretKeeper,
    *,
    issuer: str,
    factor: SecondFactor,
    now: datetime | None = None,
) -> totp.Provisioning:
    """Begin enrolling an app during a first sign-in. Raises SignInError out of turn."""
    return totp.start(_member_at(request, Step.ENROL, factor, now), keeper, issuer=issuer)


def confirm_totp(
    request: HttpRequest,
    keeper: SecretKeeper,
    code: str,
    *,
    factor: SecondFactor,
    now: datetime | None = None,
) -> Progress:
    """End enrolling an app with its first code; gives the recovery codes. Raises SignInError out of turn."""
    member = _member_at(request, Step.ENROL, factor, now)
    return _enrolled(request, member, totp.confirm(member, keeper, code, now=now), factor)


def passkey_registration_options(
    request: HttpRequest, *, library_name: str, factor: SecondFactor, now: datetime | None = None
) -> str:
    """JSON for the browser, to make a passkey during a first sign-in. Raises SignInError out of turn."""
    member = _member_at(request, Step.ENROL, factor, now)
    return passkeys.registration_options(request, member, library_name=library_name, now=now)


def register_passkey(
    request: HttpRequest, answer: str, *, label: str, factor: SecondFactor, now: datetime | None = None
) -> Progress:
    """End enrolling a passkey; gives the recovery codes. Raises SignInError out of turn."""
    member = _member_at(request, Step.ENROL, factor, now)
    return _enrolled(
        request, member, passkeys.register(request, member, answer, label=label, now=now), factor
    )


def choose_password(
    request: HttpRequest, new_password: str, *, factor: SecondFactor, now: datetime | None = None
) -> Progress:
    """Replace the one-time password.

    Raises:
        SignInError: Out of turn.
        PasswordError: It is not good enough; the step stays.
    """
    member = _member_at(request, Step.NEW_PASSWORD, factor, now)
    changed = accounts.choose_password(member, new_password)
    _set(request, generation=changed.session_generation)
    return progress(request, factor=factor, now=now)


def finish(request: HttpRequest, *, factor: SecondFactor, now: datetime | None = None) -> sessions.Live:
    """Begin the session.

    Raises:
        SignInError: A step is still to be passed.
        SessionError: The account was closed or changed this very moment.
    """
    return sessions.begin(request, _member_at(request, Step.DONE, factor, now), now=now)


def factors_of(member: StaffMember) -> frozenset[Factor]:
    """What the member can offer. Recovery codes count only beside an app or a passkey."""
    found: set[Factor] = set()
    if member.totp_devices.filter(confirmed=True).exists():
        found.add(Factor.TOTP)
    if member.passkeys.exists():
        found.add(Factor.PASSKEY)
    if found and recovery.remaining(member):
        found.add(Factor.RECOVERY_CODE)
    return frozenset(found)


def _progress(member: StaffMember, *, factor_passed: bool, factor: SecondFactor) -> Progress:
    factors = factors_of(member)
    step = next_step(
        factor_passed=factor_passed,
        has_factor=bool(factors),
        factor=factor,
        must_change_password=member.must_change_password,
    )
    return Progress(step, member, factors=factors)


def _waiting(member: StaffMember, wait: int) -> Progress:
    return Progress(Step.SECOND_FACTOR, member, wait_seconds=wait, factors=factors_of(member))


def _state(request: HttpRequest, now: datetime | None) -> tuple[StaffMember, bool] | None:
    """The member half signed in here and whether the factor was passed; None where that is over."""
    kept = request.session.get(STATE_KEY)
    if not isinstance(kept, dict):
        return None
    age = int((now or timezone.now()).timestamp()) - int(kept["at"])
    member = StaffMember.objects.filter(pk=kept["member"], active=True).first()
    if member is None or not 0 <= age <= PENDING_SECONDS or member.session_generation != kept["generation"]:
        request.session.flush()
        return None
    return member, kept["factor_passed"] is True


def _member_at(request: HttpRequest, step: Step, factor: SecondFactor, now: datetime | None) -> StaffMember:
    reached = progress(request, factor=factor, now=now)
    if reached.member is None or reached.step is not step:
        raise SignInError(f"the sign-in stands at another step than {step.value}")
    return reached.member


def _set(request: HttpRequest, **changes: Any) -> None:
    request.session[STATE_KEY] = {**request.session[STATE_KEY], **changes}


def _factor_offered(
    request: HttpRequest, member: StaffMember, passed: bool, factor: SecondFactor, now: datetime | None
) -> Progress:
    if passed:
        throttle.factor_was_right(member.pk, now=now)
        _set(request, factor_passed=True)
        return _progress(member, factor_passed=True, factor=factor)
    tries = int(request.session[STATE_KEY]["tries"]) + 1
    if tries >= FACTOR_TRIES:
        request.session.flush()
        return Progress(Step.PASSWORD, wrong=True)
    _set(request, tries=tries)
    return Progress(Step.SECOND_FACTOR, member, wrong=True, factors=factors_of(member))


def _enrolled(request: HttpRequest, member: StaffMember, passed: bool, factor: SecondFactor) -> Progress:
    if not passed:
        return Progress(Step.ENROL, member, wrong=True)
    codes = recovery.renew(member)
    _set(request, factor_passed=True)
    reached = _progress(member, factor_passed=True, factor=factor)
    return Progress(reached.step, member, factors=reached.factors, recovery_codes=codes)
