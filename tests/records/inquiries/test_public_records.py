"""Borrower's record or public record: decided at intake, corrected with a reason, and what the FOIA officer finds."""

from __future__ import annotations

import pytest
from inquiries_support import member

from circumspect.records.inquiries import answering, publicrecords, tending
from circumspect.records.inquiries.models import Inquiry, PublicLetter
from circumspect.records.inquiries.publicrecords import APART, search_public_records, without_private
from circumspect.records.inquiries.rules import Kind, LetterClass, UnfitError
from circumspect.records.inquiries.shelves import File, Sender
from circumspect.trust.door.errors import Refused

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
PDF = b"%PDF-1.7 x"


@pytest.mark.clause("TH-4.4")
def test_a_suggestion_is_found_without_contact_data_and_a_question_is_not(house, write, officer):
    """The same words in both: one is found."""
    words = (
        "More benches by the river, please. Call 773-555-0142, 12 Elm Street, or write to ada@mail.example."
    )
    write(Kind.SUGGESTION, words, sender=Sender("Ada Lovelace", "ada@mail.example", "773-555-0142"))
    write(Kind.QUESTION, words)
    write(Kind.PURCHASE, words)
    write(Kind.CONTACT, words)

    found = search_public_records(house, officer, "BENCHES river")

    assert [each.kind for each in found] == [Kind.SUGGESTION]
    told = str(found[0].texts)
    assert "More benches by the river" in told
    assert found[0].apart == 3
    assert told.count(APART) == 3
    for private in ("0142", "ada@", "Lovelace", "Elm"):
        assert private not in told
    assert search_public_records(house, officer, "benches unicorn") == []


@pytest.mark.clause("TH-4.4")
def test_only_the_foia_officer_searches_and_never_learns_the_sender(house, write, officer, last_entry):
    """Every other role is refused, with and without records; the sender is a field this right does not reach."""
    for _ in range(2):
        for role in ("desk", "reference", "communications", "executive_director", "trustee"):
            with pytest.raises(Refused):
                search_public_records(house, member(role), "")
            assert last_entry()["outcome"] == "refused"
        write(Kind.SUGGESTION, "More benches")
    search_public_records(house, officer, "")
    assert "sender" not in last_entry()["fields"]
    with pytest.raises(Refused):
        answering.see_letter(house, officer, PublicLetter.objects.first().id)


@pytest.mark.clause("TH-4.4", "TH-4.1")
def test_the_class_is_corrected_with_a_reason_and_the_letter_moves(house, write, librarian, officer):
    """There and back; sealed anew each time, with its answer and its file."""
    letter = write(Kind.CONTACT, "The lamp by the door is broken", files=(File("lamp.pdf", PDF),))
    answering.answer(house, librarian, letter, "We mend it.")
    assert Inquiry.objects.get().undecided
    with pytest.raises(UnfitError):
        answering.reclassify(house, librarian, letter, LetterClass.PUBLIC, "")
    with pytest.raises(UnfitError):
        answering.reclassify(house, librarian, letter, LetterClass.PUBLIC, "about_use")

    answering.reclassify(house, librarian, letter, LetterClass.PUBLIC, "public_business")

    row = PublicLetter.objects.get()
    assert not Inquiry.objects.exists()
    assert (row.class_reason, row.class_by, row.class_on) == ("public_business", 7, house.today())
    assert not row.undecided
    found = search_public_records(house, officer, "lamp")
    assert [author for author, _ in found[0].texts] == ["sender", "library"]
    assert found[0].files == 1
    opened = answering.see_letter(house, librarian, letter)
    assert answering.attachment(house, librarian, letter, opened.messages[0].files[0][0])[0].content == PDF

    answering.reclassify(house, librarian, letter, LetterClass.BORROWER, "about_use")
    assert search_public_records(house, officer, "lamp") == []
    assert not PublicLetter.objects.exists()


@pytest.mark.clause("TH-4.1")
def test_whoever_may_not_read_a_borrowers_letter_cannot_make_it_public(house, write, last_entry):
    """Communications staff work public mail, and have no way to pull a question over."""
    letter = write()
    talker = member("communications")
    write(Kind.SUGGESTION, "More benches")

    with pytest.raises(Refused):
        answering.reclassify(house, talker, letter, LetterClass.PUBLIC, "no_bearing")

    assert last_entry()["outcome"] == "refused"
    assert Inquiry.objects.get().id == letter
    assert len(answering.inbox(house, talker, LetterClass.PUBLIC)) == 1


@pytest.mark.clause("TH-4.4", "TH-1.8")
def test_a_public_record_outlives_the_sweep_and_goes_by_certificate_alone(house, write, librarian, clock):
    """The job that forgets borrowers' letters does not reach it, however old it is."""
    letter = write(Kind.SUGGESTION, "More benches")
    still_open = write(Kind.SUGGESTION, "Fewer benches")
    answering.answer(house, librarian, letter, "Thank you.")

    clock.forward(days=364)
    assert tending.due_public(house) == []
    assert tending.dispose(house, [letter]) == 0
    clock.forward(days=1)
    assert tending.forget_letters(house) == 0
    assert tending.due_public(house) == [letter]
    assert tending.dispose(house, [letter, still_open]) == 1

    assert [each.id for each in PublicLetter.objects.all()] == [still_open]
    assert house.vault.subjects_with_keys([letter]) == set()


def test_notes_of_staff_are_not_part_of_what_is_found(house, write, librarian, officer):
    """A note is a working paper; it does not even make its letter a hit."""
    import datetime as dt

    letter = write(Kind.SUGGESTION, "More benches")
    until = house.today() + dt.timedelta(days=9)
    answering.add_note(house, librarian, letter, kind="LOOKED", body="unicorn", ends_on=until)

    assert search_public_records(house, officer, "unicorn") == []
    assert len(search_public_records(house, officer, "benches")[0].texts) == 1


def test_one_record_is_shown_as_the_search_shows_it(house, write, officer):
    """And one of the other shelf is not there."""
    letter, other = write(Kind.SUGGESTION, "Mail me: a@b.example"), write()

    found = publicrecords.public_record(house, officer, letter)
    assert found is not None
    assert found.texts == (("sender", f"Mail me: {APART}"),)
    assert publicrecords.public_record(house, officer, other) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("call (312) 555-0142 now", f"call {APART} now"),
        ("card 2 1234 00077 1394 0", f"card {APART}"),
        ("open 9-17 on 2026-11-28", "open 9-17 on 2026-11-28"),
        ("in 1999 and 2001 we had 12 chairs", "in 1999 and 2001 we had 12 chairs"),
        ("at 400 S State St. today", f"at {APART} today"),
    ],
)
def test_what_is_taken_out_of_a_text(text, kept):
    """Ways to reach somebody; days, years and counts stay."""
    assert without_private(text)[0] == kept
