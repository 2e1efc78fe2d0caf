"""Change and correct fields of one record, and what finds it.

The door is asked for the changed fields only. The indexes are made anew where a field they are made of
changed; the record's version guards against a second desk.

Source: clauses TH-1.12, TH-1.15, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from circumspect.records.patrons import finding
from circumspect.records.patrons.categories import TEMPORARY, categories
from circumspect.records.patrons.errors import ChangedMeanwhileError, FieldError
from circumspect.records.patrons.fieldrules import (
    DATE_FIELDS,
    OPTIONAL_FIELDS,
    date_value,
    faults_of_values,
    text_value,
)
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Patron
from circumspect.records.patrons.reading import SERIES, Record, open_records
from circumspect.records.patrons.rows import review_month
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """New values of some fields; "" removes one. ``standing`` replaces category, branch and expiry."""

    values: Mapping[str, str | dt.date | None] = field(default_factory=dict)
    standing: Standing | None = None


def change(
    house: House,
    actor: Actor,
    patron: int,
    wanted: Change,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
    purpose: Purpose = Purpose.MAINTAIN,
    version: int | None = None,
) -> None:
    """Change or correct fields of one record, and what finds it.

    Args:
        version: The version that was on the page; None to write over whatever is there.

    Raises:
        FieldError: A field does not do; nothing is changed.
        ChangedMeanwhileError: The record is no longer at ``version``.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    values, found = _looked_over(house, wanted)
    for fault in found:
        raise fault
    names = set(values) | ({"standing"} if wanted.standing else set())
    if not names:
        return
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=purpose,
        series=SERIES,
        subjects=[patron],
        fields=names,
        circumstance=circumstance,
        reason=reason,
    )
    indexed = {"given_name", "family_name", "birth_date", "email", "phone"}
    before = _for_index(house, actor, patron, purpose, circumstance, reason) if names & indexed else None
    sealer = house.vault.sealer(patron)
    updates: dict[str, object] = {
        f"sealed_{name}": sealer.seal(SERIES, patron, name, value) if value else None
        for name, value in values.items()
    }
    if wanted.standing:
        updates["sealed_standing"] = sealer.seal(SERIES, patron, "standing", wanted.standing.to_text())
        updates["review_month"] = review_month(wanted.standing.expires_on)
    if before is not None and version is None:
        # The index is made of what was just read: it must still be so when it is written.
        version = before.version
    with transaction.atomic():
        _update(patron, updates, house.today(), version, wanted.standing)
        if before is not None:
            _reindex(house, patron, {**before, **values})


def faults(house: House, wanted: Change) -> list[FieldError]:
    """All that a desk has to put right before this is saved."""
    return _looked_over(house, wanted)[1]


def _looked_over(house: House, wanted: Change) -> tuple[dict[str, str], list[FieldError]]:
    values: dict[str, str] = {}
    found: list[FieldError] = []
    for name, value in wanted.values.items():
        if name not in REGISTRATION_FIELDS or name == "standing":
            # The unknown name itself is not repeated: it may be a value in the wrong place.
            found.append(FieldError("field", "there is no such field"))
        elif name in OPTIONAL_FIELDS and value and name not in house.home.fields_on:
            found.append(FieldError(name, "this library does not collect it"))
        else:
            try:
                read = date_value(name, value) if name in DATE_FIELDS else value
                values[name] = read.isoformat() if isinstance(read, dt.date) else text_value(name, read or "")
            except FieldError as fault:
                found.append(fault)
    if values.get("family_name", "-") == "":
        found.append(FieldError("family_name", "give a family name, or the one name the person uses"))
    typed = {**values, "birth_date": date_value("birth_date", values.get("birth_date"))}
    found += faults_of_values(typed, house.today())
    if wanted.standing and wanted.standing.category not in categories(house.home.config):
        found.append(FieldError("category", "choose one of the library's categories"))
    return values, found


def _for_index(
    house: House,
    actor: Actor,
    patron: int,
    purpose: Purpose,
    circumstance: Circumstance,
    reason: Reason | None,
) -> Record:
    names = ["given_name", "family_name", "birth_date", "email", "phone"]
    opened = open_records(
        house,
        actor,
        [patron],
        names,
        purpose=purpose,
        circumstance=circumstance,
        action=Action.USE,
        reason=reason,
    )
    if not opened:
        raise ChangedMeanwhileError
    return opened[0]


def _update(
    patron: int,
    updates: Mapping[str, object],
    today: dt.date,
    version: int | None,
    standing: Standing | None,
) -> None:
    row = Patron.objects.select_for_update().filter(id=patron)
    current = row.values_list("version", "provisional_until").first()
    if current is None or (version is not None and current[0] != version):
        raise ChangedMeanwhileError
    if standing is not None and current[1] is not None:
        # Made at the door, and still not complete: it is forgotten with its card, whenever that runs out now.
        until = standing.expires_on if standing.category == TEMPORARY else None
        updates = {**updates, "provisional_until": until}
    row.update(**updates, changed_on=today, version=current[0] + 1)


def _reindex(house: House, patron: int, plain: Mapping[str, str]) -> None:
    finding.remove_index(patron)
    year = int(plain["birth_date"][:4]) if plain["birth_date"] else None
    names, contacts = finding.index_rows(
        house.vault,
        finding.NameSlots(house.vault),
        patron,
        finding.name_values(plain["given_name"], plain["family_name"], year),
        finding.contact_values(plain["email"], plain["phone"]),
    )
    finding.insert_index(names, contacts)
