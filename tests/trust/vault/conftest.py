"""A vault on its own: keys, key store and a clock, with no door and no records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from circumspect.home import Home
from circumspect.trust.vault.vault import EpochRule, Vault

RULES = {"loans": EpochRule(28, 365), "ledger": EpochRule(28, 180)}


@pytest.fixture
def open_vault(db: None, home: Home, clock: Any) -> Callable[[], Vault]:
    """Open the home's vault; each call is another process's view of it."""
    Vault.create(home)
    return lambda: Vault.open(home, RULES, lambda: _day(clock))


def _day(clock: Any) -> dt.date:
    day: dt.date = clock.now.date()
    return day


@pytest.fixture
def vault(open_vault: Callable[[], Vault]) -> Vault:
    """One vault, freshly made."""
    return open_vault()
