"""A patron's letters on their own pages: theirs, with the notes on them, in three languages, and nobody else's."""

from __future__ import annotations

import re

import pytest
from portal_support import ADA_CARD, ADA_PIN, BEN_CARD, BEN_PIN, DATABASES, Home

from circumspect.faces.portal.letterwords import WORDS
from circumspect.records.inquiries import answering
from circumspect.records.inquiries.intake import Letter, send_in
from circumspect.records.inquiries.models import Inquiry, StaffForm
from circumspect.records.inquiries.rules import Kind
from circumspect.records.inquiries.shelves import File, Text
from circumspect.trust.policy.request import Actor, ActorKind
from made_form import open_story_hour

pytestmark = pytest.mark.django_db(databases=DATABASES)
LIBRARIAN = Actor(ActorKind.STAFF, "7", frozenset({"reference"}), True, "2026-11")


def at_home(card: str, pin: str) -> Home:
    """Somebody who has signed in."""
    home = Home()
    home.sign_in(card, pin)
    return home


@pytest.mark.clause("TH-1.2", "TH-4.1", "MP-4.13")
def test_a_patron_writes_reads_the_answer_and_the_note_and_writes_on(library):
    """All of it on one page; it is open again when they write."""
    ada = at_home(ADA_CARD, ADA_PIN)
    ada.open("/my/letters/")
    assert "You have no letters." in ada.html
    ada.does("/my/letters/", act="ask", kind="question", subject="Ferries", body="When did they stop?")
    assert "It has arrived, sealed." in ada.said
    letter = Inquiry.objects.get()
    assert (letter.way, letter.link is not None) == ("portal", True)
    until = library.today().replace(day=30)
    answering.add_note(library, LIBRARIAN, letter.id, kind="LOOKED", body="county atlas", ends_on=until)
    answering.answer(library, LIBRARIAN, letter.id, "In 1911.")

    ada.open("/my/letters/")
    for text in ("When did they stop?", "In 1911.", "county atlas", "answered", "30 days"):
        assert text in ada.html
    ada.does("/my/letters/", act="write", letter=letter.id, body="And the bridge?")

    assert "And the bridge?" in ada.html
    assert Inquiry.objects.get().state == "open"


@pytest.mark.clause("TH-1.1", "TH-4.1")
def test_a_letter_of_somebody_else_is_not_there_and_cannot_be_written_on(library, ada_id):
    """By its number neither, nor its file."""
    file = File("map.txt", b"a map")
    letter = send_in(library, Letter(Kind.QUESTION, Text(body="Qzvexwort"), files=(file,)), patron=ada_id)
    ben, ada = at_home(BEN_CARD, BEN_PIN), at_home(ADA_CARD, ADA_PIN)
    ben.open("/my/letters/")
    assert "Qzvexwort" not in ben.html
    ben.does("/my/letters/", act="write", letter=letter, body="Let me in", status=422)
    assert "Let me in" in ben.html
    ada.open("/my/letters/")
    number = re.findall(r'name="file" value="(\d+)"', ada.html)[0]
    ben.does("/my/letters/", act="file", letter=letter, file=number, status=422)

    ada.does("/my/letters/", act="file", letter=letter, file=number)

    assert ada.response.content == b"a map"
    assert ada.response.headers["Content-Disposition"] == 'attachment; filename="letter.txt"'
    assert ada.response.headers["X-Content-Type-Options"] == "nosniff"
    assert ada.response.headers["Cache-Control"] == "no-store"


def test_what_does_not_do_comes_back_and_a_closed_letter_takes_no_more(library, ada_id):
    """Filled in, and said why."""
    letter = send_in(library, Letter(Kind.QUESTION, Text(body="Hello")), patron=ada_id)
    answering.close(library, LIBRARIAN, letter)
    ada = at_home(ADA_CARD, ADA_PIN)
    ada.open("/my/letters/")
    ada.does("/my/letters/", act="ask", kind="purchase", subject="Kept", body=" ", status=422)
    assert 'value="Kept"' in ada.html
    ada.does("/my/letters/", act="write", letter=letter, body="More", status=422)
    assert "closed, or forgotten" in ada.html


@pytest.mark.clause("MP-2.1")
@pytest.mark.parametrize("language", ["es", "pl"])
def test_the_page_speaks_every_language(library, language):
    """Every word, with the same places to fill."""
    assert WORDS[language].keys() == WORDS["en"].keys()
    for name, text in WORDS["en"].items():
        assert set(re.findall(r"\{\w+\}", WORDS[language][name])) == set(re.findall(r"\{\w+\}", text))
    ada = at_home(ADA_CARD, ADA_PIN)
    ada.open(f"/my/{language}/letters/")
    assert WORDS[language]["title"] in ada.html
    assert f">{WORDS[language]['tab']}</a>" in ada.html


FIELDS = {"f1": "Ada", "f2": "", "f3": "", "f4": "", "name": "", "email": ""}


@pytest.fixture
def story_hour(library):
    """A form that staff made, with one place."""

    open_story_hour(library, LIBRARIAN)
    return "/my/letters/form/story-hour/"


@pytest.mark.clause("TH-4.3", "TH-1.2")
def test_a_form_that_staff_made_is_sent_from_ones_own_pages_and_stands_among_the_letters(library, story_hour):
    """With the answer, and nobody else's; on the website the same form knows nobody."""
    ada, ben = at_home(ADA_CARD, ADA_PIN), at_home(BEN_CARD, BEN_PIN)
    assert "Story hour es" in ada.open("/my/es/letters/")
    assert "Who es" in ada.open("/my/es/letters/form/story-hour/")
    assert "Come. en" in ada.open(story_hour)
    ada.does(story_hour, **{**FIELDS, "f2": "1"})
    assert "It has arrived, sealed." in ada.said
    letter = Inquiry.objects.get()
    assert (letter.form, letter.way, letter.link is not None) == ("story-hour", "portal", True)
    answering.answer(library, LIBRARIAN, letter.id, "See you at ten.")

    for text in ("Who en", "Ada", "Cellar en", "See you at ten."):
        assert text in ada.open("/my/letters/")
    assert "See you at ten." not in ben.open("/my/letters/")
    assert "Full" in ben.html
    assert "Everything is taken" in ben.open(story_hour)
    assert "<form" not in ben.html.partition("<main")[2]


def test_a_form_sent_with_a_field_missing_or_too_late_comes_back_filled_in(library, story_hour):
    ada, ben = at_home(ADA_CARD, ADA_PIN), at_home(BEN_CARD, BEN_PIN)
    ada.open(story_hour)
    ada.does(story_hour, status=422, **{**FIELDS, "f1": "", "f4": "tomorrow"})
    assert 'id="error-f1"' in ada.html
    assert 'value="tomorrow"' in ada.html
    assert not Inquiry.objects.exists()

    ben.open(story_hour)
    ada.does(story_hour, **FIELDS)
    ben.does(story_hour, status=422, **{**FIELDS, "f1": "Benjamin"})

    assert "This form was closed meanwhile, or its last place was taken." in ben.said[0]
    assert 'value="Benjamin"' in ben.html
    assert Inquiry.objects.count() == 1


def test_a_draft_is_nobodys_to_fill_in(library, story_hour):
    StaffForm.objects.update(state="draft")
    ada = at_home(ADA_CARD, ADA_PIN)
    assert "Story hour" not in ada.open("/my/letters/")
    ada.open(story_hour, status=404)
    ada.open("/my/letters/")
    ada.does(story_hour, status=404, **FIELDS)
    assert not Inquiry.objects.exists()
