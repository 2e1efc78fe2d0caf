"""The way through a patron's own pages. An entry is the name of an address and what it is called."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from circumspect.faces.portal import letterwords
from circumspect.faces.public import languages


@dataclass(frozen=True, slots=True)
class Tab:
    """One page to go to."""

    name: str
    title: Promise
    href: str
    is_here: bool


TABS: tuple[tuple[str, Promise], ...] = (
    ("portal-home", _("Overview")),
    ("portal-loans", _("Loans")),
    ("portal-holds", _("Holds")),
    ("portal-requests", _("Requests")),
    ("portal-letters", letterwords.tab()),
    ("portal-fees", _("Fees")),
    ("portal-computers", _("Computers")),
    ("portal-card", _("Card")),
    ("portal-settings", _("Settings")),
    ("portal-history", _("Reading history")),
    ("portal-permissions", _("Permissions")),
    ("portal-held", _("What we hold")),
    ("portal-looks", _("Who looked")),
)
# Where somebody may be led after signing in. A closed list: an address of another site is not on it.
BACK_TO = frozenset(name for name, _title in TABS)
_PART_OF = {
    "portal-place": "portal-holds",
    "portal-passkeys": "portal-settings",
    "portal-letter-form": "portal-letters",
}


def tabs(here: str) -> list[Tab]:
    """Every page, and which one is open."""
    at = _PART_OF.get(here, here)
    return [Tab(name, title, languages.address(name), name == at) for name, title in TABS]
