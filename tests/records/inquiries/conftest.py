"""Letters of both classes, who works on them, and a patron who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from inquiries_support import SECRET, member

from circumspect.records.inquiries.intake import Letter, send_in
from circumspect.records.inquiries.rules import Kind
from circumspect.records.inquiries.shelves import Sender, Text
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.policy.request import Actor


@pytest.fixture
def librarian() -> Actor:
    """Answers questions."""
    return member("reference")


@pytest.fixture
def officer() -> Actor:
    """Answers requests for public records."""
    return member("foia_officer", id="8")


@pytest.fixture
def write(house: Any) -> Callable[..., int]:
    """Let somebody write to the library; the letter's number."""

    def write(kind: Kind = Kind.QUESTION, body: str = f"What do you have on {SECRET}?", **more: Any) -> int:
        patron = more.pop("patron", None)
        sender = more.pop("sender", Sender(f"Ada {SECRET}", f"{SECRET}@mail.example", ""))
        text = Text(more.pop("subject", ""), body, more.pop("answers", ()))
        return send_in(house, Letter(kind, text, sender, **more), patron=patron)

    return write


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    """A patron."""
    return register(house, clerk, Registration("Ada", "Lovelace", email="ada@mail.example"))


@pytest.fixture
def last_entry(house: Any) -> Callable[[], dict[str, Any]]:
    """What the ledger holds of the last question at the door."""

    def last_entry() -> dict[str, Any]:
        size = house.ledger.size()
        return dict(house.ledger.entries(size - 1, size)[0].body)

    return last_entry
