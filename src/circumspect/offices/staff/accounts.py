"""Staff accounts: make them, give them roles, close them. What a role opens is the policy's to say.

Every change of role, standing or password raises the member's session generation, and so ends
whatever session was open under the old terms, at its next request.

Who may do this is asked by the face that offers it; nothing here opens patron data.

Source: clauses MP-7.10, MP-7.17; issue "The house stands", section 4.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from circumspect.offices.staff import passwords, roles
from circumspect.offices.staff.models import StaffMember, is_username, normal_username
from circumspect.offices.staff.secret_keeper import SecretKeeper

_OF_A_PHONE = frozenset("0123456789 +-().,/ext")

LONGEST_DISPLAY_NAME = 100


class AccountError(ValueError):
    """An account cannot be made or changed so. The message names the field, never what was typed."""


class Added(NamedTuple):
    """A new account, and the password to print once ("" where the caller chose one)."""

    member: StaffMember
    one_time_password: str


def add_member(
    username: str,
    display_name: str,
    roles: Iterable[str],
    password: str | None = None,
    *,
    branch: str = "main",
) -> Added:
    """Make an account.

    Args:
        username: 2 to 64 letters, digits, dots, hyphens, underscores; case does not count.
        display_name: What colleagues see, up to 100 characters.
        roles: From the policy's closed list.
        password: None makes one that opens only the step to choose another.
        branch: The code of the branch where the member works.

    Raises:
        AccountError: The username is malformed or taken, or the display name is empty or over-long.
        RoleError: The roles cannot be given.
        PasswordError: The password given is not good enough.
    """
    member = StaffMember(
        username=_fit_username(username),
        display_name=_fit_display_name(display_name),
        roles=_checked_roles(roles),
        branch=branch,
        must_change_password=password is None,
    )
    one_time = "" if password is not None else passwords.new_one_time()
    if password is not None:
        passwords.require_good(password, member)
    member.set_password(passwords.normal(one_time if password is None else password))
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError:
        raise AccountError("this username is taken") from None
    return Added(member, one_time)


def find_member(username: str) -> StaffMember | None:
    """The member of that username, or None."""
    normal = normal_username(username)
    # What cannot be a username is not asked for: one database at least refuses a NUL outright.
    return StaffMember.objects.filter(username=normal).first() if is_username(normal) else None


def list_members(*, active_only: bool = False) -> list[StaffMember]:
    """All members by username."""
    members = StaffMember.objects.order_by("username")
    return list(members.filter(active=True) if active_only else members)


def set_roles(member: StaffMember, roles: Iterable[str]) -> StaffMember:
    """Give these roles and no others. Live sessions end.

    Raises:
        RoleError: The roles cannot be given; nothing was changed.
    """
    wanted = _checked_roles(roles)
    with transaction.atomic():
        fresh = _locked(member)
        fresh.roles = wanted
        return _saved_with_sessions_ended(fresh)


def end_sessions(member: StaffMember) -> StaffMember:
    """End what the member has open: what they may do has changed."""
    with transaction.atomic():
        return _saved_with_sessions_ended(_locked(member))


def work_email_of(member: StaffMember, keeper: SecretKeeper) -> str:
    """Where the library writes to a member at work; "" for nowhere. Never a private address.

    Raises:
        TamperedError: What lies there is not what was sealed for this member.
    """
    return _revealed(keeper, _email_label(member), member.sealed_work_email)


def work_phone_of(member: StaffMember, keeper: SecretKeeper) -> str:
    """Where a colleague who is alone with an officer reaches a member; "" for nowhere. Raises TamperedError."""
    return _revealed(keeper, _phone_label(member), member.sealed_work_phone)


def _revealed(keeper: SecretKeeper, label: str, sealed: bytes | memoryview[int]) -> str:
    blob = bytes(sealed)
    return keeper.reveal(label, blob).decode() if blob else ""


def _email_label(member: StaffMember) -> str:
    return f"staff.work_email:{member.pk}"


def _phone_label(member: StaffMember) -> str:
    return f"staff.work_phone:{member.pk}"


def set_work_email(member: StaffMember, keeper: SecretKeeper, raw_email: str) -> StaffMember:
    """Note where the library writes to a member at work; "" for nowhere.

    Raises:
        AccountError: It is no address.
    """
    email = raw_email.strip()
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise AccountError("this is no e-mail address") from None
    with transaction.atomic():
        fresh = _locked(member)
        fresh.sealed_work_email = keeper.protect(_email_label(fresh), email.encode()) if email else b""
        fresh.save()
        return fresh


def set_work_phone(member: StaffMember, keeper: SecretKeeper, raw_phone: str) -> StaffMember:
    """Note the telephone on which a member is reached for an urgent request; "" for none.

    Raises:
        AccountError: It is no telephone number.
    """
    phone = " ".join(raw_phone.split())
    if phone and not (
        len(phone) <= 40 and sum(sign.isdigit() for sign in phone) >= 3 and set(phone) <= _OF_A_PHONE
    ):
        raise AccountError("a telephone number is digits, such as 847-555-0100 ext. 12")
    with transaction.atomic():
        fresh = _locked(member)
        fresh.sealed_work_phone = keeper.protect(_phone_label(fresh), phone.encode()) if phone else b""
        fresh.save()
        return fresh


def disable(member: StaffMember) -> StaffMember:
    """Close the account: password and second factors go, live sessions end.

    The row stays, for the ledger names it; its sign-offs stay for the time of their rule (``leaving``).
    """
    with transaction.atomic():
        fresh = _locked(member)
        fresh.active, fresh.left_on = False, timezone.localdate()
        fresh.set_unusable_password()
        _remove_second_factors(fresh)
        return _saved_with_sessions_ended(fresh)


def enable(member: StaffMember) -> str:
    """Open a closed account again, with the roles and sign-offs it had.

    Returns the one-time password, to be printed once.
    """
    with transaction.atomic():
        fresh = _locked(member)
        fresh.active, fresh.left_on = True, None
        return _saved_with_one_time_password(fresh)


def change_password(member: StaffMember, old: str, new: str) -> StaffMember:
    """Replace a password by its owner's wish. Live sessions end, this one too.

    Raises:
        PasswordError: The old one is wrong, or the new one is the same or not good enough.
    """
    if not passwords.is_right(member, old):
        raise passwords.PasswordError(["The present password is not right."])
    return choose_password(member, new)


def choose_password(member: StaffMember, new: str) -> StaffMember:
    """Set the password of somebody who has just proved who they are. Live sessions end.

    Raises:
        PasswordError: It is the present one again, or not good enough.
    """
    passwords.require_good(new, member)
    if passwords.is_right(member, new):
        raise passwords.PasswordError(["It is the present password again."])
    with transaction.atomic():
        fresh = _locked(member)
        fresh.set_password(passwords.normal(new))
        fresh.must_change_password = False
        return _saved_with_sessions_ended(fresh)


def reset_password(member: StaffMember) -> str:
    """Replace a forgotten password. Returns the one-time password, to be printed once. Live sessions end."""
    with transaction.atomic():
        return _saved_with_one_time_password(_locked(member))


def reset_second_factors(member: StaffMember) -> StaffMember:
    """Remove a lost phone: authenticator app, passkeys and recovery codes all go. Live sessions end."""
    with transaction.atomic():
        fresh = _locked(member)
        _remove_second_factors(fresh)
        return _saved_with_sessions_ended(fresh)


def _checked_roles(wanted: Iterable[str]) -> list[str]:
    return roles.checked(wanted)


def _fit_username(raw_username: str) -> str:
    username = normal_username(raw_username)
    if not is_username(username):
        raise AccountError("a username is 2 to 64 letters, digits, dots, hyphens or underscores")
    return username


def _fit_display_name(raw_name: str) -> str:
    name = unicodedata.normalize("NFC", raw_name).strip()
    if not 1 <= len(name) <= LONGEST_DISPLAY_NAME:
        raise AccountError(f"a display name is 1 to {LONGEST_DISPLAY_NAME} characters long")
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        raise AccountError("a display name holds no control characters")
    return name


def _locked(member: StaffMember) -> StaffMember:
    return StaffMember.objects.select_for_update().get(pk=member.pk)


def _remove_second_factors(fresh: StaffMember) -> None:
    fresh.totp_devices.all().delete()
    fresh.passkeys.all().delete()
    fresh.recovery_codes.all().delete()


def _saved_with_one_time_password(fresh: StaffMember) -> str:
    one_time = passwords.new_one_time()
    fresh.set_password(one_time)
    fresh.must_change_password = True
    _saved_with_sessions_ended(fresh)
    return one_time


def _saved_with_sessions_ended(fresh: StaffMember) -> StaffMember:
    fresh.session_generation += 1
    fresh.live_session_key = ""
    fresh.save()
    return fresh
