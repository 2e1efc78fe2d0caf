"""Reports of behaviour: a store of its own, keys of its own, and one word at the desk."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from circumspect.records.incidents import book, rules
from circumspect.records.incidents.models import Incident
from circumspect.records.incidents.rules import Report, UnfitReportError
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.registration import Registration, register
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.trust.door.errors import DoorError, Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

TODAY = dt.date(2026, 11, 23)
TALE = "Threw the atlas stand over; a grey coat, a limp on the left"
LOOK = "About fifty, said his name was Ziemowit Quellenbach"
PERSON = Circumstance.CARD_SCANNED


def member(*roles: str) -> Actor:
    return Actor(ActorKind.STAFF, "17", frozenset(roles), True, "2026-11")


CLERK, SUPERVISOR, PIC = member("desk"), member("supervisor"), member("privacy_in_charge")


def told(**more: Any) -> Report:
    return dataclasses.replace(Report("threat", "main", TODAY, TALE, LOOK), **more)


def ada(house: Any) -> int:
    registrar = member("desk")
    return register(house, registrar, Registration("Zielińska", "Ada", card_number="21234000000018"))


@pytest.mark.clause("MP-4.17")
def test_a_clerk_reports_and_cannot_read_even_their_own_report(house):
    number = book.report(house, CLERK, told())

    with pytest.raises(Refused):
        book.read(house, CLERK, number)

    assert book.read(house, SUPERVISOR, number).account == TALE
    assert book.lines()[0].measure == ""


@pytest.mark.clause("MP-4.17")
def test_a_report_has_no_field_for_what_anybody_uses_and_refuses_its_numbers(house):
    columns = {field.name for field in Incident._meta.get_fields()}
    assert not columns & {
        "item",
        "title",
        "loan",
        "hold",
        "session",
        "request",
        "patron",
        "card",
        "link",
        "epoch",
        "back",
    }

    for number in ("31234000000015", "2 1234 00000001 8", "21234-00000001-8"):
        with pytest.raises(UnfitReportError) as problem:
            book.report(house, CLERK, told(account=f"Had {number} in hand"))
        assert problem.value.field == "account"
        assert number not in str(problem.value)
    assert not Incident.objects.exists()


@pytest.mark.clause("MP-4.17")
def test_a_suspension_shows_in_the_account_as_one_word_with_an_end_and_nothing_of_the_report(house, clock):
    patron, number = ada(house), book.report(house, CLERK, told())
    book.decide(house, PIC, number, "suspended", TODAY + dt.timedelta(days=10))
    upkeep.send_to_person_in_charge(house, PIC, patron, TODAY + dt.timedelta(days=10), circumstance=PERSON)

    standing = upkeep.standing_of(house, member("circulation_lead"), patron, circumstance=PERSON)

    assert standing.blocks_on(TODAY + dt.timedelta(days=10)) == (BlockKind.SEE_PERSON_IN_CHARGE,)
    assert standing.blocks_on(TODAY + dt.timedelta(days=11)) == ()
    assert not {"threat", "Ziemowit", "atlas"} & set(standing.to_text().replace('"', " ").split())
    assert str(number) not in standing.to_text()
    upkeep.send_to_person_in_charge(house, PIC, patron, None, circumstance=PERSON)
    assert upkeep.standing_of(house, member("desk"), patron, circumstance=PERSON).blocks == ()


@pytest.mark.clause("MP-4.17")
@pytest.mark.parametrize("role", ["desk", "circulation_lead", "reference", "supervisor", "system", "finance"])
def test_only_one_in_charge_reaches_from_a_report_to_an_account(house, role):
    patron, number = ada(house), book.report(house, CLERK, told())

    for act in (
        lambda: upkeep.send_to_person_in_charge(house, member(role), patron, TODAY, circumstance=PERSON),
        lambda: book.take_name(house, member(role), number, "Ada Zielińska"),
        lambda: book.decide(house, member(role), number, "suspended", TODAY),
    ):
        with pytest.raises(DoorError):
            act()

    row = Incident.objects.get()
    assert (row.measure, row.named_by, row.sealed_identity) == ("", None, None)


@pytest.mark.clause("MP-4.17")
def test_a_name_taken_over_says_who_approved_it(house):
    number = book.report(house, CLERK, told())

    book.take_name(house, dataclasses.replace(PIC, id="23"), number, "Ada Zielińska")

    opened = book.read(house, SUPERVISOR, number)
    assert (opened.identity, opened.named_by) == ("Ada Zielińska", 23)
    assert "Ada" not in repr(opened)


@pytest.mark.clause("MP-4.17")
def test_forgetting_an_account_changes_nothing_in_reports_and_copies_nothing(house):
    patron, number = ada(house), book.report(house, CLERK, told())
    book.decide(house, PIC, number, "suspended", TODAY + dt.timedelta(days=10))
    upkeep.send_to_person_in_charge(house, PIC, patron, TODAY + dt.timedelta(days=10), circumstance=PERSON)
    before = Incident.objects.values().get()

    house.vault.destroy_subject(patron)

    assert Incident.objects.values().get() == before
    assert book.read(house, SUPERVISOR, number).account == TALE


@pytest.mark.clause("MP-4.17", "TH-1.8")
def test_a_report_goes_after_two_years_key_and_row_but_not_before_its_suspension_ends(house, clock):
    old = book.report(house, CLERK, told())
    runs = book.report(house, CLERK, told())
    clock.forward(days=730)
    book.decide(house, PIC, runs, "suspended", house.today() + dt.timedelta(days=5))
    assert book.forget_old(house) == 0
    clock.forward(days=1)

    assert book.forget_old(house) == 1

    assert [row.id for row in Incident.objects.all()] == [runs]
    assert house.vault.subjects_with_keys([old, runs]) == {runs}
    clock.forward(days=6)
    assert book.forget_old(house) == 1


@pytest.mark.parametrize(
    ("measure", "days", "field"),
    [("suspended", None, "until"), ("spoken", 3, "until"), ("suspended", -1, "until"), ("suspended", 367, "until"),
     ("banished", None, "measure")],
)  # fmt: skip
def test_a_suspension_has_an_end_and_nothing_else_has(measure, days, field):
    until = None if days is None else TODAY + dt.timedelta(days=days)

    with pytest.raises(UnfitReportError) as problem:
        rules.check_measure(measure, until, TODAY)

    assert problem.value.field == field


def test_two_blocks_that_become_one_end_at_the_later_day_and_never_where_one_has_none():
    kind, lead = BlockKind.SEE_PERSON_IN_CHARGE, BlockKind.SEE_LEAD
    plain = Standing("resident_adult", "main", None)
    ten, twenty = (plain.with_block(kind, TODAY + dt.timedelta(days=days)) for days in (10, 20))

    assert ten.ends_with(twenty) == ((kind, TODAY + dt.timedelta(days=20)),)
    assert ten.ends_with(plain.with_block(kind)) == ()
    assert ten.ends_with(plain.with_block(lead)) == ten.until
    assert Standing.from_text(ten.to_text()) == ten
    assert ten.without_block(kind) == plain
    assert ten.with_block(kind).until == ()


@pytest.mark.clause("MP-4.17")
def test_the_raw_rows_say_nothing_of_what_was_written(house):
    number = book.report(house, CLERK, told())
    book.note_appeal(house, PIC, number, "Says it was the wind, asks for Quellenbach's sister")

    raw = b"".join(bytes(value) for value in Incident.objects.values_list(
        "sealed_account", "sealed_description", "sealed_appeal").get())  # fmt: skip

    for canary in ("Ziemowit", "atlas", "Quellenbach", "limp"):
        assert canary.encode() not in raw
