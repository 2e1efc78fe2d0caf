"""Short ways to register and to look, for the patrons' own tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from circumspect.records.patrons.registration import Registration, open_records, register
from circumspect.trust.policy.request import Action, Circumstance, Purpose


@pytest.fixture
def enrol(house: Any, clerk: Any) -> Callable[..., int]:
    """Register somebody at the desk."""

    def enrol(family_name: str = "Zielińska", given_name: str = "Ada", **fields: Any) -> int:
        return register(house, clerk, Registration(family_name, given_name, **fields))

    return enrol


@pytest.fixture
def opened(house: Any, lead: Any) -> Callable[..., Any]:
    """Fields of one patron's record, opened as on the edit form."""

    def opened(patron: int, *names: str) -> Any:
        return open_records(
            house,
            lead,
            [patron],
            names,
            purpose=Purpose.MAINTAIN,
            circumstance=Circumstance.CARD_SCANNED,
            action=Action.VIEW,
        )[0]

    return opened
