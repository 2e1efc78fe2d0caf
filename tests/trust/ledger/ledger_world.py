"""Entries and marks as the door makes them; used by the ledger's tests and by the processes they start."""

from __future__ import annotations

import os
import secrets
from typing import Any

from circumspect.trust.ledger.body import Mark
from circumspect.trust.ledger.checkpoint import Signer

SEED = bytes(range(32))


def make_signer() -> Signer:
    """The signer that all of these tests share."""
    return Signer(SEED, "library.example/ledger")


def make_body(**changes: Any) -> dict[str, object]:
    """A whole entry; ``changes`` replaces keys."""
    body: dict[str, object] = {
        "at": "2026-11-22T15:04:05Z",
        "actor": "staff:17",
        "roles": ["circulation_lead", "desk"],
        "signed_version": "2026-11",
        "version_in_force": "2026-11",
        "policy": "ab" * 32,
        "action": "view",
        "purpose": "serve at the desk",
        "series": "registration",
        "fields": ["family_name", "given_name"],
        "circumstance": "card just scanned",
        "reason": None,
        "own_record": False,
        "own_staff_record": False,
        "active": True,
        "subjects": 1,
        "outcome": "allowed",
        "rules": ["desk-serves"],
        "clauses": ["MP-5.2", "TH-1.19"],
        "nonce": secrets.token_hex(16),
    }
    return body | changes


def make_mark(epoch: int = 3, link: bytes | None = None) -> Mark:
    """A mark of some subject."""
    return Mark(epoch, link or os.urandom(16), os.urandom(60), os.urandom(32))
