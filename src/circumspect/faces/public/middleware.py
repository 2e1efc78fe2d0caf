"""Around each of the public's pages: its language, no cookie, no other site, and words of our own for what went wrong.

Stands outside Django's sessions. On the website every cookie that a browser sends is thrown away before anything can read it;
on the patron's own pages all but the one that stands for a sign-in there. So a foreign cookie cannot be stored or
logged, and a staff session means nothing here. A form posted from another site's page is turned away here, for both.

Source: clauses TH-3.5 to TH-3.8, TH-5.1; issue "The public side", section 2.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from circumspect.faces.public import languages
from circumspect.faces.public.pages import trouble

_POLICY = (
    "default-src 'none'; {scripts}style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'"
)
# Nothing runs on the website. On the patron's own pages a passkey needs one script of ours; every act works without it.
SITE_POLICY = _POLICY.format(scripts="script-src 'none'; ")
PORTAL_POLICY = _POLICY.format(scripts="script-src 'self'; connect-src 'self'; ")

HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # To our own pages and to nobody else's. Links out carry "noreferrer" besides.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), attribution-reporting=(), browsing-topics=(), camera=(), display-capture=(),"
    " geolocation=(), gyroscope=(), identity-credentials-get=(), interest-cohort=(), magnetometer=(), microphone=(),"
    " midi=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_WORTH_PACKING = 800


class PublicMiddleware:
    """Stands between the web server and everything that is the public's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_public(request.path_info):
            return self._get_response(request)
        language, path = languages.split(request.path_info)
        request.path_info = path
        request.language = language  # type: ignore[attr-defined]
        _forget_cookies(request)
        # Django's own check stands on a session, which these pages have not; ours is below, and in ``forms``.
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        with translation.override(language):
            if is_foreign(request):
                response: HttpResponseBase = trouble(request, 403)
            else:
                response = self._in_our_words(request, self._get_response(request))
        return _dressed(request, response)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """What a view raised, in the page's language."""
        if not is_public(request.path_info):
            return None
        if isinstance(problem, Http404):
            return trouble(request, 404)
        if isinstance(problem, PermissionDenied):
            return trouble(request, 403)
        if isinstance(problem, RequestDataTooBig):
            return trouble(request, 413)
        if isinstance(problem, BadRequest | SuspiciousOperation):
            return trouble(request, 400)
        return None

    def _in_our_words(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """An address that leads nowhere, or a page that broke: Django's answer has no language."""
        if response.status_code < 400 or getattr(response, "in_our_words", False):
            return response
        if response.status_code == 405 or not response.headers.get("Content-Type", "").startswith(
            "text/html"
        ):
            return response
        return trouble(request, response.status_code)


def is_public(path: str) -> bool:
    """Whether an address is one of the public's."""
    return path.startswith(tuple(f"/{place}" for place in settings.PUBLIC_PLACES))


def is_portal(path: str) -> bool:
    """Whether an address is one of the patron's own pages."""
    return path.startswith(f"/{settings.PUBLIC_PORTAL}")


def is_foreign(request: HttpRequest) -> bool:
    """Whether a form was posted from another site's page. Browsers say so, and a page cannot make them lie."""
    if request.method in _SAFE:
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.get_host()


def _forget_cookies(request: HttpRequest) -> None:
    kept = settings.PATRON_COOKIE if is_portal(request.path_info) else ""
    request.COOKIES = {name: value for name, value in request.COOKIES.items() if name == kept}
    request.META["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in request.COOKIES.items())


def _dressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    portal = is_portal(request.path_info)
    own: Mapping[str, Any] = {
        **HEADERS,
        "Content-Security-Policy": PORTAL_POLICY if portal else SITE_POLICY,
        "Content-Language": request.language,  # type: ignore[attr-defined]
    }
    for name, value in own.items():
        response.headers[name] = value
    if settings.SECURE_HSTS_SECONDS:
        response.headers["Strict-Transport-Security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
        )
    if portal:
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
    response.headers.setdefault("Cache-Control", "public, max-age=120")
    # The page is the same whatever cookie came: nothing in between has to keep them apart.
    response.headers.pop("Vary", None)
    return _packed(request, response)


def _packed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Compressed, where the browser can read that. Only the website: no secret stands on its pages."""
    if not isinstance(response, HttpResponse) or response.has_header("Content-Encoding"):
        return response
    if (
        response.headers.get("Content-Type", "").split("/")[0] != "text"
        or len(response.content) < _WORTH_PACKING
    ):
        return response
    patch_vary_headers(response, ("Accept-Encoding",))
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(response.content, compresslevel=5, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.content))
    return response
