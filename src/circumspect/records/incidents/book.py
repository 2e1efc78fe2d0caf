"""Report, read, decide, note an appeal, forget: each asked at the door.

A report has a key of its own. Whoever decides on a suspension may have the desk send somebody to the person in
charge: that is a word in the account, set with the card in hand by whoever offers it (``patrons.upkeep``), with no
tie from either to the other. A name comes from an account only where one in charge takes it over, and the row says who.

Source: clause MP-4.17; issue "The privacy desk", section 3.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from circumspect.records.incidents.models import Incident
from circumspect.records.incidents.rules import Report, UnfitReportError, check_measure, checked, text
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed

SERIES = "incidents"
SEEN = frozenset({"account", "description", "identity", "appeal", "measure"})
REPORTED = frozenset({"account", "description"})
PAGE = 50


class NoSuchIncidentError(Exception):
    """There is no such report, or it has been forgotten."""


@dataclass(frozen=True, slots=True)
class Line:
    """A report on a list: nothing of the person, and nothing of what was written."""

    id: int
    kind: str
    branch: str
    happened_on: dt.date
    measure: str
    suspended_until: dt.date | None


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A report as read. Prints as nothing.

    Attributes:
        identity: A name taken over from an account, "" for none.
    """

    line: Line
    reported_on: dt.date
    reported_by: int
    decided_by: int | None
    named_by: int | None
    account: str
    description: str
    identity: str
    appeal: str


def report(house: House, actor: Actor, told: Report) -> int:
    """Write a report down; its number.

    Raises:
        UnfitReportError: A field does not do; nothing is stored.
        Refused, DoorClosed: The door stays shut; nothing is stored.
        VaultError: No key can be made; nothing is stored.
    """
    told = checked(told, house.today())
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.ORDER,
        series=SERIES,
        fields=REPORTED,
        circumstance=Circumstance.CASE,
    )
    number = secrets.randbits(62) + 1
    sealer = house.vault.new_subjects([number])[number]
    try:
        Incident.objects.create(
            id=number,
            kind=told.kind,
            branch=told.branch,
            happened_on=told.happened_on,
            reported_on=house.today(),
            reported_by=int(actor.id),
            sealed_account=sealer.seal(SERIES, number, "account", told.account),
            sealed_description=sealer.seal(SERIES, number, "description", told.description),
        )
    except BaseException:
        house.vault.destroy_subject(number)
        raise
    return number


def lines(*, after: int = 0) -> list[Line]:
    """Reports, newest first, a page at a time; opens nothing.

    Args:
        after: How many to pass over.
    """
    rows = Incident.objects.order_by("-reported_on", "id")[after : after + PAGE]
    return [_line(row) for row in rows]


def read(house: House, actor: Actor, number: int) -> Opened:
    """Open one report.

    Raises:
        NoSuchIncidentError: It is gone.
        Refused, DoorClosed: Nothing was read.
    """
    row = Incident.objects.filter(id=number).first()
    if row is None:
        raise NoSuchIncidentError
    opening = _ask(house, actor, Action.VIEW, number, SEEN)
    return Opened(
        _line(row),
        row.reported_on,
        row.reported_by,
        row.decided_by,
        row.named_by,
        _read(opening, row, "account", row.sealed_account),
        _read(opening, row, "description", row.sealed_description),
        _read(opening, row, "identity", row.sealed_identity),
        _read(opening, row, "appeal", row.sealed_appeal),
    )


def decide(house: House, actor: Actor, number: int, measure: str, until: dt.date | None = None) -> None:
    """Note what follows from a report.

    Raises:
        UnfitReportError: A suspension without an end, or an end that is not fit.
        NoSuchIncidentError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    check_measure(measure, until, house.today())
    _ask(house, actor, Action.CHANGE, number, frozenset({"measure"}))
    _update(number, measure=measure, suspended_until=until, decided_by=int(actor.id))


def note_appeal(house: House, actor: Actor, number: int, raw_text: str) -> None:
    """Note what somebody says against a suspension, and what came of it. Replaces an earlier note.

    Raises:
        UnfitReportError: The text does not do.
        NoSuchIncidentError, Refused, DoorClosed: Nothing is changed.
    """
    note = text("appeal", raw_text)
    if not note:
        raise UnfitReportError("appeal", "Write the note.")
    _ask(house, actor, Action.CHANGE, number, frozenset({"appeal"}))
    _update(number, sealed_appeal=house.vault.seal(number, SERIES, number, "appeal", note))


def take_name(house: House, actor: Actor, number: int, name: str) -> None:
    """Take over a name that was opened from an account with the card in hand; the row says who approved it.

    Raises:
        UnfitReportError, NoSuchIncidentError, Refused, DoorClosed: Nothing is changed.
    """
    kept = text("identity", name)
    _ask(house, actor, Action.CHANGE, number, frozenset({"identity"}))
    _update(
        number,
        sealed_identity=house.vault.seal(number, SERIES, number, "identity", kept),
        named_by=int(actor.id),
    )


def forget_old(house: House, *, spare: Collection[int] = ()) -> int:
    """Forget reports that have outlived their rule, their keys first; how many.

    A suspension that still runs keeps its report until it ends.

    Args:
        spare: Reports that a request to preserve names.

    Raises:
        VaultError: The keys cannot be destroyed for good; the rows stay.
    """
    edge = house.today() - dt.timedelta(days=house.schedule().item(SERIES).days)
    over = Q(suspended_until__isnull=True) | Q(suspended_until__lt=house.today())
    due = Incident.objects.filter(over, reported_on__lte=edge).exclude(id__in=spare)
    old = list(due.values_list("id", flat=True)[:500])
    house.vault.destroy_subjects(old)
    Incident.objects.filter(id__in=old).delete()
    return len(old)


def _ask(house: House, actor: Actor, action: Action, number: int, fields: frozenset[str]) -> Opening:
    return house.door.ask(
        actor,
        action=action,
        purpose=Purpose.ORDER,
        series=SERIES,
        subjects=[number],
        fields=fields,
        circumstance=Circumstance.CASE,
    )


def _update(number: int, **values: object) -> None:
    with transaction.atomic():
        if Incident.objects.filter(id=number).update(**values) != 1:
            raise NoSuchIncidentError


def _read(opening: Opening, row: Incident, field: str, blob: bytes | memoryview | None) -> str:
    return opening.read(Sealed(SERIES, field, row.id, row.id, blob)) if blob is not None else ""


def _line(row: Incident) -> Line:
    return Line(row.id, row.kind, row.branch, row.happened_on, row.measure, row.suspended_until)
