"""The website in a real Chromium: walked with cookies blocked and scripts off, traced, looked at, read by axe.

One walk for all: every page of the list, in three languages by turns, on a phone and a desktop, in light and dark.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from site_support import DATABASES, fill_site

from circumspect.faces.public import languages
from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = (
    "/library/",
    "/library/hours/",
    "/library/catalogue/?q=lalka",
    "/library/news/",
    "/library/news/the-east-levee-branch-gets-a-new-floor/",
    "/library/events/",
    "/library/lists/read-again-by-people-who-work-here/",
    "/library/services/",
    "/library/elsewhere/",
    "/library/elsewhere/prairie-films/",
    "/library/social-media/",
    "/library/policy/",
    "/library/policies/",
    "/library/policies/privacy/versions/",
    "/library/policies/privacy/differences/",
    "/library/promises/",
    "/library/what-we-keep/",
    "/library/what-we-keep/in-short/",
    "/library/what-we-keep/for-children/",
    "/library/cookies/",
    "/library/wireless/",
    "/library/wireless/welcome/",
    "/library/access/",
    "/library/records/",
    "/library/records/denials/",
    "/library/transparency/",
    "/library/ledger/",
    "/library/nowhere/",
)
# Language, width and scheme go round at different speeds, so that each page meets some pair and each pair some page.
LOOKS = [
    (code, width, scheme)
    for code, width, scheme in (
        ("en", 1280, "light"),
        ("es", 320, "dark"),
        ("pl", 390, "light"),
        ("en", 390, "dark"),
        ("es", 1280, "light"),
        ("pl", 1280, "dark"),
        ("pl", 320, "light"),
    )
]


@pytest.fixture
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.mark.clause("TH-3.5", "TH-3.8", "TH-2.1", "MP-2.1")
def test_every_page_is_walked_without_scripts_and_cookies_and_asks_nobody_else(
    chromium, live_server, library
):
    """No page is wider than its screen, none gets a cookie, none asks another host; axe finds nothing; keys reach the page."""
    from axe_playwright_python.sync_playwright import Axe

    fill_site(library)
    asked: set[str] = set()
    wrong: list[str] = []
    contexts: dict[tuple[int, str], Any] = {}
    for at, path in enumerate(PAGES):
        code, width, scheme = LOOKS[at % len(LOOKS)]
        if (width, scheme) not in contexts:
            # axe is put in by the browser itself; of the pages' own scripts there are none, and their policy lets none run.
            context = chromium.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,
                reduced_motion="reduce",
                bypass_csp=True,
            )
            page = context.new_page()
            page.on("request", lambda request: asked.add(request.url))
            contexts[width, scheme] = page
        page = contexts[width, scheme]
        where = f"{path} in {code}, {width} px, {scheme}"
        page.goto(live_server.url + languages.in_language(path, code))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{where}: wider than its screen")
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") != "#main":
            wrong.append(f"{where}: the first key does not lead to the page")
        # While it has the focus, that link lies over the head of a narrow page, as it is meant to.
        page.evaluate("document.activeElement.blur()")
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        wrong += [
            f"{where}: {each['id']} {[node['target'] for node in each['nodes']][:3]}"
            for each in found.response["violations"]
        ]
        if page.context.cookies():
            wrong.append(f"{where}: sets a cookie")
        name = path.strip("/").replace("/", "-").partition("?")[0]
        picture(page, f"site-{name}-{code}-{width}-{scheme}", full=False)

    assert not wrong, "\n".join(wrong)
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(live_server.url).netloc}


def test_with_scripts_off_a_reader_searches_opens_a_title_and_changes_the_language(
    chromium, live_server, library
):
    """By keyboard alone; the words are kept nowhere but in the address of the page that they asked for."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/library/")
    page.get_by_label("Find in the catalog").focus()
    page.keyboard.type("niemnem")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Nad Niemnem").click()
    page.get_by_role("link", name="Polski").click()
    page.get_by_role("link", name="Zamów").wait_for()

    assert "/library/pl/catalogue/" in page.url
    assert context.cookies() == []
