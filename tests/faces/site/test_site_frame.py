"""The frame of every public page: no cookie, no other site, a language in the address, the policy in the foot."""

from __future__ import annotations

import datetime as dt
import gzip
import re

import pytest
from django.test import RequestFactory
from site_support import DATABASES, Reader

from circumspect.faces.public import languages
from circumspect.faces.public.forms import FormGuard, RobotError, StaleFormError
from circumspect.faces.public.markdown import html, plain
from circumspect.faces.public.middleware import is_foreign

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)
NOW = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize(("code", "word"), [("en", "Catalog"), ("es", "Catálogo"), ("pl", "Katalog")])
def test_the_address_says_the_language_and_every_link_keeps_it(reader, code, word):
    """No cookie and no header is asked."""
    page = reader.read(languages.in_language("/library/", code), Accept_Language="de")

    assert f'<html lang="{code}">' in page
    assert word in page
    ways = re.findall(r'href="(/library/[^"]*)"', page.partition("<main")[2])
    assert ways
    assert all(languages.split(way)[0] == code for way in ways)


def test_a_search_goes_on_in_another_language(reader):
    """Whoever finds the list in the wrong language does not type it anew; an error page repeats nothing."""
    page = reader.get("/library/catalogue/?q=nad+niemnem&at=main&scan=21234000000018").content.decode()
    assert 'href="/library/pl/catalogue/?q=nad+niemnem&amp;at=main" lang="pl"' in page
    spanish = reader.get("/library/es/catalogue/?q=%22%3E%3Cb%3E").content.decode()
    assert 'href="/library/catalogue/?q=%22%3E%3Cb%3E" lang="en"' in spanish
    # What no page reads comes back on none: it may be what a machine or a slip put there.
    assert "21234000000018" not in page
    assert "21234000000018" not in reader.get("/library/?q=21234000000018&id=21234000000018").content.decode()
    assert "?q=" not in reader.get("/library/catalogue/999999/?q=nad").content.decode()
    assert (
        "?q=" not in reader.get("/library/catalogue/?q=" + "a" * 3000).content.decode().partition("<main")[0]
    )


def test_a_language_is_no_page_and_an_unknown_one_is_nothing():
    """``split`` and ``in_language`` undo each other."""
    for code in languages.LANGUAGES:
        for path in ("/library/", "/library/news/a/", "/my/loans/"):
            assert languages.split(languages.in_language(path, code)) == (code, path)
    assert languages.split("/library/de/news/") == ("en", "/library/de/news/")
    assert languages.split("/library/espresso/") == ("en", "/library/espresso/")
    assert languages.in_language("/sign-in/", "pl") == "/sign-in/"


@pytest.mark.clause("TH-3.5", "TH-3.7")
def test_foreign_cookies_and_a_staff_session_change_nothing_on_a_public_page(reader):
    """They are thrown away before anything could read them."""
    plain_page = reader.read("/library/hours/")
    reader.cookies["_ga"] = "GA1.2.3"
    reader.cookies["circumspect_session"] = "x" * 32

    assert reader.read("/library/hours/") == plain_page


def test_headers_keep_a_page_to_itself(reader, settings):
    """And where the library is behind TLS, browsers are told to stay there."""
    settings.SECURE_HSTS_SECONDS = 31536000
    answer = reader.get("/library/")

    assert answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'none'")
    assert "http" not in answer["Content-Security-Policy"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=()" in answer["Permissions-Policy"]
    assert answer["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Vary" not in answer or answer["Vary"] == "Accept-Encoding"


def test_a_page_that_is_not_there_says_so_in_its_language_and_quotes_nothing(reader):
    """Neither the address nor what was asked."""
    page = reader.read("/library/pl/nowhere-zielinska/?q=secret", status=404)

    assert "Pod tym adresem nic nie ma" in page
    assert "zielinska" not in page.partition("<main")[2]
    assert "secret" not in page
    assert "Page" not in page.partition("<main")[2]


def test_a_form_that_is_too_large_says_so_in_its_language_and_is_not_read(reader):
    answer = reader.generic(
        "POST",
        "/library/pl/ask/question/",
        b"-",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(10**9),
        HTTP_ORIGIN="http://testserver",
    )

    assert answer.status_code == 413
    assert "To za dużo, by wysłać naraz" in answer.content.decode()


def test_a_broken_page_says_so_in_its_language(reader, monkeypatch):
    """Without a word of what broke."""
    from circumspect.faces.site.views import library as views

    monkeypatch.setattr(views.opening, "branches", lambda _house: 1 / 0)
    reader.raise_request_exception = False

    page = reader.read("/library/es/hours/", status=500)
    assert "Algo falló de nuestra parte" in page
    assert "division" not in page


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"HTTP_ORIGIN": "http://testserver"}, False),
        ({"HTTP_ORIGIN": "http://evil.example"}, True),
        ({"HTTP_ORIGIN": "null"}, True),
        ({"HTTP_SEC_FETCH_SITE": "cross-site"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": "http://testserver"}, False),
    ],
)
def test_a_form_from_another_sites_page_is_turned_away(headers, foreign):
    """By what the browser itself says."""
    assert is_foreign(RequestFactory().post("/library/", **headers)) is foreign
    assert is_foreign(RequestFactory().get("/library/", **headers)) is False


def test_a_stamp_opens_its_own_form_for_its_own_session_in_its_own_time():
    """And nothing else."""
    guard = FormGuard("ask", least_seconds=2)
    fields = guard.fields(NOW, bound_to="s1")
    posted = {fields["name"]: fields["value"]}
    later = NOW + dt.timedelta(seconds=30)

    guard.check(posted, later, bound_to="s1")
    for wrong in (
        lambda: guard.check(posted, later, bound_to="s2"),
        lambda: FormGuard("other").check(posted, later, bound_to="s1"),
        lambda: guard.check({}, later, bound_to="s1"),
        lambda: guard.check(posted, NOW + dt.timedelta(hours=7), bound_to="s1"),
        lambda: guard.check({fields["name"]: fields["value"] + "x"}, later, bound_to="s1"),
    ):
        with pytest.raises(StaleFormError):
            wrong()
    with pytest.raises(RobotError):
        guard.check({**posted, fields["trap"]: "http://spam.example"}, later, bound_to="s1")
    with pytest.raises(RobotError):
        guard.check(posted, NOW, bound_to="s1")


@pytest.mark.clause("TH-5.1")
def test_markdown_marks_what_leads_elsewhere_and_believes_no_html():
    """No image, no script, no tracker."""
    made = html(
        "# A\n\n[out](https://example.org/x) [in](/library/news/) <script>x</script> ![p](https://t.example/p.gif)"
        " [j](javascript:alert(1))\n\n## B {#b}\n"
    )

    assert "<h2>A</h2>" in made
    assert '<h3 id="b">B</h3>' in made
    assert 'rel="noreferrer external"' in made
    assert "(leads to another site)" in made
    assert made.count("leads to another site") == 2, (
        "what would be an image is a link that somebody may follow"
    )
    assert "<script" not in made
    assert "<img" not in made
    assert "javascript:" not in made.replace("javascript:alert(1))", "")
    assert 'href="/library/news/"' in made
    assert plain("# A {#a}\n\nb *c*") == "A\n\nb c"


def test_a_link_goes_by_way_of_the_notice_where_the_register_says_so():
    """A service that sets cookies of its own is not entered without a word."""
    made = html("[films](https://films.example/)", lambda address: "/library/leaving/films/")
    assert 'href="/library/leaving/films/"' in made
    assert "films.example" not in made


def test_pages_are_packed_for_a_browser_that_can_read_that(reader):
    """And weigh little."""
    answer = reader.get("/library/hours/", headers={"Accept-Encoding": "gzip, br"})
    assert answer["Content-Encoding"] == "gzip"
    assert b"Main Library" in gzip.decompress(answer.content)
    assert isinstance(reader, Reader)
