"""What the staff tests share: a browser, a keeper of secrets, and a security key made of software."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import cbor2
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

T = TypeVar("T")

MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
GOOD_PASSWORD = "nine-herons-over-the-weir"
DESK = "10.0.0.5"
HASH = "ab" * 32


def after(**span: float) -> datetime:
    """A moment so long after the morning."""
    return MORNING + timedelta(**span)


class Browser:
    """Keeps one session cookie, and sends each request through Django's own session middleware."""

    def __init__(self, host: str = "localhost:8000", *, secure: bool = False) -> None:
        self.host = host
        self.secure = secure
        self.cookie = ""

    def does(self, call: Callable[[HttpRequest], T]) -> T:
        """Run one request."""
        request = RequestFactory().post("/", HTTP_HOST=self.host, secure=self.secure)
        if self.cookie:
            request.COOKIES[settings.SESSION_COOKIE_NAME] = self.cookie
        results: list[T] = []

        def view(request: HttpRequest) -> HttpResponse:
            results.append(call(request))
            return HttpResponse()

        response = SessionMiddleware(view)(request)
        if settings.SESSION_COOKIE_NAME in response.cookies:
            self.cookie = response.cookies[settings.SESSION_COOKIE_NAME].value
        return results[0]


class AesKeeper:
    """A real keeper of secrets: AES-256-GCM, the label as associated data."""

    def __init__(self) -> None:
        self._cipher = AESGCM(AESGCM.generate_key(256))

    def protect(self, label: str, value: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, value, label.encode())

    def reveal(self, label: str, blob: bytes) -> bytes:
        return self._cipher.decrypt(blob[:12], blob[12:], label.encode())


KeeperRefuses = InvalidTag


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class SecurityKey:
    """An authenticator in software: one P-256 key, a counter, "none" attestation."""

    def __init__(self, origin: str = "http://localhost:8000", rp_id: str = "localhost") -> None:
        self.origin = origin
        self.rp_id = rp_id
        self.counter = 0
        self.credential_id = os.urandom(32)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: str) -> str:
        """Answer ``navigator.credentials.create``."""
        client_data = self._client_data("webauthn.create", options)
        attested = (
            b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose_key()
        )
        auth_data = self._auth_data(flags=0x41) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": auth_data})
        return self._answer({"clientDataJSON": _b64(client_data), "attestationObject": _b64(attestation)})

    def get(self, options: str) -> str:
        """Answer ``navigator.credentials.get``."""
        self.counter += 1
        client_data = self._client_data("webauthn.get", options)
        auth_data = self._auth_data(flags=0x01)
        signed = auth_data + hashlib.sha256(client_data).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": _b64(client_data),
                "authenticatorData": _b64(auth_data),
                "signature": _b64(signature),
            }
        )

    def _client_data(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _auth_data(self, *, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _cose_key(self) -> bytes:
        point = self._key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )

    def _answer(self, response: dict[str, Any]) -> str:
        name = _b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
