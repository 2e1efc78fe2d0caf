"""A shelf of books and two patrons, for circulation's own tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from circumspect.records.catalog.models import Branch, Collection, Item, ItemType, Title
from circumspect.records.patrons.registration import Registration, register


@pytest.fixture
def shelve(house: Any) -> Callable[..., str]:
    """Put an item on the shelf; its barcode."""
    Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    Collection.objects.get_or_create(code="adult", defaults={"name": "Adult"})
    for code in ("book", "dvd", "reference"):
        ItemType.objects.get_or_create(code=code, defaults={"name": code})
    title = Title.objects.get_or_create(source_key="t:1", defaults={"title": "Nad Niemnem"})[0]

    def shelve(item_type: str = "book", **fields: Any) -> str:
        barcode = f"X{Item.objects.count():08d}"
        Item.objects.create(
            barcode=barcode,
            title=title,
            item_type_id=item_type,
            branch_id="main",
            collection_id="adult",
            **fields,
        )
        return barcode

    return shelve


@pytest.fixture
def book(shelve: Callable[..., str]) -> str:
    """A book's barcode."""
    return shelve()


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    """A patron."""
    return register(house, clerk, Registration("Zielińska", "Ada", card_number="21234000000018"))


@pytest.fixture
def ben(house: Any, clerk: Any) -> int:
    """Another."""
    return register(house, clerk, Registration("Okoye", "Ben", card_number="21234000000026"))
