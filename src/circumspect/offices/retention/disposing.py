"""Records that may go only under an approved disposal certificate: proposed, waited for, disposed of.

What is past its period is *proposed*: title, inclusive dates, volume. It stays until somebody enters the number of the
approved certificate and the day from which it lets the records go (a certificate is filed thirty days before). Then the
next sweep disposes of what was proposed, and of nothing that has come since.

Which records that is, each room says for itself: ``composition.certificate_series``.

Source: tension 17; clauses TH-1.5, TH-1.8; 50 ILCS 205; 44 Ill. Adm. Code 4500.30.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from circumspect.offices.retention import certificates
from circumspect.offices.retention.deciding import (
    MOST_NUMBER,
    NotYoursError,
    RetentionFieldError,
    may_decide,
    storable,
)
from circumspect.offices.retention.models import Disposal, DisposalState
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor

COLUMNS: Final = (
    "Agency",
    "Application",
    "Item",
    "Title",
    "First date",
    "Last date",
    "Volume",
    "State",
    "Certificate",
    "Not before",
    "Disposed on",
)


@dataclass(frozen=True, slots=True)
class Due:
    """Records past their period: how many, and of which days."""

    volume: int
    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class CertificateSeries:
    """How a room's certificate series ends.

    Attributes:
        due: What is past its period now; None for nothing.
        dispose: Let go of what is past its period and lies on or before a day; how many records.
    """

    due: Callable[[House], Due | None]
    dispose: Callable[[House, dt.date], int]


Rooms = Mapping[str, CertificateSeries]


def propose(house: House, rooms: Rooms) -> int:
    """Propose what is past its period and not proposed yet; how many proposals were made or have grown."""
    changed = 0
    for series, room in rooms.items():
        due = room.due(house)
        if due is None:
            continue
        with transaction.atomic():
            waiting = Disposal.objects.select_for_update().exclude(state=DisposalState.DISPOSED.value)
            row = waiting.filter(series=series).first()
            if row is None:
                Disposal.objects.create(
                    series=series,
                    first_day=due.first_day,
                    last_day=due.last_day,
                    volume=due.volume,
                    proposed_on=house.today(),
                )
                changed += 1
            # What was approved is what was shown: it grows no more.
            elif row.state == DisposalState.PROPOSED.value and row.volume != due.volume:
                row.first_day, row.last_day, row.volume = due.first_day, due.last_day, due.volume
                row.save(update_fields=["first_day", "last_day", "volume"])
                changed += 1
    return changed


def enter_certificate(
    house: House, actor: Actor, disposal: int, number: str, not_before: dt.date | None
) -> None:
    """Enter the approved certificate of a proposal.

    Raises:
        NotYoursError: Not this person's to enter.
        RetentionFieldError: A field is missing, or the proposal waits no longer; nothing was entered.
    """
    if not may_decide(actor):
        raise NotYoursError("entered by a director or the Privacy In Charge")
    number = storable("number", number, MOST_NUMBER)
    if not number:
        raise RetentionFieldError("number", "give the approved certificate's number")
    if not_before is None:
        raise RetentionFieldError("not_before", "give the day from which it lets the records go")
    row = Disposal.objects.filter(id=disposal, state=DisposalState.PROPOSED.value)
    item = house.schedule().items.get(row.values_list("series", flat=True).first() or "")
    if item is None:
        raise RetentionFieldError("number", "this one waits no longer")
    if item.lacks_reference:
        raise RetentionFieldError("number", "enter the schedule's application and item number first")
    row.update(number=number, not_before=not_before, entered_by=actor.id, state=DisposalState.APPROVED.value)


def carry_out(house: House, rooms: Rooms) -> int:
    """Propose what is due, and dispose of what is approved and whose day has come; how many records went."""
    propose(house, rooms)
    gone = 0
    approved = Disposal.objects.filter(state=DisposalState.APPROVED.value, not_before__lte=house.today())
    for row in approved.order_by("id"):
        if row.series in rooms:
            gone += rooms[row.series].dispose(house, row.last_day)
            Disposal.objects.filter(id=row.pk).update(
                state=DisposalState.DISPOSED.value, disposed_on=house.today()
            )
    return gone


def listed() -> list[Disposal]:
    """Every disposal, what waits first, then the newest."""
    rows = list(Disposal.objects.order_by("-id"))
    return sorted(rows, key=lambda row: row.state == DisposalState.DISPOSED.value)


def lines(house: House, rows: Sequence[Disposal]) -> list[tuple[str, ...]]:
    """What a certificate asks for, a line each, as text."""
    agency, schedule = str(house.home.setting("library", "name", "The library")), house.schedule()
    found: list[tuple[str, ...]] = []
    for row in rows:
        item = schedule.items.get(row.series)
        found.append(
            (
                agency,
                item.application if item else "",
                item.item if item else "",
                item.title if item else row.series,
                row.first_day.isoformat(),
                row.last_day.isoformat(),
                f"{row.volume} records",
                row.state,
                row.number,
                row.not_before.isoformat() if row.not_before else "",
                row.disposed_on.isoformat() if row.disposed_on else "",
            )
        )
    return found


def as_csv(house: House) -> bytes:
    """All disposals as CSV."""
    return certificates.table_csv(COLUMNS, lines(house, listed()))


def as_pdf(house: House) -> bytes:
    """All disposals as PDF."""
    said = ("Data for the Local Records Disposal Certificate. Volume is in records; nobody is named.",)
    return certificates.table_pdf("Records for disposal", said, COLUMNS, lines(house, listed()))
