"""Computers for the desk's tests: an area with seats that are clean, and a card with a PIN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk_support import ADA_CARD, patron_of

PIN = "4071"


@dataclass
class Seats:
    """Names, ids and keys of the seats, in order."""

    ids: list[int]
    keys: list[str]


def add_computers(house: Any, actor: Any, how_many: int = 3) -> Seats:
    """An area at the main branch, open all day; Ada has a PIN."""
    from circumspect.records.computers import panel, places
    from circumspect.records.patrons import cards
    from circumspect.trust.policy.request import Circumstance

    places.put_area("adult", "Adult computers", "main", session_minutes=60)
    added = [places.add_seat(f"Main {number:02d}", "adult") for number in range(1, how_many + 1)]
    for seat in added:
        panel.clear_by_hand(house, actor, seat.id)
    cards.set_pin(house, actor, patron_of(house, ADA_CARD), PIN, circumstance=Circumstance.CARD_SCANNED)
    return Seats([each.id for each in added], [each.key for each in added])
