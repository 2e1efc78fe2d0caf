"""What the desk's screen holds after an act, and the one way it is drawn.

The answer to an act is a ``Said``: what was done, or what stops it, in words that may be overheard.
A refusal of the door is an answer like any other: its sentence, what may be done instead, and the
clauses it stands on.

Source: STYLE.md, "An error"; issue "The house stands", section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from circumspect.faces.desk.asks import OVERRIDE, OVERRIDERS
from circumspect.faces.desk.feesheet import FeeSheet
from circumspect.faces.desk.holdsheet import HoldSheet
from circumspect.faces.desk.looking import Panel, may_set
from circumspect.offices.staff.models import StaffMember
from circumspect.records.catalog.facts import Availability, Found, ItemRecord
from circumspect.records.circulation.rules import Stopped
from circumspect.records.patrons.categories import NOTE_KINDS
from circumspect.records.patrons.standing import BLOCK_RULES, SETTABLE
from circumspect.trust.door.errors import DoorClosed, DoorError, Refused
from circumspect.trust.policy.request import Actor, Reason, Role

PART_HEADER = "X-Desk"
CLAIM = "claim"  # an act that may be gone on with, beside the modes


class DeskRequest(HttpRequest):
    """A request of somebody who is signed in, as the middleware hands it on."""

    member: StaffMember
    actor: Actor


class Mode(StrEnum):
    """What scanning an item means."""

    CHECK_OUT = "check-out"
    CHECK_IN = "check-in"
    RENEW = "renew"
    LOOK_UP = "look-up"


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the four ways to scan."""

    mode: Mode
    name: str
    key: str
    access_key: str
    hint: str
    hint_open: str


_SEARCHES = "A name, an e-mail address or a telephone number searches."
_BACK = "Scan what came back."
_WORDS = "Scan an item, or type words of a title, an author or a subject, or an ISBN."
TABS = (
    Tab(
        Mode.CHECK_OUT,
        "Check out",
        "F2",
        "o",
        f"A card opens its patron. An item comes back. {_SEARCHES}",
        "Scan the items to lend. Esc for the next patron.",
    ),
    Tab(Mode.CHECK_IN, "Check in", "F3", "i", _BACK, _BACK),
    Tab(
        Mode.RENEW, "Renew", "F4", "r", "Scan the card, then the items to renew.", "Scan the items to renew."
    ),
    Tab(Mode.LOOK_UP, "Look up", "F8", "l", _WORDS, _WORDS),
)


class Tone(StrEnum):
    """How an answer looks; its icon and its words say the same."""

    DONE = "done"
    NOTE = "note"
    STOP = "stop"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, repr=False)
class Override:
    """An offer to go on in spite of what stops a loan.

    Attributes:
        act: "check-out", "renew", or "claim" for one that the patron says came back.
        item: The item's barcode.
    """

    act: str
    item: str


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """The answer to an act.

    Attributes:
        halts: Scans that wait behind this one are not to be used without a second look.
    """

    tone: Tone
    headline: str
    detail: str = ""
    lines: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    override: Override | None = None
    halts: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class FoundPatron:
    """One line of a search: the fewest columns that tell two people apart."""

    name: str
    street: str
    category: str
    choice: str


@dataclass(frozen=True, slots=True, repr=False)
class ItemShown:
    """An item's state. Never whose loan it is."""

    item: ItemRecord
    branch: str
    item_type: str
    status: str
    due: str
    availability: Availability


@dataclass(slots=True, repr=False)
class Screen:
    """Everything the desk's page may show.

    Attributes:
        loans_only: Nothing but what is out has changed of the patron.
        waits: A card was misread: items scanned now are for somebody, and are not taken back by mistake.
        due_day: The day that somebody has set for what is lent now; "" for the rule's.
    """

    mode: Mode = Mode.CHECK_OUT
    said: Said | None = None
    panel: Panel | None = None
    found: Sequence[FoundPatron] | None = None
    found_more: bool = False
    choice: str = ""
    titles: Sequence[Found] | None = None
    item: ItemShown | None = None
    fees: FeeSheet | None = None
    holds: HoldSheet | None = None
    open_form: str = ""
    form_error: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    status: int = 200
    loans_only: bool = False
    waits: bool = False
    due_day: str = ""


def may_set_due(roles: frozenset[str]) -> bool:
    """Whether somebody with these roles is offered another due day. The door answers, not this offer."""
    return any(role in roles for role in OVERRIDERS)


def wants_part(request: HttpRequest) -> bool:
    """Whether the page itself keeps what it shows of the patron, so that it need not be opened anew."""
    return request.headers.get(PART_HEADER) == "part"


def show(request: HttpRequest, screen: Screen) -> HttpResponse:
    """Draw the desk."""
    actor = cast(DeskRequest, request).actor
    context: dict[str, Any] = {
        "screen": screen,
        "tabs": TABS,
        "reasons": list(Reason),
        "note_kinds": NOTE_KINDS,
        "block_kinds": [
            (kind.value, BLOCK_RULES[kind].words) for kind in SETTABLE if may_set(kind, actor.roles)
        ],
        "may_maintain": bool({Role.DESK, Role.CIRCULATION_LEAD} & actor.roles),
        "may_merge": Role.CIRCULATION_LEAD in actor.roles,
        "may_set_due": may_set_due(actor.roles),
    }
    return render(request, "desk/desk.html", context, status=screen.status)


def refused(problem: DoorError) -> Said:
    """A refusal, or a closed door, in plain words."""
    if isinstance(problem, Refused):
        decision = problem.decision
        return Said(Tone.REFUSED, decision.explanation, decision.remedy, clauses=decision.clauses, halts=True)
    part = problem.part if isinstance(problem, DoorClosed) else "a part of the house"
    return Said(
        Tone.REFUSED,
        "Nothing can be opened at the moment.",
        f"Out of reach: {part}. Nothing was changed. Tell whoever looks after the system; "
        "lend on paper until it is back.",
        halts=True,
    )


def status_of(problem: DoorError) -> int:
    """The HTTP status of a refusal."""
    return 403 if isinstance(problem, Refused) else 503


_NOT_DONE = {Mode.RENEW.value: "Not renewed.", CLAIM: "Nothing was changed."}


def stopped(title: str, stopped_by: Stopped, roles: frozenset[str], override: Override) -> Said:
    """What stops a loan, and the offer to go on for those who may pass over it and may ask the door for that."""
    may = stopped_by.may_override(roles) and any(role in roles for role in OVERRIDE.roles)
    return Said(
        Tone.STOP,
        _NOT_DONE.get(override.act, "Not checked out."),
        title,
        lines=tuple(hindrance.words for hindrance in stopped_by.hindrances),
        override=override if may else None,
    )
