"""What would happen if: a loan played through by the rules, with nobody in it. Pure.

For a screen on which a lead asks what a rule does before it counts: which rule decides and why, when a
loan would be due and what its renewals would give, what a late return would cost, and what would stop it.

Source: issue "The circulation desk complete", section 1, "simulation screen"; clause MP-2.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from circumspect.records.circulation.opening import OpeningCalendar
from circumspect.records.circulation.rules import (
    Bill,
    Choice,
    Hindrance,
    LoanTerms,
    PeriodKind,
    Stopped,
    bill_by,
    choose_terms,
    decide_check_out,
    due_at,
    fine_due,
)
from circumspect.records.circulation.stages import Ladder
from circumspect.records.patrons.conditions import NOTHING_HELD_AGAINST, USUAL_LIMITS, Conditions, Limits
from circumspect.records.patrons.standing import BlockKind, Standing

DAYS_LATE = (1, 3, 7, 14, 28)
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Late:
    """What a return so many days late would cost.

    Attributes:
        days: After the due day; the item comes back at the same time of day it was due.
        cents: Closed days, grace and cap taken into account.
    """

    days: int
    cents: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """A loan played through.

    Attributes:
        choice: Which rule decides, and why.
        due_at: When it would be due; seconds since 1970.
        renewed_until: The due time after each renewal that the rule gives, each taken at the last moment.
        late: What late returns would cost.
        long_overdue_on, lost_on: The days on which it would be long overdue and given up; None for never.
        bill: What would be billed then.
        hindrances: What would stop it; empty where it would be lent.
        rolled: Whether the due time was moved because the branch is closed.
    """

    choice: Choice
    due_at: int
    renewed_until: tuple[int, ...]
    late: tuple[Late, ...]
    long_overdue_on: dt.date | None
    lost_on: dt.date | None
    bill: Bill
    hindrances: tuple[Hindrance, ...]
    rolled: bool


def simulate(
    rules: Iterable[LoanTerms],
    *,
    category: str,
    item_type: str,
    branch: str,
    when: int,
    calendar: OpeningCalendar,
    blocks: Sequence[BlockKind] = (),
    conditions: Conditions = NOTHING_HELD_AGAINST,
    limits: Limits = USUAL_LIMITS,
    ladder: Ladder = Ladder(),  # noqa: B008 (frozen)
    item_status: str = "available",
    of_type_out: int = 0,
    price_cents: int = 0,
    days_late: Sequence[int] = DAYS_LATE,
) -> Simulation:
    """Play a loan through.

    Args:
        rules: The library's rules, or others that it thinks of; ``rulebook.RULE_BOOK.all()``.
        when: When it would be lent; seconds since 1970.
        calendar: Of that branch; ``rulebook.RULE_BOOK.calendar``.
        blocks, conditions: What stands against the invented borrower.
        ladder: The library's; ``rulebook.ladder_of(house)``.
        price_cents: What the item would cost.
        days_late: For which late returns a price is wanted.
    """
    choice = choose_terms(rules, category, item_type, branch)
    terms = choice.terms
    due = due_at(terms, when, calendar)
    standing = Standing(category, branch, None, tuple(blocks))
    answer = decide_check_out(
        standing,
        conditions,
        item_status=item_status,
        terms=terms,
        due=due,
        today=calendar.day_of(when),
        now=when,
        limits=limits,
        of_type_out=of_type_out,
    )
    late = tuple(Late(days, fine_due(terms, due, due + days * _DAY, calendar)) for days in days_late)
    due_day = calendar.day_of(due)
    long_overdue = ladder.long_overdue_days if terms.long_overdue_days is None else terms.long_overdue_days
    lost = ladder.lost_days if terms.lost_days is None else terms.lost_days
    return Simulation(
        choice,
        due,
        _renewals(terms, due, calendar),
        late,
        due_day + dt.timedelta(days=long_overdue) if long_overdue else None,
        due_day + dt.timedelta(days=lost) if lost else None,
        bill_by(terms, price_cents),
        answer.hindrances if isinstance(answer, Stopped) else (),
        due != due_at(terms, when, OpeningCalendar(calendar.zone)),
    )


def _renewals(terms: LoanTerms, due: int, calendar: OpeningCalendar) -> tuple[int, ...]:
    if terms.period_kind is PeriodKind.FIXED:
        return ()
    moments = []
    for _ in range(min(max(0, terms.renewals), 50)):
        due = max(due, due_at(terms, due, calendar))
        moments.append(due)
    return tuple(moments)
