"""The cash drawer and the day's report: sums by day and branch, with nobody in them.

The report is read off counts that were bumped at the event. There is no row for a payment that a person
or a time of day could be read from: the fee's own entry knows a day, and goes with the fee.

Whoever may open these pages is the face's question; no door is asked, since there is no record of anybody.

Source: clauses MP-4.16, TH-1.20; DOMAIN practice of the day's cash.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Sum

from circumspect.records.fees.deposits import Movement
from circumspect.records.fees.models import CashTally, DrawerCount
from circumspect.records.fees.rules import MOST_CENTS, AmountError, EntryKind, Method, MoneyError

# A day's drawer may hold more than one fee may cost.
MOST_IN_DRAWER = 100 * MOST_CENTS
IN = (EntryKind.PAID.value, Movement.TOPPED_UP.value)
OUT = (EntryKind.REFUNDED.value, Movement.PAID_OUT.value)
# In the order of a report: money first, then what took its place.
KINDS = (
    *IN,
    *OUT,
    EntryKind.CHARGED.value,
    EntryKind.WAIVED.value,
    EntryKind.CREDITED.value,
    EntryKind.WRITTEN_OFF.value,
)
KIND_WORDS = {
    EntryKind.PAID.value: "Fees paid",
    Movement.TOPPED_UP.value: "Put on deposits",
    EntryKind.REFUNDED.value: "Refunded",
    Movement.PAID_OUT.value: "Deposits paid out",
    EntryKind.CHARGED.value: "Charged",
    EntryKind.WAIVED.value: "Waived",
    EntryKind.CREDITED.value: "Credited",
    EntryKind.WRITTEN_OFF.value: "Written off",
}


class ClosedError(MoneyError):
    """The drawer of this day and branch has been counted."""

    field = "counted"
    reason = "this day's drawer has been counted and closed"


@dataclass(frozen=True, slots=True)
class Sums:
    """What came to pass of one kind, by one method, on one day: cents, and how many times."""

    kind: str
    method: Method | None
    cents: int
    count: int

    @property
    def signed(self) -> int:
        """Cents as they change what the library holds: money out is less than nothing."""
        return -self.cents if self.kind in OUT else self.cents


@dataclass(frozen=True, slots=True)
class Drawer:
    """The cash drawer of one branch at the end of one day, in cents.

    Attributes:
        taken: Cash in less cash out.
        opening: What was in it as change; 0 until it is counted.
        counted: None until it is counted.
        late: Cash that moved after the count; it belongs to the next one.
    """

    taken: int
    opening: int = 0
    counted: int | None = None
    late: int = 0

    @property
    def expected(self) -> int:
        """What should have been in it when it was counted."""
        return self.opening + self.taken - self.late

    @property
    def difference(self) -> int | None:
        """Counted less expected: less than nothing where money is missing; None until it is counted."""
        return None if self.counted is None else self.counted - self.expected


@dataclass(frozen=True, slots=True)
class DayReport:
    """The money of one day at one branch, or at all of them ("")."""

    day: dt.date
    branch: str
    sums: tuple[Sums, ...]
    drawer: Drawer | None

    def of(self, *kinds: str) -> tuple[Sums, ...]:
        """The sums of these kinds."""
        return tuple(each for each in self.sums if each.kind in kinds)

    @property
    def money(self) -> tuple[Sums, ...]:
        """What changed hands: in, then out."""
        return self.of(*IN, *OUT)

    @property
    def other(self) -> tuple[Sums, ...]:
        """What was charged, and what was let go."""
        return tuple(each for each in self.sums if each.kind not in (*IN, *OUT))

    @property
    def net(self) -> int:
        """Money in less money out, in cents. What was paid from deposits came in when they were topped up."""
        return sum(each.signed for each in self.money if each.method is not Method.DEPOSIT)


def day_report(day: dt.date, branch: str = "") -> DayReport:
    """The day's money at one branch; with "" of the whole library, then without a drawer. Two statements."""
    rows = CashTally.objects.filter(day=day)
    if branch:
        rows = rows.filter(branch=branch)
    grouped = rows.values("kind", "method").annotate(all_cents=Sum("cents"), times=Sum("count"))
    sums = [
        Sums(row["kind"], Method(row["method"]) if row["method"] else None, row["all_cents"], row["times"])
        for row in grouped
    ]
    methods = list(Method)
    sums.sort(key=lambda each: (KINDS.index(each.kind), methods.index(each.method) if each.method else 0))
    return DayReport(day, branch, tuple(sums), _drawer(day, branch, sums) if branch else None)


def close_drawer(day: dt.date, branch: str, *, opening: int, counted: int) -> Drawer:
    """Write down what was counted in a branch's drawer, once for a day.

    Args:
        opening: Cents left in it as change in the morning.
        counted: Cents in it now, the change included.

    Raises:
        AmountError: Names the field.
        ClosedError: It has been counted before; nothing is changed.
    """
    for name, cents in (("opening", opening), ("counted", counted)):
        if not 0 <= cents <= MOST_IN_DRAWER:
            raise AmountError("an amount is dollars and cents, such as 50.00", name)
    with transaction.atomic():
        taken = cash_taken(day_report(day, branch).sums)
        try:
            with transaction.atomic():
                DrawerCount.objects.create(
                    day=day, branch=branch, opening=opening, expected=opening + taken, counted=counted
                )
        except IntegrityError:
            raise ClosedError from None
    return Drawer(taken, opening, counted)


def cash_taken(sums: Iterable[Sums]) -> int:
    """Cash in less cash out, in cents."""
    return sum(each.signed for each in sums if each.method is Method.CASH and each.kind in (*IN, *OUT))


def _drawer(day: dt.date, branch: str, sums: Iterable[Sums]) -> Drawer:
    taken = cash_taken(sums)
    row = DrawerCount.objects.filter(day=day, branch=branch).first()
    if row is None:
        return Drawer(taken)
    return Drawer(taken, row.opening, row.counted, late=taken - (row.expected - row.opening))
