"""Reading histories, as far as lending knows of them: a mark on the loan of whoever asked for one.

The mark is the number of a box, sealed anew for each loan, so that two loans of one reader carry nothing
alike. It is made of what a check-out has read anyway, and read with the loan: whoever asked for no history costs no
statement more at a check-in. What is done with it is another room's work, which says so when it is there
(``records/reading``); lending does not know what a history holds.

Source: clauses TH-1.11, MP-4.3; ARCHITECTURE.md, "How patron information rests".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from circumspect.records.circulation.items import ItemFacts
from circumspect.trust.door.house import House

LABEL = "reading box"
# Takes the house, the transaction's cursor, a loan's mark, the item that came back, and the day.
Keeper = Callable[[House, Any, bytes, ItemFacts, dt.date], None]
_keepers: list[Keeper] = []


def hand_in(keeper: Keeper) -> None:
    """Say what is to be done when an item comes back whose loan is marked. The last one handed in is asked."""
    _keepers.append(keeper)


def mark_for(house: House, box: str) -> bytes | None:
    """The mark of a loan whose reader's history goes into a box; None for whoever has none."""
    return house.vault.secrets.protect(LABEL, box.encode()) if box else None


def keep(house: House, cursor: Any, mark: bytes, item: ItemFacts, today: dt.date) -> None:
    """Within the check-in's transaction: give a marked loan's title to its reader's history."""
    if _keepers:
        _keepers[-1](house, cursor, mark, item, today)
