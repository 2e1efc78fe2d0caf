"""What the published tables are called in the reader's language. Codes of the library's own stay as they are.

A text stands here as the office spells it in English; a test holds the two together.
"""

from __future__ import annotations

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from circumspect.faces.public import languages
from circumspect.offices.statistics.plans import Dimension, Plan

TITLES: dict[str, Promise] = {
    "circulation-by-month": _("Circulation by branch and month"),
    "circulation-by-item-type": _("Circulation by item type and branch"),
    "circulation-by-collection": _("Circulation by collection and branch"),
    "circulation-by-category": _("Circulation by category of borrower and branch"),
    "circulation-by-category-and-month": _("Circulation by category of borrower and month"),
    "computer-sessions": _("Sessions at public computers by branch and month"),
    "holds": _("Holds by branch of pick-up, and what became of them"),
    "reference-questions": _("Reference questions by branch and month"),
    "interlibrary-loans": _("Interlibrary loans by branch"),
    "fees": _("Fees charged, paid and let go, by branch: how many"),
    "registered-borrowers": _("Registered borrowers by category of card"),
}
METHODS: dict[str, Promise] = {
    "circulation": _(
        "Count of loans and renewals, at the moment of each. Physical items only; use within the library is not in it."
    ),
    "category": _("Of the borrower nothing but the card's category is counted."),
    "computer sessions": _(
        "Count of sessions, of any length, when each ends. With whom, and what they did, was never known."
    ),
    "event": _("Count of each event, at the moment of it."),
    "reference questions": _("Count: a button that staff press. No question is written down."),
    "registered borrowers": _("Count of registrations not run out, on the last day counted in the year."),
}
DIMENSIONS: dict[str, Promise] = {
    "branch": _("Branch"),
    "month": _("Month"),
    "item_type": _("Item type"),
    "collection": _("Collection"),
    "category": _("Category of card"),
    "kind": _("What happened"),
}
VALUES: dict[str, Promise] = {
    "placed": _("placed"),
    "filled": _("filled"),
    "cancelled": _("cancelled"),
    "wish_expired": _("wish ran out"),
    "shelf_expired": _("not picked up"),
    "arrived": _("borrowed from other libraries"),
    "supplied": _("lent to other libraries"),
    "not_filled": _("not to be had"),
    "charged": _("charged"),
    "paid": _("paid"),
    "waived": _("waived"),
    "credited": _("credited"),
    "written_off": _("written off"),
    "refunded": _("refunded"),
    "resident_adult": _("resident adult"),
    "resident_juvenile": _("resident juvenile"),
    "non_resident": _("non-resident, paid"),
    "cards_for_kids": _("Cards for Kids"),
    "veteran_non_resident": _("disabled veteran, non-resident"),
    "reciprocal": _("reciprocal borrower"),
    "staff": _("staff"),
    "institution": _("teacher or institution"),
    "homebound": _("homebound"),
    "ill_library": _("another library"),
    "temporary": _("temporary card"),
    "digital_only": _("digital only"),
}


def method_of(plan: Plan) -> str:
    """How a table's counts came about."""
    words = METHODS.get(plan.measure.value, METHODS["event"])
    if Dimension.CATEGORY in (plan.rows, plan.columns) and plan.measure.value == "circulation":
        return f"{words} {METHODS['category']}"
    return str(words)


def value_of(dimension: Dimension, value: str | None, branches: dict[str, str]) -> str:
    """A row's or a column's name; None is the total."""
    if value is None:
        return _now("All")
    if dimension is Dimension.MONTH:
        first = dt.date.fromisoformat(f"{value}-01")
        return f"{languages.short_month(first)} {first.year}"
    if dimension is Dimension.BRANCH:
        return branches.get(value, value) or _now("(none)")
    known = VALUES.get(value) if dimension in (Dimension.CATEGORY, Dimension.KIND) else None
    return str(known) if known else value.replace("_", " ") or _now("(none)")
