"""What no counter of ours knows: read off a device or a sheet, and typed in once a month. And the reference tally.

A wireless controller counts its sessions; we are told the total and no device (TH-2.10). A reference question is
a press of a button: there is no place for what was asked, or by whom.

Source: clauses MP-4.16, TH-2.10; DOMAIN practice of the yearly report.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum

from circumspect.offices.statistics.models import ReferenceTally, TypedFigure

MOST = 100_000_000
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Figure:
    """One kind of typed figure.

    Attributes:
        code: As it is stored.
        name: As the form shows it.
        hint: Where the number comes from.
    """

    code: str
    name: str
    hint: str


FIGURES = {
    each.code: each
    for each in (
        Figure(
            "door",
            "Visits through the door",
            "The door counter's total of the month, halved if it counts both ways.",
        ),
        Figure(
            "wifi", "Wireless sessions", "The controller's total. Type no list in: no device is kept here."
        ),
        Figure("programs", "Programmes held", "Of all kinds, for all ages."),
        Figure("attendance", "People at programmes", "A headcount: no names, no sign-up sheet."),
        Figure("e_circulation", "Loans of electronic materials", "The vendors' totals."),
        Figure("e_retrieval", "Retrievals of electronic information", "The database vendors' totals."),
        Figure("hours", "Hours open", "Hours in which the branch was open to the public."),
    )
}


class FigureError(Exception):
    """A typed figure cannot be meant. Fit for a form.

    Attributes:
        field: "month", "figure" or "value".
        reason: What to do instead.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def type_in(month: str, branch: str, figure: str, value: str, *, is_estimate: bool, today: dt.date) -> None:
    """Write a figure down, or correct it; an empty value takes it out.

    Raises:
        FigureError: It cannot be meant; nothing was written.
    """
    if not _MONTH.fullmatch(month) or month > today.strftime("%Y-%m"):
        raise FigureError("month", "choose a month that has begun")
    if figure not in FIGURES:
        raise FigureError("figure", "choose a figure from the list")
    bare = value.replace(",", "").replace(" ", "").strip()
    if not bare:
        TypedFigure.objects.filter(month=month, branch=branch, figure=figure).delete()
        return
    if not bare.isascii() or not bare.isdigit() or int(bare) > MOST:
        raise FigureError("value", "type a whole number")
    TypedFigure.objects.update_or_create(
        month=month, branch=branch, figure=figure, defaults={"value": int(bare), "is_estimate": is_estimate}
    )


def typed(month: str, branch: str) -> dict[str, TypedFigure]:
    """What is written down of a month and branch, by figure."""
    return {row.figure: row for row in TypedFigure.objects.filter(month=month, branch=branch)}


def sum_of(figure: str, months: tuple[str, ...]) -> tuple[int | None, bool]:
    """A figure over months and branches; None where nothing was typed. And whether any of it was estimated."""
    rows = TypedFigure.objects.filter(figure=figure, month__in=months)
    total = rows.aggregate(total=Sum("value"))["total"]
    return total, rows.filter(is_estimate=True).exists()


def tally(branch: str, day: dt.date, by: int = 1) -> int:
    """Count a reference question, or take one back; how many there are today."""
    with transaction.atomic():
        row, _ = ReferenceTally.objects.select_for_update().get_or_create(day=day, branch=branch)
        if row.count + by >= 0:
            ReferenceTally.objects.filter(id=row.id).update(count=F("count") + by)
            return int(row.count + by)
        return int(row.count)


def questions(branch: str, day: dt.date) -> int:
    """How many reference questions were counted at a branch on a day."""
    return ReferenceTally.objects.filter(branch=branch, day=day).values_list("count", flat=True).first() or 0
