"""A stranger reads everything: every page in every language, and on each nothing of anybody, no cookie, no other site.

The crawl follows every link that a page has, from the first page on; a page that no link leads to would not be found, so
the list of addresses is held against what was read.

Source: issue "The public side", section 8; clauses MP-7.6, TH-2.1, TH-3.2, TH-3.5, TH-3.7, TH-3.8, TH-5.1.
"""

from __future__ import annotations

import datetime as dt
import gzip
import logging
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from site_support import DATABASES, fill_site

from circumspect.faces.public import cookies, languages

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

MOST_BYTES = 50_000
FOREIGN = "_ga=GA1.2.99887766; vendor_session=qzforeigncookieqz; circumspect_session=qzstaffqz"
# Of a patron who has everything: nothing of it may stand on any page.
CANARIES = (
    "Qzabłoński",
    "Quetzalina",
    "17 Qwyrm Lane",
    "qz.ada@example.org",
    "309-555-0188",
    "21234000077773",
)
_TAKES = {"src", "srcset", "data", "poster", "background", "action", "formaction", "manifest", "ping"}


class Page(HTMLParser):
    """What a page asks for, where it leads, and how its links to other sites are marked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.asks: list[str] = []
        self.outside: list[dict[str, str]] = []
        self.tags: set[str] = set()
        self.lang = ""
        self.styles = 0
        self._link: dict[str, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.styles += "style" in told
        self.asks += [told[name] for name in _TAKES & set(told)]
        if tag == "html":
            self.lang = told.get("lang", "")
        if tag == "link" and told.get("rel") in (
            "stylesheet",
            "icon",
            "preload",
            "preconnect",
            "dns-prefetch",
        ):
            self.asks.append(told["href"])
        elif tag == "link":
            self.leads.append(told["href"])
        if tag == "a" and "href" in told:
            self.leads.append(told["href"])
            if urlsplit(told["href"]).netloc:
                self._link = {**told, "words": ""}
                self.outside.append(self._link)

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link["words"] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None


@pytest.fixture(autouse=True)
def quiet_reader() -> None:
    """The reader of Markdown tells each rule it tries: that would bury what we look for."""
    logging.getLogger("markdown_it").setLevel(logging.WARNING)


@pytest.fixture
def living(library: Any) -> Any:
    """The library with everything it can say, and one patron who has everything."""
    fill_site(library)
    _a_patron(library)
    return library


def _a_patron(house: Any) -> None:
    from circumspect.records.patrons.registration import Registration, register
    from circumspect.trust.policy.request import Actor, ActorKind

    clerk = Actor(ActorKind.STAFF, "1", frozenset({"desk"}), True, "2026-11")
    register(
        house,
        clerk,
        Registration(
            CANARIES[0],
            CANARIES[1],
            street=CANARIES[2],
            city="Prairie Bend",
            postcode="62191",
            phone=CANARIES[4],
            email=CANARIES[3],
            birth_date=dt.date(1984, 3, 9),
        ),
    )


def crawl(client: Client, headers: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    """Every page that links lead to: its path, the answer, and its text."""
    waiting, seen = ["/library/", *_HIDDEN], set()
    while waiting:
        path = waiting.pop()
        bare = path.partition("#")[0]
        if bare in seen:
            continue
        seen.add(bare)
        answer = client.get(bare, headers=dict(headers))
        body = answer.content
        text = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
        yield bare, answer, text.decode("utf-8", "replace")
        if answer.headers["Content-Type"].startswith("text/html"):
            for lead in Page(text.decode()).leads:
                full = urljoin(bare, lead)
                if full.startswith("/library/") and full not in seen:
                    waiting.append(full)


_OF_OTHERS = ("site-statistics",)
# What machines ask for, and what a captive portal shows: no page links there.
_HIDDEN = ("/robots.txt", "/.well-known/security.txt", "/.well-known/gpc.json", "/library/wireless/welcome/")


def faults(path: str, answer: Any, text: str, *, css: int) -> list[str]:
    """What is wrong with one answer."""
    out = []
    if answer.status_code != 200:
        return [f"{path}: {answer.status_code}"]
    if answer.cookies or "Set-Cookie" in answer.headers:
        out.append(f"{path}: sets a cookie")
    out += [f"{path}: shows {canary[:2]}…" for canary in CANARIES if canary.casefold() in text.casefold()]
    if "qzforeigncookieqz" in text or "qzstaffqz" in text:
        out.append(f"{path}: gives a foreign cookie back")
    if not answer.headers["Content-Type"].startswith("text/html"):
        return out
    page = Page(text)
    out += [f"{path}: asks {ask} of another site" for ask in page.asks if urlsplit(ask).netloc]
    out += [
        f"{path}: has <{tag}>" for tag in ("script", "iframe", "img", "object", "embed") if tag in page.tags
    ]
    if page.styles or "<style" in text or "http-equiv" in text:
        out.append(f"{path}: has style or orders inline")
    for link in page.outside:
        words = {
            "en": "leads to another site",
            "es": "lleva a otro sitio",
            "pl": "prowadzi do innej witryny",
        }[page.lang]
        if (
            "out" not in link.get("class", "")
            or link.get("rel") != "noreferrer external"
            or words not in link["words"]
        ):
            out.append(f"{path}: does not mark {link['href']}")
    if page.lang != languages.split(path)[0]:
        out.append(f"{path}: speaks {page.lang}")
    policy = languages.in_language("/library/policy/", page.lang)
    if f'href="{policy}"' not in text.partition('class="promise"')[2]:
        out.append(f"{path}: has no link to the policy in its foot")
    if "default-src 'none'" not in answer.headers.get("Content-Security-Policy", ""):
        out.append(f"{path}: lets other sites in")
    if len(answer.content) + css > MOST_BYTES:
        out.append(f"{path}: weighs {len(answer.content) + css} bytes")
    return out


def _css_bytes() -> int:
    found = finders.find("public/public.css")
    return Path(str(found)).stat().st_size


@pytest.mark.clause("MP-7.6", "TH-2.1", "TH-3.2", "TH-3.5", "TH-3.8", "TH-5.1", "TH-7.2")
def test_a_stranger_reads_every_page_and_none_holds_anybody_or_asks_another_site(living, caplog):
    """Signed out, with foreign cookies in the bag; each address the site has is read in each language."""
    from django.urls import get_resolver

    caplog.set_level(logging.DEBUG)
    css, read, wrong = _css_bytes(), set(), []
    for path, answer, text in crawl(Client(), {"Cookie": FOREIGN, "Accept-Encoding": "gzip"}):
        wrong += faults(path, answer, text, css=css)
        read.add((answer.wsgi_request.resolver_match.url_name, languages.split(path)[0]))

    assert wrong == []
    names = {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("site-")
    }
    # Pages of other rooms, which have something to show only once it was published: each has a test of its own.
    left_to_others = {name for name in names if name.startswith(_OF_OTHERS)}
    once = {("site-wireless-splash", "es"), ("site-wireless-splash", "pl")}  # three languages on one page
    assert {(name, code) for name in names - left_to_others for code in languages.LANGUAGES} - read <= once
    assert "qzforeigncookieqz" not in caplog.text


@pytest.mark.clause("TH-3.7")
def test_a_foreign_cookie_rests_in_no_table_and_no_log(living, caplog):
    """Looked for in every row of every table after it was sent to every page."""
    from django.apps import apps

    caplog.set_level(logging.DEBUG)
    client = Client()
    for path in ("/library/", "/library/catalogue/?q=river", "/my/", "/library/nowhere/"):
        client.get(path, headers={"Cookie": FOREIGN})

    rows = [str(row) for model in apps.get_models() for row in model._default_manager.values()]
    assert rows
    assert not any("qzforeigncookieqz" in row or "qzstaffqz" in row for row in rows)
    assert "qzforeigncookieqz" not in caplog.text


@pytest.mark.clause("TH-3.2", "TH-3.6")
def test_the_page_about_cookies_lists_what_the_program_can_set_and_no_more(living):
    """The list is the settings' own; the page is made from the list."""
    listed = {each.name for each in cookies.ours()}
    text = Client().get("/library/cookies/").content.decode()

    assert listed == {settings.SESSION_COOKIE_NAME, settings.PATRON_COOKIE}
    assert set(re.findall(r"<code>([^<]+)</code>", text)) == listed
    assert settings.CSRF_USE_SESSIONS, "or there would be a third"


def test_the_crawl_would_find_what_it_looks_for(living):
    """Twins of each fault: a canary, a picture of another site's, a link without a mark, a cookie."""
    answer = Client().get("/library/")
    text = answer.content.decode()
    bad = {
        "shows": text.replace("</main>", f"{CANARIES[0]}</main>"),
        "asks": text.replace("</main>", '<form action="https://t.example/"></form></main>'),
        "mark": text.replace("</main>", '<a href="https://t.example/">x</a></main>'),
        "<img>": text.replace("</main>", '<img alt="" src="/x.png"></main>'),
        "inline": text.replace("</main>", '<p style="x">y</p></main>'),
        "policy": text.replace('class="promise"', ""),
        "speaks": text.replace('<html lang="en"', '<html lang="pl"'),
    }

    assert faults("/library/", answer, text, css=0) == []
    for word, page in bad.items():
        assert any(word in each for each in faults("/library/", answer, page, css=0)), word
    assert any("weighs" in each for each in faults("/library/", answer, text, css=MOST_BYTES))
    answer.set_cookie("x", "y")
    assert any("cookie" in each for each in faults("/library/", answer, text, css=0))


@pytest.mark.clause("TH-2.6")
def test_what_is_searched_for_is_kept_nowhere(living, caplog):
    """No row anywhere changes with a search, and no log names it."""
    from django.apps import apps

    def everything() -> list[str]:
        return [
            str(row) for model in apps.get_models() for row in model._default_manager.order_by("pk").values()
        ]

    caplog.set_level(logging.DEBUG)
    before = everything()
    answer = Client().get("/library/catalogue/?q=qzsearchedqz")

    assert answer.headers["Cache-Control"] == "no-store"
    assert everything() == before
    assert "qzsearchedqz" not in caplog.text
