"""Registrations that run out: counted without a name, listed through the door, found for forgetting."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.records.patrons import lapsing, upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.lapsing import MonthCount
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED


@pytest.fixture
def enrol_until(enrol):
    return lambda day, name="Okoye", **more: enrol(name, expires_on=dt.date.fromisoformat(day), **more)


def test_months_are_counted_and_no_record_is_opened(house, enrol_until, enrol):
    for day in ("2026-10-02", "2026-10-30", "2026-11-23", "2027-01-31", "2029-05-01"):
        enrol_until(day)
    enrol(category="ill_library")
    before = house.ledger.size()

    counted = lapsing.months(house)

    assert counted == [MonthCount(202701, 1), MonthCount(202611, 1), MonthCount(202610, 2)]
    assert house.ledger.size() == before


def test_a_month_is_read_through_the_door_fifty_at_once(house, lead, enrol_until):
    patrons = {enrol_until("2026-10-02", f"Name{number}") for number in range(53)}
    enrol_until("2026-09-02", "Other")
    before = house.ledger.size()

    first = lapsing.run_out_page(house, lead, 202610)
    second = lapsing.run_out_page(house, lead, 202610, after=first.after)

    assert len(first.records) == 50
    assert second.after == 0
    assert {record.patron for record in (*first.records, *second.records)} == patrons
    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["purpose"], b["circumstance"], b["subjects"]) for b in bodies] == [
        ("work a list", "working a list", 50),
        ("work a list", "working a list", 3),
    ]
    assert bodies[0]["fields"] == ["family_name", "given_name", "standing"]


def test_a_clerk_has_no_list_of_patrons(house, clerk, enrol_until):
    enrol_until("2026-10-02")

    with pytest.raises(Refused):
        lapsing.run_out_page(house, clerk, 202610)


def test_a_renewal_without_a_look_at_the_address_is_none(house, clerk, enrol_until):
    patron = enrol_until("2026-10-02")

    with pytest.raises(FieldError) as problem:
        upkeep.renew_registration(house, clerk, patron, address_seen=False, circumstance=SCANNED)

    assert problem.value.field == "address_checked"
    standing = upkeep.standing_of(house, clerk, patron, circumstance=SCANNED)
    assert standing.expires_on == dt.date(2026, 10, 2)


def test_a_non_resident_is_renewed_for_twelve_months(house, clerk, enrol):
    patron = enrol(category="non_resident", expires_on=dt.date(2026, 10, 2))

    standing = upkeep.renew_registration(house, clerk, patron, address_seen=True, circumstance=SCANNED)

    assert standing.expires_on == dt.date(2027, 11, 23)
