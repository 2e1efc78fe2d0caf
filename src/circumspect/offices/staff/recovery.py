"""Ten codes on paper for the day the phone is lost. Each serves once.

A code is 80 random bits, so a plain SHA-256 bound to its member is enough: there is nothing to guess.
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from django.db import transaction

from circumspect.offices.staff.models import RecoveryCode, StaffMember

HOW_MANY = 10
_BYTES = 10


def renew(member: StaffMember) -> tuple[str, ...]:
    """Make ten new codes, to be shown once; the old ones are void."""
    codes = tuple(_printed(secrets.token_bytes(_BYTES)) for _ in range(HOW_MANY))
    with transaction.atomic():
        RecoveryCode.objects.filter(member=member).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(member=member, hash=_hash(member, code)) for code in codes
        )
    return codes


def is_right(member: StaffMember, code: str) -> bool:
    """Check a code, and spend it. Case, blanks and hyphens do not count."""
    unspent = RecoveryCode.objects.filter(member=member, hash=_hash(member, code), used=False)
    return unspent.update(used=True) == 1


def remaining(member: StaffMember) -> int:
    """How many codes are left."""
    return RecoveryCode.objects.filter(member=member, used=False).count()


def _printed(raw: bytes) -> str:
    text = base64.b32encode(raw).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(member: StaffMember, code: str) -> str:
    plain = "".join(code.split()).replace("-", "").casefold()
    return hashlib.sha256(f"circumspect recovery code\0{member.pk}\0{plain}".encode()).hexdigest()
