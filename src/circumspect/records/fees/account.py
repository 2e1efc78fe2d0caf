"""What a patron owes and what was settled lately, through the door: for a screen, and for the patron.

Oldest first. The title of an item shows beside a fee only while the fee is open: it is looked up when it is
shown, and never stored with it. What is settled is a kind, amounts and a day.

Source: clauses TH-1.13, TH-1.20, TH-1.23, MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from circumspect.records.fees.charging import FEE_FIELDS, SERIES
from circumspect.records.fees.deposits import BALANCE, UnreadableBalanceError, balance_of
from circumspect.records.fees.lines import lines_of, titles_of
from circumspect.records.fees.rules import CODE_WORDS, KIND_WORDS, EntryKind, FeeKind, Line
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason, Role

# Whose screen may say for which item a fee is.
_SEES_ITEMS = frozenset({Role.DESK.value, Role.CIRCULATION_LEAD.value})


class Outcome(StrEnum):
    """Where a fee stands."""

    OWED = "owed"
    PAID = "paid"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, repr=False)
class FeeShown:
    """One fee. Prints as nothing.

    Attributes:
        words: Such as "Overdue fee".
        title: Of the item, while the fee is owed and to those who may see it; "" otherwise.
        amount: Cents charged.
        outstanding: Cents still owed.
        paid: Cents paid and not given back.
        let_go: Cents waived, credited or written off.
        why: The reasons nobody paid, in the list's words.
    """

    id: int
    kind: FeeKind
    words: str
    amount: int
    outstanding: int
    paid: int
    let_go: int
    day: dt.date
    branch: str
    outcome: Outcome
    title: str = ""
    barcode: str = ""
    why: tuple[str, ...] = ()
    settled_on: dt.date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """The money side of one patron. Prints as nothing.

    Attributes:
        deposit: Cents on the card; None where what is stored is no amount of ours.
    """

    owed: tuple[FeeShown, ...]
    paid: tuple[FeeShown, ...]
    waived: tuple[FeeShown, ...]
    deposit: int | None

    @property
    def owed_cents(self) -> int:
        """All that is still owed."""
        return sum(fee.outstanding for fee in self.owed)

    @property
    def paid_cents(self) -> int:
        """All that was paid, of what is still kept."""
        return sum(fee.paid for fee in (*self.owed, *self.paid, *self.waived))

    @property
    def let_go_cents(self) -> int:
        """All that was waived, credited or written off, of what is still kept."""
        return sum(fee.let_go for fee in (*self.owed, *self.paid, *self.waived))


def account(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
    purpose: Purpose = Purpose.SERVE,
) -> Account:
    """Open the money side of one patron. Four statements, whatever the number of fees.

    Finance staff see no item. A patron signed in asks with the purpose of their own record.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    sees_items = actor.kind is not ActorKind.STAFF or bool(_SEES_ITEMS & actor.roles)
    fields = FEE_FIELDS if sees_items else FEE_FIELDS - {"item"}
    parts = [
        Part(Action.VIEW, purpose, SERIES, (patron,), fields),
        Part(Action.VIEW, purpose, REGISTRATION, (patron,), frozenset({BALANCE})),
    ]
    openings = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    lines = lines_of(house.vault.links(SERIES, patron).values())
    titles = titles_of([line.item for line in lines if line.item is not None]) if sees_items else {}
    shown = [_shown(line, titles) for line in lines]
    try:
        deposit = balance_of(read(openings[1], [patron], [BALANCE])[0][BALANCE])
    except UnreadableBalanceError:
        deposit = None
    return Account(_of(shown, Outcome.OWED), _of(shown, Outcome.PAID), _of(shown, Outcome.WAIVED), deposit)


def outcome_of(line: Line) -> Outcome:
    """Where a line stands: owed, or settled by whoever paid anything for it, or let go."""
    if not line.is_settled:
        return Outcome.OWED
    return Outcome.PAID if line.refundable else Outcome.WAIVED


def _of(shown: Iterable[FeeShown], outcome: Outcome) -> tuple[FeeShown, ...]:
    return tuple(fee for fee in shown if fee.outcome is outcome)


def _shown(line: Line, titles: dict[int, tuple[str, str]]) -> FeeShown:
    title, barcode = titles.get(line.item, ("", "")) if line.item is not None else ("", "")
    why = dict.fromkeys(CODE_WORDS[entry.code] for entry in line.entries if entry.code is not None)
    return FeeShown(
        line.id,
        line.kind,
        KIND_WORDS[line.kind],
        line.amount,
        line.outstanding,
        line.refundable,
        line.total(EntryKind.WAIVED, EntryKind.CREDITED, EntryKind.WRITTEN_OFF),
        line.day,
        line.branch,
        outcome_of(line),
        title,
        barcode,
        tuple(why),
        max(entry.day for entry in line.entries) if line.is_settled else None,
    )
