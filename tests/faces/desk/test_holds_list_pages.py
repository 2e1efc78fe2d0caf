"""The pull list, the hold shelf and interlibrary loans at the desk: nobody's name or number on any of them."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, DATABASES, ITEMS, AtDesk, patron_of

from circumspect.records.catalog.models import Item
from circumspect.records.circulation import lending
from circumspect.records.holds import placing
from circumspect.records.holds.models import Hold
from circumspect.records.ill import asking
from circumspect.records.ill.citations import Citation, number_of
from circumspect.records.ill.models import IllRequest, PartnerLibrary, SuppliedItem
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=DATABASES)
SCANNED = Circumstance.CARD_SCANNED
ADA = ("Zieli", ADA_CARD)


@pytest.fixture
def waiting(library, clerk):
    """Ada waits for the first item's title."""
    item = Item.objects.get(barcode=ITEMS[0])
    placing.place(
        library,
        clerk,
        patron_of(library, ADA_CARD),
        placing.Wanted(item.title_id),
        pickup_branch="main",
        circumstance=SCANNED,
    )
    return item


@pytest.fixture
def on_shelf(library, clerk, waiting):
    """And it stands on the hold shelf; its code."""
    return lending.check_in(library, clerk, waiting.barcode, branch="main").hold.pickup_code


@pytest.fixture
def requested(library, clerk):
    """Ada would like a book that another library has; the request's number."""
    asked = asking.ask(
        library,
        clerk,
        patron_of(library, ADA_CARD),
        Citation("Ferdydurke", "Gombrowicz, Witold"),
        pickup_branch="main",
        circumstance=SCANNED,
    )
    PartnerLibrary.objects.create(code="CHIPL", name="Chicago Public")
    return number_of(asked.request_id)


def shows_nobody(window, *more: str) -> bool:
    """Whether a page names no patron."""
    return not [trace for trace in (*ADA, *more) if trace in window.html]


@pytest.mark.clause("MP-4.12")
def test_the_pull_list_says_what_and_where_and_not_for_whom(desk, waiting):
    desk.open("/holds/pull/")

    assert waiting.barcode in desk.text
    assert waiting.title.title in desk.text
    assert shows_nobody(desk)


def test_a_copy_that_is_not_there_is_marked_and_leaves_the_list(desk, waiting):
    desk.open("/holds/pull/")

    desk.does("/holds/pull/", branch="main", item=waiting.id)

    assert "It is marked as missing." in desk.said()
    assert waiting.barcode not in desk.text
    assert Item.objects.get(id=waiting.id).status == "missing"
    desk.does("/holds/pull/", branch="main", item="no number")
    assert "It was not on the list any more." in desk.said()


@pytest.mark.clause("MP-4.12")
def test_the_shelf_is_a_list_of_codes(desk, on_shelf, waiting):
    desk.open("/holds/shelf/")

    assert on_shelf in desk.text
    assert shows_nobody(desk)
    desk.does("/holds/shelf/", do="find", code=f"{on_shelf[:2]} {on_shelf[2:].lower()}")
    assert waiting.barcode in desk.said()
    desk.does("/holds/shelf/", do="find", code="QQQQ")
    assert "Nothing stands under this code here." in desk.said()


@pytest.mark.clause("MP-4.12")
def test_the_shelf_slip_has_a_code_and_a_day_and_neither_name_nor_card_nor_title(desk, on_shelf, waiting):
    desk.open("/holds/shelf/")
    sent = {name: desk.hidden(name)[-1] for name in ("kind", "item", "branch", "code", "until")}

    desk.does("/check-in/slip/", **sent)

    assert on_shelf in desk.text
    assert "Nov 30, 2026" in desk.text
    assert shows_nobody(desk, waiting.title.title, "Ada")


def test_what_is_over_its_day_is_ended_and_taken_off(desk, clock, on_shelf, waiting):
    clock.forward(days=8)
    desk.sign_in()
    desk.open("/holds/shelf/")
    assert "End the 1 that is over its day" in desk.text

    desk.does("/holds/shelf/", do="end", branch="main")

    assert "1 ended." in desk.said()
    assert "To take off the shelf" in desk.text
    assert not Hold.objects.exists()
    desk.scan(waiting.barcode, mode="check-in")
    desk.open("/holds/shelf/")
    assert "The hold shelf is empty." in desk.text


# interlibrary


@pytest.mark.clause("MP-4.11")
def test_requests_are_worked_by_number_from_asking_to_sending_back(desk, library, clerk, requested):
    desk.open("/interlibrary/")
    assert requested in desk.text
    assert "Ferdydurke" not in desk.text
    desk.does("/interlibrary/form/", number=requested)
    assert "Ferdydurke" in desk.text
    assert shows_nobody(desk, "Ada")
    desk.does("/interlibrary/", do="send", number=requested, lender="CHIPL")
    assert "It is marked as asked for." in desk.said()
    desk.does("/interlibrary/", do="receive", number=requested, barcode="ILL7", due_on="2026-12-20")
    code = Hold.objects.get().pickup_code
    assert f"Hold shelf: {code}" in desk.said()
    assert shows_nobody(desk, "Ada")
    lending.check_out(library, clerk, patron_of(library, ADA_CARD), "ILL7", branch="main")
    desk.does("/interlibrary/", do="send_back", number=requested)
    assert "Check the book in first." in desk.said()
    lending.check_in(library, clerk, "ILL7", branch="main")

    desk.does("/interlibrary/", do="send_back", number=requested)

    assert "Send it back to Chicago Public." in desk.said()
    assert not IllRequest.objects.exists()


def test_what_does_not_do_comes_back_beside_its_form(desk, requested):
    desk.does("/interlibrary/", do="send", number=requested, lender="NONE")
    assert "Choose a library of the list" in desk.said()
    desk.does("/interlibrary/", do="send", number=requested, lender="CHIPL")
    desk.does("/interlibrary/", do="receive", number=requested, barcode="ILL7", due_on="soon")
    assert "Choose a day" in desk.said()
    assert 'value="ILL7"' in desk.html
    for number in ("", "not a number", "0000-0000"):
        desk.does("/interlibrary/", do="take_back", number=number)
        assert "There is no such request any more" in desk.said()
    desk.does("/interlibrary/", do="take_back", number=requested)
    assert "Ask another library." in desk.said()
    desk.does("/interlibrary/", do="not_filled", number=requested)
    # Notices are off here: nobody else tells them.
    assert "The request has ended. Tell whoever asked: no other library has it." in desk.said()
    desk.does("/interlibrary/", do="dance", number=requested)
    assert "Choose what to do." in desk.said()
    desk.does("/interlibrary/form/", number=requested)
    assert "There is nothing to print." in desk.said()


def test_where_notices_are_on_whoever_asked_is_told(desk, library, requested):
    library.home.config["notices"] = {"on": True}

    desk.does("/interlibrary/", do="not_filled", number=requested)

    assert "The request has ended. Whoever asked is told." in desk.said()


def test_our_copies_go_to_libraries_and_come_back(desk, library):
    desk.does("/interlibrary/", do="library", code="chipl", name="Chicago Public")
    due = (library.today() + dt.timedelta(days=28)).isoformat()
    desk.does(
        "/interlibrary/", do="supply", barcode=ITEMS[0], library="CHIPL", due_on=due, their_number="A-1"
    )
    assert "Lent to Chicago Public" in desk.said()
    assert "their number A-1" in desk.text
    desk.does("/interlibrary/", do="supply", barcode=ITEMS[0], library="CHIPL", due_on=due)
    assert "not on the shelf" in desk.said()

    desk.does("/interlibrary/", do="supply_back", barcode=ITEMS[0])

    assert "It is back." in desk.said()
    assert not SuppliedItem.objects.exists()


@pytest.mark.parametrize("path", ["/holds/pull/", "/holds/shelf/", "/interlibrary/"])
def test_lists_are_refused_to_whoever_has_no_business_with_them(staff_of, path):
    staff_of("remy", ["reference"])
    other = AtDesk()
    other.sign_in("remy")

    response = other.open(path)

    assert response.status_code == 403
    assert "MP-4.1" in other.text or "MP-" in other.text
