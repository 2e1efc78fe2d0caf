"""Letters: who may read them, how they are answered, and that they are gone when their time is over."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from inquiries_support import EVERY_OTHER_ROLE, SECRET, member

from circumspect.records.inquiries import answering, own, tending
from circumspect.records.inquiries.intake import Letter, send_in, write_on
from circumspect.records.inquiries.models import Inquiry, InquiryMessage, PublicLetter
from circumspect.records.inquiries.rules import (
    Kind,
    LetterClass,
    NoSuchLetterError,
    State,
    UnfitError,
    WrongStepError,
)
from circumspect.records.inquiries.shelves import MAILBOX, SHELVES, File, Sender, Text
from circumspect.records.patrons import upkeep
from circumspect.trust.door.errors import Refused

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
PDF = b"%PDF-1.7 a map of the town"


def rows_of(table: str) -> bytes:
    """Everything a table holds, as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return b"|".join(
            bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode()
            for row in cursor.fetchall()
            for cell in row
        )


@pytest.mark.clause("TH-4.1", "MP-4.8", "MP-4.14")
def test_a_question_opens_for_nobody_but_reference_staff_and_each_try_is_written_down(
    house, write, librarian, last_entry
):
    """Every other role is refused the list and the letter."""
    letter = write()

    for role in EVERY_OTHER_ROLE:
        other = member(role, id="9")
        with pytest.raises(Refused):
            answering.inbox(house, other, LetterClass.BORROWER)
        with pytest.raises(Refused):
            answering.see_letter(house, other, letter)
        entry = last_entry()
        assert (entry["outcome"], entry["actor"], entry["series"]) == ("refused", "staff:9", "inquiries")

    opened = answering.see_letter(house, librarian, letter)
    assert opened.messages[0].text.body == f"What do you have on {SECRET}?"
    assert opened.sender.email == f"{SECRET}@mail.example"
    assert last_entry()["outcome"] == "allowed"


@pytest.mark.clause("MP-7.15")
def test_an_empty_list_is_refused_too(house, last_entry):
    """Whether there are letters makes no difference to who may look."""
    with pytest.raises(Refused):
        answering.inbox(house, member("desk"), LetterClass.BORROWER)
    assert last_entry()["outcome"] == "refused"


@pytest.mark.clause("TH-4.1", "MP-4.15")
def test_nothing_that_was_written_rests_in_the_clear(house, write, librarian):
    """Neither words nor names, addresses or the name of a file; the twin that skips the seal is caught."""
    letter = write(files=(File(f"{SECRET}.pdf", PDF),), subject=SECRET)
    answering.answer(house, librarian, letter, f"See the shelf of {SECRET}.")

    tables = ("inquiries_inquiry", "inquiries_inquiry_message", "inquiries_inquiry_file")
    assert not any(SECRET.encode() in rows_of(each) or PDF in rows_of(each) for each in tables)

    InquiryMessage.objects.filter(letter_id=letter).update(sealed_message=f"about {SECRET}".encode())
    assert SECRET.encode() in rows_of("inquiries_inquiry_message")


def test_an_answer_ends_the_letters_time_and_a_reply_begins_it_anew(house, write, librarian):
    """Open, answered, open again, closed; and what is closed stays so."""
    letter, shelf = write(), SHELVES[LetterClass.BORROWER]

    assert answering.answer(house, librarian, letter, "Here it is.")
    assert (Inquiry.objects.get().state, Inquiry.objects.get().ended_on) == ("answered", house.today())
    write_on(house, shelf, letter, Text(body="And another thing."), actor=MAILBOX)
    assert (Inquiry.objects.get().state, Inquiry.objects.get().ended_on) == ("open", None)
    answering.close(house, librarian, letter)

    with pytest.raises(WrongStepError):
        write_on(house, shelf, letter, Text(body="Once more."), actor=MAILBOX)
    with pytest.raises(WrongStepError):
        answering.answer(house, librarian, letter, "Too late.")
    assert InquiryMessage.objects.count() == 3


@pytest.mark.clause("TH-4.1", "TH-1.8", "MP-4.14")
def test_a_letter_is_gone_thirty_days_after_its_answer_and_so_is_its_key(house, write, librarian, clock):
    """Not a day before; then the key, the rows and the way back."""
    letter = write(files=(File("map.pdf", PDF),))
    write(body="Still open")
    answering.answer(house, librarian, letter, "Here it is.")

    clock.forward(days=29)
    assert tending.forget_letters(house) == 0
    clock.forward(days=1)
    assert tending.forget_letters(house, spare={letter}) == 0
    assert tending.forget_letters(house) == 1

    assert house.vault.subjects_with_keys([letter]) == set()
    assert rows_of("inquiries_inquiry_file") == b""
    assert Inquiry.objects.count() == 1
    with pytest.raises(NoSuchLetterError):
        answering.see_letter(house, librarian, letter)


@pytest.mark.clause("TH-1.8")
def test_a_forgetting_that_was_cut_short_shows_nothing_and_is_finished(house, write, librarian):
    """The key is gone and the rows are left: the list passes over them, and the sweep takes them."""
    letter = write()
    house.vault.destroy_subject(letter)

    assert answering.inbox(house, librarian, LetterClass.BORROWER) == []
    with pytest.raises(NoSuchLetterError):
        answering.answer(house, librarian, letter, "Hello")
    assert tending.sweep(house) == 1
    assert not Inquiry.objects.exists()


def test_what_nobody_touches_closes_itself(house, write, clock):
    """Half a year, and thirty days later it is forgotten: nothing lives for ever by being overlooked."""
    write()

    clock.forward(days=179)
    assert tending.close_untouched(house) == 0
    clock.forward(days=1)
    assert tending.close_untouched(house) == 1
    clock.forward(days=30)
    assert tending.forget_letters(house) == 1


@pytest.mark.clause("MP-4.13")
def test_a_note_needs_a_kind_and_an_end_is_seen_by_the_patron_and_ends(house, write, librarian, ada, clock):
    """Without an end it is not kept; when its day comes it goes."""
    letter = write(patron=ada)
    today = house.today()
    for ends_on in (None, today, today + dt.timedelta(days=91)):
        with pytest.raises(UnfitError) as refusal:
            answering.add_note(house, librarian, letter, kind="LOOKED", body="stacks", ends_on=ends_on)
        assert refusal.value.field == "ends_on"
    with pytest.raises(UnfitError):
        answering.add_note(
            house, librarian, letter, kind="", body="stacks", ends_on=today + dt.timedelta(days=9)
        )

    until = today + dt.timedelta(days=9)
    answering.add_note(house, librarian, letter, kind="LOOKED", body="in the stacks", ends_on=until)
    assert [each.author for each in own.own_letters(house, ada)[0].messages] == ["sender", "note"]

    clock.forward(days=9)
    assert [each.author for each in own.own_letters(house, ada)[0].messages] == ["sender"]
    assert tending.end_notes(house) == 1
    assert not InquiryMessage.objects.filter(author="note").exists()


@pytest.mark.clause("TH-1.2", "MP-5.2")
def test_a_patron_sees_their_own_letters_and_nobody_elses(house, write, librarian, ada, clerk):
    """Found by the links of the patron, and by nothing else."""
    from circumspect.records.patrons.registration import Registration, register

    ben = register(house, clerk, Registration("Ben", "Okri"))
    mine = write(patron=ada, files=(File("map.pdf", PDF),))
    write()
    answering.answer(house, librarian, mine, "On the portal.")

    letters = own.own_letters(house, ada)

    assert [each.id for each in letters] == [mine]
    assert [each.text.body for each in letters[0].messages][1] == "On the portal."
    file_id = letters[0].messages[0].files[0][0]
    assert own.own_file(house, ada, mine, file_id)[0].content == PDF
    assert own.own_letters(house, ben) == []
    with pytest.raises(NoSuchLetterError):
        own.own_file(house, ben, mine, file_id)
    with pytest.raises(NoSuchLetterError):
        own.write_on(house, ben, mine, "Let me in")
    own.write_on(house, ada, mine, "Thank you")
    assert own.own_letters(house, ada)[0].state is State.OPEN


def test_a_letters_link_moves_with_the_epochs_and_is_cut_when_its_patron_is_forgotten(
    house, write, ada, clock
):
    """The letter stays; whose it was goes."""
    letter = write(patron=ada)
    old = Inquiry.objects.get().epoch
    clock.forward(days=40)
    assert tending.relink(house, old) == 1
    assert Inquiry.objects.get().epoch != old
    assert own.own_letters(house, ada)[0].id == letter

    from circumspect.records.patrons.relinking import FORGET_JOB

    upkeep.forget_patron(house, FORGET_JOB, ada)
    assert tending.sweep(house) == 1
    assert Inquiry.objects.get().link is None


def test_a_forgotten_patrons_letters_can_go_with_them(house, write, ada):
    """Theirs, both classes: the borrower's are forgotten, of the public record the link is cut."""
    write(patron=ada)
    write(Kind.SUGGESTION, "More benches", patron=ada)
    kept = write()

    assert tending.forget_letters_of(house, ada) == 1

    assert [each.id for each in Inquiry.objects.all()] == [kept]
    assert PublicLetter.objects.get().link is None


@pytest.mark.clause("MP-4.11")
def test_a_wish_ends_when_it_is_decided_and_its_link_is_cut(house, write, librarian, ada):
    """At once where nothing is mailed; with its answer where something is."""
    here = write(Kind.PURCHASE, "Please buy it", patron=ada, sender=Sender("Ada"))
    away = write(Kind.PURCHASE, "Please buy this too", patron=ada)

    assert not answering.decide_purchase(house, librarian, here, "", bought=True)
    assert answering.decide_purchase(house, librarian, away, "Too dear.", bought=False)

    assert not Inquiry.objects.exclude(link=None).exists()
    assert tending.forget_letters(house) == 1
    InquiryMessage.objects.update(outgoing="sent")
    assert tending.forget_letters(house) == 1
    with pytest.raises(WrongStepError):
        answering.decide_purchase(house, librarian, write(), "", bought=True)


@pytest.mark.parametrize(
    ("field", "letter"),
    [
        ("body", Letter(Kind.QUESTION, Text(body="  "))),
        ("body", Letter(Kind.QUESTION, Text(body="x" * 8001))),
        ("body", Letter(Kind.QUESTION, Text(body="my number is 123-45-6789"))),
        ("email", Letter(Kind.QUESTION, Text(body="x"), Sender(email="not an address"))),
        ("email", Letter(Kind.QUESTION, Text(body="x"), Sender(email="a@b.example\nBcc: c@d.example"))),
        ("files", Letter(Kind.QUESTION, Text(body="x"), files=(File("a.exe", b"MZ\x90\0"),))),
        ("files", Letter(Kind.QUESTION, Text(body="x"), files=(File("a.pdf", b"<html><script>"),))),
        ("files", Letter(Kind.QUESTION, Text(body="x"), files=(File("a.zip", b"PK\x03\x04"),))),
        ("files", Letter(Kind.QUESTION, Text(body="x"), files=(File("a.txt", b"hi"),) * 4)),
    ],
    ids=["empty", "long", "ssn", "address", "header", "program", "page", "archive", "many"],
)
def test_what_does_not_do_is_named_and_nothing_is_stored(house, field, letter):
    """Neither a row nor a key."""
    from circumspect.trust.vault.models import SubjectKey

    with pytest.raises(UnfitError) as refusal:
        send_in(house, letter)

    assert refusal.value.field == field
    assert "6789" not in str(refusal.value)
    assert not Inquiry.objects.exists()
    assert not SubjectKey.objects.exists()


def test_a_letter_that_cannot_be_written_leaves_no_key(house, monkeypatch):
    """The records fail in the middle: the key made for it goes too."""
    from circumspect.trust.vault.models import SubjectKey

    def fail(*_args, **_more):
        raise OSError("the disk is full")

    monkeypatch.setattr("circumspect.records.inquiries.intake.add_message", fail)
    with pytest.raises(OSError, match="full"):
        send_in(house, Letter(Kind.QUESTION, Text(body="Hello")))

    assert not SubjectKey.objects.exists()
    assert not Inquiry.objects.exists()


def test_a_page_of_letters_is_one_question_at_the_door(house, write, librarian):
    """Fifty are one entry, and there is no look at fifty-one."""
    for number in range(51):
        write(body=f"Question {number}")
    before = house.ledger.size()

    assert len(answering.inbox(house, librarian, LetterClass.BORROWER)) == 50
    assert house.ledger.size() == before + 1
    assert len(answering.inbox(house, librarian, LetterClass.BORROWER, after=50)) == 1


def test_nothing_prints_what_somebody_wrote(house, write, librarian):
    """Neither a letter on its way in nor one that was opened."""
    letter = write()
    opened = answering.see_letter(house, librarian, letter)
    line = answering.inbox(house, librarian, LetterClass.BORROWER)[0]

    told = repr([opened, opened.sender, opened.messages, line, Letter(Kind.QUESTION, Text(body=SECRET))])

    assert SECRET not in told
