"""Scans made while the line was down: take them once, in order, and say what a person has to look at.

A device without a line seals each scan to its letterbox (``trust/vault/letterbox``) and forgets it. When the
line is back somebody who is signed in brings the letters. Each is opened by the door, taken in one
transaction together with the note that it was taken, and then it is gone: brought twice, it is done once;
stopped anywhere, it goes on where it was.

What has left the house has left it. So a loan is made though the card has run out or too much is out, and
that is told. Nothing is done where somebody else would lose by a guess: an item that is on loan to
another, a card that was reported lost, a return of something that may have been lent again since. Those wait,
sealed again, until a person says what to do. Nothing else is kept.

Whose a scan was is told by the last card before it. Old numbers look alike on cards and items, so a device
sends every number that could have been that card, the latest first; the first that is a card counts, and one
that is nothing at all ends the search: it may have been somebody else's card, misread.

A letterbox ends when its device has emptied it and nothing of it waits: its key is destroyed, and copies of
its letters, wherever they are, open nowhere.

Source: issue "The circulation desk complete", section 1; clauses TH-1.11, TH-1.19, MP-4.5, MP-4.7.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records import barcodes
from circumspect.records.barcodes import BarcodeKind
from circumspect.records.catalog.models import Item
from circumspect.records.circulation.items import (
    LOAN_FIELDS,
    SERIES,
    ItemFacts,
    LoanFacts,
    NoSuchItemError,
    find_item_and_loan,
    loan_links,
)
from circumspect.records.circulation.lending import CheckedOut, check_out
from circumspect.records.circulation.models import Loan
from circumspect.records.circulation.offline_models import OfflineBox, OfflineConflict
from circumspect.records.circulation.returning import CheckedIn, check_in
from circumspect.records.circulation.rulebook import RULE_BOOK, zone_of
from circumspect.records.circulation.rules import PeriodKind, due_at
from circumspect.records.patrons import cards
from circumspect.records.patrons.models import Card
from circumspect.trust.door.door import Part
from circumspect.trust.door.errors import NO_SUCH_RECORD, Refused
from circumspect.trust.door.house import House
from circumspect.trust.door.letters import open_letters
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.errors import NoKeyError
from circumspect.trust.vault.vault import Link
from circumspect.trust.vault.wiping import wipe_log_soon

BOX_SERIES = "offline scans"
MOST_AT_ONCE = 100
MOST_SHOWN = 40
# Longer ago than this a check-in takes nothing back; a clock so far off is wrong.
_LONGEST_AGO = dt.timedelta(days=29)
_ON_SHELVES = ("available", "hold_shelf")


class BoxGoneError(Exception):
    """The letterbox has ended: nothing that was sealed to it can be opened any more."""

    def __init__(self) -> None:
        super().__init__("this letterbox has ended")


class Kind(StrEnum):
    """What a person has to look at."""

    CARD_UNKNOWN = "card_unknown"
    CARD_LOST = "card_lost"
    ITEM_UNKNOWN = "item_unknown"
    OUT_TO_ANOTHER = "out_to_another"
    LENT_SINCE = "lent_since"
    LENT_ALTHOUGH = "lent_although"
    WANTED = "wanted"
    SEND_ON = "send_on"
    UNREADABLE = "unreadable"


class Act(StrEnum):
    """What may be done about it; clearing is always among it."""

    AGAIN = "again"  # do it as if it had just been brought
    GO_ON = "go_on"  # do it all the same
    OPEN = "open"  # look at the patron, as if the card had just been scanned
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Advice:
    """How a conflict reads: what is so, what to do, and which acts may help."""

    words: str
    remedy: str
    acts: tuple[Act, ...] = ()
    go_on: str = ""


ADVICE = {
    Kind.CARD_UNKNOWN: Advice(
        "Lent to a card that nobody has.",
        "Find or register the person with this card, then try again. Otherwise ask for the item.",
        (Act.AGAIN,),
    ),
    Kind.CARD_LOST: Advice(
        "Not lent: the card had been reported lost.",
        "Somebody else may have used it. Look at the account before you lend to its owner.",
        (Act.OPEN, Act.GO_ON),
        "Lend it to the card's owner",
    ),
    Kind.ITEM_UNKNOWN: Advice(
        "No item has this number.",
        "Look at the item, put its number right or add it, then try again.",
        (Act.AGAIN,),
    ),
    Kind.OUT_TO_ANOTHER: Advice(
        "Not lent: it is on loan to another card.",
        "If it is with the person whose card was scanned, lend it to them: the other loan ends as returned.",
        (Act.OPEN, Act.GO_ON),
        "End the other loan and lend it",
    ),
    Kind.LENT_SINCE: Advice(
        "Not taken back: it may have been lent again since.",
        "Look on the shelf. If it is there, take it back now.",
        (Act.GO_ON,),
        "Take it back now",
    ),
    Kind.LENT_ALTHOUGH: Advice(
        "Lent, though something stood against it.", "Look at the account.", (Act.OPEN,)
    ),
    Kind.WANTED: Advice(
        "Taken back, and somebody waits for it.",
        "Fetch it from where it was put, and scan it at check-in for its slip.",
    ),
    Kind.SEND_ON: Advice(
        "Taken back, and it goes to another branch.", "Fetch it from where it was put, and send it on."
    ),
    Kind.UNREADABLE: Advice(
        "One scan was altered on the device and cannot be read.", "Look at your paper notes for that time."
    ),
}


@dataclass(frozen=True, slots=True)
class Box:
    """A new letterbox.

    Attributes:
        id: 16 hex digits.
        public_key: What a device seals with: 65 bytes, a point of P-256.
    """

    id: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some letters.

    Attributes:
        not_out: Returns of what had not been on loan.
        already: Taken before, or done already at another desk.
        conflicts: How many a person has to look at; a loan may be among ``lent`` and here.
    """

    lent: int = 0
    returned: int = 0
    not_out: int = 0
    already: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Conflict:
    """Something a person has to look at. Prints as nothing.

    Attributes:
        scan: The item's number; "" where nothing could be read.
        title: Of the item; "" where there is none of that number.
        card: The number of a card that nobody has; "" where the card is known: then the patron can be opened.
        why: What stood against it, in sentences.
        day: The library's day on which it was scanned; None where it could not be read.
    """

    id: int
    kind: Kind
    scan: str = ""
    title: str = ""
    card: str = ""
    why: tuple[str, ...] = ()
    day: dt.date | None = None

    @property
    def advice(self) -> Advice:
        """How it reads."""
        return ADVICE[self.kind]


@dataclass(frozen=True, slots=True, repr=False)
class _Scan:
    """What one letter says. Prints as nothing."""

    lends: bool
    number: str
    cards: tuple[str, ...]
    at: int
    left_here: bool  # it went out at that device in the same time without a line


# letterboxes


def new_box(house: House) -> Box:
    """Make a letterbox for a device."""
    number = secrets.randbits(62)
    # The row first: a key without a row is one that was left over, and goes with the next round.
    OfflineBox.objects.create(id=number, made_on=house.today())
    return Box(f"{number:016x}", house.vault.letterbox.make(number))


def emptied(house: House, box_id: str) -> None:
    """A device says that it has emptied its box and uses another now: it ends when nothing of it waits.

    Raises:
        BoxGoneError: There is no such box.
    """
    number = _number(box_id)
    if not OfflineBox.objects.filter(id=number).update(emptied=True):
        raise BoxGoneError
    _end_if_served(house, number)


def end_boxes(house: House) -> int:
    """End the boxes that have served, those too old, and keys left over; how many.

    Too old is what the retention schedule says: whatever waits in it still is let go.
    """
    days = house.schedule().item(BOX_SERIES).days
    boxes = OfflineBox.objects.filter(made_on__lt=house.today() - dt.timedelta(days=days))
    old = set(boxes.values_list("id", flat=True))
    served = set(OfflineBox.objects.filter(emptied=True, offlineconflict=None).values_list("id", flat=True))
    # Keys first, rows after: a box that is made meanwhile is then seen with its row, which comes before its key.
    with_keys = house.vault.letterbox.boxes()
    left_over = with_keys - set(OfflineBox.objects.values_list("id", flat=True))
    ended = old | served | left_over
    for number in ended:
        _end(house, number)
    return len(ended)


def _end(house: House, number: int) -> None:
    # The key first: from now on nothing opens, whatever becomes of the rest.
    house.vault.letterbox.destroy(number)
    OfflineBox.objects.filter(id=number).delete()
    wipe_log_soon(DEFAULT_DB_ALIAS)


def _end_if_served(house: House, number: int) -> None:
    if OfflineBox.objects.filter(id=number, emptied=True, offlineconflict=None).exists():
        _end(house, number)


def _number(box_id: str) -> int:
    try:
        number = int(box_id, 16)
    except ValueError:
        raise BoxGoneError from None
    if not 0 <= number < 2**63:
        raise BoxGoneError
    return number


# taking letters


def take(house: House, actor: Actor, box_id: str, letters: Sequence[bytes], *, branch: str) -> Taken:
    """Take letters in the order they were sealed. Each is done once, however often it is brought.

    Args:
        letters: At most ``MOST_AT_ONCE``.
        branch: Of the desk at which they were scanned.

    Raises:
        BoxGoneError: The letterbox has ended; nothing was taken.
        Refused, DoorClosed: The door stays shut; what was taken before stays taken.
    """
    box = _number(box_id)
    if len(letters) > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} letters at once")
    if not OfflineBox.objects.filter(id=box).exists():
        raise BoxGoneError
    opened = open_letters(
        house,
        actor,
        [(box, letter) for letter in letters],
        action=Action.CHANGE,
        series=SERIES,
        fields=LOAN_FIELDS,
    )
    desk = _Desk(house, actor, branch, box)
    for letter, plain in zip(letters, opened, strict=True):
        with transaction.atomic():
            if _note_taken(box, letter):
                desk.do(_read(plain))
            else:
                desk.counts["already"] += 1
    return Taken(**desk.counts)


def _note_taken(box: int, letter: bytes) -> bool:
    """Whether this letter comes for the first time; from now on it has come."""
    digest = int.from_bytes(hashlib.sha256(letter).digest()[:8], "big") >> 2
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO circulation_offline_letter (id, box_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [digest, box],
        )
        return bool(cursor.rowcount == 1)


def _read(plain: bytes | None) -> _Scan | None:
    """What a letter says; None where it says nothing that a desk's page would have written."""
    try:
        told = json.loads(plain or b"")
        lends = {"out": True, "in": False}[told["do"]]
        numbers = [told["scan"], *told.get("cards", [])]
        at = told["at"]
    except (ValueError, KeyError, TypeError):
        return None
    right = all(isinstance(each, str) and barcodes.is_acceptable(each) for each in numbers)
    if not right or not isinstance(at, int) or not 0 <= at < 2**40 or (lends and len(numbers) == 1):
        return None
    return _Scan(lends, numbers[0], tuple(numbers[1:]), at, told.get("here") is True)


class _Desk:
    """The desk as it was while the line was down, and what came of its scans."""

    def __init__(self, house: House, actor: Actor, branch: str, box: int) -> None:
        self.counts: Counter[str] = Counter()
        self._house = house
        self._actor = actor
        self._branch = branch
        self._box = box

    def do(self, scan: _Scan | None, *, go_on: bool = False) -> None:
        """Do one scan, within the caller's transaction."""
        if scan is None:
            return self._set_aside(Kind.UNREADABLE)
        if barcodes.kind_of(scan.number) is not BarcodeKind.ITEM and cards.find_card(
            self._house, scan.number
        ):
            # A card of an older shape: it only says whose the following items are.
            return None
        try:
            with connection.cursor() as cursor:
                item, loan = find_item_and_loan(cursor, scan.number)
        except NoSuchItemError:
            return self._set_aside(Kind.ITEM_UNKNOWN, scan)
        return self._lend(scan, item, loan, go_on) if scan.lends else self._take_back(scan, item, loan, go_on)

    # lending

    def _lend(self, scan: _Scan, item: ItemFacts, loan: LoanFacts | None, go_on: bool) -> None:
        card = card_of(self._house, scan.cards)
        if card is None:
            return self._set_aside(Kind.CARD_UNKNOWN, scan)
        if card.status == Card.Status.LOST and not go_on:
            return self._set_aside(Kind.CARD_LOST, scan)
        if loan is not None and loan.link in loan_links(self._house, card.patron):
            self.counts["already"] += 1
            return None
        if loan is not None and not go_on:
            return self._set_aside(Kind.OUT_TO_ANOTHER, scan)
        try:
            if loan is not None:
                self._check_in(scan)
            lent = self._check_out(scan, card.patron)
        except Refused as refusal:
            if refusal.decision.rules != NO_SUCH_RECORD:
                raise
            return self._set_aside(Kind.CARD_UNKNOWN, scan)
        if lent is None:
            return self._set_aside(Kind.OUT_TO_ANOTHER, scan)
        self.counts["lent"] += 1
        if item.status not in _ON_SHELVES:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM circulation_transit WHERE item_id = %s", [item.id])
        if lent.in_spite_of:
            self._set_aside(Kind.LENT_ALTHOUGH, scan, why=[each.words for each in lent.in_spite_of])
        return None

    def _check_out(self, scan: _Scan, patron: int) -> CheckedOut | None:
        moment = self._moment(scan)
        # The rules count from the moment it was lent; keys and ledger live today.
        then = replace(self._house, clock=lambda: moment)
        answer = check_out(
            then, self._actor, patron, scan.number, branch=self._branch, circumstance=Circumstance.OFFLINE
        )
        return answer if isinstance(answer, CheckedOut) else None

    # taking back

    def _take_back(self, scan: _Scan, item: ItemFacts, loan: LoanFacts | None, go_on: bool) -> None:
        if loan is not None and not go_on and not scan.left_here and self._may_be_newer(scan, item, loan):
            return self._set_aside(Kind.LENT_SINCE, scan)
        back = self._check_in(scan)
        self.counts["returned" if back.was_out else "not_out"] += 1
        if back.hold is not None:
            self._set_aside(Kind.WANTED, scan)
        elif back.transit_to:
            self._set_aside(Kind.SEND_ON, scan)
        return None

    def _check_in(self, scan: _Scan) -> CheckedIn:
        return check_in(
            self._house,
            self._actor,
            scan.number,
            branch=self._branch,
            returned_at=int(self._moment(scan).timestamp()),
            circumstance=Circumstance.OFFLINE,
        )

    def _may_be_newer(self, scan: _Scan, item: ItemFacts, loan: LoanFacts) -> bool:
        """Whether this loan may have begun after the scan: a loan keeps no beginning, so its due day is looked at."""
        terms = RULE_BOOK.named(loan.rule, item.item_type, loan.branch)
        if terms.period_kind is PeriodKind.FIXED:
            return False  # every loan of the term falls due on that day: it tells nothing
        calendar = RULE_BOOK.calendar(loan.branch, zone_of(self._house))
        return loan.due_at >= due_at(terms, int(self._moment(scan).timestamp()), calendar)

    def _moment(self, scan: _Scan) -> dt.datetime:
        """When it was scanned, as far as a device's clock can be believed."""
        now = self._house.clock()
        earliest = int((now - _LONGEST_AGO).timestamp())
        return dt.datetime.fromtimestamp(min(max(scan.at, earliest), int(now.timestamp())), dt.UTC)

    # setting aside

    def _set_aside(self, kind: Kind, scan: _Scan | None = None, why: Sequence[str] = ()) -> None:
        told: dict[str, Any] = {"kind": kind.value}
        if scan is not None:
            told |= {
                "do": "out" if scan.lends else "in",
                "scan": scan.number,
                "cards": scan.cards,
                "at": scan.at,
                "here": scan.left_here,
                "why": list(why),
            }
        text = json.dumps(told)
        # Of one length: how long it is must not tell one kind from another.
        padded = text.ljust(-(-len(text) // 512) * 512)
        try:
            letter = self._house.vault.letterbox.seal(self._box, padded.encode())
        except NoKeyError:
            raise BoxGoneError from None
        OfflineConflict.objects.create(id=secrets.randbits(62), box_id=self._box, letter=letter)
        self.counts["conflicts"] += 1


def card_of(house: House, numbers: Sequence[str]) -> cards.FoundCard | None:
    """The card that was meant: the latest number that is a card. None where a later one may have been misread."""
    for number in numbers:
        found = cards.find_card(house, number)
        if found is not None:
            return found
        if barcodes.kind_of(number) is not BarcodeKind.ITEM and not _is_item(number):
            return None
    return None


def _is_item(number: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM catalog_item WHERE barcode = %s", [number])
        return cursor.fetchone() is not None


# what waits for a person


def conflicts(house: House, actor: Actor) -> list[Conflict]:
    """What waits for a person, oldest scan first; at most ``MOST_SHOWN``.

    A card's number is shown only where nobody has that card. That an item is on loan to somebody may be read
    off what is shown, so the door is asked for that of whoever has it now.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was shown.
    """
    rows = list(OfflineConflict.objects.values_list("id", "box_id", "letter"))
    if not rows:
        return []
    opened = _opened(house, actor, [(box, bytes(letter)) for _id, box, letter in rows])
    told = sorted(zip(rows, opened, strict=True), key=lambda each: each[1].get("at", 0))[:MOST_SHOWN]
    items = {str(each["scan"]) for _row, each in told if "scan" in each}
    _ask_to_show(house, actor, items)
    titles = dict(Item.objects.filter(barcode__in=items).values_list("barcode", "title__title"))
    return [_conflict(house, row[0], each, titles) for row, each in told]


def _ask_to_show(house: House, actor: Actor, items: Collection[str]) -> None:
    loans = Loan.objects.filter(item__barcode__in=items).values_list("epoch", "link", "back")
    links = [Link(epoch, bytes(link), bytes(back)) for epoch, link, back in loans]
    if links:
        part = Part(Action.VIEW, Purpose.CIRCULATE, SERIES, (), frozenset({"item"}))
        house.door.ask_all_by_links(
            actor, [part], circumstance=Circumstance.OFFLINE, links=links, link_series=SERIES
        )


def count_conflicts() -> int:
    """How many wait. Opens nothing."""
    return OfflineConflict.objects.count()


def settle(house: House, actor: Actor, conflict_id: int, act: Act, *, branch: str) -> Taken:
    """Try again, go on all the same, or clear. Whatever comes of it, this conflict is gone; another may follow.

    Returns:
        What became of it: nothing for one that somebody else has settled meanwhile.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was changed.
    """
    row = OfflineConflict.objects.filter(id=conflict_id).values_list("box_id", "letter").first()
    if row is None:
        return Taken()
    box, letter = row[0], bytes(row[1])
    told = _opened(house, actor, [(box, letter)])[0]
    desk = _Desk(house, actor, branch, box)
    with transaction.atomic():
        gone, _ = OfflineConflict.objects.filter(id=conflict_id).delete()
        if not gone:
            return Taken()
        if act in (Act.AGAIN, Act.GO_ON) and act in ADVICE[Kind(told["kind"])].acts:
            desk.do(_read(json.dumps(told).encode()), go_on=act is Act.GO_ON)
        transaction.on_commit(partial(_end_if_served, house, box))
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return Taken(**desk.counts)


def patron_of(house: House, actor: Actor, conflict_id: int) -> cards.FoundCard | None:
    """Whose card was scanned. It opens nothing of theirs: whoever wants to see the record asks for that.

    Raises:
        Refused, DoorClosed: The door stays shut.
    """
    row = OfflineConflict.objects.filter(id=conflict_id).values_list("box_id", "letter").first()
    if row is None:
        return None
    told = _opened(house, actor, [(row[0], bytes(row[1]))])[0]
    return card_of(house, told.get("cards", ()))


def _opened(house: House, actor: Actor, letters: Sequence[tuple[int, bytes]]) -> list[dict[str, Any]]:
    plain = open_letters(house, actor, letters, action=Action.CHANGE, series=SERIES, fields=LOAN_FIELDS)
    return [json.loads(each) if each else {"kind": Kind.UNREADABLE.value} for each in plain]


def _conflict(house: House, number: int, told: Mapping[str, Any], titles: Mapping[str, str]) -> Conflict:
    kind = Kind(told["kind"])
    scan = told.get("scan", "")
    # Of the numbers that could have been the card, the latest that is no item.
    unknown = (each for each in told.get("cards", ()) if not _is_item(each))
    card = next(unknown, "") if kind is Kind.CARD_UNKNOWN else ""
    day = dt.datetime.fromtimestamp(told["at"], zone_of(house)).date() if "at" in told else None
    return Conflict(number, kind, scan, titles.get(scan, ""), card, tuple(told.get("why", ())), day)
