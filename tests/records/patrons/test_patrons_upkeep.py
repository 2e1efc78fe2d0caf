"""Blocks, renewals, two records made one, and forgetting."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connections

from circumspect.records.patrons import cards, finding, notes, upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import Card, ContactIndex, NameIndex, Note, Patron, Pin
from circumspect.records.patrons.registration import sealed_fields
from circumspect.records.patrons.standing import BLOCK_RULES, SETTABLE, BlockKind, Standing, age_band
from circumspect.trust.door.errors import NO_SUCH_RECORD, DoorClosed, Refused
from circumspect.trust.ledger import models as ledger_models
from circumspect.trust.ledger.tree import leaf_hash
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance
from circumspect.trust.vault.models import SubjectKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
CARD, OTHER_CARD = "21234000000018", "21234000000026"
FORGET = Actor(ActorKind.JOB, "forget")


@pytest.fixture
def ada(house, clerk, enrol):
    """A patron with everything."""
    patron = enrol(
        card_number=CARD, email="ada@example.org", phone="312 555 0142", birth_date=dt.date(1984, 1, 1)
    )
    cards.set_pin(house, clerk, patron, "4821", circumstance=SCANNED)
    notes.add_note(
        house,
        clerk,
        patron,
        kind="card",
        text="ask for the new address",
        expires_on=dt.date(2027, 1, 1),
        circumstance=SCANNED,
    )
    return patron


# blocks and renewal


@pytest.mark.parametrize("kind", SETTABLE)
def test_a_block_is_set_and_lifted(house, clerk, ada, kind):
    upkeep.set_block(house, clerk, ada, kind, circumstance=SCANNED)
    assert upkeep.standing_of(house, clerk, ada, circumstance=SCANNED).blocks == (kind,)

    everybody = replace(clerk, roles=clerk.roles | BLOCK_RULES[kind].override_roles)
    upkeep.lift_block(house, everybody, ada, kind, circumstance=SCANNED)

    assert upkeep.standing_of(house, clerk, ada, circumstance=SCANNED).blocks == ()


@pytest.mark.parametrize("kind", [BlockKind.SEE_LEAD, BlockKind.SEE_PERSON_IN_CHARGE])
def test_a_clerk_does_not_lift_what_is_not_theirs(house, clerk, ada, kind):
    upkeep.set_block(house, clerk, ada, kind, circumstance=SCANNED)

    with pytest.raises(FieldError):
        upkeep.lift_block(house, clerk, ada, kind, circumstance=SCANNED)

    assert upkeep.standing_of(house, clerk, ada, circumstance=SCANNED).blocks == (kind,)


@pytest.mark.parametrize("kind", sorted(set(BlockKind) - set(SETTABLE)))
def test_a_block_that_follows_from_facts_is_not_set_by_hand(house, clerk, ada, kind):
    with pytest.raises(FieldError):
        upkeep.set_block(house, clerk, ada, kind, circumstance=SCANNED)

    assert upkeep.standing_of(house, clerk, ada, circumstance=SCANNED).blocks == ()


def test_renewing_runs_from_today_and_has_seen_the_address(house, clerk, ada, clock, opened):
    upkeep.set_block(house, clerk, ada, BlockKind.ADDRESS_UNVERIFIED, circumstance=SCANNED)
    upkeep.set_block(house, clerk, ada, BlockKind.SEE_LEAD, circumstance=SCANNED)
    clock.forward(days=1096)

    upkeep.renew_registration(house, clerk, ada, address_seen=True, circumstance=SCANNED)

    standing = upkeep.standing_of(house, clerk, ada, circumstance=SCANNED)
    assert standing.expires_on == house.today() + dt.timedelta(days=1095)
    assert standing.blocks == (BlockKind.SEE_LEAD,)
    assert opened(ada, "address_checked_on").date("address_checked_on") == house.today()
    assert Patron.objects.get().review_month == 203211


def test_an_expired_card_is_blocked_from_the_day_after():
    standing = Standing("resident_adult", "main", dt.date(2026, 11, 23))

    assert standing.blocks_on(dt.date(2026, 11, 23)) == ()
    assert standing.blocks_on(dt.date(2026, 11, 24)) == (BlockKind.EXPIRED,)
    assert Standing("ill_library", "main", None).blocks_on(dt.date(2099, 1, 1)) == ()


def test_every_block_says_what_it_stops_in_plain_words():
    assert set(BLOCK_RULES) == set(BlockKind)
    for rule in BLOCK_RULES.values():
        assert rule.stops
        assert rule.words.endswith(".")


@pytest.mark.clause("TH-1.18")
@pytest.mark.parametrize(
    ("born", "band"),
    [
        (None, ""),
        (dt.date(2026, 11, 23), "0-4"),
        (dt.date(2021, 11, 24), "0-4"),
        (dt.date(2021, 11, 23), "5-11"),
        (dt.date(2014, 11, 23), "12-17"),
        (dt.date(2008, 11, 24), "12-17"),
        (dt.date(2008, 11, 23), "18-64"),
        (dt.date(1961, 11, 23), "65+"),
        (dt.date(2012, 2, 29), "12-17"),
    ],
)
def test_the_desk_sees_a_band_and_no_birth_date(born, band):
    assert age_band(born, dt.date(2026, 11, 23)) == band


# forgetting


@pytest.mark.clause("TH-1.8", "TH-1.10")
def test_a_forgotten_patron_is_nowhere_and_finds_nothing(house, lead, clerk, ada, enrol):
    ben = enrol("Okoye", "Ben")
    before = house.ledger.size()

    upkeep.forget_patron(house, FORGET, ada)

    assert cards.find_card(house, CARD) is None
    assert finding.find_name(house.vault, "zielinska", 5) == []
    assert finding.find_contact(house.vault, "ada@example.org", 5) == []
    for model in (Card, Note, Pin, ContactIndex):
        assert not model.objects.exists()
    assert not NameIndex.objects.filter(patron=ada).exists()
    assert Patron.objects.get().id == ben
    assert house.ledger.entries(before, before + 1)[0].body["action"] == "erase"
    with pytest.raises(Refused) as refusal:
        upkeep.standing_of(house, clerk, ada, circumstance=SCANNED)
    assert refusal.value.decision.rules == NO_SUCH_RECORD


@pytest.mark.clause("TH-1.8")
def test_from_the_first_commit_of_a_forgetting_on_nothing_opens(house, clerk, ada, monkeypatch):
    """Even where the rows have not gone yet: the power failed in between."""
    blob = sealed_fields([ada], ["email"])[ada][1]["email"]

    def power_cut(_patron):
        raise KeyboardInterrupt

    monkeypatch.setattr(finding, "remove_index", power_cut)
    with pytest.raises(KeyboardInterrupt):
        upkeep.forget_patron(house, FORGET, ada)
    monkeypatch.undo()

    assert Patron.objects.filter(id=ada).exists()
    assert bytes(Patron.objects.get().sealed_email) == blob.blob
    with pytest.raises(Refused):
        upkeep.standing_of(house, clerk, ada, circumstance=SCANNED)
    assert upkeep.sweep_keyless(house) == 1
    assert not Patron.objects.exists()
    assert not ContactIndex.objects.exists()


def test_the_sweep_leaves_everybody_else(house, enrol):
    kept = [enrol("Smith", str(number)) for number in range(7)]
    house.vault.destroy_subject(kept.pop())

    assert upkeep.sweep_keyless(house) == 1
    assert upkeep.sweep_keyless(house) == 0
    assert set(Patron.objects.values_list("id", flat=True)) == set(kept)


def test_a_refused_forgetting_forgets_nothing(house, clerk, ada):
    with pytest.raises(Refused):
        upkeep.forget_patron(house, clerk, ada)

    assert upkeep.standing_of(house, clerk, ada, circumstance=SCANNED).category == "resident_adult"


def test_with_the_ledger_away_nobody_is_forgotten(house, clerk, ada, monkeypatch):
    monkeypatch.setattr(house.ledger, "append_many", lambda _entries: 1 / 0)

    with pytest.raises(DoorClosed):
        upkeep.forget_patron(house, FORGET, ada)

    monkeypatch.undo()
    assert upkeep.standing_of(house, clerk, ada, circumstance=SCANNED)


@pytest.mark.clause("TH-1.8", "MP-7.15")
def test_the_ledger_still_verifies_and_names_the_forgotten_no_more(house, clerk, ada):
    """Leaves, tree and signature stay; the salt of the digests died with the patron's key."""
    signed = house.ledger.checkpoint()
    upkeep.forget_patron(house, FORGET, ada)

    after = house.ledger.checkpoint()

    assert after.size == signed.size + 1
    assert house.ledger.consistency_proof(signed.size, after.size) is not None
    for entry in ledger_models.Entry.objects.all():
        assert leaf_hash(entry.body.encode()) == bytes(entry.leaf_hash)
        assert str(ada) not in entry.body
    with pytest.raises(Refused):
        upkeep.standing_of(house, clerk, ada, circumstance=SCANNED)


@pytest.mark.clause("TH-1.8", "MP-4.7")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_forgotten_patron_is_nowhere_in_the_bytes_on_disk(house, ada):
    """Rows, index entries and key: not in the files, and not in the logs beside them."""
    traces = [
        bytes(SubjectKey.objects.get(subject=ada).wrapped),
        bytes(Card.objects.get().token),
        bytes(Card.objects.get().sealed_barcode),
        bytes(Pin.objects.get().sealed_hash),
        *(bytes(row.token) for row in ContactIndex.objects.all()),
        bytes(Patron.objects.get().sealed_email),
    ]
    if connections["default"].vendor == "sqlite":
        assert all(trace in on_disk() for trace in traces)

    upkeep.forget_patron(house, FORGET, ada)

    assert not Patron.objects.exists()
    if connections["default"].vendor == "sqlite":
        assert [trace for trace in traces if trace in on_disk()] == []


def on_disk() -> bytes:
    """Every byte of the records and of the key store."""
    found = b""
    for alias in ("default", "keys"):
        path = Path(connections[alias].settings_dict["NAME"])
        found += b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    return found
