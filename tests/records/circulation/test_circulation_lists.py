"""Lists for the desk: what is late names whom to call, through the door; the others name nobody."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from circumspect.records.circulation import ladders, lending, lists
from circumspect.records.circulation.stages import Stage
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import Refused

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def ada(house, clerk):
    return register(house, clerk, Registration("Zielińska", "Ada", phone="217-555-0142"))


@pytest.fixture
def lend(house, clerk):
    return lambda patron, barcode, branch="main": lending.check_out(
        house, clerk, patron, barcode, branch=branch
    )


def test_what_is_late_says_whom_to_call_longest_first(house, clerk, lend, clock, ada, ben, shelve):
    first, second, third = shelve(), shelve(), shelve()
    lend(ada, first)
    clock.forward(days=30)
    lend(ben, second)
    clock.forward(days=25)
    lend(ada, third)

    page = lists.overdue(house, clerk)

    assert [(line.item.barcode, line.days_late, line.stage) for line in page.lines] == [
        (first, 34, Stage.LONG_OVERDUE),
        (second, 4, Stage.OVERDUE),
    ]
    borrowers = [line.borrower for line in page.lines]
    assert [(each.family_name, each.given_name) for each in borrowers] == [
        ("Zielińska", "Ada"),
        ("Okoye", "Ben"),
    ]
    assert borrowers[0].phone.endswith("0142")
    assert page.next_place is None


@pytest.mark.clause("MP-7.15")
def test_a_page_is_one_question_for_each_series_and_says_of_how_many(
    house, clerk, lend, clock, ada, ben, shelve
):
    for patron in (ada, ada, ben):
        lend(patron, shelve())
    clock.forward(days=30)
    before = house.ledger.size()

    lists.overdue(house, clerk)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["action"], b["series"], b["circumstance"], b["subjects"]) for b in bodies] == [
        ("view", "loans", "working a list", 2),
        ("view", "registration", "working a list", 2),
    ]
    assert bodies[1]["fields"] == ["family_name", "given_name", "phone"]


def test_pages_follow_each_other_and_miss_nobody(house, clerk, lend, clock, ada, shelve):
    books = [shelve() for _ in range(7)]
    for barcode in books:
        lend(ada, barcode)
    clock.forward(days=30)

    seen, after = [], None
    for _ in range(9):
        page = lists.overdue(house, clerk, after=after, most=3)
        seen += [line.item.barcode for line in page.lines]
        after = page.next_place
        if after is None:
            break

    assert seen == books


def test_a_branch_sees_what_it_lent_and_a_forgotten_patron_is_nobody(
    house, clerk, lend, clock, ada, ben, shelve
):
    here, there = shelve(), shelve()
    lend(ada, here)
    lend(ben, there, "east")
    clock.forward(days=30)
    upkeep.erase(house, ada)

    assert [line.item.barcode for line in lists.overdue(house, clerk, branch="east").lines] == [there]
    assert {line.item.barcode: line.borrower for line in lists.overdue(house, clerk).lines}[here] is None


def test_an_empty_list_asks_nobody(house, clerk, lend, ada, book):
    lend(ada, book)
    before = house.ledger.size()

    assert lists.overdue(house, clerk).lines == ()

    assert house.ledger.size() == before


@pytest.mark.parametrize("role", ["reference", "finance", "trustee", "system", "communications"])
def test_who_is_not_at_the_desk_sees_nobodys_late_items(house, lend, clock, clerk, ada, book, role):
    from dataclasses import replace

    lend(ada, book)
    clock.forward(days=30)

    with pytest.raises(Refused):
        lists.overdue(house, replace(clerk, roles=frozenset({role})))


def test_a_page_costs_the_same_statements_whatever_stands_on_it(house, clerk, lend, clock, ada, shelve):
    counts = []
    for more in (3, 27):
        for _ in range(more):
            lend(ada, shelve())
        clock.forward(days=30)
        with CaptureQueriesContext(connection) as queries:
            lists.overdue(house, clerk)
        counts.append(len(queries))

    # Links and what is out; and once, whether any of it is the asking colleague's own.
    assert counts[0] == counts[1] == 3


@pytest.mark.clause("TH-1.11")
def test_the_other_lists_are_about_items_and_ask_nothing_of_anybody(house, clerk, lend, clock, ada, shelve):
    claimed, gone, lost, mislaid = shelve(), shelve(), shelve(), shelve(status="missing")
    for barcode in (claimed, lost):
        lend(ada, barcode)
    clock.forward(days=64)
    ladders.claim_returned(house, clerk, ada, claimed)
    ladders.give_up_lost(house)
    lending.check_in(house, clerk, gone, branch="east")
    before = house.ledger.size()

    assert [line.item.barcode for line in lists.claims()] == [claimed]
    assert [line.item.barcode for line in lists.lost()] == [lost]
    assert [line.item.barcode for line in lists.missing()] == [mislaid]
    [sent] = lists.in_transit()
    assert (sent.item.barcode, sent.to_branch, sent.since) == (gone, "main", house.today())
    assert lists.claims(branch="east") == []
    assert lists.lost()[0].due_at is not None

    assert house.ledger.size() == before


def test_a_line_prints_as_nothing(house, clerk, lend, clock, ada, book):
    lend(ada, book)
    clock.forward(days=30)

    assert "Ziel" not in repr(lists.overdue(house, clerk))
