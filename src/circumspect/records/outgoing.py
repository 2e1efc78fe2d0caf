"""A mail that is to leave the house, as records hand it to whoever has the line: see the transports of the offices.

Records know what a mail says and whom it is for; how it leaves is a function that is handed in.

Source: clauses MP-4.8, TH-1.12.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from circumspect.trust.door.house import House

_PROOF = 8


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """One mail to one reader. Prints as nothing.

    Attributes:
        id: A random number, for the message's own id.
        headers: Beside the usual ones, such as Reply-To.
        came_from: Where it is to come back to if it cannot be delivered; "" for the library's usual address.
    """

    id: int
    to: str
    language: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    came_from: str = ""


class Became(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    REFUSED = "refused"  # this address takes no mail
    LATER = "later"  # certainly not sent; try again
    UNSURE = "unsure"  # perhaps sent: it is not sent again


Send = Callable[[Outgoing], Became]


def code(house: House, use: str, number: int) -> str:
    """A keyed code for a number and one use: it cannot be made up, and says nothing of anybody."""
    body = number.to_bytes(8, "big")
    raw = body + house.vault.proof(use, body.hex())[:_PROOF]
    return base64.b32encode(raw).decode().rstrip("=").lower()


def read_code(house: House, use: str, text: str) -> int | None:
    """The number of a code that is ours and for this use, None for any other text."""
    if not 0 < len(text) <= 40 or not text.isascii():
        return None
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    body, proof = raw[:8], raw[8:]
    if len(raw) != 8 + _PROOF:
        return None
    good = hmac.compare_digest(proof, house.vault.proof(use, body.hex())[:_PROOF])
    return int.from_bytes(body, "big") if good else None
