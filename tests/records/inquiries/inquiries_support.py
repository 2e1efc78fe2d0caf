"""Who works letters, and the word that must show nowhere."""

from __future__ import annotations

from circumspect.trust.policy.request import Actor, ActorKind, Role

VERSION = "2026-11"
SECRET = "Qzvexwort"
EVERY_OTHER_ROLE = tuple(str(role) for role in Role if role is not Role.REFERENCE)


def member(*roles: str, id: str = "7") -> Actor:
    """A member of staff who has signed."""
    return Actor(ActorKind.STAFF, id, frozenset(roles), True, VERSION)
