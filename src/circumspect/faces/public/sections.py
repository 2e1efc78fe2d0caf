"""The way through the public's pages: what stands in the head and in the foot of each.

An entry is the name of an address and what it is called. To add a page, add a line.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from circumspect.faces.public import languages


@dataclass(frozen=True, slots=True)
class Entry:
    """One page to go to."""

    name: str
    title: Promise


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry on a page, in the page's language."""

    name: str
    title: Promise
    href: str
    is_here: bool


HEAD: tuple[Entry, ...] = (
    Entry("site-catalogue", _("Catalog")),
    Entry("site-news", _("News")),
    Entry("site-events", _("Events")),
    Entry("site-lists", _("Reading lists")),
    Entry("site-services", _("Services")),
    Entry("site-resources", _("Elsewhere")),
    Entry("site-hours", _("Hours")),
    Entry("forms-home", _("Ask us")),
)

FOOT: tuple[tuple[Promise, tuple[Entry, ...]], ...] = (
    (
        _("The library"),
        (
            Entry("site-hours", _("Hours and branches")),
            Entry("site-services", _("Services")),
            Entry("site-wireless", _("Wireless network")),
            Entry("site-social", _("Our social media")),
            Entry("site-access", _("Accessibility")),
        ),
    ),
    (
        _("Your privacy"),
        (
            Entry("site-policy", _("Privacy policy")),
            Entry("site-kept", _("What we keep")),
            Entry("site-cookies", _("Cookies")),
            Entry("site-resources", _("Sites that are not ours")),
            Entry("site-promises", _("How we keep our promises")),
        ),
    ),
    (
        _("In the open"),
        (
            Entry("site-policies", _("All policies")),
            Entry("site-foia", _("Public records")),
            Entry("site-transparency", _("Transparency report")),
            Entry("site-statistics", _("Figures and open data")),
            Entry("ledger-checkpoints", _("Checkpoints of the ledger")),
        ),
    ),
)


def head(here: str) -> list[Shown]:
    """What stands in the head of a page called ``here``."""
    return _shown(HEAD, here)


def foot(here: str) -> list[tuple[Promise, list[Shown]]]:
    """What stands in the foot, by heading."""
    return [(title, _shown(entries, here)) for title, entries in FOOT]


def _shown(entries: tuple[Entry, ...], here: str) -> list[Shown]:
    # A name that is no address raises: a page that was to be found and is not would be a silent loss.
    return [
        Shown(
            entry.name,
            entry.title,
            languages.address(entry.name),
            here == entry.name or here.startswith(f"{entry.name}-"),
        )
        for entry in entries
    ]
