"""Who is served next, and which copy is fetched for whom? Pure: values in, values out.

A title has one queue. Who waits for any copy and who waits for one certain copy stand in it together,
in the order in which they asked; equal places are told apart by the hold's random number, which never
changes. A copy goes to the first who can use it:

- not frozen (a frozen hold is passed over and keeps its place; on its day it is served again),
- still wanted (the last day it is wanted has not passed),
- for any copy, or for this one,
- to be picked up where this copy may go.

A copy fetched from a shelf for somebody in particular (its *target*) goes to them first: otherwise
two copies fetched on one morning would pass each other on the road.

Source: DOMAIN practice of holds; clauses MP-2.1, MP-4.12.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What holds for copies of an item type and an owning branch; "" matches any.

    Attributes:
        holdable: Whether such a copy serves holds at all.
        home_only: It is picked up only where it belongs.
        shelf_days: How many days it stands on the hold shelf.
    """

    item_type: str = ""
    branch: str = ""
    holdable: bool = True
    home_only: bool = False
    shelf_days: int = 7


USUAL_TERMS = HoldTerms()


@dataclass(frozen=True, slots=True)
class Wish:
    """One waiting hold, as the rules see it: there is nobody in it.

    Attributes:
        item: The copy wished for; None for any copy of the title.
        frozen_until: Passed over before this day; None where not frozen.
        target: The copy to be fetched for it, if any.
    """

    id: int
    place: int
    pickup_branch: str
    expires_on: dt.date
    item: int | None = None
    frozen_until: dt.date | None = None
    target: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """The lower is served first."""
        return self.place, self.id

    def is_active(self, today: dt.date) -> bool:
        """Whether it may be served that day: neither frozen nor run out."""
        return self.expires_on >= today and (self.frozen_until is None or self.frozen_until <= today)


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of the title: where it belongs, where it stands, and what its kind allows."""

    id: int
    home: str
    at: str
    terms: HoldTerms = USUAL_TERMS

    def suits(self, wish: Wish) -> bool:
        """Whether this copy could serve that wish at all."""
        return (
            self.terms.holdable
            and wish.item in (None, self.id)
            and (not self.terms.home_only or wish.pickup_branch == self.home)
        )


def closest_terms(rules: Iterable[HoldTerms], item_type: str, branch: str) -> HoldTerms:
    """The rule that speaks most closely of this item type and owning branch; item type counts more."""
    best, best_rank = USUAL_TERMS, -1
    for terms in rules:
        if terms.item_type in ("", item_type) and terms.branch in ("", branch):
            rank = 2 * bool(terms.item_type) + bool(terms.branch)
            if rank > best_rank:
                best, best_rank = terms, rank
    return best


def next_for(copy: Copy, wishes: Iterable[Wish], today: dt.date) -> Wish | None:
    """Whom this copy goes to: the one it was fetched for, or the first in the queue who can use it.

    ``shelf.trap`` asks the database the same, in a statement that reads no more than the queue's front; tests hold
    the two against one model.
    """
    waiting = [wish for wish in wishes if wish.is_active(today) and copy.suits(wish)]
    fetched_for = [wish for wish in waiting if wish.target == copy.id]
    return min(fetched_for or waiting, key=lambda wish: wish.order, default=None)


def position(wish: Wish, wishes: Iterable[Wish]) -> int:
    """The place in the queue that a patron is told: 1 for the first. Frozen ones before count, as they may resume."""
    return 1 + sum(other.order < wish.order for other in wishes)


def choose_targets(wishes: Iterable[Wish], copies: Sequence[Copy], today: dt.date) -> dict[int, int]:
    """Which copy on a shelf is fetched for which hold of one title.

    The first in the queue chooses first, and takes a copy where it will be picked up before one that must
    travel. Who waits for one certain copy gets that copy or none. What was chosen before is kept while it is
    still right: a list that is being worked does not change under the clerk's hands.

    Args:
        copies: Those that stand on a shelf now.

    Returns:
        The copy's id for each hold that gets one, by the hold's id.
    """
    waiting = sorted((wish for wish in wishes if wish.is_active(today)), key=lambda wish: wish.order)
    # In a fixed order, whatever the database gives: the same shelf always makes the same list.
    left = {copy.id: copy for copy in sorted(copies, key=lambda copy: copy.id) if copy.terms.holdable}
    by_branch: defaultdict[str, list[int]] = defaultdict(list)
    for number in sorted(left, reverse=True):
        by_branch[left[number].at].append(number)
    chosen: dict[int, int] = {}
    for wish in waiting:
        if not left:
            break
        found = _copy_for(wish, left, by_branch)
        if found is not None:
            chosen[wish.id] = found
            del left[found]
    return chosen


def _copy_for(wish: Wish, left: dict[int, Copy], by_branch: dict[str, list[int]]) -> int | None:
    if wish.item is not None:
        return wish.item if wish.item in left and left[wish.item].suits(wish) else None
    kept = left.get(wish.target or 0)
    if kept is not None and kept.suits(wish):
        return kept.id
    near = by_branch.get(wish.pickup_branch, [])
    while near and near[-1] not in left:
        near.pop()
    for number in (*reversed(near), *left):
        if number in left and left[number].suits(wish):
            return number
    return None
