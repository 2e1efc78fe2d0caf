"""Six digits from an authenticator app: enrolment and checking.

The shared secret rests sealed by the keeper, under a label that binds it to its member. A code is
good for its own 30-second step and the one before and after; once used, its step and all earlier
ones are spent, also for two tries at the same moment.

Source: RFC 6238; clause MP-7.10.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
import segno
from django.db import transaction
from django.utils import timezone

from circumspect.offices.staff.models import StaffMember, TotpDevice
from circumspect.offices.staff.secret_keeper import SecretKeeper

STEP_SECONDS = 30
SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class Provisioning:
    """What the app needs, shown once.

    Attributes:
        uri: ``otpauth://`` address.
        secret: The same secret to type by hand, base32 in groups of four.
        qr_svg: The address as a QR code: an ``<svg>`` element to put in a page.
    """

    uri: str = field(repr=False)
    secret: str = field(repr=False)
    qr_svg: str = field(repr=False)


def label_for(member: StaffMember) -> str:
    """The keeper's label for this member's secret."""
    return f"staff.totp:{member.pk}"


def start(member: StaffMember, keeper: SecretKeeper, *, issuer: str) -> Provisioning:
    """Begin enrolment: a new secret, which counts only once a code from it is confirmed.

    Args:
        issuer: The library's name, as the app will show it.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    sealed = keeper.protect(label_for(member), secret)
    TotpDevice.objects.update_or_create(
        member=member, confirmed=False, defaults={"sealed_secret": sealed, "last_step": 0}
    )
    text = base64.b32encode(secret).decode()
    # A colon would end the issuer early in the label of the address.
    uri = pyotp.TOTP(text).provisioning_uri(name=member.username, issuer_name=issuer.replace(":", " "))
    picture = segno.make(uri, error="m", micro=False).svg_inline(
        scale=5, border=4, title="QR code for the app"
    )
    grouped = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return Provisioning(uri, grouped, picture)


def confirm(member: StaffMember, keeper: SecretKeeper, code: str, *, now: datetime | None = None) -> bool:
    """End enrolment with a code from the new secret. The app used until now, if any, is replaced."""
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(member=member, confirmed=False).first()
        if device is None:
            return False
        step = _matching_step(device, keeper, member, code, now or timezone.now())
        if step is None:
            return False
        TotpDevice.objects.filter(member=member, confirmed=True).delete()
        device.confirmed = True
        device.last_step = step
        device.save()
    return True


def is_right(member: StaffMember, keeper: SecretKeeper, code: str, *, now: datetime | None = None) -> bool:
    """Check a code, and spend it."""
    device = TotpDevice.objects.filter(member=member, confirmed=True).first()
    if device is None:
        return False
    step = _matching_step(device, keeper, member, code, now or timezone.now())
    if step is None:
        return False
    # Compare and set in one statement: of two tries with one code, one loses.
    spent = TotpDevice.objects.filter(pk=device.pk, last_step__lt=step).update(last_step=step)
    return spent == 1


def _matching_step(
    device: TotpDevice, keeper: SecretKeeper, member: StaffMember, raw_code: str, now: datetime
) -> int | None:
    code = "".join(raw_code.split())
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    secret = keeper.reveal(label_for(member), bytes(device.sealed_secret))
    clock = pyotp.TOTP(base64.b32encode(secret).decode())
    this_step = int(now.timestamp()) // STEP_SECONDS
    matching = None
    for step in (this_step - 1, this_step, this_step + 1):
        if hmac.compare_digest(clock.generate_otp(step), code):
            matching = step
    return matching
