"""Keep links alive that are still needed, and let the others die.

Before an epoch's key is destroyed, loans that are still open are tied to today's epoch; whatever is
not, belongs to nobody from then on.

Source: guarantee 8; ARCHITECTURE.md, "How patron information rests".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

from circumspect.records.circulation.lending import LOAN_FIELDS, SERIES
from circumspect.records.circulation.models import Loan
from circumspect.records.fees.upkeep import merge_fees
from circumspect.records.holds.tending import merge_holds
from circumspect.records.patrons import merging, relinking, upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.merging import KeptCard
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason

FORGET_JOB = relinking.FORGET_JOB
# Moves one patron's records of a room to another patron: house, actor, keep, drop.
Move = Callable[[House, Actor, int, int], object]


def relink(house: House, epoch: int) -> int:
    """Tie every loan of an old epoch to today's; how many. Safe to stop and start again.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    return relinking.relink(house, epoch, table=Loan._meta.db_table, series=SERIES, field="item")


def merge_patrons(
    house: House,
    actor: Actor,
    keep: int,
    drop: int,
    *,
    kept_card: KeptCard = KeptCard.OF_KEPT,
    also: Sequence[Move] = (),
) -> int:
    """Make one record of two: what ``drop`` holds moves to ``keep``, then ``drop`` is forgotten; loans moved.

    Everything moves in one transaction, the door having been asked for each part under its own name;
    a refusal on the way moves nothing. The spare record's key goes last, once all is safe with the other.

    Args:
        kept_card: Whose card stays good.
        also: What moves in rooms that stand on this one; each asks the door for itself.

    Raises:
        FieldError: Both are the same record.
        MoneyError: The deposits of the two cannot be joined.
        ChangedMeanwhileError: One of them is gone.
        Refused, DoorClosed: The door stays shut; nothing was moved.
    """
    if keep == drop:
        raise FieldError("patron", "choose two different records")
    with transaction.atomic():
        house.door.ask(
            actor,
            action=Action.CHANGE,
            purpose=Purpose.MAINTAIN,
            series=SERIES,
            subjects=[keep, drop],
            fields=LOAN_FIELDS,
            circumstance=Circumstance.UNEXPLAINED,
            reason=Reason.DUPLICATE,
        )
        # The money first: a record with something left on its card is not united.
        merge_fees(house, actor, keep, drop)
        merge_holds(house, actor, keep, drop)
        for move in also:
            move(house, actor, keep, drop)
        merging.unite(house, actor, keep, drop, kept_card=kept_card)
        link = house.vault.link(SERIES, keep)
        old = list(house.vault.links(SERIES, drop).values())
        moved = Loan.objects.filter(link__in=old).update(epoch=link.epoch, link=link.token, back=link.back)
    upkeep.erase(house, drop)
    return moved
