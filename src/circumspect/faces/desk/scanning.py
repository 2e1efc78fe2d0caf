"""What was scanned or typed: a card, an item, a contact, a name, words of a title?

A fourteen-digit number says by itself what it is on. An older number is looked for among the cards
and then among the items. What has no digit in it, or a blank, is no barcode: it is somebody's
name or contact, or in "look up" the words of a title.

Pure but for the two look-ups, which open nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from circumspect.records import barcodes
from circumspect.records.catalog import usecases as catalog
from circumspect.records.patrons import cards
from circumspect.records.patrons.cards import FoundCard
from circumspect.records.patrons.finding import fold_phone
from circumspect.trust.door.house import House

LONGEST = 200


class Sort(StrEnum):
    """What a scan turned out to be."""

    NOTHING = "nothing"
    CARD = "card"
    ITEM = "item"
    UNKNOWN_CARD = "unknown card"
    UNKNOWN_ITEM = "unknown item"
    UNKNOWN_NUMBER = "unknown number"
    CONTACT = "contact"
    WORDS = "words"


@dataclass(frozen=True, slots=True, repr=False)
class Scan:
    """A scan understood. Prints as nothing.

    Attributes:
        text: As scanned, trimmed.
        card: Where it is a card.
    """

    sort: Sort
    text: str
    card: FoundCard | None = None


def understand(house: House, raw_scan: str) -> Scan:
    """Say what a scan is. Opens nothing of anybody."""
    text = raw_scan.strip()[:LONGEST]
    if not text:
        return Scan(Sort.NOTHING, "")
    kind = barcodes.kind_of(text)
    if kind is barcodes.BarcodeKind.PATRON:
        return _card_or(Sort.UNKNOWN_CARD, house, text)
    if kind is barcodes.BarcodeKind.ITEM:
        return Scan(Sort.ITEM if catalog.item_by_barcode(text) else Sort.UNKNOWN_ITEM, text)
    if _may_be_number(text):
        found = _card_or(Sort.UNKNOWN_NUMBER, house, text)
        if found.sort is Sort.CARD:
            return found
        if catalog.item_by_barcode(text):
            return Scan(Sort.ITEM, text)
        return Scan(Sort.CONTACT, text) if _may_be_phone(text) else found
    if "@" in text or _may_be_phone(text):
        return Scan(Sort.CONTACT, text)
    return Scan(Sort.WORDS, text)


def _card_or(otherwise: Sort, house: House, text: str) -> Scan:
    card = cards.find_card(house, text)
    return Scan(Sort.CARD, text, card) if card else Scan(otherwise, text)


def _may_be_number(text: str) -> bool:
    return any(sign.isdigit() for sign in text) and not re.search(r"[\s@,]", text)


def _may_be_phone(text: str) -> bool:
    # Fourteen digits that check nothing are a misread barcode, not a telephone number.
    return not re.search(r"[^\W\d_]", text) and bool(fold_phone(text)) and len(re.sub(r"\D", "", text)) <= 12
