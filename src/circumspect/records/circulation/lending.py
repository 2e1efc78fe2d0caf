"""Check out and renew. The hot path: few, plain statements, the same on both databases.

Order of a check-out: the door opens the standing (decision, ledger entry); then one transaction reads
item and counts, decides by the pure rules, and writes loan, link, item state and tally, and ends the hold
that the loan fills.

Going on in spite of what stops a loan, or setting another due day, is an override: the door is asked
for that right with its reason, and enters it every time.

Taking back is in ``returning``; what both share of an item is in ``items``.

Source: clauses TH-1.11, TH-1.19, MP-4.5, MP-4.16.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from circumspect.records import barcodes
from circumspect.records.circulation import histories
from circumspect.records.circulation.conditions import conditions_of, counted
from circumspect.records.circulation.items import (
    ITEM_COLUMNS,
    LOAN_COLUMNS,
    LOAN_FIELDS,
    SERIES,
    CirculationError,
    DayError,
    ItemFacts,
    LoanFacts,
    NoSuchItemError,
    NotOutError,
    find_item,
    find_item_and_loan,
    item_of,
    loan_links,
    loan_of,
    marks,
    tally,
)
from circumspect.records.circulation.returning import CheckedIn, charge_late, check_in, check_in_many
from circumspect.records.circulation.rulebook import RULE_BOOK, limits_of, zone_of
from circumspect.records.circulation.rules import (
    HOLD_SHELF,
    STOP_WORDS,
    Hindrance,
    Stop,
    Stopped,
    decide_check_out,
    decide_renewal,
    fine_due,
)
from circumspect.records.fees import charging
from circumspect.records.holds import shelf
from circumspect.records.patrons.conditions import Conditions
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.errors import Refused, no_such_record
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import (
    Action,
    Actor,
    ActorKind,
    Circumstance,
    Purpose,
    Reason,
)
from circumspect.trust.vault.sealed import Sealed

__all__ = [
    "LOAN_FIELDS",
    "RULE_BOOK",
    "SERIES",
    "CheckedIn",
    "CheckedOut",
    "CirculationError",
    "DayError",
    "ItemFacts",
    "NoSuchItemError",
    "NotCheckedOut",
    "NotOutError",
    "OpenLoan",
    "check_due_day",
    "check_in",
    "check_in_many",
    "check_out",
    "count_out",
    "loans_of",
    "open_loans",
    "renew",
    "renew_many",
    "zone_of",
]

# A due day further ahead than this has been mistyped.
_MOST_DAYS_AHEAD = 730


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A loan was made (or renewed).

    Attributes:
        rule: Which of the library's rules decided.
        items_out: How many the patron has now.
        filled_hold: It was for this that they had waited.
        fine_cents: What was charged for the days it was late, where a late loan was renewed.
        renewals_left: How often it may be renewed.
        in_spite_of: What would have stopped it, had it not left the house while the line was down.
    """

    item: ItemFacts
    due_at: int
    rule: str
    items_out: int
    filled_hold: bool = False
    fine_cents: int = 0
    renewals_left: int = 0
    in_spite_of: tuple[Hindrance, ...] = ()


@dataclass(frozen=True, slots=True)
class NotCheckedOut:
    """A loan was not made, for these reasons."""

    item: ItemFacts
    stopped: Stopped


@dataclass(frozen=True, slots=True, repr=False)
class OpenLoan:
    """A loan of the patron in front of the desk. Prints as nothing.

    Attributes:
        state: "out", "claimed" or "lost".
    """

    item: ItemFacts
    due_at: int
    renewals: int
    is_overdue: bool
    state: str = "out"


# the door


def _standing(
    house: House,
    actor: Actor,
    patron: int,
    circumstance: Circumstance,
    override: Reason | None,
    *,
    sets_due: bool = False,
) -> Standing:
    """What the rules may know of a patron.

    Raises:
        Refused, DoorClosed: The door stays shut, or there is nobody of that number.
    """
    opening: Opening
    if override is None and not sets_due:
        opening = house.door.ask_to_use(
            actor,
            purpose=_errand(actor),
            series=REGISTRATION,
            subject=patron,
            fields=("standing",),
            circumstance=circumstance,
        )
    else:
        # Going on in spite of a block, or of a rule's due day, is entered every time, with its reason.
        whose = (patron,)
        parts = [Part(Action.USE, Purpose.OVERRIDE, REGISTRATION, whose, frozenset({"standing"}))]
        if sets_due:
            parts.append(Part(Action.CHANGE, Purpose.OVERRIDE, SERIES, whose, frozenset({"due_at"})))
        opening = house.door.ask_all(actor, parts, circumstance=circumstance, reason=override)[0]
    return read_standing(opening, patron)


def _errand(actor: Actor) -> Purpose:
    """Whose errand it is: a patron's own, at home, or the desk's."""
    return Purpose.OWN_RECORD if actor.kind is ActorKind.PATRON else Purpose.CIRCULATE


def read_standing(opening: Opening, patron: int) -> Standing:
    """The standing behind an opening. Raises Refused where the record is gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_standing FROM patrons_patron WHERE id = %s", [patron])
        row = cursor.fetchone()
    if row is None:
        # Its key is still there and its row is not: a forgetting was cut short, and goes on by itself.
        raise Refused(no_such_record(opening.decision.policy_hash))
    return Standing.from_text(opening.read(Sealed(REGISTRATION, "standing", patron, patron, row[0])))


# check out


def check_due_day(due_on: dt.date, today: dt.date) -> None:
    """See that a due day that somebody sets can be meant.

    Raises:
        DayError: It is past, or too far away.
    """
    if not 0 <= (due_on - today).days <= _MOST_DAYS_AHEAD:
        raise DayError("due_on", "choose a day from today on, two years ahead at most")


def check_out(
    house: House,
    actor: Actor,
    patron: int,
    scan: str,
    *,
    branch: str,
    circumstance: Circumstance = Circumstance.CARD_SCANNED,
    override: Reason | None = None,
    due_on: dt.date | None = None,
    due_reason: Reason | None = None,
) -> CheckedOut | NotCheckedOut:
    """Lend an item to a patron.

    Args:
        scan: The item's barcode, as scanned.
        branch: Where it is lent.
        circumstance: OFFLINE for an item that left the house while the line was down: then nothing but
            another loan of it stops this one, and what would have is named in the answer.
        override: Why hindrances are to be passed over; the door is then asked for that right.
        due_on: Another due day than the rule's; that is an override too, and needs its reason.
        due_reason: Why the other due day, where nothing else is to be passed over.

    Raises:
        NoSuchItemError: No item has this barcode.
        DayError: The due day is past, or too far away.
        Refused, DoorClosed: The door stays shut; nothing is lent.
    """
    barcode = barcodes.normalise(scan)
    moment = house.clock()
    now = int(moment.timestamp())
    zone = zone_of(house)
    today = moment.astimezone(zone).date()
    if due_on is not None:
        check_due_day(due_on, today)
    reason = override or (due_reason if due_on is not None else None)
    standing = _standing(house, actor, patron, circumstance, reason, sets_due=due_on is not None)
    link = house.vault.link(SERIES, patron)
    hold_links = list(house.vault.links(shelf.SERIES, patron).values())
    limits = limits_of(house)
    with transaction.atomic(), connection.cursor() as cursor:
        item = find_item(cursor, barcode)
        terms = RULE_BOOK.closest(standing.category, item.item_type, branch)
        typed = item.item_type if terms.max_of_type else ""
        conditions, of_type = counted(house, cursor, patron, typed)
        due = RULE_BOOK.due_at(terms, branch, zone, now, today)
        if due_on:
            due = RULE_BOOK.calendar(branch, zone).end_of(due_on)
        due = _no_later_than_the_lender_wants(cursor, item, due)
        answer = decide_check_out(
            standing,
            conditions,
            item_status=item.status,
            terms=terms,
            due=due,
            today=today,
            now=now,
            limits=limits,
            of_type_out=of_type,
            held_for_another=item.status == HOLD_SHELF and _is_held_for_another(cursor, item, hold_links),
            overriding=actor.roles if override else (),
        )
        in_spite_of: tuple[Hindrance, ...] = ()
        if isinstance(answer, Stopped):
            in_spite_of = answer.hindrances
            is_out = any(each.kind is Stop.ITEM_OUT for each in in_spite_of)
            if is_out or circumstance is not Circumstance.OFFLINE:
                return NotCheckedOut(item, answer)
        # The conflict guards against a second desk that read the same item a moment ago.
        cursor.execute(
            "INSERT INTO circulation_loan (item_id, branch, epoch, link, back, due_at, renewals, rule, state, history)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0, %s, 'out', %s) ON CONFLICT DO NOTHING",
            [
                item.id,
                branch,
                link.epoch,
                link.token,
                link.back,
                due,
                terms.name,
                histories.mark_for(house, standing.history),
            ],
        )
        if cursor.rowcount != 1:
            return _stopped(item, Stop.ITEM_OUT)
        cursor.execute("UPDATE catalog_item SET status = 'on_loan' WHERE id = %s", [item.id])
        tally(cursor, today.isoformat(), branch, "loan", item, standing.category)
        filled = shelf.fill(cursor, title_id=item.title_id, item_id=item.id, links=hold_links, today=today)
    return CheckedOut(
        item,
        due,
        terms.name,
        conditions.items_out + 1,
        filled_hold=filled,
        renewals_left=terms.renewals,
        in_spite_of=in_spite_of,
    )


def _is_held_for_another(cursor: Any, item: ItemFacts, hold_links: Sequence[bytes]) -> bool:
    held = shelf.held_for(cursor, item.id)
    return held is not None and held.link not in hold_links


def _no_later_than_the_lender_wants(cursor: Any, item: ItemFacts, due: int) -> int:
    lender = shelf.lender_due(cursor, item.id)
    return due if lender is None else min(due, lender)


def _stopped(item: ItemFacts, stop: Stop) -> NotCheckedOut:
    return NotCheckedOut(item, Stopped((Hindrance(stop, STOP_WORDS[stop], frozenset()),)))


# renew


def renew(
    house: House,
    actor: Actor,
    patron: int,
    scan: str,
    *,
    branch: str,
    circumstance: Circumstance = Circumstance.CARD_SCANNED,
    override: Reason | None = None,
) -> CheckedOut | NotCheckedOut:
    """Renew one of the patron's loans, and tie it to today's epoch. A renewal never shortens a loan.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    _ask_to_renew_own(house, actor, patron, circumstance)
    standing = _standing(house, actor, patron, circumstance, override)
    round_ = Renewals(house, actor, patron, standing, branch, circumstance, actor.roles if override else ())
    with transaction.atomic(), connection.cursor() as cursor:
        item, loan = find_item_and_loan(cursor, barcode)
        if loan is None or loan.link not in round_.links:
            return _stopped(item, Stop.NOT_THEIRS)
        return round_.renew(cursor, item, loan, conditions_of(house, cursor, patron))


def renew_many(
    house: House,
    actor: Actor,
    patron: int,
    scans: Iterable[str] | None,
    *,
    branch: str,
    circumstance: Circumstance = Circumstance.CARD_SCANNED,
) -> list[CheckedOut | NotCheckedOut]:
    """Renew several of the patron's loans, or all of them, under one question at the door.

    Args:
        scans: Barcodes; None for whatever the patron has out. One that is not on loan to this card is
            answered so; one that no item has is left out.

    Returns:
        An answer for each loan, in the order asked; soonest due first where all were.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _ask_to_renew_own(house, actor, patron, circumstance)
    standing = _standing(house, actor, patron, circumstance, None)
    round_ = Renewals(house, actor, patron, standing, branch, circumstance)
    with transaction.atomic(), connection.cursor() as cursor:
        conditions = conditions_of(house, cursor, patron)
        answers: list[CheckedOut | NotCheckedOut] = []
        for item, loan in _asked_for(cursor, round_.links, scans):
            if loan is None or loan.link not in round_.links:
                answers.append(_stopped(item, Stop.NOT_THEIRS))
            else:
                answers.append(round_.renew(cursor, item, loan, conditions))
    return answers


def _ask_to_renew_own(house: House, actor: Actor, patron: int, circumstance: Circumstance) -> None:
    """At the desk the standing that was opened to lend is the right to renew; at home there is one of its own."""
    if actor.kind is ActorKind.PATRON:
        house.door.ask(
            actor,
            action=Action.CHANGE,
            purpose=Purpose.OWN_RECORD,
            series=SERIES,
            subjects=(patron,),
            fields={"due_at", "renewals"},
            circumstance=circumstance,
        )


def _asked_for(
    cursor: Any, links: Sequence[bytes], scans: Iterable[str] | None
) -> list[tuple[ItemFacts, LoanFacts | None]]:
    """Items and their loans, in one statement."""
    if scans is None:
        if not links:
            return []
        where, values = f"loan.link IN ({marks(links)})", list(links)
        order: dict[str, int] = {}
    else:
        order = {barcodes.normalise(scan): place for place, scan in enumerate(scans)}
        if not order:
            return []
        where, values = f"item.barcode IN ({marks(order.keys())})", list(order)  # type: ignore[arg-type]
    cursor.execute(
        f"SELECT {ITEM_COLUMNS}, {LOAN_COLUMNS} FROM catalog_item AS item"
        " JOIN catalog_title AS title ON title.id = item.title_id"
        f" LEFT JOIN circulation_loan AS loan ON loan.item_id = item.id WHERE {where}"
        " ORDER BY loan.due_at, item.barcode",
        values,
    )
    found = [(item_of(row), loan_of(row)) for row in cursor.fetchall()]
    return sorted(found, key=lambda each: order.get(each[0].barcode, 0))


class Renewals:
    """What one patron's renewals of one moment have in common."""

    def __init__(
        self,
        house: House,
        actor: Actor,
        patron: int,
        standing: Standing,
        branch: str,
        circumstance: Circumstance,
        overriding: Iterable[str] = (),
    ) -> None:
        self._house = house
        self._actor = actor
        self._circumstance = circumstance
        self._may_charge = False
        self._patron = patron
        self._standing = standing
        self._branch = branch
        self._overriding = frozenset(overriding)
        moment = house.clock()
        self._now = int(moment.timestamp())
        self._zone = zone_of(house)
        self._today = moment.astimezone(self._zone).date()
        self._limits = limits_of(house)
        self._link = house.vault.link(SERIES, patron)
        self._hold_links = list(house.vault.links(shelf.SERIES, patron).values())
        self.links = loan_links(house, patron)

    def renew(
        self,
        cursor: Any,
        item: ItemFacts,
        loan: LoanFacts,
        conditions: Conditions,
        *,
        only_auto: bool = False,
    ) -> CheckedOut | NotCheckedOut:
        """Renew one loan of theirs, within the caller's transaction.

        Args:
            only_auto: Nobody asked for it: only where the rule renews by itself.
        """
        terms = RULE_BOOK.closest(self._standing.category, item.item_type, self._branch)
        if only_auto and not terms.auto_renew:
            return _stopped(item, Stop.NO_RENEWALS_LEFT)
        # A renewal never shortens a loan.
        due = RULE_BOOK.due_at(terms, self._branch, self._zone, self._now, self._today)
        due = max(loan.due_at, _no_later_than_the_lender_wants(cursor, item, due))
        waiting = shelf.others_wait(
            cursor, title_id=item.title_id, item_id=item.id, links=self._hold_links, today=self._today
        )
        answer = decide_renewal(
            self._standing,
            conditions,
            renewals=loan.renewals,
            terms=terms,
            due=due,
            today=self._today,
            limits=self._limits,
            others_waiting=waiting,
            claimed_or_lost=loan.state != "out",
            overriding=self._overriding,
        )
        if isinstance(answer, Stopped):
            return NotCheckedOut(item, answer)
        cursor.execute(
            "UPDATE circulation_loan SET due_at = %s, renewals = renewals + 1, rule = %s, epoch = %s, link = %s, back = %s"
            " WHERE item_id = %s AND link = %s",
            [due, terms.name, self._link.epoch, self._link.token, self._link.back, item.id, loan.link],
        )
        if cursor.rowcount != 1:
            return _stopped(item, Stop.NOT_THEIRS)
        # The days it was late before are owed all the same, by the rule it ran under until now.
        ran_by = RULE_BOOK.named(loan.rule, item.item_type, loan.branch)
        fine = fine_due(ran_by, loan.due_at, self._now, RULE_BOOK.calendar(loan.branch, self._zone))
        if fine:
            self._ask_to_charge()
            charge_late(self._house, cursor, self._patron, fine, item, self._branch, self._today)
        day = self._today.isoformat()
        tally(cursor, day, self._branch, "renewal", item, self._standing.category)
        left = max(0, terms.renewals - loan.renewals - 1)
        return CheckedOut(item, due, terms.name, conditions.items_out, fine_cents=fine, renewals_left=left)

    def _ask_to_charge(self) -> None:
        """Once for all renewals of the moment, and only where something is due."""
        if not self._may_charge:
            self._house.door.ask(
                self._actor,
                action=Action.CHANGE,
                purpose=_errand(self._actor),
                series=charging.SERIES,
                subjects=(self._patron,),
                fields=charging.FEE_FIELDS,
                circumstance=self._circumstance,
            )
            self._may_charge = True


# what somebody has


def loans_of(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    purpose: Purpose = Purpose.SERVE,
    reason: Reason | None = None,
) -> list[OpenLoan]:
    """What the patron has out, soonest due first. Two statements, whatever their number.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=purpose,
        series=SERIES,
        subjects=(patron,),
        fields=LOAN_FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
    return open_loans(house, patron)


def open_loans(house: House, patron: int) -> list[OpenLoan]:
    """After the door has opened the loans series."""
    links = loan_links(house, patron)
    now = house.second()
    if not links:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {ITEM_COLUMNS}, loan.due_at, loan.renewals, loan.state FROM circulation_loan AS loan"
            " JOIN catalog_item AS item ON item.id = loan.item_id"
            " JOIN catalog_title AS title ON title.id = item.title_id"
            f" WHERE loan.link IN ({marks(links)}) ORDER BY loan.due_at, item.barcode",
            links,
        )
        return [
            OpenLoan(item_of(row), due, renewals, due < now, state)
            for row in cursor.fetchall()
            for due, renewals, state in [row[-3:]]
        ]


def count_out(house: House, patron: int) -> int:
    """How many items a patron has out. For whoever holds an opening of the record; names no item."""
    links = loan_links(house, patron)
    if not links:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM circulation_loan WHERE link IN ({marks(links)})", links)
        return int(cursor.fetchone()[0])
