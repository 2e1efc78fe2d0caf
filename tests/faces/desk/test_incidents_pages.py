"""Reports of behaviour at the desk: written by anybody on the floor, read by few, seen in no account."""

from __future__ import annotations

import pytest
from desk_support import ADA_CARD, DATABASES, AtDesk, patron_of

from circumspect.records.incidents.models import Incident

pytestmark = pytest.mark.django_db(databases=DATABASES)

TOLD = {"kind": "noise", "branch": "main", "happened_on": "2026-11-23", "account": "Sang Verdi on the stairs",
        "description": "A tall woman in a red hat"}  # fmt: skip


@pytest.fixture
def pia(staff_of):
    staff_of("pia", ["privacy_in_charge"])
    window = AtDesk()
    window.sign_in("pia")
    return window


def opened(window: AtDesk) -> str:
    window.open("/incidents/")
    number = window.hidden("incident")[0]
    window.does("/incidents/open/", incident=number)
    return number


@pytest.mark.clause("MP-4.17")
def test_a_clerk_writes_one_and_those_in_charge_read_it(desk, pia):
    desk.does("/incidents/report/", **TOLD)
    assert "Reported." in desk.text
    assert desk.open("/incidents/").status_code == 403

    pia.open("/incidents/")
    assert "Verdi" not in pia.html
    opened(pia)

    assert "Sang Verdi on the stairs" in pia.text
    assert "A tall woman in a red hat" in pia.text
    assert "Reported by Rosa Ibáñez" in pia.text


def test_a_report_that_does_not_do_comes_back_as_it_was_typed(desk):
    desk.does("/incidents/report/", **{**TOLD, "account": f"Had {ADA_CARD}"})

    assert desk.response.status_code == 422
    assert "Leave out numbers of cards and items" in desk.text
    assert "A tall woman in a red hat" in desk.html
    assert not Incident.objects.exists()


@pytest.mark.clause("MP-4.17")
def test_somebody_suspended_is_sent_to_the_person_in_charge_until_the_day_and_told_no_more(desk, pia, clock):
    desk.does("/incidents/report/", **TOLD)
    number = opened(pia)
    pia.does("/incidents/decide/", incident=number, act="measure", measure="suspended")
    assert "A suspension has a last day" in pia.text
    pia.does(
        "/incidents/decide/",
        incident=number,
        act="measure",
        measure="suspended",
        until="2026-11-25",
        card=ADA_CARD,
    )
    assert "Until Nov 25, 2026 the desk says" in pia.text

    desk.scan(ADA_CARD)
    assert "OK to borrow" not in desk.text
    assert "See the person in charge." in desk.text
    for word in ("Verdi", "red hat", "suspen", "Noise", number):
        assert word not in desk.html
    clock.forward(days=3)
    desk.sign_in()
    desk.open("/")
    desk.scan(ADA_CARD)
    assert "OK to borrow" in desk.text


@pytest.mark.clause("MP-4.17")
def test_a_name_is_taken_from_a_card_only_on_approval_and_the_report_says_whose(desk, pia, library):
    desk.does("/incidents/report/", **TOLD)
    number = opened(pia)
    desk.does("/incidents/decide/", incident=number, act="name", card=ADA_CARD)
    assert desk.response.status_code == 403
    assert Incident.objects.get().sealed_identity is None

    pia.does("/incidents/decide/", incident=number, act="name", card=ADA_CARD)

    assert "Name: Ada Zielińska (taken over from an account, approved by Pia)" in pia.text
    assert patron_of(library, ADA_CARD)


def test_an_appeal_is_kept_with_the_report(desk, pia):
    desk.does("/incidents/report/", **TOLD)
    number = opened(pia)

    pia.does("/incidents/decide/", incident=number, act="appeal", appeal="Says it was Puccini")

    assert "Says it was Puccini" in pia.text
    pia.does("/incidents/open/", incident="77")
    assert "There is no such report any more." in pia.text
