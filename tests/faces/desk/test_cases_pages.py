"""Requests about patrons on screen: anybody takes one in and sees no more of it; those in charge walk it to its end."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pyrage
import pytest
from desk_support import ADA_CARD, DATABASES, GOOD_PASSWORD, ITEMS, AtDesk
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

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
    window.does(page, do="step", step=code, **{**fields, **more})
    proves(window)
    return window.html


def proves(window: AtDesk) -> None:
    """Prove once more who one is, where the page asks."""
    if window.response.status_code == 401:
        kept = re.search(r'name="kept" value="([^"]+)"', window.html)
        assert kept
        window.does("/step-up/", kept=html.unescape(kept[1]), way="password", password=GOOD_PASSWORD)
        assert window.response.status_code == 200, window.html
        goes_on = re.search(r'<form method="post" action="(/cases/[^"]+)"(.*?)</form>', window.html, re.S)
        assert goes_on
        form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', goes_on[2]))
        window.does(goes_on[1], **{name: html.unescape(value) for name, value in form.items()})


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
    desk.does("/cases/take-in/", **{**INTAKE, "what": ""}, papers=SimpleUploadedFile("order.pdf", b"%PDF"))

    assert desk.response.status_code == 422
    assert "Choose the papers again" in desk.text
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

    does(director, page, "tell")
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


def printed(window: AtDesk, page: str, which: str, **more: Any) -> Any:
    return window.client.post(f"{page}print/", {"which": which, **more})


@pytest.mark.clause("MP-3.4", "MP-3.11", "MP-3.12", "MP-3.13", "MP-3.14")
def test_an_officers_emergency_request_walks_from_form_to_file(desk: AtDesk, director: AtDesk):
    """The officer asks in writing, proves who they are, is told who somebody is, and signs. Loans are never in it."""
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="emergency")
    lacking = does(director, page, "write", s_probable_cause="")
    assert "initials belong here" in lacking
    assert "probable cause to believe" in lacking, "the officer initials the Act's own words"
    assert "choose which facts" in does(director, page, "write").lower()
    wanted = {"id-name": "yes", "id-phone": "yes"}
    assert "prove who the officer is" in does(director, page, "write", **wanted)
    assert director.does(page, do="find", find=ADA_CARD).status_code == 200
    does(director, page, "prove")
    slip = find(director, page, ADA_CARD)
    director.does(page, do="step", step="scope", patron=slip, **wanted, **{"in-loans": ["item"]})
    does(director, page, "decide")
    assert "Zielińska" in does(director, page, "cut")
    assert "Nad Niemnem" not in director.html
    does(director, page, "hand_over")
    does(director, page, "receipt", receipt="refused")
    assert "first note whether the patron is told" in does(director, page, "file").lower()
    does(director, page, "tell", told="no")
    assert "Answered and filed" in does(director, page, "file")

    form = printed(director, page, "form")

    assert form.headers["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(form.content)).pages
    text = pages[0].extract_text()
    assert len(pages) == 1
    assert "Zielińska" in text
    assert "217-555-0142" in text
    assert "Bluestem" not in text
    assert "Niemnem" not in text
    assert printed(director, page, "packet").status_code == 404


def test_those_in_charge_learn_whether_the_card_is_on_file_and_whoever_takes_it_in_does_not(
    desk: AtDesk, director: AtDesk
):
    pages = []
    for card, words in (
        (ADA_CARD, "On file: what it stands for"),
        ("29999999999990", "is not on file: nothing"),
    ):
        take_in(desk, card=card)
        pages.append(desk.text)
        director.open("/cases/")
        found = re.findall(r"/cases/[0-9A-Z-]{14}/", director.html)
        assert any(words in director.open(each).content.decode() for each in dict.fromkeys(found))
    assert pages[0] == pages[1]


def test_what_was_ticked_stays_while_the_person_is_looked_for(desk: AtDesk, director: AtDesk):
    page = an_order(desk, director)
    does(director, page, "check")
    ticked = {"in-loans": ["item"], "first-loans": "2026-11-02"}

    director.does(page, do="step", step="scope", **ticked)
    assert director.response.status_code == 422
    for sent in ({}, {"find": ADA_CARD}):
        if sent:
            director.does(page, do="find", step="scope", **sent, **ticked)
        assert 'name="in-loans" value="item" checked' in director.html
        assert 'name="first-loans" value="2026-11-02"' in director.html
    assert "1 found" in director.text


def test_an_officer_is_offered_only_what_the_signed_request_asks_for(desk: AtDesk, director: AtDesk):
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="emergency")
    does(director, page, "write", **{"id-name": "yes", "id-phone": "yes"})
    does(director, page, "prove")
    director.does(page, do="find", find=ADA_CARD)
    assert re.findall(r'name="id-(\w+)" value="yes" checked', director.html) == ["name", "phone"]
    assert "id-address" not in director.html

    slip = find(director, page, ADA_CARD)
    director.does(page, do="step", step="scope", patron=slip, **{"id-name": "yes", "id-address": "yes"})

    assert "signed request does not ask for all of this" in director.text


@pytest.mark.clause("MP-3.7")
def test_the_whole_file_tells_every_entry_with_what_was_told(desk: AtDesk, director: AtDesk):
    """A second entry of an inventory does not hide the first, and what one kind asked stays when it is another."""
    desk.does("/cases/take-in/", **{**INTAKE, "urgent": "yes"})
    page = only_case(director)
    director.does(page, do="acknowledge")
    director.does(page, do="step", step="sort", kind="search_warrant")
    does(director, page, "inventory", inv_how="viewed", inv_what="The catalog computer")
    does(director, page, "inventory", inv_how="taken", inv_what="The sign-up sheet")
    director.does(page, do="step", step="sort", kind="court_order")
    director.open(page)
    file = printed(director, page, "file")
    told = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(file.content)).pages)

    for words in (
        "Write down what was viewed, copied or taken",
        "The catalog computer",
        "The sign-up sheet",
        "Taken up; nobody is called any more",
        "Det. Kowalczyk",
        "Search warrant",
    ):
        assert words in director.text, words
        assert words in " ".join(told.split()), words


def test_a_refusal_has_its_letter_at_once_and_nothing_else_to_print(desk: AtDesk, director: AtDesk):
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="informal")
    assert printed(director, page, "refusal").status_code == 404
    director.does(page, do="step", step="refuse")

    letter = printed(director, page, "refusal-text").content.decode()

    assert "neither confirm nor deny" in letter
    assert "Det. Kowalczyk" in letter
    for which in ("packet", "cover", "encrypted", "form", "told", "nonsense"):
        assert printed(director, page, which, key="age1").status_code == 404


def test_a_packet_leaves_only_authorised_and_an_encrypted_one_opens_with_its_key_alone(
    desk: AtDesk, director: AtDesk, second: AtDesk
):
    key = pyrage.x25519.Identity.generate()
    page = an_order(desk, director)
    does(director, page, "cut")
    assert printed(director, page, "packet").status_code == 404
    does(second, page, "review")
    does(director, page, "authorise")

    sealed = printed(director, page, "encrypted", key=str(key.to_public()))

    assert sealed.headers["Content-Disposition"].endswith('.pdf.age"')
    assert "Zielińska" in PdfReader(io.BytesIO(pyrage.decrypt(sealed.content, [key]))).pages[0].extract_text()
    refused = printed(director, page, "encrypted", key="not a key")
    assert refused.status_code == 422
    assert f'href="{page}"' in refused.content.decode(), "and it leads back"
    assert printed(desk, page, "packet").status_code == 403


def an_order(desk: AtDesk, director: AtDesk) -> str:
    """A court order with its scope entered."""
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="court_order")
    does(director, page, "check")
    does(director, page, "counsel")
    slip = find(director, page, ADA_CARD)
    names = {"in-registration": ["given_name", "family_name"]}
    director.does(page, do="step", step="scope", patron=slip, **names)
    return page


@pytest.mark.clause("MP-7.13")
def test_an_alarm_stands_on_every_designated_screen_until_somebody_has_it(
    desk: AtDesk, director: AtDesk, second: AtDesk
):
    desk.does("/cases/take-in/", **{**INTAKE, "urgent": "yes"})

    assert "I have it" not in desk.open("/").content.decode()
    for window in (director, second):
        assert "I have it" in window.open("/").content.decode()
    second.does(only_case(director), do="acknowledge")

    assert "I have it" not in director.open("/").content.decode()
    assert "Taken up" in director.open(only_case(director)).content.decode()


def test_deadlines_stand_in_one_view_and_a_calendar_that_says_nothing_else(desk: AtDesk, director: AtDesk):
    page = an_order(desk, director)
    does(director, page, "deadline", due_on="2026-12-09", due_what="Motion to narrow, re Zielinska")
    director.open("/cases/deadlines/")
    assert "Motion to narrow" in director.html

    director.does("/cases/deadlines/", do="address")
    address = re.search(r"http://testserver(/cases/calendar/[^<]+\.ics)", director.html)
    assert address
    feed = Client().get(address[1])

    assert feed.headers["Content-Type"].startswith("text/calendar")
    assert b"DTSTART;VALUE=DATE:20261209" in feed.content
    assert not any(word in feed.content for word in (b"Zielinska", b"Motion", page.split("/")[2].encode()))
    director.does("/cases/deadlines/", do="address")
    assert Client().get(address[1]).status_code == 404
    assert desk.open("/cases/deadlines/").status_code == 403


@pytest.mark.clause("MP-3.12")
def test_the_librarys_own_wording_is_adopted_with_who_approved_it(director: AtDesk, second: AtDesk):
    text = {"name": "s_sworn", "text": "I am sworn.", "approved_by": "The board", "approved_on": "2026-11-20"}
    assert second.does("/cases/wording/", **text).status_code == 403
    director.does("/cases/wording/", **text)
    proves(director)
    assert "in force from now on" in director.html

    form = director.client.get("/cases/officer-form/")

    assert "I am sworn." in PdfReader(io.BytesIO(form.content)).pages[0].extract_text()


def test_a_sealed_case_leaves_every_page_of_others_as_it_was(desk: AtDesk, director: AtDesk, second: AtDesk):
    """Byte for byte: list, deadlines, office, desk, and the case's own address."""
    pages = ("/cases/", "/cases/deadlines/", "/office/", "/cases/?show=over", "/cases/0000-0000-0001/")
    before = [_bare(second.open(each)) for each in pages]
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="sealed_process")
    does(director, page, "deadline")

    assert [_bare(second.open(each)) for each in pages] == before
    assert _bare(second.open(page)) == _bare(second.open("/cases/0000-0000-0001/"))


def test_a_gag_ends_on_proof_and_with_a_reason_and_the_file_tells_both(
    desk: AtDesk, director: AtDesk, second: AtDesk
):
    take_in(desk)
    page = only_case(director)
    director.does(page, do="step", step="sort", kind="sealed_process")
    [pia] = re.findall(r'name="named" value="(\d+)"', director.open(page).content.decode())
    director.does(page, do="gag", named=pia, review_on="2027-02-01")
    assert second.open(page).status_code == 200

    director.does(page, do="ungag", ended_by="")
    proves(director)
    assert "Say what ended it" in director.text
    director.does(page, do="ungag", ended_by="Order of the 18th Circuit, read to us by counsel")

    director.open(page)
    for words in ("Who sees it Dora, Pia", "2027-02-01", "What ended it Order of the 18th Circuit"):
        assert words in director.text
    assert "sealed until further notice" not in director.text


def test_papers_too_large_to_be_sent_at_once_are_not_read_and_it_is_said_how_many_are(desk):
    answer = desk.client.generic(
        "POST",
        "/cases/take-in/",
        b"-",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(10**9),
    )

    assert answer.status_code == 413
    assert "all together at most 188 MB" in answer.content.decode()
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def _bare(response: Any) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", response.content)
