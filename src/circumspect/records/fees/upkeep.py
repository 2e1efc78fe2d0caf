"""What becomes of fees by themselves: settled ones go, open ones are kept tied, nobody's go too.

- A settled fee goes with its entries when the schedule's days are over. The day's sums stay.
- Before an epoch's key dies its fees are tied to today's epoch.
- What is still tied to an epoch that is over, such as a forgotten patron's, belongs to nobody, and goes.
- Two records of one person become one: fees and deposits are joined.

Source: clauses TH-1.8, TH-1.20; guarantee 8; the retention schedule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import QuerySet

from circumspect.records.fees.charging import FEE_FIELDS, SERIES
from circumspect.records.fees.deposits import BALANCE, balance_of, move
from circumspect.records.fees.models import FeeEntry, FeeLine
from circumspect.records.patrons import relinking
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.wiping import wipe_log_after_commit

_BATCH = 500
# Longer than any epoch lives: asks for all that are alive.
_EVER_DAYS = 36500


def forget_settled(house: House, days: int) -> int:
    """Let go of fees settled so many days ago or earlier, with their entries; how many."""
    last = house.today() - dt.timedelta(days=days)
    return _drop_all(lambda: FeeLine.objects.filter(settled_on__lte=last))


def relink(house: House, epoch: int) -> int:
    """Tie the fees of an old epoch to today's; how many. Safe to stop and start again.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    return relinking.relink(house, epoch, table=FeeLine._meta.db_table, series=SERIES, field="item")


def sweep(house: House) -> int:
    """Remove fees whose epoch is over: nobody can be found by them any more; how many."""
    live = house.vault.ageing_epochs(SERIES, _EVER_DAYS)
    if not live:
        return 0
    # Only what is older than all that live: another process may have opened a newer one a moment ago.
    return _drop_all(lambda: FeeLine.objects.filter(epoch__lt=min(live)))


def forget_fees(house: House, patron: int) -> int:
    """Remove a patron's fees when the patron is being forgotten; how many. The door has been asked for that."""
    links = list(house.vault.links(SERIES, patron).values())
    return _drop_all(lambda: FeeLine.objects.filter(link__in=links))


def merge_fees(house: House, actor: Actor, keep: int, drop: int) -> int:
    """Move the fees and the deposit of ``drop`` to ``keep``, before ``drop`` is forgotten; fees moved.

    Raises:
        UnreadableBalanceError, TooMuchError: The deposits cannot be joined; nothing is changed.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if keep == drop:
        return 0
    both = (keep, drop)
    parts = [
        Part(Action.CHANGE, Purpose.MAINTAIN, SERIES, both, FEE_FIELDS),
        Part(Action.USE, Purpose.MAINTAIN, REGISTRATION, both, frozenset({BALANCE})),
    ]
    openings = house.door.ask_all(
        actor, parts, circumstance=Circumstance.UNEXPLAINED, reason=Reason.DUPLICATE
    )
    link = house.vault.link(SERIES, keep)
    old = list(house.vault.links(SERIES, drop).values())
    with transaction.atomic():
        for record in read(openings[1], [drop], [BALANCE]):
            cents = balance_of(record[BALANCE])
            if cents:
                for patron, by_cents in ((drop, -cents), (keep, cents)):
                    move(
                        house,
                        actor,
                        patron,
                        by_cents,
                        openings[1],
                        circumstance=Circumstance.UNEXPLAINED,
                        reason=Reason.DUPLICATE,
                        purpose=Purpose.MAINTAIN,
                    )
        return FeeLine.objects.filter(link__in=old).update(epoch=link.epoch, link=link.token, back=link.back)


def _drop_all(rows: Callable[[], QuerySet[FeeLine]]) -> int:
    count = 0
    while ids := list(rows().values_list("id", flat=True)[:_BATCH]):
        _drop(ids)
        count += len(ids)
    return count


def _drop(ids: list[int]) -> None:
    with transaction.atomic():
        FeeEntry.objects.filter(fee_id__in=ids).delete()
        FeeLine.objects.filter(id__in=ids).delete()
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
