"""A room with two computers, for the tests of this folder."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher
from computers_support import Room, open_room


@pytest.fixture(autouse=True)
def light_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hasher with a small memory: nothing here is about its strength."""
    from circumspect.records.patrons import cards

    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(cards, "_HASHER", hasher)
    monkeypatch.setattr(cards, "_THROW_AWAY", hasher.hash("0000"))


@pytest.fixture
def room(house: Any, clerk: Any, clock: Any) -> Room:
    """Two seats, wiped and free; three people with cards."""
    made = open_room(house, clerk, clock)
    made.free()
    return made
