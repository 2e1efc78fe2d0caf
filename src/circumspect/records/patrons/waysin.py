"""What somebody can sign in with on their own pages: the card, the PIN, the passkeys.

Every sign-in rests on them as they stood when it began. Where a card is lost or replaced, a PIN is set or a passkey is
taken away, by whomever and wherever, what was open before is open no more: nobody has to remember to end it.

Source: clauses TH-2.2, MP-4.15.
"""

from __future__ import annotations

import hashlib

from circumspect.records.patrons import finding
from circumspect.records.patrons.models import Passkey, Pin


def stamp(patron: int) -> bytes:
    """32 bytes that change whenever the card, the PIN or the passkeys of somebody do. Opens nothing."""
    card = finding.live_card(patron)
    pin = Pin.objects.filter(patron_id=patron).values_list("sealed_hash", flat=True).first()
    passkeys = Passkey.objects.filter(patron_id=patron).order_by("id").values_list("id", flat=True)
    told = (card.id if card else 0, bytes(pin or b"").hex(), *passkeys)
    return hashlib.sha256(repr(told).encode()).digest()
