"""Registrations that have outlived their rule go; whatever is still out or owed keeps them."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.records.circulation import forgetting, lending
from circumspect.records.fees import charging
from circumspect.records.fees.rules import FeeKind
from circumspect.records.patrons import cards, provisional, upkeep
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance
from circumspect.trust.vault.models import SubjectKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
RUN_OUT = dt.date(2025, 11, 22)  # 366 days before the test's own day


@pytest.fixture
def enrol(house, clerk):
    def enrol(expires_on, name="Okoye", **more):
        return register(house, clerk, Registration(name, expires_on=expires_on, **more))

    return enrol


def left() -> set[int]:
    return set(Patron.objects.values_list("id", flat=True))


@pytest.mark.clause("TH-1.8", "TH-1.10")
def test_a_registration_is_forgotten_a_year_after_it_ran_out_and_no_day_sooner(house, enrol, clock):
    enrol(RUN_OUT)
    next_day = enrol(RUN_OUT + dt.timedelta(days=1))
    same_month = enrol(dt.date(2025, 11, 30))
    no_end = enrol(None, category="ill_library")

    assert forgetting.forget_lapsed(house) == 1
    assert left() == {next_day, same_month, no_end}

    clock.forward(days=1)
    assert forgetting.forget_lapsed(house) == 1
    assert left() == set(SubjectKey.objects.values_list("subject", flat=True)) == {same_month, no_end}


@pytest.mark.clause("TH-1.10")
def test_what_is_out_or_owed_keeps_a_registration_until_it_is_settled(house, lead, enrol, shelve, clock):
    borrower, debtor, saver, tied = (enrol(dt.date(2026, 12, 1), name) for name in ("A", "B", "C", "D"))
    book = shelve()
    lending.check_out(house, lead, borrower, book, branch="main")
    clock.forward(days=380)
    from django.db import connection

    with connection.cursor() as cursor:
        charging.charge(
            house, cursor, debtor, FeeKind.LOST, 1500, branch="main", item_id=None, today=house.today()
        )
    change(house, lead, saver, Change({"balance": "3.20"}), circumstance=SCANNED)

    assert forgetting.forget_lapsed(house, also=[lambda _house, patron: patron == tied]) == 0

    lending.check_in(house, lead, book, branch="main")
    assert forgetting.forget_lapsed(house, also=[lambda _house, patron: patron == tied]) == 1
    assert left() == {debtor, saver, tied}
    change(house, lead, saver, Change({"balance": ""}), circumstance=SCANNED)
    assert forgetting.forget_lapsed(house) == 2
    assert left() == {debtor}


def test_what_cannot_be_read_as_money_keeps_a_registration(house, lead, enrol):
    patron = enrol(dt.date(2025, 10, 1))
    change(house, lead, patron, Change({"balance": "twelve"}), circumstance=SCANNED)

    assert forgetting.forget_lapsed(house) == 0


def test_nothing_is_opened_of_those_who_have_not_run_out(house, enrol):
    for month in range(1, 12):
        enrol(dt.date(2026, month, 20))
    before = house.ledger.size()

    assert forgetting.forget_lapsed(house) == 0

    assert house.ledger.size() == before


def test_each_forgetting_is_in_the_ledger_and_reads_no_name(house, enrol):
    for number in range(3):
        enrol(RUN_OUT, f"Name{number}")
    before = house.ledger.size()

    assert forgetting.forget_lapsed(house) == 3

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["action"], b["purpose"], b["subjects"]) for b in bodies] == [
        ("use", "forget", 3),
        ("erase", "forget", 1),
        ("erase", "forget", 1),
        ("erase", "forget", 1),
    ]
    assert bodies[0]["fields"] == ["balance", "standing"]


def test_more_than_one_batch_is_forgotten(house, enrol, monkeypatch):
    monkeypatch.setattr(forgetting, "_BATCH", 2)
    for number in range(5):
        enrol(RUN_OUT, f"Name{number}")

    assert forgetting.forget_lapsed(house) == 5
    assert forgetting.forget_lapsed(house) == 0


def test_one_renewed_in_the_same_minute_stays(house, clerk, enrol, monkeypatch):
    patron = enrol(RUN_OUT)
    real = forgetting._opened

    def and_meanwhile(house, patrons):
        records = real(house, patrons)
        upkeep.renew_registration(house, clerk, patron, address_seen=True, circumstance=SCANNED)
        return records

    monkeypatch.setattr(forgetting, "_opened", and_meanwhile)

    assert forgetting.forget_lapsed(house) == 0
    assert left() == {patron}


# cards made at the door

TYPED = {
    "family_name": "Zielińska",
    "street": "12 Bluestem Lane",
    "city": "Prairie Bend",
    "postcode": "62191",
}


@pytest.mark.clause("TH-1.8")
def test_a_card_made_at_the_door_for_which_nobody_came_is_forgotten(house, clerk, clock):
    abandoned, completed = (
        cards.find_card(house, provisional.join(house, TYPED, is_adult=True).number).patron for _ in range(2)
    )
    provisional.complete(
        house,
        clerk,
        completed,
        category="resident_adult",
        id_seen=True,
        address_seen=True,
        circumstance=SCANNED,
    )
    clock.forward(days=14)
    assert forgetting.forget_abandoned(house) == 0

    clock.forward(days=1)
    assert forgetting.forget_abandoned(house) == 1

    assert left() == {completed}
    with pytest.raises(Refused):
        upkeep.standing_of(house, clerk, abandoned, circumstance=SCANNED)
