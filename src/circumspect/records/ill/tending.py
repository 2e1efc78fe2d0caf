"""What becomes of requests by themselves: they move to a new epoch, to a merged record, or go with their patron.

Source: clauses MP-4.11, TH-1.8; guarantees 7 and 8.
"""

from __future__ import annotations

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records.holds.tending import unclaimed
from circumspect.records.ill.asking import ILL_FIELDS, SERIES, links_of
from circumspect.records.ill.counting import IllEvent, bump
from circumspect.records.ill.models import IllRequest
from circumspect.records.patrons import relinking
from circumspect.records.patrons.errors import FieldError
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon


def relink(house: House, epoch: int) -> int:
    """Tie every open request of an old epoch to today's; how many. Safe to stop and start again.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    return relinking.relink(house, epoch, table=IllRequest._meta.db_table, series=SERIES, field="state")


def merge_requests(house: House, actor: Actor, keep: int, drop: int) -> int:
    """Move the open requests of a duplicate record to the one that stays; how many.

    Raises:
        FieldError: Both are the same record.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if keep == drop:
        raise FieldError("patron", "choose two different records")
    opening = house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.MAINTAIN,
        series=SERIES,
        subjects=[keep, drop],
        fields=ILL_FIELDS,
        circumstance=Circumstance.UNEXPLAINED,
        reason=Reason.DUPLICATE,
    )
    link = house.vault.link(SERIES, keep)
    sealer = house.vault.sealer(keep)
    with transaction.atomic():
        rows = list(IllRequest.objects.select_for_update().filter(link__in=links_of(house, drop)))
        for row in rows:
            text = opening.read(Sealed(SERIES, "citation", drop, row.id, row.sealed_citation or b""))
            row.sealed_citation = sealer.seal(SERIES, row.id, "citation", text)
            row.epoch, row.link, row.back = link.epoch, link.token, link.back
            row.save(update_fields=["sealed_citation", "epoch", "link", "back"])
    return len(rows)


def end_all(house: House, patron: int) -> int:
    """End every open request of a patron who is about to be forgotten, after the door has been asked; how many."""
    return _end(house, links_of(house, patron))


def sweep_orphans(house: House) -> int:
    """End requests whose patron has been forgotten, or whose epoch has ended; how many. Nobody is looked up."""
    links = IllRequest.objects.exclude(link=None).values_list("link", flat=True)
    return _end(house, list(unclaimed(house, SERIES, (bytes(link) for link in links if link))))


def _end(house: House, links: list[bytes]) -> int:
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        rows = list(IllRequest.objects.select_for_update().filter(link__in=links)) if links else []
        for row in rows:
            bump(cursor, IllEvent.ORPHANED, branch=row.pickup_branch, today=today)
            row.delete()
        if rows:
            wipe_log_soon(DEFAULT_DB_ALIAS)
    return len(rows)
