"""What the room of reading histories can say of one patron: titles where they asked for a history, and permissions given.

Of a locked history nothing can be said but that it is there: what opens it is not in the house.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from circumspect.records.holdings import Collector, Kept
from circumspect.records.reading import history, permissions
from circumspect.records.reading.models import Box, Entry, Permission
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.vault.sealed import Sealed

LOCKED = "locked: only its owner's PIN or passkey opens it"


def _history(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    box = Box.objects.filter(patron_id=patron).first()
    if box is None:
        return
    yield Kept({"choice": f"{box.months} months"})
    for entry in box.entries.filter(ends_on__gt=house.today()).order_by("id"):
        yield Kept({"titles": _title(box, entry)})


def _title(box: Box, entry: Entry) -> Callable[[Opening], str]:
    def words(opening: Opening) -> str:
        return LOCKED if box.is_locked else history.title_by(opening, box, entry)

    return words


def _permissions(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    rows = Permission.objects.filter(patron_id=patron, ends_on__gte=house.today()).order_by("ends_on", "id")
    for row in rows:
        yield Kept(
            {
                "name": Sealed(permissions.SERIES, "name", patron, row.id, row.sealed_name),
                "scope": Sealed(permissions.SERIES, "scope", patron, row.id, row.sealed_scope),
                "ends_on": row.ends_on.isoformat(),
            }
        )


COLLECTORS: Mapping[str, Collector] = {history.SERIES: _history, permissions.SERIES: _permissions}
