"""Keep of a registration only what is needed to collect a debt: name, address, how to reach, and that it has run out.

Whoever asks to be forgotten while something is owed is kept no further than that. The card, notes, PIN, birth date,
language, habits and whatever else hangs on the record go at once; the registration has then run out for longer than
the schedule keeps any, so that it is forgotten with the first sweep after the debt is settled.

Source: clauses TH-1.8, TH-1.10; DOMAIN practice of purging borrowers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, transaction

from circumspect.records.patrons import finding
from circumspect.records.patrons.errors import ChangedMeanwhileError
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Patron
from circumspect.records.patrons.reading import SERIES, Record
from circumspect.records.patrons.rows import review_month
from circumspect.trust.door.house import House
from circumspect.trust.vault.wiping import wipe_log_after_commit

CONTACT: Final = ("street", "city", "region", "postcode", "phone", "email")
KEPT: Final = frozenset({"given_name", "family_name", *CONTACT, "standing"})
LOST: Final = tuple(name for name in REGISTRATION_FIELDS if name not in KEPT)
# What is read to do it: what the index is made of, and what says whether anything is left on the card.
READ: Final = ("given_name", "family_name", "phone", "email", "balance", "standing")


def reduce(house: House, record: Record, days: int) -> None:
    """Take everything else out of a registration, after the door has been asked.

    Args:
        record: ``READ`` of it, opened.
        days: How long the schedule keeps a registration that has run out.

    Raises:
        ChangedMeanwhileError: It is no longer as it was read; nothing is changed.
    """
    patron = record.patron
    over = house.today() - dt.timedelta(days=days + 1)
    standing = replace(record.standing, expires_on=over, history="")
    sealed = house.vault.seal(patron, SERIES, patron, "standing", standing.to_text())
    with transaction.atomic():
        row = Patron.objects.select_for_update().filter(id=patron, version=record.version)
        gone: dict[str, None] = {f"sealed_{name}": None for name in LOST}
        if not row.update(
            **gone,
            sealed_standing=sealed,
            review_month=review_month(over),
            provisional_until=None,
            changed_on=house.today(),
            version=record.version + 1,
        ):
            raise ChangedMeanwhileError
        forget_belongings(patron)
        finding.remove_index(patron)
        names, contacts = finding.index_rows(
            house.vault,
            finding.NameSlots(house.vault),
            patron,
            finding.name_values(record["given_name"], record["family_name"], None),
            finding.contact_values(record["email"], record["phone"]),
        )
        finding.insert_index(names, contacts)
        wipe_log_after_commit(DEFAULT_DB_ALIAS)


def forget_belongings(patron: int) -> int:
    """Remove every row that belongs to a registration, whatever room keeps it: cards, notes, PIN and so on; how many."""
    count = 0
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if getattr(field, "related_model", None) is Patron and field.concrete:
                count += model._default_manager.filter(**{field.name: patron}).delete()[0]
    return count
