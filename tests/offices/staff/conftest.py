"""A clerk with a password, a keeper, a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from staff_support import GOOD_PASSWORD, AesKeeper, Browser

from circumspect.offices.staff import accounts, passwords
from circumspect.offices.staff.models import StaffMember


@pytest.fixture(autouse=True)
def light_argon2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real hasher with a small memory: the promises here are about how often it runs."""
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)
    passwords._decoy.cache_clear()
    yield
    passwords._decoy.cache_clear()


@pytest.fixture
def keeper() -> AesKeeper:
    return AesKeeper()


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def clerk(db: None) -> StaffMember:
    return accounts.add_member("rosa", "Rosa Ibáñez", ["desk"], GOOD_PASSWORD).member
