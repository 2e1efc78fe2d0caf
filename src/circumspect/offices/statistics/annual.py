"""The figures of the Illinois Public Library Annual Report, which the IMLS survey takes over, each with its method.

A figure is counted, typed in, or missing, and says which; none is guessed. They are totals of the whole library
for the State Library, shown to those who send the report. In public they stand in the published tables.

Source: DOMAIN practice of the yearly report; clause MP-4.16.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db.models import Q, Sum

from circumspect.offices.statistics import borrowers, typing
from circumspect.offices.statistics.models import ReferenceTally
from circumspect.offices.statistics.plans import Year
from circumspect.records.catalog.models import Item, ItemStatus
from circumspect.records.circulation.models import Tally
from circumspect.records.computers.models import Seat, SeatDay
from circumspect.records.ill.models import IllTally

# Visits to the website in some months; None where nothing is counted. It comes from the annex, which is not ours.
Website = Callable[[tuple[str, ...]], int | None]
_RESIDENT = ("resident_adult", "resident_juvenile", "homebound", "staff")
_NON_RESIDENT = ("non_resident", "cards_for_kids", "veteran_non_resident")


@dataclass(frozen=True, slots=True)
class AnnualFigure:
    """One figure of the report.

    Attributes:
        number: Where it stands in the report, such as "503 REGBOR".
        value: None where nothing is known.
        method: How it comes about, or what is missing.
    """

    number: str
    name: str
    value: int | None
    method: str
    is_estimate: bool = False


def figures(year: Year, website: Website, children: Collection[str] = ()) -> list[AnnualFigure]:
    """The year's figures, in the order of the report.

    Args:
        children: Codes of the collections and item types that are children's.
    """
    lent = _circulation(year)
    online, online_estimated = typing.sum_of("e_circulation", year.months)
    return [
        _typed("501 VISITS", "Visits through the door", "door", year),
        AnnualFigure(
            "502 REFERENC",
            "Reference questions",
            _in(ReferenceTally.objects, year, "count"),
            "Count: a button that staff press at each question. Directions and questions about rules are not counted.",
        ),
        *_cards(year),
        AnnualFigure(
            "550 TOTCIR",
            "Circulation, all",
            lent + (online or 0),
            "Count of loans and renewals at the moment of each, and loans of electronic materials as the vendors say"
            + ("." if online is not None else ", of which none were typed in."),
            online_estimated,
        ),
        AnnualFigure(
            "551 KIDCIRCL",
            "Circulation of children's materials",
            _circulation(year, children) if children else None,
            "Count of loans and renewals of children's collections and item types."
            if children
            else "Name the children's collections in [statistics] children.",
        ),
        _typed("552 ELMATCIR", "Loans of electronic materials", "e_circulation", year),
        AnnualFigure(
            "553 PHYSCIR",
            "Circulation of physical items",
            lent,
            "Count of loans and renewals at the moment of each.",
        ),
        _typed("554 ELINFO", "Retrievals of electronic information", "e_retrieval", year),
        AnnualFigure(
            "575 LOANTO",
            "Lent to other libraries",
            _ill(year, "supplied"),
            "Count, when a copy leaves for another library.",
        ),
        AnnualFigure(
            "576 LOANFM",
            "Borrowed from other libraries",
            _ill(year, "arrived"),
            "Count, when a copy arrives from another library.",
        ),
        _typed("Programmes", "Programmes held", "programs", year),
        _typed("Attendance", "People at programmes", "attendance", year),
        AnnualFigure(
            "650 GPTERMS", "Public computers", Seat.objects.count(), "Count of the seats there are today."
        ),
        AnnualFigure(
            "651 PITUSR",
            "Sessions at public computers",
            _in(SeatDay.objects, year, "sessions"),
            "Count of sessions of any length, when each ends.",
        ),
        _typed("652 WIFISESS", "Wireless sessions", "wifi", year),
        AnnualFigure(
            "653 WEBVISIT",
            "Visits to the website",
            website(year.months),
            "Estimate: pages with less than half an hour between two of them are one visit; without cookies, and without"
            " whoever is signed in; programs left out.",
            is_estimate=True,
        ),
        AnnualFigure(
            "17 Holdings",
            "Physical items held",
            Item.objects.exclude(
                status__in=(ItemStatus.WITHDRAWN.value, ItemStatus.LOST.value, ItemStatus.ON_ORDER.value)
            ).count(),
            "Count of items in the catalogue today, without those lost, withdrawn or on order.",
        ),
        _typed("Hours", "Hours open", "hours", year),
    ]


def _cards(year: Year) -> list[AnnualFigure]:
    day, by_category = borrowers.last_count(year.begins, year.ends)
    method = (
        f"Count of registrations not run out, on {day.isoformat()}, by category of card."
        if day
        else "Not counted in this year: circumspect statistics borrowers counts."
    )

    def cards(number: str, name: str, *categories: str) -> AnnualFigure:
        value = sum(by_category.get(each, 0) for each in categories or by_category) if day else None
        return AnnualFigure(number, name, value, method)

    return [
        cards("503 REGBOR", "Registered borrowers"),
        cards("16.1", "Cards of residents in force", *_RESIDENT),
        cards("16.2", "Cards of non-residents in force", *_NON_RESIDENT),
        cards("16.2a", "of which Cards for Kids", "cards_for_kids"),
        cards("16.2b", "of which disabled veterans", "veteran_non_resident"),
    ]


def _typed(number: str, name: str, figure: str, year: Year) -> AnnualFigure:
    value, is_estimate = typing.sum_of(figure, year.months)
    about = typing.FIGURES[figure].hint
    method = f"Typed in by month. {about}" if value is not None else f"Nothing was typed in. {about}"
    return AnnualFigure(number, name, value, method, is_estimate)


def _circulation(year: Year, codes: Collection[str] = ()) -> int:
    rows = Tally.objects.filter(day__range=(year.begins, year.ends), kind__in=("loan", "renewal"))
    if codes:
        rows = rows.filter(Q(collection__in=codes) | Q(item_type__in=codes))
    return rows.aggregate(total=Sum("count"))["total"] or 0


def _ill(year: Year, kind: str) -> int:
    return _in(IllTally.objects.filter(kind=kind), year, "count")


def _in(rows: object, year: Year, column: str) -> int:
    found = rows.filter(day__range=(year.begins, year.ends))  # type: ignore[attr-defined]
    return found.aggregate(total=Sum(column))["total"] or 0
