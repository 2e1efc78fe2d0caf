"""Read and make the numbers on library cards and items.

Fourteen digits: the first says patron (2) or item (3), the next four the institution, then eight
of serial, then a check digit. Older numbers, shorter or with letters, stay good for as long as the
card does: nothing here refuses one for lacking a check digit. ``kind_of`` says only what is
certain; for anything else the desk looks in both places.

Pure: text in, text out. Whether a number belongs to anybody is not known here.

Source: Codabar convention of US libraries; check digit by ISO/IEC 7812-1 annex B (mod 10).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

MOST_SIGNS = 32
_SERIALS = 10**8
_LEGACY = re.compile(r"[0-9A-Z][0-9A-Z.\-/_+$]{0,31}")
_SPREADSHEET = re.compile(r"\d(?:\.\d+)?E\+\d+")
# Codabar start and stop letters, when a scanner was not set to keep them to itself.
_START_STOP = re.compile(r"[A-D](\d{5,})[A-D]")


class BarcodeError(ValueError):
    """A number cannot be made or used as a barcode. The message never repeats it."""


class BarcodeKind(StrEnum):
    """What a number is certainly on."""

    PATRON = "patron"
    ITEM = "item"
    UNKNOWN = "unknown"


_FIRST_DIGIT = {BarcodeKind.PATRON: "2", BarcodeKind.ITEM: "3"}
_KIND_BY_DIGIT = {digit: kind for kind, digit in _FIRST_DIGIT.items()}


def normalise(scan: str) -> str:
    """What was scanned or typed, as it is stored and looked for.

    Wide digits become plain, spaces and invisible signs go, so do Code 39 asterisks and Codabar start and
    stop letters around digits; letters become capitals. Normalising twice changes nothing.
    """
    once = _undress(scan)
    twice = _undress(once)
    while twice != once:
        once, twice = twice, _undress(twice)
    return once


def _undress(scan: str) -> str:
    plain = unicodedata.normalize("NFKC", scan).upper()
    kept = "".join(sign for sign in plain if unicodedata.category(sign)[0] not in "ZC").strip("*")
    wrapped = _START_STOP.fullmatch(kept)
    return wrapped[1] if wrapped else kept


def is_acceptable(barcode: str) -> bool:
    """Whether a normalised number may serve as a barcode: 1 to 32 letters, digits and a few signs.

    Not what a spreadsheet makes of a long number (2.1234E+13): its digits are lost.
    """
    return bool(_LEGACY.fullmatch(barcode)) and not _SPREADSHEET.fullmatch(barcode)


def check_digit(thirteen: str) -> str:
    """The fourteenth digit for the first thirteen.

    Raises:
        BarcodeError: Not thirteen digits.
    """
    if len(thirteen) != 13 or not (thirteen.isascii() and thirteen.isdigit()):
        raise BarcodeError("a check digit needs the thirteen digits before it")
    doubled = (2 * int(digit) for digit in thirteen[::2])
    total = sum(value - 9 if value > 9 else value for value in doubled) + sum(map(int, thirteen[1::2]))
    return str(-total % 10)


def is_valid14(barcode: str) -> bool:
    """Whether a number has fourteen digits, the last of which checks the others."""
    return (
        len(barcode) == 14
        and barcode.isascii()
        and barcode.isdigit()
        and check_digit(barcode[:13]) == barcode[13]
    )


def kind_of(barcode: str) -> BarcodeKind:
    """What a scanned number is certainly on; UNKNOWN for legacy numbers and a failed check digit."""
    number = normalise(barcode)
    if not is_valid14(number):
        return BarcodeKind.UNKNOWN
    return _KIND_BY_DIGIT.get(number[0], BarcodeKind.UNKNOWN)


def new_barcode(kind: BarcodeKind, institution: str, serial: int) -> str:
    """Make a fourteen-digit number.

    Args:
        kind: PATRON or ITEM.
        institution: Four digits, the library's own.
        serial: 0 to 99,999,999.

    Raises:
        BarcodeError: A part is out of its range.
    """
    if kind not in _FIRST_DIGIT:
        raise BarcodeError("a new number is for a patron or for an item")
    if len(institution) != 4 or not (institution.isascii() and institution.isdigit()):
        raise BarcodeError("the institution is four digits")
    if not 0 <= serial < _SERIALS:
        raise BarcodeError("the serial is 0 to 99,999,999")
    thirteen = f"{_FIRST_DIGIT[kind]}{institution}{serial:08d}"
    return thirteen + check_digit(thirteen)
