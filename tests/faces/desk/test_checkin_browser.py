"""Checking in, lists, rules and the page at the door in a real Chromium: at a scanner's speed, and looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from desk_support import ADA_CARD, DATABASES, ITEMS, patron_of
from test_browser import chromium, window  # noqa: F401 (fixtures)

from circumspect.faces.desk.house import served_by
from circumspect.offices.staff import accounts, signoff
from circumspect.records.catalog.models import Item
from circumspect.records.circulation import ladders, lending
from circumspect.records.circulation.models import Loan
from circumspect.records.circulation.rulebook import put_terms
from circumspect.records.circulation.rules import FinePer, LoanTerms

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]


@pytest.fixture
def lend(library):
    """Lend items to Ada."""
    actor = signoff.actor_for(accounts.find_member("rosa"), now=library.clock())

    def lend(*items):
        for item in items:
            answer = lending.check_out(library, actor, patron_of(library, ADA_CARD), item, branch="main")
            assert isinstance(answer, lending.CheckedOut)
        return actor

    return lend


def test_a_cart_scanned_faster_than_the_answers_is_taken_back_whole(window, lend):  # noqa: F811
    lend(*ITEMS[:25])
    w = window().sign_in()
    w.page.goto(w.address + "/check-in/")
    w.page.wait_for_selector("#scan-box")

    w.scan(*ITEMS[:12], "30000000000000", *ITEMS[12:25])

    w.page.locator("#returns-count", has_text="26 scanned").wait_for(timeout=30_000)
    assert w.page.locator("#returns .said-head", has_text="Checked in").count() == 25
    assert w.page.locator("#returns .said-head", has_text="No item has this barcode.").count() == 1
    assert w.page.input_value("#scan-box") == ""
    assert w.page.evaluate("document.activeElement.id") == "scan-box"
    assert not Loan.objects.exists()
    assert w.complaints == []


def test_a_dead_line_loses_no_scan_of_a_cart(window, lend):  # noqa: F811
    lend(*ITEMS[:3])
    w = window().sign_in()
    w.page.goto(w.address + "/check-in/")
    w.page.wait_for_selector("#scan-box")
    w.context.set_offline(True)
    w.scan(*ITEMS[:3])
    w.sees("No answer from the server. Nothing is lost")
    w.context.set_offline(False)

    w.page.keyboard.press("Enter")

    w.page.locator("#returns-count", has_text="3 scanned").wait_for(timeout=30_000)
    assert not Loan.objects.exists()

    w.page.click("#checkin summary")
    w.page.fill("#in-scans", "\n".join(ITEMS[:3]))
    w.page.fill("#in-returned_at", "2031-01-01T09:00")
    w.page.click("#checkin .main")

    w.page.locator("#waiting-returns", has_text="30 days").wait_for(timeout=30_000)
    assert w.page.input_value("#in-scans").split() == ITEMS[:3]


def test_pages_of_the_desk_and_the_door_are_accessible_and_fit(
    window,  # noqa: F811
    library,
    lend,
):
    actor = lend(*ITEMS[:6])
    rule = LoanTerms("", "", "", period=21, renewals=2, max_items=50)
    put_terms(
        [
            rule,
            replace(
                rule, category="resident_juvenile", item_type="book", fine_cents=10, fine_per=FinePer.DAY
            ),
        ]
    )
    for item in ITEMS[:2]:
        ladders.claim_returned(library, actor, patron_of(library, ADA_CARD), item)
    Item.objects.filter(barcode=ITEMS[20]).update(status="missing")
    # Late, and seen by somebody who signs in today: the loans are moved, not the clock.
    Loan.objects.filter(state="out").update(due_at=int(library.clock().timestamp()) - 40 * 86400)
    home = replace(library.home, config={**library.home.config, "join": {"on": True}})
    w = window()
    look = w.looks_right

    with served_by(replace(library, home=home)):
        for language in ("en", "pl"):
            w.page.goto(f"{w.address}/join/?in={language}")
            w.page.wait_for_selector("#typing")
        look("join")
        w.page.click("#typing button.main")
        w.sees("Popraw")
        look("join-error")
        for field, value in (
            ("family_name", "Nowak"),
            ("street", "9 Row"),
            ("city", "Bend"),
            ("postcode", "62191"),
        ):
            w.page.fill(f"#in-{field}", value)
        w.page.check("[name=is_adult]")
        w.page.click("#typing button.main")
        w.sees("Karta tymczasowa jest gotowa.")
        look("join-made")
        number = w.page.inner_text(".join-number strong")
        w.sign_in("lead")
        w.scan(number)
        w.sees("Make it a full card")
        w.page.click("summary:has-text('Make it a full card')")
        look("complete")
        w.scan(ADA_CARD)
        w.sees("6 out")
        w.page.locator(".more summary").nth(2).click()
        look("loan-more")
        w.page.keyboard.press("Escape")
        w.page.wait_for_selector("#who", state="hidden")
        w.page.goto(w.address + "/check-in/")
        w.scan(ITEMS[5], ITEMS[9], ITEMS[0], ITEMS[30], "39")
        w.page.locator("#returns-count", has_text="5 scanned").wait_for(timeout=30_000)
        w.page.click("summary:has-text('Book drop')")
        look("check-in")
        for code in ("late", "claims", "missing", "transit", "cards"):
            w.page.goto(f"{w.address}/lists/?list={code}")
            w.page.wait_for_selector("h1")
            if code == "late":
                w.page.get_by_role("button", name="Open the list").click()
                w.sees("Ada Zielińska")
            look(f"list-{code}")
        for page, path in (
            ("rules", "/rules/"),
            ("rule-form", "/rules/edit/?category=resident_juvenile&item_type=book&branch="),
            ("rule-try", "/rules/try/?category=resident_juvenile&item_type=book&branch=main&late=1+9"),
            ("hours", "/rules/hours/?branch=main"),
        ):
            w.page.goto(w.address + path)
            w.page.wait_for_selector("h1")
            look(page)
    # A form that was not filled in is answered by 422, which the browser notes.
    assert [each for each in w.complaints if "422" not in each] == []
