"""Registering and editing: what is asked, what comes back, what is stored."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, DATABASES, ITEMS, barcode, ledger_bodies

from circumspect.records.patrons.models import Patron

pytestmark = pytest.mark.django_db(databases=DATABASES)

NEW_CARD = barcode("2", 500)
PERSON = {
    "category": "resident_adult",
    "home_branch": "main",
    "given_name": "Łucja",
    "family_name": "O’Neil-Ñandú",
    "birth_date": "1990-02-28",
    "street": "1 Levee Road",
    "city": "Prairie Bend",
    "postcode": "62191",
    "email": "lucja@example.org",
    "language": "es",
    "notice_channel": "email",
}


def test_somebody_is_registered_and_may_borrow_at_once(desk):
    desk.open("/register/")
    desk.does("/register/", **PERSON, card_number=NEW_CARD, id_seen="yes", address_checked="yes")

    assert "Registered." in desk.said()
    assert "Łucja O’Neil-Ñandú" in desk.text
    desk.scan(ITEMS[0])
    assert "Checked out" in desk.said()
    desk.scan(NEW_CARD)
    assert "1 out" in desk.text


def test_an_address_not_checked_is_a_block(desk):
    desk.does("/register/", **PERSON, card_number=NEW_CARD)

    assert "The address has not been checked yet." in desk.text
    assert "Stop: no lending" in desk.text


def test_without_a_card_one_is_issued_afterwards(desk):
    desk.does("/register/", **PERSON, address_checked="yes")
    assert "issue one under Card" in desk.said()

    desk.does("/card/issue/", card_number="")

    assert "A new card is issued" in desk.said()


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("birth_date", "2031-01-01", "between 1900 and today"),
        ("birth_date", "yesterday", "A date is year-month-day"),
        ("email", "nobody", "looks like name@place.org"),
        ("phone", "12", "at least seven digits"),
        ("family_name", "", "Give a family name"),
        ("card_number", ITEMS[0], "This is an item&#x27;s barcode"),
        ("card_number", ADA_CARD, "This card number is in use"),
        ("street", "123-45-6789", "Social Security"),
        ("category", "vip", "Choose one of the library"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_nothing_typed_is_lost(desk, field, value, error):
    sent = {**PERSON, "card_number": NEW_CARD, field: value}

    desk.does("/register/", **sent)

    assert desk.response.status_code == 422
    assert error in desk.html
    assert f'id="bad-{field}"' in desk.html
    for name, kept in sent.items():
        if kept and name not in ("category", "home_branch", "language", "notice_channel"):
            assert f'value="{kept}"' in desk.html, name
    assert Patron.objects.count() == 3


def test_all_that_is_wrong_is_told_at_once(desk):
    wrong = {
        "family_name": "",
        "street": "123-45-6789",
        "birth_date": "2031-01-01",
        "expires_on": "soon",
        "email": "nobody",
        "phone": "12",
        "card_number": ITEMS[0],
    }

    desk.does("/register/", **PERSON | {"category": "resident_juvenile"} | wrong)

    for field in (*wrong, "adult_name"):
        assert f'id="bad-{field}"' in desk.html, field
    assert Patron.objects.count() == 3


@pytest.mark.clause("TH-1.7", "MP-7.14")
def test_the_form_says_why_each_thing_is_kept_and_asks_nothing_that_is_off(desk):
    desk.open("/register/")

    assert "Staff at the desk see an age band only." in desk.text
    assert "driver" not in desk.html.casefold()
    desk.does("/register/", **PERSON, driver_licence="D123-4567", sex="F", card_number=NEW_CARD)
    assert "Registered." in desk.said()
    assert not Patron.objects.exclude(sealed_driver_licence=None).exists()


def test_the_edit_form_shows_what_is_held_and_saves_only_what_changed(desk, library):
    desk.scan(ADA_CARD)
    desk.does("/edit/")
    for held in ("Zielińska", "ada@example.org", "217-555-0142", "1984-03-09", "12 Bluestem Lane"):
        assert f'value="{held}"' in desk.html
    before = desk.hidden("before")[0]
    sent = _as_shown(desk.html) | {"phone": "217-555-0111"}

    desk.does("/edit/save/", before=before, **sent)

    assert "Saved." in desk.said()
    assert "•••-0111" in desk.text
    change = next(body for body in reversed(ledger_bodies(library)) if body["action"] == "change")
    assert change["fields"] == ["phone"]


def test_a_changed_name_is_found_and_the_old_one_is_not(desk):
    desk.scan(ADA_CARD)
    desk.does("/edit/")
    desk.does(
        "/edit/save/", before=desk.hidden("before")[0], **(_as_shown(desk.html) | {"family_name": "Kowalska"})
    )
    desk.scan("kowalska")
    assert "1 found" in desk.text

    desk.scan("zielińska")

    assert "Nobody found." in desk.said()


def test_a_second_desk_that_saved_first_is_noticed(desk, lead_desk):
    desk.scan(ADA_CARD)
    desk.does("/edit/")
    mine = _as_shown(desk.html) | {"phone": "217-555-0111"}
    my_before, my_slip = desk.hidden("before")[0], desk.slip
    lead_desk.scan(ADA_CARD)
    lead_desk.does("/edit/")
    lead_desk.does(
        "/edit/save/",
        before=lead_desk.hidden("before")[0],
        **(_as_shown(lead_desk.html) | {"phone": "217-555-0122"}),
    )

    desk.does("/edit/save/", before=my_before, **{**mine, "slip": my_slip})

    assert "Somebody changed this record while you typed." in desk.text
    assert 'value="217-555-0111"' in desk.html
    lead_desk.scan(ADA_CARD)
    assert "•••-0122" in lead_desk.text


def test_an_error_in_the_edit_form_keeps_what_was_typed(desk):
    desk.scan(ADA_CARD)
    desk.does("/edit/")

    desk.does(
        "/edit/save/",
        before=desk.hidden("before")[0],
        **(
            _as_shown(desk.html) | {"email": "nonsense", "phone": "12", "expires_on": "soon", "city": "Elgin"}
        ),
    )

    for field in ("email", "phone", "expires_on"):
        assert f'id="bad-{field}"' in desk.html, field
    assert 'value="Elgin"' in desk.html


def test_a_form_of_one_patron_is_not_saved_into_another(desk):
    desk.scan(ADA_CARD)
    desk.does("/edit/")
    before, sent = desk.hidden("before")[0], _as_shown(desk.html)
    desk.scan("nobody-such")
    desk.scan(ADA_CARD)

    desk.does("/edit/save/", before=before, **sent)

    assert "This form is too old." in desk.said()


def test_the_end_of_the_registration_can_be_set(desk, clock):
    desk.scan(ADA_CARD)
    desk.does("/edit/")

    desk.does(
        "/edit/save/",
        before=desk.hidden("before")[0],
        **(_as_shown(desk.html) | {"expires_on": "2027-02-03"}),
    )

    assert "Feb 3, 2027" in desk.text
    assert dt.date(2027, 2, 3) > clock().date()


def _as_shown(page: str) -> dict[str, str]:
    """What the edit form would send back untouched."""
    import html
    import re

    values = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input id="in-(\w+)"[^>]*? value="([^"]*)"', page)
    }
    for name, body in re.findall(r'<select id="in-(\w+)".*?>(.*?)</select>', page, flags=re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        values[name] = chosen[1] if chosen else ""
    return values
