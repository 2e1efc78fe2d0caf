"""Two computers at a branch that never closes, and people with cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CARDS = ("21234000000018", "21234000000026", "21234000000034")
PIN = "4071"
DATABASES = ["default", "keys", "ledger"]


@dataclass
class Room:
    """An area, its seats and its people."""

    house: Any
    clock: Any
    seats: list[int]
    keys: list[str]
    patrons: list[int]

    def free(self) -> None:
        """Every client has started and wiped its machine."""
        from circumspect.records.computers import sitting

        for seat in self.seats:
            sitting.restarted(self.house, seat)
            assert sitting.confirm_wipe(self.house, seat)

    def sit(self, who: int = 0, at: int = 0, **more: Any) -> Any:
        """Somebody types their card and PIN."""
        from circumspect.records.computers import sitting

        return sitting.sign_in_card(self.house, self.seats[at], CARDS[who], PIN, **more)

    def get_up(self, at: int = 0) -> None:
        """End the session, and let the client wipe."""
        from circumspect.records.computers import sitting

        sitting.end(self.house, self.seats[at])
        sitting.confirm_wipe(self.house, self.seats[at])

    def state(self, at: int = 0) -> str:
        """Of a seat."""
        from circumspect.records.computers.models import Seat

        return str(Seat.objects.values_list("state", flat=True).get(id=self.seats[at]))


def open_room(house: Any, clerk: Any, clock: Any, seats: int = 2) -> Room:
    """Make it."""
    from circumspect.records.catalog.models import Branch
    from circumspect.records.computers import places
    from circumspect.records.patrons import cards
    from circumspect.records.patrons.registration import Registration, register
    from circumspect.trust.policy.request import Circumstance

    Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    places.put_area("adult", "Adult computers", "main", session_minutes=60)
    added = [places.add_seat(f"Main {number:02d}", "adult") for number in range(1, seats + 1)]
    patrons = []
    for card, name in zip(CARDS, ("Zielińska", "Okoye", "Quetzalcoatl"), strict=True):
        patron = register(house, clerk, Registration(name, "Ada", card_number=card))
        cards.set_pin(house, clerk, patron, PIN, circumstance=Circumstance.CARD_SCANNED)
        patrons.append(patron)
    return Room(house, clock, [each.id for each in added], [each.key for each in added], patrons)
