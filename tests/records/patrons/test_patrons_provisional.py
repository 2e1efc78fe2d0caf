"""Cards made at the door: little is asked, little is lent, and whoever never comes is forgotten."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from circumspect.records.patrons import cards, lapsing, provisional, upkeep
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
TYPED = {
    "given_name": "Ada",
    "family_name": "Zielińska",
    "street": "12 Bluestem Lane",
    "city": "Prairie Bend",
    "postcode": "62191",
    "language": "pl",
}


@pytest.fixture
def made(house):
    """The number of a card made at the door, and whose it is."""
    card = provisional.join(house, TYPED, is_adult=True)
    return card, cards.find_card(house, card.number).patron


def test_a_card_made_at_the_door_is_temporary_and_blocked_until_the_address_is_seen(house, clerk, made):
    card, patron = made

    standing = upkeep.standing_of(house, clerk, patron, circumstance=SCANNED)

    assert standing.category == "temporary"
    assert standing.blocks == (BlockKind.ADDRESS_UNVERIFIED,)
    assert standing.expires_on == card.until == house.today() + dt.timedelta(days=14)
    assert upkeep.is_provisional(patron)


@pytest.mark.clause("TH-1.7", "TH-1.14")
def test_the_kiosk_takes_what_the_form_asks_and_nothing_else(house, opened):
    card = provisional.join(
        house,
        {**TYPED, "birth_date": "1984-01-01", "balance": "900", "category": "staff", "note": "tall"},
        is_adult=True,
    )

    record = opened(cards.find_card(house, card.number).patron, "birth_date", "balance", "standing", "city")

    assert (record["birth_date"], record["balance"], record["city"]) == ("", "", "Prairie Bend")
    assert record.standing.category == "temporary"


@pytest.mark.parametrize("missing", provisional.NEEDED)
def test_a_card_needs_a_name_and_an_address(house, missing):
    with pytest.raises(FieldError) as problem:
        provisional.join(house, {**TYPED, missing: " "}, is_adult=True)

    assert problem.value.field == missing
    assert not Patron.objects.exists()


def test_no_details_are_taken_from_a_child(house):
    with pytest.raises(FieldError) as problem:
        provisional.join(house, TYPED, is_adult=False)

    assert problem.value.field == "is_adult"
    assert not Patron.objects.exists()
    assert house.ledger.size() == 0


def test_the_kiosk_only_writes_and_its_entry_says_so(house, made):
    bodies = [entry.body for entry in house.ledger.entries(0, house.ledger.size())]

    assert [(b["actor"], b["action"], b["purpose"]) for b in bodies] == [
        ("terminal:join", "change", "register a patron")
    ]


def test_somebody_who_has_a_card_already_learns_nothing_of_it(house, enrol):
    """The same name and address once more: an answer as for anybody."""
    enrol("Zielińska", "Ada", street="12 Bluestem Lane", email="ada@example.org")

    card = provisional.join(house, {**TYPED, "email": "ada@example.org"}, is_adult=True)

    assert cards.find_card(house, card.number) is not None
    assert Patron.objects.count() == 2


@pytest.mark.clause("TH-1.16")
def test_proof_of_identity_and_address_makes_it_a_full_card(house, clerk, made, opened):
    _, patron = made

    standing = provisional.complete(
        house,
        clerk,
        patron,
        category="resident_adult",
        id_seen=True,
        address_seen=True,
        circumstance=SCANNED,
    )

    assert standing.expires_on == house.today() + dt.timedelta(days=1095)
    assert standing.blocks == ()
    assert not upkeep.is_provisional(patron)
    record = opened(patron, "id_seen_on", "address_checked_on", "standing")
    assert record.date("id_seen_on") == record.date("address_checked_on") == house.today()
    assert record.standing == standing


@pytest.mark.parametrize(
    "wrong",
    [
        {"id_seen": False},
        {"address_seen": False},
        {"category": "temporary"},
        {"category": "no such"},
        {"category": "resident_juvenile"},
    ],
)
def test_without_proof_it_stays_a_temporary_card(house, clerk, made, wrong):
    _, patron = made
    said = {"category": "resident_adult", "id_seen": True, "address_seen": True, **wrong}

    with pytest.raises(FieldError):
        provisional.complete(house, clerk, patron, **said, circumstance=SCANNED)

    assert upkeep.is_provisional(patron)
    assert upkeep.standing_of(house, clerk, patron, circumstance=SCANNED).category == "temporary"


def test_a_temporary_card_is_not_kept_alive_by_renewing_it(house, clerk, made):
    with pytest.raises(FieldError):
        upkeep.renew_registration(house, clerk, made[1], address_seen=True, circumstance=SCANNED)

    assert upkeep.is_provisional(made[1])


def test_a_full_card_is_not_completed(house, clerk, enrol):
    with pytest.raises(FieldError):
        provisional.complete(
            house,
            clerk,
            enrol(),
            category="non_resident",
            id_seen=True,
            address_seen=True,
            circumstance=SCANNED,
        )


def test_a_card_run_out_without_proof_is_found_for_forgetting_on_the_day_after(house, clock, made):
    clock.forward(days=14)
    assert lapsing.abandoned(house, after=0, most=50) == []

    clock.forward(days=1)

    assert [each.patron for each in lapsing.abandoned(house, after=0, most=50)] == [made[1]]


def test_a_card_that_the_desk_made_last_longer_or_made_full_is_not_abandoned(house, clerk, clock):
    longer, full = (
        cards.find_card(house, provisional.join(house, TYPED, is_adult=True).number).patron for _ in range(2)
    )
    standing = upkeep.standing_of(house, clerk, longer, circumstance=SCANNED)
    later = standing.expires_on + dt.timedelta(days=20)
    change(house, clerk, longer, Change(standing=replace(standing, expires_on=later)), circumstance=SCANNED)
    change(
        house,
        clerk,
        full,
        Change(standing=replace(standing, category="resident_adult")),
        circumstance=SCANNED,
    )

    clock.forward(days=30)
    assert lapsing.abandoned(house, after=0, most=50) == []

    clock.forward(days=5)
    assert [each.patron for each in lapsing.abandoned(house, after=0, most=50)] == [longer]


def test_how_long_a_card_lives_is_the_librarys_choice_within_two_months(house):
    assert provisional.card_days(house.home) == 14
    for chosen, days in ((7, 7), (0, 1), (900, 60), ("soon", 14)):
        home = replace(house.home, config={"join": {"days": chosen}})
        assert provisional.card_days(home) == days
