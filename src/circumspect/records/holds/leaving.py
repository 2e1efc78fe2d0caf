"""When a hold ends or moves while its copy stands on a shelf: the copy is left over until it is scanned.

What is known of it then is an item, a branch and the code on its slip. Nobody is tied to it.

Source: clause MP-4.12.
"""

from __future__ import annotations

from collections.abc import Iterable

from circumspect.records.holds.models import Hold, HoldState, ShelfLeftover


def leave_on_shelf(*holds: Hold) -> None:
    """Note the copies of these holds that stand on a shelf as left over. In the caller's transaction."""
    left = [
        ShelfLeftover(item_id=hold.copy_id, branch=hold.pickup_branch, pickup_code=hold.pickup_code or "")
        for hold in holds
        if hold.state == HoldState.ON_SHELF and hold.copy_id is not None
    ]
    ShelfLeftover.objects.bulk_create(
        left, update_conflicts=True, unique_fields=["item"], update_fields=["branch", "pickup_code"]
    )


def forget_scanned(items: Iterable[int] = ()) -> int:
    """Remove the notes of copies that were taken off: those given, and those not on a hold shelf any more."""
    found = ShelfLeftover.objects.exclude(item__status="hold_shelf") | ShelfLeftover.objects.filter(
        item_id__in=list(items)
    )
    return found.delete()[0]
