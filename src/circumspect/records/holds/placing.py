"""Place, cancel, freeze, thaw and move a hold; list and count a patron's own.

Order of placing: the door opens the standing for the rule and permits the change, both in one entry's
commit; then one transaction reads, decides by the pure rules, and writes the hold with its link.

What the rules need from other rooms (what is owed, what is out) comes from whoever calls, by a question
that is put once the door is open: see ``circulation.requesting``, which faces use.

Cancelled means forgotten: the row goes, and a count stays.

Source: clauses MP-4.12, MP-4.16, TH-1.21.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records.holds.counting import HoldEvent, bump
from circumspect.records.holds.leaving import leave_on_shelf
from circumspect.records.holds.models import FOREVER, Hold, HoldLimit, HoldRule
from circumspect.records.holds.queue import Copy, HoldTerms, Wish, closest_terms
from circumspect.records.holds.rules import USUAL_MOST, HoldFacts, HoldHindrance, HoldStop, what_stops
from circumspect.records.holds.shelf import HOLD_FIELDS, SERIES
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.rows import new_id
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon

# What a patron or clerk says of a hold; the code is the house's own.
ASKED_FIELDS = HOLD_FIELDS - {"pickup_code"}
_WISH_DAYS = 365


class HoldError(Exception):
    """A hold that nothing can be done with. Catch this; only its subclasses are raised."""


class NoSuchHoldError(HoldError):
    """The patron has no such hold: it has been picked up, cancelled or has run out."""

    def __init__(self) -> None:
        super().__init__("this hold has ended: look at the list again")


class NotWaitingError(HoldError):
    """A copy is on its way or on the shelf: such a hold is not frozen."""

    def __init__(self) -> None:
        super().__init__("a copy is on its way or on the shelf already: cancel the hold, or pick it up")


class HoldFieldError(HoldError):
    """What was asked for cannot be so.

    Attributes:
        field: Which entry of the form.
        reason: One plain sentence, without what was typed.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for: a title, and one copy of it where no other will do."""

    title_id: int
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The hold stands in the queue.

    Attributes:
        position: 1 for the first.
    """

    hold_id: int
    position: int
    expires_on: dt.date


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """The hold was not placed, for these reasons."""

    hindrances: tuple[HoldHindrance, ...]

    def may_override(self, roles: Iterable[str]) -> bool:
        """Whether somebody with these roles may go on in spite of all of them."""
        return all(hindrance.override_roles & set(roles) for hindrance in self.hindrances)


MayHold = Callable[[str, str], bool]  # item type, owning branch


def _any_kind(_item_type: str, _home: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other rooms know that may stop a hold.

    Attributes:
        blocks: Those in effect because of fees, overdue items and the like.
        has_loan: The patron has it on loan now.
        may_hold: Whether copies of an item type and owning branch may be held for this patron's category.
    """

    blocks: tuple[BlockKind, ...] = ()
    has_loan: bool = False
    may_hold: MayHold = _any_kind


AskElsewhere = Callable[[Any, Standing], Elsewhere]


def nothing_elsewhere(_cursor: Any, _standing: Standing) -> Elsewhere:
    """For a caller who knows of nothing that stops it."""
    return Elsewhere()


@dataclass(frozen=True, slots=True, repr=False)
class OpenHold:
    """A hold of the patron in front of the desk. Prints as nothing.

    Attributes:
        barcode: Of the copy wished for; "" where any will do.
        state: "waiting", "frozen", "in_transit" or "on_shelf".
        position: Place in the queue, 1 for the first; 0 once a copy is on its way.
        waiting: How many wait for the title.
        frozen_until: None where not frozen, or frozen with no end.
        pickup_code: "" unless on the shelf.
    """

    hold_id: int
    title_id: int
    title: str
    author: str
    barcode: str
    state: str
    position: int
    waiting: int
    pickup_branch: str
    placed_on: dt.date
    expires_on: dt.date
    frozen_until: dt.date | None
    pickup_code: str
    pick_up_by: dt.date | None


def links_of(house: House, patron: int) -> list[bytes]:
    """The links under which a patron's holds can be found."""
    return list(house.vault.links(SERIES, patron).values())


def _purpose(actor: Actor, otherwise: Purpose) -> Purpose:
    """Whose errand it is: a patron's own, a machine's, or the desk's."""
    return {ActorKind.PATRON: Purpose.OWN_RECORD, ActorKind.TERMINAL: Purpose.MACHINE}.get(
        actor.kind, otherwise
    )


# placing


def place(
    house: House,
    actor: Actor,
    patron: int,
    wanted: Wanted,
    *,
    pickup_branch: str,
    circumstance: Circumstance,
    elsewhere: AskElsewhere = nothing_elsewhere,
    expires_on: dt.date | None = None,
    reason: Reason | None = None,
    override: Reason | None = None,
) -> Placed | NotPlaced:
    """Put a patron in the queue for a title or a copy.

    Args:
        elsewhere: What other rooms know that stops it, asked once the door is open.
        expires_on: The last day it is wanted; by default a year from today (``[holds] wish_days``).
        reason: Where the record was opened without a card.
        override: Why hindrances are to be passed over; the door is then asked for that right.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is placed.
    """
    standing = _standing_to_place(house, actor, patron, circumstance, reason, override)
    today = house.today()
    last_day = expires_on or today + dt.timedelta(
        days=int(house.home.setting("holds", "wish_days", _WISH_DAYS))
    )
    links = links_of(house, patron)
    link = house.vault.link(SERIES, patron)
    with transaction.atomic(), connection.cursor() as cursor:
        known = elsewhere(cursor, standing)
        blocks = dict.fromkeys((*standing.blocks_on(today), *known.blocks))
        facts = HoldFacts(
            exists=_exists(cursor, wanted),
            can_be_served=can_be_served(cursor, wanted, pickup_branch, known.may_hold),
            branch_known=_branch_known(cursor, pickup_branch),
            expires_on=last_day,
            holds=_count(cursor, links),
            most=most_holds(standing.category),
            has_hold=_has_hold(cursor, links, wanted),
            has_loan=known.has_loan,
        )
        stopped = what_stops(facts, blocks, today, actor.roles if override else ())
        if stopped:
            return NotPlaced(stopped)
        hold_id = new_id()
        # The place behind the last of the title. Two desks in one moment may get the same one; the random
        # number tells them apart.
        cursor.execute(
            "INSERT INTO holds_hold (id, title_id, item_id, pickup_branch, state, place, placed_on, expires_on,"
            " epoch, link, back) VALUES (%s, %s, %s, %s, 'waiting',"
            " (SELECT COALESCE(MAX(place), 0) + 1 FROM holds_hold WHERE title_id = %s), %s, %s, %s, %s, %s)",
            [
                hold_id,
                wanted.title_id,
                wanted.item_id,
                pickup_branch,
                wanted.title_id,
                today.isoformat(),
                last_day.isoformat(),
                link.epoch,
                link.token,
                link.back,
            ],
        )
        bump(cursor, HoldEvent.PLACED, branch=pickup_branch, today=today)
        cursor.execute(
            "SELECT count(*) FROM holds_hold WHERE title_id = %s AND state = 'waiting'", [wanted.title_id]
        )
        return Placed(hold_id, int(cursor.fetchone()[0]), last_day)


def _standing_to_place(
    house: House,
    actor: Actor,
    patron: int,
    circumstance: Circumstance,
    reason: Reason | None,
    override: Reason | None,
) -> Standing:
    circulate = _purpose(actor, Purpose.CIRCULATE)
    openings = house.door.ask_all(
        actor,
        [
            Part(
                Action.USE,
                circulate if override is None else Purpose.OVERRIDE,
                REGISTRATION,
                (patron,),
                frozenset({"standing"}),
            ),
            Part(Action.CHANGE, circulate, SERIES, (patron,), ASKED_FIELDS),
        ],
        circumstance=circumstance,
        reason=override or reason,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_standing FROM patrons_patron WHERE id = %s", [patron])
        row = cursor.fetchone()
    return Standing.from_text(openings[0].read(Sealed(REGISTRATION, "standing", patron, patron, row[0])))


def most_holds(category: str) -> int:
    """How many holds a patron of this category may have at a time."""
    limits = dict(HoldLimit.objects.filter(category__in=["", category]).values_list("category", "max_holds"))
    return limits.get(category, limits.get("", USUAL_MOST))


def hold_terms() -> list[HoldTerms]:
    """The library's hold rules."""
    return [
        HoldTerms(rule.item_type, rule.branch, rule.holdable, rule.home_only, rule.shelf_days)
        for rule in HoldRule.objects.all()
    ]


def can_be_served(cursor: Any, wanted: Wanted, pickup_branch: str, may_hold: MayHold = _any_kind) -> bool:
    """Whether some copy that is not gone for good may be held for pick-up at that branch."""
    which = " AND id = %s" if wanted.item_id is not None else ""
    cursor.execute(
        "SELECT id, branch_id, item_type_id FROM catalog_item WHERE title_id = %s"
        f" AND status NOT IN ('withdrawn', 'lost', 'missing'){which}",
        [wanted.title_id, *([wanted.item_id] if which else [])],
    )
    rules = hold_terms()
    wish = Wish(0, 0, pickup_branch, FOREVER, wanted.item_id)
    return any(
        Copy(number, home, home, closest_terms(rules, item_type, home)).suits(wish)
        and may_hold(item_type, home)
        for number, home, item_type in cursor.fetchall()
    )


def _exists(cursor: Any, wanted: Wanted) -> bool:
    if wanted.item_id is None:
        cursor.execute("SELECT 1 FROM catalog_title WHERE id = %s", [wanted.title_id])
    else:
        cursor.execute(
            "SELECT 1 FROM catalog_item WHERE id = %s AND title_id = %s", [wanted.item_id, wanted.title_id]
        )
    return cursor.fetchone() is not None


def _branch_known(cursor: Any, branch: str) -> bool:
    cursor.execute("SELECT 1 FROM catalog_branch WHERE code = %s", [branch])
    return cursor.fetchone() is not None


def _marks(links: Sequence[bytes]) -> str:
    return ", ".join(["%s"] * len(links))


def _count(cursor: Any, links: Sequence[bytes]) -> int:
    if not links:
        return 0
    cursor.execute(f"SELECT count(*) FROM holds_hold WHERE link IN ({_marks(links)})", links)
    return int(cursor.fetchone()[0])


def _has_hold(cursor: Any, links: Sequence[bytes], wanted: Wanted) -> bool:
    if not links:
        return False
    # Somebody may wait for two volumes of one title, each a copy of its own; not for the same thing twice.
    same = "" if wanted.item_id is None else " AND (item_id IS NULL OR item_id = %s)"
    cursor.execute(
        f"SELECT 1 FROM holds_hold WHERE link IN ({_marks(links)}) AND title_id = %s{same}",
        [*links, wanted.title_id, *([wanted.item_id] if wanted.item_id is not None else [])],
    )
    return cursor.fetchone() is not None


# changing and ending


def cancel(
    house: House,
    actor: Actor,
    patron: int,
    hold_id: int,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> bool:
    """Cancel a hold: its row and link are gone. Whether a copy stands on the shelf and is to be taken off.

    Raises:
        NoSuchHoldError: The patron has no such hold.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _ask(house, actor, patron, Action.ERASE, circumstance, reason)
    with transaction.atomic(), connection.cursor() as cursor:
        hold = _own(house, patron, hold_id)
        leave_on_shelf(hold)
        hold.delete()
        bump(cursor, HoldEvent.CANCELLED, branch=hold.pickup_branch, today=house.today())
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return hold.state == "on_shelf"


def freeze(
    house: House,
    actor: Actor,
    patron: int,
    hold_id: int,
    *,
    until: dt.date | None = None,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Pass a hold over until a day (or until it is thawed). It keeps its place.

    Raises:
        NoSuchHoldError: The patron has no such hold.
        NotWaitingError: A copy is on its way or on the shelf.
        HoldFieldError: The day is not in the future, or after the last day it is wanted.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _ask(house, actor, patron, Action.CHANGE, circumstance, reason)
    with transaction.atomic():
        hold = _own(house, patron, hold_id)
        if hold.state != "waiting":
            raise NotWaitingError
        if until is not None and not house.today() < until <= hold.expires_on:
            raise HoldFieldError(
                "frozen_until", "choose a day after today, up to the last day it is wanted, or none"
            )
        hold.frozen_until, hold.target_id = until or FOREVER, None
        hold.save(update_fields=["frozen_until", "target"])


def thaw(
    house: House,
    actor: Actor,
    patron: int,
    hold_id: int,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Let a frozen hold be served again, in the place it kept.

    Raises:
        NoSuchHoldError: The patron has no such hold.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _ask(house, actor, patron, Action.CHANGE, circumstance, reason)
    with transaction.atomic():
        hold = _own(house, patron, hold_id)
        hold.frozen_until = None
        hold.save(update_fields=["frozen_until"])


def move(
    house: House,
    actor: Actor,
    patron: int,
    hold_id: int,
    *,
    pickup_branch: str,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Change where a hold is picked up. A copy on a shelf elsewhere is to be taken off and scanned.

    Raises:
        NoSuchHoldError: The patron has no such hold.
        HoldFieldError: No such branch, or no copy may be held for pick-up there.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _ask(house, actor, patron, Action.CHANGE, circumstance, reason)
    with transaction.atomic(), connection.cursor() as cursor:
        hold = _own(house, patron, hold_id)
        if hold.pickup_branch == pickup_branch:
            return
        wanted = Wanted(hold.title_id, hold.copy_id or hold.item_id)
        if not _branch_known(cursor, pickup_branch):
            raise HoldFieldError("pickup_branch", "choose one of the library's branches")
        if not can_be_served(cursor, wanted, pickup_branch):
            raise HoldFieldError("pickup_branch", "no copy can be held for pick-up there")
        leave_on_shelf(hold)
        if hold.copy_id is not None:
            hold.state = "in_transit"
        hold.pickup_branch, hold.target_id, hold.pickup_code, hold.pick_up_by = (
            pickup_branch,
            None,
            None,
            None,
        )
        hold.save(update_fields=["pickup_branch", "target", "state", "pickup_code", "pick_up_by"])


def _ask(
    house: House, actor: Actor, patron: int, action: Action, circumstance: Circumstance, reason: Reason | None
) -> None:
    house.door.ask(
        actor,
        action=action,
        purpose=_purpose(actor, Purpose.CIRCULATE),
        series=SERIES,
        subjects=(patron,),
        fields=ASKED_FIELDS,
        circumstance=circumstance,
        reason=reason,
    )


def _own(house: House, patron: int, hold_id: int) -> Hold:
    """One of the patron's holds, kept from being taken for a copy meanwhile."""
    hold = Hold.objects.select_for_update().filter(id=hold_id, link__in=links_of(house, patron)).first()
    if hold is None:
        raise NoSuchHoldError
    return hold


# looking


def holds_of(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    purpose: Purpose = Purpose.SERVE,
    reason: Reason | None = None,
) -> list[OpenHold]:
    """What a patron waits for: ready ones first, then by title. One statement, whatever their number.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=_purpose(actor, purpose),
        series=SERIES,
        subjects=(patron,),
        fields=HOLD_FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
    return open_holds(house, patron)


_OPEN = """
    SELECT hold.id, hold.title_id, title.title, title.author, item.barcode, hold.state, hold.pickup_branch,
           hold.placed_on, hold.expires_on, hold.frozen_until, hold.pickup_code, hold.pick_up_by,
           (SELECT count(*) FROM holds_hold AS other WHERE other.title_id = hold.title_id AND other.state = 'waiting'
            AND (other.place < hold.place OR (other.place = hold.place AND other.id < hold.id))),
           (SELECT count(*) FROM holds_hold AS other WHERE other.title_id = hold.title_id AND other.state = 'waiting')
    FROM holds_hold AS hold JOIN catalog_title AS title ON title.id = hold.title_id
    LEFT JOIN catalog_item AS item ON item.id = hold.item_id
    WHERE hold.link IN ({links})
"""
_STATE_ORDER = {"on_shelf": 0, "in_transit": 1, "waiting": 2, "frozen": 3}


def open_holds(house: House, patron: int) -> list[OpenHold]:
    """After the door has opened the holds series."""
    links = links_of(house, patron)
    if not links:
        return []
    today = house.today()
    with connection.cursor() as cursor:
        cursor.execute(_OPEN.format(links=_marks(links)), links)
        found = [_open_hold(row, today) for row in cursor.fetchall()]
    return sorted(found, key=lambda hold: (_STATE_ORDER[hold.state], hold.title.casefold(), hold.hold_id))


def _open_hold(row: tuple[Any, ...], today: dt.date) -> OpenHold:
    is_waiting = row[5] == "waiting"
    is_frozen = is_waiting and row[9] is not None and row[9] > today
    return OpenHold(
        hold_id=row[0],
        title_id=row[1],
        title=row[2],
        author=row[3],
        barcode=row[4] or "",
        state="frozen" if is_frozen else row[5],
        position=row[12] + 1 if is_waiting else 0,
        waiting=row[13],
        pickup_branch=row[6],
        placed_on=row[7],
        expires_on=row[8],
        frozen_until=row[9] if is_frozen and row[9] != FOREVER else None,
        pickup_code=row[10] or "",
        pick_up_by=row[11],
    )


def count_holds(house: House, patron: int) -> int:
    """How many holds a patron has. For whoever holds an opening of the record; names no title."""
    with connection.cursor() as cursor:
        return _count(cursor, links_of(house, patron))


def stops(answer: NotPlaced) -> set[BlockKind | HoldStop]:
    """What stopped a hold, without the words."""
    return {hindrance.kind for hindrance in answer.hindrances}
