"""Patron categories and note kinds a library starts with; ``[categories]`` in config.toml adds or changes some.

A category says how long a registration lasts, whether a responsible adult must be named, and whether
a card lends things at all. It never says who somebody is.

Source: clauses TH-1.10, TH-1.22; 23 Ill. Adm. Code 3050.50 for the non-resident year (configurable).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Category:
    """Attributes:
    code: Such as "resident_adult".
    name: As the desk shows it.
    days: Length of a registration, in days; 0 for no end.
    needs_adult: A responsible adult's name and contact are asked for.
    """

    code: str
    name: str
    days: int
    needs_adult: bool = False


# The category of a card that was made at the door: few items, a short life, until proof of identity is seen.
TEMPORARY = "temporary"

DEFAULT_CATEGORIES = {
    each.code: each
    for each in (
        Category("resident_adult", "Resident adult", 1095),
        Category("resident_juvenile", "Resident juvenile", 1095, needs_adult=True),
        Category("non_resident", "Non-resident, paid", 365),
        Category("cards_for_kids", "Non-resident, Cards for Kids", 365, needs_adult=True),
        Category("veteran_non_resident", "Non-resident, disabled veteran", 365),
        Category("reciprocal", "Reciprocal borrower", 365),
        Category("staff", "Staff", 1095),
        Category("institution", "Teacher or institution", 365),
        Category("homebound", "Homebound", 1095),
        Category("ill_library", "Interlibrary-loan library", 0),
        Category(TEMPORARY, "Temporary, limited", 60),
        Category("digital_only", "Digital only", 365),
    )
}

# Kinds of account notes (TH-1.22): all are about the card account, none about the person.
NOTE_KINDS = {
    "card": "About the card",
    "contact": "About reaching them",
    "pickup": "Somebody picks up for them",
    "payment": "About a payment arrangement",
    "material": "An item is being sorted out",
}
NOTE_MAX_LENGTH = 280
NOTE_MAX_DAYS = 365


def categories(config: Mapping[str, Any]) -> dict[str, Category]:
    """The library's categories: the defaults, changed by ``[categories.CODE]`` tables of config.toml."""
    own = dict(DEFAULT_CATEGORIES)
    for code, table in config.get("categories", {}).items():
        base = own.get(code, Category(code, code.replace("_", " ").capitalize(), 365))
        if table.get("off", False):
            own.pop(code, None)
            continue
        own[code] = Category(
            code,
            str(table.get("name", base.name)),
            int(table.get("days", base.days)),
            bool(table.get("needs_adult", base.needs_adult)),
        )
    return own
