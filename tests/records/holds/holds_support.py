"""Short ways to place, scan and look at holds, shared by their tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from circumspect.records.catalog.models import Item
from circumspect.records.holds import placing, shelf
from circumspect.records.holds.models import Hold
from circumspect.records.holds.placing import Placed, Wanted
from circumspect.records.holds.queue import Copy, Wish
from circumspect.records.holds.shelf import Trapped
from circumspect.trust.policy.request import Circumstance

SCANNED = Circumstance.CARD_SCANNED


def place(
    house: Any, actor: Any, patron: int, item: Item, *, copy: bool = False, branch: str = "main", **more: Any
) -> int:
    """Place a hold on an item's title, or on that copy; its number."""
    answer = placing.place(
        house,
        actor,
        patron,
        Wanted(item.title_id, item.id if copy else None),
        pickup_branch=branch,
        circumstance=SCANNED,
        **more,
    )
    assert isinstance(answer, Placed), answer
    return answer.hold_id


def scan(house: Any, item: Item, branch: str = "main") -> Trapped | None:
    """What a check-in does with a copy that is fit to be lent."""
    with transaction.atomic(), connection.cursor() as cursor:
        trapped = shelf.trap(
            house,
            cursor,
            item_id=item.id,
            title_id=item.title_id,
            item_type=item.item_type_id,
            branch=branch,
            now=int(house.clock().timestamp()),
        )
    where = "available" if trapped is None else "hold_shelf" if trapped.on_shelf else "in_transit"
    Item.objects.filter(id=item.id).update(status=where)
    return trapped


def lend(house: Any, patron: int, item: Item) -> bool:
    """What a check-out does with the borrower's holds; whether one was filled."""
    with transaction.atomic(), connection.cursor() as cursor:
        filled = shelf.fill(
            cursor,
            title_id=item.title_id,
            item_id=item.id,
            links=placing.links_of(house, patron),
            today=house.today(),
        )
    Item.objects.filter(id=item.id).update(status="on_loan")
    return filled


def belongs_to(house: Any, hold_id: int, patron: int) -> bool:
    """Whether a hold stands under one of a patron's links."""
    return bytes(Hold.objects.get(id=hold_id).link) in placing.links_of(house, patron)


def model(copy: Copy, queue: Iterable[Wish], today: dt.date) -> Wish | None:
    """The rule once more, told as a clerk would: go down the line and ask each one."""
    line = sorted(queue, key=lambda each: (each.place, each.id))
    for asked_for_it in (True, False):
        for each in line:
            if asked_for_it and each.target != copy.id:
                continue
            if each.expires_on < today or (each.frozen_until and each.frozen_until > today):
                continue
            if each.item and each.item != copy.id:
                continue
            if not copy.terms.holdable or (copy.terms.home_only and each.pickup_branch != copy.home):
                continue
            return each
    return None
