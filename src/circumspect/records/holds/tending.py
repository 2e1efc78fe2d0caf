"""What becomes of holds by themselves: they run out, move to a new epoch, and are gone with their patron.

Each job may stop at any moment and start again. What is done stays done.

Source: clauses MP-4.12, TH-1.8, TH-1.21; guarantees 7 and 8.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Q

from circumspect.records.holds import lists
from circumspect.records.holds.counting import HoldEvent, bump
from circumspect.records.holds.leaving import leave_on_shelf
from circumspect.records.holds.models import Hold, HoldState
from circumspect.records.holds.placing import links_of
from circumspect.records.holds.shelf import HOLD_FIELDS, SERIES
from circumspect.records.patrons import relinking
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import Patron
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.wiping import wipe_log_soon

_BATCH = 500


def expire(house: House) -> tuple[int, int]:
    """End what has run out: wishes whose last day has passed, and holds left on the shelf; how many of each.

    The door is asked only where there is something to end: the ledger is no clock of nothing.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    today = house.today()
    over = Q(state=HoldState.WAITING, expires_on__lt=today)
    if not Hold.objects.filter(over | Q(state=HoldState.ON_SHELF, pick_up_by__lt=today)).exists():
        return 0, 0
    house.door.permit(
        relinking.FORGET_JOB,
        action=Action.ERASE,
        purpose=Purpose.FORGET,
        series=SERIES,
        fields=HOLD_FIELDS,
        circumstance=Circumstance.SCHEDULED,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # A copy that is on its way is still brought to its patron.
        ended = list(Hold.objects.select_for_update().filter(over))
        Hold.objects.filter(id__in=[hold.id for hold in ended]).delete()
        for hold in ended:
            bump(cursor, HoldEvent.WISH_EXPIRED, branch=hold.pickup_branch, today=today)
        lists.leave_word_of(cursor, ended, today)
        if ended:
            wipe_log_soon(DEFAULT_DB_ALIAS)
    return len(ended), lists.expire_shelf(house)


def end_run_out(house: House) -> int:
    """``expire``, for the rounds: how many holds ended."""
    return sum(expire(house))


def relink(house: House, epoch: int) -> int:
    """Tie every hold of an old epoch to today's; how many. What belongs to nobody goes down with the epoch.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    return relinking.relink(house, epoch, table=Hold._meta.db_table, series=SERIES, field="title")


def merge_holds(house: House, actor: Actor, keep: int, drop: int) -> int:
    """Move the holds of a duplicate record to the one that stays; how many moved.

    Where both wait for the same thing, the hold that is further on stays (ready, on its way, earlier in the
    queue), and the other one ends.

    Raises:
        FieldError: Both are the same record.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if keep == drop:
        raise FieldError("patron", "choose two different records")
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.MAINTAIN,
        series=SERIES,
        subjects=[keep, drop],
        fields=HOLD_FIELDS,
        circumstance=Circumstance.UNEXPLAINED,
        reason=Reason.DUPLICATE,
    )
    link = house.vault.link(SERIES, keep)
    old = links_of(house, drop)
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        both = list(Hold.objects.select_for_update().filter(link__in=[*old, *links_of(house, keep)]))
        stays: dict[tuple[int, int | None], Hold] = {}
        for hold in sorted(both, key=_further_on):
            stays.setdefault((hold.title_id, hold.item_id), hold)
        kept = {hold.id for hold in stays.values()}
        ended = [hold for hold in both if hold.id not in kept]
        leave_on_shelf(*ended)
        Hold.objects.filter(id__in=[hold.id for hold in ended]).delete()
        for hold in ended:
            bump(cursor, HoldEvent.MERGED, branch=hold.pickup_branch, today=today)
        moved = Hold.objects.filter(link__in=old).update(epoch=link.epoch, link=link.token, back=link.back)
        if moved or ended:
            wipe_log_soon(DEFAULT_DB_ALIAS)
    return moved


_FURTHER_ON = {HoldState.ON_SHELF: 0, HoldState.IN_TRANSIT: 1, HoldState.WAITING: 2}


def _further_on(hold: Hold) -> tuple[int, int, int]:
    return _FURTHER_ON[HoldState(hold.state)], hold.place, hold.id


def end_all(house: House, patron: int) -> int:
    """End every hold of a patron who is about to be forgotten, after the door has been asked; how many."""
    return _end(house, [hold.id for hold in Hold.objects.filter(link__in=links_of(house, patron))])


def sweep_orphans(house: House) -> int:
    """End holds whose patron has been forgotten, or whose epoch has ended; how many. Nobody is looked up."""
    links = (bytes(link) for link in Hold.objects.values_list("link", flat=True))
    return sum(
        _end(house, list(Hold.objects.filter(link=link).values_list("id", flat=True)))
        for link in unclaimed(house, SERIES, links)
    )


def unclaimed(house: House, series: str, links: Iterable[bytes]) -> set[bytes]:
    """Those of the links that are nobody's any more.

    The links of everybody who has a key are worked out, and what is left belongs to none of them: whose the
    others are is not asked, and nothing is opened.
    """
    left = set(links)
    last = 0
    while left and (
        batch := list(Patron.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH])
    ):
        last = batch[-1]
        for patron in house.vault.subjects_with_keys(batch):
            left.difference_update(house.vault.links(series, patron).values())
    return left


def _end(house: House, ids: list[int]) -> int:
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        ended = list(Hold.objects.select_for_update().filter(id__in=ids))
        leave_on_shelf(*ended)
        Hold.objects.filter(id__in=[hold.id for hold in ended]).delete()
        for hold in ended:
            bump(cursor, HoldEvent.ORPHANED, branch=hold.pickup_branch, today=today)
        if ended:
            wipe_log_soon(DEFAULT_DB_ALIAS)
    return len(ended)
