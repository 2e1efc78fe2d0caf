"""Two branches, shelves with copies of titles, and three patrons, for the tests of holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from circumspect.records.catalog.models import Branch, Collection, Item, ItemType, Title
from circumspect.records.patrons.registration import Registration, register


@pytest.fixture
def shelve(house: Any) -> Callable[..., Item]:
    """Put a copy on a shelf."""
    for code in ("main", "east"):
        Branch.objects.get_or_create(code=code, defaults={"name": f"{code} branch"})
    Collection.objects.get_or_create(code="adult", defaults={"name": "Adult"})
    for code in ("book", "dvd", "map"):
        ItemType.objects.get_or_create(code=code, defaults={"name": code})

    def shelve(
        title: str = "Nad Niemnem", branch: str = "main", item_type: str = "book", **fields: Any
    ) -> Item:
        work = Title.objects.get_or_create(source_key=title, defaults={"title": title})[0]
        return Item.objects.create(
            barcode=f"X{Item.objects.count():08d}",
            title=work,
            item_type_id=item_type,
            branch_id=branch,
            collection_id="adult",
            **fields,
        )

    return shelve


@pytest.fixture
def book(shelve: Callable[..., Item]) -> Item:
    """A copy at the main branch."""
    return shelve()


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    """A patron."""
    return register(house, clerk, Registration("Zielińska", "Ada", card_number="21234000000018"))


@pytest.fixture
def ben(house: Any, clerk: Any) -> int:
    """Another."""
    return register(house, clerk, Registration("Okoye", "Ben", card_number="21234000000026"))


@pytest.fixture
def cyd(house: Any, clerk: Any) -> int:
    """A third."""
    return register(house, clerk, Registration("Qureshi", "Cyd", card_number="21234000000034"))


@pytest.fixture
def wait_for(house: Any, clerk: Any) -> Callable[..., int]:
    """Place a hold at the desk; its number."""
    from holds_support import place

    return lambda patron, item, **more: place(house, clerk, patron, item, **more)


@pytest.fixture
def scan(house: Any) -> Callable[..., Any]:
    """What a check-in does with a copy: trap it, and say where it stands."""
    from holds_support import scan

    return lambda item, branch="main": scan(house, item, branch)
