"""Keep links alive that are still needed, and let the others die.

Before an epoch's key is destroyed, loans that are still open are tied to today's epoch; whatever is
not, belongs to nobody from then on.

Source: guarantee 8; ARCHITECTURE.md, "How patron information rests".
"""

from __future__ import annotations

from django.db import transaction

from circumspect.records.circulation.lending import LOAN_FIELDS, SERIES
from circumspect.records.circulation.models import Loan
from circumspect.records.patrons import upkeep
from circumspect.trust.door.errors import NO_SUCH_RECORD, Refused
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason

FORGET_JOB = Actor(ActorKind.JOB, "forget")


def relink(house: House, epoch: int) -> int:
    """Tie every loan of an old epoch to today's; how many. Safe to stop and start again.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    count = 0
    for loan in Loan.objects.filter(epoch=epoch).iterator(chunk_size=500):
        try:
            opening = house.door.ask_by_link(
                FORGET_JOB,
                # Tying what is still needed anew is the first half of letting an epoch die.
                action=Action.ERASE,
                purpose=Purpose.FORGET,
                series=SERIES,
                fields={"item"},
                circumstance=Circumstance.SCHEDULED,
                epoch=loan.epoch,
                token=bytes(loan.link),
                back=bytes(loan.back),
                link_series=SERIES,
            )
        except Refused as refusal:
            if refusal.decision.rules != NO_SUCH_RECORD:
                raise
            # Its patron has been forgotten: the loan goes down with its epoch, and holds up no other.
            continue
        link = house.vault.link(SERIES, opening.subjects[0])
        # Only if it is still the same loan: it may have come back meanwhile.
        count += Loan.objects.filter(item=loan.item_id, link=loan.link).update(
            epoch=link.epoch, link=link.token, back=link.back
        )
    return count


def merge_patrons(house: House, actor: Actor, keep: int, drop: int) -> int:
    """Make one record of two: loans, cards and notes move to ``keep``, ``drop`` is forgotten; loans moved.

    Raises:
        FieldError: Both are the same record.
        Refused, DoorClosed: The door stays shut.
    """
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
    moved = 0
    if keep != drop:
        link = house.vault.link(SERIES, keep)
        old = list(house.vault.links(SERIES, drop).values())
        with transaction.atomic():
            moved = Loan.objects.filter(link__in=old).update(
                epoch=link.epoch, link=link.token, back=link.back
            )
    upkeep.merge(house, actor, keep, drop)
    return moved
