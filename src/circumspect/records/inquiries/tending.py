"""What becomes of letters by themselves: notes end, what nobody touches closes, what is over is forgotten.

- A borrower's letter goes thirty days after it was answered or closed: its key first, then its rows.
- A wish that was decided or closed goes as soon as no answer waits to leave.
- A public record goes when the library has an approved disposal certificate, and not before (``dispose``).
- A letter nobody touches for half a year closes itself.
- The link of a letter whose patron was forgotten is cut; old links are tied anew while the letter is open.

Each may stop at any moment and start again.

Source: clauses TH-4.1, TH-1.8, MP-4.13; guarantees 7 and 8; the retention schedule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q

from circumspect.records.holds.tending import unclaimed
from circumspect.records.inquiries.rules import UNTOUCHED_DAYS, Kind, LetterClass, State
from circumspect.records.inquiries.shelves import FIELDS, SERIES, SHELVES, Shelf, links_of
from circumspect.records.patrons import relinking
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.wiping import wipe_log_after_commit

FORGET_JOB = Actor(ActorKind.JOB, "forget-letters")
_BATCH = 500


def end_notes(house: House) -> int:
    """Delete notes whose day has come; how many."""
    return sum(
        shelf.messages.filter(author="note", ends_on__lte=house.today()).delete()[0]
        for shelf in SHELVES.values()
    )


def close_untouched(house: House) -> int:
    """Close what nobody has touched for half a year; how many."""
    today = house.today()
    limit = today - dt.timedelta(days=UNTOUCHED_DAYS)
    old = Q(state=State.OPEN.value, touched_on__lte=limit)
    return sum(
        shelf.letters.filter(old).update(state=State.CLOSED.value, ended_on=today)
        for shelf in SHELVES.values()
    )


def forget_letters(house: House, *, spare: Collection[int] = ()) -> int:
    """Forget borrowers' letters that have outlived their rule, and wishes that have ended; how many.

    Args:
        spare: Letters that are set aside for a matter.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is forgotten.
        VaultError: It cannot be written down first; nothing is forgotten.
    """
    shelf = SHELVES[LetterClass.BORROWER]
    limit = house.today() - dt.timedelta(days=house.schedule().item(SERIES).days)
    waiting = shelf.messages.filter(outgoing="queued").values("letter_id")
    decided = Q(kind=Kind.PURCHASE.value, state=State.CLOSED.value) & ~Q(id__in=waiting)
    over = shelf.letters.filter(Q(ended_on__lte=limit) | decided).exclude(id__in=list(spare))
    return _forget(house, shelf, list(over.values_list("id", flat=True)))


def due_public(house: House, until: dt.date | None = None) -> list[int]:
    """Public records whose time is over, for a disposal certificate. Opens nothing, destroys nothing.

    Args:
        until: Only those received on this day or before.
    """
    days = house.schedule().item(LetterClass.PUBLIC.value).days
    limit = house.today() - dt.timedelta(days=days)
    limit = min(limit, until) if until else limit
    rows = SHELVES[LetterClass.PUBLIC].letters.filter(received_on__lte=limit).exclude(state=State.OPEN.value)
    return list(rows.order_by("received_on", "id").values_list("id", flat=True))


def days_of_public(letters: Sequence[int]) -> tuple[int, dt.date, dt.date] | None:
    """How many these are, and the days on which the first and the last came; None where there are none."""
    days = SHELVES[LetterClass.PUBLIC].letters.filter(id__in=letters).values_list("received_on", flat=True)
    found = sorted(days)
    return (len(found), found[0], found[-1]) if found else None


def dispose(house: House, letters: Sequence[int]) -> int:
    """Forget public records that an approved certificate names; how many. Those whose time is not over stay.

    Raises:
        Refused, DoorClosed, VaultError: As ``forget_letters``.
    """
    due = set(due_public(house))
    return _forget(house, SHELVES[LetterClass.PUBLIC], [each for each in letters if each in due])


def forget_letters_of(house: House, patron: int, *, spare: Collection[int] = ()) -> int:
    """Forget a patron's letters in the borrower's record when the patron is being forgotten; how many.

    Of a public record the link is cut: the record stays, and is nobody's. So it is with what is spared: closed from
    today on, it is forgotten as every closed letter is once nothing spares it.
    """
    links = links_of(house, patron)
    SHELVES[LetterClass.PUBLIC].letters.filter(link__in=links).update(epoch=None, link=None, back=None)
    shelf = SHELVES[LetterClass.BORROWER]
    mine = shelf.letters.filter(link__in=links)
    mine.filter(id__in=spare).update(
        epoch=None, link=None, back=None, state=State.CLOSED.value, ended_on=house.today()
    )
    return _forget(house, shelf, list(mine.values_list("id", flat=True)))


def relink(house: House, epoch: int) -> int:
    """Tie letters of an old epoch to today's; how many.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    return sum(
        relinking.relink(
            house, epoch, table=shelf.letters.model._meta.db_table, series=SERIES, field="message"
        )
        for shelf in SHELVES.values()
    )


def sweep(house: House) -> int:
    """Cut the links of letters whose patron is forgotten or whose epoch is over, and finish forgettings; how many."""
    count = 0
    for shelf in SHELVES.values():
        links = [bytes(each) for each in shelf.letters.exclude(link=None).values_list("link", flat=True)]
        gone = list(unclaimed(house, SERIES, links))
        count += shelf.letters.filter(link__in=gone).update(epoch=None, link=None, back=None)
        ids = list(shelf.letters.values_list("id", flat=True))
        for start in range(0, len(ids), _BATCH):
            some = ids[start : start + _BATCH]
            keyless = set(some) - house.vault.subjects_with_keys(some)
            count += len(keyless)
            _drop(shelf, list(keyless))
    return count


def _forget(house: House, shelf: Shelf, letters: list[int]) -> int:
    if not letters:
        return 0
    house.door.permit(
        FORGET_JOB,
        action=Action.ERASE,
        purpose=Purpose.FORGET,
        series=shelf.series.value,
        fields=FIELDS,
        circumstance=Circumstance.SCHEDULED,
    )
    for start in range(0, len(letters), _BATCH):
        some = letters[start : start + _BATCH]
        house.vault.destroy_subjects(some)
        _drop(shelf, some)
    return len(letters)


def _drop(shelf: Shelf, letters: list[int]) -> None:
    with transaction.atomic():
        shelf.letters.filter(id__in=letters).delete()
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
