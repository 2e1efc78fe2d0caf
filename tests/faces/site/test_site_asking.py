"""Anybody writes to the library: without a cookie, told what becomes of it, and nothing lost on the way."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from site_support import DATABASES, Reader

from circumspect.faces.public import asking as public_asking
from circumspect.faces.site import asking
from circumspect.faces.site.views import asking as views
from circumspect.records.communications import newsletter
from circumspect.records.communications.models import Subscription, Suppression
from circumspect.records.inquiries import answering, formmaking
from circumspect.records.inquiries.models import Inquiry, InquiryAttachment, PublicLetter
from circumspect.records.inquiries.rules import Kind, LetterClass
from circumspect.records.outgoing import Became, Outgoing
from circumspect.trust.policy.request import Actor, ActorKind
from made_form import open_story_hour

pytestmark = pytest.mark.django_db(databases=DATABASES)
LIBRARIAN = Actor(ActorKind.STAFF, "7", frozenset({"reference"}), True, "2026-11")
PDF = b"%PDF-1.7 a map"
SECRET = "Qzvexwort"


@pytest.fixture(autouse=True)
def unhurried() -> Iterator[None]:
    """Nobody has written lately."""
    before, views.THROTTLE = views.THROTTLE, asking.Throttle()
    yield
    views.THROTTLE = before


@pytest.fixture
def story_hour(library: Any) -> str:
    """A form that staff made, with one place."""

    open_story_hour(library, LIBRARIAN)
    return "/library/ask/form/story-hour/"


def stamp(page: str) -> dict[str, str]:
    """What a form carries."""
    found = re.search(r'name="stamp" value="([^"]+)"', page)
    assert found, "no stamp"
    return {"stamp": unescape(found[1]), "website": ""}


def send(reader: Reader, clock: Any, path: str, **typed: Any) -> Any:
    """Open a form, take ten seconds, send it."""
    page = reader.read(path)
    clock.forward(seconds=10)
    return reader.post(path, {**stamp(page), **typed})


@pytest.mark.parametrize("kind", [each.value for each in asking.KINDS])
@pytest.mark.clause("TH-4.1", "TH-4.3", "TH-4.4")
def test_each_form_sends_a_letter_of_its_class_and_says_so_before(library, reader, clock, kind):
    """The sender is told the class, who reads it, and how long it lives; then it arrives, sealed."""
    path = f"/library/ask/{kind}/"
    page = reader.read(path)
    sent = send(
        reader, clock, path, subject="x", body=f"about {SECRET}", name="Ada", email="ada@mail.example"
    )

    assert (sent.status_code, sent.headers["Location"]) == (303, f"/library/ask/sent/{kind}/")
    assert "Thank you" in reader.read(f"/library/ask/sent/{kind}/")
    is_public = kind == "suggestion"
    assert (PublicLetter.objects.count(), Inquiry.objects.count()) == (is_public, not is_public)
    assert ("is a public record" in page) is is_public
    assert ("365 days" in page) is is_public
    assert ("30 days" in page or "forgotten at once" in page) is not is_public
    assert f'action="{path}"' in page


@pytest.mark.clause("TH-3.5", "MP-2.1")
@pytest.mark.parametrize("language", ["es", "pl"])
def test_the_forms_speak_every_language_and_the_letter_remembers_it(library, reader, clock, language):
    """The same form at its own address; the answer will be in the writer's language."""
    path = f"/library/{language}/ask/question/"
    words = public_asking.WORDS[language]
    page = reader.read(path)
    for text in (words["question_title"], words["fate_head"], words["go"]):
        assert text in unescape(page)

    sent = send(reader, clock, path, subject="", body="¿Dónde?", name="", email="")

    assert sent.headers["Location"] == f"/library/{language}/ask/sent/question/"
    assert (Inquiry.objects.get().language, Inquiry.objects.get().way) == (language, "none")


def test_what_does_not_do_comes_back_filled_in_and_marked(library, reader, clock):
    """Every field, and nothing is stored."""
    sent = send(
        reader, clock, "/library/ask/question/", subject="Rivers", body="", name="Ada", email="not an address"
    )

    page = unescape(sent.content.decode())
    assert sent.status_code == 422
    assert 'value="Rivers"' in page
    assert 'value="not an address"' in page
    assert page.count('aria-invalid="true"') == 1
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"website": "http://spam.example"}, 409),
        ({"stamp": "made up"}, 409),
        ({"body": "http://a.example " * 6}, 422),
        ({"body": "x" * 8001}, 422),
    ],
    ids=["trap", "no stamp", "links", "long"],
)
def test_what_a_machine_would_send_is_not_stored_and_not_lost(library, reader, clock, change, status):
    """It is shown again, for a person who was taken for a machine."""
    sent = send(
        reader,
        clock,
        "/library/ask/contact/",
        **{"body": SECRET, "subject": "", "name": "", "email": "", **change},
    )

    assert sent.status_code == status
    assert change.get("body", SECRET)[:20] in sent.content.decode()
    assert not Inquiry.objects.exists()


def test_too_fast_too_late_and_too_many_are_put_off(library, reader, clock):
    """Three seconds at least, six hours at most, ten in ten minutes from one place."""
    path, typed = "/library/ask/contact/", {"body": "hello", "subject": "", "name": "", "email": ""}
    early = stamp(reader.read(path))
    assert reader.post(path, {**early, **typed}).status_code == 409
    clock.forward(hours=7)
    assert reader.post(path, {**early, **typed}).status_code == 409
    for _ in range(10):
        assert send(reader, clock, path, **typed).status_code == 303
    assert send(reader, clock, path, **typed).status_code == 429
    assert Inquiry.objects.count() == 10


def test_a_form_posted_from_another_sites_page_is_refused(library, reader, clock):
    """By what the browser itself says."""
    page = reader.read("/library/ask/contact/")
    clock.forward(seconds=10)
    typed = {**stamp(page), "body": "hello", "subject": "", "name": "", "email": ""}
    sent = reader.post("/library/ask/contact/", typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 403
    assert not Inquiry.objects.exists()


def test_files_come_along_without_lying_on_a_disk(library, reader, clock, monkeypatch):
    """By what they are; one that is not on the list sends the whole form back."""
    import tempfile

    def never(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("a file was laid on the disk")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", never)
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", never)
    path, typed = "/library/ask/question/", {"subject": "", "body": "see", "name": "", "email": ""}
    large = PDF + b"x" * 3_000_000

    files = [SimpleUploadedFile("../map.png", large), SimpleUploadedFile("b.pdf", PDF)]
    assert send(reader, clock, path, **typed, files=files).status_code == 303
    assert sorted(InquiryAttachment.objects.values_list("size", flat=True)) == [len(PDF), len(large)]
    for bad in (b"MZ\x90", b"<html>", PDF + b"x" * 5_000_000):
        answer = send(reader, clock, path, **typed, files=SimpleUploadedFile("a.pdf", bad))
        assert answer.status_code == 422
        assert "Choose your files once more" in answer.content.decode()
    assert InquiryAttachment.objects.count() == 2


def test_a_form_larger_than_any_letter_is_not_read(library, reader):
    """By what it says of its length."""
    sent = reader.post(
        "/library/ask/question/", data=b"x", content_type="text/plain", CONTENT_LENGTH="99000000"
    )
    assert sent.status_code == 413


def test_a_form_that_staff_made_is_filled_in_until_it_is_full(library, reader, clock, story_hour):
    """Its own fields, its own words; the last place is taken once."""
    assert "Story hour en" in reader.read("/library/ask/")
    assert send(reader, clock, story_hour, f1="", name="", email="").status_code == 422
    late = reader.read(story_hour)
    sent = send(
        reader, clock, story_hour, f1="Ada", f2="1", f3="yes", f4="2026-12-01", f9="x", name="", email=""
    )
    assert sent.status_code == 303

    answer = reader.post(story_hour, {**stamp(late), "f1": "Ben", "name": "", "email": ""})
    assert answer.status_code == 409
    assert 'value="Ben"' in answer.content.decode()
    assert "Everything is taken" in reader.read(story_hour)
    assert "Full" in reader.read("/library/ask/")
    opened = answering.see_letter(library, LIBRARIAN, Inquiry.objects.get().id)
    assert opened.messages[0].text.answers == (
        ("Who en", "Ada"),
        ("Room en", "Cellar en"),
        ("Wheels en", "✓"),
        ("Day en", "2026-12-01"),
    )
    reader.read("/library/ask/form/none-such/", status=404)


@pytest.mark.parametrize("ends", ["closed", "its last day is over"])
def test_a_form_that_closed_while_somebody_wrote_gives_back_what_they_wrote(
    library, reader, clock, story_hour, ends
):
    late = reader.read(story_hour)
    if ends == "closed":
        formmaking.set_open(library, LIBRARIAN, "story-hour", is_open=False)
        clock.forward(seconds=10)
    else:
        words = formmaking.form_of("story-hour").words
        until = library.today() - dt.timedelta(days=1)
        formmaking.put_form(library, LIBRARIAN, "story-hour", words, places=1, until=until)
        clock.forward(seconds=10)

    answer = reader.post(story_hour, {**stamp(late), "f1": "Ben", "name": "", "email": ""})

    assert answer.status_code == 409
    assert "This form was closed meanwhile" in answer.content.decode()
    assert 'value="Ben"' in answer.content.decode()
    assert not Inquiry.objects.exists()
    reader.read(story_hour, status=404)


def test_too_many_web_addresses_are_marked_in_the_field_that_has_them(library, reader, clock, story_hour):
    sent = send(reader, clock, story_hour, f1="http://a.example " * 6, f2="1", name="", email="")

    page = sent.content.decode()
    assert sent.status_code == 422
    assert page.count('aria-invalid="true"') == 1
    assert 'id="error-f1"' in page


@pytest.mark.clause("TH-4.2", "TH-1.12")
def test_the_newsletter_is_asked_for_twice_and_left_by_one_touch(library, reader, clock):
    """Opening a link does nothing; a press does; a mail program may press by itself."""
    path = "/library/es/ask/newsletter/"
    assert send(reader, clock, path, email="ada@mail.example").status_code == 422
    assert send(reader, clock, path, email="ada@mail.example", topic_news="yes").status_code == 303
    mails: list[Outgoing] = []

    def line(mail: Outgoing) -> Became:
        mails.append(mail)
        return Became.SENT

    place = newsletter.Place("https://testserver/library/", "Test Library")
    newsletter.send_questions(library, place, line)
    link = re.findall(r"https://testserver(/\S+)", mails[0].body)[0]

    assert "¿Quiere recibir" in unescape(reader.read(link))
    assert Subscription.objects.get().state == "mailed"
    assert "Hecho" in reader.post(link).content.decode()
    row = Subscription.objects.get()
    assert row.state == "confirmed"
    leave = newsletter.leave_address(library, place, row).removeprefix("https://testserver")
    reader.read(leave)
    assert Subscription.objects.exists()
    # As RFC 8058 wants it: no cookie, no page, no stamp.
    assert reader.post(leave, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscription.objects.exists()
    assert Suppression.objects.count() == 1
    assert reader.post("/library/newsletter/leave/abc/").status_code == 404


def test_the_pages_are_kept_nowhere_and_the_library_knows_nobody(library, reader, clock):
    """No store, no cookie; and an address that is known is answered like any other."""
    for path in ("/library/ask/", "/library/ask/question/", "/library/ask/newsletter/"):
        assert reader.get(path).headers["Cache-Control"] == "no-store"
    first = send(reader, clock, "/library/ask/newsletter/", email="ada@mail.example", topic_news="yes")
    again = send(reader, clock, "/library/ask/newsletter/", email="ada@mail.example", topic_news="yes")
    assert (first.status_code, first.headers["Location"]) == (again.status_code, again.headers["Location"])
    reader.read("/library/ask/mail/", status=404)


def test_a_door_that_stays_shut_loses_nothing(library, reader, clock, monkeypatch):
    """The form comes back filled in, and says when to try again."""

    def shut(*_args: Any, **_more: Any) -> Any:
        from circumspect.trust.door.errors import DoorClosed

        raise DoorClosed("the ledger")

    monkeypatch.setattr(views, "send_in", shut)
    sent = send(reader, clock, "/library/ask/contact/", body=SECRET, subject="", name="", email="")
    assert sent.status_code == 503
    assert SECRET in sent.content.decode()


@pytest.mark.clause("MP-2.1")
def test_every_text_is_there_in_every_language_with_the_same_places():
    """A text that one language lacks would show nothing."""
    path = Path(public_asking.__file__).with_name("words") / "forms.toml"
    words = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(words) == {"en", "es", "pl"}
    for language in ("es", "pl"):
        assert words[language].keys() == words["en"].keys()
        for name, text in words["en"].items():
            other = words[language][name]
            assert set(re.findall(r"\{\w+\}", other)) == set(re.findall(r"\{\w+\}", text)), name
            assert other.strip()
            assert len(other) < 25 or other != text


@pytest.mark.clause("TH-4.3")
def test_what_becomes_of_it_follows_the_live_schedule():
    """The days are those the sweep goes by, and a form that was reclassified says so."""
    from circumspect.trust.policy.schedule import Schedule

    schedule = Schedule.load()
    for kind in asking.KINDS:
        assert public_asking.fate(kind, schedule)
    days = schedule.item("inquiries").days
    assert any(f"{days} days" in each for each in public_asking.fate(Kind.FORM, schedule))
    assert public_asking.fate(Kind.FORM, schedule, LetterClass.PUBLIC) == public_asking.fate(
        Kind.SUGGESTION, schedule
    )
