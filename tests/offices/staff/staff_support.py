"""What the staff tests share: a browser, a keeper of secrets, and the security key made of software."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from security_key import SecurityKey as SecurityKey

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
