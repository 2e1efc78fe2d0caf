"""The form of a loan rule: typed texts into a rule, and a rule into the texts of a form.

Amounts are typed in dollars and kept in cents. What the numbers may be is said by
``circulation.rulechecks``; here they are only read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from circumspect.faces.desk.looking import branch_names
from circumspect.records.catalog.models import ItemType
from circumspect.records.circulation.rulechecks import wrong_with
from circumspect.records.circulation.rules import DEFAULT_TERMS, FinePer, LoanTerms, PeriodKind
from circumspect.records.fees.rules import AmountError, cents_of, dollars
from circumspect.records.patrons.categories import categories
from circumspect.trust.door.house import House

KEY = ("category", "item_type", "branch")
_NUMBERS = ("period", "renewals", "max_items", "max_of_type", "grace")
_NUMBERS_OR_NONE = ("long_overdue_days", "lost_days")
_AMOUNTS = ("fine_cents", "fine_cap_cents", "processing_cents")
_TICKS = ("lendable", "hold_allowed", "waiting_stops_renewal", "auto_renew")
_PERIODS = {PeriodKind.DAYS: "days", PeriodKind.HOURS: "hours", PeriodKind.FIXED: "until a fixed day"}
_FINES = {FinePer.NEVER: "fine-free", FinePer.DAY: "each open day", FinePer.HOUR: "each open hour"}


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form about the house's own rules, ready to draw.

    Attributes:
        kind: "text", "number", "date", "datetime-local", "tick" or "choice".
        why: What it means, beside it; "" for nothing.
    """

    name: str
    label: str
    kind: str
    value: str
    error: str = ""
    why: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs that belong together."""

    legend: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What the codes of a rule are called."""

    category: Mapping[str, str]
    item_type: Mapping[str, str]
    branch: Mapping[str, str]

    def of(self, terms: LoanTerms) -> tuple[str, str, str]:
        """The three parts of a rule's key as a person says them."""
        return (
            self.category.get(terms.category, terms.category) or "Any category",
            self.item_type.get(terms.item_type, terms.item_type) or "Any item",
            self.branch.get(terms.branch, terms.branch) or "Any branch",
        )


def names(house: House) -> Names:
    """The library's categories, item types and branches."""
    return Names(
        {code: each.name for code, each in categories(house.home.config).items()},
        dict(ItemType.objects.order_by("name").values_list("code", "name")),
        branch_names(),
    )


def texts_of(terms: LoanTerms) -> dict[str, str]:
    """A rule as the texts of its form."""
    texts = {name: getattr(terms, name) for name in KEY}
    texts |= {name: str(getattr(terms, name)) for name in _NUMBERS}
    texts |= {name: _typed(getattr(terms, name)) for name in _NUMBERS_OR_NONE}
    texts |= {name: _money(getattr(terms, name) or None) for name in _AMOUNTS}
    texts["replacement_cents"] = _money(terms.replacement_cents)
    texts |= {name: "yes" if getattr(terms, name) else "" for name in _TICKS}
    return texts | {
        "period_kind": terms.period_kind.value,
        "fine_per": terms.fine_per.value,
        "fixed_on": terms.fixed_on.isoformat() if terms.fixed_on else "",
    }


def read(typed: Mapping[str, str], known: Names, today: dt.date) -> tuple[LoanTerms | None, dict[str, str]]:
    """The rule that was typed, and what is wrong with it by field; no rule where something is."""
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name in KEY:
        values[name] = typed.get(name, "")
        if values[name] and values[name] not in getattr(known, name):
            wrong[name] = "choose one of the list"
    for name in (*_NUMBERS, *_NUMBERS_OR_NONE):
        text = typed.get(name, "").strip()
        if text.isascii() and text.isdecimal() and len(text) <= 6:
            values[name] = int(text)
        elif name in _NUMBERS_OR_NONE and not text:
            values[name] = None
        elif name == "period" and typed.get("period_kind") == PeriodKind.FIXED:
            values[name] = 1
        else:
            wrong[name] = "give a whole number"
    for name in (*_AMOUNTS, "replacement_cents"):
        values[name] = _cents(name, typed.get(name, ""), wrong)
    for name in _TICKS:
        values[name] = typed.get(name) == "yes"
    values["period_kind"] = _one_of(PeriodKind, "period_kind", typed, wrong)
    values["fine_per"] = _one_of(FinePer, "fine_per", typed, wrong)
    values["fixed_on"] = _day(typed.get("fixed_on", ""), wrong)
    if wrong:
        return None, wrong
    if values["period_kind"] is not PeriodKind.FIXED:
        values["fixed_on"] = None
    terms = LoanTerms(**values)
    wrong = wrong_with(terms, today)
    return (None, wrong) if wrong else (terms, {})


def _cents(name: str, text: str, wrong: dict[str, str]) -> int | None:
    if not text.strip():
        return None if name == "replacement_cents" else 0
    try:
        return cents_of(text)
    except AmountError:
        wrong[name] = "an amount is dollars and cents, such as 0.25"
        return 0


def _one_of(kind: Any, name: str, typed: Mapping[str, str], wrong: dict[str, str]) -> Any:
    try:
        return kind(typed.get(name, ""))
    except ValueError:
        wrong[name] = "choose one of the list"
        return None


def _day(text: str, wrong: dict[str, str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        wrong["fixed_on"] = "a day is year-month-day, such as 2027-06-05"
        return None


def _typed(number: int | None) -> str:
    return "" if number is None else str(number)


def _money(cents: int | None) -> str:
    return "" if cents is None else dollars(cents).removeprefix("$").replace(",", "")


# a rule in words


def period_in_words(terms: LoanTerms) -> str:
    """How long a rule lends."""
    if not terms.lendable:
        return "stays in the library"
    if terms.period_kind is PeriodKind.FIXED:
        return (
            f"until {terms.fixed_on:%b} {terms.fixed_on.day}, {terms.fixed_on.year}"
            if terms.fixed_on
            else "?"
        )
    unit = _PERIODS[terms.period_kind]
    return f"{terms.period} {unit[:-1] if terms.period == 1 else unit}"


def renewals_in_words(terms: LoanTerms) -> str:
    """How often, and whether by itself."""
    if not terms.renewals or not terms.lendable:
        return "none"
    return f"{terms.renewals}{', by itself' if terms.auto_renew else ''}"


def limit_in_words(terms: LoanTerms) -> str:
    """How many at once."""
    of_type = f", {terms.max_of_type} of this kind" if terms.max_of_type else ""
    return f"{terms.max_items}{of_type}"


def fine_in_words(terms: LoanTerms) -> str:
    """What late costs."""
    if terms.fine_per is FinePer.NEVER or not terms.fine_cents:
        return "none"
    unit = terms.fine_per.value
    words = f"{dollars(terms.fine_cents)} a{'n' if unit == 'hour' else ''} {unit}"
    if terms.grace:
        words += f" after {terms.grace} {unit}{'s' if terms.grace != 1 else ''}"
    if terms.fine_cap_cents:
        words += f", {dollars(terms.fine_cap_cents)} at most"
    return words


# the form

_EMPTY = "Days past due; empty takes the library's."
_GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...] = (
    (
        "Lending",
        (
            ("lendable", "It is lent", "tick", ""),
            ("hold_allowed", "Holds may be placed", "tick", ""),
            ("period_kind", "Length in", "choice", ""),
            ("period", "Length", "number", "Days or hours; of no meaning to a fixed day."),
            ("fixed_on", "Fixed day", "date", "Everything under a rule of fixed day falls due then."),
            ("max_items", "Items at once", "number", "Of every type together."),
            ("max_of_type", "Of this type at once", "number", "0 for no limit of its own."),
        ),
    ),
    (
        "Renewing",
        (
            ("renewals", "Renewals", "number", "0 for none."),
            ("waiting_stops_renewal", "No renewal while somebody else waits", "tick", ""),
            ("auto_renew", "Renew by itself before it is due", "tick", ""),
        ),
    ),
    (
        "Late",
        (
            ("fine_per", "Fine", "choice", ""),
            ("fine_cents", "Amount", "text", "Dollars, such as 0.25. Closed days and hours cost nothing."),
            ("grace", "Grace", "number", "So many open days or hours cost nothing."),
            ("fine_cap_cents", "At most", "text", "The most one late return costs; empty for no limit."),
        ),
    ),
    (
        "Lost",
        (
            ("long_overdue_days", "Long overdue after", "number", _EMPTY),
            ("lost_days", "Given up after", "number", _EMPTY),
            ("replacement_cents", "Replacement", "text", "Empty takes the item's price, or its type's."),
            ("processing_cents", "Processing", "text", "Charged beside the replacement."),
        ),
    ),
)
_KEY_LABELS = {
    "category": ("Category", "Any category"),
    "item_type": ("Item type", "Any item"),
    "branch": ("Branch", "Any branch"),
}


def key_fields(
    known: Names, typed: Mapping[str, str], wrong: Mapping[str, str], *, any_too: bool
) -> tuple[Field, ...]:
    """Choosers of category, item type and branch.

    Args:
        any_too: A rule may be for any of them; a loan is of one.
    """
    return tuple(
        Field(
            name,
            label,
            "choice",
            typed.get(name, ""),
            wrong.get(name, ""),
            choices=((("", anything),) if any_too else ()) + tuple(getattr(known, name).items()),
        )
        for name, (label, anything) in _KEY_LABELS.items()
    )


def groups(typed: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Group, ...]:
    """The rule's form, filled in."""
    choices = {
        "period_kind": tuple((kind.value, words) for kind, words in _PERIODS.items()),
        "fine_per": tuple((per.value, words) for per, words in _FINES.items()),
    }
    return tuple(
        Group(
            legend,
            tuple(
                Field(name, label, kind, typed.get(name, ""), wrong.get(name, ""), why, choices.get(name, ()))
                for name, label, kind, why in fields
            ),
        )
        for legend, fields in _GROUPS
    )


FRESH = texts_of(DEFAULT_TERMS)
