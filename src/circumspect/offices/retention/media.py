"""The register of media: which disks and machines have held patron information, and how each was ended.

A medium is known by what is written on it, an inventory number. It is entered when it begins to hold records, retired
when it leaves its work, and ended when it was wiped or destroyed; the entry of the end stays.

Source: clause MP-4.7.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import IntegrityError, transaction

from circumspect.offices.retention.deciding import DECIDERS, NotYoursError, RetentionFieldError, storable
from circumspect.offices.retention.models import Medium, MediumEnd, MediumKind
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind, Role

KEEPERS: Final = DECIDERS | {Role.SYSTEM}
HELD: Final = ("records and keys", "records", "keys", "backups", "public computer", "paper")
MOST_MARK: Final = 40


def may_keep(actor: Actor) -> bool:
    """Whether this person may write in the register."""
    return actor.kind is ActorKind.STAFF and actor.active and bool(KEEPERS & actor.roles)


def listed() -> list[Medium]:
    """Every medium: those that wait for their end, those in use, those ended; each by what is written on it."""
    rows = list(Medium.objects.order_by("mark"))
    return sorted(rows, key=lambda row: (row.ended_on is not None, row.retired_on is None))


def enter(house: House, actor: Actor, mark: str, kind: str, held: str) -> None:
    """Enter a medium that begins to hold records.

    Raises:
        NotYoursError: Not this person's to enter.
        RetentionFieldError: A field does not do; nothing was entered.
    """
    _ask(actor)
    mark = storable("mark", mark, MOST_MARK)
    if not mark:
        raise RetentionFieldError("mark", "give the number that is written on it")
    if kind not in list(MediumKind):
        raise RetentionFieldError("kind", "choose one of the list")
    if held not in HELD:
        raise RetentionFieldError("held", "choose one of the list")
    try:
        with transaction.atomic():
            Medium.objects.create(mark=mark, kind=kind, held=held, since=house.today())
    except IntegrityError:
        raise RetentionFieldError("mark", "this number is entered already") from None


def retire(house: House, actor: Actor, medium: int) -> None:
    """Note that a medium has left its work today. It now waits for its end.

    Raises:
        NotYoursError: Not this person's to enter.
    """
    _ask(actor)
    Medium.objects.filter(id=medium, retired_on=None).update(retired_on=house.today())


def end(house: House, actor: Actor, medium: int, how: str, day: dt.date | None) -> None:
    """Enter how and when a medium was wiped or destroyed.

    Raises:
        NotYoursError: Not this person's to enter.
        RetentionFieldError: A field does not do, or it was ended before; nothing was entered.
    """
    _ask(actor)
    if how not in list(MediumEnd):
        raise RetentionFieldError("how", "choose how it was ended")
    if day is None or day > house.today():
        raise RetentionFieldError("day", "give the day on which it was done")
    row = Medium.objects.filter(id=medium, ended_on=None)
    since = row.values_list("since", flat=True).first()
    if since is None:
        raise RetentionFieldError("how", "its end is entered already")
    if day < since:
        raise RetentionFieldError("day", "it was not in use yet on this day")
    row.update(ended_on=day, ended_how=how, ended_by=actor.id)
    row = Medium.objects.filter(id=medium, retired_on=None)
    row.update(retired_on=day)


def _ask(actor: Actor) -> None:
    if not may_keep(actor):
        raise NotYoursError("entered by a director, the Privacy In Charge or whoever looks after the system")
