"""What a clerk does to the open patron's account."""

from __future__ import annotations

import io

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, KID_CARD, barcode, patron_of

from circumspect.records.circulation.models import Loan
from circumspect.records.patrons import cards
from circumspect.records.patrons.cards import PinAnswer
from circumspect.records.patrons.models import Card, Note, Patron
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=DATABASES)

KIOSK = Actor(ActorKind.TERMINAL, "1")


def test_a_new_card_ends_the_old_one(desk, library):
    desk.scan(ADA_CARD)
    fresh = barcode("2", 77)

    desk.does("/card/issue/", card_number=fresh, old_card="lost", form="card")

    assert "A new card is issued" in desk.said()
    assert cards.find_card(library, fresh).status == Card.Status.ACTIVE
    assert cards.find_card(library, ADA_CARD).status == Card.Status.LOST
    desk.scan(ITEMS[0])
    assert "Checked out" in desk.said()


def test_a_card_in_use_comes_back_as_an_error_with_what_was_typed(desk):
    desk.scan(ADA_CARD)

    desk.does("/card/issue/", card_number=BEN_CARD, form="card")

    assert "This card number is in use" in desk.text
    assert f'value="{BEN_CARD}"' in desk.html
    assert "Ada Zielińska" in desk.text


@pytest.mark.clause("TH-1.23")
def test_a_pin_is_typed_twice_and_never_comes_back(desk, library):
    desk.scan(ADA_CARD)
    desk.does("/pin/", pin="2846", pin_again="2847", form="pin")
    assert "The two PINs differ" in desk.text
    assert "2846" not in desk.html

    desk.does("/pin/", pin="2846", pin_again="2846", form="pin")

    assert "The PIN is set." in desk.said()
    assert cards.check_pin(library, KIOSK, patron_of(library, ADA_CARD), "2846") is PinAnswer.RIGHT


@pytest.mark.clause("TH-1.22")
def test_a_note_has_a_kind_and_an_end_and_can_be_removed(desk):
    desk.scan(ADA_CARD)
    desk.does(
        "/notes/add/", kind="pickup", text="Her neighbour picks up", expires_on="2036-01-01", form="note"
    )
    assert "within a year" in desk.text
    assert "Her neighbour picks up" in desk.html

    desk.does(
        "/notes/add/", kind="pickup", text="Her neighbour picks up", expires_on="2027-01-31", form="note"
    )
    assert "Somebody picks up for them, until Jan 31, 2027" in desk.text
    desk.does("/notes/remove/", note=desk.hidden("note")[0])

    assert "Removed." in desk.said()
    assert not Note.objects.exists()


def test_somebody_elses_note_is_not_removed(desk):
    desk.scan(ADA_CARD)
    desk.does("/notes/add/", kind="pickup", text="Her neighbour picks up", expires_on="2027-01-31")
    note = desk.hidden("note")[0]
    desk.scan(KID_CARD)

    desk.does("/notes/remove/", note=note)

    assert Note.objects.count() == 1


def test_a_block_is_set_and_lifted(desk):
    desk.scan(ADA_CARD)
    desk.does("/blocks/set/", block="returned_mail", form="block")
    assert "Mail came back" in desk.text
    desk.scan(ITEMS[0])
    assert not Loan.objects.exists()

    desk.does("/blocks/lift/", block="returned_mail")

    assert "OK to borrow" in desk.text


def test_a_clerk_does_not_lift_what_they_may_not_override(desk, lead_desk):
    desk.scan(ADA_CARD)
    desk.does("/blocks/set/", block="see_lead")

    desk.does("/blocks/lift/", block="see_lead")

    assert "not yours to lift" in desk.said()
    assert "Ask the circulation lead." in desk.text
    lead_desk.scan(ADA_CARD)
    lead_desk.does("/blocks/lift/", block="see_lead")
    assert "OK to borrow" in lead_desk.text


def test_a_block_that_follows_from_facts_is_not_set_by_hand(desk):
    desk.scan(ADA_CARD)

    desk.does("/blocks/set/", block="owes", form="block")

    assert "not yours to set" in desk.text
    assert "OK to borrow" in desk.text


def test_a_lead_overrides_with_a_reason(lead_desk):
    lead_desk.scan(BEN_CARD)
    lead_desk.scan(ITEMS[0])
    assert "Lend all the same" in lead_desk.html
    lead_desk.does("/override/", act="check-out", item=ITEMS[0], reason="")
    assert not Loan.objects.exists()

    lead_desk.does("/override/", act="check-out", item=ITEMS[0], reason="a supervisor asked")

    assert "Checked out" in lead_desk.said()
    assert Loan.objects.count() == 1


def test_a_clerk_is_not_offered_the_override_and_cannot_take_it(desk):
    desk.scan(BEN_CARD)
    desk.scan(ITEMS[0])
    assert "all the same" not in desk.html

    desk.does("/override/", act="check-out", item=ITEMS[0], reason="a supervisor asked")

    assert not Loan.objects.exists()


def test_a_clerk_passes_over_returned_mail_with_a_reason(desk):
    """What the rules let the desk pass over, the door grants the desk; a lead's blocks stay a lead's."""
    desk.scan(ADA_CARD)
    desk.does("/blocks/set/", block="returned_mail")
    desk.scan(ITEMS[0])
    assert "Mail came back" in desk.said()
    assert "Lend all the same" in desk.html

    desk.does("/override/", act="check-out", item=ITEMS[0], reason="patron on the telephone")
    assert "Checked out" in desk.said()

    desk.does("/blocks/set/", block="see_lead")
    desk.scan(ITEMS[1])
    assert "all the same" not in desk.html


def test_a_lead_cannot_override_what_only_the_director_may(desk, lead_desk):
    desk.scan(ADA_CARD)
    desk.does("/blocks/set/", block="see_person_in_charge")

    lead_desk.scan(ADA_CARD)
    lead_desk.does("/override/", act="check-out", item=ITEMS[0], reason="a supervisor asked")

    assert "See the person in charge." in lead_desk.said()
    assert not Loan.objects.exists()


def test_renewing_the_registration_needs_the_address_checked(desk):
    desk.scan(BEN_CARD)
    desk.does("/registration/renew/", form="renew")
    assert "Check the address first" in desk.text

    desk.does("/registration/renew/", address_checked="yes", form="renew")

    assert "The registration is renewed until Nov 22, 2029" in desk.said()
    assert "OK to borrow" in desk.text


def test_a_lead_makes_one_record_of_two(lead_desk, library):
    lead_desk.scan(ADA_CARD)
    lead_desk.scan(ITEMS[0])
    spare = patron_of(library, ADA_CARD)
    lead_desk.scan(KID_CARD)
    lead_desk.does("/merge/", card_number=ADA_CARD, form="merge")
    assert "Tick that both records are of one person" in lead_desk.text

    lead_desk.does("/merge/", card_number=ADA_CARD, sure="yes", form="merge")

    assert "The two records are one." in lead_desk.said()
    assert "1 loan moved here" in lead_desk.said()
    assert not Patron.objects.filter(id=spare).exists()
    assert patron_of(library, ADA_CARD) == patron_of(library, KID_CARD)


def test_a_clerk_cannot_merge(desk, library):
    desk.scan(KID_CARD)
    assert "Merge" not in desk.html

    desk.does("/merge/", card_number=ADA_CARD, sure="yes")

    assert desk.response.status_code == 403
    assert Patron.objects.count() == 3


@pytest.mark.clause("TH-1.9")
def test_the_slip_has_titles_and_days_and_no_person(desk):
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])

    desk.does("/slip/")

    assert "Nad Niemnem" in desk.text
    assert "due Dec 14, 2026" in desk.text
    for hidden in ("Ada", "Zielińska", ADA_CARD, ADA_CARD[-4:], "slip="):
        assert hidden not in desk.html


@pytest.mark.clause("TH-1.23")
def test_the_printed_card_has_the_library_and_the_number_only(desk):
    from pypdf import PdfReader

    desk.scan(ADA_CARD)
    response = desk.does("/card/print/")

    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == "inline"
    assert response.headers["Cache-Control"] == "no-store"
    reader = PdfReader(io.BytesIO(response.content))
    told = reader.pages[0].extract_text()
    assert "Test Library" in told
    assert ADA_CARD in told.replace(" ", "")
    assert "Ada" not in told
    assert not reader.metadata.author
    assert not reader.metadata.subject


@pytest.mark.parametrize(
    "path", ["/card/issue/", "/pin/", "/merge/", "/edit/", "/slip/", "/card/print/", "/blocks/set/"]
)
def test_an_act_needs_an_open_patron_and_a_post(desk, library, path):
    before = library.ledger.size()

    answer = desk.client.get(path)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    assert "This page does not open by its address" in answer.content.decode()
    desk.does(path, slip="", pin="2846", pin_again="2846")

    assert "The patron is not open any more." in desk.said()
    assert library.ledger.size() == before
