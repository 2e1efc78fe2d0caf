"""What the tests of reading histories share."""

from __future__ import annotations

from circumspect.trust.policy.request import Actor, ActorKind

TITLES = ("Lalka", "Nad Niemnem", "Pan Tadeusz")
ITEMS = tuple(f"3123400000001{n}" for n in range(3))
# Long enough to lock with, and in no other value.
PIN, OTHER_PIN = "73915648", "20486917"


def themself(patron: int) -> Actor:
    """A patron, signed in."""
    return Actor(ActorKind.PATRON, str(patron))
