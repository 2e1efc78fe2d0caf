"""Letters at the desk: worked without their numbers in any address, refused to whoever may not, files never drawn."""

from __future__ import annotations

from typing import Any

import pytest
from desk_support import GOOD_PASSWORD, AtDesk

from circumspect.records.communications import newsletter
from circumspect.records.communications.models import Issue
from circumspect.records.inquiries import formmaking
from circumspect.records.inquiries.intake import Letter, send_in
from circumspect.records.inquiries.models import Inquiry, InquiryMessage, PublicLetter, StaffForm
from circumspect.records.inquiries.rules import Kind, LetterClass
from circumspect.records.inquiries.shelves import File, Sender, Text

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SECRET = "Qzvexwort"


@pytest.fixture
def at(library: Any, staff_of: Any) -> Any:
    """A desk at which somebody with these roles is signed in."""

    def at(*roles: str) -> AtDesk:
        name = "-".join(roles)
        staff_of(name, list(roles))
        desk = AtDesk()
        desk.sign_in(name, GOOD_PASSWORD)
        return desk

    return at


@pytest.fixture
def write(house: Any) -> Any:
    """Let somebody write."""

    def write(kind: Kind = Kind.QUESTION, body: str = f"What of {SECRET}?", **more: Any) -> int:
        sender = Sender(f"Ada {SECRET}", "ada@mail.example")
        return send_in(house, Letter(kind, Text("", body), sender, **more))

    return write


@pytest.mark.clause("TH-4.1", "MP-4.13")
def test_a_question_is_worked_from_the_list_to_its_answer(at, write):
    """Taken, noted on, answered, closed; its number stands in no address."""
    desk, letter = at("reference"), write()
    desk.open("/letters/")
    assert f"What of {SECRET}?" in desk.text
    assert "Ada" not in desk.text
    assert f"/{letter}" not in desk.html

    desk.does("/letters/open/", letter=letter)
    assert f"Ada {SECRET}" in desk.text
    desk.does("/letters/act/", letter=letter, do="take")
    assert "It is yours" in desk.text
    assert (
        desk.does("/letters/act/", letter=letter, do="note", kind="LOOKED", note="stacks").status_code == 422
    )
    assert "stacks" in desk.html
    until = InquiryMessage.objects.get().day.replace(day=30).isoformat()
    desk.does("/letters/act/", letter=letter, do="note", kind="LOOKED", note="in the stacks", ends_on=until)
    assert desk.does("/letters/act/", letter=letter, do="answer", body=" ").status_code == 422
    desk.does("/letters/act/", letter=letter, do="answer", body="On the second floor.")
    assert "Answered" in desk.text
    assert "waits to leave by mail" in desk.text
    desk.does("/letters/act/", letter=letter, do="close")
    assert desk.does("/letters/act/", letter=letter, do="answer", body="More").status_code == 409
    assert Inquiry.objects.get().state == "closed"


@pytest.mark.clause("TH-4.1", "MP-4.14")
@pytest.mark.parametrize("role", ["desk", "communications", "foia_officer", "executive_director"])
def test_whoever_may_not_read_a_question_is_shown_none_of_it(at, write, role):
    """Neither on the list, nor by its number, nor after an act; each is refused in words."""
    letter, desk = write(files=(File("a.pdf", b"%PDF-1 x"),)), at(role)
    file_id = 0
    for path, fields in (
        ("/letters/open/", {"letter": letter}),
        ("/letters/act/", {"letter": letter, "do": "answer", "body": "x"}),
        ("/letters/act/", {"letter": letter, "do": "class", "class": "public mail", "reason": "no_bearing"}),
        ("/letters/file/", {"letter": letter, "file": file_id}),
    ):
        assert desk.does(path, **fields).status_code == 403
        assert SECRET not in desk.text
    assert desk.open("/letters/?class=inquiries").status_code == 403
    assert not PublicLetter.objects.exists()
    assert InquiryMessage.objects.count() == 1


@pytest.mark.clause("TH-4.4")
def test_the_class_is_decided_on_the_letter_and_the_officer_then_finds_it(at, write):
    """Without a reason nothing moves; found, its contact data is apart."""
    letter, desk = write(Kind.CONTACT, "The lamp is broken, mail bob@mail.example"), at("reference")
    desk.does("/letters/open/", letter=letter)
    assert "nobody has decided yet" in desk.text
    assert (
        desk.does("/letters/act/", letter=letter, do="class", **{"class": "public mail"}).status_code == 422
    )
    officer = at("foia_officer")
    officer.does("/letters/public/", terms="lamp")
    assert "Nothing was found" in officer.text

    fields = {"class": "public mail", "reason": "public_business"}
    desk.does("/letters/act/", letter=letter, do="class", **fields)
    assert "it is about how the library is run" in desk.text

    officer.does("/letters/public/", terms="LAMP")
    assert "The lamp is broken" in officer.text
    assert "bob@" not in officer.text
    assert SECRET not in officer.text
    assert desk.does("/letters/public/", terms="lamp").status_code == 403


def test_a_wish_is_decided_and_a_file_is_a_download(at, write):
    """Under a name that says nothing, as bytes that no browser opens."""
    desk, letter = at("reference"), write(Kind.PURCHASE, files=(File(f"{SECRET}.pdf", b"%PDF-1 x"),))
    opened = desk.does("/letters/open/", letter=letter).content.decode()
    file_id = opened.partition('name="file" value="')[2].partition('"')[0]

    given = desk.does("/letters/file/", letter=letter, file=file_id)

    assert given.content == b"%PDF-1 x"
    assert given.headers["Content-Type"] == "application/octet-stream"
    assert given.headers["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    desk.does("/letters/act/", letter=letter, do="buy", body="")
    assert "Nobody is tied to it any more" in desk.text
    assert desk.does("/letters/file/", letter=letter, file="4711").status_code == 404
    assert desk.does("/letters/open/", letter="no number").status_code == 404


@pytest.mark.clause("TH-4.3")
def test_a_form_is_made_at_the_desk_and_its_class_is_a_directors(at):
    """What was typed comes back where it does not do; a draft, open, reclassified."""
    desk, director = at("communications"), at("executive_director")
    said = {f"title_{code}": f"Story hour {code}" for code in ("en", "es", "pl")}
    field = {"kind1": "choice", "needed1": "yes"}
    field |= {f"label1_{code}": f"Room {code}" for code in ("en", "es", "pl")}
    lists = {f"choices1_{code}": f"Attic {code}\r\nCellar {code}" for code in ("en", "es", "pl")}
    uneven = {**lists, "choices1_pl": "Attic pl"}

    wrong = desk.does("/letters/forms/edit/", slug="story-hour", **said, **field, **uneven)
    assert wrong.status_code == 422
    assert "Cellar es" in desk.html
    assert not StaffForm.objects.exists()
    desk.does(
        "/letters/forms/edit/", slug="story-hour", **said, **field, **lists, until="2026-12-24", places="9"
    )
    assert "Kept." in desk.text
    form = formmaking.form_of("story-hour")
    assert (form.letter_class, form.state, form.places) == (LetterClass.BORROWER, "draft", 9)
    assert form.words.fields[0].choices[1] == {"en": "Cellar en", "es": "Cellar es", "pl": "Cellar pl"}
    desk.open("/letters/forms/edit/?slug=story-hour")
    assert "Cellar pl" in desk.html
    assert 'name="was" value="story-hour"' in desk.html

    # Another one that takes the name of this would put an end to it; who opened this may change it, time and again.
    whole = {"slug": "story-hour", **said, **field, **lists}
    again = desk.does("/letters/forms/edit/", **{**whole, "title_en": "Something else"})
    assert again.status_code == 422
    assert "Something else" in desk.html
    assert "another form has this name" in desk.text
    assert formmaking.form_of("story-hour").words.titles["en"] == "Story hour en"
    desk.does("/letters/forms/edit/", **{**whole, "title_en": "Later"}, was="story-hour")
    assert 'name="was" value="story-hour"' in desk.html
    assert formmaking.form_of("story-hour").words.titles["en"] == "Later"

    desk.does("/letters/forms/", slug="story-hour", do="open")
    assert "The public can fill it in" in desk.text
    assert desk.does("/letters/forms/", slug="story-hour", do="public").status_code == 403
    assert director.does("/letters/forms/", slug="story-hour", do="close").status_code == 403
    director.does("/letters/forms/", slug="story-hour", do="public")
    assert formmaking.form_of("story-hour").letter_class is LetterClass.PUBLIC


@pytest.mark.clause("TH-4.2")
def test_the_newsletter_is_written_and_its_list_looked_at_by_communications_alone(at, house):
    """Others see counts, and are refused the list and the sending."""
    talker, other = at("communications"), at("reference")
    assert (
        talker.does("/letters/newsletter/", do="write", topic="news", subject_en="Hello").status_code == 422
    )
    assert "Hello" in talker.html
    words = {"subject_en": "Hello", "text_en": "The river is open."}
    talker.does("/letters/newsletter/", do="write", topic="news", **words)
    issue = Issue.objects.get().id
    assert other.does("/letters/newsletter/", do="send", issue=issue).status_code == 403
    assert other.does("/letters/newsletter/readers/").status_code == 403
    talker.does("/letters/newsletter/", do="send", issue=issue)
    assert "It will reach 0" in talker.text
    assert Issue.objects.get().state == "queued"
    newsletter.subscribe(house, "ada@mail.example", language="en", topics=[newsletter.Topic.NEWS])
    talker.does("/letters/newsletter/readers/")
    assert "Nobody yet" in talker.text


def test_the_office_shows_each_their_own_pages(at):
    """The way to the letters."""
    desk = at("reference")
    desk.open("/office/")
    assert "Letters" in desk.text
    assert "Newsletter" not in desk.text
