"""Take things back: at any branch, late or lost, said to be returned, damaged, or dropped in the box last night.

Returned means forgotten: the check-in deletes the loan, and its link with it, in the transaction that
puts the item back. What stays is a count. Whose it was is asked only when something is due for it: a late
fine, or damage; then the door opens that one line, enters it, and the fee has a link of its own.

Order: the door permits the act; item and loan are read; where something is due, the door is asked by the
loan's link; then one transaction lets the loan go, charges, traps for holds, and says where the item stands.

Source: clauses TH-1.11, TH-1.19, TH-1.20, MP-4.5, MP-4.16; DOMAIN practice of check-in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records import barcodes
from circumspect.records.circulation import histories
from circumspect.records.circulation.items import (
    LOAN_FIELDS,
    SERIES,
    CirculationError,
    DayError,
    ItemFacts,
    LoanFacts,
    NoSuchItemError,
    find_item_and_loan,
    set_status,
    tally,
)
from circumspect.records.circulation.losses import BILLED
from circumspect.records.circulation.rulebook import RULE_BOOK, zone_of
from circumspect.records.circulation.rules import fine_due
from circumspect.records.circulation.stages import Effect, Event, next_stage, stage_of
from circumspect.records.fees import charging
from circumspect.records.fees.rules import FeeKind
from circumspect.records.holds import shelf
from circumspect.records.holds.shelf import Trapped
from circumspect.trust.door.errors import NO_SUCH_RECORD, Refused
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.wiping import wipe_log_soon

# The box is emptied every morning; further back, somebody has mistyped the day.
_MOST_DAYS_BACK = 30
# Another desk took the same item a moment ago: read again, and not for ever.
_TRIES = 3


class Message(StrEnum):
    """What a check-in has to tell besides "checked in". None of it names anybody."""

    CLAIM_CLEARED = "claim_cleared"
    LOST_FOUND = "lost_found"
    MISSING_FOUND = "missing_found"
    WAS_NOT_OUT = "was_not_out"
    FINED = "fined"
    CREDITED = "credited"
    DAMAGED = "damaged"
    WITHDRAWN = "withdrawn"
    USED_HERE = "used_here"
    FOR_THE_SHELF = "for_the_shelf"
    SEND_ON = "send_on"
    GOES_HOME = "goes_home"


MESSAGE_WORDS = {
    Message.CLAIM_CLEARED: "It was said to have come back, and here it is. The claim is cleared.",
    Message.LOST_FOUND: "It had been given up as lost, and here it is.",
    Message.MISSING_FOUND: "It was missing, and here it is.",
    Message.WAS_NOT_OUT: "It was not on loan. It is marked as here.",
    Message.FINED: "It was late: a fine was charged.",
    Message.CREDITED: "What was still owed for it has been credited.",
    Message.DAMAGED: "It is marked as damaged. Set it aside.",
    Message.WITHDRAWN: "It is withdrawn. Set it aside for the lead.",
    Message.USED_HERE: "Use in the library was counted.",
    Message.FOR_THE_SHELF: "Somebody waits for it: put it on the hold shelf.",
    Message.SEND_ON: "Send it on.",
    Message.GOES_HOME: "It is another library's. Set it aside: it is sent back from the page Interlibrary.",
}


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """An item came back.

    Attributes:
        was_out: False for one that was on the shelf, as far as anybody knew.
        belongs_to: Code of the branch it belongs to.
        transit_to: Code of the branch it has to be sent to; "" where it stays.
        hold: Who waits has no name here: where it goes, and the pick-up code once it is there.
        fine_cents: What was charged because it was late.
        damage_cents: What was charged because it was damaged.
        credited_cents: What was credited because it had been given up as lost.
        messages: What to say besides; words in ``MESSAGE_WORDS``.
    """

    item: ItemFacts
    was_out: bool
    belongs_to: str
    transit_to: str = ""
    hold: Trapped | None = None
    fine_cents: int = 0
    damage_cents: int = 0
    credited_cents: int = 0
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class NotRead:
    """A line of a batch that no item has. It says which line, and not what stood there."""

    place: int
    reason: str


def check_in(
    house: House,
    actor: Actor,
    scan: str,
    *,
    branch: str,
    returned_at: int | None = None,
    damaged: bool = False,
    damage_cents: int = 0,
    in_house: bool = False,
    circumstance: Circumstance = Circumstance.ITEM_SCANNED,
) -> CheckedIn:
    """Take an item back: the loan and its link are gone in the same transaction.

    Whose it was is asked only where something is due for it, and shown to nobody.

    Args:
        branch: Where it is scanned.
        returned_at: When it really came back, such as the evening before; seconds since 1970.
        damaged: It cannot be lent as it is.
        damage_cents: What the borrower owes for that; 0 for nothing.
        in_house: It was used in the library: counted, where it was not on loan.

    Raises:
        NoSuchItemError: No item has this barcode.
        DayError: ``returned_at`` is yet to come, or too long ago.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    _permit(house, actor, circumstance)
    work = _Return(house, actor, branch, returned_at, damaged, damage_cents, in_house, circumstance)
    return work.take(barcode)


def check_in_many(
    house: House,
    actor: Actor,
    scans: Iterable[str],
    *,
    branch: str,
    returned_at: int | None = None,
    circumstance: Circumstance = Circumstance.ITEM_SCANNED,
) -> list[CheckedIn | NotRead]:
    """Take a cartful back, each item for itself: one that cannot be read holds up no other.

    Raises:
        DayError: ``returned_at`` is yet to come, or too long ago.
        Refused, DoorClosed: The door stays shut; what was taken before stays taken.
    """
    _permit(house, actor, circumstance)
    work = _Return(house, actor, branch, returned_at, False, 0, False, circumstance)
    answers: list[CheckedIn | NotRead] = []
    for place, scan in enumerate(scans):
        try:
            answers.append(work.take(barcodes.normalise(scan)))
        except NoSuchItemError as problem:
            answers.append(NotRead(place, str(problem)))
    return answers


def _permit(house: House, actor: Actor, circumstance: Circumstance) -> None:
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=SERIES,
        fields=LOAN_FIELDS,
        circumstance=circumstance,
    )
    shelf.permit_trap(house, actor, circumstance=circumstance)


class _Return:
    """What the returns of one moment have in common."""

    def __init__(
        self,
        house: House,
        actor: Actor,
        branch: str,
        returned_at: int | None,
        damaged: bool,
        damage_cents: int,
        in_house: bool,
        circumstance: Circumstance,
    ) -> None:
        self._house = house
        self._actor = actor
        self._branch = branch
        self._damaged = damaged
        self._damage_cents = damage_cents if damaged else 0
        self._in_house = in_house
        self._circumstance = circumstance
        moment = house.clock()
        self._now = int(moment.timestamp())
        self._zone = zone_of(house)
        self._today = moment.astimezone(self._zone).date()
        self._returned_at = self._now if returned_at is None else returned_at
        if not 0 <= self._now - self._returned_at <= _MOST_DAYS_BACK * 86400:
            raise DayError("returned_at", f"choose a time of the last {_MOST_DAYS_BACK} days")

    def take(self, barcode: str) -> CheckedIn:
        """Take one item back."""
        for _ in range(_TRIES):
            with connection.cursor() as cursor:
                item, loan = find_item_and_loan(cursor, barcode)
            answer = self._take(item, loan)
            if answer is not None:
                return answer
        raise CirculationError("this item is being worked on at another desk; scan it again")

    def _take(self, item: ItemFacts, loan: LoanFacts | None) -> CheckedIn | None:
        """None where the loan has changed since it was read."""
        effects = self._effects(loan)
        fine = self._fine(item, loan) if loan is not None and Effect.FINE in effects else 0
        damage = self._damage_cents if loan is not None else 0
        patron = self._whose(loan) if loan is not None and fine + damage else None
        with transaction.atomic(), connection.cursor() as cursor:
            if loan is not None:
                cursor.execute(
                    "DELETE FROM circulation_loan WHERE item_id = %s AND link = %s AND due_at = %s AND state = %s",
                    [item.id, loan.link, loan.due_at, loan.state],
                )
                if cursor.rowcount != 1:
                    return None
                if loan.history is not None:
                    histories.keep(self._house, cursor, loan.history, item, self._today)
                tally(cursor, self._today.isoformat(), self._branch, "return", item)
                wipe_log_soon(DEFAULT_DB_ALIAS)
            elif self._in_house:
                tally(cursor, self._today.isoformat(), self._branch, "in_house", item)
            back = CheckedIn(item, loan is not None, item.branch)
            if patron is not None:
                if fine:
                    charge_late(self._house, cursor, patron, fine, item, self._branch, self._today)
                if damage:
                    self._charge(cursor, patron, FeeKind.DAMAGE, damage, item)
                back = replace(back, fine_cents=fine, damage_cents=damage)
            if Effect.UNBILL in effects:
                credited = charging.forgive_for_item(cursor, item.id, BILLED, self._today)
                back = replace(back, credited_cents=credited)
            back = self._settle(cursor, item, back)
            stays = back.hold is None and not back.transit_to
            goes_home = stays and shelf.lender_due(cursor, item.id) is not None
        return replace(back, messages=self._messages(item, loan, back, goes_home=goes_home))

    def _effects(self, loan: LoanFacts | None) -> tuple[Effect, ...]:
        if loan is None:
            return ()
        late = loan.due_at < self._returned_at
        stage = stage_of(loan.state, 0, is_overdue=late)
        _, effects = next_stage(stage, Event.RETURN)
        return effects

    def _fine(self, item: ItemFacts, loan: LoanFacts) -> int:
        terms = RULE_BOOK.named(loan.rule, item.item_type, loan.branch)
        return fine_due(terms, loan.due_at, self._returned_at, RULE_BOOK.calendar(loan.branch, self._zone))

    def _whose(self, loan: LoanFacts) -> int | None:
        """Whose loan it was, for the fee alone; None where that cannot be told any more."""
        if loan.epoch not in self._house.vault.links(SERIES, 0):
            return None  # its epoch is over: it belongs to nobody
        try:
            return ask_to_charge(self._house, self._actor, loan, self._circumstance)
        except Refused as refusal:
            if refusal.decision.rules != NO_SUCH_RECORD:
                raise
            return None  # its patron has been forgotten

    def _charge(self, cursor: Any, patron: int, kind: FeeKind, cents: int, item: ItemFacts) -> None:
        charging.charge(
            self._house,
            cursor,
            patron,
            kind,
            cents,
            branch=self._branch,
            item_id=item.id,
            today=self._today,
        )

    # where the item goes

    def _settle(self, cursor: Any, item: ItemFacts, back: CheckedIn) -> CheckedIn:
        """Say where the item stands now: here, on the hold shelf, on its way, or set aside."""
        if item.status == "in_transit":
            cursor.execute("DELETE FROM circulation_transit WHERE item_id = %s", [item.id])
        if item.status == "withdrawn":
            return back
        if self._damaged:
            set_status(cursor, item.id, "damaged")
            shelf.release(cursor, item.id)
            return back
        hold = shelf.trap(
            self._house,
            cursor,
            item_id=item.id,
            title_id=item.title_id,
            item_type=item.item_type,
            branch=self._branch,
            now=self._now,
        )
        goes_to = hold.pickup_branch if hold else item.branch
        if goes_to != self._branch:
            status = "in_transit"
            send_on(cursor, item.id, goes_to, self._today)
        else:
            status = "hold_shelf" if hold else "available"
        if item.status != status:
            set_status(cursor, item.id, status)
        return replace(back, hold=hold, transit_to=goes_to if goes_to != self._branch else "")

    def _messages(
        self, item: ItemFacts, loan: LoanFacts | None, back: CheckedIn, *, goes_home: bool
    ) -> tuple[Message, ...]:
        withdrawn = item.status == "withdrawn"
        told = {
            Message.CLAIM_CLEARED: item.status == "claimed_returned",
            Message.LOST_FOUND: item.status == "lost",
            Message.MISSING_FOUND: item.status == "missing",
            Message.USED_HERE: self._in_house and loan is None,
            Message.WAS_NOT_OUT: loan is None and item.status == "available" and not self._in_house,
            Message.FINED: back.fine_cents > 0,
            Message.CREDITED: back.credited_cents > 0,
            Message.WITHDRAWN: withdrawn,
            Message.DAMAGED: self._damaged and not withdrawn,
            Message.FOR_THE_SHELF: back.hold is not None and back.hold.on_shelf,
            Message.SEND_ON: bool(back.transit_to),
            Message.GOES_HOME: goes_home,
        }
        return tuple(message for message, is_so in told.items() if is_so)


def send_on(cursor: Any, item_id: int, to_branch: str, today: dt.date) -> None:
    """Note that an item is on its way to a branch."""
    cursor.execute(
        "INSERT INTO circulation_transit (item_id, to_branch, sent_on) VALUES (%s, %s, %s)"
        " ON CONFLICT (item_id) DO UPDATE SET to_branch = excluded.to_branch, sent_on = excluded.sent_on",
        [item_id, to_branch, today.isoformat()],
    )


def ask_to_charge(house: House, actor: Actor, loan: LoanFacts, circumstance: Circumstance) -> int:
    """Ask the door to write a fee on the record that a loan belongs to; whose it is.

    Raises:
        Refused: The policy says no, or the patron has been forgotten (``NO_SUCH_RECORD``).
        DoorClosed: A part cannot be reached, or the link's epoch is over.
    """
    opening = house.door.ask_by_link(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=charging.SERIES,
        fields=charging.FEE_FIELDS,
        circumstance=circumstance,
        epoch=loan.epoch,
        token=loan.link,
        back=loan.back,
        link_series=SERIES,
    )
    return opening.subjects[0]


def charge_late(
    house: House, cursor: Any, patron: int, cents: int, item: ItemFacts, branch: str, today: dt.date
) -> None:
    """Charge a late return, within the caller's transaction and after the door was asked."""
    charging.charge(
        house, cursor, patron, FeeKind.OVERDUE, cents, branch=branch, item_id=item.id, today=today
    )
