"""The money side of the open patron, in words for the screen.

Amounts show here and nowhere else on the desk: a clerk opens the sheet when it is about money, and nobody
who looks over a shoulder at a loan learns what is owed.

Source: clauses TH-1.13, TH-1.20, MP-7.6.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.faces.desk import shown
from circumspect.records.fees.account import Account, FeeShown
from circumspect.records.fees.rules import (
    BY_HAND,
    CODE_WORDS,
    CODES,
    KIND_WORDS,
    METHOD_WORDS,
    EntryKind,
    Method,
    dollars,
)
from circumspect.trust.policy.request import Role

# What a clerk takes money by; what is paid online comes in by itself.
AT_THE_DESK = (Method.CASH, Method.CARD, Method.CHEQUE)
LETTING_GO = {
    EntryKind.WAIVED: "Waive",
    EntryKind.CREDITED: "Credit: it should not have been charged",
    EntryKind.WRITTEN_OFF: "Write off",
}


@dataclass(frozen=True, slots=True, repr=False)
class OwedRow:
    """One fee that is owed. Prints as nothing."""

    id: int
    words: str
    title: str
    day: str
    outstanding: str
    amount: str
    is_partly_settled: bool


@dataclass(frozen=True, slots=True, repr=False)
class SettledRow:
    """One fee that was settled lately. Prints as nothing."""

    id: int
    words: str
    day: str
    came_to: str
    refundable: str


@dataclass(frozen=True, slots=True, repr=False)
class FeeSheet:
    """Everything the fee sheet shows. Prints as nothing.

    Attributes:
        total: What is owed, "" for nothing.
        deposit: What is on the card, "" for nothing, None where it cannot be read.
        codes: For letting go: a group's name, then code and words.
        refundable: Fees on which something was paid, settled or not.
        receipt: A sealed receipt of the payment just taken, "" where there was none.
    """

    owed: Sequence[OwedRow]
    settled: Sequence[SettledRow]
    total: str
    total_typed: str
    deposit: str | None
    methods: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    codes: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    refund_codes: Sequence[tuple[str, str]]
    may_take: bool
    refundable: Sequence[SettledRow]
    receipt: str = ""


def sheet_of(account: Account, roles: Collection[str], receipt: str = "") -> FeeSheet:
    """An account in words, with the choices that these roles have. What they may do, the door says."""
    leads = Role.CIRCULATION_LEAD in roles
    may_let_go: Sequence[EntryKind] = ()
    if leads:
        may_let_go = tuple(LETTING_GO)
    elif Role.FINANCE in roles:
        may_let_go = (EntryKind.WRITTEN_OFF,)
    return FeeSheet(
        [_owed(fee) for fee in account.owed],
        [_settled(fee) for fee in _newest_first((*account.paid, *account.waived))],
        dollars(account.owed_cents) if account.owed_cents else "",
        _typed(account.owed_cents),
        None if account.deposit is None else dollars(account.deposit) if account.deposit else "",
        [(method.value, METHOD_WORDS[method]) for method in AT_THE_DESK],
        [(kind.value, KIND_WORDS[kind]) for kind in BY_HAND],
        [(LETTING_GO[kind], [(code.value, CODE_WORDS[code]) for code in CODES[kind]]) for kind in may_let_go],
        [(code.value, CODE_WORDS[code]) for code in CODES[EntryKind.REFUNDED]] if leads else (),
        bool({Role.DESK, Role.CIRCULATION_LEAD} & set(roles)),
        [_settled(fee) for fee in (*account.owed, *account.paid) if fee.paid],
        receipt,
    )


def how_let_go(code: str) -> EntryKind | None:
    """Which way of letting go a reason belongs to."""
    return next((kind for kind in LETTING_GO if code in CODES[kind]), None)


def _owed(fee: FeeShown) -> OwedRow:
    return OwedRow(
        fee.id,
        fee.words,
        fee.title,
        shown.in_full(fee.day),
        dollars(fee.outstanding),
        dollars(fee.amount),
        fee.outstanding != fee.amount,
    )


def _settled(fee: FeeShown) -> SettledRow:
    parts = [f"{dollars(fee.paid)} paid"] if fee.paid else []
    if fee.let_go:
        why = f": {', '.join(fee.why).lower()}" if fee.why else ""
        parts.append(f"{dollars(fee.let_go)} let go{why}")
    return SettledRow(
        fee.id,
        fee.words,
        shown.in_full(fee.settled_on or fee.day),
        "; ".join(parts) or "nothing",
        dollars(fee.paid) if fee.paid else "",
    )


def _newest_first(fees: Iterable[FeeShown]) -> list[FeeShown]:
    return sorted(fees, key=lambda fee: (fee.settled_on or fee.day, fee.id), reverse=True)


def _typed(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}" if cents else ""


def receipt_context(sealed: dict[str, Any]) -> dict[str, Any]:
    """What a receipt prints: kinds, amounts, day and branch. No name, no card number, no title."""
    parts = [(words, dollars(cents)) for words, cents in sealed["parts"]]
    return {
        "parts": parts,
        "total": dollars(sealed["total"]),
        "method": sealed["method"],
        "day": sealed["day"],
        "branch": sealed["branch"],
    }
