"""Read patron records through the door: sealed fields by number, opened ones as a record.

Source: clauses TH-1.14, MP-7.15; ARCHITECTURE.md, "The door".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.db import connection

from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed

SERIES = "registration"


class Record(Mapping[str, str]):
    """Opened fields of one patron. It prints as names of fields.

    Attributes:
        patron: Whose.
        version: For a later change.
    """

    __slots__ = ("_values", "patron", "version")

    def __init__(self, patron: int, version: int, values: Mapping[str, str]) -> None:
        self.patron: Final = patron
        self.version: Final = version
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<record with {', '.join(sorted(self._values))}>"

    @property
    def standing(self) -> Standing:
        """The standing, where that field was opened."""
        return Standing.from_text(self["standing"])

    def date(self, name: str) -> dt.date | None:
        """A date field, None where it is empty."""
        return dt.date.fromisoformat(self[name]) if self[name] else None


def sealed_fields(patrons: Sequence[int], names: Sequence[str]) -> dict[int, tuple[int, dict[str, Sealed]]]:
    """Version and sealed fields of each patron that exists. Opens nothing."""
    if not patrons:
        return {}
    columns = ", ".join(f"sealed_{name}" for name in names)
    marks = ", ".join(["%s"] * len(patrons))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, version, {columns} FROM patrons_patron WHERE id IN ({marks})", list(patrons)
        )
        return {
            row[0]: (
                row[1],
                {
                    name: Sealed(SERIES, name, row[0], row[0], blob)
                    for name, blob in zip(names, row[2:], strict=True)
                    if blob is not None
                },
            )
            for row in cursor.fetchall()
        }


def read(opening: Opening, patrons: Sequence[int], names: Sequence[str]) -> list[Record]:
    """The named fields of the patrons that an opening reaches; "" where nothing is stored."""
    stored = sealed_fields(patrons, names)
    return [_opened(opening, patron, stored[patron], names) for patron in patrons if patron in stored]


def read_apart(readers: Sequence[tuple[Opening, Sequence[str]]], patron: int) -> list[Record]:
    """One patron's fields by several openings, in one statement: a record for each, with no field of another's in it.

    Returns:
        As many records as readers; none where the patron is gone.
    """
    stored = sealed_fields([patron], [name for _, names in readers for name in names])
    if patron not in stored:
        return []
    return [_opened(opening, patron, stored[patron], names) for opening, names in readers]


def _opened(
    opening: Opening, patron: int, stored: tuple[int, Mapping[str, Sealed]], names: Sequence[str]
) -> Record:
    version, sealed = stored
    return Record(
        patron, version, {name: opening.read(sealed[name]) if name in sealed else "" for name in names}
    )


def open_records(
    house: House,
    actor: Actor,
    patrons: Sequence[int],
    names: Sequence[str],
    *,
    purpose: Purpose,
    circumstance: Circumstance,
    action: Action = Action.VIEW,
    reason: Reason | None = None,
) -> list[Record]:
    """Ask at the door and read, in one step.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    if not patrons:
        return []
    opening = house.door.ask(
        actor,
        action=action,
        purpose=purpose,
        series=SERIES,
        subjects=patrons,
        fields=names,
        circumstance=circumstance,
        reason=reason,
    )
    return read(opening, patrons, names)
