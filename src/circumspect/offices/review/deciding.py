"""Look into flagged looks: see the list, open whose record one was at, note what came of it.

Seeing the list is asked at the door, and so is, once more, whose record a look was at. Nobody notes an outcome
of a look of their own.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

from circumspect.offices.review.models import Flagged
from circumspect.records.patrons.reading import read
from circumspect.trust.door.door import LEDGER_SERIES
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

OUTCOMES = {
    "explained": "Explained",
    "talked over": "Talked over with them",
    "escalated": "Handed on to the director",
}
_NAMES = ("given_name", "family_name")


class ReviewError(ValueError):
    """An outcome cannot be noted so, or nobody can be told any more. The message says why."""


def to_review(house: House, actor: Actor, *, most: int = 50) -> list[Flagged]:
    """Looks that wait for an outcome, newest first.

    Raises:
        Refused, DoorClosed: Nothing is shown.
    """
    _permit(house, actor)
    return list(Flagged.objects.filter(outcome="").order_by("-noted_at", "-index")[:most])


def looked_into(house: House, actor: Actor, *, most: int = 20) -> list[Flagged]:
    """Looks with an outcome, newest first. Raises Refused, DoorClosed."""
    _permit(house, actor)
    return list(Flagged.objects.exclude(outcome="").order_by("-outcome_on", "-index")[:most])


def note(house: House, actor: Actor, index: int, outcome: str) -> None:
    """Note what came of a look.

    Raises:
        ReviewError: The outcome is not on the list, the look is the asker's own or has one already.
        Refused, DoorClosed: Nothing is changed.
    """
    _permit(house, actor)
    if outcome not in OUTCOMES:
        raise ReviewError("Choose what came of it.")
    row = Flagged.objects.filter(index=index).first()
    if row is None:
        raise ReviewError("There is no such look on the list.")
    if row.actor == f"staff:{actor.id}":
        raise ReviewError("This look is your own: somebody else looks into it.")
    changed = Flagged.objects.filter(index=index, outcome="").update(
        outcome=outcome, outcome_by=int(actor.id), outcome_on=house.today()
    )
    if not changed:
        raise ReviewError("Somebody has noted an outcome meanwhile.")


def whose(house: House, actor: Actor, index: int) -> str:
    """Open whose record a look was at: its name. A look of its own, and entered as one.

    Raises:
        ReviewError: It is not on the list, or its key is gone with its epoch.
        Refused, DoorClosed: Nothing is opened; so too where the record itself is gone by now.
    """
    if not Flagged.objects.filter(index=index).exists():
        raise ReviewError("There is no such look on the list.")
    mark = next(iter(house.ledger.marks(index)), None)
    if mark is None or mark.link is None or mark.back is None:
        raise ReviewError("Whose record it was cannot be told any more.")
    opening = house.door.ask_by_link(
        actor,
        action=Action.VIEW,
        purpose=Purpose.REVIEW,
        series="registration",
        fields=_NAMES,
        circumstance=Circumstance.CASE,
        epoch=mark.epoch,
        token=mark.link,
        back=mark.back,
        link_series=LEDGER_SERIES,
    )
    records = read(opening, opening.subjects, _NAMES)
    if not records:
        raise ReviewError("Whose record it was cannot be told any more.")
    return f"{records[0]['given_name']} {records[0]['family_name']}".strip()


def _permit(house: House, actor: Actor) -> None:
    house.door.permit(
        actor,
        action=Action.VIEW,
        purpose=Purpose.REVIEW,
        series=LEDGER_SERIES,
        fields={"looks"},
        circumstance=Circumstance.CASE,
    )
