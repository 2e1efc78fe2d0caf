"""From a real look at the desk to a row for the one in charge: what the ledger holds is enough, and says no more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from circumspect.offices.review import cards, deciding, running
from circumspect.offices.review.cards import NoCardError
from circumspect.offices.review.deciding import ReviewError
from circumspect.offices.review.detecting import Why
from circumspect.offices.review.models import Flagged, IdleLook, Tie
from circumspect.records.circulation import serving
from circumspect.records.patrons import notes
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import DoorError, Refused
from circumspect.trust.door.house import build_house
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Reason

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

ROSA, OLGA, PIC = (
    Actor(ActorKind.STAFF, number, frozenset({role}), True, "2026-11")
    for number, role in (("7", "desk"), ("8", "desk"), ("9", "privacy_in_charge"))
)
CARDS = {
    name: f"2123400000{at:04d}" for at, name in enumerate(("rosa", "olga", "ada", "ben", "kin", "decoy"), 1)
}
DAY = dt.date(1984, 3, 9)


@pytest.fixture
def town(house: Any, home: Any, clock: Any, version: list[str]) -> Any:
    """A house whose door knows staff's own cards, and six patrons, two of them Rosa's household."""
    house = build_house(home, lambda: version[0], clock, own_cards=cards.own_cards)

    def person(name: str, family: str, street: str) -> int:
        return register(
            house,
            ROSA,
            Registration(
                family, name.title(), street=street, postcode="62191", birth_date=DAY, card_number=CARDS[name]
            ),
        )

    house.__dict__["people"] = {
        "rosa": person("rosa", "Ibáñez", "12 Bluestem Lane"),
        "olga": person("olga", "Quandt", "3 Mill Road"),
        "ada": person("ada", "Zielińska", "9 Levee Street"),
        "ben": person("ben", "Ibáñez", "77 Old Grain Road"),
        "kin": person("kin", "Okafor", "12 Bluestem Lane"),
        "decoy": person("decoy", "Featherstone", "1 Nowhere Court"),
    }
    cards.tie(house, 7, CARDS["rosa"])
    cards.tie(house, 8, CARDS["olga"])
    clock.forward(hours=1)
    return house


def look(house: Any, actor: Actor, who: str, *, scanned: bool = False) -> None:
    circumstance = Circumstance.CARD_SCANNED if scanned else Circumstance.UNEXPLAINED
    reason = None if scanned else Reason.PHONE
    serving.serve(house, actor, house.people[who], circumstance=circumstance, reason=reason)


def act(house: Any, actor: Actor, who: str) -> None:
    notes.add_note(
        house, actor, house.people[who], kind="pickup", text="waits", expires_on=house.today() + dt.timedelta(days=9),
        circumstance=Circumstance.OPEN_TRANSACTION,
    )  # fmt: skip


def reviewed(house: Any, clock: Any) -> dict[str, set[str]]:
    """Why each member's looks were flagged, but for those drawn by lot."""
    clock.forward(hours=1)
    running.review(house)
    found: dict[str, set[str]] = {}
    for row in Flagged.objects.exclude(why=[Why.SAMPLE.value]):
        found.setdefault(row.actor, set()).update(row.why)
    return found


@pytest.mark.clause("MP-7.15")
def test_a_member_whose_card_is_tied_is_not_let_at_their_own_record_by_any_way(town):
    for circumstance, reason in ((Circumstance.CARD_SCANNED, None), (Circumstance.UNEXPLAINED, Reason.PHONE)):
        with pytest.raises(Refused) as refusal:
            serving.serve(town, ROSA, town.people["rosa"], circumstance=circumstance, reason=reason)
        assert "own-card" in refusal.value.decision.rules

    look(town, OLGA, "rosa", scanned=True)
    cards.untie(7)
    look(town, ROSA, "rosa", scanned=True)


@pytest.mark.clause("MP-7.15")
def test_curious_looks_are_flagged_and_a_look_with_an_act_is_not(town, clock):
    look(town, OLGA, "rosa")
    look(town, ROSA, "kin")
    clock.forward(minutes=11)
    look(town, ROSA, "ben", scanned=True)
    look(town, ROSA, "ada", scanned=True)
    act(town, ROSA, "ada")

    found = reviewed(town, clock)

    assert found == {
        "staff:8": {Why.COLLEAGUE.value},
        "staff:7": {Why.HOUSEHOLD.value, Why.SURNAME.value},
    }
    assert IdleLook.objects.count() == 3


@pytest.mark.clause("MP-7.15")
def test_an_honest_look_at_somebody_unrelated_is_kept_as_a_token_and_flagged_by_lot_at_most(town, clock):
    look(town, ROSA, "ada")

    assert reviewed(town, clock) == {}

    row = IdleLook.objects.get()
    assert len(bytes(row.subject)) == 16
    assert str(town.people["ada"]) not in str(IdleLook.objects.values().get())
    assert [each.why for each in Flagged.objects.all()] == [[Why.SAMPLE.value]]


@pytest.mark.clause("MP-7.15")
def test_a_look_while_the_library_is_closed_is_flagged(town, clock):
    from circumspect.records.catalog.facts import BranchFacts
    from circumspect.records.catalog.usecases import put_branch

    put_branch(BranchFacts("main", "Main", "", ((("09:00", "17:00"),),) * 7))
    clock.forward(hours=10)
    look(town, ROSA, "ada", scanned=True)
    act(town, ROSA, "ada")

    assert reviewed(town, clock) == {"staff:7": {Why.AFTER_HOURS.value}}


@pytest.mark.attack(11)
@pytest.mark.clause("MP-7.15")
def test_a_decoy_looked_at_is_reported_by_the_next_watch_whoever_looks_and_however(town, clock):
    cards.mark_decoy(town, 9, CARDS["decoy"])
    running.watch(town)
    assert running.watch(town) == 0

    look(town, ROSA, "decoy", scanned=True)
    act(town, ROSA, "decoy")
    assert running.watch(town) == 1, "the look and what belongs to it are one"
    clock.forward(minutes=11)
    look(town, OLGA, "decoy")
    look(town, ROSA, "decoy")
    assert running.watch(town) == 2

    assert {tuple(row.why) for row in Flagged.objects.all()} == {(Why.DECOY.value,)}
    assert [row.actor for row in Flagged.objects.order_by("index")] == ["staff:7", "staff:8", "staff:7"]
    assert running.watch(town) == 0


@pytest.mark.attack(11)
@pytest.mark.clause("MP-7.13")
def test_the_watch_runs_often_enough_for_decoys_and_calls_and_goes_on_when_it_fails(town, monkeypatch):
    """Decoys within sixty seconds, the next call within thirty; beside the rounds, so that none of them delays it."""
    from circumspect.faces.cli import tending

    moments: list[float] = []
    calls: list[float] = []
    clock = [0.0]

    class DoneError(Exception):
        pass

    def sleep(seconds: float) -> None:
        clock[0] += seconds
        if clock[0] > 290:
            raise DoneError

    def watch(_house: Any) -> int:
        moments.append(clock[0])
        raise OSError("the disk is full")

    monkeypatch.setattr(tending.time, "sleep", sleep)

    def call_round(*_: Any) -> int:
        calls.append(clock[0])
        raise OSError("no mail server")

    monkeypatch.setattr(tending.review, "watch", watch)
    monkeypatch.setattr(tending.calling, "call_round", call_round)
    with pytest.raises(DoneError):
        tending.Watcher(town).run()

    gaps = [later - earlier for earlier, later in zip([0.0, *moments], moments, strict=False)]
    assert len(moments) >= 10
    assert max(gaps) <= 30
    assert calls == moments


@pytest.mark.clause("MP-7.15", "MP-5.1")
def test_whose_record_it_was_is_an_ask_of_its_own_and_only_for_those_in_charge(town, clock):
    look(town, OLGA, "rosa")
    reviewed(town, clock)
    index = Flagged.objects.get(actor="staff:8").index
    entries = town.ledger.size()

    with pytest.raises(DoorError):
        deciding.whose(town, OLGA, index)
    assert deciding.whose(town, PIC, index) == "Rosa Ibáñez"

    last = town.ledger.entries(entries, town.ledger.size())
    assert [entry.body["outcome"] for entry in last] == ["refused", "allowed"]
    assert last[1].body["purpose"] == "review looks"
    with pytest.raises(ReviewError):
        deciding.whose(town, PIC, 10**6)


@pytest.mark.clause("MP-7.15")
def test_an_outcome_is_noted_once_and_never_by_whoever_looked(town, clock):
    look(town, OLGA, "rosa")
    reviewed(town, clock)
    row = Flagged.objects.get(actor="staff:8")
    nosy = Actor(ActorKind.STAFF, "8", frozenset({"privacy_in_charge"}), True, "2026-11")

    with pytest.raises(ReviewError, match="own"):
        deciding.note(town, nosy, row.index, "explained")
    with pytest.raises(DoorError):
        deciding.note(town, ROSA, row.index, "explained")
    deciding.note(town, PIC, row.index, "talked over")
    with pytest.raises(ReviewError, match="meanwhile"):
        deciding.note(town, PIC, row.index, "explained")

    assert [each.outcome for each in deciding.looked_into(town, PIC)] == ["talked over"]


def test_the_same_looks_reviewed_twice_are_flagged_once(town, clock):
    look(town, OLGA, "rosa")
    first = reviewed(town, clock)
    rows = Flagged.objects.count(), IdleLook.objects.count()

    assert running.review(town) == 0

    assert reviewed(town, clock) == first
    assert (Flagged.objects.count(), IdleLook.objects.count()) == rows


@pytest.mark.clause("MP-7.15", "TH-1.8")
def test_what_the_review_keeps_goes_by_its_own_rule(town, clock):
    look(town, OLGA, "rosa")
    reviewed(town, clock)
    clock.forward(days=36)
    running.forget_old(town)
    assert not IdleLook.objects.exists()
    assert Flagged.objects.exists()

    clock.forward(days=145)
    running.forget_old(town)

    assert not Flagged.objects.exists()


def test_no_table_of_the_review_says_whose_record_it_was(town, clock):
    cards.mark_decoy(town, 9, CARDS["decoy"])
    look(town, OLGA, "rosa")
    reviewed(town, clock)

    for model in (Tie, Flagged, IdleLook, running.DayCount, running.Progress, cards.Decoy):
        for row in model.objects.values():
            for value in row.values():
                raw = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                for patron in town.people.values():
                    assert str(patron).encode() not in raw
                    assert patron.to_bytes(8, "big") not in raw


def test_a_card_nobody_has_is_tied_to_nobody(town):
    for call in (cards.tie, cards.mark_decoy):
        with pytest.raises(NoCardError):
            call(town, 7, "21234000099999")
    assert Tie.objects.count() == 2
