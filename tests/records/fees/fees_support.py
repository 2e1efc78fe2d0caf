"""What the tests of fees share besides fixtures."""

from __future__ import annotations

from pathlib import Path

from django.db import connections

from circumspect.trust.policy.request import Actor, ActorKind

# Eight bytes that stand nowhere by chance: SQLite keeps a number this large as it is.
ITEM = 0x5A17C0DE7E57AB1E
TITLE = "Canary of Canterbury"


def on_disk() -> bytes:
    """Database, write-ahead log and shared memory of the records, as a thief copies them; SQLite only."""
    path = Path(connections["default"].settings_dict["NAME"])
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


def member(*roles: str) -> Actor:
    """A member of staff with these roles, who has signed the version in force."""
    return Actor(ActorKind.STAFF, "9", frozenset(roles), signed_version="2026-11")
