"""Passkeys: registering one, and signing in with it as the second factor.

What is asked of the browser and what counts as right stands in ``records/passkeyrules``. A challenge lives in
the session, for one ceremony, five minutes and one answer: it is taken out before the answer is looked at.

Source: W3C Web Authentication Level 3, sections 7.1 and 7.2; clause MP-7.10.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from circumspect.offices.staff.models import Passkey, StaffMember
from circumspect.records import passkeyrules
from circumspect.records.passkeyrules import Account, Key, PasskeyError, Site

CHALLENGE_KEY = "staff_passkey_challenge"
CHALLENGE_SECONDS = 300
_REGISTER = "register"
_SIGN_IN = "sign in"

log = logging.getLogger(__name__)


def are_possible(request: HttpRequest) -> bool:
    """Whether a browser would make or use a passkey at this address."""
    return Site.of(request).takes_passkeys


def registration_options(
    request: HttpRequest, member: StaffMember, *, library_name: str, now: datetime | None = None
) -> str:
    """JSON for ``navigator.credentials.create``; its challenge is put in the session."""
    return passkeyrules.creation_options(
        Site.of(request),
        _put_challenge(request, _REGISTER, member, now),
        Account(f"staff:{member.pk}".encode(), member.username, member.display_name),
        library_name=library_name,
        known=_ids_of(member),
        stands_alone=False,
    )


def register(
    request: HttpRequest, member: StaffMember, answer: str, *, label: str, now: datetime | None = None
) -> bool:
    """Verify the browser's answer and keep the public key under a label. False when it does not verify."""
    challenge = _take_challenge(request, _REGISTER, member, now)
    if challenge is None:
        return False
    try:
        created = passkeyrules.read_created(answer)
        key = passkeyrules.created_key(Site.of(request), challenge, created, stands_alone=False)
    except PasskeyError as problem:
        log.warning("passkey of staff:%s not registered: %s", member.pk, problem)
        return False
    try:
        with transaction.atomic():
            Passkey.objects.create(
                member=member,
                credential_id=key.credential_id,
                public_key=key.public_key,
                sign_count=key.counter,
                label=passkeyrules.fit_label(label),
            )
    except IntegrityError:
        return False
    return True


def authentication_options(request: HttpRequest, member: StaffMember, *, now: datetime | None = None) -> str:
    """JSON for ``navigator.credentials.get``; its challenge is put in the session."""
    challenge = _put_challenge(request, _SIGN_IN, member, now)
    return passkeyrules.request_options(
        Site.of(request), challenge, known=_ids_of(member), stands_alone=False
    )


def is_right(request: HttpRequest, member: StaffMember, answer: str, *, now: datetime | None = None) -> bool:
    """Verify the browser's answer against this member's passkeys, and move its counter on."""
    challenge = _take_challenge(request, _SIGN_IN, member, now)
    if challenge is None:
        return False
    try:
        given = passkeyrules.read_answer(answer)
        passkey = Passkey.objects.filter(member=member, credential_id=given.credential_id).first()
        if passkey is None:
            return False
        key = Key(given.credential_id, bytes(passkey.public_key), passkey.sign_count)
        counter = passkeyrules.new_counter(Site.of(request), challenge, given, key, stands_alone=False)
    except PasskeyError as problem:
        log.warning("passkey of staff:%s refused: %s", member.pk, problem)
        return False
    moved = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    return moved.update(sign_count=counter) == 1


def remove(member: StaffMember, passkey_pk: int) -> bool:
    """Forget one of the member's passkeys."""
    return Passkey.objects.filter(member=member, pk=passkey_pk).delete()[0] == 1


def _ids_of(member: StaffMember) -> list[bytes]:
    ids = Passkey.objects.filter(member=member).order_by("pk").values_list("credential_id", flat=True)
    return [bytes(credential_id) for credential_id in ids]


def _put_challenge(request: HttpRequest, ceremony: str, member: StaffMember, now: datetime | None) -> bytes:
    challenge = passkeyrules.new_challenge()
    request.session[CHALLENGE_KEY] = {
        "ceremony": ceremony,
        "member": member.pk,
        "challenge": bytes_to_base64url(challenge),
        "at": int((now or timezone.now()).timestamp()),
    }
    return challenge


def _take_challenge(
    request: HttpRequest, ceremony: str, member: StaffMember, now: datetime | None
) -> bytes | None:
    kept = request.session.pop(CHALLENGE_KEY, None)
    request.session.save()  # also when the answer makes the request fail: a challenge has one answer
    if not isinstance(kept, dict) or kept.get("ceremony") != ceremony or kept.get("member") != member.pk:
        return None
    age = int((now or timezone.now()).timestamp()) - int(kept["at"])
    if not 0 <= age <= CHALLENGE_SECONDS:
        return None
    return base64url_to_bytes(str(kept["challenge"]))
