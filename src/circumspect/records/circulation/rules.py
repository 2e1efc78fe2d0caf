"""May this loan start, when is it due, may it be renewed? Pure: values in, a value out.

The rules know a standing (category, blocks, expiry), counts, an item's type and state, and the
library's loan rules. They have no parameter for a name, a birth date, a sex or a note.

The closest rule wins: category counts more than item type, item type more than branch. Blocks stop
in a fixed order, all of them named at once, so that one override answers all.

Source: clauses MP-2.1, TH-1.11; DOMAIN practice of loan rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from circumspect.records.patrons.standing import BLOCK_RULES, Act, BlockKind, Standing


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """One loan rule; "" in a key matches any.

    Attributes:
        days: Length of a loan and of a renewal.
        renewals: How often a loan may be renewed.
        max_items: How many items of any type may be out at once under this rule.
        lendable: False for what stays in the house.
    """

    category: str
    item_type: str
    branch: str
    days: int
    renewals: int
    max_items: int
    lendable: bool = True

    @property
    def name(self) -> str:
        """Which rule this is, for a screen: "resident_juvenile / dvd / any branch"."""
        return f"{self.category or 'any category'} / {self.item_type or 'any item'} / {self.branch or 'any branch'}"


DEFAULT_TERMS = LoanTerms("", "", "", days=21, renewals=2, max_items=50)


class Stop(StrEnum):
    """What can stop a loan besides a block of the patron's."""

    NOT_LENDABLE = "not_lendable"
    ITEM_OUT = "item_out"
    ITEM_STATE = "item_state"
    TOO_MANY = "too_many"
    NO_RENEWALS_LEFT = "no_renewals_left"
    NOT_THEIRS = "not_theirs"


STOP_WORDS = {
    Stop.NOT_LENDABLE: "This item stays in the library.",
    Stop.ITEM_OUT: "This item is on loan. Check it in first.",
    Stop.ITEM_STATE: "This item is marked as missing, lost, damaged or withdrawn. Check it in first.",
    Stop.TOO_MANY: "The limit of items out is reached.",
    Stop.NO_RENEWALS_LEFT: "This loan cannot be renewed again.",
    Stop.NOT_THEIRS: "This item is not on loan to this card.",
}
_LEADS = frozenset({"circulation_lead", "supervisor", "deputy_director", "executive_director"})
_STOP_OVERRIDE = {Stop.TOO_MANY: _LEADS, Stop.NOT_LENDABLE: _LEADS, Stop.NO_RENEWALS_LEFT: _LEADS}
# States in which an item may go out. The others mean that it is not where it should be.
AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One thing that stops a loan.

    Attributes:
        kind: A block or a stop.
        words: One plain sentence for the desk.
        override_roles: Who may go on all the same; empty for nobody.
    """

    kind: BlockKind | Stop
    words: str
    override_roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lent:
    """The loan may start (or go on) and is due then, by that rule."""

    due_at: int
    terms: LoanTerms


@dataclass(frozen=True, slots=True)
class Stopped:
    """The loan may not start, for these reasons."""

    hindrances: tuple[Hindrance, ...]

    def may_override(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles may go on in spite of all of them."""
        return all(hindrance.override_roles & set(roles) for hindrance in self.hindrances)


def closest_terms(rules: Iterable[LoanTerms], category: str, item_type: str, branch: str) -> LoanTerms:
    """The rule that speaks most closely of this category, item type and branch."""
    wanted = (category, item_type, branch)
    best, best_rank = DEFAULT_TERMS, -1
    for terms in rules:
        keys = (terms.category, terms.item_type, terms.branch)
        if all(key in ("", want) for key, want in zip(keys, wanted, strict=True)):
            rank = 4 * bool(terms.category) + 2 * bool(terms.item_type) + bool(terms.branch)
            if rank > best_rank:
                best, best_rank = terms, rank
    return best


def due_at(now: dt.datetime, days: int, zone: ZoneInfo, closed: Collection[dt.date]) -> int:
    """The last second of the due day, as seconds since 1970; a closed day rolls on to the next open one."""
    day = now.astimezone(zone).date() + dt.timedelta(days=days)
    for _ in range(60):
        if day not in closed:
            break
        day += dt.timedelta(days=1)
    return int(dt.datetime.combine(day, dt.time(23, 59, 59), zone).timestamp())


def decide_check_out(
    standing: Standing,
    *,
    items_out: int,
    item_status: str,
    terms: LoanTerms,
    due: int,
    today: dt.date,
    overriding: Collection[str] = (),
) -> Lent | Stopped:
    """May this item go out to a patron of this standing?

    Args:
        items_out: How many the patron has now.
        overriding: Roles of somebody who has said to go on; what these roles may not override still stops.
    """
    found = _blocks(standing, Act.CHECK_OUT, today)
    if not terms.lendable:
        found.append(_hindrance(Stop.NOT_LENDABLE))
    if item_status == "on_loan":
        found.append(_hindrance(Stop.ITEM_OUT))
    elif item_status != AVAILABLE:
        found.append(_hindrance(Stop.ITEM_STATE))
    if items_out >= terms.max_items:
        found.append(_hindrance(Stop.TOO_MANY))
    return _answer(found, terms, due, overriding)


def decide_renewal(
    standing: Standing,
    *,
    renewals: int,
    terms: LoanTerms,
    due: int,
    today: dt.date,
    overriding: Collection[str] = (),
) -> Lent | Stopped:
    """May this loan go on? ``renewals`` says how often it has been renewed already."""
    found = _blocks(standing, Act.RENEW, today)
    if renewals >= terms.renewals:
        found.append(_hindrance(Stop.NO_RENEWALS_LEFT))
    return _answer(found, terms, due, overriding)


def _answer(
    found: Sequence[Hindrance], terms: LoanTerms, due: int, overriding: Collection[str]
) -> Lent | Stopped:
    left = [hindrance for hindrance in found if not hindrance.override_roles & set(overriding)]
    return Stopped(tuple(left)) if left else Lent(due, terms)


def _blocks(standing: Standing, act: Act, today: dt.date) -> list[Hindrance]:
    return [
        Hindrance(kind, BLOCK_RULES[kind].words, BLOCK_RULES[kind].override_roles)
        for kind in standing.blocks_on(today)
        if act in BLOCK_RULES[kind].stops
    ]


def _hindrance(stop: Stop) -> Hindrance:
    return Hindrance(stop, STOP_WORDS[stop], _STOP_OVERRIDE.get(stop, frozenset()))
