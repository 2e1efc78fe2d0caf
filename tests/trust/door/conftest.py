"""What the door's tests ask with: one patron, and short ways to ask about her."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from circumspect.records.patrons.registration import Registration, register, sealed_fields
from circumspect.trust.door.door import Opening
from circumspect.trust.policy.request import Action, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed

LOOK = {
    "action": Action.VIEW,
    "purpose": Purpose.SERVE,
    "series": "registration",
    "fields": {"given_name", "family_name"},
    "circumstance": Circumstance.CARD_SCANNED,
}


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    """A patron."""
    return register(
        house, clerk, Registration("Zielińska", "Ada", email="ada@canary.example", phone="312 555 0142")
    )


@pytest.fixture
def ben(house: Any, clerk: Any) -> int:
    """Another."""
    return register(house, clerk, Registration("Okoye", "Ben"))


@pytest.fixture
def look(house: Any, clerk: Any) -> Callable[..., Opening]:
    """Look at a patron's name as the clerk, or as ``changes`` say."""

    def ask(*subjects: int, actor: Any = clerk, **changes: Any) -> Opening:
        opening: Opening = house.door.ask(actor, subjects=list(subjects), **{**LOOK, **changes})
        return opening

    return ask


@pytest.fixture
def sealed() -> Callable[[int, str], Sealed]:
    """One sealed field of a patron's registration."""
    return lambda patron, name: sealed_fields([patron], [name])[patron][1][name]


@pytest.fixture
def entries(house: Any) -> Callable[[], list[dict[str, Any]]]:
    """Every entry's body, oldest first."""
    return lambda: [dict(entry.body) for entry in house.ledger.entries(0, house.ledger.size())]
