"""A few days' guard: what a new request names is copied under a seal, as it is at that moment, and ends by itself.

A paper may come tomorrow that asks for what is given back today. So whatever is held of the person whose card was
scanned is set aside when the request is taken in, by the house itself: under a key of its own that has a last day, and
nobody opens it, whoever they are and whatever paper they hold. A request to preserve that is worked on under the
same number takes up as much of it as its own scope names. What it does not take up is noise after the guard's days.

Nothing else is held up: a book that is returned is forgotten as always, and so is whoever asks to be. So a guard changes
nothing that anybody at the desk, or the patron, could see.

There is one guard for a request, made when it is taken in; nothing prolongs it. A later request copies what there is by
then. However many requests somebody takes in, what was forgotten is gone the guard's days later at the latest.

The look it takes is entered in the ledger like any other. The patron is shown it when the guard has ended, since until then
nobody in charge may have said whether the paper binds to silence; under a gag, when that ends.

Source: clauses MP-3.7, MP-6.12, MP-6.14, MP-7.12; DOMAIN practice of preserving before an order; guarantees 8 and 10.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import copies
from circumspect.offices.privacydesk.access import Access
from circumspect.offices.privacydesk.copies import CopyError, Piece
from circumspect.offices.privacydesk.scopes import nameable
from circumspect.records.gathering import gather
from circumspect.records.holdings import Collector
from circumspect.trust.door.errors import DoorError
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

GUARD_DAYS = 3
GUARDIAN = Actor(ActorKind.JOB, "guarding")

# One record as it was: the day from which it was kept, and its fields.
Was = tuple[dt.date | None, Mapping[str, str]]

log = logging.getLogger("circumspect.guarding")


def guard_days(house: House) -> int:
    """For how long: ``[privacy_desk] guard_days``, a fortnight at most."""
    days = house.home.setting("privacy_desk", "guard_days", GUARD_DAYS)
    return days if isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= 14 else GUARD_DAYS


def guard(house: House, case: int, patron: int, collectors: Mapping[str, Collector]) -> None:
    """Seal what is held of a patron now, for the library's few days. The second time for a case does nothing.

    Where the door stays shut nothing is set aside, and the request stands all the same.
    """
    if copies.states([case]):
        return
    try:
        with accesses.quietly(house, GUARDIAN, case, Access(is_sealed=True)):
            copies.make(
                house,
                GUARDIAN,
                _pieces(house, patron, collectors),
                matter=case,
                kind=copies.GUARD,
                ends_at=house.clock() + dt.timedelta(days=guard_days(house)),
            )
    except DoorError as problem:
        log.warning("what a request names could not be guarded (%s)", type(problem).__name__)


def take_up(house: House, actor: Actor, case: int) -> dict[str, list[Was]]:
    """What was guarded for a case, by series, to be sealed anew at once; empty where there is nothing any more.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    found: dict[str, list[Was]] = {}
    for state in copies.states([case]):
        if state.kind != copies.GUARD:
            continue
        try:
            pieces = copies.take_up(house, actor, state.copy_id)
        except CopyError:
            continue
        for piece in pieces:
            found[piece.series] = [
                (dt.date.fromisoformat(since) if since else None, values)
                for since, values in json.loads(piece.content)
            ]
    return found


def end_guards(house: House) -> int:
    """Destroy the guards whose time is over; how many. Their looks are shown from now on, where no gag stands."""
    ended = copies.end_over(house, copies.GUARD)
    accesses.show_looks_of(house, GUARDIAN, besides=copies.matters_of(copies.GUARD))
    return ended


def _pieces(house: House, patron: int, collectors: Mapping[str, Collector]) -> list[Piece]:
    found = gather(
        house,
        GUARDIAN,
        patron,
        nameable(house.home.fields_on, collectors),
        action=Action.PRESERVE,
        purpose=Purpose.TAKE_IN,
        circumstance=Circumstance.CASE,
        collectors=collectors,
    )
    return [
        Piece(series, copies.as_json([(since, values) for since, values in records]))
        for series, records in found.records().items()
    ]
