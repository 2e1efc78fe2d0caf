"""The scan box: what a scan means, and what the screen says and shows."""

from __future__ import annotations

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, KID_CARD, barcode, ledger_bodies, patron_of

from circumspect.records.catalog.models import Item, ItemStatus
from circumspect.records.circulation.models import Loan

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.mark.clause("TH-1.18", "MP-7.14")
def test_a_card_opens_its_patron_with_masked_contact_and_an_age_band(desk):
    desk.scan(ADA_CARD)

    for shown in ("OK to borrow", "Ada Zielińska", "Resident adult", "a•••@example.org", "•••-0142", "18–64"):
        assert shown in desk.text
    for hidden in ("ada@example.org", "217-555", "1984", "Bluestem", ADA_CARD):
        assert hidden not in desk.html


def test_an_item_after_the_card_goes_out(desk):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])

    assert "Checked out, due Dec 14, 2026" in desk.said()
    assert "1 out" in desk.text


@pytest.mark.clause("TH-1.11")
def test_an_item_with_nobody_open_comes_back_and_names_nobody(desk):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    desk.does("/next/")

    desk.scan(ITEMS[0])

    assert "Checked in" in desk.said()
    assert "Nad Niemnem" in desk.said()
    assert "Ada" not in desk.html
    assert not Loan.objects.exists()


def test_an_item_of_another_branch_is_sent_there(desk):
    desk.scan(ITEMS[9])

    assert "Send it to East Branch." in desk.said()


def test_the_check_in_tab_takes_items_back_while_somebody_is_open(desk):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    desk.does("/", to_mode="check-in")
    desk.scan(ITEMS[0])

    assert "Checked in" in desk.said()
    assert "Ada Zielińska" in desk.text
    assert "Nothing out" in desk.text


def test_the_renew_tab_renews_for_the_open_patron_only(desk, clock):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    clock.forward(days=2)
    desk.sign_in()
    desk.scan(ITEMS[0], mode="renew")
    assert "Scan the card first" in desk.said()
    desk.scan(ADA_CARD, mode="renew")
    desk.scan(ITEMS[0], mode="renew")
    assert "Renewed until Dec 16, 2026" in desk.said()

    desk.scan(KID_CARD, mode="renew")
    desk.scan(ITEMS[0], mode="renew")
    assert "This item is not on loan to this card." in desk.said()


def test_renew_all_says_which_were_not_renewed(desk):
    desk.scan(ADA_CARD)
    for item in ITEMS[:2]:
        desk.scan(item)
    for _ in range(2):
        desk.does("/renew/", item=ITEMS[0])

    desk.does("/renew/", item=ITEMS[:2])

    assert "1 of 2 renewed" in desk.said()
    assert "Nad Niemnem: This loan cannot be renewed again." in desk.said()


def test_look_up_tells_an_items_state_and_never_whose_loan_it_is(desk, library):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    desk.does("/next/")
    asked = library.ledger.size()

    desk.scan(ITEMS[0], mode="look-up")

    assert "On loan, due Dec 14, 2026" in desk.text
    assert "Ada" not in desk.html
    assert library.ledger.size() == asked


def test_look_up_finds_titles_by_words(desk):
    desk.scan("orzeszkowa niemnem", mode="look-up")

    assert "Nad Niemnem" in desk.text
    assert "1 of 1" in desk.text


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        (barcode("2", 999), "No library card has this number."),
        (barcode("3", 999), "No item has this barcode."),
        ("99887766554433", "Neither a card nor an item has this number."),
        ("zzyzzyx", "Nobody found."),
    ],
)
def test_what_is_not_known_is_not_repeated(desk, number, answer):
    desk.scan(number)

    assert answer in desk.said()
    assert number not in desk.html


@pytest.mark.parametrize(
    ("typed", "advice"), [("zi", "at least three letters"), ("zzyzzyx", "fewer letters")]
)
def test_a_name_not_found_is_answered_with_what_helps(desk, typed, advice):
    desk.scan(typed)

    assert "Nobody found." in desk.said()
    assert advice in desk.said()


def test_a_card_that_is_not_known_closes_whoever_was_open(desk):
    desk.scan(ADA_CARD)
    desk.scan(barcode("2", 999))
    desk.scan(ITEMS[0])

    assert not Loan.objects.exists()
    assert "Ada" not in desk.html


@pytest.mark.clause("MP-7.15")
def test_a_name_search_shows_few_columns_and_opening_asks_a_reason(desk, library):
    desk.scan("ziel")

    assert "Ada Zielińska" in desk.text
    assert "•• Bluestem Lane" in desk.text
    for hidden in ("12 Bluestem", "1984", "•••", "62191", str(patron_of(library, ADA_CARD))):
        assert hidden not in desk.html
    choice = desk.hidden("choice")[0]
    desk.does("/open/", choice=choice)
    assert "Why is this record needed?" in desk.text
    assert "OK to borrow" not in desk.text
    desk.does("/open/", choice=choice, reason="patron on the telephone")
    assert "OK to borrow" in desk.text
    assert "Opened because: patron on the telephone" in desk.text
    looks = [body for body in ledger_bodies(library) if body["circumstance"] == "unexplained"]
    assert looks
    assert {body["reason"] for body in looks} == {"patron on the telephone"}


@pytest.mark.parametrize("typed", ["ADA@example.org", "(217) 555-0142", "217-555-0142"])
def test_a_contact_finds_its_patron(desk, typed):
    desk.scan(typed)

    assert "1 found" in desk.text
    assert "Ada Zielińska" in desk.text


def test_a_patron_opened_with_a_reason_may_borrow(desk):
    desk.scan("zielińska")
    desk.does("/open/", choice=desk.hidden("choice")[0], reason="patron present without a card")

    desk.scan(ITEMS[0])

    assert "Checked out" in desk.said()


def test_an_expired_card_says_what_stops_and_lends_nothing(desk):
    desk.scan(BEN_CARD)
    assert "Stop: no lending" in desk.text
    assert "The card has run out. Renew it first." in desk.text

    desk.scan(ITEMS[0])

    assert "Not checked out." in desk.said()
    assert not Loan.objects.exists()
    assert Item.objects.get(barcode=ITEMS[0]).status == ItemStatus.AVAILABLE


def test_a_lost_card_shows_whose_it_is_and_lends_nothing(desk):
    desk.scan(ADA_CARD)
    desk.does("/card/lost/")
    assert "This card was reported lost" in desk.text
    desk.does("/next/")
    desk.scan(ADA_CARD)

    desk.scan(ITEMS[0])

    assert "This card was reported lost" in desk.said()
    assert not Loan.objects.exists()


def test_an_answer_to_a_script_leaves_out_what_the_page_still_shows(desk, library):
    desk.scan(ADA_CARD)
    before = library.ledger.size()

    desk.does("/", scan=ITEMS[0], part=True)

    assert "Checked out" in desk.said()
    assert "data-keep" in desk.html
    assert "Zielińska" not in desk.html
    assert library.ledger.size() - before == 2


def test_an_answer_to_a_script_is_whole_where_the_patron_changed(desk):
    desk.scan(ADA_CARD)

    desk.does("/blocks/set/", block="returned_mail", part=True)

    assert "Stop: no lending" in desk.text
    assert "data-keep" not in desk.html


def test_an_item_after_a_misread_card_is_not_taken_back_by_mistake(desk):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    desk.scan(barcode("2", 999))
    assert 'name="waits"' in desk.html

    desk.scan(ITEMS[0], waits="yes")

    assert "Nothing was done with this item." in desk.said()
    assert Loan.objects.count() == 1


def test_an_empty_scan_changes_nothing(desk):
    desk.scan(ADA_CARD)
    desk.scan("   ")

    assert "Ada Zielińska" in desk.text
    assert desk.said() == ""
