"""Mail that comes back: whose it was is known by a token in the address it came back to, and by nothing else.

Each e-mail has an envelope sender of its own, ``bounces+TOKEN@library``. The token names the notice by its random
number, a day until which it is good, and is keyed: it cannot be made up, says nothing of a patron, and is worth
nothing after sixty days. It also carries a keyed check of the address written to, so that a patron who has
changed their address meanwhile is not taken for unreachable.

Of the message that came back nothing is kept: the address, as a keyed token, is written to by post for a while.

Source: RFC 3464 (delivery status notifications), RFC 6522 (multipart/report), VERP; clauses TH-1.12, TH-1.15.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from circumspect.offices.notices import outbox
from circumspect.offices.notices.models import ReturnedAddress
from circumspect.offices.notices.planning import NOTIFY_JOB
from circumspect.records.inquiries.mailparse import MailError, says_undelivered
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.registration import read
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Circumstance, Purpose

DAYS = 60
LARGEST = 5_000_000  # bytes
_COLUMN, _ADDRESS = "notice bounce", "returned address"
_EPOCH = dt.date(2020, 1, 1)
_SHORT = 6


class Bounce(StrEnum):
    """What a message that came in turned out to be."""

    RETURNED = "the address is marked: it is written to by post for sixty days"
    CHANGED = "the reader has another address by now; nothing is changed"
    GONE = "the notice is forgotten, or its reader; nothing is changed"
    DELAYED = "the mail server still tries; nothing is changed"
    NOT_OURS = "no good token of ours is in it; nothing is changed"


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was found good.

    Attributes:
        notice: The notice's random number.
        check: Of the address that was written to.
    """

    notice: int
    check: bytes


def bounce_address(house: House, bounces: str, notice: int, address: str) -> str:
    """The envelope sender of one e-mail."""
    name, _, place = bounces.rpartition("@")
    until = (house.today() + dt.timedelta(days=DAYS) - _EPOCH).days
    body = notice.to_bytes(8, "big") + until.to_bytes(2, "big") + _check(house, notice, address)
    raw = body + house.vault.blind(_COLUMN, body.hex())[:_SHORT]
    return f"{name}+{base64.b32encode(raw).decode().rstrip('=').lower()}@{place}"


def read_token(house: House, text: str) -> Token | None:
    """A token that is ours and still good, None for any other text."""
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return None
    body, proof = raw[:-_SHORT], raw[-_SHORT:]
    if len(body) != 10 + _SHORT:
        return None
    good = [hmac.compare_digest(proof, each[:_SHORT]) for each in house.vault.blind_all(_COLUMN, body.hex())]
    until = _EPOCH + dt.timedelta(days=int.from_bytes(body[8:10], "big"))
    if not any(good) or house.today() > until:
        return None
    return Token(int.from_bytes(body[:8], "big"), body[10:])


def _check(house: House, notice: int, address: str) -> bytes:
    return house.vault.blind(_COLUMN, f"{notice}:{address.casefold()}")[:_SHORT]


def take_bounce(house: House, bounces: str, raw: bytes) -> Bounce:
    """Take a message that came back.

    Args:
        bounces: The address that undelivered mail comes back to, as set in ``[notices.email]``.
        raw: The message. Nothing of it is kept.

    Raises:
        Refused, DoorClosed: The door stays shut; the message may be offered again.
    """
    token = _token_in(house, bounces, raw[:LARGEST])
    if token is None:
        return Bounce.NOT_OURS
    if not _is_final(raw[:LARGEST]):
        return Bounce.DELAYED
    entry = outbox.find(token.notice)
    if entry is None:
        return Bounce.GONE
    whose, openings = house.door.ask_all_by_links(
        NOTIFY_JOB,
        [Part(Action.USE, Purpose.NOTIFY, REGISTRATION, (), frozenset({"email"}))],
        circumstance=Circumstance.SCHEDULED,
        links=[entry.link],
        link_series=outbox.SERIES,
    )
    records = read(openings[0], [each for each in whose if each], ["email"]) if openings else []
    if not records:
        return Bounce.GONE
    address = records[0]["email"]
    # Under any living generation of the index keys: they may have been changed since the notice left.
    written_to = house.vault.blind_all(_COLUMN, f"{token.notice}:{address.casefold()}")
    if not any(hmac.compare_digest(token.check, each[:_SHORT]) for each in written_to):
        return Bounce.CHANGED
    mark_returned(house, address)
    return Bounce.RETURNED


def mark_returned(house: House, address: str) -> None:
    """Remember, as a keyed token, that mail to this address comes back."""
    ReturnedAddress.objects.update_or_create(
        token=house.vault.blind(_ADDRESS, address.casefold()), defaults={"day": house.today()}
    )


def returned_among(house: House, addresses: list[str]) -> set[str]:
    """Those of the addresses that mail came back from."""
    tokens = {
        token: address
        for address in addresses
        for token in house.vault.blind_all(_ADDRESS, address.casefold())
    }
    found: set[str] = set()
    every = list(tokens)
    for start in range(0, len(every), 500):
        some = every[start : start + 500]
        rows = ReturnedAddress.objects.filter(token__in=some).values_list("token", flat=True)
        found |= {tokens[bytes(row)] for row in rows}
    return found


def _token_in(house: House, bounces: str, raw: bytes) -> Token | None:
    name, _, place = bounces.rpartition("@")
    pattern = re.escape(f"{name}+".encode()) + rb"([a-z2-7]{20,60})@" + re.escape(place.encode())
    # Mail servers copy the address into several headers, and some change its case.
    for text in dict.fromkeys(re.findall(pattern, raw, flags=re.IGNORECASE)):
        token = read_token(house, text.decode("ascii", "replace"))
        if token is not None:
            return token
    return None


def _is_final(raw: bytes) -> bool:
    try:
        return says_undelivered(raw)
    except MailError:
        return False  # whatever it is, it says nothing that could be read
