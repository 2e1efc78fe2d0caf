"""Place a hold with all that circulation knows: what is owed, what is out, what may be held.

The holds room stands below this one and knows queues and shelves. Faces place holds here.

Source: clauses MP-4.12, TH-1.21; DOMAIN practice of blocks.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from circumspect.records.circulation.conditions import conditions_of
from circumspect.records.circulation.items import loan_links, marks
from circumspect.records.circulation.rulebook import RULE_BOOK, limits_of
from circumspect.records.holds import placing
from circumspect.records.holds.placing import Elsewhere, NotPlaced, Placed, Wanted
from circumspect.records.patrons.conditions import effective_blocks
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, Circumstance, Reason


def place_hold(
    house: House,
    actor: Actor,
    patron: int,
    wanted: Wanted,
    *,
    pickup_branch: str,
    circumstance: Circumstance,
    expires_on: dt.date | None = None,
    reason: Reason | None = None,
    override: Reason | None = None,
) -> Placed | NotPlaced:
    """Put a patron in the queue for a title or a copy. Arguments as in ``placing.place``.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is placed.
    """

    def elsewhere(cursor: Any, standing: Standing) -> Elsewhere:
        conditions = conditions_of(house, cursor, patron)
        return Elsewhere(
            effective_blocks(standing, conditions, limits_of(house), house.today()),
            _has_loan(cursor, loan_links(house, patron), wanted),
            lambda item_type, home: RULE_BOOK.closest(standing.category, item_type, home).hold_allowed,
        )

    return placing.place(
        house,
        actor,
        patron,
        wanted,
        pickup_branch=pickup_branch,
        circumstance=circumstance,
        elsewhere=elsewhere,
        expires_on=expires_on,
        reason=reason,
        override=override,
    )


def _has_loan(cursor: Any, links: list[bytes], wanted: Wanted) -> bool:
    if not links:
        return False
    copy = " AND item.id = %s" if wanted.item_id is not None else ""
    cursor.execute(
        "SELECT 1 FROM circulation_loan AS loan JOIN catalog_item AS item ON item.id = loan.item_id"
        f" WHERE loan.link IN ({marks(links)}) AND item.title_id = %s{copy}",
        [*links, wanted.title_id, *([wanted.item_id] if copy else [])],
    )
    return cursor.fetchone() is not None
