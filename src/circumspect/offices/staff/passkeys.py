"""Passkeys: registering one, and signing in with it as the second factor.

The relying party is the host the browser asked for, which Django has checked against the hosts this
library serves. A challenge lives in the session, for one ceremony, five minutes and one answer: it is
taken out before the answer is looked at. Browsers offer passkeys on names, over TLS or on
``localhost``, never on a bare address such as 127.0.0.1: ``are_possible`` says so beforehand.

Source: W3C Web Authentication Level 2, sections 7.1 and 7.2; clause MP-7.10.
"""

from __future__ import annotations

import ipaddress
import logging
from datetime import datetime
from urllib.parse import urlsplit

import webauthn
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from circumspect.offices.staff.models import Passkey, StaffMember

CHALLENGE_KEY = "staff_passkey_challenge"
CHALLENGE_SECONDS = 300
LONGEST_ANSWER = 20_000
_REGISTER = "register"
_SIGN_IN = "sign in"

log = logging.getLogger(__name__)


def are_possible(request: HttpRequest) -> bool:
    """Whether a browser would make or use a passkey at this address."""
    host = _host(request)
    if _is_bare_address(host):
        return False
    return host == "localhost" or _origin(request).startswith("https://")


def registration_options(
    request: HttpRequest, member: StaffMember, *, library_name: str, now: datetime | None = None
) -> str:
    """JSON for ``navigator.credentials.create``; its challenge is put in the session."""
    options = webauthn.generate_registration_options(
        rp_id=_host(request),
        rp_name=library_name,
        user_id=f"staff:{member.pk}".encode(),
        user_name=member.username,
        user_display_name=member.display_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(member),
    )
    _put_challenge(request, _REGISTER, member, options.challenge, now)
    return webauthn.options_to_json(options)


def register(
    request: HttpRequest, member: StaffMember, answer: str, *, label: str, now: datetime | None = None
) -> bool:
    """Verify the browser's answer and keep the public key under a label. False when it does not verify."""
    challenge = _take_challenge(request, _REGISTER, member, now)
    if challenge is None or len(answer) > LONGEST_ANSWER:
        return False
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
        )
    except WebAuthnException as problem:
        log.warning("passkey of staff:%s not registered: %s", member.pk, type(problem).__name__)
        return False
    except Exception as problem:  # noqa: BLE001 - the parsers underneath fail in their own ways on crafted bytes
        log.warning("passkey of staff:%s not registered: %s", member.pk, type(problem).__name__)
        return False
    try:
        with transaction.atomic():
            Passkey.objects.create(
                member=member,
                credential_id=verified.credential_id,
                public_key=verified.credential_public_key,
                sign_count=verified.sign_count,
                label=_fit_label(label),
            )
    except IntegrityError:
        return False
    return True


def authentication_options(request: HttpRequest, member: StaffMember, *, now: datetime | None = None) -> str:
    """JSON for ``navigator.credentials.get``; its challenge is put in the session."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(request),
        allow_credentials=_descriptors(member),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    _put_challenge(request, _SIGN_IN, member, options.challenge, now)
    return webauthn.options_to_json(options)


def is_right(request: HttpRequest, member: StaffMember, answer: str, *, now: datetime | None = None) -> bool:
    """Verify the browser's answer against this member's passkeys, and move its counter on."""
    challenge = _take_challenge(request, _SIGN_IN, member, now)
    if challenge is None or len(answer) > LONGEST_ANSWER:
        return False
    try:
        credential = parse_authentication_credential_json(answer)
        passkey = Passkey.objects.filter(member=member, credential_id=credential.raw_id).first()
        if passkey is None:
            return False
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
        )
    except Exception as problem:  # noqa: BLE001 - whatever crafted bytes make the parsers raise, the door stays shut
        log.warning("passkey of staff:%s refused: %s", member.pk, type(problem).__name__)
        return False
    moved = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    return moved.update(sign_count=verified.new_sign_count) == 1


def remove(member: StaffMember, passkey_pk: int) -> bool:
    """Forget one of the member's passkeys."""
    return Passkey.objects.filter(member=member, pk=passkey_pk).delete()[0] == 1


def _fit_label(raw_label: str) -> str:
    return "".join(letter for letter in raw_label if letter.isprintable()).strip()[:60] or "Passkey"


def _host(request: HttpRequest) -> str:
    return urlsplit(f"//{request.get_host()}").hostname or ""


def _origin(request: HttpRequest) -> str:
    # Behind a TLS proxy the request itself arrives in the clear; the library's setting knows better.
    scheme = "https" if settings.SESSION_COOKIE_SECURE or request.is_secure() else "http"
    return f"{scheme}://{request.get_host()}"


def _is_bare_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _descriptors(member: StaffMember) -> list[PublicKeyCredentialDescriptor]:
    ids = Passkey.objects.filter(member=member).order_by("pk").values_list("credential_id", flat=True)
    return [PublicKeyCredentialDescriptor(id=bytes(credential_id)) for credential_id in ids]


def _put_challenge(
    request: HttpRequest, ceremony: str, member: StaffMember, challenge: bytes, now: datetime | None
) -> None:
    request.session[CHALLENGE_KEY] = {
        "ceremony": ceremony,
        "member": member.pk,
        "challenge": bytes_to_base64url(challenge),
        "at": int((now or timezone.now()).timestamp()),
    }


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
