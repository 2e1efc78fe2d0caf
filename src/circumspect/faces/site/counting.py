"""After a page of the website has left, the annex is told that it did. That is all the website does for it.

Pages of the website alone, sent whole to a browser that asked for them: no account's page, no file, no search
that found nothing, no post. A route's own parameters are not passed on, but for the ``slug`` of something that
the library itself has published.

Source: clauses TH-2.3, TH-2.6, TH-2.8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from circumspect.faces.public.clients import address_by
from circumspect.home import Home
from circumspect.visits.settings import is_on, settings_of
from circumspect.visits.telling import Line, look_at

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_PUBLISHED = "slug"


class CountingMiddleware:
    """Puts the telling behind the sending."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._begin = f"/{settings.PUBLIC_SITE}"
        home: Home | None = settings.HOME
        self._line = Line(settings_of(home).socket) if home is not None and is_on(home) else None
        self._proxy_header = home.proxy_header if home is not None else ""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        cookies = dict.fromkeys(request.COOKIES, "")  # names alone, before anybody takes them away
        response = self._get_response(request)
        if self._line is not None and self._is_page(request, response):
            sent = response.close

            def close() -> None:
                sent()
                self._tell(request, cookies)

            response.close = close  # type: ignore[method-assign]
        return response

    def _is_page(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        return (
            request.method == "GET"
            and response.status_code == 200
            and request.path_info.startswith(self._begin)
            and isinstance(response, HttpResponse)
            and response.headers.get("Content-Type", "").startswith("text/html")
        )

    def _tell(self, request: HttpRequest, cookies: Mapping[str, str]) -> None:
        look = look_at(
            _page(request, self._begin),
            cookies=cookies,
            headers=request.headers,
            address=address_by(request, self._proxy_header),
            own_hosts=frozenset({request.META.get("HTTP_HOST", "").partition(":")[0]}),
        )
        if look is not None and self._line is not None:
            self._line.send(look)


def _page(request: HttpRequest, begin: str) -> str:
    """The route, with what is published filled in, and any other parameter left out."""
    match = request.resolver_match
    if match is None or not match.route:
        return request.path_info.removeprefix(begin)
    filled = _PARAMETER.sub(
        lambda found: str(match.kwargs.get(found[1], "*")) if found[1] == _PUBLISHED else "*", match.route
    )
    return filled.removeprefix(begin.lstrip("/"))
