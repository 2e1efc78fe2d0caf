"""The hold shelf: what a scan does with a copy that somebody waits for, and what it says of them: nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import pytest
from django.db import connection
from holds_support import SCANNED, lend
from holds_support import scan as scan_at

from circumspect.records.catalog.models import Item
from circumspect.records.circulation import lending
from circumspect.records.holds import placing, shelf
from circumspect.records.holds.models import Hold, HoldRule, HoldTally, ShelfLeftover, VisitingCopy
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def asked(question, **named):
    """Put one of the small questions of check-out."""
    with connection.cursor() as cursor:
        return question(cursor, **named)


@pytest.mark.clause("MP-4.12")
def test_a_copy_that_is_put_aside_says_where_and_under_which_code_and_not_for_whom(
    house, wait_for, scan, ada, book
):
    hold = wait_for(ada, book)

    trapped = scan(book)

    assert (trapped.hold_id, trapped.pickup_branch, trapped.on_shelf) == (hold, "main", True)
    assert len(trapped.pickup_code) == 4
    assert trapped.pick_up_by == house.today() + dt.timedelta(days=7)
    assert set(asdict(trapped)) == {"hold_id", "pickup_branch", "on_shelf", "pickup_code", "pick_up_by"}
    assert HoldTally.objects.get(kind="ready").count == 1


def test_a_copy_for_another_branch_travels_and_gets_its_code_there(wait_for, scan, ada, book):
    hold = wait_for(ada, book, branch="east")

    on_the_way = scan(book)
    lost_its_way = scan(book, "main")
    arrived = scan(book, "east")

    assert on_the_way == lost_its_way == shelf.Trapped(hold, "east", False, "")
    assert (arrived.on_shelf, arrived.hold_id) == (True, hold)


def test_a_copy_on_the_shelf_that_is_scanned_again_keeps_its_code(wait_for, scan, ada, book, shelve):
    wait_for(ada, book)

    assert scan(book) == scan(book)
    assert HoldTally.objects.get(kind="ready").count == 1


def test_every_copy_goes_to_the_next_in_the_queue(wait_for, scan, ada, ben, cyd, shelve):
    copies = [shelve() for _ in range(4)]
    holds = [wait_for(ada, copies[0]), wait_for(ben, copies[3], copy=True), wait_for(cyd, copies[0])]

    assert [trapped and trapped.hold_id for trapped in map(scan, copies)] == [
        holds[0],
        holds[2],
        None,
        holds[1],
    ]
    codes = list(Hold.objects.values_list("pickup_code", flat=True))
    assert len(set(codes)) == 3


def test_kinds_that_are_not_held_and_copies_that_do_not_travel(wait_for, scan, ada, ben, shelve):
    dvd, book = shelve(item_type="dvd"), shelve()
    far = wait_for(ada, book, branch="east")
    near = wait_for(ben, book)
    HoldRule.objects.create(item_type="dvd", holdable=False)
    HoldRule.objects.create(item_type="book", home_only=True, shelf_days=2)

    assert scan(dvd) is None
    trapped = scan(book)

    assert trapped.hold_id == near
    assert trapped.pick_up_by == dt.date(2026, 11, 25)
    assert Hold.objects.get(id=far).state == "waiting"


def test_a_code_is_not_given_again_while_its_old_slip_may_stand_on_the_shelf(
    house, clerk, wait_for, scan, ada, ben, shelve, monkeypatch
):
    one, two = shelve(), shelve("Lalka")
    hold = wait_for(ada, one)
    code = scan(one).pickup_code
    wait_for(ben, two)
    signs = iter(code + "CCCC" + code + "DDDD")
    monkeypatch.setattr("circumspect.records.holds.codes.secrets.choice", lambda _: next(signs))

    assert scan(two).pickup_code == "CCCC"  # ada's is taken
    assert placing.cancel(house, clerk, ada, hold, circumstance=SCANNED)
    Hold.objects.update(state="waiting", copy=None, pickup_code=None)

    assert scan(two).pickup_code == "DDDD"  # and is still on the slip in her book


@pytest.mark.clause("MP-4.12", "TH-1.21")
def test_whoever_takes_it_home_waits_no_more(house, wait_for, scan, ada, ben, book):
    wait_for(ada, book)
    later = wait_for(ben, book)
    scan(book)

    held = asked(shelf.held_for, item_id=book.id)
    assert held.link in placing.links_of(house, ada)
    assert held.link not in placing.links_of(house, ben)
    assert lend(house, ada, book)

    assert list(Hold.objects.values_list("id", flat=True)) == [later]
    assert HoldTally.objects.get(kind="filled").count == 1
    assert asked(shelf.held_for, item_id=book.id) is None
    assert not lend(house, ada, book)


def test_taking_another_copy_fills_the_hold_and_leaves_the_first_on_the_shelf(
    house, wait_for, scan, ada, shelve
):
    one, two = shelve(), shelve()
    wait_for(ada, one)
    code = scan(one).pickup_code

    assert lend(house, ada, two)

    assert not Hold.objects.exists()
    left = ShelfLeftover.objects.get()
    assert (left.item_id, left.pickup_code) == (one.id, code)


def test_a_copy_lent_past_somebodys_hold_puts_them_back_in_their_place(house, wait_for, scan, ada, ben, book):
    hold = wait_for(ada, book)
    scan(book)

    assert not lend(house, ben, book)

    waiting = Hold.objects.get()
    assert (waiting.id, waiting.state, waiting.copy_id, waiting.pickup_code) == (hold, "waiting", None, None)
    assert scan(book).hold_id == hold


def test_a_lost_copy_gives_its_hold_back_to_the_queue(wait_for, scan, ada, ben, shelve):
    one, two = shelve(), shelve()
    first, _second = wait_for(ada, one, branch="east"), wait_for(ben, one)
    scan(one)

    assert asked(shelf.release, item_id=one.id)
    assert not asked(shelf.release, item_id=one.id)

    assert scan(two).hold_id == first


def test_renewal_asks_how_many_others_could_have_this_copy_now(
    house, clerk, wait_for, scan, ada, ben, cyd, shelve
):
    one, two = shelve(), shelve()
    wait_for(ada, one)
    ben_waits = wait_for(ben, two, copy=True)
    cyd_waits = wait_for(cyd, one)

    def others(item, *patrons):
        links = [link for patron in patrons for link in placing.links_of(house, patron)]
        return asked(
            shelf.others_wait, title_id=item.title_id, item_id=item.id, links=links, today=house.today()
        )

    assert (others(one), others(one, ada), others(two, ada), others(two, ada, ben, cyd)) == (2, 1, 2, 0)
    placing.freeze(house, clerk, cyd, cyd_waits, circumstance=SCANNED)
    assert others(one, ada) == 0
    assert scan(two).hold_id != ben_waits  # the first in the queue can use any
    assert others(two) == 1


def test_a_copy_lent_to_us_is_due_when_its_library_says(book):
    assert asked(shelf.lender_due, item_id=book.id) is None
    VisitingCopy.objects.create(item=book, due_at=1_800_000_000)

    assert asked(shelf.lender_due, item_id=book.id) == 1_800_000_000


def test_where_nobody_waits_a_check_in_asks_two_questions(house, book, django_assert_num_queries):
    with django_assert_num_queries(2), connection.cursor() as cursor:
        shelf.trap(
            house, cursor, item_id=book.id, title_id=book.title_id, item_type="book", branch="main", now=0
        )
    with django_assert_num_queries(1), connection.cursor() as cursor:
        shelf.fill(cursor, title_id=book.title_id, item_id=book.id, links=[b"x" * 16])


@pytest.mark.parametrize("role", ["reference", "finance", "trustee", "communications"])
def test_only_those_at_the_desk_put_copies_aside(house, clerk, role):
    shelf.permit_trap(house, clerk)
    other = Actor(ActorKind.STAFF, "7", frozenset({role}), True, clerk.signed_version)

    with pytest.raises(Refused):
        shelf.permit_trap(house, other)


def test_two_desks_that_scan_at_once_serve_two_people(house, wait_for, ada, ben, shelve, monkeypatch):
    """The other desk takes the first hold after it was read here: this copy goes to the one behind."""
    one, two = shelve(), shelve()
    first, second = wait_for(ada, one), wait_for(ben, one)
    real = shelf._terms

    def other_desk_is_quicker(*args):
        monkeypatch.setattr(shelf, "_terms", real)
        Hold.objects.filter(id=first).update(state="in_transit", copy=two)
        return real(*args)

    monkeypatch.setattr(shelf, "_terms", other_desk_is_quicker)

    assert scan_at(house, one).hold_id == second


def test_a_day_at_the_desk_from_return_to_pick_up(house, clerk, wait_for, ada, ben, book):
    """Through lending itself: back from one, aside for the other, and out to nobody else."""
    lending.check_out(house, clerk, ben, book.barcode, branch="main")
    wait_for(ada, book)

    back = lending.check_in(house, clerk, book.barcode, branch="main")

    assert back.hold.on_shelf
    assert Item.objects.get(id=book.id).status == "hold_shelf"
    assert isinstance(
        lending.check_out(house, clerk, ben, book.barcode, branch="main"), lending.NotCheckedOut
    )
    assert isinstance(lending.check_out(house, clerk, ada, book.barcode, branch="main"), lending.CheckedOut)
    assert not Hold.objects.exists()
