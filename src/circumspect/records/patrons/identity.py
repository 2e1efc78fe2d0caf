"""Driver's licence numbers, where a library collects them: emptied when the check they served is over.

The number is sealed, and so is the day on which the proof was seen. That day is opened by the machine alone, for the
few records that hold a number at all. Where no day is kept, the day of the record's last change counts.

Source: clauses TH-1.8, TH-1.16; the retention schedule's item "identity check".
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import F

from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import open_records
from circumspect.records.patrons.relinking import FORGET_JOB
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Circumstance, Purpose
from circumspect.trust.vault.wiping import wipe_log_after_commit

SERIES: Final = "identity check"
_BATCH: Final = 50


def count_held() -> int:
    """How many records hold a number. Opens nothing."""
    return Patron.objects.filter(sealed_driver_licence__isnull=False).count()


def forget_checked(house: House, days: int) -> int:
    """Empty the numbers whose check was more than ``days`` ago; how many.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    limit = house.today() - dt.timedelta(days=days)
    count = last = 0
    held = Patron.objects.filter(sealed_driver_licence__isnull=False)
    while batch := dict(held.filter(id__gt=last).order_by("id").values_list("id", "changed_on")[:_BATCH]):
        last = max(batch)
        with_keys = house.vault.subjects_with_keys(list(batch))
        records = open_records(
            house,
            FORGET_JOB,
            sorted(with_keys),
            ["id_seen_on"],
            purpose=Purpose.FORGET,
            circumstance=Circumstance.SCHEDULED,
            action=Action.USE,
        )
        over = [
            record.patron for record in records if (record.date("id_seen_on") or batch[record.patron]) < limit
        ]
        count += _empty(house, over) if over else 0
    return count


def _empty(house: House, patrons: list[int]) -> int:
    house.door.ask(
        FORGET_JOB,
        action=Action.ERASE,
        purpose=Purpose.FORGET,
        series=REGISTRATION,
        subjects=patrons,
        fields={"driver_licence"},
        circumstance=Circumstance.SCHEDULED,
    )
    with transaction.atomic():
        emptied = Patron.objects.filter(id__in=patrons).update(
            sealed_driver_licence=None, version=F("version") + 1
        )
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
    return emptied
