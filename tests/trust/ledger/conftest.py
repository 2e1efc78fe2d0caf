"""Fixtures of the ledger's own tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ledger_world import make_body, make_mark, make_signer

from circumspect.trust.ledger.body import Mark
from circumspect.trust.ledger.checkpoint import Signer
from circumspect.trust.ledger.store import Ledger


@pytest.fixture(scope="session")
def a_body() -> Callable[..., dict[str, object]]:
    return make_body


@pytest.fixture(scope="session")
def a_mark() -> Callable[..., Mark]:
    return make_mark


@pytest.fixture
def signer() -> Signer:
    return make_signer()


@pytest.fixture
def ledger(signer: Signer, clock: Any) -> Ledger:
    return Ledger(signer, clock=clock)
