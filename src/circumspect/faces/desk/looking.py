"""Open a patron for the desk: ask for what the panel shows, and put it into words.

The whole panel is one use-case's work, ``serving.serve``. After a loan only the loans are asked for again,
where the page can keep the rest of what it shows. Reference staff see whom they help, and no more.

Source: ARCHITECTURE.md, "Quick where it counts"; clauses TH-1.11, TH-1.18, TH-1.22, MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from circumspect.faces.desk import asks, shown
from circumspect.faces.desk.opened import Held
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation import lending, serving
from circumspect.records.patrons import notes as patron_notes
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.categories import NOTE_KINDS, TEMPORARY, categories
from circumspect.records.patrons.registration import Record, open_records
from circumspect.records.patrons.standing import BLOCK_RULES, SETTABLE, Act, BlockKind, Standing, may_lift
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, Circumstance, Reason, Role

_SOON_DAYS = 30
_STATES = {"claimed": "said to be returned", "lost": "lost"}
_STOPPED = {
    Act.CHECK_OUT: "checking out",
    Act.RENEW: "renewing",
    Act.HOLD: "holds",
    Act.COMPUTER: "computers",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One block, in words.

    Attributes:
        kind: Its code, for lifting it.
        stops: What it stops, such as "checking out, holds".
        may_lift: It was set by hand, and this member may take it away.
    """

    kind: str
    words: str
    stops: str
    may_lift: bool
    no_check_out: bool


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """Who is open, as far as the screen shows it. Prints as nothing.

    Attributes:
        to_complete: Categories to choose from, where the card was made at the door and is not complete yet.
    """

    name: str
    category: str
    branch: str
    expires: str
    expires_soon: bool
    may_borrow: bool
    stops: tuple[Stop, ...]
    email: str = ""
    phone: str = ""
    balance: str = ""
    shows_contact: bool = False
    language: str = ""
    age: str = ""
    notes: Sequence[NoteShown] = ()
    reason: str = ""
    to_complete: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class NoteShown:
    """A note as the panel shows it."""

    id: int
    about: str
    text: str
    until: str


@dataclass(frozen=True, slots=True, repr=False)
class LoanShown:
    """A loan as the panel shows it.

    Attributes:
        state: "" for one that is simply out; otherwise what has become of it, in words.
    """

    barcode: str
    title: str
    due: str
    is_overdue: bool
    renewals: int
    state: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Panel:
    """What is on the screen of the patron being served. Either part may be left as the page has it."""

    slip: str
    identity: Identity | None
    loans: Sequence[LoanShown] = ()
    shows_loans: bool = True
    card_ended: bool = False

    @property
    def overdue(self) -> int:
        """How many items are overdue."""
        return sum(loan.is_overdue for loan in self.loans)


def look(house: House, actor: Actor, held: Held, slip: str, *, first: bool, whole: bool = True) -> Panel:
    """Open the patron for the screen.

    Args:
        first: Nothing of this patron is on the screen yet: the circumstance or reason explains the look.
        whole: Name, standing and notes too; otherwise what is out.

    Raises:
        Refused, DoorClosed: Nothing is shown.
    """
    circumstance, reason = explain(held, first=first)
    if asks.panel_for(actor.roles) is asks.REFERENCE_PANEL:
        identity = _for_reference(house, actor, held, circumstance) if whole else None
        return Panel(slip, identity, (), False, held.card_ended)
    if not whole:
        return Panel(
            slip, None, loans_shown(house, actor, held, circumstance, reason), card_ended=held.card_ended
        )
    served = serving.serve(house, actor, held.patron, circumstance=circumstance, reason=reason)
    identity = replace(
        _identity(house, actor, held, served.record, served.blocks),
        email=shown.masked_email(served.record["email"]),
        phone=shown.masked_phone(served.record["phone"]),
        balance=served.record["balance"],
        shows_contact=True,
        age=served.age_band.replace("-", "–"),
        notes=tuple(_note(note) for note in served.notes),
        to_complete=_to_complete(house, held, served.standing),
    )
    return Panel(slip, identity, _in_words(house, served.loans), card_ended=held.card_ended)


def explain(held: Held, *, first: bool) -> tuple[Circumstance, Reason | None]:
    """What explains a look: the card or the reason at first, and then the transaction it opened."""
    return (held.circumstance, held.reason) if first else (Circumstance.OPEN_TRANSACTION, None)


def loans_shown(
    house: House, actor: Actor, held: Held, circumstance: Circumstance, reason: Reason | None = None
) -> list[LoanShown]:
    """What the patron has out, in words. One question, two statements, whatever their number."""
    loans = lending.loans_of(house, actor, held.patron, circumstance=circumstance, reason=reason)
    return _in_words(house, loans)


def _in_words(house: House, loans: Sequence[lending.OpenLoan]) -> list[LoanShown]:
    zone = lending.zone_of(house)
    return [
        LoanShown(
            loan.item.barcode,
            loan.item.title,
            shown.in_full(shown.day_of(loan.due_at, zone)),
            loan.is_overdue,
            loan.renewals,
            _STATES.get(loan.state, ""),
        )
        for loan in loans
    ]


def _for_reference(house: House, actor: Actor, held: Held, circumstance: Circumstance) -> Identity:
    ask = asks.REFERENCE_PANEL
    record = open_records(
        house,
        actor,
        [held.patron],
        sorted(ask.fields),
        purpose=ask.purpose,
        circumstance=circumstance,
        action=ask.action,
        reason=held.reason if circumstance is Circumstance.UNEXPLAINED else None,
    )[0]
    return _identity(house, actor, held, record, record.standing.blocks_on(house.today()))


def _identity(
    house: House, actor: Actor, held: Held, record: Record, blocks: Sequence[BlockKind]
) -> Identity:
    standing = record.standing
    today = house.today()
    stops = _stops(standing, blocks, held, actor.roles)
    return Identity(
        name=shown.full_name(record["given_name"], record["family_name"]),
        category=category_name(house, standing.category),
        branch=branch_names().get(standing.branch, standing.branch),
        expires=shown.in_full(standing.expires_on),
        expires_soon=standing.expires_on is not None
        and today <= standing.expires_on <= today + dt.timedelta(days=_SOON_DAYS),
        may_borrow=not any(stop.no_check_out for stop in stops),
        stops=stops,
        language=shown.LANGUAGES.get(record["language"], record["language"]),
        reason=held.reason.value if held.reason else "",
    )


def _to_complete(house: House, held: Held, standing: Standing) -> tuple[tuple[str, str], ...]:
    if standing.category != TEMPORARY or not upkeep.is_provisional(held.patron):
        return ()
    known = categories(house.home.config).values()
    return tuple((each.code, each.name) for each in known if each.code != TEMPORARY and not each.needs_adult)


def _note(note: patron_notes.OpenedNote) -> NoteShown:
    return NoteShown(note.id, NOTE_KINDS.get(note.kind, note.kind), note.text, shown.in_full(note.expires_on))


def _stops(
    standing: Standing, blocks: Sequence[BlockKind], held: Held, roles: Collection[str]
) -> tuple[Stop, ...]:
    kinds = list(blocks)
    if held.card_ended:
        kinds.insert(0, BlockKind.CARD_LOST)
    return tuple(
        Stop(
            kind.value,
            BLOCK_RULES[kind].words,
            ", ".join(words for act, words in _STOPPED.items() if act in BLOCK_RULES[kind].stops),
            kind in standing.blocks and may_lift(kind, roles),
            Act.CHECK_OUT in BLOCK_RULES[kind].stops,
        )
        for kind in kinds
    )


def may_set(kind: BlockKind, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may set a block by hand."""
    return kind in SETTABLE and bool({Role.DESK, Role.CIRCULATION_LEAD} & set(roles))


def category_name(house: House, code: str) -> str:
    """A category as the desk shows it."""
    known = categories(house.home.config).get(code)
    return known.name if known else code


def branch_names() -> dict[str, str]:
    """Names of the branches, by code."""
    return dict(Branch.objects.order_by("name").values_list("code", "name"))
