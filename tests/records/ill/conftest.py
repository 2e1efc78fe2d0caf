"""A library with two branches, two partner libraries and two patrons, for the tests of interlibrary loans."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from circumspect.records.catalog.models import Branch, Item, ItemType, Title
from circumspect.records.ill import asking, supplying, working
from circumspect.records.ill.citations import Citation
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.policy.request import Circumstance

CITATION = Citation("Traktat o łuskaniu fasoli", "Myśliwski, Wiesław", "2006", isbn="9788324007561")


@pytest.fixture
def libraries(house: Any, clerk: Any) -> None:
    """Branches and partners."""
    for code in ("main", "east"):
        Branch.objects.create(code=code, name=f"{code} branch")
    supplying.put_library(house, clerk, code="CHIPL", name="Chicago Public", address="400 S State St")
    supplying.put_library(house, clerk, code="EVANS", name="Evanston Public")


@pytest.fixture
def citation() -> Citation:
    """A book that another library has."""
    return CITATION


@pytest.fixture
def request_of(house: Any, clerk: Any) -> Callable[..., int]:
    """Write a request down at the desk; its id."""

    def request_of(patron: int, citation: Citation = CITATION, branch: str = "main") -> int:
        asked = asking.ask(
            house, clerk, patron, citation, pickup_branch=branch, circumstance=Circumstance.CARD_SCANNED
        )
        assert isinstance(asked, asking.Asked), asked
        return asked.request_id

    return request_of


@pytest.fixture
def arrive(house: Any, clerk: Any) -> Callable[..., Any]:
    """The book comes in."""

    def arrive(request_id: int, barcode: str = "ILL00001", days: int = 30, branch: str = "main") -> Any:
        due_on = house.today() + dt.timedelta(days=days)
        return working.receive(house, clerk, request_id, barcode=barcode, due_on=due_on, branch=branch)

    return arrive


@pytest.fixture
def here(
    house: Any, clerk: Any, arrive: Callable[..., Any], request_of: Callable[..., int]
) -> Callable[..., Any]:
    """From the wish to the hold shelf; the request's id and what arrived."""

    def here(patron: int, **more: Any) -> tuple[int, Any]:
        number = request_of(patron)
        working.send(house, clerk, number, lender="CHIPL")
        return number, arrive(number, **more)

    return here


@pytest.fixture
def own_copy() -> Item:
    """A copy of ours on the shelf."""
    ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})
    title = Title.objects.create(source_key="t:1", title="Nad Niemnem")
    return Item.objects.create(barcode="X00000001", title=title, item_type_id="book", branch_id="main")


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    """A patron."""
    return register(house, clerk, Registration("Zielińska", "Ada", card_number="21234000000018"))


@pytest.fixture
def ben(house: Any, clerk: Any) -> int:
    """Another."""
    return register(house, clerk, Registration("Okoye", "Ben", card_number="21234000000026"))
