"""Patrons, an item with a tell-tale number, and short ways to charge and settle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from fees_support import ITEM, TITLE

from circumspect.records.catalog.models import Branch, Item, ItemType, Title
from circumspect.records.fees import account as accounts
from circumspect.records.fees import charging, deposits, settling
from circumspect.records.fees.rules import FeeKind, Method
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.policy.request import Circumstance

OPEN = Circumstance.OPEN_TRANSACTION


@pytest.fixture
def item(house: Any) -> int:
    """An item's number."""
    Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})
    title = Title.objects.get_or_create(source_key="t:1", defaults={"title": TITLE})[0]
    Item.objects.create(id=ITEM, barcode="39999000000011", title=title, item_type_id="book", branch_id="main")
    return ITEM


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    """A patron."""
    return register(house, clerk, Registration("Zielińska", "Ada", card_number="21234000000018"))


@pytest.fixture
def ben(house: Any, clerk: Any) -> int:
    """Another."""
    return register(house, clerk, Registration("Okoye", "Ben", card_number="21234000000026"))


@pytest.fixture
def charge(house: Any) -> Callable[..., int]:
    """Charge somebody, as circulation does."""

    def charge(
        patron: int,
        cents: int,
        kind: FeeKind = FeeKind.OVERDUE,
        item: int | None = None,
        branch: str = "main",
    ) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            return charging.charge(
                house, cursor, patron, kind, cents, branch=branch, item_id=item, today=house.today()
            )

    return charge


@pytest.fixture
def pay(house: Any, clerk: Any) -> Callable[..., settling.Receipt]:
    """Pay at the desk, in cash where nothing else is said."""

    def pay(patron: int, cents: int, method: Method = Method.CASH, **more: Any) -> settling.Receipt:
        return settling.pay(
            house, clerk, patron, cents, method=method, branch="main", circumstance=OPEN, **more
        )

    return pay


@pytest.fixture
def top_up(house: Any, clerk: Any) -> Callable[..., int]:
    """Put cash on a deposit."""

    def top_up(patron: int, cents: int) -> int:
        return deposits.top_up(
            house, clerk, patron, cents, method=Method.CASH, branch="main", circumstance=OPEN
        )

    return top_up


@pytest.fixture
def account(house: Any, clerk: Any) -> Callable[[int], accounts.Account]:
    """The money side of somebody, as the desk opens it."""
    return lambda patron: accounts.account(house, clerk, patron, circumstance=OPEN)


@pytest.fixture
def owed(house: Any) -> Callable[[int], int]:
    """What somebody owes, as circulation asks."""

    def owed(patron: int) -> int:
        with connection.cursor() as cursor:
            return charging.owed(cursor, list(house.vault.links(charging.SERIES, patron).values()))

    return owed
