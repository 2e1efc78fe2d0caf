"""An act that a machine sends twice, because it heard no answer, is done once.

On one connection the standard's sequence number tells: the same act with the same number is the same act, and
gets the answer it had. A payment is told from another after the line was lost too, by the number that its machine
gave it (BK), its own time and all else that it says: money taken once is booked once.

In memory alone, as keyed hashes, for minutes: no card number, PIN or item is kept here.

Pure but for the key: times come in.

Source: SIP2 2.00, sequence numbers and BK; issue "The circulation desk complete", section 2.
"""

from __future__ import annotations

import os
from dataclasses import astuple, dataclass, field
from hashlib import blake2b
from typing import Any

from circumspect.faces.sip2 import codec

RESEND_SECONDS = 60.0
PAYMENT_SECONDS = 600.0
MOST_KEPT = 4096
_ACTS = (
    codec.CheckOut,
    codec.CheckIn,
    codec.Renew,
    codec.RenewAll,
    codec.FeePaid,
    codec.Hold,
    codec.BlockPatron,
)


@dataclass(slots=True)
class Resends:
    """What was done lately, by what it was asked with.

    Attributes:
        _key: Of the hashes; dies with the process.
        _paid: The answers to payments that were booked, and until when they are kept.
    """

    _key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)
    _paid: dict[bytes, tuple[float, codec.Message]] = field(default_factory=dict, repr=False)

    def act(self, message: codec.Message, sequence: str | None) -> bytes:
        """What stands for an act on its own connection; b"" for what changes nothing, or bears no number."""
        if sequence is None or not isinstance(message, _ACTS):
            return b""
        return self._digest(sequence, message)

    def payment(self, who: str, message: codec.Message) -> bytes:
        """What stands for a payment of one machine; b"" for anything else, or where it bears no number."""
        if not isinstance(message, codec.FeePaid) or not (message.transaction or "").strip():
            return b""
        return self._digest(who, message)

    def booked(self, payment: bytes, answer: codec.Message, now: float) -> None:
        """Keep the answer to a payment; the oldest go where there are too many."""
        if not payment or not isinstance(answer, codec.FeeAccepted) or answer.accepted != "Y":
            return
        for each in [each for each, (until, _answer) in self._paid.items() if until <= now]:
            del self._paid[each]
        while len(self._paid) >= MOST_KEPT:
            del self._paid[next(iter(self._paid))]
        self._paid[payment] = (now + PAYMENT_SECONDS, answer)

    def answer_to(self, payment: bytes, now: float) -> codec.Message | None:
        """The answer that this very payment had; None where it is to be booked."""
        until, answer = self._paid.get(payment, (0.0, None))
        return answer if now < until else None

    def _digest(self, about: str, message: Any) -> bytes:
        said = repr((about, type(message).__name__, astuple(message)))
        return blake2b(said.encode(), key=self._key, digest_size=32).digest()
