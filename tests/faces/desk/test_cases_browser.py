"""Requests about patrons in a real Chromium: a clerk alone takes one in, the director works it; looked at and axe-clean."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from desk_support import ADA_CARD, DATABASES, GOOD_PASSWORD

from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 800}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the module, the machine's own."""
    from playwright.sync_api import sync_playwright

    # The browser's driver runs a loop in this thread; Django would take our fixtures for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def sign_in(chromium: Any, live_server: Any, library: Any) -> Iterator[Callable[..., Any]]:
    """Open a window and sign somebody in."""
    contexts: list[Any] = []

    def signed_in(username: str, **options: Any) -> Any:
        contexts.append(chromium.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options}))
        page = contexts[-1].new_page()
        page.goto(live_server.url + "/sign-in/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", GOOD_PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(live_server.url + "/")
        return page

    yield signed_in
    for context in contexts:
        context.close()


def shot(page: Any, name: str) -> None:
    """Take a picture, and hold the page to WCAG 2.2 AA and to its width."""
    from axe_playwright_python.sync_playwright import Axe

    picture(page, f"cases-{name}")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
    assert found == [], [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"


def test_a_request_from_first_contact_to_a_packet_looked_at(sign_in: Any, staff_of: Any):
    staff_of("dora", ["executive_director"])
    clerk = sign_in("rosa", viewport=PHONE)
    clerk.click("text=Somebody asks about a patron")
    shot(clerk, "intake-phone")
    clerk.click("text=Call the person in charge")
    shot(clerk, "intake-wrong-phone")
    clerk.select_option("[name=what]", "paper")
    clerk.check("[name=urgent][value=yes]")
    clerk.click("text=Call the person in charge")
    clerk.wait_for_selector("text=those in charge are told")
    shot(clerk, "taken-phone")

    page = sign_in("dora")
    shot(page, "alarm")
    page.click("text=I have it")
    page.click("text=Court order for records")
    page.click("text=It is this")
    page.wait_for_selector("text=Received: check its form")
    shot(page, "order")
    for box in page.query_selector_all("#step-check input[type=radio][value=yes]"):
        box.check()
    for name in ("court", "docket", "served_by"):
        page.fill(f"[name={name}]", "18th Judicial Circuit")
    page.fill("[name=issued_on]", "2026-11-20")
    page.click("#step-check button.main, #step-check button")
    page.wait_for_selector("text=Checked: say what it names")
    page.fill("[name=find]", ADA_CARD)
    page.click("button:text-is('Find')")
    page.wait_for_selector("text=1 found")
    page.click("#step-scope summary:has-text('Registration')")
    page.check("[name=in-registration][value=given_name]")
    page.check("[name=in-registration][value=family_name]")
    shot(page, "scope")
    page.set_viewport_size(PHONE)
    shot(page, "scope-phone")
    page.goto(page.url.split("/cases/")[0] + "/cases/")
    shot(page, "list-phone")


def test_the_pages_around_it_in_the_dark(sign_in: Any, staff_of: Any, live_server: Any):
    staff_of("dora", ["executive_director"])
    page = sign_in("dora", color_scheme="dark")
    for name in ("deadlines", "wording", "report"):
        page.goto(f"{live_server.url}/cases/{name}/")
        shot(page, f"{name}-dark")
