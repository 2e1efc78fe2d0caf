"""Requests about patrons on screen: anybody takes one in and sees no more of it; those in charge walk it to its end."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from desk_support import ADA_CARD, DATABASES, AtDesk
from django.core.files.uploadedfile import SimpleUploadedFile

from circumspect.offices.privacydesk.cases_models import Case
from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.offices.privacydesk.machines import Ask

pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)

INTAKE = {"what": "paper", "came_at": "2026-11-23T10:00", "urgent": "no", "who": "Det. Kowalczyk"}


@pytest.fixture
def director(staff_of: Any) -> AtDesk:
    """A window at which the Executive Director has signed in."""
    staff_of("dora", ["executive_director"])
    window = AtDesk()
    window.sign_in("dora")
    return window


@pytest.fixture
def second(staff_of: Any) -> AtDesk:
    """A window at which another person in charge has signed in."""
    staff_of("pia", ["privacy_in_charge"])
    window = AtDesk()
    window.sign_in("pia")
    return window


def take_in(window: AtDesk, **more: Any) -> Any:
    return window.does("/cases/take-in/", **INTAKE, **more)


def only_case(window: AtDesk) -> str:
    window.open("/cases/")
    found = re.findall(r"/cases/([0-9A-Z-]{14})/", window.html)
    assert found, window.html
    return f"/cases/{found[0]}/"


def does(window: AtDesk, page: str, code: str, **more: Any) -> str:
    """Take a step with its form filled in; what the page then says."""
    fields = {
        each.name: {Ask.YES_NO: "yes", Ask.MUST: "yes", Ask.DAY: "2026-12-01", Ask.MOMENT: "2026-11-23T10:05",
                    Ask.INITIALS: "JK"}.get(each.ask, each.choices[0][0] if each.choices else "told")
        for machine in MACHINES.values()
        for step in machine.steps
        if step.code == code
        for each in step.fields
        if each.ask is not Ask.HIDDEN
    }  # fmt: skip
    window.does(page, do="step", step=code, **fields, **more)
    return window.html


def find(window: AtDesk, page: str, text: str) -> str:
    """Find somebody; the slip of the first who was found."""
    window.does(page, do="find", find=text)
    found = re.search(r'name="patron" value="([^"]+)"', window.html)
    assert found, window.html
    return html.unescape(found[1])


@pytest.mark.clause("MP-7.12")
def test_the_front_line_takes_in_and_is_shown_nothing_again(desk: AtDesk, director: AtDesk):
    desk.open("/")
    assert "Somebody asks about a patron" in desk.html

    take_in(desk, papers=SimpleUploadedFile("order.pdf", b"%PDF-1.7 <script>"))
    page = only_case(director)

    assert "those in charge are told" in desk.html
    for address in ("/cases/", page):
        assert desk.open(address).status_code == 403
        assert "Kowalczyk" not in desk.html
    assert desk.does(page, do="step", step="refuse").status_code == 403
    director.open(page)
    assert "Det. Kowalczyk" in director.html


def test_a_form_that_lacks_something_comes_back_filled_in(desk: AtDesk):
    desk.does("/cases/take-in/", **{**INTAKE, "what": ""})

    assert desk.response.status_code == 422
    assert "Det. Kowalczyk" in desk.html
    assert not Case.objects.exists()


def test_a_paper_is_only_ever_handed_out_to_be_saved(desk: AtDesk, director: AtDesk):
    take_in(desk, papers=SimpleUploadedFile("evil.html", b"<script>alert(1)</script>", "text/html"))
    page = only_case(director)
    director.open(page)
    number = re.search(r'name="paper" value="(\d+)"', director.html)
    assert number

    response = director.does(f"{page}file/", paper=number[1])

    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.content == b"<script>alert(1)</script>"
    assert desk.does(f"{page}file/", paper=number[1]).status_code == 403


@pytest.mark.clause("MP-3.8", "MP-7.7")
def test_refusing_is_one_click(desk: AtDesk, director: AtDesk):
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="outsider")

    director.does(page, do="step", step="refuse")

    assert "Refused" in director.html
    director.open("/cases/")
    assert "None is open." in director.html


@pytest.mark.clause("MP-3.3", "MP-3.7")
def test_a_court_order_walks_from_paper_to_receipt(desk: AtDesk, director: AtDesk, second: AtDesk):
    """With the wrong turns tried on the way: a wider packet, no second person, no authority."""
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="court_order")
    assert "Checked: say what it names" in does(director, page, "check")
    does(director, page, "counsel")
    slip = find(director, page, ADA_CARD)
    director.does(
        page, do="step", step="scope", patron=slip, **{"in-registration": ["given_name", "family_name"]}
    )
    assert "Named: the packet can be made" in director.html
    assert "Zielińska" in does(director, page, "cut")
    assert "ada@example.org" not in director.html

    assert "second person" in does(director, page, "authorise")
    assert "somebody else has to do this" in does(director, page, "review").lower()
    assert "Zielińska" in second.open(page).content.decode()
    does(second, page, "review")
    assert "Authorised" in does(director, page, "authorise")
    does(director, page, "deliver")

    assert "Answered within the order" in does(director, page, "receipt")


def test_another_kind_of_slip_does_not_name_a_person(desk: AtDesk, director: AtDesk):
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="court_order")
    does(director, page, "check")
    desk.scan(ADA_CARD)

    director.does(page, do="step", step="scope", patron=desk.slip, **{"in-registration": ["given_name"]})

    assert director.response.status_code == 422
    assert "find the person first" in director.html.lower()
