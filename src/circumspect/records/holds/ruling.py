"""The library's own choices for holds: which copies serve them, how long they stand, and how many a patron may have.

Nothing of a patron is here. Who may choose is the caller's to know; what may be chosen is checked here.

Source: DOMAIN practice of holds; clause MP-2.1.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from circumspect.records.catalog.models import Branch, ItemType
from circumspect.records.holds.models import HoldLimit, HoldRule
from circumspect.records.holds.placing import HoldFieldError
from circumspect.records.holds.queue import HoldTerms

MOST_SHELF_DAYS = 60
MOST_HOLDS = 500


def put_rule(terms: HoldTerms) -> None:
    """Write a hold rule; the one of the same item type and branch is replaced.

    Raises:
        HoldFieldError: A value does not do.
    """
    if terms.item_type and not ItemType.objects.filter(code=terms.item_type).exists():
        raise HoldFieldError("item_type", "choose one of the list")
    if terms.branch and not Branch.objects.filter(code=terms.branch).exists():
        raise HoldFieldError("branch", "choose one of the list")
    if not 1 <= terms.shelf_days <= MOST_SHELF_DAYS:
        raise HoldFieldError("shelf_days", f"a copy stands 1 to {MOST_SHELF_DAYS} days on the hold shelf")
    HoldRule.objects.update_or_create(
        item_type=terms.item_type,
        branch=terms.branch,
        defaults={
            "holdable": terms.holdable,
            "home_only": terms.home_only,
            "shelf_days": terms.shelf_days,
        },
    )


def drop_rule(item_type: str, branch: str) -> bool:
    """Take a hold rule away; whether there was one. The next closest then decides."""
    gone, _ = HoldRule.objects.filter(item_type=item_type, branch=branch).delete()
    return gone > 0


def limits() -> dict[str, int]:
    """How many holds a patron may have, by category; "" is for those that have no number of their own."""
    return dict(HoldLimit.objects.values_list("category", "max_holds"))


def put_limits(wanted: Mapping[str, int | None]) -> None:
    """Write how many holds a patron may have, by category; None takes a category's own number away.

    Raises:
        HoldFieldError: A number does not do; nothing is written. Names the category as ``limit-CODE``.
    """
    for category, most in wanted.items():
        if most is not None and not 0 <= most <= MOST_HOLDS:
            raise HoldFieldError(f"limit-{category}", f"0 to {MOST_HOLDS} holds")
    with transaction.atomic():
        for category, most in wanted.items():
            if most is None:
                HoldLimit.objects.filter(category=category).delete()
            else:
                HoldLimit.objects.update_or_create(category=category, defaults={"max_holds": most})
