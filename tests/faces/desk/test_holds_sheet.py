"""Holds of the patron in front of the desk: place, freeze, move, cancel; and what other libraries are asked for."""

from __future__ import annotations

import re

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, KID_CARD, ledger_bodies, patron_of

from circumspect.faces.desk import asks
from circumspect.records.catalog.models import Item
from circumspect.records.circulation import lending
from circumspect.records.holds import placing
from circumspect.records.holds.models import Hold, HoldLimit
from circumspect.records.ill.models import IllRequest
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def served(desk):
    """A window with Ada open."""
    desk.scan(ADA_CARD)
    return desk


@pytest.fixture
def placed(served):
    """The same, with a hold on the first title."""
    served.does("/holds/place/", title=Item.objects.get(barcode=ITEMS[0]).title_id, pickup_branch="main")
    return served


def hold() -> Hold:
    return Hold.objects.get()


def test_the_sheet_opens_only_when_asked_for(library, served):
    before = library.ledger.size()
    assert not [body for body in ledger_bodies(library) if body["series"] == "holds"]

    served.does("/holds/")

    assert "No holds" in served.text
    bodies = [entry.body for entry in library.ledger.entries(before, library.ledger.size())]
    assert {(b["action"], b["series"]) for b in bodies if b["series"] in ("holds", "ill")} == {
        ("view", "holds"),
        ("view", "ill"),
    }


def test_a_title_is_found_and_waited_for(library, served):
    record = Item.objects.select_related("title").get(barcode=ITEMS[0])
    served.does("/holds/", words=record.title.title)
    assert "Place hold" in served.text

    served.does("/holds/place/", title=record.title_id, pickup_branch="east")

    assert "The hold is placed." in served.said()
    assert "Number 1 in the queue." in served.said()
    assert "Number 1 of 1" in served.text
    assert hold().pickup_branch == "east"


def test_a_scanned_copy_offers_itself_and_its_title(served):
    served.does("/holds/", words=ITEMS[0])
    assert "Only this copy" in served.text

    served.does("/holds/place/", copy=ITEMS[0], pickup_branch="main")

    assert hold().item.barcode == ITEMS[0]
    assert f"only {ITEMS[0]}" in served.text


def test_what_stops_a_hold_is_said_and_nothing_is_placed(placed):
    title = hold().title_id

    placed.does("/holds/place/", title=title, pickup_branch="main")
    assert "There is a hold on this already." in placed.said()
    placed.does("/holds/place/", title="no number", pickup_branch="main")
    assert "The catalog has no such title" in placed.said()
    placed.does("/holds/place/", copy="nothing", pickup_branch="nowhere")
    assert "Choose the branch" in placed.said()
    placed.does("/holds/place/", title=title, pickup_branch="main", expires_on="soon", form="holds-place")
    assert "Choose a day" in placed.said()

    assert Hold.objects.count() == 1


def test_a_lead_goes_on_with_a_reason_where_the_desk_may_not(served, lead_desk):
    HoldLimit.objects.create(category="", max_holds=0)
    title = Item.objects.get(barcode=ITEMS[0]).title_id
    served.does("/holds/place/", title=title, pickup_branch="main")
    assert "The limit of holds is reached" in served.said()
    assert "all the same" not in served.text
    lead_desk.scan(ADA_CARD)
    lead_desk.does("/holds/place/", title=title, pickup_branch="main")
    assert "Place it all the same" in lead_desk.text

    lead_desk.does("/holds/place/", title=title, pickup_branch="main", reason="a supervisor asked")

    assert "The hold is placed." in lead_desk.said()


def test_a_loan_of_the_same_title_stops_the_hold(library, clerk, served):
    lending.check_out(library, clerk, patron_of(library, ADA_CARD), ITEMS[0], branch="main")

    served.does("/holds/place/", title=Item.objects.get(barcode=ITEMS[0]).title_id, pickup_branch="main")

    assert "on loan to this card already" in served.said()


def test_a_hold_is_frozen_thawed_moved_and_cancelled(placed):
    number = hold().id

    placed.does("/holds/change/", hold=number, do="freeze", frozen_until="2026-12-01")
    assert "Frozen until Dec 1, 2026" in placed.text
    placed.does("/holds/change/", hold=number, do="thaw")
    assert "Frozen" not in placed.text
    placed.does("/holds/change/", hold=number, do="move", pickup_branch="east")
    assert hold().pickup_branch == "east"
    placed.does("/holds/change/", hold=number, do="cancel")

    assert "The hold is cancelled." in placed.said()
    assert not Hold.objects.exists()


def test_what_cannot_be_changed_says_why(placed):
    number = hold().id
    for fields, words in (
        ({"do": "freeze", "frozen_until": "2020-01-01"}, "Choose a day after today"),
        ({"do": "freeze", "frozen_until": "soon"}, "Choose a day"),
        ({"do": "move", "pickup_branch": "nowhere"}, "Choose one of the library's branches"),
        ({"do": "what"}, "Choose what to do"),
        ({"do": "cancel", "hold": "x"}, "This hold has ended"),
    ):
        placed.does("/holds/change/", **{"hold": number, **fields})
        assert words in placed.said()
    assert hold().frozen_until is None


@pytest.mark.clause("MP-4.12", "MP-7.9")
def test_nobody_reaches_somebody_elses_hold(placed):
    number = hold().id
    placed.scan(BEN_CARD)

    placed.does("/holds/change/", hold=number, do="cancel")

    assert "This hold has ended" in placed.said()
    assert hold().id == number


def test_a_stale_page_changes_nothing(placed):
    number, old = hold().id, placed.slip
    placed.does("/next/")

    placed.does("/holds/change/", hold=number, do="cancel", slip=old)

    assert "not open any more" in placed.said()
    assert hold().id == number


# other libraries


def test_a_book_of_another_library_is_asked_for_and_cancelled(library, served):
    served.does(
        "/interlibrary/ask/", title="Ferdydurke", author="Gombrowicz", pickup_branch="main", form="ill"
    )
    assert "The request is written down." in served.said()
    assert "Ferdydurke" in served.text
    assert "Not sent yet" in served.text

    served.does("/interlibrary/cancel/", request=IllRequest.objects.get().id)

    assert "The request is cancelled." in served.said()
    assert not IllRequest.objects.exists()


def test_a_form_that_does_not_do_comes_back_filled_in(served):
    served.does("/interlibrary/ask/", title=" ", author="Gombrowicz", pickup_branch="main", form="ill")

    assert "Write the title" in served.said()
    assert 'value="Gombrowicz"' in served.html
    assert re.search(r'id="ill-title"[^>]*aria-invalid="true"', served.html)
    assert not IllRequest.objects.exists()


def test_every_question_of_these_pages_is_on_the_list_of_questions(library, placed):
    placed.does("/holds/change/", hold=hold().id, do="cancel")
    placed.does("/interlibrary/ask/", title="Ferdydurke", pickup_branch="main")
    placed.does("/interlibrary/cancel/", request=IllRequest.objects.get().id)
    placed.open("/holds/pull/")
    placed.open("/interlibrary/")

    listed = [(a.action, a.purpose, a.series, a.fields, a.circumstances) for a in asks.ASKS]
    for body in ledger_bodies(library):
        if body["series"] in ("holds", "ill") and body["actor"].startswith("staff"):
            assert any(
                (body["action"], body["purpose"], body["series"]) == (action, purpose, series)
                and set(body["fields"]) <= fields
                and body["circumstance"] in circumstances
                for action, purpose, series, fields, circumstances in listed
            ), body


def test_the_position_is_told_and_nobody_elses_name(library, clerk, served):
    item = Item.objects.get(barcode=ITEMS[0])
    placing.place(
        library,
        clerk,
        patron_of(library, KID_CARD),
        placing.Wanted(item.title_id),
        pickup_branch="main",
        circumstance=Circumstance.CARD_SCANNED,
    )

    served.does("/holds/place/", title=item.title_id, pickup_branch="main")

    assert "Number 2 of 2" in served.text
    assert "Kasia" not in served.html
