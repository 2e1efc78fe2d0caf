"""Check a staff password, doing the same work whoever is asked about; make and judge new ones.

One Argon2 computation for each check: right, wrong, disabled or nobody at all. A stopwatch at
the sign-in page tells nobody who works here.

Source: clause MP-7.10; issue "The house stands", section 4.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.core.exceptions import ValidationError

from circumspect.offices.staff.models import StaffMember

LONGEST = 512
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another in print


class PasswordError(ValueError):
    """A new password is not good enough.

    Attributes:
        reasons: Plain sentences for the person choosing. They never repeat the password.
    """

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("the new password is not good enough")
        self.reasons = reasons


@lru_cache(maxsize=1)
def _decoy() -> str:
    """The hash of a password nobody knows, to be checked where there is no real one."""
    return make_password(secrets.token_urlsafe(32))


def is_right(member: StaffMember | None, raw_password: str) -> bool:
    """Whether this is the password of an active member. Computes one hash in every case."""
    decoy = _decoy()  # made in every case too: otherwise the first unknown name would take twice as long
    real = member.password if member is not None and member.active else ""
    usable = is_password_usable(real) and bool(real) and _is_fit(raw_password)
    matches = check_password(normal(raw_password) if usable else "", real if usable else decoy)
    return matches and usable


def normal(raw_password: str) -> str:
    """One spelling for what looks the same: keyboards differ in how they write é."""
    return unicodedata.normalize("NFC", raw_password)


def _is_fit(raw_password: str) -> bool:
    """Whether it can be hashed at all: not over-long, and text that can be written as bytes."""
    return len(raw_password) <= LONGEST and not any("\ud800" <= letter <= "\udfff" for letter in raw_password)


def new_one_time() -> str:
    """A password to be printed once: five groups of four, 99 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))


def require_good(raw_password: str, member: StaffMember | None = None) -> None:
    """Judge a new password.

    Raises:
        PasswordError: It is shorter than 12 characters, common, over-long, all digits, or holds the
            username.
    """
    reasons: list[str] = []
    if not _is_fit(raw_password):
        raise PasswordError([f"It is longer than {LONGEST} characters, or holds a broken one."])
    try:
        password_validation.validate_password(raw_password, member)
    except ValidationError as problem:
        reasons.extend(problem.messages)
    if raw_password.isdigit():
        reasons.append("It has digits only, like a card number.")
    if member is not None and member.username in raw_password.casefold():
        reasons.append("It contains the username.")
    if reasons:
        raise PasswordError(reasons)
