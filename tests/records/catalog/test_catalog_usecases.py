"""Putting titles and items in, safely again and again, and asking after them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from circumspect.records.catalog import models
from circumspect.records.catalog.facts import (
    BarcodeTakenError,
    BranchFacts,
    ItemFacts,
    ItemTypeFacts,
    TitleFacts,
    UnknownCodeError,
)
from circumspect.records.catalog.models import Branch, Item, ItemStatus, Title, TitleIsbn
from circumspect.records.catalog.usecases import (
    availability,
    item_by_barcode,
    item_by_id,
    plan_items,
    plan_titles,
    put_branch,
    put_collection,
    put_item_type,
    set_item_status,
    upsert_item,
    upsert_items,
    upsert_title,
    upsert_titles,
)

pytestmark = pytest.mark.django_db(databases=["default"])

EMMA = TitleFacts(
    "t:1", "Emma", author="Austen, Jane", subjects=("Matchmaking",), year=1815, isbns=("0-14-143958-2",)
)


@pytest.fixture(autouse=True)
def _shelves():
    put_branch(BranchFacts("main", "Main Library"))
    put_branch(BranchFacts("east", "East Branch"))
    put_item_type(ItemTypeFacts("book", "Book", replacement_cents=2500))
    put_item_type(ItemTypeFacts("reference", "Reference", lendable=False))
    put_collection("local", "Local history")


def a_copy(barcode: str = "31234000000016", **told) -> ItemFacts:
    title = told.pop("title_id", None) or upsert_title(EMMA)
    return ItemFacts(barcode, title, **{"item_type": "book", "branch": "main", **told})


def test_the_same_title_twice_is_one_title_and_changes_nothing():
    first = upsert_titles([EMMA])
    second = upsert_titles([EMMA])

    assert (first.added, second.added, second.changed, second.unchanged) == (1, 0, 0, 1)
    assert first.ids == second.ids
    assert Title.objects.count() == TitleIsbn.objects.count() == 1


def test_a_corrected_title_keeps_its_id_and_its_isbns_follow():
    number = upsert_title(EMMA)

    assert upsert_title(replace(EMMA, title="Emma: a novel", isbns=("9780141439587",))) == number

    assert Title.objects.get().title == "Emma: a novel"
    assert list(TitleIsbn.objects.values_list("isbn13", flat=True)) == ["9780141439587"]


def test_what_new_facts_leave_empty_stays():
    upsert_title(EMMA)

    outcome = upsert_titles([TitleFacts("t:1", "Emma")])

    assert outcome.unchanged == 1
    assert Title.objects.get().author == "Austen, Jane"


def test_planning_says_the_same_and_writes_nothing():
    upsert_title(EMMA)
    batch = [EMMA, replace(EMMA, source_key="t:2"), replace(EMMA, year=1816)]

    outcome = plan_titles(batch[:2])

    assert (outcome.added, outcome.unchanged) == (1, 1)
    assert plan_titles(batch[2:]).changed == 1
    assert plan_items([a_copy()]).added == 1
    assert Title.objects.count() == 1
    assert Item.objects.count() == 0


def test_a_second_import_does_not_put_a_book_on_loan_back_on_the_shelf():
    number = upsert_item(a_copy())
    set_item_status(number, ItemStatus.ON_LOAN)

    upsert_item(a_copy(call_number="FIC AUS"))

    item = item_by_id(number)
    assert item is not None
    assert (item.status, item.call_number) == ("on_loan", "FIC AUS")


@pytest.mark.parametrize("barcode", ["21234000000018", "", "<script>", "2.1234E+13"])
def test_a_patron_card_or_nonsense_is_no_item_barcode(barcode):
    with pytest.raises(BarcodeTakenError) as refusal:
        upsert_item(a_copy(barcode))

    assert not barcode or barcode not in str(refusal.value)
    assert Item.objects.count() == 0


@pytest.mark.parametrize("told", [{"branch": "mars"}, {"item_type": "scroll"}, {"collection": "x"}])
def test_an_unknown_code_refuses_the_whole_batch(told):
    with pytest.raises(UnknownCodeError) as refusal:
        upsert_items([a_copy("31234000000016"), a_copy("P17", **told)])

    assert refusal.value.kind == next(iter(told))
    assert Item.objects.count() == 0


def test_an_item_is_found_by_its_barcode_however_it_was_scanned():
    number = upsert_item(a_copy(collection="local"))

    item = item_by_barcode("A31234000000016B")

    assert item is not None
    assert (item.id, item.title, item.item_type, item.branch) == (number, "Emma", "book", "main")
    assert (item.lendable, item.collection, item.replacement_cents) == (True, "local", 2500)


@pytest.mark.parametrize("scan", ["", "31234000000024", "a\x00b", "\ud800", "' OR 1=1 --", "9" * 5000])
def test_no_scan_at_all_raises(scan):
    assert item_by_barcode(scan) is None


def test_finding_an_item_costs_one_statement():
    upsert_item(a_copy())

    with CaptureQueriesContext(
        connection,
    ) as asked:
        item_by_barcode("31234000000016")

    assert len(asked) == 1


def test_the_second_of_two_desks_learns_that_it_was_too_late():
    number = upsert_item(a_copy())

    assert set_item_status(number, ItemStatus.ON_LOAN, was=ItemStatus.AVAILABLE)
    assert not set_item_status(number, ItemStatus.LOST, was=ItemStatus.AVAILABLE)

    item = item_by_id(number)
    assert item is not None
    assert item.status == "on_loan"


def test_availability_counts_shelves_and_leaves_out_what_was_withdrawn():
    title = upsert_title(EMMA)
    statuses = [ItemStatus.AVAILABLE, ItemStatus.ON_LOAN, ItemStatus.WITHDRAWN]
    upsert_items([a_copy(f"X{n}", title_id=title, status=status) for n, status in enumerate(statuses)])
    upsert_item(a_copy("X9", title_id=title, branch="east"))

    held = availability(title)

    assert (held.copies, held.available) == (3, 2)
    assert held.branches == {"main": (2, 1), "east": (1, 1)}


def test_a_batch_of_titles_costs_statements_by_the_batch_and_not_by_the_title():
    with CaptureQueriesContext(connection) as ten:
        upsert_titles([replace(EMMA, source_key=f"a:{n}") for n in range(10)])
    with CaptureQueriesContext(connection) as many:
        upsert_titles([replace(EMMA, source_key=f"b:{n}") for n in range(60)])

    assert len(many) <= len(ten) + 4


def test_texts_are_cut_to_their_columns_and_cleaned_of_what_no_database_takes():
    upsert_title(TitleFacts("t:\x00odd", "A\x00B\ud800 " + "long " * 1000, author="x" * 5000, year=99999))

    title = Title.objects.get()
    assert title.title.startswith("A B long")
    assert len(title.title) <= 1000
    assert title.year is None


def test_putting_a_branch_again_without_hours_keeps_its_hours():
    put_branch(BranchFacts("main", "Main", hours=((("09:00", "17:00"),),) * 7))
    put_branch(BranchFacts("main", "Main Street Library"))

    branch = Branch.objects.get(code="main")
    assert branch.name == "Main Street Library"
    assert len(branch.hours) == 7


@pytest.mark.clause("TH-1.11")
def test_no_table_of_the_catalog_has_a_place_for_a_borrower_or_a_history():
    columns = {
        field.name
        for model in (
            models.Branch,
            models.ItemType,
            models.Collection,
            models.Title,
            models.TitleIsbn,
            models.Item,
        )
        for field in model._meta.get_fields()
        if field.concrete
    }

    for word in ("patron", "borrow", "card", "last", "loan", "issue", "count", "user"):
        assert not [name for name in columns if word in name]
