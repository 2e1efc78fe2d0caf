"""Rows of the patrons' tables, for the statements that write many at once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from circumspect.records.patrons.models import Card
from circumspect.trust.door.house import House
from circumspect.trust.vault.vault import Sealer

Row = tuple[int | str | bytes | None, ...]
CARD_COLUMNS = ["id", "patron_id", "token", "sealed_barcode", "status", "issued_on"]
NOTE_COLUMNS = ["id", "patron_id", "kind", "sealed_text", "written_on", "expires_on"]
# A note that came with an import lives half a year: long enough to be looked at and renewed or let go.
_IMPORTED_NOTE_DAYS = 183


def new_id() -> int:
    """A random id of 63 bits: it tells no order and no count."""
    return secrets.randbits(62) + 1


def insert_statement(table: str, columns: Sequence[str]) -> str:
    """The statement that writes one row of these columns."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"


def card_row(house: House, sealer: Sealer, barcode: str, today: dt.date) -> Row:
    """A row of CARD_COLUMNS."""
    card = new_id()
    sealed = sealer.seal("cards", card, "barcode", barcode)
    return (
        card,
        sealer.subject,
        house.vault.blind("card", barcode),
        sealed,
        Card.Status.ACTIVE.value,
        today.isoformat(),
    )


def note_row(sealer: Sealer, kind: str, text: str, today: dt.date) -> Row:
    """A row of NOTE_COLUMNS."""
    note = new_id()
    sealed = sealer.seal("notes", note, "text", text)
    expires_on = today + dt.timedelta(days=_IMPORTED_NOTE_DAYS)
    return (note, sealer.subject, kind, sealed, today.isoformat(), expires_on.isoformat())


def review_month(expires_on: dt.date | None) -> int | None:
    """The month a registration runs out, as 202711; coarse, since it stands in the clear."""
    return expires_on.year * 100 + expires_on.month if expires_on else None
