"""Everything the desk shows of the patron in front of it, under one question at the door.

One decision for each series, their entries durable in one commit, then a fixed number of statements
whatever the number of loans. What the desk may see of the birth date is the age band.

Source: clauses MP-7.15, TH-1.18, TH-1.19, TH-1.22.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from circumspect.records.circulation.conditions import conditions_of
from circumspect.records.circulation.lending import LOAN_FIELDS, OpenLoan, open_loans
from circumspect.records.circulation.lending import SERIES as LOANS
from circumspect.records.circulation.rulebook import limits_of
from circumspect.records.patrons import notes, registration
from circumspect.records.patrons.conditions import effective_blocks
from circumspect.records.patrons.reading import read_apart
from circumspect.records.patrons.standing import BlockKind, Standing, age_band
from circumspect.trust.door.door import Part
from circumspect.trust.door.errors import Refused, no_such_record
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason

SHOWN = ("given_name", "family_name", "phone", "email", "balance", "language", "standing")


@dataclass(frozen=True, slots=True, repr=False)
class Served:
    """A patron as the desk sees them. Prints as nothing.

    Attributes:
        record: The fields of ``SHOWN``.
        blocks: Every block in effect, those that follow from what is owed, overdue, lost or claimed among them:
            as check-out counts them, without an amount.
        age_band: Such as "18-64", "" where no birth date is held.
    """

    record: registration.Record
    standing: Standing
    blocks: tuple[BlockKind, ...]
    age_band: str
    loans: Sequence[OpenLoan]
    notes: Sequence[notes.OpenedNote]


def serve(
    house: House, actor: Actor, patron: int, *, circumstance: Circumstance, reason: Reason | None = None
) -> Served:
    """Open what the desk shows of one patron.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    rows = notes.live_notes(house, patron)
    whose = (patron,)
    parts = [
        Part(Action.VIEW, Purpose.SERVE, registration.SERIES, whose, frozenset(SHOWN)),
        Part(Action.USE, Purpose.SERVE, registration.SERIES, whose, frozenset({"birth_date"})),
        Part(Action.VIEW, Purpose.SERVE, LOANS, whose, LOAN_FIELDS),
    ]
    if rows:
        parts.append(Part(Action.VIEW, Purpose.SERVE, notes.SERIES, whose, notes.FIELDS))
    openings = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    # What the rules use is not in the record that is shown.
    records = read_apart([(openings[0], SHOWN), (openings[1], ("birth_date",))], patron)
    if not records:
        # Its key is still there and its row is not: a forgetting was cut short, and goes on by itself.
        raise Refused(no_such_record(openings[0].decision.policy_hash))
    record, used = records
    with connection.cursor() as cursor:
        conditions = conditions_of(house, cursor, patron)
    today = house.today()
    return Served(
        record,
        record.standing,
        effective_blocks(record.standing, conditions, limits_of(house), today),
        age_band(used.date("birth_date"), today),
        open_loans(house, patron),
        [notes.opened(row, openings[3]) for row in rows],
    )
