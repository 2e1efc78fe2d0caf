"""A policy's change that matters, in the places chosen for it: the first page, the sign-in, slips, a poster.

    context["changes"] = changes_for(Place.SIGN_IN)        {% include "public/_changes.html" %}

Source: clause TH-7.3.
"""

from __future__ import annotations

from dataclasses import dataclass

from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.offices.publishing import policies
from circumspect.offices.publishing.rules import Place
from circumspect.records.circulation.rulebook import zone_of


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """One change, in the page's language."""

    title: str
    since: str
    href: str
    is_privacy: bool


def changes_for(place: Place) -> list[ChangeShown]:
    """What is to be shown in a place now."""
    zone = zone_of(house())
    out = []
    for row in policies.changes_at(place, house().clock()):
        text, _said_in = policies.text_in(row, languages.current())
        href = languages.address("site-policy-versions", row.policy)
        since = languages.day(row.in_force_from.astimezone(zone), "long")
        out.append(ChangeShown(text["title"], since, href, row.policy == policies.PRIVACY))
    return out
