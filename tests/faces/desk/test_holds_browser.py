"""Holds and interlibrary loans in a real Chromium: by keyboard alone, and looked at."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, KID_CARD, patron_of
from test_browser import chromium, window  # noqa: F401 (fixtures)

from circumspect.offices.staff import accounts, signoff
from circumspect.records.catalog.models import Item
from circumspect.records.circulation import lending
from circumspect.records.holds import placing
from circumspect.records.holds.models import Hold
from circumspect.records.ill import asking, supplying, working
from circumspect.records.ill.citations import Citation
from circumspect.trust.policy.request import Circumstance

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]
SCANNED = Circumstance.CARD_SCANNED


@pytest.fixture
def rosa(library):
    """The clerk, as the door knows her."""
    return signoff.actor_for(accounts.find_member("rosa"), now=library.clock())


def test_a_hold_is_placed_by_keyboard_alone(window, library):  # noqa: F811
    w = window().sign_in()
    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    w.page.keyboard.press("F6")
    w.sees("No holds")
    w.page.keyboard.press("F6")
    assert w.page.evaluate("document.activeElement.id") == "hold-words"
    w.page.keyboard.type(ITEMS[0])
    w.page.keyboard.press("Enter")
    w.sees("Only this copy")
    w.page.keyboard.press("F6")
    for _ in range(20):
        w.page.keyboard.press("Tab")
        if "Place hold" in w.page.evaluate("document.activeElement.textContent"):
            break

    w.page.keyboard.press("Enter")

    w.sees("The hold is placed.")
    w.sees("Number 1 of 1")
    assert Hold.objects.count() == 1
    # The scan box has the focus again: the next card is read at once.
    w.scan(KID_CARD)
    w.sees("Kasia")
    w.has_nothing_of("Number 1 of 1")
    assert w.complaints == []
    assert not any(ADA_CARD in address or ITEMS[0] in address for address in w.asked)


def test_pages_of_holds_are_accessible_and_fit(window, library, rosa):  # noqa: F811
    ada, kid = patron_of(library, ADA_CARD), patron_of(library, KID_CARD)

    def wait_for(patron, at, branch="main"):
        item = Item.objects.get(barcode=ITEMS[at])
        wanted = placing.Wanted(item.title_id)
        answer = placing.place(library, rosa, patron, wanted, pickup_branch=branch, circumstance=SCANNED)
        assert isinstance(answer, placing.Placed), answer
        return answer.hold_id

    wait_for(ada, 0)
    lending.check_in(library, rosa, ITEMS[0], branch="main")
    frozen = wait_for(ada, 1)
    placing.freeze(
        library, rosa, ada, frozen, until=library.today() + dt.timedelta(days=9), circumstance=SCANNED
    )
    for at in (2, 3, 4):
        wait_for(kid, at)
        wait_for(ada, at, "east")
    gone = wait_for(kid, 5)
    lending.check_in(library, rosa, ITEMS[5], branch="main")
    placing.cancel(library, rosa, kid, gone, circumstance=SCANNED)
    supplying.put_library(
        library, rosa, code="CHIPL", name="Chicago Public Library", address="400 S State St"
    )
    for title in ("Ferdydurke", "Kosmos", "Traktat o łuskaniu fasoli"):
        asked = asking.ask(
            library,
            rosa,
            ada,
            Citation(title, "Gombrowicz, Witold", "1937"),
            pickup_branch="main",
            circumstance=SCANNED,
        )
        if title != "Ferdydurke":
            working.send(library, rosa, asked.request_id, lender="CHIPL")
    due = library.today() + dt.timedelta(days=20)
    working.receive(library, rosa, asked.request_id, barcode="ILL7", due_on=due, branch="main")
    supplying.supply(library, rosa, ITEMS[9], library="CHIPL", due_on=due, their_number="A-17")

    w = window().sign_in()

    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    w.page.keyboard.press("F6")
    w.sees("2 ready")
    w.page.fill("#hold-words", "the")
    w.page.press("#hold-words", "Enter")
    w.sees("Picked up at")
    w.looks_right("holds-sheet")
    for address, where in (("/holds/pull/", "pull"), ("/holds/shelf/", "shelf"), ("/interlibrary/", "ill")):
        w.page.goto(w.address + address)
        if where == "ill":
            w.page.locator("summary", has_text="It came, or not").first.click()
        w.looks_right(f"holds-{where}")
        w.has_nothing_of("Zielińska", "Ada", "Zając", ADA_CARD, KID_CARD, BEN_CARD)
    with w.page.expect_popup() as popup:
        w.page.locator("button", has_text="Open the form").first.click()
    w.page = popup.value
    w.page.wait_for_load_state()
    w.looks_right("holds-form")
    w.has_nothing_of("Zielińska", "Ada", ADA_CARD)
    w.page.close()
    w.page = w.context.pages[0]
    w.page.goto(w.address + "/holds/shelf/")
    with w.page.expect_popup() as popup:
        w.page.locator("td button", has_text="Slip").first.click()
    w.page = popup.value
    w.page.wait_for_load_state()
    w.shot("holds-slip")
    w.has_nothing_of("Zielińska", "Ada", ADA_CARD)
