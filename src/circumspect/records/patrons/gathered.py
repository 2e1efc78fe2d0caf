"""What the patrons' room can say of one patron: registration, cards, notes, names of passkeys.

A PIN's hash is said to nobody, and neither is what a passkey is known by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from circumspect.records.holdings import Collector, Kept, Source
from circumspect.records.patrons import notes, passkeys
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Card, Passkey, Patron
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.trust.door.house import House
from circumspect.trust.vault.sealed import Sealed


def _registration(_house: House, patron: int, fields: Collection[str]) -> Iterable[Kept]:
    names = [name for name in REGISTRATION_FIELDS if name in fields]
    row = Patron.objects.filter(id=patron).values("changed_on", *(f"sealed_{name}" for name in names)).first()
    if row is None:
        return
    values: dict[str, Source] = {
        name: Sealed(REGISTRATION, name, patron, patron, row[f"sealed_{name}"])
        for name in names
        if row[f"sealed_{name}"] is not None
    }
    yield Kept(values, row["changed_on"])


def _cards(_house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    for card in Card.objects.filter(patron_id=patron).order_by("issued_on", "id"):
        sealed = Sealed("cards", "barcode", patron, card.id, card.sealed_barcode)
        yield Kept({"barcode": sealed, "status": card.status}, card.issued_on)


def _notes(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    for note in notes.live_notes(house, patron):
        text = Sealed(notes.SERIES, "text", patron, note.id, note.sealed_text)
        yield Kept(
            {"kind": note.kind, "text": text, "expires_on": note.expires_on.isoformat()}, note.written_on
        )


def _passkeys(_house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    for row in Passkey.objects.filter(patron_id=patron).order_by("id"):
        sealed = {"name": row.sealed_name, "month": row.sealed_month}
        yield Kept(
            {name: Sealed(passkeys.SERIES, name, patron, row.id, blob) for name, blob in sealed.items()}
        )


COLLECTORS: Mapping[str, Collector] = {
    REGISTRATION: _registration,
    "cards": _cards,
    notes.SERIES: _notes,
    passkeys.SERIES: _passkeys,
}
