"""Letters somebody prints, people somebody calls, and what a patron was sent."""

from __future__ import annotations

import io

import pytest
from notices_support import DATABASES, Library, staff
from pypdf import PdfReader

from circumspect.offices.notices import byhand
from circumspect.offices.notices.models import Notice
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=DATABASES)


def text_of(pdf: bytes | None) -> str:
    assert pdf is not None
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.clause("MP-4.14", "TH-1.15")
def test_letters_are_made_when_they_are_printed_and_rest_nowhere(library: Library, clerk):
    library.lend(library.reader("Ruiz", notice_channel="post", notice_titles="yes"), "Moss", overdue=1)
    library.lend(library.reader("Ortega", notice_channel="post"), "Fen", overdue=1)
    library.run()
    assert library.states() == {"waiting": 2}

    pdf = byhand.print_letters(library.house, clerk, library.settings)

    text = text_of(pdf)
    assert "Ana Ruiz 12 Bluestem Lane Prairie Bend, IL 62190" in text
    assert "Moss, was due Nov 22, 2026" in text
    assert "Fen" not in text
    assert library.states() == {"printing": 2}
    assert not list(library.house.home.root.rglob("*.pdf"))
    seen = library.entries("work a list")
    assert {(body["actor"], body["action"], body["subjects"]) for body in seen} == {("staff:1", "view", 2)}
    assert [body["series"] for body in seen] == ["registration", "loans"]
    assert not {"email", "phone", "birth_date"} & set(seen[0]["fields"])


@pytest.mark.parametrize(("well", "state"), [(True, "sent"), (False, "waiting")])
def test_a_printer_that_jams_loses_no_letter(library: Library, clerk, well, state):
    library.lend(library.reader("Ruiz", notice_channel="post"), "Moss", overdue=1)
    library.run()
    byhand.print_letters(library.house, clerk, library.settings)
    assert byhand.print_letters(library.house, clerk, library.settings) is None

    assert byhand.letters_came_out(library.house, well=well) == 1

    assert library.states() == {state: 1}


def test_a_letter_without_an_address_is_a_failure_that_is_counted(library: Library, clerk):
    library.lend(library.reader("Ruiz", notice_channel="post", street=""), "Moss", overdue=1)
    library.run()

    assert byhand.print_letters(library.house, clerk, library.settings) is None
    assert library.states() == {"failed": 1}


def test_a_library_may_send_postcards_instead(library: Library, clerk, home):
    home.config["notices"]["post"] = "postcard"
    library.lend(library.reader("Ruiz", notice_channel="post", notice_titles="yes"), "Moss", overdue=1)
    library.run()

    text = text_of(byhand.print_letters(library.house, clerk, library.settings))

    assert "Please contact the library." in text
    assert "overdue" not in text.casefold()
    assert "Moss" not in text


@pytest.mark.parametrize("roles", [("reference",), ("finance",), ("system",), ("trustee", "desk")])
def test_letters_are_printed_by_those_who_may_see_whom_they_go_to(library: Library, roles):
    library.lend(library.reader("Ruiz", notice_channel="post"), "Moss", overdue=1)
    library.run()

    with pytest.raises(Refused):
        byhand.print_letters(library.house, staff(*roles), library.settings)

    assert library.states() == {"waiting": 1}


def test_a_caller_sees_a_number_a_language_and_what_may_be_said(library: Library, clerk):
    library.lend(
        library.reader("Ruiz", notice_channel="phone", language="es", notice_titles="yes"), "Moss", overdue=1
    )
    library.run()

    (call,) = byhand.calls(library.house, clerk, library.settings)

    assert (call.phone, call.language) == ("309-555-0142", "Español")
    assert call.script.person == ("Un artículo está vencido desde el 22 nov 2026.",)
    assert "vencido" not in call.script.anybody
    assert "Moss" not in str(call.script)
    assert "309-555-0142" not in repr(call)
    assert set(library.entries("work a list")[0]["fields"]) == {"phone", "language"}


@pytest.mark.parametrize(
    ("reached", "channel", "state"), [(True, "phone", "sent"), (False, "post", "waiting")]
)
def test_a_call_ends_one_way_or_the_other(library: Library, clerk, reached, channel, state):
    library.lend(library.reader("Ruiz", notice_channel="phone"), "Moss", overdue=1)
    library.run()
    (call,) = byhand.calls(library.house, clerk, library.settings)

    assert byhand.call_made(library.house, call.notice, reached=reached)
    assert not byhand.call_made(library.house, call.notice, reached=reached)

    assert [(each.channel, each.state) for each in Notice.objects.all()] == [(channel, state)]


def test_who_wants_calls_and_has_no_number_is_written_to(library: Library, clerk):
    library.lend(library.reader("Ruiz", notice_channel="phone", phone=""), "Moss", overdue=1)
    library.run()

    assert byhand.calls(library.house, clerk, library.settings) == []
    assert Notice.objects.get().channel == "post"


@pytest.mark.clause("MP-7.15", "MP-4.14")
def test_what_a_patron_was_sent_is_seen_through_the_door(library: Library, clerk):
    ada, ben = library.reader("Ada"), library.reader("Ben")
    library.lend(ada, "Moss", overdue=1)
    library.lend(ben, "Fen", overdue=28)
    library.run()

    (line,) = byhand.sent_to(library.house, clerk, ada, circumstance=Circumstance.CARD_SCANNED)

    assert ([str(kind) for kind in line.kinds], str(line.channel), str(line.state)) == (
        ["overdue"],
        "email",
        "sent",
    )
    assert line.day == library.house.today()
    with pytest.raises(Refused):
        byhand.sent_to(library.house, staff("reference"), ada, circumstance=Circumstance.CARD_SCANNED)
