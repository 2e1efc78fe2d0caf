"""The page at the door, and the desk that makes a full card of what was made there."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, AtDesk, ledger_bodies

from circumspect.faces.desk import joining
from circumspect.faces.desk.house import served_by
from circumspect.home import CONFIG_TEMPLATE, Home
from circumspect.records.patrons import cards
from circumspect.records.patrons.models import Card, Patron

pytestmark = pytest.mark.django_db(databases=DATABASES)
TYPED = {
    "given_name": "Olena",
    "family_name": "Kowalczuk",
    "street": "9 Prairie Row",
    "city": "Larkspur Grove",
    "postcode": "62191",
    "email": "olena@example.org",
    "language": "pl",
    "is_adult": "yes",
}


@pytest.fixture
def join_house(library):
    """The library with its page at the door turned on."""
    home = replace(library.home, config={**library.home.config, "join": {"on": True, "branch": "east"}})
    house = replace(library, home=home)
    with served_by(house):
        yield house


@pytest.fixture
def kiosk(join_house):
    """The browser at the door: nobody is signed in."""
    return AtDesk()


def number_on(kiosk) -> str:
    return re.search(r'class="number">(\d{14})<', kiosk.html)[1]


def test_the_page_is_not_there_until_the_library_turns_it_on(library):
    stranger = AtDesk()

    assert stranger.open("/join/").status_code == 404
    assert stranger.does("/join/", **TYPED).status_code == 404
    assert Patron.objects.count() == 3


def test_the_page_is_there_for_the_librarys_own_kiosk_alone(join_house):
    stranger = AtDesk(REMOTE_ADDR="203.0.113.7")

    assert stranger.open("/join/").status_code == 404
    assert stranger.does("/join/", **TYPED).status_code == 404
    assert Patron.objects.count() == 3


def test_somebody_makes_a_temporary_card_and_sees_its_number_once(kiosk, join_house):
    kiosk.does("/join/", **TYPED)

    card = cards.find_card(join_house, number_on(kiosk))
    assert card.status == Card.Status.ACTIVE
    assert "Your temporary card is made." in kiosk.text
    assert "East Branch" in kiosk.text
    assert "Kowalczuk" not in kiosk.html
    kiosk.open("/join/")
    assert "Kowalczuk" not in kiosk.html


@pytest.mark.parametrize("language", sorted(joining.WORDS))
def test_the_page_speaks_each_language_whole(kiosk, language):
    kiosk.open(f"/join/?in={language}")
    words = joining.WORDS[language]

    assert set(words) == set(joining.WORDS["en"])
    assert f'<html lang="{language}">' in kiosk.html
    assert words["lead"] in kiosk.text

    kiosk.does("/join/", **{**TYPED, "in": language, "email": "nowhere", "is_adult": ""})
    assert words["child"] in kiosk.text
    kiosk.does("/join/", **{**TYPED, "in": language, "email": "nowhere"})
    assert words["bad_email"] in kiosk.text


def test_what_was_typed_comes_back_with_what_is_wrong_beside_it(kiosk):
    response = kiosk.does("/join/", **{**TYPED, "postcode": "", "city": "Bend"})

    assert response.status_code == 422
    assert 'value="Kowalczuk"' in kiosk.html
    assert "Please fill this in." in kiosk.text
    assert 'aria-describedby="bad-postcode"' in kiosk.html
    assert Patron.objects.count() == 3


@pytest.mark.clause("TH-1.14")
def test_no_childs_details_are_kept(kiosk):
    response = kiosk.does("/join/", **{**TYPED, "is_adult": ""})

    assert response.status_code == 422
    assert "come to the desk with the adult" in kiosk.text
    assert Patron.objects.count() == 3


def test_the_page_answers_alike_whether_the_library_knows_the_person_or_not(kiosk):
    known = {
        **TYPED,
        "given_name": "Ada",
        "family_name": "Zielińska",
        "street": "12 Bluestem Lane",
        "email": "ada@example.org",
    }

    answers = []
    for form in (known, TYPED):
        kiosk.does("/join/", **form)
        answers.append(re.sub(r"\d", "9", kiosk.text))

    assert answers[0] == answers[1]


def test_a_machine_that_fills_the_page_over_and_over_is_sent_to_the_desk(kiosk):
    answers = [kiosk.does("/join/", **TYPED).status_code for _ in range(14)]

    assert answers == [200] * 12 + [429] * 2
    assert "Please come to the desk" in kiosk.text
    assert Patron.objects.count() == 3 + 12


def test_tries_count_by_place_and_cards_by_hour():
    now = [0.0]
    throttle = joining.Throttle(lambda: now[0])
    for _ in range(12):
        assert throttle.may_try("10.0.0.1", 3)
    assert not throttle.may_try("10.0.0.1", 3)
    assert throttle.may_try("10.0.0.2", 3)
    for _ in range(3):
        throttle.made()
    assert not throttle.may_try("10.0.0.2", 3)

    now[0] = 601.0
    assert not throttle.may_try("10.0.0.1", 3)
    now[0] = 3601.0
    assert throttle.may_try("10.0.0.1", 3)


def test_an_address_or_a_network_that_is_none_closes_the_page(tmp_path):
    def home(**join):
        return Home(tmp_path, {"join": {"on": True, **join}})

    assert joining.is_open_to(home(), "127.0.0.1")
    assert joining.is_open_to(home(), "::1")
    assert joining.is_open_to(home(networks=["10.0.5.0/24"]), "10.0.5.17")
    assert not joining.is_open_to(home(networks=["10.0.5.0/24"]), "10.0.6.17")
    assert not joining.is_open_to(home(networks=["anywhere"]), "10.0.5.17")
    assert not joining.is_open_to(home(), "")
    assert not joining.is_open_to(home(on="yes"), "127.0.0.1")


def test_a_new_home_has_the_page_turned_off():
    text = CONFIG_TEMPLATE.format(
        name="X", institution="1234", sample="true", second_factor="optional", foia_officer=""
    )

    assert tomllib.loads(text)["join"]["on"] is False


# at the desk


def test_the_desk_makes_a_full_card_after_seeing_proof(kiosk, join_house):
    kiosk.does("/join/", **TYPED)
    number = number_on(kiosk)
    desk = AtDesk()
    desk.sign_in()
    desk.scan(number)
    assert "The address has not been checked yet." in desk.text
    assert "Make it a full card" in desk.text
    assert "Renew the registration" not in desk.text

    desk.does("/card/complete/", form="complete", category="non_resident", id_seen="yes")
    assert "See proof of identity and of the address" in desk.text
    assert '<option value="non_resident" selected' in desk.html

    desk.does(
        "/card/complete/", form="complete", category="non_resident", id_seen="yes", address_checked="yes"
    )
    assert "It is a full card now, good until Nov 23, 2027." in desk.said()
    assert "Renew the registration" in desk.text
    desk.scan(ITEMS[0])
    assert "Checked out" in desk.said()


def test_a_full_card_has_no_button_to_complete_it(desk):
    desk.scan(ADA_CARD)

    assert "Make it a full card" not in desk.text
    desk.does("/card/complete/", category="non_resident", id_seen="yes", address_checked="yes")
    assert "It is a full card now" not in desk.text


@pytest.mark.parametrize(("kept_card", "good"), [("kept", ADA_CARD), ("spare", BEN_CARD)])
def test_a_merge_keeps_the_card_that_was_chosen(lead_desk, library, kept_card, good):
    lead_desk.scan(ADA_CARD)

    lead_desk.does("/merge/", form="merge", card_number=BEN_CARD, sure="yes", kept_card=kept_card)

    assert "The two records are one." in lead_desk.said()
    active = {number: cards.find_card(library, number).status == "active" for number in (ADA_CARD, BEN_CARD)}
    assert active == {ADA_CARD: good == ADA_CARD, BEN_CARD: good == BEN_CARD}
    erased = [body for body in ledger_bodies(library) if body["action"] == "erase"]
    assert [(body["series"], body["subjects"]) for body in erased] == [("registration", 1), ("pins", 1)]
