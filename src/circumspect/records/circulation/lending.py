"""Check out, check in, renew. The hot path: few, plain statements, the same on both databases.

Order of a check-out: the door opens the standing (decision, ledger entry); then one transaction reads
item and count, decides by the pure rules, and writes loan, link, item state and tally.

Returned means forgotten: the check-in deletes the loan, and its link with it, in the transaction that
puts the item back. What stays is a count.

Source: clauses TH-1.11, TH-1.19, MP-4.5, MP-4.16.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records import barcodes
from circumspect.records.circulation.models import ClosedDay, LoanRule
from circumspect.records.circulation.rules import (
    STOP_WORDS,
    Hindrance,
    LoanTerms,
    Stop,
    Stopped,
    closest_terms,
    decide_check_out,
    decide_renewal,
    due_at,
)
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon

SERIES = "loans"
LOAN_FIELDS = frozenset({"item", "due_at", "renewals", "branch"})


class CirculationError(Exception):
    """A scan that circulation can do nothing with. Catch this; only its subclasses are raised."""


class NoSuchItemError(CirculationError):
    """No item has this barcode. The message does not repeat it: it may be a card number."""

    def __init__(self) -> None:
        super().__init__("no item has this barcode")


class NotOutError(CirculationError):
    """The item is not on loan."""

    def __init__(self) -> None:
        super().__init__("this item is not on loan")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the desk shows of an item. Nothing of a patron."""

    id: int
    barcode: str
    title: str
    item_type: str
    branch: str
    collection: str
    status: str


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A loan was made (or renewed)."""

    item: ItemFacts
    due_at: int
    rule: str
    items_out: int


@dataclass(frozen=True, slots=True)
class NotCheckedOut:
    """A loan was not made, for these reasons."""

    item: ItemFacts
    stopped: Stopped


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """An item came back. ``was_out`` is False for one that was on the shelf, as far as anybody knew."""

    item: ItemFacts
    was_out: bool
    belongs_to: str


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """A loan of the patron in front of the desk."""

    item: ItemFacts
    due_at: int
    renewals: int
    is_overdue: bool


# rules, read seldom


class _RuleBook:
    """Loan rules and closed days, kept in memory for a few seconds."""

    _SECONDS = 5.0

    def __init__(self) -> None:
        self._lock = Lock()
        self._read_at = float("-inf")
        self._terms: tuple[LoanTerms, ...] = ()
        self._closed: dict[str, frozenset[dt.date]] = {}
        self._closest: dict[tuple[str, str, str], LoanTerms] = {}

    def closest(self, category: str, item_type: str, branch: str) -> LoanTerms:
        """The terms for this triple."""
        self._refresh()
        key = (category, item_type, branch)
        if key not in self._closest:
            self._closest[key] = closest_terms(self._terms, *key)
        return self._closest[key]

    def closed(self, branch: str) -> frozenset[dt.date]:
        """Days on which nothing falls due at this branch."""
        self._refresh()
        return self._closed.get(branch, frozenset()) | self._closed.get("", frozenset())

    def forget(self) -> None:
        """Read anew at the next use."""
        self._read_at = float("-inf")

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at < self._SECONDS:
            return
        terms = tuple(
            LoanTerms(
                row.category, row.item_type, row.branch, row.days, row.renewals, row.max_items, row.lendable
            )
            for row in LoanRule.objects.all()
        )
        closed: dict[str, set[dt.date]] = {}
        for branch, day in ClosedDay.objects.values_list("branch", "day"):
            closed.setdefault(branch, set()).add(day)
        with self._lock:
            self._terms = terms
            self._closed = {branch: frozenset(days) for branch, days in closed.items()}
            self._closest = {}
            self._read_at = time.monotonic()


RULE_BOOK = _RuleBook()


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone_of(house: House) -> ZoneInfo:
    """The time zone in which things fall due."""
    return _zone(str(house.home.setting("library", "timezone", "America/Chicago")))


# statements

_ITEM = """
    SELECT item.id, item.barcode, title.title, item.item_type_id, item.branch_id, item.collection_id, item.status
    FROM catalog_item AS item JOIN catalog_title AS title ON title.id = item.title_id
    WHERE item.barcode = %s
"""
_TALLY = """
    INSERT INTO circulation_tally (day, branch, kind, item_type, collection, category, count)
    VALUES (%s, %s, %s, %s, %s, %s, 1)
    ON CONFLICT (day, branch, kind, item_type, collection, category)
    DO UPDATE SET count = circulation_tally.count + 1
"""


def _item(cursor: Any, barcode: str) -> ItemFacts:
    cursor.execute(_ITEM, [barcode])
    row = cursor.fetchone()
    if row is None:
        raise NoSuchItemError
    return ItemFacts(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6])


def _standing(
    house: House,
    actor: Actor,
    patron: int,
    circumstance: Circumstance,
    override: Reason | None,
) -> Standing:
    if override is None:
        opening = house.door.ask_to_use(
            actor,
            purpose=Purpose.CIRCULATE,
            series=REGISTRATION,
            subject=patron,
            fields=("standing",),
            circumstance=circumstance,
        )
    else:
        # Going on in spite of a block is entered every time, with its reason.
        opening = house.door.ask(
            actor,
            action=Action.USE,
            purpose=Purpose.OVERRIDE,
            series=REGISTRATION,
            subjects=(patron,),
            fields=("standing",),
            circumstance=circumstance,
            reason=override,
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_standing FROM patrons_patron WHERE id = %s", [patron])
        row = cursor.fetchone()
    return Standing.from_text(opening.read(Sealed(REGISTRATION, "standing", patron, patron, row[0])))


def _links(house: House, patron: int) -> list[bytes]:
    return list(house.vault.links(SERIES, patron).values())


def _count_out(cursor: Any, links: Sequence[bytes]) -> int:
    if not links:
        return 0
    cursor.execute(
        f"SELECT count(*) FROM circulation_loan WHERE link IN ({', '.join(['%s'] * len(links))})",
        links,
    )
    return int(cursor.fetchone()[0])


# use-cases


def check_out(
    house: House,
    actor: Actor,
    patron: int,
    scan: str,
    *,
    branch: str,
    circumstance: Circumstance = Circumstance.CARD_SCANNED,
    override: Reason | None = None,
) -> CheckedOut | NotCheckedOut:
    """Lend an item to a patron.

    Args:
        scan: The item's barcode, as scanned.
        branch: Where it is lent.
        override: Why hindrances are to be passed over; the door is then asked for that right.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is lent.
    """
    barcode = barcodes.normalise(scan)
    standing = _standing(house, actor, patron, circumstance, override)
    now = house.clock()
    zone = zone_of(house)
    today = now.astimezone(zone).date()
    links = _links(house, patron)
    link = house.vault.link(SERIES, patron)
    with transaction.atomic(), connection.cursor() as cursor:
        item = _item(cursor, barcode)
        out = _count_out(cursor, links)
        terms = RULE_BOOK.closest(standing.category, item.item_type, branch)
        due = due_at(now, terms.days, zone, RULE_BOOK.closed(branch))
        answer = decide_check_out(
            standing,
            items_out=out,
            item_status=item.status,
            terms=terms,
            due=due,
            today=today,
            overriding=actor.roles if override else (),
        )
        if isinstance(answer, Stopped):
            return NotCheckedOut(item, answer)
        # The conflict guards against a second desk that read the same item a moment ago.
        cursor.execute(
            "INSERT INTO circulation_loan (item_id, branch, epoch, link, back, due_at, renewals, rule)"
            " VALUES (%s, %s, %s, %s, %s, %s, 0, %s) ON CONFLICT DO NOTHING",
            [item.id, branch, link.epoch, link.token, link.back, due, terms.name],
        )
        if cursor.rowcount != 1:
            return NotCheckedOut(
                item, Stopped((Hindrance(Stop.ITEM_OUT, STOP_WORDS[Stop.ITEM_OUT], frozenset()),))
            )
        cursor.execute("UPDATE catalog_item SET status = 'on_loan' WHERE id = %s", [item.id])
        cursor.execute(
            _TALLY, [today.isoformat(), branch, "loan", item.item_type, item.collection, standing.category]
        )
    return CheckedOut(item, due, terms.name, out + 1)


def check_in(house: House, actor: Actor, scan: str, *, branch: str) -> CheckedIn:
    """Take an item back: the loan and its link are gone in the same transaction.

    Whose it was is neither asked nor shown; the door only says whether this actor may take things back.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=SERIES,
        fields=LOAN_FIELDS,
        circumstance=Circumstance.ITEM_SCANNED,
    )
    today = house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        item = _item(cursor, barcode)
        cursor.execute("DELETE FROM circulation_loan WHERE item_id = %s", [item.id])
        was_out = cursor.rowcount > 0
        if item.status != "available":
            cursor.execute(
                "UPDATE catalog_item SET status = 'available' WHERE id = %s AND status <> 'withdrawn'",
                [item.id],
            )
        if was_out:
            cursor.execute(_TALLY, [today.isoformat(), branch, "return", item.item_type, item.collection, ""])
            wipe_log_soon(DEFAULT_DB_ALIAS)
    return CheckedIn(item, was_out, item.branch)


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
    """Renew one of the patron's loans, and tie it to today's epoch.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    standing = _standing(house, actor, patron, circumstance, override)
    now = house.clock()
    zone = zone_of(house)
    today = now.astimezone(zone).date()
    links = _links(house, patron)
    link = house.vault.link(SERIES, patron)
    with transaction.atomic(), connection.cursor() as cursor:
        item = _item(cursor, barcode)
        cursor.execute(
            "SELECT item_id, link, renewals, due_at FROM circulation_loan WHERE item_id = %s", [item.id]
        )
        row = cursor.fetchone()
        if row is None or bytes(row[1]) not in links:
            return NotCheckedOut(
                item, Stopped((Hindrance(Stop.NOT_THEIRS, STOP_WORDS[Stop.NOT_THEIRS], frozenset()),))
            )
        terms = RULE_BOOK.closest(standing.category, item.item_type, branch)
        # A renewal never shortens a loan.
        due = max(int(row[3]), due_at(now, terms.days, zone, RULE_BOOK.closed(branch)))
        answer = decide_renewal(
            standing,
            renewals=row[2],
            terms=terms,
            due=due,
            today=today,
            overriding=actor.roles if override else (),
        )
        if isinstance(answer, Stopped):
            return NotCheckedOut(item, answer)
        cursor.execute(
            "UPDATE circulation_loan SET due_at = %s, renewals = renewals + 1, rule = %s, epoch = %s, link = %s, back = %s"
            " WHERE item_id = %s",
            [due, terms.name, link.epoch, link.token, link.back, row[0]],
        )
        cursor.execute(
            _TALLY, [today.isoformat(), branch, "renewal", item.item_type, item.collection, standing.category]
        )
        out = _count_out(cursor, [*links])
    return CheckedOut(item, due, terms.name, out)


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
    links = _links(house, patron)
    now = int(house.clock().timestamp())
    if not links:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item.id, item.barcode, title.title, item.item_type_id, item.branch_id, item.collection_id, item.status,"
            " loan.due_at, loan.renewals FROM circulation_loan AS loan JOIN catalog_item AS item ON item.id = loan.item_id"
            " JOIN catalog_title AS title ON title.id = item.title_id"
            f" WHERE loan.link IN ({', '.join(['%s'] * len(links))}) ORDER BY loan.due_at, item.barcode",
            links,
        )
        return [
            OpenLoan(
                ItemFacts(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6]),
                row[7],
                row[8],
                row[7] < now,
            )
            for row in cursor.fetchall()
        ]


def count_out(house: House, patron: int) -> int:
    """How many items a patron has out. For whoever holds an opening of the record; names no item."""
    with connection.cursor() as cursor:
        return _count_out(cursor, _links(house, patron))
