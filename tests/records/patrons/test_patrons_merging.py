"""Two records of one person made one: nothing is lost but the spare record itself."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.records.patrons import cards, finding, merging, notes, upkeep
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import ChangedMeanwhileError, FieldError
from circumspect.records.patrons.merging import KeptCard
from circumspect.records.patrons.models import Card, Patron, Pin
from circumspect.records.patrons.standing import SETTABLE, BlockKind
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance
from circumspect.trust.vault.models import SubjectKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
CARD, OTHER_CARD = "21234000000018", "21234000000026"


@pytest.fixture
def write_note(house, clerk):
    def write_note(patron, text):
        until = dt.date(2027, 1, 1)
        notes.add_note(house, clerk, patron, kind="card", text=text, expires_on=until, circumstance=SCANNED)

    return write_note


@pytest.fixture
def ada(enrol, write_note):
    patron = enrol(card_number=CARD, email="ada@example.org")
    write_note(patron, "ask for the new address")
    return patron


@pytest.fixture
def ada_again(house, clerk, enrol, write_note):
    """The same person, registered twice."""
    patron = enrol(card_number=OTHER_CARD, email="a.z@example.org")
    write_note(patron, "writes rather than calls")
    cards.set_pin(house, clerk, patron, "4821", circumstance=SCANNED)
    return patron


def test_merging_moves_cards_and_notes_and_forgets_the_spare(house, lead, ada, ada_again):
    merging.merge(house, lead, ada, ada_again)

    assert cards.find_card(house, OTHER_CARD).patron == ada
    assert cards.find_card(house, CARD).patron == ada
    texts = {note.text for note in notes.notes_of(house, lead, ada, circumstance=SCANNED)}
    assert texts == {"ask for the new address", "writes rather than calls"}
    assert Patron.objects.get().id == ada
    assert not Pin.objects.exists()
    assert not SubjectKey.objects.filter(subject=ada_again).exists()
    assert finding.find_contact(house.vault, "a.z@example.org", 5) == []


@pytest.mark.parametrize(
    ("kept_card", "good", "ended"),
    [(KeptCard.OF_KEPT, CARD, OTHER_CARD), (KeptCard.OF_SPARE, OTHER_CARD, CARD)],
)
def test_one_card_stays_good_the_one_that_was_chosen(house, lead, ada, ada_again, kept_card, good, ended):
    merging.merge(house, lead, ada, ada_again, kept_card=kept_card)

    assert cards.find_card(house, good).status == Card.Status.ACTIVE
    assert cards.find_card(house, ended).status == Card.Status.REPLACED
    assert Card.objects.get(status=Card.Status.REPLACED).ended_on == house.today()
    assert cards.card_number(house, lead, ada, circumstance=SCANNED) == good


def test_where_the_chosen_record_has_no_good_card_the_other_card_stays_good(house, lead, ada, ada_again):
    cards.report_lost(house, lead, ada, circumstance=SCANNED)

    merging.merge(house, lead, ada, ada_again, kept_card=KeptCard.OF_KEPT)

    assert cards.find_card(house, CARD).status == Card.Status.LOST
    assert cards.find_card(house, OTHER_CARD).status == Card.Status.ACTIVE


def test_a_second_record_is_no_way_to_be_rid_of_a_block(house, lead, clerk, ada, ada_again):
    upkeep.set_block(house, clerk, ada, BlockKind.RETURNED_MAIL, circumstance=SCANNED)
    upkeep.set_block(house, clerk, ada_again, BlockKind.SEE_PERSON_IN_CHARGE, circumstance=SCANNED)

    merging.merge(house, lead, ada, ada_again)

    blocks = upkeep.standing_of(house, clerk, ada, circumstance=SCANNED).blocks
    assert set(blocks) == {BlockKind.RETURNED_MAIL, BlockKind.SEE_PERSON_IN_CHARGE}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.sets(st.sampled_from(SETTABLE)), spare=st.sets(st.sampled_from(SETTABLE)))
def test_blocks_are_united_whatever_they_are(house, lead, enrol, opened, kept, spare):
    patrons = [enrol(blocks=tuple(sorted(blocks))) for blocks in (kept, spare)]

    merging.merge(house, lead, *patrons)

    assert set(opened(patrons[0], "standing").standing.blocks) == kept | spare


def test_money_left_on_the_spare_card_is_not_lost_with_it(house, lead, ada, ada_again):
    change(house, lead, ada_again, Change({"balance": "12.50"}), circumstance=SCANNED)

    with pytest.raises(FieldError):
        merging.merge(house, lead, ada, ada_again)

    assert Patron.objects.count() == 2


@pytest.mark.clause("TH-1.8")
def test_the_forgetting_of_the_spare_record_is_entered_under_its_own_name(house, lead, ada, ada_again):
    before = house.ledger.size()

    merging.merge(house, lead, ada, ada_again)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    asked = [(body["action"], body["series"], body["subjects"]) for body in bodies]
    assert asked == [
        ("change", "registration", 2),
        ("change", "cards", 2),
        ("change", "notes", 2),
        ("erase", "registration", 1),
        ("erase", "pins", 1),
    ]
    assert {body["reason"] for body in bodies} == {"two records of one person"}


def test_a_clerk_does_not_merge(house, clerk, ada, ada_again):
    with pytest.raises(Refused):
        merging.merge(house, clerk, ada, ada_again)

    assert Patron.objects.count() == 2
    assert cards.find_card(house, OTHER_CARD).patron == ada_again


def test_a_record_is_not_merged_into_itself(house, lead, ada):
    with pytest.raises(FieldError):
        merging.merge(house, lead, ada, ada)

    assert Patron.objects.get().id == ada


def test_a_merge_with_somebody_forgotten_in_between_changes_nothing(house, lead, ada, ada_again):
    Patron.objects.filter(id=ada_again).delete()

    with pytest.raises(ChangedMeanwhileError):
        merging.merge(house, lead, ada, ada_again)

    assert cards.find_card(house, CARD).status == Card.Status.ACTIVE


def test_an_edit_form_opened_before_the_merge_does_not_write_over_it(house, lead, ada, ada_again, opened):
    version = opened(ada, "phone").version
    merging.merge(house, lead, ada, ada_again)

    with pytest.raises(ChangedMeanwhileError):
        change(house, lead, ada, Change({"phone": "312 555 0142"}), circumstance=SCANNED, version=version)
