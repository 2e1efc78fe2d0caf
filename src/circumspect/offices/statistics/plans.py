"""The fixed tables. There is no other: nobody can ask for a count of their own choosing.

A count is cut by at most two dimensions, and of a patron it knows the category alone. Sex, age and place are
no dimensions, so no table can be made of them.

Source: clauses MP-4.16, TH-1.17.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Dimension(StrEnum):
    """Everything a count may be cut by."""

    BRANCH = "branch"
    MONTH = "month"
    ITEM_TYPE = "item_type"
    COLLECTION = "collection"
    CATEGORY = "category"
    KIND = "kind"


class Measure(StrEnum):
    """Everything that is counted."""

    CIRCULATION = "circulation"
    COMPUTERS = "computer sessions"
    HOLDS = "holds"
    FEES = "fees"
    ILL = "interlibrary loans"
    REFERENCE = "reference questions"
    BORROWERS = "registered borrowers"
    TYPED = "typed figures"


@dataclass(frozen=True, slots=True)
class Plan:
    """One fixed table.

    Attributes:
        code: Its name in addresses and files.
        title: What it shows.
        measure: What is counted.
        rows: What each row is.
        columns: What each column is; None for a table of one column.
        method: Count or estimate, and of what.
        kinds: Which kinds of event are counted; empty for all.
    """

    code: str
    title: str
    measure: Measure
    rows: Dimension
    columns: Dimension | None
    method: str
    kinds: frozenset[str] = frozenset()


_LENT = frozenset({"loan", "renewal"})
_LENT_METHOD = "Count of loans and renewals, at the moment of each. Physical items only; use within the library is not in it."
_B, _M = Dimension.BRANCH, Dimension.MONTH

PLANS: tuple[Plan, ...] = (
    Plan(
        "circulation-by-month",
        "Circulation by branch and month",
        Measure.CIRCULATION,
        _B,
        _M,
        _LENT_METHOD,
        _LENT,
    ),
    Plan(
        "circulation-by-item-type",
        "Circulation by item type and branch",
        Measure.CIRCULATION,
        Dimension.ITEM_TYPE,
        _B,
        _LENT_METHOD,
        _LENT,
    ),
    Plan(
        "circulation-by-collection",
        "Circulation by collection and branch",
        Measure.CIRCULATION,
        Dimension.COLLECTION,
        _B,
        _LENT_METHOD,
        _LENT,
    ),
    Plan(
        "circulation-by-category",
        "Circulation by category of borrower and branch",
        Measure.CIRCULATION,
        Dimension.CATEGORY,
        _B,
        _LENT_METHOD + " Of the borrower nothing but the card's category is counted.",
        _LENT,
    ),
    Plan(
        "circulation-by-category-and-month",
        "Circulation by category of borrower and month",
        Measure.CIRCULATION,
        Dimension.CATEGORY,
        _M,
        _LENT_METHOD + " Of the borrower nothing but the card's category is counted.",
        _LENT,
    ),
    Plan(
        "computer-sessions",
        "Sessions at public computers by branch and month",
        Measure.COMPUTERS,
        _B,
        _M,
        "Count of sessions, of any length, when each ends. With whom, and what they did, was never known.",
    ),
    Plan(
        "holds",
        "Holds by branch of pick-up, and what became of them",
        Measure.HOLDS,
        _B,
        Dimension.KIND,
        "Count of each event, at the moment of it.",
        frozenset({"placed", "filled", "cancelled", "wish_expired", "shelf_expired"}),
    ),
    Plan(
        "reference-questions",
        "Reference questions by branch and month",
        Measure.REFERENCE,
        _B,
        _M,
        "Count: a button that staff press. No question is written down.",
    ),
    Plan(
        "interlibrary-loans",
        "Interlibrary loans by branch",
        Measure.ILL,
        _B,
        Dimension.KIND,
        "Count of each event, at the moment of it.",
        frozenset({"arrived", "supplied", "not_filled"}),
    ),
    Plan(
        "fees",
        "Fees charged, paid and let go, by branch: how many",
        Measure.FEES,
        _B,
        Dimension.KIND,
        "Count of each event, at the moment of it.",
        frozenset({"charged", "paid", "waived", "credited", "written_off", "refunded"}),
    ),
    Plan(
        "registered-borrowers",
        "Registered borrowers by category of card",
        Measure.BORROWERS,
        Dimension.CATEGORY,
        None,
        "Count of registrations not run out, on the last day counted in the year.",
    ),
)
BY_CODE = {plan.code: plan for plan in PLANS}


@dataclass(frozen=True, slots=True)
class Year:
    """A year of the library's reports: twelve months from the one it begins with.

    Attributes:
        label: The calendar year in which it begins.
        first: Its first month, 1 for a calendar year, 7 for July to June.
    """

    label: int
    first: int = 7

    @classmethod
    def of(cls, day: dt.date, first: int) -> Year:
        """The year a day is in."""
        return cls(day.year if day.month >= first else day.year - 1, first)

    @property
    def months(self) -> tuple[str, ...]:
        """Its twelve months, as "2026-07"."""
        counted = [self.label * 12 + self.first - 1 + n for n in range(12)]
        return tuple(f"{each // 12}-{each % 12 + 1:02}" for each in counted)

    @property
    def begins(self) -> dt.date:
        """Its first day."""
        return dt.date.fromisoformat(f"{self.months[0]}-01")

    @property
    def ends(self) -> dt.date:
        """Its last day."""
        return Year(self.label + 1, self.first).begins - dt.timedelta(days=1)

    @property
    def name(self) -> str:
        """As it is stored and shown: "2026", or "2026-07 to 2027-06"."""
        return str(self.label) if self.first == 1 else f"{self.months[0]} to {self.months[-1]}"
