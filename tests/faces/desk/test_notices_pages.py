"""Notices at the desk: counts without people, letters for the printer, people to call, what a patron was sent."""

from __future__ import annotations

import io

import pytest
from desk_support import ADA_CARD, DATABASES, AtDesk, ledger_bodies, patron_of
from pypdf import PdfReader

from circumspect.offices.notices import outbox
from circumspect.offices.notices.kinds import Channel, Kind, State

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def waits(library):
    """Let a notice to Ada wait, by one way."""

    def put(channel: Channel, state: State | None = None) -> None:
        link = library.vault.link(outbox.SERIES, patron_of(library, ADA_CARD))
        outbox.put(
            [outbox.Wish(link, (link.token,), (Kind.HOLD_CANCELLED,), channel, "main", library.today())]
        )
        if state:
            entry = outbox.entries(
                outbox.first_state(channel), channel, today=library.today(), now=1, limit=1
            )[0]
            outbox.settle([(entry.id, state)], today=library.today())

    return put


def test_the_page_of_notices_has_counts_and_nobody_in_it(desk, library, waits):
    before = len(ledger_bodies(library))
    waits(Channel.POST)
    waits(Channel.EMAIL, State.UNSURE)

    desk.open("/notices/")

    assert "1 waits to be printed" in desk.text
    assert "E-mail perhaps sent 1" in desk.text
    assert "Nobody is written to twice" in desk.text
    assert "Zieli" not in desk.html
    assert len(ledger_bodies(library)) == before


@pytest.mark.clause("MP-4.14")
def test_letters_open_as_pdf_and_are_gone_when_they_came_out_well(desk, library, waits):
    waits(Channel.POST)

    response = desk.does("/notices/letters/")

    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Cache-Control"] == "no-store"
    text = PdfReader(io.BytesIO(response.content)).pages[0].extract_text()
    assert "Zielińska" in text
    assert "Jedno Twoje zamówienie" in text
    desk.open("/notices/")
    assert "1 is with the printer" in desk.text
    desk.does("/notices/printed/", well="no")
    assert "1 waits to be printed" in desk.text
    desk.does("/notices/letters/")
    desk.does("/notices/printed/", well="yes")
    assert "None waits." in desk.text
    assert "Hold ended 1" in desk.text


def test_no_letter_is_an_answer_too(desk, library):
    desk.does("/notices/letters/")

    assert "No letter waits to be printed." in desk.text


def test_people_to_call_are_shown_with_what_may_be_said(desk, library, waits):
    waits(Channel.PHONE)

    desk.does("/notices/calls/")

    assert "217-555-0142" in desk.text
    assert "Szukam osoby, która podała nam ten numer" in desk.text
    notice = desk.hidden("notice")[0]
    desk.does("/notices/called/", notice=notice, reached="yes")
    assert "Nobody waits for a call." in desk.text
    assert [body["fields"] for body in ledger_bodies(library) if body["purpose"] == "work a list"] == [
        ["language", "phone"]
    ]


def test_a_call_of_a_notice_that_is_none_changes_nothing(desk, library, waits):
    waits(Channel.PHONE)

    for notice in ("", "x", "9" * 30, "5", "²"):
        assert desk.does("/notices/called/", notice=notice, reached="yes").status_code == 200

    desk.open("/notices/")
    assert "1 person wants to be called" in desk.text


def test_what_the_open_patron_was_sent_is_a_page_of_its_own(desk, library, waits):
    waits(Channel.EMAIL, State.SENT)
    desk.scan(ADA_CARD)

    desk.does("/notices/sent/")

    assert "Nov 23, 2026 Hold ended E-mail sent" in desk.text
    assert "Zieli" not in desk.text
    body = ledger_bodies(library)[-1]
    assert (body["series"], body["action"], body["circumstance"]) == ("notices", "view", "open transaction")


def test_who_may_not_print_or_call_is_refused_in_plain_words(library, waits, staff_of):
    waits(Channel.POST)
    waits(Channel.PHONE)
    staff_of("marta", ["reference"])
    window = AtDesk()
    window.sign_in("marta")

    for path in ("/notices/letters/", "/notices/calls/"):
        assert window.does(path).status_code == 403
        assert "By" in window.text
    assert window.does("/notices/printed/", well="yes").status_code == 403
    window.open("/notices/")
    assert "Print letters" not in window.text
