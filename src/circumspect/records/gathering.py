"""Read what is held about one patron, through the door: chosen series, chosen fields, and nothing beside them.

The patron's own page, a packet that a court has ordered and a copy that is to be preserved all come from
here. One question at the door for all of it: either everything named is opened, or nothing is.

What is handed out is put together from the names that were asked for, so that a field nobody named cannot
be among it, whatever a collector offers. A value that is sealed is read by the opening of its own series, which
knows the same names.

With days given, a record counts if its day lies among them. A record that keeps no day is left out then, and
counted: whoever named the days decides what to do about it.

Source: guarantees 9 and 10; clauses MP-3.3, MP-3.9, MP-6.12, TH-1.2, TH-2.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from circumspect.records.circulation import gathered as circulation
from circumspect.records.computers import gathered as computers
from circumspect.records.fees import gathered as fees
from circumspect.records.holdings import Collector, Kept, Source
from circumspect.records.holds import gathered as holds
from circumspect.records.ill import gathered as ill
from circumspect.records.patrons import gathered as patrons
from circumspect.records.reading import gathered as reading
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed

# Of the rooms on this floor. What the offices keep about patrons is added by ``composition.collectors``.
COLLECTORS: Mapping[str, Collector] = {
    **patrons.COLLECTORS,
    **circulation.COLLECTORS,
    **holds.COLLECTORS,
    **ill.COLLECTORS,
    **fees.COLLECTORS,
    **computers.COLLECTORS,
    **reading.COLLECTORS,
}

Days = tuple[dt.date | None, dt.date | None]


class UnknownSeriesError(ValueError):
    """Something was asked for that nobody collects. Names the series."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """One value that is held about a patron. Prints as nothing.

    Attributes:
        record: Counts the records of a series within one gathering, from 1: the fields of one loan share it.
        since: The day from which it is kept, where that is known.
    """

    series: str
    record: int
    field: str
    value: str
    since: dt.date | None


@dataclass(frozen=True, slots=True, repr=False)
class Gathered:
    """What was asked for, of one patron.

    Attributes:
        held: By series in the order asked for, then by record and field.
        undated: By series, how many records were left out because days were named and they keep none.
        entries: The ledger entries of the openings, one for each series.
    """

    held: tuple[Held, ...]
    undated: Mapping[str, int]
    entries: tuple[int, ...]

    def records(self) -> dict[str, list[tuple[dt.date | None, dict[str, str]]]]:
        """The same by series and record: the day from which it is kept, and its fields."""
        found: dict[str, dict[int, tuple[dt.date | None, dict[str, str]]]] = {}
        for each in self.held:
            record = found.setdefault(each.series, {}).setdefault(each.record, (each.since, {}))
            record[1][each.field] = each.value
        return {series: list(records.values()) for series, records in found.items()}


def gather(
    house: House,
    actor: Actor,
    patron: int,
    wanted: Mapping[str, Collection[str]],
    *,
    action: Action,
    purpose: Purpose,
    circumstance: Circumstance,
    reason: Reason | None = None,
    days: Mapping[str, Days] | None = None,
    collectors: Mapping[str, Collector] = COLLECTORS,
) -> Gathered:
    """Ask at the door for fields of several series of one patron, and read them.

    Args:
        wanted: Names of fields, by series.
        action: VIEW for the patron's own page, DISCLOSE for a packet, PRESERVE for a sealed copy.
        days: By series, the first and last day; None for no limit on that side. A series that is not named has none.
        collectors: Of every series that may be named.

    Raises:
        UnknownSeriesError: A series that nobody collects was named. Nothing was asked.
        Refused, DoorClosed: Nothing was read.
    """
    series = [name for name, fields in wanted.items() if fields]
    unknown = [name for name in series if name not in collectors]
    if unknown:
        raise UnknownSeriesError(f"nobody collects {', '.join(sorted(unknown))}")
    if not series:
        return Gathered((), {}, ())
    parts = [Part(action, purpose, name, (patron,), frozenset(wanted[name])) for name in series]
    openings = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    held: list[Held] = []
    undated: dict[str, int] = {}
    for part, opening in zip(parts, openings, strict=True):
        limit = (days or {}).get(part.series, (None, None))
        kept = list(collectors[part.series](house, patron, part.fields))
        among = [record for record in kept if _is_among(record.since, limit)]
        held += _read(part, opening, among)
        left_out = sum(record.since is None for record in kept) if limit != (None, None) else 0
        if left_out:
            undated[part.series] = left_out
    return Gathered(tuple(held), undated, tuple(opening.ledger_index for opening in openings))


def _is_among(day: dt.date | None, limit: Days) -> bool:
    first, last = limit
    if first is None and last is None:
        return True
    return day is not None and (first is None or first <= day) and (last is None or day <= last)


def _read(part: Part, opening: Opening, records: Collection[Kept]) -> list[Held]:
    # By the names that were asked for, never by what a record offers.
    return [
        Held(part.series, number, field, _value(opening, record.values[field]), record.since)
        for number, record in enumerate(records, 1)
        for field in sorted(part.fields)
        if field in record.values
    ]


def _value(opening: Opening, source: Source) -> str:
    if isinstance(source, Sealed):
        return opening.read(source)
    return source(opening) if callable(source) else source
