"""Who looked: every time somebody, or a machine, asked for something of one patron's record, in plain words.

Read from the ledger by the patron's own links: what was opened and what was refused, by staff, machines, the
library's own rounds, and the patron. Looks that a court has forbidden to tell of are left out before anything is
counted, so that neither number nor page nor order shows that there was one.

Entries that became durable together, by one asker for one purpose, are one line: a page at the desk asks for a name,
loans and notes at once. ``Line.entries`` says which, so that what is shown can be held against the ledger.

Source: guarantee 10; clauses MP-3.9, MP-7.15, TH-2.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from circumspect.trust.door.door import LEDGER_SERIES
from circumspect.trust.door.house import House
from circumspect.trust.ledger.store import LedgerEntry
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

# More than half a year of the busiest life; the newest are told.
MOST = 100_000
IsGagged = Callable[[Sequence[LedgerEntry]], "set[int]"]


def nothing_gagged(_entries: Sequence[LedgerEntry]) -> set[int]:
    """For a house in which no court has forbidden anything."""
    return set()


@dataclass(frozen=True, slots=True)
class Line:
    """One look.

    Attributes:
        at: When, in the library's own time.
        actor: "staff:17", "patron:self", "terminal:seat", "job:forget".
        asked: Series and fields that were asked for, in order.
        clauses: What allowed or refused it.
        entries: Places in the ledger.
    """

    at: dt.datetime
    actor: str
    roles: tuple[str, ...]
    action: str
    purpose: str
    circumstance: str
    reason: str
    allowed: bool
    asked: tuple[tuple[str, str], ...]
    clauses: tuple[str, ...]
    entries: tuple[int, ...] = field(default=())


def entries_about(
    house: House, actor: Actor, patron: int, *, is_gagged: IsGagged = nothing_gagged
) -> list[LedgerEntry]:
    """Every entry about a patron that may be told of, newest first. The question itself is the first of them.

    Args:
        is_gagged: Of entries, the places of those that may not be told of now.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=Purpose.OWN_RECORD,
        series=LEDGER_SERIES,
        subjects=[patron],
        fields={"looks"},
        circumstance=Circumstance.OWN_SIGN_IN,
    )
    links = [(epoch, token) for epoch, token in house.vault.links(LEDGER_SERIES, patron).items()]
    found = house.ledger.entries_for_links(links, MOST)
    hidden = is_gagged(found)
    return [entry for entry in found if entry.index not in hidden]


def lines_of(entries: Iterable[LedgerEntry], zone: dt.tzinfo) -> list[Line]:
    """The entries as lines, in the order given."""
    return [line_of(group, zone) for group in groups_of(entries)]


def groups_of(entries: Iterable[LedgerEntry]) -> list[list[LedgerEntry]]:
    """The entries by line, in the order given: those of one commit that differ only in what was asked stand together."""
    groups: list[list[LedgerEntry]] = []
    last: tuple[object, ...] | None = None
    for entry in entries:
        alike = _alike(entry)
        if alike == last:
            groups[-1].append(entry)
        else:
            groups.append([entry])
            last = alike
    return groups


def is_own(group: Sequence[LedgerEntry]) -> bool:
    """Whether a line tells of the patron's own doing. A PIN may have been tried by anybody: that is not."""
    body = group[0].body
    return str(body["actor"]).startswith(f"{ActorKind.PATRON}:") and body["purpose"] != Purpose.SIGN_IN


def line_of(group: Sequence[LedgerEntry], zone: dt.tzinfo) -> Line:
    """One line of the entries that belong to it, newest first."""
    body = group[0].body
    return Line(
        dt.datetime.fromisoformat(body["at"]).astimezone(zone),
        body["actor"],
        tuple(body["roles"]),
        body["action"],
        body["purpose"],
        body["circumstance"],
        body["reason"] or "",
        body["outcome"] == "allowed",
        tuple(
            dict.fromkeys(
                (each.body["series"], name) for each in reversed(group) for name in each.body["fields"]
            )
        ),
        tuple(sorted({clause for each in group for clause in each.body["clauses"]})),
        tuple(each.index for each in group),
    )


def _alike(entry: LedgerEntry) -> tuple[object, ...]:
    body = entry.body
    return (
        body["at"],
        body["actor"],
        body["action"],
        body["purpose"],
        body["circumstance"],
        body["reason"],
        body["outcome"],
        body["roles"],
    )
