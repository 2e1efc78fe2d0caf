"""A library with machines, for SIP2's own tests."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher
from sip2_support import World, make_world


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: how slow the real ones are is tested where they are made."""
    from circumspect.offices.terminals import accounts
    from circumspect.records.patrons import cards

    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    for room in (accounts, cards):
        monkeypatch.setattr(room, "_HASHER", light)
        monkeypatch.setattr(room, "_THROW_AWAY", light.hash("0000"))


@pytest.fixture
def world(house: Any, clerk: Any) -> World:
    """A shelf, two patrons and a machine of each kind."""
    return make_world(house, clerk)
