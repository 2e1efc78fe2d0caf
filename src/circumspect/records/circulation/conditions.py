"""What stands against a patron at this moment: counted afresh by links, never stored.

For whoever decides about a loan, a renewal, a hold or a computer and has been let in by the door; no
item and no amount of a single fee is named.

Source: DOMAIN practice of blocks; clauses TH-1.11, TH-1.20.
"""

from __future__ import annotations

from typing import Any

from circumspect.records.circulation import losses
from circumspect.records.circulation.items import loan_counts, loan_links
from circumspect.records.fees import charging
from circumspect.records.patrons.conditions import Conditions
from circumspect.trust.door.house import House


def conditions_of(house: House, cursor: Any, patron: int) -> Conditions:
    """What is owed, out, overdue, lost and claimed. Two statements, whatever the number of loans and fees, save for lost ones."""
    conditions, _ = counted(house, cursor, patron)
    return conditions


def counted(house: House, cursor: Any, patron: int, item_type: str = "") -> tuple[Conditions, int]:
    """The same, and how many items of one type are out (0 where no type is given)."""
    now = house.second()
    links = loan_links(house, patron)
    found = loan_counts(cursor, links, now, item_type)
    # Paid a moment ago: the block lifts at once, and not with tonight's round.
    lost = losses.unsettled(cursor, links) if found.lost else 0
    owed = charging.owed(cursor, list(house.vault.links(charging.SERIES, patron).values()))
    return Conditions(owed, found.items_out, found.overdue, lost, found.claims), found.of_type
