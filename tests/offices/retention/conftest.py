"""Patrons of whom something is kept in every room, and somebody who may decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from retention_support import tie_rows

from circumspect.records.patrons import cards, notes
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.policy.request import Circumstance

FACING = Circumstance.CARD_SCANNED


@pytest.fixture
def director(clerk: Any) -> Any:
    """The Executive Director."""
    return replace(clerk, roles=frozenset({"executive_director"}))


@pytest.fixture
def known(house: Any, lead: Any) -> Callable[..., int]:
    """Register somebody, with a note, a PIN and a row in every table that holds links."""

    def make(family: str = "Zielińska", card: str = "21234000000018", **more: Any) -> int:
        patron = register(
            house,
            lead,
            Registration(
                family,
                "Ada",
                street="12 Bluestem Lane",
                city="Prairie Bend",
                postcode="62191",
                phone="217-555-0142",
                email="ada@example.org",
                birth_date=dt.date(1984, 3, 9),
                card_number=card,
                **more,
            ),
        )
        notes.add_note(
            house,
            lead,
            patron,
            kind=next(iter(notes.NOTE_KINDS)),
            text="Left an umbrella",
            expires_on=house.today() + dt.timedelta(days=30),
            circumstance=FACING,
        )
        cards.set_pin(house, lead, patron, "4711", circumstance=FACING)
        tie_rows(house, patron)
        return patron

    return make


@pytest.fixture
def ada(known: Callable[..., int]) -> int:
    """Somebody of whom something is kept everywhere."""
    return known()
