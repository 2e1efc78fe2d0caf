"""Placing, freezing, moving and cancelling holds, through the one door, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from holds_support import SCANNED, belongs_to, place
from holds_support import scan as scan_at

from circumspect.records.catalog.models import Item, Title
from circumspect.records.circulation import lending
from circumspect.records.circulation.requesting import place_hold
from circumspect.records.holds import placing
from circumspect.records.holds.models import FOREVER, Hold, HoldLimit, HoldRule, HoldTally, ShelfLeftover
from circumspect.records.holds.placing import (
    HoldFieldError,
    NoSuchHoldError,
    NotPlaced,
    NotWaitingError,
    Placed,
    Wanted,
    stops,
)
from circumspect.records.holds.rules import HoldStop
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Reason

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
LONG_AGO = dt.date(2026, 1, 1)


@pytest.fixture
def ask(house, clerk):
    """Ask for a hold at the desk; the answer."""

    def ask(patron, item, *, copy=False, branch="main", actor=clerk, **more):
        wanted = Wanted(item.title_id, item.id if copy else None)
        more.setdefault("circumstance", SCANNED)
        return placing.place(house, actor, patron, wanted, pickup_branch=branch, **more)

    return ask


@pytest.fixture
def mine(house, clerk):
    """What a patron waits for, as the desk shows it."""
    return lambda patron: placing.holds_of(house, clerk, patron, circumstance=SCANNED)


@pytest.mark.clause("MP-4.12", "TH-1.21")
def test_a_hold_is_placed_through_the_door_and_holds_a_link_and_no_patron(house, ask, mine, ada, book):
    before = house.ledger.size()

    placed = ask(ada, book)

    assert isinstance(placed, Placed)
    entries = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(e["action"], e["series"], e["outcome"]) for e in entries] == [
        ("use", "registration", "allowed"),
        ("change", "holds", "allowed"),
    ]
    hold = Hold.objects.get()
    raw = ada.to_bytes(8, "big")
    assert raw not in bytes(hold.link) + bytes(hold.back)
    assert ada not in Hold.objects.values_list()[0]
    assert belongs_to(house, hold.id, ada)
    [shown] = mine(ada)
    assert (shown.state, shown.position, shown.waiting) == ("waiting", 1, 1)
    assert shown.expires_on == house.today() + dt.timedelta(days=365)
    assert HoldTally.objects.get(kind="placed").count == 1


def test_everybody_is_told_their_place_in_the_queue(ask, mine, ada, ben, cyd, shelve):
    one, two = shelve(), shelve()
    ask(ada, one)
    ask(ben, two, copy=True)

    third = ask(cyd, two)

    assert third.position == 3
    assert [mine(patron)[0].position for patron in (ada, ben, cyd)] == [1, 2, 3]
    assert mine(ben)[0].barcode == two.barcode


@pytest.mark.parametrize(
    ("prepare", "wanted", "stop"),
    [
        (lambda item: HoldLimit.objects.create(category="", max_holds=0), {}, HoldStop.TOO_MANY),
        (lambda item: HoldRule.objects.create(holdable=False), {}, HoldStop.NO_COPY),
        (lambda item: Item.objects.update(status="withdrawn"), {}, HoldStop.NO_COPY),
        (lambda item: HoldRule.objects.create(home_only=True), {"branch": "east"}, HoldStop.NO_COPY),
        (lambda item: None, {"branch": "no such place"}, HoldStop.NO_BRANCH),
        (lambda item: None, {"expires_on": LONG_AGO}, HoldStop.OVER),
    ],
)
def test_what_stops_a_hold_is_said_plainly_and_nothing_is_placed(ask, ada, book, prepare, wanted, stop):
    prepare(book)

    answer = ask(ada, book, **wanted)

    assert isinstance(answer, NotPlaced)
    assert stops(answer) == {stop}
    assert all(each.words.endswith(".") for each in answer.hindrances)
    assert not Hold.objects.exists()


def test_nobody_waits_twice_for_the_same(ask, ada, shelve):
    one, two = shelve(), shelve()
    ask(ada, one)

    assert stops(ask(ada, two)) == {HoldStop.HAS_HOLD}
    assert stops(ask(ada, two, copy=True)) == {HoldStop.HAS_HOLD}
    assert Hold.objects.count() == 1


def test_somebody_may_wait_for_two_volumes_of_one_work(ask, ada, shelve):
    one, two = shelve(), shelve()

    assert isinstance(ask(ada, one, copy=True), Placed)
    assert isinstance(ask(ada, two, copy=True), Placed)
    assert stops(ask(ada, two, copy=True)) == {HoldStop.HAS_HOLD}


def test_a_title_that_is_gone_cannot_be_waited_for(ask, ada, book):
    gone = Item(id=book.id + 1, title_id=Title.objects.get().id + 1)

    assert HoldStop.NO_SUCH_TITLE in stops(ask(ada, gone))
    assert HoldStop.NO_SUCH_TITLE in stops(ask(ada, gone, copy=True))


def test_a_block_stops_a_hold_and_a_lead_may_go_on_with_a_reason(house, clerk, lead, ask, ada, book):
    upkeep.set_block(house, clerk, ada, BlockKind.SEE_LEAD, circumstance=SCANNED)

    assert stops(ask(ada, book)) == {BlockKind.SEE_LEAD}
    assert stops(ask(ada, book, override=Reason.SUPERVISOR)) == {BlockKind.SEE_LEAD}
    assert not Hold.objects.exists()
    answer = ask(ada, book, actor=lead, override=Reason.SUPERVISOR)

    assert isinstance(answer, Placed)


def test_nobody_lends_a_hand_past_a_block_that_is_not_theirs_to_pass(house, lead, ask, ada, book):
    upkeep.set_block(house, lead, ada, BlockKind.SEE_PERSON_IN_CHARGE, circumstance=SCANNED)

    answer = ask(ada, book, actor=lead, override=Reason.SUPERVISOR)

    assert stops(answer) == {BlockKind.SEE_PERSON_IN_CHARGE}
    assert not answer.may_override(lead.roles)


def test_what_circulation_knows_stops_a_hold_too(house, clerk, ada, shelve):
    on_loan = shelve()
    lending.check_out(house, clerk, ada, on_loan.barcode, branch="main")

    def ask(item, **more):
        return place_hold(
            house, clerk, ada, Wanted(item.title_id, **more), pickup_branch="main", circumstance=SCANNED
        )

    assert stops(ask(on_loan)) == {HoldStop.HAS_LOAN}
    other = shelve()  # another volume of the same work
    assert isinstance(ask(other, item_id=other.id), Placed)


@pytest.mark.clause("MP-2.2")
def test_somebody_without_the_right_places_shows_and_cancels_nothing(house, ask, ada, book, clerk):
    hold = place(house, clerk, ada, book)
    trustee = Actor(ActorKind.STAFF, "9", frozenset({"trustee"}), True, clerk.signed_version)
    reference = Actor(ActorKind.STAFF, "8", frozenset({"reference"}), True, clerk.signed_version)
    for actor in (trustee, reference):
        before = house.ledger.size()
        with pytest.raises(Refused):
            placing.holds_of(house, actor, ada, circumstance=SCANNED)
        with pytest.raises(Refused):
            placing.cancel(house, actor, ada, hold, circumstance=SCANNED)
        with pytest.raises(Refused):
            ask(ada, book, actor=actor)
        assert house.ledger.size() >= before + 3
        assert house.ledger.entries(before, before + 1)[0].body["outcome"] == "refused"
    assert Hold.objects.get().id == hold


def test_patrons_reach_their_own_holds_and_nobody_elses(house, clerk, ada, ben, book):
    hold = place(house, clerk, ben, book)
    herself = Actor(ActorKind.PATRON, str(ada))
    signed_in = Circumstance.OWN_SIGN_IN

    answer = placing.place(
        house, herself, ada, Wanted(book.title_id), pickup_branch="main", circumstance=signed_in
    )

    assert isinstance(answer, Placed)
    assert len(placing.holds_of(house, herself, ada, circumstance=signed_in)) == 1
    with pytest.raises(Refused):
        placing.holds_of(house, herself, ben, circumstance=signed_in)
    with pytest.raises(NoSuchHoldError):
        placing.cancel(house, herself, ada, hold, circumstance=signed_in)
    placing.cancel(house, herself, ada, answer.hold_id, circumstance=signed_in)
    assert Hold.objects.get().id == hold


@pytest.mark.clause("TH-1.21", "MP-4.12")
def test_a_cancelled_hold_is_gone_and_only_a_count_stays(house, clerk, ada, book):
    hold = place(house, clerk, ada, book)

    assert placing.cancel(house, clerk, ada, hold, circumstance=SCANNED) is False

    assert not Hold.objects.exists()
    assert not ShelfLeftover.objects.exists()
    assert set(HoldTally.objects.values_list("kind", "count")) == {("placed", 1), ("cancelled", 1)}
    with pytest.raises(NoSuchHoldError):
        placing.cancel(house, clerk, ada, hold, circumstance=SCANNED)


def test_a_frozen_hold_is_passed_over_until_its_day_and_keeps_its_place(
    house, clerk, clock, mine, ada, ben, book
):
    first, second = place(house, clerk, ada, book), place(house, clerk, ben, book)
    until = house.today() + dt.timedelta(days=3)
    placing.freeze(house, clerk, ada, first, until=until, circumstance=SCANNED)

    assert (mine(ada)[0].state, mine(ada)[0].frozen_until, mine(ada)[0].position) == ("frozen", until, 1)
    assert scan_at(house, book).hold_id == second
    placing.cancel(house, clerk, ben, second, circumstance=SCANNED)
    clock.forward(days=3)

    assert mine(ada)[0].state == "waiting"
    assert scan_at(house, book).hold_id == first


def test_freezing_with_no_end_lasts_until_somebody_thaws_it(house, clerk, mine, ada, book):
    hold = place(house, clerk, ada, book)
    placing.freeze(house, clerk, ada, hold, circumstance=SCANNED)

    assert mine(ada)[0].frozen_until is None
    assert scan_at(house, book) is None
    placing.thaw(house, clerk, ada, hold, circumstance=SCANNED)

    assert scan_at(house, book).hold_id == hold


def test_what_cannot_be_frozen_says_why(house, clerk, ada, book):
    hold = place(house, clerk, ada, book)
    for day in (house.today(), LONG_AGO, FOREVER):
        with pytest.raises(HoldFieldError, match="frozen_until"):
            placing.freeze(house, clerk, ada, hold, until=day, circumstance=SCANNED)
    scan_at(house, book)

    with pytest.raises(NotWaitingError):
        placing.freeze(house, clerk, ada, hold, circumstance=SCANNED)
    with pytest.raises(NoSuchHoldError):
        placing.freeze(house, clerk, ada, hold + 1, circumstance=SCANNED)


def test_a_moved_hold_is_sent_on_from_where_its_copy_stands(house, clerk, mine, ada, book):
    hold = place(house, clerk, ada, book)
    code = scan_at(house, book).pickup_code

    placing.move(house, clerk, ada, hold, pickup_branch="east", circumstance=SCANNED)

    assert (mine(ada)[0].state, mine(ada)[0].pickup_code) == ("in_transit", "")
    assert ShelfLeftover.objects.get().pickup_code == code
    assert scan_at(house, book, "main").on_shelf is False
    arrived = scan_at(house, book, "east")
    assert (arrived.on_shelf, arrived.hold_id) == (True, hold)


def test_a_hold_is_moved_only_where_a_copy_may_be_picked_up(house, clerk, ada, book):
    hold = place(house, clerk, ada, book)
    HoldRule.objects.create(home_only=True)

    for branch in ("east", "nowhere"):
        with pytest.raises(HoldFieldError, match="pickup_branch"):
            placing.move(house, clerk, ada, hold, pickup_branch=branch, circumstance=SCANNED)
    assert Hold.objects.get().pickup_branch == "main"


def test_the_list_takes_the_same_statements_for_one_hold_and_for_forty(
    house, clerk, ada, shelve, mine, django_assert_num_queries
):
    for number in range(2):
        place(house, clerk, ada, shelve(f"Title {number}"))
    HoldLimit.objects.create(category="", max_holds=50)
    with django_assert_num_queries(1):
        placing.open_holds(house, ada)
    for number in range(2, 40):
        place(house, clerk, ada, shelve(f"Title {number}"))

    with django_assert_num_queries(1):
        assert len(placing.open_holds(house, ada)) == 40
    assert placing.count_holds(house, ada) == 40
