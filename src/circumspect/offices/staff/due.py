"""What of the staff's own duties is due, and since when. Pure: no Django, no clock.

Source: clauses MP-7.3, MP-7.4, MP-7.16 to MP-7.18.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

OUTCOMES = ("nothing to change", "a change is proposed", "changed, and published anew")
ORIENTATION = "orientation"
YEARLY = "yearly"
KINDS = (ORIENTATION, YEARLY)
YEAR_DAYS = 365
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that somebody is to do.

    Attributes:
        who: Whom it waits for, as colleagues see them; "" for nobody in particular.
        due_on: The day; None for at once.
        is_overdue: That day is over.
    """

    what: str
    who: str
    due_on: dt.date | None
    is_overdue: bool


def of_trustee(
    name: str, since_on: dt.date, reviews: Iterable[tuple[str, dt.date]], today: dt.date
) -> Due | None:
    """What a trustee owes: the orientation from their first day, then a review a year after the last.

    Args:
        reviews: Kind and day of each.
    """
    done = sorted(reviews, key=lambda each: each[1])
    if not any(kind == ORIENTATION for kind, _ in done):
        return Due("Go through the policy in the orientation", name, since_on, since_on < today)
    next_on = done[-1][1] + dt.timedelta(days=YEAR_DAYS)
    if next_on > today + dt.timedelta(days=SOON_DAYS):
        return None
    return Due("Review the policy once more", name, next_on, next_on < today)


def of_training(name: str, topic: str, renew_by: dt.date | None, today: dt.date) -> Due | None:
    """What a designated member owes in one topic; None for a training that lasts a while yet."""
    if renew_by is None:
        return Due(f"Be trained: {topic}", name, None, True)
    if renew_by > today + dt.timedelta(days=SOON_DAYS):
        return None
    return Due(f"Renew the training: {topic}", name, renew_by, renew_by < today)


def of_review(due_on: dt.date, today: dt.date) -> Due | None:
    """A continuing review whose date is near or over."""
    if due_on > today + dt.timedelta(days=SOON_DAYS):
        return None
    return Due("Look through policy and procedures again", "", due_on, due_on < today)


def of_designation(name: str, title: str, ends_on: dt.date, today: dt.date) -> Due | None:
    """A designation that ends soon, so that nobody is surprised at the desk."""
    if ends_on > today + dt.timedelta(days=SOON_DAYS):
        return None
    return Due(f"The designation as {title} ends", name, ends_on, False)
