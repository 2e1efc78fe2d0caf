"""Ask for something that another library has: write the request down, show a patron theirs, cancel it.

A request has a link of series "ill" and a citation sealed under the patron's key. It is worked by its
number (``working``), without anybody learning whose it is.

Source: clauses MP-4.11, TH-1.21.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.conditions import conditions_of
from circumspect.records.circulation.rulebook import limits_of
from circumspect.records.holds.rules import HOLD_STOP_WORDS, HoldHindrance, HoldStop
from circumspect.records.ill.citations import NUMBER_BITS, Citation, CitationError
from circumspect.records.ill.counting import IllEvent, bump
from circumspect.records.ill.models import IllRequest
from circumspect.records.ill.states import Act, Stage, stage_of, step
from circumspect.records.patrons import standing as standings
from circumspect.records.patrons.conditions import effective_blocks
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.standing import BLOCK_RULES, Standing
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon

SERIES = "ill"
ILL_FIELDS = frozenset({"citation", "state", "lender", "due_at", "pickup_branch"})
ASKED_FIELDS = frozenset({"citation", "state", "pickup_branch"})
_MOST = 5


class IllError(Exception):
    """A request that nothing can be done with. Catch this; only its subclasses are raised."""


class NoSuchRequestError(IllError):
    """There is no such request, or it is not this patron's, or it has ended."""

    def __init__(self) -> None:
        super().__init__("there is no such request any more: look at the list again")


@dataclass(frozen=True, slots=True)
class Asked:
    """The request is written down."""

    request_id: int


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The request was not taken, for these reasons."""

    hindrances: tuple[HoldHindrance, ...]


@dataclass(frozen=True, slots=True, repr=False)
class OwnRequest:
    """A request of the patron in front of the desk. Prints as nothing."""

    request_id: int
    citation: Citation
    stage: Stage
    pickup_branch: str
    asked_on: dt.date


def links_of(house: House, patron: int) -> list[bytes]:
    """The links under which a patron's requests can be found."""
    return list(house.vault.links(SERIES, patron).values())


def _purpose(actor: Actor, otherwise: Purpose) -> Purpose:
    return Purpose.OWN_RECORD if actor.kind is ActorKind.PATRON else otherwise


def ask(
    house: House,
    actor: Actor,
    patron: int,
    citation: Citation,
    *,
    pickup_branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> Asked | NotAsked:
    """Write down what a patron would like from another library.

    Refused like a hold: by blocks that stop holds, and beyond ``[ill] most`` open requests (five).

    Raises:
        CitationError: No such branch. (A citation without a title cannot be made.)
        Refused, DoorClosed: The door stays shut; nothing is written.
    """
    circulate = _purpose(actor, Purpose.CIRCULATE)
    openings = house.door.ask_all(
        actor,
        [
            Part(Action.USE, circulate, REGISTRATION, (patron,), frozenset({"standing"})),
            Part(Action.CHANGE, circulate, SERIES, (patron,), ASKED_FIELDS),
        ],
        circumstance=circumstance,
        reason=reason,
    )
    if not Branch.objects.filter(code=pickup_branch).exists():
        raise CitationError("pickup_branch", HOLD_STOP_WORDS[HoldStop.NO_BRANCH])
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT sealed_standing FROM patrons_patron WHERE id = %s", [patron])
        sealed = Sealed(REGISTRATION, "standing", patron, patron, cursor.fetchone()[0])
        hindrances = _hindrances(house, cursor, patron, Standing.from_text(openings[0].read(sealed)))
        if hindrances:
            return NotAsked(hindrances)
        request_id = secrets.randbits(NUMBER_BITS)
        link = house.vault.link(SERIES, patron)
        IllRequest.objects.create(
            id=request_id,
            state=Stage.REQUESTED.value,
            asked_on=today,
            pickup_branch=pickup_branch,
            epoch=link.epoch,
            link=link.token,
            back=link.back,
            sealed_citation=house.vault.seal(patron, SERIES, request_id, "citation", citation.to_text()),
        )
        bump(cursor, IllEvent.ASKED, branch=pickup_branch, today=today)
    return Asked(request_id)


def _hindrances(house: House, cursor: Any, patron: int, standing: Standing) -> tuple[HoldHindrance, ...]:
    blocks = effective_blocks(standing, conditions_of(house, cursor, patron), limits_of(house), house.today())
    found = [
        HoldHindrance(kind, BLOCK_RULES[kind].words, frozenset())
        for kind in blocks
        if standings.Act.HOLD in BLOCK_RULES[kind].stops
    ]
    most = int(house.home.setting("ill", "most", _MOST))
    if IllRequest.objects.filter(link__in=links_of(house, patron)).count() >= most:
        words = "The limit of open requests is reached. Cancel one first."
        found.append(HoldHindrance(HoldStop.TOO_MANY, words, frozenset()))
    return tuple(found)


def waits(house: House, patron: int) -> bool:
    """Whether a patron waits for something from another library. Opens nothing."""
    return IllRequest.objects.filter(link__in=links_of(house, patron)).exists()


def requests_of(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    purpose: Purpose = Purpose.SERVE,
    reason: Reason | None = None,
) -> list[OwnRequest]:
    """What a patron waits for from other libraries, oldest first. Once a book is here it is among the holds.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    opening = house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=_purpose(actor, purpose),
        series=SERIES,
        subjects=(patron,),
        fields=ILL_FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
    rows = IllRequest.objects.filter(link__in=links_of(house, patron)).order_by("asked_on", "id")
    return [
        OwnRequest(
            row.id,
            Citation.from_text(
                opening.read(Sealed(SERIES, "citation", patron, row.id, row.sealed_citation or b""))
            ),
            stage_of(row.state, None),
            row.pickup_branch,
            row.asked_on,
        )
        for row in rows
    ]


def cancel(
    house: House,
    actor: Actor,
    patron: int,
    request_id: int,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Cancel a patron's request: row, link and citation are gone.

    Raises:
        NoSuchRequestError: The patron has no such request, or the book is here already.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    house.door.ask(
        actor,
        action=Action.ERASE,
        purpose=_purpose(actor, Purpose.CIRCULATE),
        series=SERIES,
        subjects=(patron,),
        fields=ASKED_FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        own = IllRequest.objects.select_for_update().filter(id=request_id, link__in=links_of(house, patron))
        request = own.first()
        if request is None:
            raise NoSuchRequestError
        step(stage_of(request.state, None), Act.CANCEL)
        request.delete()
        bump(cursor, IllEvent.CANCELLED, branch=request.pickup_branch, today=house.today())
        wipe_log_soon(DEFAULT_DB_ALIAS)
