"""What may happen to a fee line, and what it owes afterwards. Pure: values in, a value out.

A line says a kind, amounts in whole cents, days and a branch; nothing else. Its entries explain at every
moment what is outstanding:

    outstanding = charged - paid - waived - credited - written off + refunded

It never falls below zero, and never more is refunded than was paid. A line with nothing outstanding
is settled, and a settled line no longer knows its item.

Why nobody paid is a code from a closed list: a narrative would hold what the house does not keep.

Source: clauses TH-1.13, TH-1.20; DOMAIN practice of fines and fees.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

# Ten thousand dollars: beyond this somebody has typed a barcode.
MOST_CENTS = 1_000_000


class FeeKind(StrEnum):
    """The closed list of what a fee is for. It never says which book."""

    OVERDUE = "overdue"
    LOST = "lost"
    PROCESSING = "processing"
    DAMAGE = "damage"
    ILL = "ill"
    CARD = "card"
    PRINT = "print"
    OTHER = "other"


# Fit to be said aloud, printed, or sent to a machine: a kind, and no title.
KIND_WORDS: Mapping[FeeKind, str] = {
    FeeKind.OVERDUE: "Overdue fee",
    FeeKind.LOST: "Replacement fee",
    FeeKind.PROCESSING: "Processing fee",
    FeeKind.DAMAGE: "Damage fee",
    FeeKind.ILL: "Interlibrary loan fee",
    FeeKind.CARD: "Card fee",
    FeeKind.PRINT: "Printing",
    FeeKind.OTHER: "Other fee",
}
# What a person at the desk may charge; the others follow from loans.
BY_HAND = (FeeKind.DAMAGE, FeeKind.CARD, FeeKind.PRINT, FeeKind.OTHER)


class EntryKind(StrEnum):
    """What can happen to a line."""

    CHARGED = "charged"
    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"


class Method(StrEnum):
    """How money comes in or goes out."""

    CASH = "cash"
    CARD = "card"
    CHEQUE = "cheque"
    ONLINE = "online"
    DEPOSIT = "deposit"


METHOD_WORDS: Mapping[Method, str] = {
    Method.CASH: "Cash",
    Method.CARD: "Card",
    Method.CHEQUE: "Check",
    Method.ONLINE: "Online",
    Method.DEPOSIT: "Deposit",
}


class Code(StrEnum):
    """Why a line changed without anybody paying, or why money went back."""

    GOODWILL = "goodwill"
    AMNESTY = "amnesty"
    REPLACED = "replaced"
    CLOSED = "closed"
    MISTAKE = "mistake"
    DUPLICATE = "duplicate"
    ITEM_FOUND = "item_found"
    TOO_OLD = "too_old"
    TOO_SMALL = "too_small"
    ACCOUNT_ENDED = "account_ended"
    PAYMENT_FAILED = "payment_failed"
    WRONG_ACCOUNT = "wrong_account"


CODE_WORDS: Mapping[Code, str] = {
    Code.GOODWILL: "Goodwill of the library",
    Code.AMNESTY: "Amnesty, or fines dropped by the board",
    Code.REPLACED: "A replacement copy was accepted",
    Code.CLOSED: "The library was closed",
    Code.MISTAKE: "The library's mistake",
    Code.DUPLICATE: "Charged twice",
    Code.ITEM_FOUND: "The item was found",
    Code.TOO_OLD: "Too old to ask for",
    Code.TOO_SMALL: "Too small to ask for",
    Code.ACCOUNT_ENDED: "The account has ended",
    Code.PAYMENT_FAILED: "The payment did not go through",
    Code.WRONG_ACCOUNT: "Paid on the wrong account",
}
CODES: Mapping[EntryKind, tuple[Code, ...]] = {
    EntryKind.WAIVED: (Code.GOODWILL, Code.AMNESTY, Code.REPLACED, Code.CLOSED),
    EntryKind.CREDITED: (Code.MISTAKE, Code.DUPLICATE, Code.ITEM_FOUND),
    EntryKind.WRITTEN_OFF: (Code.TOO_OLD, Code.TOO_SMALL, Code.ACCOUNT_ENDED),
    EntryKind.REFUNDED: (
        Code.MISTAKE,
        Code.DUPLICATE,
        Code.ITEM_FOUND,
        Code.GOODWILL,
        Code.PAYMENT_FAILED,
        Code.WRONG_ACCOUNT,
    ),
}
# After these the fee is owed again: the money went back, what it was for did not go away.
OWED_AGAIN = frozenset({Code.PAYMENT_FAILED, Code.WRONG_ACCOUNT})
_TAKES_OFF = frozenset(CODES) - {EntryKind.REFUNDED}


class MoneyError(Exception):
    """Something about money that cannot be done as asked. Catch this; only its subclasses are raised.

    Attributes:
        field: Which input is meant.
        reason: What to do, in plain words fit for a screen.
    """

    field = "amount"
    reason = ""

    def __init__(self, reason: str = "", field: str = "") -> None:
        self.reason = reason or self.reason
        self.field = field or self.field
        # The words for the screen may hold an amount; what reaches a log does not.
        super().__init__(f"{self.field}: refused by the money rules")


class AmountError(MoneyError):
    """The amount does not do."""


class TooMuchError(MoneyError):
    """More than is owed, or more to refund than was paid."""


class CodeError(MoneyError):
    """The reason code is not one for this."""

    field = "code"
    reason = "choose the reason from the list"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to a line."""

    kind: EntryKind
    cents: int
    day: dt.date
    method: Method | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One fee. Prints as nothing.

    Attributes:
        amount: Cents, as charged.
        outstanding: Cents still owed.
        item: Number of the item, while something is owed; None afterwards or where there never was one.
        entries: What happened to it, the charge first.
    """

    kind: FeeKind
    amount: int
    outstanding: int
    day: dt.date
    branch: str
    item: int | None
    entries: tuple[Entry, ...]
    id: int = 0

    @property
    def is_settled(self) -> bool:
        """Nothing is owed any more."""
        return self.outstanding == 0

    def total(self, *kinds: EntryKind) -> int:
        """The cents of all entries of these kinds."""
        return sum(entry.cents for entry in self.entries if entry.kind in kinds)

    @property
    def refundable(self) -> int:
        """What was paid and has not gone back."""
        return self.total(EntryKind.PAID) - self.total(EntryKind.REFUNDED)


def charged(kind: FeeKind, cents: int, *, day: dt.date, branch: str, item: int | None) -> Line:
    """A new line.

    Raises:
        AmountError: Nothing, or too much.
    """
    check_amount(cents)
    return Line(kind, cents, cents, day, branch, item, (Entry(EntryKind.CHARGED, cents, day),))


def paid(line: Line, cents: int, *, day: dt.date, method: Method) -> Line:
    """The line after a payment, whole or in part.

    Raises:
        AmountError, TooMuchError: The line stays as it is.
    """
    return _taken_off(line, Entry(EntryKind.PAID, cents, day, method))


def taken_off(line: Line, kind: EntryKind, cents: int, *, day: dt.date, code: Code) -> Line:
    """The line after something was waived, credited or written off.

    Raises:
        AmountError, TooMuchError, CodeError: The line stays as it is.
    """
    if kind not in _TAKES_OFF or code not in CODES[kind]:
        raise CodeError
    return _taken_off(line, Entry(kind, cents, day, code=code))


def refunded(line: Line, cents: int, *, day: dt.date, method: Method, code: Code) -> Line:
    """The line after money went back.

    The charge goes with it (a credit of the same amount), save where the code says that only the payment
    was wrong: then it is owed again. Whichever it is, the item does not come back to the line.

    Raises:
        AmountError, TooMuchError, CodeError: The line stays as it is.
    """
    if code not in CODES[EntryKind.REFUNDED]:
        raise CodeError
    check_amount(cents)
    if cents > line.refundable:
        raise TooMuchError(f"no more than {dollars(line.refundable)} was paid on this fee")
    entries = (*line.entries, Entry(EntryKind.REFUNDED, cents, day, method, code))
    if code in OWED_AGAIN:
        return replace(line, outstanding=line.outstanding + cents, entries=entries)
    return replace(line, entries=(*entries, Entry(EntryKind.CREDITED, cents, day, code=code)))


def _taken_off(line: Line, entry: Entry) -> Line:
    check_amount(entry.cents)
    if entry.cents > line.outstanding:
        raise TooMuchError(f"no more than {dollars(line.outstanding)} is owed on this fee")
    left = line.outstanding - entry.cents
    return replace(line, outstanding=left, item=line.item if left else None, entries=(*line.entries, entry))


def explained(entries: Iterable[Entry]) -> int:
    """What a line's entries leave outstanding, in cents."""
    signs = {EntryKind.CHARGED: 1, EntryKind.REFUNDED: 1}
    return sum(signs.get(entry.kind, -1) * entry.cents for entry in entries)


def spread(owed: Sequence[Line], cents: int) -> list[tuple[Line, int]]:
    """How a payment is shared out over lines: oldest first, whatever is left of it in the last.

    Raises:
        AmountError: Nothing was paid.
        TooMuchError: More than all of them owe. What is over is not kept unasked.
    """
    check_amount(cents)
    total = sum(line.outstanding for line in owed)
    if cents > total:
        raise TooMuchError(
            f"{dollars(total)} is owed; give {dollars(cents - total)} back, or put it on the deposit"
        )
    parts = []
    for line in sorted(owed, key=oldest_first):
        part = min(cents, line.outstanding)
        if part:
            parts.append((line, part))
            cents -= part
    return parts


def oldest_first(line: Line) -> tuple[dt.date, int]:
    """The order in which lines are shown and paid."""
    return (line.day, line.id)


def check_amount(cents: int) -> None:
    """Refuse what is no amount. Raises AmountError."""
    if cents <= 0:
        raise AmountError("an amount is more than nothing, such as 2.50")
    if cents > MOST_CENTS:
        raise AmountError(f"an amount is at most {dollars(MOST_CENTS)}")


_TYPED = re.compile(r"\$? ?(?P<dollars>[0-9]{1,7})(?:\.(?P<cents>[0-9]{2}))?")


def cents_of(typed: str, field: str = "amount") -> int:
    """Cents from what somebody typed, such as "2", "2.50" or "$2.50".

    Raises:
        AmountError: It is none of these. What was typed is not repeated: it may be a card number.
    """
    found = _TYPED.fullmatch(typed.strip())
    if found is None:
        raise AmountError("an amount is dollars and cents, such as 2.50", field)
    return int(found["dollars"]) * 100 + int(found["cents"] or 0)


def dollars(cents: int) -> str:
    """Cents as people write them: ``$2.50``, ``-$0.10``, ``$1,234.00``."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{part:02}"
