"""What the website tells the annex of a page that it has sent, and of which pages it tells nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import resolve

from circumspect.faces.site.counting import CountingMiddleware
from circumspect.visits.reducing import Look

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"


class Listening:
    """Stands for the line to the annex."""

    def __init__(self) -> None:
        self.heard: list[Look] = []

    def send(self, look: Look) -> bool:
        self.heard.append(look)
        return True


@pytest.fixture(autouse=True)
def no_database_beneath():
    """These pages use no database; one that an earlier test of this process left open is not looked at.

    The test client of Django does the same around each of its requests.
    """
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


def told(
    path: str, *, answer: Any = None, method: str = "get", cookies: str = "", proxy: str = "", **headers: str
):
    """The looks that were told once the answer had been sent; before it, there must be none."""
    request = getattr(RequestFactory(), method)(
        path, headers={"User-Agent": FIREFOX, "Cookie": cookies, **headers}
    )
    request.resolver_match = resolve(request.path_info) if path.startswith("/library/") else None

    def page(asked: Any) -> Any:
        asked.COOKIES = {}  # as the public's own middleware does before anything reads them
        return answer or HttpResponse("a page")

    middleware, line = CountingMiddleware(page), Listening()
    middleware._line, middleware._proxy_header = line, proxy  # type: ignore[assignment]
    response = middleware(request)
    assert line.heard == []
    response.close()
    return line.heard


@pytest.mark.clause("TH-2.3", "TH-2.6")
def test_a_page_is_told_of_after_it_was_sent_and_without_what_was_searched_for():
    (look,) = told(
        "/library/catalogue/?q=divorce", Referer="https://example.org/a?b", **{"Accept-Language": "es"}
    )

    assert look == Look("catalogue", "catalogue", "example.org", "es", "127.0.0.1", FIREFOX)


@pytest.mark.clause("TH-2.6")
def test_a_title_looked_at_is_a_title_and_not_which():
    """Of what the library has published itself, the name is told."""
    assert told("/library/catalogue/4711/")[0].page == "catalogue/*"
    assert told("/library/events/film-night/")[0].page == "events/film-night"
    assert told("/library/")[0].area == "home"


@pytest.mark.clause("TH-2.8", "TH-2.9")
@pytest.mark.parametrize(
    "cookie", ["circumspect_patron=x", "circumspect_session=x", "a=b; circumspect_patron=x"]
)
def test_of_whoever_is_signed_in_nothing_is_told(cookie: str):
    """Though the cookies are thrown away before any page sees them."""
    assert told("/library/events/", cookies=cookie) == []
    assert len(told("/library/events/", cookies="foreign=x")) == 1


@pytest.mark.clause("TH-2.8")
@pytest.mark.parametrize("path", ["/my/", "/my/loans/", "/", "/sign-in/", "/static/public/public.css"])
def test_of_accounts_and_the_desk_nothing_is_told(path: str):
    assert told(path) == []


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse("gone", status=404),
        HttpResponse("moved", status=302),
        HttpResponse("{}", content_type="application/json"),
        StreamingHttpResponse([b"x"]),
    ],
    ids=["not-found", "moved", "no-page", "stream"],
)
def test_what_is_no_page_is_not_told_of(answer: Any):
    assert told("/library/events/", answer=answer) == []


def test_a_post_is_not_told_of():
    assert told("/library/events/", method="post") == []


@pytest.mark.clause("TH-2.4")
def test_behind_a_proxy_of_ours_its_own_word_for_the_address_is_taken():
    """The last one: those before it, anybody may have written."""
    (look,) = told(
        "/library/events/", proxy="X-Forwarded-For", **{"X-Forwarded-For": "1.2.3.4, 198.51.100.7"}
    )

    assert look.address == "198.51.100.7"


def test_without_an_annex_a_page_is_sent_all_the_same():
    """The real line, to a socket that is not there."""
    middleware = CountingMiddleware(lambda _: HttpResponse("a page"))
    response = middleware(RequestFactory().get("/library/", headers={"User-Agent": FIREFOX}))
    response.close()

    assert response.status_code == 200
