"""Preservation, the CyberTipline and a breach on screen, walked to their ends by those in charge."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
from desk_support import ADA_CARD, DATABASES, AtDesk
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader
from test_cases_pages import director, does, find, only_case, proves, take_in

from circumspect.offices.privacydesk import preservation
from circumspect.offices.privacydesk.copies_models import CopyPart
from circumspect.offices.publishing import writing
from circumspect.offices.publishing.rules import Kind
from circumspect.offices.statistics import releasing
from circumspect.offices.statistics.plans import Year
from circumspect.offices.statistics.protecting import Rule
from circumspect.trust.policy.request import Actor, ActorKind

__all__ = ["director"]
pytestmark = pytest.mark.django_db(databases=DATABASES, transaction=True)


def begun(desk: AtDesk, director: AtDesk, kind: str) -> str:
    """A case of a kind, as its page's address."""
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind=kind)
    return page


def posted(window: AtDesk, address: str, **form: Any) -> Any:
    window.does(address, **form)
    proves(window)
    return window.response


def kept(desk: AtDesk, director: AtDesk) -> str:
    page = begun(desk, director, "preservation")
    does(director, page, "check")
    slip = find(director, page, ADA_CARD)
    director.does(
        page, do="step", step="scope", patron=slip, **{"in-registration": ["given_name", "family_name"]}
    )
    proves(director)
    does(director, page, "keep")
    return page


@pytest.mark.clause("MP-6.12", "MP-6.14")
def test_what_is_preserved_is_sealed_on_screen_and_opens_on_a_checked_order_alone(
    desk: AtDesk, director: AtDesk, house: Any, clock: Any
):
    page = kept(desk, director)
    director.open(page)
    assert "Sealed until" in director.html
    assert "Zielińska" not in director.html
    director.does(page, do="deposit", deposit=SimpleUploadedFile("mbox", b"From: a\xff"))
    assert CopyPart.objects.count() == 2

    response = posted(director, f"{page}preserved/", process_case="")
    assert response.status_code == 403
    assert "Zielińska" not in director.html

    take_in(desk)
    director.open("/cases/")
    order = next(each for each in re.findall(r"/cases/([0-9A-Z-]{14})/", director.html) if each not in page)
    director.does(f"/cases/{order}/", do="step", step="sort", kind="court_order")
    does(director, f"/cases/{order}/", "check")
    assert posted(director, f"{page}preserved/", process_case=order).status_code == 200
    assert "Zielińska" in director.html
    response = posted(director, f"{page}preserved/", process_case=order, **{"as": "file"})
    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    assert sorted(names) == ["01-deposit-mbox", "02-registration.txt"]
    assert desk.does(f"{page}preserved/", process_case=order).status_code == 403


@pytest.mark.clause("MP-6.13")
def test_a_certificate_of_destruction_can_be_saved(desk: AtDesk, director: AtDesk, house: Any, clock: Any):
    page = kept(desk, director)
    assert posted(director, f"{page}certificate/").status_code == 422
    clock.forward(days=91)
    preservation.end_over(house)
    director.sign_in("dora")

    response = posted(director, f"{page}certificate/")

    text = " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())
    assert "Certificate of destruction" in text
    assert "Registration" in text
    assert "Zielińska" not in text
    director.open(page)
    assert "Ended by itself, and destroyed" in director.html


@pytest.mark.clause("MP-6.8", "MP-6.10", "MP-6.11")
def test_a_report_to_the_tipline_is_walked_to_its_end_and_no_page_takes_a_file(
    desk: AtDesk, director: AtDesk
):
    page = begun(desk, director, "tipline")
    director.open(page)
    assert 'type="file"' not in director.html
    assert "protected from liability" in director.html
    director.does(page, do="paper", paper=SimpleUploadedFile("x.jpg", b"\xff\xd8\xff"))
    assert "Nothing is ever put with a request of this kind" in director.html

    does(director, page, "found")
    assert 'name="report_number"' not in director.html
    does(director, page, "attorney", attorney="not")
    does(director, page, "report", report_number="192837465", reported_at="2026-11-23T12:00")
    does(director, page, "close")

    director.open(page)
    assert "Reported, and kept for its time" in director.html
    assert 'type="file"' not in director.html


@pytest.mark.clause("TH-1.23")
def test_a_breach_is_assessed_from_what_was_reachable_and_its_letters_state_no_number(
    desk: AtDesk, director: AtDesk, house: Any
):
    page = begun(desk, director, "breach")
    does(director, page, "assess", reached=["records", "key_store"])
    assert "what was reached stays sealed" in director.html
    does(director, page, "assess", reached=["records", "key_store", "key_file"])
    director.open(page)
    assert "PINs" in director.html
    assert posted(director, f"{page}letters/", kind="2", page="1").status_code == 422
    does(director, page, "prepare")

    response = posted(director, f"{page}letters/", kind="2", page="1")

    if response.status_code == 200:
        text = PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
        assert "change your PIN" in " ".join(text.split())
    assert desk.does(f"{page}letters/", kind="2", page="1").status_code == 403


ASKED = {
    "asked": "The registration record of Ada Zielińska, please",
    "requester": "C. Babbage, 1 Dorset St, Elgin",
    "received_at": "2026-11-23T09:00",
    "came_by": "letter",
}


@pytest.fixture
def officer(staff_of: Any) -> AtDesk:
    """A window at which the FOIA officer has signed in."""
    staff_of("fay", ["foia_officer"])
    window = AtDesk()
    window.sign_in("fay")
    return window


@pytest.mark.clause("TH-1.6", "MP-7.8")
def test_a_request_for_public_records_is_written_down_by_anybody_and_denied_by_the_officer(
    desk: AtDesk, officer: AtDesk
):
    desk.does("/records-requests/", **{**ASKED, "asked": ""})
    assert desk.response.status_code == 422
    assert "Dorset" in desk.html
    desk.does("/records-requests/", **ASKED)
    assert "The FOIA officer has it" in desk.html
    officer.open("/records-requests/")
    page = re.findall(r"/records-requests/[0-9A-Z-]{14}/", officer.html)[0]
    assert "Dec 1, 2026" in officer.html
    assert desk.open(page).status_code == 403
    assert "Dorset" not in desk.html

    facts = {"record_type": "registration", "responsible": "F. Ames, FOIA officer", "no_patron": "yes"}
    officer.does(page, do="step", step="deny", basis_foia_7_1_a="Zielińska has not agreed.", **facts)
    assert officer.response.status_code == 422
    assert "open to everybody" in officer.html
    officer.does(page, do="step", step="deny", basis_foia_7_1_a="The Act forbids it.", **facts)
    response = officer.does(page, do="letter")

    text = " ".join(PdfReader(io.BytesIO(response.content)).pages[0].extract_text().split())
    assert "Public Access Counselor" in text
    assert "Zielińska" not in text
    officer.open("/records-requests/denials/")
    assert "5 ILCS 140/7(1)(a)" in officer.html
    assert "Dorset" not in officer.html


@pytest.mark.clause("TH-1.6")
def test_the_day_of_an_answer_stands_in_the_common_view_and_in_a_calendar_without_a_word(
    desk: AtDesk, officer: AtDesk
):
    """The FOIA officer sees these days and no case's."""
    desk.does("/records-requests/", **ASKED)
    take_in(desk)
    assert "/cases/deadlines/" in officer.open("/office/").content.decode()
    officer.does("/cases/deadlines/", do="address")

    assert "Answer a request for public records" in officer.html
    assert "Dec 1, 2026" in officer.html
    assert re.search(r"/records-requests/[0-9A-Z-]{14}/", officer.html)
    assert "Dorset" not in officer.html
    assert not re.search(r"/cases/[0-9A-Z-]{14}/", officer.html)
    address = re.search(r"http://testserver(/cases/calendar/[^<]+\.ics)", officer.html)
    assert address
    feed = Client().get(address[1]).content
    assert feed.count(b"BEGIN:VEVENT") == 1
    assert b"DTSTART;VALUE=DATE:20261201" in feed
    assert not any(word in feed.lower() for word in (b"public", b"records", b"dorset"))


@pytest.mark.clause("TH-4.4")
def test_a_search_reaches_public_records_alone_and_what_is_released_was_read(desk: AtDesk, officer: AtDesk):
    desk.does("/records-requests/", **ASKED)
    officer.open("/records-requests/")
    page = re.findall(r"/records-requests/[0-9A-Z-]{14}/", officer.html)[0]

    officer.does(page, do="search", terms="Zielińska")
    assert "Nothing was found among public records." in officer.html
    officer.does(page, do="step", step="grant", granted_on="2026-11-23")

    assert "somebody has to read what is released first" in officer.html.lower()


@pytest.mark.clause("TH-4.4")
def test_a_search_finds_what_was_published_and_what_was_not_is_no_record_yet(
    desk: AtDesk, officer: AtDesk, house: Any
):
    """News once shown, withdrawn or not; published policies and statistics; no draft. Found is what is released."""
    now, writer = house.clock(), Actor(ActorKind.STAFF, "7", frozenset({"communications"}), True, "2026-11")
    for title in ("Herons shown", "Herons withdrawn", "Herons in a draft"):
        draft = writing.Draft(
            Kind.NEWS, {"en": {"title": title, "summary": "", "body": "Call 847-555-0119."}}
        )
        row = writing.save_draft(draft, writer, now=now)
        if "draft" not in title:
            writing.publish(row, now=now)
        if "withdrawn" in title:
            writing.withdraw(row.entry_id)
    releasing.release(
        Year(2025, 7),
        Rule(),
        dt.date(2026, 7, 2),
        lambda plan, _year: {("resident_adult", ""): 4210} if plan.code == "registered-borrowers" else {},
    )
    desk.does("/records-requests/", **ASKED)
    officer.open("/records-requests/")
    page = re.findall(r"/records-requests/[0-9A-Z-]{14}/", officer.html)[0]

    officer.does(page, do="search", terms="herons")
    assert re.findall(r"Herons [a-z ]+", officer.text) == ["Herons shown ", "Herons withdrawn "]
    assert "847-555" not in re.sub(r"<label.*?</label>", "", officer.html, flags=re.S)
    officer.does(page, do="search", terms="registered borrowers 4210")
    [record] = re.findall(r'name="record" value="([^"]+)"', officer.html)
    officer.does(page, do="step", step="release", read_through="yes", record=record)
    released = officer.client.post(page, {"do": "released"}).content.decode()

    assert "resident_adult, , , 4210, yes" in released
