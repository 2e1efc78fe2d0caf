"""Lists a desk works through: what is late, claimed, lost, or on its way.

Only the list of late items names anybody: a page at a time, through the door, which writes down how many
records it opened. The others are about items, and say nothing of whose.

Pages go by due time and item: nothing is counted off, so that a list may change under the hand.

Source: issue "The circulation desk complete", section 1, "Reports a desk needs"; clauses MP-7.15, TH-1.11.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from circumspect.records.circulation.items import (
    ITEM_COLUMNS,
    ITEM_WIDTH,
    LOAN_COLUMNS,
    SERIES,
    ItemFacts,
    LoanFacts,
    item_of,
    loan_of,
)
from circumspect.records.circulation.rulebook import RULE_BOOK, ladder_of, zone_of
from circumspect.records.circulation.stages import Stage, stage_of
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import Record, read
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.vault import Link

# What the list of late items shows of a loan and of whoever has it.
LATE_FIELDS = frozenset({"item", "due_at", "branch", "state"})
BORROWER_FIELDS = ("given_name", "family_name", "phone")
MOST_ON_A_PAGE = 50

Place = tuple[int, int]  # due time and item of the last line of a page
_FROM_START: Place = (-1, -1)


@dataclass(frozen=True, slots=True, repr=False)
class Borrower:
    """Whoever has a late item. Prints as nothing."""

    given_name: str
    family_name: str
    phone: str


@dataclass(frozen=True, slots=True, repr=False)
class LateLoan:
    """One line of the list of late items.

    Attributes:
        stage: OVERDUE or LONG_OVERDUE.
        borrower: None where whose it is cannot be told any more.
    """

    item: ItemFacts
    lent_at: str
    due_at: int
    days_late: int
    stage: Stage
    borrower: Borrower | None


@dataclass(frozen=True, slots=True)
class LatePage:
    """One page. ``next_place`` is handed in for the next one; None where there is none."""

    lines: tuple[LateLoan, ...]
    next_place: Place | None


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One line of a list that names nobody.

    Attributes:
        due_at: When it was due; None for an item that nobody has.
        to_branch: Where it is going; "" where it is not on its way.
        since: Since when it is on its way, where that is known.
    """

    item: ItemFacts
    call_number: str
    due_at: int | None = None
    to_branch: str = ""
    since: dt.date | None = None


def overdue(
    house: House, actor: Actor, *, branch: str = "", after: Place | None = None, most: int = MOST_ON_A_PAGE
) -> LatePage:
    """A page of what is late, longest first, with whom to call. One question at the door for each page.

    Args:
        branch: Only what this branch lent; "" for every branch.
        after: Where the page before ended.
        most: Lines on a page, ``MOST_ON_A_PAGE`` at the most.

    Raises:
        Refused, DoorClosed: Nothing of anybody was read.
    """
    most = max(1, min(most, MOST_ON_A_PAGE))
    now = house.second()
    rows = _late_rows(now, branch, after or _FROM_START, most + 1)
    page, more = rows[:most], len(rows) > most
    borrowers = _borrowers(house, actor, [loan for _, loan in page])
    lines = tuple(
        LateLoan(item, loan.branch, loan.due_at, days, _stage(house, item, loan, days), borrower)
        for (item, loan), borrower in zip(page, borrowers, strict=True)
        for days in [_days_late(house, loan)]
    )
    return LatePage(lines, (page[-1][1].due_at, page[-1][1].item_id) if more else None)


def _late_rows(now: int, branch: str, after: Place, most: int) -> list[tuple[ItemFacts, LoanFacts]]:
    where, values = (" AND loan.branch = %s", [branch]) if branch else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ITEM_COLUMNS}, {LOAN_COLUMNS} FROM circulation_loan AS loan"
            " JOIN catalog_item AS item ON item.id = loan.item_id"
            " JOIN catalog_title AS title ON title.id = item.title_id"
            f" WHERE loan.state = 'out' AND loan.due_at < %s{where} AND (loan.due_at, loan.item_id) > (%s, %s)"
            " ORDER BY loan.due_at, loan.item_id LIMIT %s",
            [now, *values, *after, most],
        )
        rows = cursor.fetchall()
    return [(item_of(row), loan) for row in rows if (loan := loan_of(row)) is not None]


def _borrowers(house: House, actor: Actor, loans: Sequence[LoanFacts]) -> list[Borrower | None]:
    if not loans:
        return []
    whose, openings = house.door.ask_all_by_links(
        actor,
        [
            Part(Action.VIEW, Purpose.LISTS, SERIES, (), LATE_FIELDS),
            Part(Action.VIEW, Purpose.LISTS, REGISTRATION, (), frozenset(BORROWER_FIELDS)),
        ],
        circumstance=Circumstance.LIST,
        links=[Link(loan.epoch, loan.link, loan.back) for loan in loans],
        link_series=SERIES,
    )
    if not openings:
        return [None] * len(loans)
    found: dict[int, Record] = {
        record.patron: record for record in read(openings[1], openings[1].subjects, BORROWER_FIELDS)
    }
    return [
        Borrower(*(found[patron][name] for name in BORROWER_FIELDS)) if patron in found else None
        for patron in whose
    ]


def _days_late(house: House, loan: LoanFacts) -> int:
    return (house.today() - dt.datetime.fromtimestamp(loan.due_at, zone_of(house)).date()).days


def _stage(house: House, item: ItemFacts, loan: LoanFacts, days: int) -> Stage:
    ladder = ladder_of(house, RULE_BOOK.named(loan.rule, item.item_type, loan.branch))
    return stage_of(loan.state, days, is_overdue=True, ladder=ladder)


# lists without anybody

_MOST = 1000
_LISTED = (
    f"SELECT {ITEM_COLUMNS}, item.call_number, loan.due_at, transit.to_branch, transit.sent_on"
    " FROM catalog_item AS item JOIN catalog_title AS title ON title.id = item.title_id"
    " LEFT JOIN circulation_loan AS loan ON loan.item_id = item.id"
    " LEFT JOIN circulation_transit AS transit ON transit.item_id = item.id"
    " WHERE {where} ORDER BY {order} LIMIT %s"
)


def claims(*, branch: str = "", most: int = _MOST) -> list[ListedItem]:
    """Items said to be returned, to be looked for on the shelves; by call number."""
    return _listed("item.status = 'claimed_returned'", branch, "item.call_number, item.barcode", most)


def lost(*, branch: str = "", most: int = _MOST) -> list[ListedItem]:
    """Items given up as lost, longest first."""
    return _listed("item.status = 'lost'", branch, "loan.due_at, item.barcode", most)


def missing(*, branch: str = "", most: int = _MOST) -> list[ListedItem]:
    """Items that nobody has and nobody finds; by call number."""
    return _listed("item.status = 'missing'", branch, "item.call_number, item.barcode", most)


def in_transit(*, to_branch: str = "", most: int = _MOST) -> list[ListedItem]:
    """Items on their way, longest first. What is going home without a note of it counts as going home."""
    items = _listed("item.status = 'in_transit'", "", "transit.sent_on, item.barcode", most)
    return [each for each in items if to_branch in ("", each.to_branch)]


def _listed(where: str, branch: str, order: str, most: int) -> list[ListedItem]:
    values: list[Any] = []
    if branch:
        where, values = f"{where} AND item.branch_id = %s", [branch]
    with connection.cursor() as cursor:
        cursor.execute(_LISTED.format(where=where, order=order), [*values, most])
        return [_line(row) for row in cursor.fetchall()]


def _line(row: Sequence[Any]) -> ListedItem:
    item = item_of(row)
    call_number, due_at, to_branch, since = row[ITEM_WIDTH:]
    if item.status == "in_transit":
        to_branch = to_branch or item.branch
    return ListedItem(
        item,
        call_number or "",
        due_at,
        to_branch or "",
        dt.date.fromisoformat(since) if isinstance(since, str) else since,
    )
