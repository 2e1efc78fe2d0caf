"""Notes are about the card account, short, and end."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.records.patrons import notes
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import Note
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Purpose

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
GOOD = {"kind": "pickup", "text": "her neighbour picks up", "expires_on": dt.date(2026, 12, 24)}


@pytest.fixture
def ada(enrol):
    return enrol()


@pytest.fixture
def write(house, clerk, ada):
    """Write a note, as ``changes`` say."""
    return lambda **changes: notes.add_note(house, clerk, ada, **{**GOOD, **changes}, circumstance=SCANNED)


def test_a_note_is_kept_sealed_and_read_at_the_desk(house, clerk, ada, write):
    note = write()

    [read] = notes.notes_of(house, clerk, ada, circumstance=SCANNED)

    assert (read.id, read.kind, read.text) == (note, "pickup", GOOD["text"])
    assert b"neighbour" not in bytes(Note.objects.get().sealed_text)
    assert "neighbour" not in repr(read)


@pytest.mark.clause("TH-1.22", "MP-4.13")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ""),
        ("kind", "opinion"),
        ("kind", "reading"),
        ("expires_on", None),
        ("expires_on", dt.date(2026, 11, 23)),
        ("expires_on", dt.date(2020, 1, 1)),
        ("expires_on", dt.date(2027, 11, 24)),
        ("text", ""),
        ("text", "  "),
        ("text", "x" * 281),
        ("text", "SSN 123-45-6789"),
        ("text", "tab\x0bulated"),
    ],
)
def test_a_note_without_an_account_kind_an_end_or_a_text_is_not_written(write, field, value):
    with pytest.raises(FieldError) as refusal:
        write(**{field: value})

    assert refusal.value.field == field
    assert not Note.objects.exists()
    assert "123-45" not in str(refusal.value)


@pytest.mark.clause("TH-1.22")
def test_a_note_ends_on_its_day_whether_or_not_a_job_ran(house, clerk, ada, write, clock):
    write()
    clock.forward(days=30)
    assert len(notes.notes_of(house, clerk, ada, circumstance=SCANNED)) == 1

    clock.forward(days=1)

    assert notes.notes_of(house, clerk, ada, circumstance=SCANNED) == []
    assert notes.forget_ended_notes(house) == 1
    assert not Note.objects.exists()


@pytest.mark.clause("TH-1.22")
def test_the_patron_sees_every_note_about_them(house, ada, write):
    write()
    patron = Actor(ActorKind.PATRON, str(ada))

    [read] = notes.notes_of(
        house, patron, ada, circumstance=Circumstance.OWN_SIGN_IN, purpose=Purpose.OWN_RECORD
    )

    assert read.text == GOOD["text"]


def test_a_note_is_taken_out(house, clerk, ada, write):
    note = write()

    assert notes.remove_note(house, clerk, ada, note, circumstance=SCANNED)

    assert not Note.objects.exists()
    assert not notes.remove_note(house, clerk, ada, note, circumstance=SCANNED)


def test_a_note_is_taken_out_of_its_own_patrons_record_alone(house, clerk, enrol, write):
    note = write()

    assert not notes.remove_note(house, clerk, enrol("Okoye"), note, circumstance=SCANNED)

    assert Note.objects.exists()


def test_nobody_reads_or_writes_a_note_without_the_door(house, clerk, ada, write):
    write()
    for act in (
        lambda: notes.notes_of(house, clerk, ada, circumstance=Circumstance.UNEXPLAINED),
        lambda: notes.add_note(house, clerk, ada, **GOOD, circumstance=Circumstance.UNEXPLAINED),
        lambda: notes.remove_note(
            house, clerk, ada, Note.objects.get().id, circumstance=Circumstance.UNEXPLAINED
        ),
    ):
        with pytest.raises(Refused):
            act()

    assert Note.objects.count() == 1
