"""What a passkey's ceremony asks of a browser, and whether its answer is right. The same for staff and for patrons.

The relying party is the host the browser asked for, which Django has checked against the hosts this
library serves. Browsers offer passkeys on names, over TLS or on ``localhost``, never on a bare address such as
127.0.0.1: ``Site.takes_passkeys`` says so beforehand.

A passkey that *stands alone* signs in without a password or a card: the authenticator keeps it findable, and
checks who holds it, each time. One that does not is a second proof beside a password.

Whoever calls makes the challenges, sees that each is used once, and keeps keys and counters. No database, no log.

Source: W3C Web Authentication Level 3, sections 7.1 and 7.2; clause MP-7.10.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from django.conf import settings
from django.http import HttpRequest
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LONGEST_ANSWER = 20_000
LONGEST_LABEL = 60
_CHALLENGE_BYTES = 32


class PasskeyError(Exception):
    """An answer that is not right. The message is the kind of trouble, and holds nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a browser is: passkeys are bound to it.

    Attributes:
        host: The relying party's id, such as "library.example.org".
        origin: With scheme and port, as the browser writes it into its answer.
    """

    host: str
    origin: str

    @classmethod
    def of(cls, request: HttpRequest) -> Site:
        """The site of a request."""
        # Behind a TLS proxy the request itself arrives in the clear; the library's setting knows better.
        scheme = "https" if settings.SESSION_COOKIE_SECURE or request.is_secure() else "http"
        return cls(
            urlsplit(f"//{request.get_host()}").hostname or "",
            f"{scheme}://{request.get_host()}",
        )

    @property
    def takes_passkeys(self) -> bool:
        """Whether a browser would make or use a passkey here."""
        if _is_bare_address(self.host):
            return False
        return self.host == "localhost" or self.origin.startswith("https://")


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """Whose passkey is made, as the authenticator is told. Prints as nothing.

    Attributes:
        handle: What the authenticator hands back at a sign-in, at most 64 bytes.
    """

    handle: bytes
    name: str
    shown_name: str


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """What is kept of a passkey. Prints as nothing."""

    credential_id: bytes
    public_key: bytes
    counter: int


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a browser sent, read and not yet believed. Prints as nothing.

    Attributes:
        handle: Whose it says that it is; empty where it does not say.
        challenge: Which challenge it says that it answers.
    """

    raw: Any
    credential_id: bytes
    handle: bytes
    challenge: bytes


def new_challenge() -> bytes:
    """A challenge of 32 random bytes."""
    return os.urandom(_CHALLENGE_BYTES)


def creation_options(
    site: Site,
    challenge: bytes,
    account: Account,
    *,
    library_name: str,
    known: Iterable[bytes],
    stands_alone: bool,
) -> str:
    """JSON for ``navigator.credentials.create``.

    Args:
        known: Credential ids the account has already: an authenticator that holds one makes no second.
    """
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=library_name,
        user_id=account.handle,
        user_name=account.name,
        user_display_name=account.shown_name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED
            if stands_alone
            else ResidentKeyRequirement.DISCOURAGED,
            user_verification=_verification(stands_alone),
        ),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options)


def request_options(site: Site, challenge: bytes, *, known: Iterable[bytes] = (), stands_alone: bool) -> str:
    """JSON for ``navigator.credentials.get``. With no ``known`` the authenticator looks for what it has."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=_descriptors(known),
        user_verification=_verification(stands_alone),
    )
    return webauthn.options_to_json(options)


def read_created(text: str) -> Answer:
    """What ``create`` answered. Raises PasskeyError where it cannot be read."""
    return _read(text, parse_registration_credential_json)


def read_answer(text: str) -> Answer:
    """What ``get`` answered. Raises PasskeyError where it cannot be read."""
    return _read(text, parse_authentication_credential_json)


def created_key(site: Site, challenge: bytes, answer: Answer, *, stands_alone: bool) -> Key:
    """The key of a passkey that was just made. Raises PasskeyError where the answer is not right."""
    try:
        made = webauthn.verify_registration_response(
            credential=answer.raw,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=stands_alone,
        )
    except Exception as problem:  # noqa: BLE001 - whatever crafted bytes make it raise, the answer is not right
        raise PasskeyError(type(problem).__name__) from None
    return Key(made.credential_id, made.credential_public_key, made.sign_count)


def new_counter(site: Site, challenge: bytes, answer: Answer, key: Key, *, stands_alone: bool) -> int:
    """The key's counter after this answer.

    A counter that does not grow tells of a copied key: such an answer is not right. A key that does not count
    says nought each time.

    Raises:
        PasskeyError: The answer is not right.
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer.raw,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.counter,
            require_user_verification=stands_alone,
        )
    except Exception as problem:  # noqa: BLE001 - whatever crafted bytes make it raise, the answer is not right
        raise PasskeyError(type(problem).__name__) from None
    return int(verified.new_sign_count)


def fit_label(raw_label: str) -> str:
    """A name for a passkey as it may be kept."""
    letters = "".join(letter for letter in raw_label if letter.isprintable())
    return letters.strip()[:LONGEST_LABEL] or "Passkey"


def _read(text: str, parse: Any) -> Answer:
    if len(text) > LONGEST_ANSWER:
        raise PasskeyError("too long")
    try:
        raw = parse(text)
        challenge = parse_client_data_json(raw.response.client_data_json).challenge
        handle = getattr(raw.response, "user_handle", None) or b""
        return Answer(raw, bytes(raw.raw_id), bytes(handle), bytes(challenge))
    except Exception as problem:  # noqa: BLE001 - parsers fail in their own ways on crafted bytes: nothing was read
        raise PasskeyError(type(problem).__name__) from None


def _verification(stands_alone: bool) -> UserVerificationRequirement:
    return UserVerificationRequirement.REQUIRED if stands_alone else UserVerificationRequirement.PREFERRED


def _descriptors(known: Iterable[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes(each)) for each in known]


def _is_bare_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
