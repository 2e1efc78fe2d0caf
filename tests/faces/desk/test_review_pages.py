"""The list of looks to look into, at the desk of the one in charge."""

from __future__ import annotations

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, GOOD_PASSWORD, AtDesk

from circumspect.offices.review import running
from circumspect.offices.review.models import Flagged, Tie

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def pia(staff_of):
    staff_of("pia", ["privacy_in_charge"])
    window = AtDesk()
    window.sign_in("pia")
    return window


def proved(window: AtDesk, path: str, **fields: str) -> AtDesk:
    window.does(path, **fields)
    window.does("/step-up/", kept=window.hidden("kept")[0], way="password", password=GOOD_PASSWORD)
    window.does(path, **fields)
    return window


@pytest.mark.clause("MP-7.15")
def test_a_decoy_looked_at_stands_on_the_list_and_whose_it_was_opens_by_itself(pia, desk, library):
    proved(pia, "/review/decoys/", act="mark", card=BEN_CARD)
    assert "Marked." in pia.text
    desk.scan(BEN_CARD)
    running.watch(library)

    pia.open("/review/")
    assert "a decoy: nobody has business with it" in pia.text
    assert "Rosa Ibáñez, Nov 23" in pia.text
    assert "Zielony" not in pia.html
    index = pia.hidden("index")[0]
    pia.does("/review/whose/", index=index)

    assert "It was the record of Ben Zielony" in pia.text
    pia.does("/review/note/", index=index, outcome="talked over")
    assert Flagged.objects.get(index=index).outcome == "talked over"
    assert "Talked over with them, Pia" in pia.text


def test_nobody_else_has_the_list(desk, staff_of):
    staff_of("hollis", ["supervisor", "system"])
    window = AtDesk()
    window.sign_in("hollis")

    for other in (desk, window):
        assert other.open("/review/").status_code == 403
        for path in ("/review/note/", "/review/whose/", "/review/decoys/"):
            assert other.does(path, index="1", outcome="explained", card=ADA_CARD).status_code == 403


def test_a_member_ties_their_card_after_a_fresh_proof(desk):
    proved(desk, "/people/own-card/", act="tie", card=ADA_CARD)

    assert "Tied." in desk.text
    assert Tie.objects.count() == 1
    assert ADA_CARD not in desk.html
    desk.does("/people/own-card/", act="tie", card="21234000099999")
    assert "No patron has this card." in desk.text
    desk.does("/people/own-card/", act="untie")
    assert not Tie.objects.exists()
