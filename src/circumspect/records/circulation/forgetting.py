"""Forget the registrations that have outlived their rule, with nothing out and nothing owed.

Two kinds: those run out for longer than the schedule's days, and cards made at the door for which nobody
came. What still ties a record (a loan, a hold, an open fee, money on the card) keeps it until that is
settled. Rooms that stand on this one name their own ties (``also``): an interlibrary loan, a booking; and what
goes with a record that is forgotten (``rows``).

Safe to stop anywhere and to do again. Each record is locked, looked at once more and then forgotten, so
that one that was renewed in the same minute stays.

Source: clauses TH-1.5, TH-1.8, TH-1.10; the retention schedule's item "registration".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.db import connection, transaction

from circumspect.records.circulation.linking import FORGET_JOB
from circumspect.records.circulation.models import Loan
from circumspect.records.fees import charging, deposits
from circumspect.records.fees import upkeep as fee_upkeep
from circumspect.records.fees.rules import MoneyError
from circumspect.records.holds import placing
from circumspect.records.patrons import lapsing, upkeep
from circumspect.records.patrons.lapsing import Candidate
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import Record, open_records
from circumspect.trust.door.errors import NO_SUCH_RECORD, Refused
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Circumstance, Purpose

# Removes what another room keeps of a patron who is being forgotten; how many rows.
Rows = Callable[[House, int], int]
# Whether something in another room still ties a patron's record: a count behind links, which opens nothing.
Tie = Callable[[House, int], bool]
_BATCH = 50


def forget_lapsed(house: House, *, also: Sequence[Tie] = (), rows: Sequence[Rows] = ()) -> int:
    """Forget registrations run out for longer than the schedule says; how many.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    days = house.schedule().item(REGISTRATION).days
    found = _in_batches(lambda after: lapsing.lapsed(house, days, after=after, most=_BATCH))
    return sum(_forget_batch(house, batch, days, also, rows) for batch in found)


def forget_abandoned(house: House, *, also: Sequence[Tie] = (), rows: Sequence[Rows] = ()) -> int:
    """Forget cards made at the door that have run out without proof of identity; how many.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    found = _in_batches(lambda after: lapsing.abandoned(house, after=after, most=_BATCH))
    return sum(_forget_batch(house, batch, 0, also, rows) for batch in found)


def is_tied(house: House, patron: int, also: Sequence[Tie] = ()) -> bool:
    """Whether something is out to this patron, waits for them, or is owed. Opens nothing."""
    if Loan.objects.filter(link__in=_links(house, "loans", patron)).exists():
        return True
    with connection.cursor() as cursor:
        if charging.owed(cursor, _links(house, charging.SERIES, patron)):
            return True
    if placing.count_holds(house, patron):
        return True
    return any(tie(house, patron) for tie in also)


def _links(house: House, series: str, patron: int) -> list[bytes]:
    return list(house.vault.links(series, patron).values())


def _in_batches(find: Callable[[int], list[Candidate]]) -> Iterator[list[Candidate]]:
    after = 0
    while batch := find(after):
        yield batch
        after = batch[-1].patron


def _forget_batch(
    house: House, batch: Sequence[Candidate], days: int, also: Sequence[Tie], rows: Sequence[Rows]
) -> int:
    # Ties first: they open nothing, and a record that is kept for them is not read day after day.
    loose = [each for each in batch if not is_tied(house, each.patron, also)]
    with_keys = house.vault.subjects_with_keys([each.patron for each in loose])
    loose = [each for each in loose if each.patron in with_keys]
    if not loose:
        return 0
    records = _opened(house, [each.patron for each in loose])
    return sum(
        _forget(house, each, also, rows)
        for each in loose
        if each.patron in records and _has_outlived(house, records[each.patron], days)
    )


def _opened(house: House, patrons: Sequence[int]) -> dict[int, Record]:
    records = open_records(
        house,
        FORGET_JOB,
        patrons,
        ["standing", "balance"],
        purpose=Purpose.FORGET,
        circumstance=Circumstance.SCHEDULED,
        action=Action.USE,
    )
    return {record.patron: record for record in records}


def _has_outlived(house: House, record: Record, days: int) -> bool:
    expires_on = record.standing.expires_on
    if expires_on is None or _has_money(record["balance"]):
        return False
    return (house.today() - expires_on).days > days


def _has_money(balance: str) -> bool:
    try:
        return deposits.balance_of(balance) != 0
    except MoneyError:
        # An amount nobody can read is somebody's money all the same.
        return True


def _forget(house: House, candidate: Candidate, also: Sequence[Tie], rows: Sequence[Rows]) -> bool:
    with transaction.atomic():
        if not lapsing.is_unchanged(candidate) or is_tied(house, candidate.patron, also):
            return False
        try:
            upkeep.forget_patron(house, FORGET_JOB, candidate.patron)
        except Refused as refusal:
            if refusal.decision.rules != NO_SUCH_RECORD:
                raise
            # Somebody forgot it in the meantime; its rows go with the next sweep.
            return False
        fee_upkeep.forget_fees(house, candidate.patron)
        for remove in rows:
            remove(house, candidate.patron)
    return True
