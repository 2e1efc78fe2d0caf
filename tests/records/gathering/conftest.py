"""A patron about whom every room keeps something."""

from __future__ import annotations

from typing import Any

import pytest
from gathering_support import furnish


@pytest.fixture
def ada(house: Any, lead: Any) -> int:
    """A patron with a loan, a hold, a request, a fee, a note, a card, a booking and a notice."""
    return furnish(house, lead)
