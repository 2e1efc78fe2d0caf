"""May this loan start, when is it due, may it be renewed, what does a late return cost? Pure: values in, a value out.

The rules know a standing (category, blocks, expiry), counts, an item's type and state, and the
library's loan rules. They have no parameter for a name, a birth date, a sex or a note.

The closest rule wins: category counts more than item type, item type more than branch. What stops a
loan is named all at once, in a fixed order, so that one override answers all.

Money is in whole cents, moments are seconds since 1970.

Source: clauses MP-2.1, TH-1.11, TH-1.20; DOMAIN practice of loan rules and fines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from circumspect.records.circulation.opening import OpeningCalendar
from circumspect.records.patrons.conditions import Conditions, Limits, effective_blocks
from circumspect.records.patrons.standing import BLOCK_RULES, Act, BlockKind, Standing


class PeriodKind(StrEnum):
    """In what a loan's length is given."""

    DAYS = "days"
    HOURS = "hours"
    FIXED = "fixed"


class FinePer(StrEnum):
    """In what a fine counts; NEVER is fine-free."""

    NEVER = ""
    DAY = "day"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """One loan rule; "" in a key matches any.

    Attributes:
        period: Length of a loan and of a renewal, in days or hours; of no meaning to a fixed date.
        renewals: How often a loan may be renewed.
        max_items: How many items of any type may be out at once under this rule.
        lendable: False for what stays in the house.
        fixed_on: The day on which everything under a rule of fixed date falls due.
        max_of_type: How many items of this one type may be out at once; 0 for no such limit.
        hold_allowed: Whether a hold may be placed.
        waiting_stops_renewal: Whether a renewal is refused when somebody else waits.
        auto_renew: Whether a loan is renewed by itself shortly before it is due.
        fine_cents: For each open day or started open hour past due and grace.
        grace: So many open days or hours cost nothing.
        fine_cap_cents: The most one late return costs; 0 for no cap.
        processing_cents: Charged beside the replacement of a lost item.
        replacement_cents: What a lost item costs under this rule; None takes the item's, or its type's.
        long_overdue_days, lost_days: Days past due until the loan is long overdue, and given up as lost;
            None takes the library's.
    """

    category: str
    item_type: str
    branch: str
    period: int
    renewals: int
    max_items: int
    lendable: bool = True
    period_kind: PeriodKind = PeriodKind.DAYS
    fixed_on: dt.date | None = None
    max_of_type: int = 0
    hold_allowed: bool = True
    waiting_stops_renewal: bool = True
    auto_renew: bool = False
    fine_cents: int = 0
    fine_per: FinePer = FinePer.NEVER
    grace: int = 0
    fine_cap_cents: int = 0
    processing_cents: int = 0
    replacement_cents: int | None = None
    long_overdue_days: int | None = None
    lost_days: int | None = None

    @property
    def name(self) -> str:
        """Which rule this is, for a screen: "resident_juvenile / dvd / any branch"."""
        return f"{self.category or 'any category'} / {self.item_type or 'any item'} / {self.branch or 'any branch'}"


DEFAULT_TERMS = LoanTerms("", "", "", period=21, renewals=2, max_items=50)


class Stop(StrEnum):
    """What can stop a loan besides a block of the patron's."""

    NOT_LENDABLE = "not_lendable"
    ITEM_OUT = "item_out"
    ITEM_STATE = "item_state"
    HELD_FOR_ANOTHER = "held_for_another"
    TOO_MANY = "too_many"
    TOO_MANY_OF_TYPE = "too_many_of_type"
    FIXED_DATE_PAST = "fixed_date_past"
    NO_RENEWALS_LEFT = "no_renewals_left"
    OTHERS_WAIT = "others_wait"
    FIXED_DATE = "fixed_date"
    CLAIMED_OR_LOST = "claimed_or_lost"
    TOO_MANY_CLAIMS = "too_many_claims_already"
    NOT_THEIRS = "not_theirs"


STOP_WORDS = {
    Stop.NOT_LENDABLE: "This item stays in the library.",
    Stop.ITEM_OUT: "This item is on loan. Check it in first.",
    Stop.ITEM_STATE: "This item is not ready to be lent. Check it in first.",
    Stop.HELD_FOR_ANOTHER: "This item is on the hold shelf for somebody else.",
    Stop.TOO_MANY: "The limit of items out is reached.",
    Stop.TOO_MANY_OF_TYPE: "The limit of items of this kind is reached.",
    Stop.FIXED_DATE_PAST: "The day on which these items fall due is past. Ask the lead for a new one.",
    Stop.NO_RENEWALS_LEFT: "This loan cannot be renewed again.",
    Stop.OTHERS_WAIT: "Somebody is waiting for this item.",
    Stop.FIXED_DATE: "This item is due on a fixed day and cannot be renewed.",
    Stop.CLAIMED_OR_LOST: "This item is marked as lost or said to be returned. Settle that first.",
    Stop.TOO_MANY_CLAIMS: "Too many items are said to be returned already. Ask the circulation lead.",
    Stop.NOT_THEIRS: "This item is not on loan to this card.",
}
# What the desk does with an item in hand that is not where it should be.
STATUS_WORDS = {
    "hold_shelf": STOP_WORDS[Stop.HELD_FOR_ANOTHER],
    "in_transit": "This item is on its way to another branch. Check it in first.",
    "claimed_returned": "This item was said to be returned, and here it is. Check it in first: that clears the claim.",
    "lost": "This item was given up as lost, and here it is. Check it in first: that puts the fees right.",
    "missing": "This item was missing, and here it is. Check it in first.",
    "damaged": "This item is marked as damaged. Check it in first if it can be lent again.",
    "on_order": "This item is still on order. Check it in first.",
    "in_process": "This item is still being made ready. Check it in first.",
    "withdrawn": "This item is withdrawn. Set it aside for the lead.",
}
LEADS = frozenset({"circulation_lead", "supervisor", "deputy_director", "executive_director"})
_STOP_OVERRIDE = {
    Stop.TOO_MANY: LEADS,
    Stop.TOO_MANY_OF_TYPE: LEADS,
    Stop.NOT_LENDABLE: LEADS,
    Stop.HELD_FOR_ANOTHER: LEADS,
    Stop.NO_RENEWALS_LEFT: LEADS,
    Stop.OTHERS_WAIT: LEADS,
    Stop.TOO_MANY_CLAIMS: LEADS,
}
# States in which an item may go out. The others mean that it is not where it should be.
AVAILABLE = "available"
HOLD_SHELF = "hold_shelf"


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


# which rule


@dataclass(frozen=True, slots=True)
class Considered:
    """One rule, looked at for a triple.

    Attributes:
        fits: Whether it speaks of this category, item type and branch.
        rank: How closely: 4 for the category, 2 for the item type, 1 for the branch.
        misses: Which of "category", "item type", "branch" it names otherwise.
    """

    terms: LoanTerms
    fits: bool
    rank: int
    misses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rule decides, and why, for a screen.

    Attributes:
        terms: The rule that decides.
        considered: Every rule: those that fit first, the closest before the others.
        why: One plain sentence.
    """

    terms: LoanTerms
    considered: tuple[Considered, ...]
    why: str


_PARTS = ("category", "item type", "branch")
_WEIGHTS = (4, 2, 1)


def closest_terms(rules: Iterable[LoanTerms], category: str, item_type: str, branch: str) -> LoanTerms:
    """The rule that speaks most closely of this category, item type and branch."""
    return choose_terms(rules, category, item_type, branch).terms


def choose_terms(rules: Iterable[LoanTerms], category: str, item_type: str, branch: str) -> Choice:
    """The closest rule, with all that were looked at and why this one won."""
    looked = sorted(
        (_consider(terms, (category, item_type, branch)) for terms in rules),
        key=lambda each: (not each.fits, -each.rank, _keys(each.terms)),
    )
    if not looked or not looked[0].fits:
        return Choice(
            DEFAULT_TERMS, tuple(looked), "No rule of the library fits, so the built-in one decides."
        )
    won = looked[0].terms
    named = [part for part, key in zip(_PARTS, _keys(won), strict=True) if key]
    others = sum(each.fits for each in looked) - 1
    why = f"It names {_listed(named)}" if named else "It is for everything"
    if others:
        why += f", more closely than {'one other rule that fits' if others == 1 else f'{others} others that fit'}"
    return Choice(won, tuple(looked), why + ".")


def _consider(terms: LoanTerms, wanted: tuple[str, str, str]) -> Considered:
    keys = _keys(terms)
    misses = tuple(
        part for part, key, want in zip(_PARTS, keys, wanted, strict=True) if key not in ("", want)
    )
    rank = sum(weight for weight, key in zip(_WEIGHTS, keys, strict=True) if key)
    return Considered(terms, not misses, rank, misses)


def _keys(terms: LoanTerms) -> tuple[str, str, str]:
    return terms.category, terms.item_type, terms.branch


def _listed(parts: Sequence[str]) -> str:
    told = [f"the {part}" for part in parts]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


# when it is due, and what late costs


def due_at(terms: LoanTerms, now: int, calendar: OpeningCalendar) -> int:
    """When a loan that starts (or is renewed) now falls due.

    Days and fixed dates: the last second of the due day, rolled on to the next day the branch opens.
    Hours: that moment, rolled on to the next at which it opens.
    """
    if terms.period_kind is PeriodKind.HOURS:
        return calendar.open_moment_from(now + 3600 * terms.period)
    day = terms.fixed_on
    if terms.period_kind is PeriodKind.DAYS or day is None:
        day = calendar.day_of(now) + dt.timedelta(days=terms.period)
    return calendar.end_of(calendar.open_day_from(day))


def fine_due(terms: LoanTerms, due: int, returned_at: int, calendar: OpeningCalendar) -> int:
    """What a return at that moment costs under that rule, in cents; never below 0, never above the cap.

    Closed days and closed hours cost nothing. Within the grace nothing is due; beyond it, only what
    lies beyond.
    """
    if terms.fine_cents <= 0 or returned_at <= due:
        return 0
    if terms.fine_per is FinePer.DAY:
        late = calendar.open_days_after(calendar.day_of(due), calendar.day_of(returned_at))
    elif terms.fine_per is FinePer.HOUR:
        late = -(-calendar.open_seconds_between(due, returned_at) // 3600)
    else:
        return 0
    cents = max(0, late - terms.grace) * terms.fine_cents
    return min(cents, terms.fine_cap_cents) if terms.fine_cap_cents > 0 else cents


@dataclass(frozen=True, slots=True)
class Bill:
    """What a lost item costs, in cents."""

    replacement_cents: int
    processing_cents: int


def bill_by(terms: LoanTerms, price_cents: int) -> Bill:
    """What a lost item of that price costs under that rule."""
    price = price_cents if terms.replacement_cents is None else terms.replacement_cents
    return Bill(max(0, price), max(0, terms.processing_cents))


# may it


def decide_check_out(
    standing: Standing,
    conditions: Conditions,
    *,
    item_status: str,
    terms: LoanTerms,
    due: int,
    today: dt.date,
    now: int = 0,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    of_type_out: int = 0,
    held_for_another: bool = False,
    overriding: Collection[str] = (),
) -> Lent | Stopped:
    """May this item go out to a patron of this standing?

    Args:
        conditions: What stands against the patron at this moment.
        due: When it would be due; before ``now`` only where the rule's fixed date is past.
        of_type_out: How many of this item type the patron has out.
        held_for_another: The item is on the hold shelf, and not for this patron.
        overriding: Roles of somebody who has said to go on; what these roles may not override still stops.
    """
    found = _blocks(standing, conditions, limits, Act.CHECK_OUT, today)
    if not terms.lendable:
        found.append(_hindrance(Stop.NOT_LENDABLE))
    if item_status == "on_loan":
        found.append(_hindrance(Stop.ITEM_OUT))
    elif held_for_another:
        found.append(_hindrance(Stop.HELD_FOR_ANOTHER))
    elif item_status not in (AVAILABLE, HOLD_SHELF):
        words = STATUS_WORDS.get(item_status, STOP_WORDS[Stop.ITEM_STATE])
        found.append(Hindrance(Stop.ITEM_STATE, words, frozenset()))
    if conditions.items_out >= terms.max_items:
        found.append(_hindrance(Stop.TOO_MANY))
    if 0 < terms.max_of_type <= of_type_out:
        found.append(_hindrance(Stop.TOO_MANY_OF_TYPE))
    if due < now:
        found.append(_hindrance(Stop.FIXED_DATE_PAST))
    return _answer(found, terms, due, overriding)


def decide_renewal(
    standing: Standing,
    conditions: Conditions,
    *,
    renewals: int,
    terms: LoanTerms,
    due: int,
    today: dt.date,
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    others_waiting: int = 0,
    claimed_or_lost: bool = False,
    overriding: Collection[str] = (),
) -> Lent | Stopped:
    """May this loan go on?

    Args:
        renewals: How often it has been renewed already.
        others_waiting: How many others wait for the item.
        claimed_or_lost: The loan is said to be returned, or given up.
    """
    found = _blocks(standing, conditions, limits, Act.RENEW, today)
    if claimed_or_lost:
        found.append(_hindrance(Stop.CLAIMED_OR_LOST))
    if others_waiting and terms.waiting_stops_renewal:
        found.append(_hindrance(Stop.OTHERS_WAIT))
    if terms.period_kind is PeriodKind.FIXED:
        found.append(_hindrance(Stop.FIXED_DATE))
    elif renewals >= terms.renewals:
        found.append(_hindrance(Stop.NO_RENEWALS_LEFT))
    return _answer(found, terms, due, overriding)


def _answer(
    found: Sequence[Hindrance], terms: LoanTerms, due: int, overriding: Collection[str]
) -> Lent | Stopped:
    left = [hindrance for hindrance in found if not hindrance.override_roles & set(overriding)]
    return Stopped(tuple(left)) if left else Lent(due, terms)


def _blocks(
    standing: Standing, conditions: Conditions, limits: Limits, act: Act, today: dt.date
) -> list[Hindrance]:
    return [
        Hindrance(kind, BLOCK_RULES[kind].words, BLOCK_RULES[kind].override_roles)
        for kind in effective_blocks(standing, conditions, limits, today)
        if act in BLOCK_RULES[kind].stops
    ]


def _hindrance(stop: Stop) -> Hindrance:
    return Hindrance(stop, STOP_WORDS[stop], _STOP_OVERRIDE.get(stop, frozenset()))
