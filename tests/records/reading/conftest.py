"""A library with a few copies and two patrons, one of whom wants a reading history."""

from __future__ import annotations

from typing import Any

import pytest
from reading_support import ITEMS, TITLES

from circumspect.records.catalog.models import Branch, Item, ItemType, Title
from circumspect.records.circulation.rulebook import RULE_BOOK, put_terms
from circumspect.records.circulation.rules import LoanTerms
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.vault import ownbox


@pytest.fixture(autouse=True)
def light_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real lock with a small memory: nothing here is about its strength."""
    monkeypatch.setattr(ownbox, "MEMORY_KIB", 64)
    monkeypatch.setattr(ownbox, "PASSES", 1)


@pytest.fixture
def shelves(house: Any) -> None:
    """A branch and three copies, to be lent by one rule."""
    Branch.objects.create(code="main", name="Main")
    ItemType.objects.create(code="book", name="Book")
    for barcode, name in zip(ITEMS, TITLES, strict=True):
        title = Title.objects.create(source_key=barcode, title=name)
        Item.objects.create(barcode=barcode, title=title, item_type_id="book", branch_id="main")
    put_terms([LoanTerms("", "", "", period=21, renewals=2, max_items=20)])
    RULE_BOOK.forget()


@pytest.fixture
def ada(house: Any, clerk: Any, shelves: None) -> int:
    """A patron."""
    return register(house, clerk, Registration("Zielińska", "Ada", card_number="21234000000018"))


@pytest.fixture
def ben(house: Any, clerk: Any, shelves: None) -> int:
    """Another."""
    return register(house, clerk, Registration("Okoye", "Ben", card_number="21234000000026"))
