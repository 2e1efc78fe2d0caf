"""The pull list and the hold shelf: worked by copies, codes and days, with nobody on them."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

import pytest
from holds_support import SCANNED, lend

from circumspect.records.catalog.models import Item
from circumspect.records.holds import lists, placing
from circumspect.records.holds.lists import LeftOver, PullLine, ShelfLine
from circumspect.records.holds.models import Hold, HoldTally, ShelfLeftover
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def to_pull(house, clerk):
    """Barcodes of a branch's pull list, in order."""
    return lambda branch="main": [line.barcode for line in lists.pull_list(house, clerk, branch=branch)]


def test_each_branch_fetches_its_own_copies_in_the_order_of_its_shelves(
    house, clerk, wait_for, ada, ben, shelve, to_pull
):
    late = shelve("Zbrodnia", call_number="FIC Dos")
    early = shelve("Chemia", call_number="540 Che")
    east = shelve("Lalka", branch="east", call_number="FIC Pru")
    for item in (late, early, east):
        wait_for(ada, item, branch="east")

    assert to_pull() == [early.barcode, late.barcode]
    assert to_pull("east") == [east.barcode]
    assert lists.pull_list(house, clerk, branch="main")[0].pickup_branch == "east"


def test_one_copy_is_fetched_for_each_who_waits_and_none_for_nobody(wait_for, ada, ben, shelve, to_pull):
    copies = [shelve() for _ in range(3)]
    shelve("Nobody waits for this")
    wait_for(ada, copies[0])
    wait_for(ben, copies[0])

    assert len(to_pull()) == 2


def test_only_what_stands_on_a_shelf_is_fetched(wait_for, ada, shelve, to_pull):
    for number, status in enumerate(("on_loan", "missing", "hold_shelf", "in_transit", "damaged")):
        wait_for(
            ada, shelve(f"Title {number}", status=status), branch="main"
        ) if status != "missing" else None

    assert to_pull() == []


def test_a_list_that_is_being_worked_stands_still(house, wait_for, ada, ben, shelve, to_pull, scan):
    copies = [shelve(branch=branch) for branch in ("main", "east", "main")]
    wait_for(ada, copies[0])
    before = (to_pull("main"), to_pull("east"))
    shelve()
    wait_for(ben, copies[0], branch="east")

    assert (to_pull("main"), to_pull("east")) == (before[0], [copies[1].barcode])
    assert lists.retarget(house) == 0


def test_what_was_fetched_is_scanned_for_whom_it_was_fetched(wait_for, scan, ada, ben, shelve, to_pull):
    here, there = shelve(branch="main"), shelve(branch="east")
    first, second = wait_for(ada, here, branch="east"), wait_for(ben, here, branch="main")
    assert (to_pull("main"), to_pull("east")) == ([here.barcode], [there.barcode])

    assert scan(here, "main").hold_id == second
    assert scan(there, "east").hold_id == first


def test_a_copy_that_is_not_found_is_missing_and_another_is_fetched(
    house, clerk, wait_for, ada, shelve, to_pull
):
    gone, other = shelve(), shelve()
    wait_for(ada, gone)
    [first] = to_pull()
    target = Item.objects.get(barcode=first)

    assert lists.not_on_shelf(house, clerk, item_id=target.id, branch="main")

    target.refresh_from_db()
    assert target.status == "missing"
    assert to_pull() == [{gone.barcode, other.barcode}.difference({first}).pop()]
    assert not lists.not_on_shelf(house, clerk, item_id=target.id, branch="main")


def test_what_is_on_no_list_is_not_made_missing(house, clerk, book):
    assert not lists.not_on_shelf(house, clerk, item_id=book.id, branch="main")
    assert Item.objects.get().status == "available"


@pytest.mark.clause("MP-4.12")
def test_no_list_has_a_place_for_a_patron():
    names = {field.name for line in (PullLine, ShelfLine, LeftOver) for field in fields(line)}

    assert names == {
        "item_id", "barcode", "call_number", "collection", "title", "author", "pickup_branch",
        "hold_id", "code", "pick_up_by", "is_over",
    }  # fmt: skip


def test_the_shelf_is_listed_by_code_and_a_code_is_found_as_it_is_said(
    house, clerk, wait_for, scan, ada, ben, shelve
):
    one, two = shelve(), shelve("Lalka")
    wait_for(ada, one)
    wait_for(ben, two)
    codes = sorted(scan(item).pickup_code for item in (one, two))

    shelf = lists.shelf_list(house, clerk, branch="main")

    assert [line.code for line in shelf] == codes
    assert lists.shelf_list(house, clerk, branch="east") == []
    spoken = f" {codes[0][:2].lower()}-{codes[0][2:]}"
    assert lists.find_by_code(house, clerk, branch="main", code=spoken) == shelf[0]
    assert lists.find_by_code(house, clerk, branch="east", code=codes[0]) is None


def test_what_is_not_picked_up_in_time_goes_to_the_next(house, clerk, clock, wait_for, scan, ada, ben, book):
    wait_for(ada, book)
    second = wait_for(ben, book)
    code = scan(book).pickup_code
    clock.forward(days=7)
    assert lists.end_overdue(house, clerk, branch="main") == 0  # its last day
    clock.forward(days=1)
    assert lists.shelf_list(house, clerk, branch="main")[0].is_over

    assert lists.end_overdue(house, clerk, branch="east") == 0
    assert lists.end_overdue(house, clerk, branch="main") == 1

    assert lists.left_over(house, clerk, branch="main") == [LeftOver(code, book.barcode, "Nad Niemnem")]
    assert scan(book).hold_id == second
    assert lists.left_over(house, clerk, branch="main") == []
    assert HoldTally.objects.get(kind="shelf_expired").count == 1


def test_what_was_left_over_is_on_no_list_once_it_has_been_scanned(
    house, clerk, clock, wait_for, scan, ada, ben, book
):
    hold = wait_for(ada, book)
    scan(book)
    placing.cancel(house, clerk, ada, hold, circumstance=SCANNED)
    assert len(lists.left_over(house, clerk, branch="main")) == 1
    assert scan(book) is None

    assert lists.left_over(house, clerk, branch="main") == []
    lists.expire_shelf(house)
    assert not ShelfLeftover.objects.exists()
    wait_for(ben, book)
    scan(book)
    lend(house, ben, book)
    assert lists.left_over(house, clerk, branch="main") == []


def test_lists_are_for_those_at_the_desk_and_are_entered(house, clerk, book):
    for role in ("reference", "finance", "trustee", "communications", "system"):
        other = Actor(ActorKind.STAFF, "7", frozenset({role}), True, clerk.signed_version)
        for work in (
            lambda actor: lists.pull_list(house, actor, branch="main"),
            lambda actor: lists.shelf_list(house, actor, branch="main"),
            lambda actor: lists.left_over(house, actor, branch="main"),
            lambda actor: lists.find_by_code(house, actor, branch="main", code="CCCC"),
            lambda actor: lists.end_overdue(house, actor, branch="main"),
            lambda actor: lists.not_on_shelf(house, actor, item_id=book.id, branch="main"),
        ):
            before = house.ledger.size()
            with pytest.raises(Refused):
                work(other)
            assert house.ledger.size() == before + 1


@pytest.mark.parametrize("queue", [3, 60])
def test_targets_take_the_same_few_statements_however_long_the_queues(
    house, ada, shelve, django_assert_max_num_queries, queue
):
    copies = [shelve() for _ in range(3)]
    link = house.vault.link("holds", ada)
    Hold.objects.bulk_create(
        Hold(
            id=number,
            title_id=copies[0].title_id,
            pickup_branch="main",
            place=number,
            placed_on=house.today(),
            expires_on=house.today() + dt.timedelta(days=9),
            epoch=link.epoch,
            link=link.token,
            back=link.back,
        )
        for number in range(1, queue + 1)
    )

    # Rules, copies, wishes, and one write for all that changed, within a transaction of their own.
    with django_assert_max_num_queries(8):
        assert lists.retarget(house) == 3
    assert sorted(Hold.objects.exclude(target=None).values_list("id", flat=True)) == [1, 2, 3]
