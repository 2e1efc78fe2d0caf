"""Notes on a patron's account: of a kind, short, with an end, and visible to the patron.

Source: clauses TH-1.22, MP-4.13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from circumspect.records.patrons.categories import NOTE_KINDS, NOTE_MAX_DAYS, NOTE_MAX_LENGTH
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import Note
from circumspect.records.patrons.rows import new_id
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed

SERIES = "notes"
FIELDS = frozenset({"kind", "text", "expires_on"})


@dataclass(frozen=True, slots=True, repr=False)
class OpenedNote:
    """A note as read. Prints as nothing."""

    id: int
    kind: str
    text: str
    written_on: dt.date
    expires_on: dt.date


def add_note(
    house: House,
    actor: Actor,
    patron: int,
    *,
    kind: str,
    text: str,
    expires_on: dt.date | None,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> int:
    """Write a note; its id.

    Raises:
        FieldError: No account kind, no end, an end too far off, or text that may not be stored.
        Refused, DoorClosed: The door stays shut.
    """
    today = house.today()
    if kind not in NOTE_KINDS:
        raise FieldError("kind", "choose what the note is about")
    if expires_on is None or not today < expires_on <= today + dt.timedelta(days=NOTE_MAX_DAYS):
        raise FieldError("expires_on", "give the day on which the note ends, within a year")
    try:
        text = refuse_unstorable("text", text.strip(), NOTE_MAX_LENGTH)
    except UnstorableTextError as problem:
        raise FieldError("text", problem.rule) from None
    if not text:
        raise FieldError("text", "write the note")
    _ask(house, actor, patron, Action.CHANGE, Purpose.MAINTAIN, circumstance, reason)
    note = new_id()
    Note.objects.create(
        id=note,
        patron_id=patron,
        kind=kind,
        sealed_text=house.vault.seal(patron, SERIES, note, "text", text),
        written_on=today,
        expires_on=expires_on,
    )
    return note


def notes_of(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
    purpose: Purpose = Purpose.SERVE,
) -> Sequence[OpenedNote]:
    """The patron's notes that have not ended, newest first. Asks at the door only where there are any."""
    rows = live_notes(house, patron)
    if not rows:
        return []
    opening = _ask(house, actor, patron, Action.VIEW, purpose, circumstance, reason)
    return [opened(row, opening) for row in rows]


def live_notes(house: House, patron: int) -> list[Note]:
    """The patron's notes that have not ended, sealed as they are, newest first."""
    today = house.today()
    # On the desk's hot path: most patrons have no note, and one plain statement says so.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM patrons_note WHERE patron_id = %s AND expires_on > %s LIMIT 1",
            [patron, today.isoformat()],
        )
        if cursor.fetchone() is None:
            return []
    return list(Note.objects.filter(patron_id=patron, expires_on__gt=today).order_by("-written_on", "id"))


def opened(row: Note, opening: Opening) -> OpenedNote:
    """A note as an opening of the notes series lets it be read."""
    text = opening.read(Sealed(SERIES, "text", row.patron_id, row.id, row.sealed_text))
    return OpenedNote(row.id, row.kind, text, row.written_on, row.expires_on)


def remove_note(
    house: House,
    actor: Actor,
    patron: int,
    note: int,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> bool:
    """Delete one of the patron's notes; whether it was there."""
    _ask(house, actor, patron, Action.CHANGE, Purpose.MAINTAIN, circumstance, reason)
    deleted, _ = Note.objects.filter(id=note, patron_id=patron).delete()
    return deleted > 0


def forget_ended_notes(house: House) -> int:
    """Delete notes whose day has come; how many."""
    deleted, _ = Note.objects.filter(expires_on__lte=house.today()).delete()
    return deleted


def _ask(
    house: House,
    actor: Actor,
    patron: int,
    action: Action,
    purpose: Purpose,
    circumstance: Circumstance,
    reason: Reason | None,
) -> Opening:
    return house.door.ask(
        actor,
        action=action,
        purpose=purpose,
        series=SERIES,
        subjects=[patron],
        fields=FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
