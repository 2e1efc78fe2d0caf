"""Answer one machine's messages: each becomes a use-case, and its outcome a message again.

What a conversation keeps is the machine's account and, from a card to the end of that patron's errand, whose
card it was and that the PIN was right: so a PIN is worked out once an errand. Nothing of it is written anywhere.

An unknown card, a wrong PIN, a PIN not given where one is needed, and a message that is not on the machine's
list are answered by the same words and the same shape, and an unknown card costs the same hash as a known one.
What goes out is what ``telling`` was let have by the door; a field that is not told is left out, and one that
the standard wants in every answer stands empty. For the name a machine may want some word: the account says which.

Source: SIP2 2.00; clauses MP-3.6, MP-4.4, MP-7.14, TH-1.11, TH-1.23.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.media import media_type
from circumspect.faces.sip2.words import CODE_OF, NUMBER_OF, Say, fee_words, words
from circumspect.offices.terminals import telling
from circumspect.offices.terminals.accounts import Account
from circumspect.offices.terminals.profiles import SOURCES
from circumspect.offices.terminals.telling import Range, Told
from circumspect.records import barcodes
from circumspect.records.catalog import usecases as catalog
from circumspect.records.catalog.facts import ItemRecord
from circumspect.records.circulation import lending, requesting
from circumspect.records.circulation.returning import Message
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.circulation.rules import Stop
from circumspect.records.fees import settling
from circumspect.records.fees.rules import Method, MoneyError
from circumspect.records.holds import placing
from circumspect.records.patrons import cards
from circumspect.trust.door.errors import DoorClosed, DoorError
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Circumstance

ERRAND_SECONDS = 300.0
# To tell one errand's card and PIN from the next without keeping either.
_MEMORY_KEY = os.urandom(32)
_ALL = Range()
_AMOUNT = re.compile(r"([0-9]{1,7})(?:[.,]([0-9]{2}))?")
_CURRENCY = "USD"
_LISTS = ("AS", "AT", "AU", "AV", "", "CD")  # by the place of the Y in a summary
_IN_24 = frozenset({"BL", "CQ", "BV", "PA", "PB", "PC", "AQ", "AE", "language"})
_IN_26 = frozenset({"BL", "CQ", "AE", "language"})
_IN_64 = frozenset(SOURCES)
# Which of the sixteen signs of BX stands for which request.
_SUPPORTED = ("23", "11", "09", "01", "99", "97", "93", "63", "35", "37", "17", "19", "25", "15", "29", "65")
_CIRCULATION_STATUS = {
    "available": "03", "on_loan": "04", "hold_shelf": "08", "in_transit": "10", "claimed_returned": "11",
    "lost": "12", "missing": "13", "on_order": "02", "in_process": "06",
}  # fmt: skip
_THIS_COPY = "3"  # of BY; every other type is served by any copy
_PAYMENT = {"00": Method.CASH, "01": Method.CARD, "02": Method.CARD}
_STOP_SAYS = {
    Stop.TOO_MANY: Say.LIMIT,
    Stop.TOO_MANY_OF_TYPE: Say.LIMIT,
    Stop.OTHERS_WAIT: Say.OTHERS_WAIT,
    Stop.ITEM_OUT: Say.OUT_ALREADY,
    Stop.NOT_LENDABLE: Say.NOT_LENT,
    Stop.ITEM_STATE: Say.NOT_LENT,
    Stop.HELD_FOR_ANOTHER: Say.TO_STAFF,
    Stop.NO_RENEWALS_LEFT: Say.NOT_RENEWED,
    Stop.FIXED_DATE: Say.NOT_RENEWED,
}
log = logging.getLogger("circumspect.sip2")


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """Whoever stands before the machine. Prints as nothing."""

    patron: int
    circumstance: Circumstance
    card_lost: bool = False


@dataclass(frozen=True, slots=True)
class Meant:
    """What a hold is about: a title, and the copy that was named, if one was."""

    title_id: int
    item: ItemRecord | None


@dataclass(slots=True, repr=False)
class Errand:
    """What is remembered from card and PIN to the end. Prints as nothing."""

    card: bytes
    secret: bytes
    patron: int
    ends_at: float
    lent: set[str]


class Conversation:
    """One connection's talk with one machine. Not for two threads at once.

    Attributes:
        account: Whose machine it is; exchanged when the account was changed.
        guessed: The last answer was to a card or PIN that was not right.
    """

    def __init__(
        self, house: House, account: Account, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.account = account
        self.guessed = False
        self._house = house
        self._monotonic = monotonic
        self._errand: Errand | None = None
        self._language = "en"

    # who it is about

    def may_be_a_guess(self, request: codec.Message) -> bool:
        """Whether answering means to check a card or PIN that was not checked in this errand."""
        number, pin = _card_and_pin(request)
        return bool(number) and bool(pin or not self.account.pin_required) and not self._goes_on(number, pin)

    def _goes_on(self, number: str, pin: str) -> bool:
        errand = self._errand
        if errand is None or self._monotonic() > errand.ends_at or errand.card != _digest("card", number):
            return False
        return not pin or errand.secret == _digest("pin", pin)

    def _find(self, number: str, pin: str) -> Person | None:
        """Whose card it is, where the machine may know; None for everything else."""
        goes_on = self._goes_on(number, pin)
        if not goes_on and not pin and self.account.pin_required:
            # Nothing is looked up: how long it took tells nobody whether there is such a card.
            self._errand = None
            return None
        card = cards.find_card(self._house, number)
        lost = card is not None and card.status == "lost"
        if card is not None and card.status not in ("active", "lost"):
            card = None
        errand = self._errand
        if goes_on and errand is not None and card is not None and not lost and errand.patron == card.patron:
            errand.ends_at = self._monotonic() + ERRAND_SECONDS
            return Person(card.patron, Circumstance.CARD_AND_PIN)
        self._errand = None
        right = bool(pin) and self._is_right(card.patron if card else None, pin)
        self.guessed = card is None or (bool(pin) and not right)
        # A PIN that is sent has to be right, whether this machine must send one or not.
        if card is None or not (right if pin else not self.account.pin_required):
            return None
        if right and not lost:
            ends_at = self._monotonic() + ERRAND_SECONDS
            self._errand = Errand(_digest("card", number), _digest("pin", pin), card.patron, ends_at, set())
        how = Circumstance.CARD_AND_PIN if right else Circumstance.CARD_SCANNED
        return Person(card.patron, how, card_lost=lost)

    def _is_right(self, patron: int | None, pin: str) -> bool:
        return (
            cards.check_pin(self._house, self.account.actor, patron, pin[: codec.LONGEST_VALUE])
            is cards.PinAnswer.RIGHT
        )

    # answering

    def answer(self, request: codec.Message) -> codec.Message:
        """Answer a message of the standard. Never raises: what goes wrong is answered as "not now"."""
        self.guessed = False
        language = CODE_OF.get(getattr(request, "language", ""), "")
        if language:
            self._language = language
        if request.NUMBER not in self.account.messages:
            return self._refusal(request, Say.MAY_NOT)
        try:
            return self._answer(request)
        except DoorClosed as closed:
            log.warning("a machine could not be answered: %s cannot be reached", closed.part)
        except DoorError:
            log.warning("the policy refused a machine's message %s", request.NUMBER)
        except Exception:
            log.exception("a machine's message %s could not be answered", request.NUMBER)
        return self._refusal(request, Say.CLOSED)

    def _answer(self, request: codec.Message) -> codec.Message:
        match request:
            case codec.ScStatus():
                return self._status()
            case codec.PatronStatusRequest():
                return self._patron_status(request)
            case codec.PatronInformationRequest():
                return self._patron_information(request)
            case codec.EndSession():
                self._errand = None
                self._language = "en"
                return codec.SessionEnded(date=self._now(), **self._about(request))
            case codec.CheckOut():
                return self._check_out(request)
            case codec.CheckIn():
                return self._check_in(request)
            case codec.Renew():
                return self._renew(request)
            case codec.RenewAll():
                return self._renew_all(request)
            case codec.ItemInformationRequest():
                return self._item(request)
            case codec.ItemStatusUpdate():
                # What is written on a tag is kept nowhere, and so nothing was updated.
                return self._refusal(request, Say.MAY_NOT)
            case codec.FeePaid():
                return self._pay(request)
            case codec.Hold():
                return self._hold(request)
            case codec.BlockPatron():
                return self._keep_card(request)
            case codec.PatronEnable():
                return self._enable(request)
        return self._refusal(request, Say.MAY_NOT)

    # the machine itself

    def _status(self) -> codec.AcsStatus:
        account, messages = self.account, self.account.messages
        return codec.AcsStatus(
            check_in=_yes("09" in messages),
            check_out=_yes("11" in messages),
            renewals=_yes(bool(messages & {"29", "65"})),
            status_update="N",
            offline=_yes(account.no_block),
            date=self._now(),
            institution=account.institution,
            library=str(self._house.home.setting("library", "name", "")) or None,
            supported="".join(_yes(number in messages) for number in _SUPPORTED),
        )

    # patrons

    def _patron_status(self, request: codec.PatronStatusRequest) -> codec.Message:
        person = self._find(request.patron, request.patron_password)
        if person is None or person.card_lost:
            return self._nobody_24(request, request.patron_password, lost=person is not None)
        told = self._tell(person, _IN_24)
        return codec.PatronStatus(
            status=told.flags,
            language=self._language_of(told),
            date=self._now(),
            name=self._name(told),
            valid=told.fields.get("BL"),
            valid_password=self._valid_password(person, request.patron_password),
            currency=_CURRENCY if "BV" in told.fields else None,
            owed=told.fields.get("BV"),
            expires=told.fields.get("PA"),
            born=told.fields.get("PB"),
            category=told.fields.get("PC"),
            home_branch=told.fields.get("AQ"),
            screen=self._screen(told),
            **self._about(request),
        )

    def _patron_information(self, request: codec.PatronInformationRequest) -> codec.Message:
        pin = request.patron_password or ""
        person = self._find(request.patron, pin)
        if person is None or person.card_lost:
            return self._nobody_64(request, pin, lost=person is not None)
        wanted = _wanted_list(request.summary)
        told = self._tell(person, _IN_64, wanted, _range(request.start, request.end))
        fields, counts = told.fields, told.counts
        lists: dict[str, tuple[str, ...]] = dict.fromkeys(("AS", "AT", "AU", "CD"), ())
        if wanted in lists:
            lists[wanted] = told.items
        language = self._spoken(told)
        return codec.PatronInformation(
            status=told.flags,
            language=self._language_of(told),
            date=self._now(),
            holds=_count(counts.get("count-holds")),
            overdue=_count(counts.get("count-overdue")),
            charged=_count(counts.get("count-charged")),
            fines=_count(counts.get("count-fines")),
            unavailable=_count(counts.get("count-unavailable")),
            name=self._name(told),
            hold_limit=fields.get("BZ"),
            charged_limit=fields.get("CB"),
            valid=fields.get("BL"),
            valid_password=self._valid_password(person, pin),
            currency=_CURRENCY if fields.keys() & {"BV", "CC"} else None,
            owed=fields.get("BV"),
            fee_limit=fields.get("CC"),
            hold_items=lists["AS"],
            overdue_items=lists["AT"],
            charged_items=lists["AU"],
            fine_items=tuple(
                f"{line.id} {telling.money(line.cents)} {fee_words(line.kind, language)}"
                for line in told.owed
            ),
            unavailable_items=lists["CD"],
            expires=fields.get("PA"),
            born=fields.get("PB"),
            category=fields.get("PC"),
            home_branch=fields.get("AQ"),
            screen=self._screen(told),
            **self._about(request),
        )

    def _enable(self, request: codec.PatronEnable) -> codec.Message:
        """How the card stands: no machine lifts a block, so nothing is enabled."""
        pin = request.patron_password or ""
        person = self._find(request.patron, pin)
        if person is None or person.card_lost:
            return self._nobody_26(request, pin, lost=person is not None)
        told = self._tell(person, _IN_26)
        return codec.PatronEnabled(
            status=told.flags,
            language=self._language_of(told),
            date=self._now(),
            name=self._name(told),
            valid=told.fields.get("BL"),
            valid_password=self._valid_password(person, pin),
            screen=self._screen(told),
            **self._about(request),
        )

    def _keep_card(self, request: codec.BlockPatron) -> codec.Message:
        """A card was kept by the machine: from now on it lends nothing."""
        self._errand = None
        # Counted like a mistake, whoever's card it is: a machine that keeps cards by the dozen is slowed down.
        self.guessed = True
        card = cards.find_card(self._house, request.patron)
        if card is not None and card.status == "active":
            cards.report_lost(
                self._house, self.account.actor, card.patron, circumstance=Circumstance.CARD_SCANNED
            )
        # The same answer for a card that is nobody's.
        return self._nobody_24(request, "", lost=True)

    def _tell(self, person: Person, carries: frozenset[str], wanted: str = "", lines: Range = _ALL) -> Told:
        return telling.tell(
            self._house,
            self.account,
            person.patron,
            person.circumstance,
            carries=carries,
            wanted_list=wanted,
            lines=lines,
        )

    def _valid_password(self, person: Person, pin: str) -> str | None:
        if "CQ" not in self.account.fields and self.account.pin_required:
            return None
        return _yes(person.circumstance is Circumstance.CARD_AND_PIN) if pin else None

    def _name(self, told: Told) -> str:
        return told.fields.get("AE") or self.account.name_instead

    def _language_of(self, told: Told) -> str:
        return NUMBER_OF.get(told.fields.get("language", ""), "000")

    def _spoken(self, told: Told) -> str:
        return told.fields.get("language") or self._language

    def _screen(self, told: Told) -> tuple[str, ...]:
        return (words(Say.SEE_STAFF, self._spoken(told)),) if told.flags[0] == "Y" else ()

    # items

    def _check_out(self, request: codec.CheckOut) -> codec.Message:
        offline = request.no_block == "Y"
        if offline and not self.account.no_block:
            return self._refusal(request, Say.MAY_NOT)
        person = self._find(request.patron, request.patron_password or "")
        if person is None and offline:
            person = self._scanned_offline(request.patron)
        if person is None or person.card_lost:
            return self._refusal(request, Say.NOT_KNOWN if person is None else Say.SEE_STAFF)
        if request.cancel == "Y":
            return self._undo(request)
        circumstance = Circumstance.OFFLINE if offline else person.circumstance
        try:
            answer = self._lend(request, person, circumstance)
        except lending.NoSuchItemError:
            return self._refusal(request, Say.ITEM_NOT_KNOWN)
        if isinstance(answer, lending.NotCheckedOut):
            return self._not_lent(codec.CheckedOut, request, answer)
        if self._errand is not None:
            self._errand.lent.add(answer.item.barcode)
        return self._lent(codec.CheckedOut, request, answer)

    def _scanned_offline(self, number: str) -> Person | None:
        """A card whose item has left already: what was scanned without a line is booked without a PIN."""
        card = cards.find_card(self._house, number)
        return Person(card.patron, Circumstance.OFFLINE) if card and card.status == "active" else None

    def _lend(
        self, request: codec.CheckOut, person: Person, circumstance: Circumstance
    ) -> lending.CheckedOut | lending.NotCheckedOut:
        house, actor, branch = self._house, self.account.actor, self.account.branch
        answer = lending.check_out(
            house, actor, person.patron, request.item, branch=branch, circumstance=circumstance
        )
        is_out = isinstance(answer, lending.NotCheckedOut) and any(
            each.kind is Stop.ITEM_OUT for each in answer.stopped.hindrances
        )
        if is_out and request.may_renew == "Y" and circumstance is not Circumstance.OFFLINE:
            renewed = lending.renew(
                house, actor, person.patron, request.item, branch=branch, circumstance=circumstance
            )
            if isinstance(renewed, lending.CheckedOut):
                return renewed
        return answer

    def _undo(self, request: codec.CheckOut) -> codec.Message:
        """Take back what was lent in this very errand, where the machine could not let it go."""
        number = barcodes.normalise(request.item)
        if self._errand is None or number not in self._errand.lent:
            return self._refusal(request, Say.SEE_STAFF)
        self._errand.lent.discard(number)
        back = lending.check_in(self._house, self.account.actor, number, branch=self.account.branch)
        return codec.CheckedOut(
            ok="1",
            desensitize="N",
            date=self._now(),
            item=request.item,
            title=self._title(back.item.title),
            **self._about(request),
        )

    def _check_in(self, request: codec.CheckIn) -> codec.Message:
        offline = request.no_block == "Y"
        if (offline and not self.account.no_block) or request.cancel == "Y":
            return self._refusal(request, Say.MAY_NOT)
        try:
            back = lending.check_in(
                self._house,
                self.account.actor,
                request.item,
                branch=self.account.branch,
                returned_at=self._returned_at(request) if offline else None,
                circumstance=Circumstance.OFFLINE if offline else Circumstance.ITEM_SCANNED,
            )
        except lending.CirculationError:
            return self._refusal(request, Say.ITEM_NOT_KNOWN)
        fields = self.account.fields
        aside = back.hold is not None or bool(back.transit_to) or Message.GOES_HOME in back.messages
        record = catalog.item_by_barcode(back.item.barcode) if fields & {"CS"} else None
        return codec.CheckedIn(
            ok="1",
            resensitize="Y",
            alert=_yes(aside),
            date=self._now(),
            institution=self.account.institution,
            item=request.item,
            permanent_location=back.belongs_to,
            title=back.item.title if "AJ" in fields else None,
            sort_bin=(back.transit_to or back.item.branch) if "CL" in fields else None,
            media=self._media(back.item.item_type),
            collection=(back.item.collection or None) if "CR" in fields else None,
            call_number=record.call_number if record is not None else None,
            destination=(back.transit_to or None) if "CT" in fields else None,
            alert_type=_alert(back) if "CV" in fields and aside else None,
            screen=(self._say(Say.TO_STAFF),) if aside else (),
        )

    def _returned_at(self, request: codec.CheckIn) -> int | None:
        """When the machine says that it came back, within what can be believed."""
        zone = zone_of(self._house)
        moment = codec.moment_of(request.returned, zone) or codec.moment_of(request.date, zone)
        now = self._house.second()
        if moment is None:
            return None
        return min(now, max(int(moment.timestamp()), now - 30 * 86400))

    def _renew(self, request: codec.Renew) -> codec.Message:
        if request.no_block == "Y" and not self.account.no_block:
            return self._refusal(request, Say.MAY_NOT)
        person = self._find(request.patron, request.patron_password or "")
        if person is None or person.card_lost:
            return self._refusal(request, Say.NOT_KNOWN if person is None else Say.SEE_STAFF)
        try:
            answer = lending.renew(
                self._house,
                self.account.actor,
                person.patron,
                request.item or "",
                branch=self.account.branch,
                circumstance=person.circumstance,
            )
        except lending.NoSuchItemError:
            return self._refusal(request, Say.ITEM_NOT_KNOWN)
        if isinstance(answer, lending.NotCheckedOut):
            return self._not_lent(codec.Renewed, request, answer)
        return self._lent(codec.Renewed, request, answer)

    def _renew_all(self, request: codec.RenewAll) -> codec.Message:
        person = self._find(request.patron, request.patron_password or "")
        if person is None or person.card_lost:
            return self._refusal(request, Say.NOT_KNOWN if person is None else Say.SEE_STAFF)
        answers = lending.renew_many(
            self._house,
            self.account.actor,
            person.patron,
            None,
            branch=self.account.branch,
            circumstance=person.circumstance,
        )
        # Which items somebody has out is a list like any other: told by card and PIN, to whom lists are told.
        may_list = "AU" in self.account.fields and person.circumstance is Circumstance.CARD_AND_PIN
        if may_list and answers:
            self._tell(person, frozenset({"BL", "AU"}), "AU", Range(1, 1))
        done = [each.item.barcode for each in answers if isinstance(each, lending.CheckedOut)]
        left = [each.item.barcode for each in answers if isinstance(each, lending.NotCheckedOut)]
        return codec.AllRenewed(
            ok="1",
            renewed=_count(len(done)),
            unrenewed=_count(len(left)),
            date=self._now(),
            institution=self.account.institution,
            renewed_items=tuple(done) if may_list else (),
            unrenewed_items=tuple(left) if may_list else (),
        )

    def _lent(self, kind: type[codec.CheckedOut], request: Any, answer: lending.CheckedOut) -> codec.Message:
        renewed = kind is codec.Renewed or answer.item.status == "on_loan"
        due = dt.datetime.fromtimestamp(answer.due_at, zone_of(self._house))
        return kind(
            ok="1",
            renewal=_yes(renewed),
            desensitize=_yes(not renewed),
            date=self._now(),
            item=request.item or answer.item.barcode,
            title=self._title(answer.item.title),
            due=codec.stamp(due),
            media=self._media(answer.item.item_type),
            **self._about(request),
        )

    def _not_lent(
        self, kind: type[codec.CheckedOut], request: Any, answer: lending.NotCheckedOut
    ) -> codec.Message:
        # Of a block nothing is said but that the staff can help; the first stop of the item's own is told.
        kinds = [each.kind for each in answer.stopped.hindrances]
        says = [_STOP_SAYS[each] for each in kinds if isinstance(each, Stop) and each in _STOP_SAYS]
        plain = says[0] if says and len(says) == len(kinds) else Say.SEE_STAFF
        return kind(
            date=self._now(),
            item=request.item or "",
            title=self._title(answer.item.title),
            desensitize="N",
            screen=(self._say(plain),),
            **self._about(request),
        )

    def _item(self, request: codec.ItemInformationRequest) -> codec.Message:
        item = catalog.item_by_barcode(request.item)
        if item is None:
            return self._refusal(request, Say.ITEM_NOT_KNOWN)
        return self._item_information(request, item)

    def _item_information(
        self, request: codec.ItemInformationRequest, item: ItemRecord
    ) -> codec.ItemInformation:
        fields = self.account.fields
        return codec.ItemInformation(
            circulation=_CIRCULATION_STATUS.get(item.status, "01"),
            date=self._now(),
            item=request.item,
            title=self._title(item.title),
            queue=str(telling.waiting_for(self._house, item)) if "CF" in fields else None,
            media=self._media(item.item_type),
            permanent_location=item.branch,
            # Out, on its way or put aside: then where it is, is not known or somebody's affair.
            current_location=item.branch if "AP" in fields and item.status == "available" else None,
            collection=(item.collection or None) if "CR" in fields else None,
            call_number=(item.call_number or None) if "CS" in fields else None,
        )

    def _media(self, item_type: str) -> str | None:
        if "CK" not in self.account.fields:
            return None
        return media_type(item_type, self._house.home.setting("media_types", item_type, None))

    def _title(self, title: str) -> str:
        return title if "AJ" in self.account.fields else ""

    # money and holds

    def _pay(self, request: codec.FeePaid) -> codec.Message:
        person = self._find(request.patron, request.patron_password or "")
        if person is None or person.card_lost or person.circumstance is not Circumstance.CARD_AND_PIN:
            return self._refusal(request, Say.NOT_KNOWN if person is None else Say.NOT_PAID)
        cents = _cents(request.amount)
        fee = (request.fee or "").strip()
        if cents is None or (fee and not _is_number(fee)) or request.currency != _CURRENCY:
            return self._refusal(request, Say.NOT_PAID)
        try:
            settling.pay(
                self._house,
                self.account.actor,
                person.patron,
                cents,
                method=_PAYMENT.get(request.payment_type, Method.CARD),
                branch=self.account.branch,
                circumstance=person.circumstance,
                fees=(int(fee),) if fee else (),
            )
        except MoneyError:
            return self._refusal(request, Say.NOT_PAID)
        return codec.FeeAccepted(
            accepted="Y", date=self._now(), transaction=request.transaction, **self._about(request)
        )

    def _hold(self, request: codec.Hold) -> codec.Message:
        person = self._find(request.patron, request.patron_password or "")
        if person is None or person.card_lost or person.circumstance is not Circumstance.CARD_AND_PIN:
            return self._refusal(request, Say.NOT_KNOWN if person is None else Say.NO_HOLD)
        meant = _meant(request)
        if meant is None:
            return self._refusal(request, Say.ITEM_NOT_KNOWN)
        if request.mode == "+":
            return self._place(request, person, meant)
        if request.mode == "-":
            return self._take_hold_back(request, person, meant)
        if request.mode == "*":
            return self._move_hold(request, person, meant)
        return self._refusal(request, Say.NO_HOLD)

    def _place(self, request: codec.Hold, person: Person, meant: Meant) -> codec.Message:
        only_this = request.hold_type == _THIS_COPY
        if only_this and meant.item is None:
            return self._refusal(request, Say.ITEM_NOT_KNOWN)
        expires = codec.moment_of(request.expires or "", zone_of(self._house))
        answer = requesting.place_hold(
            self._house,
            self.account.actor,
            person.patron,
            placing.Wanted(meant.title_id, meant.item.id if meant.item and only_this else None),
            pickup_branch=request.pickup or self.account.branch,
            circumstance=person.circumstance,
            expires_on=expires.date() if expires else None,
        )
        if isinstance(answer, placing.NotPlaced):
            return self._refusal(request, Say.NO_HOLD)
        if meant.item is not None:
            is_here = meant.item.status == "available"
        else:
            is_here = catalog.availability(meant.title_id).available > 0
        return self._hold_done(
            request,
            meant,
            available=_yes(is_here),
            queue=str(answer.position),
            pickup=request.pickup or self.account.branch,
        )

    def _take_hold_back(self, request: codec.Hold, person: Person, meant: Meant) -> codec.Message:
        hold = self._own_hold(person, meant)
        if hold is None:
            return self._refusal(request, Say.NO_HOLD)
        try:
            placing.cancel(
                self._house, self.account.actor, person.patron, hold, circumstance=person.circumstance
            )
        except placing.HoldError:
            return self._refusal(request, Say.NO_HOLD)
        return self._hold_done(request, meant)

    def _move_hold(self, request: codec.Hold, person: Person, meant: Meant) -> codec.Message:
        """Have it picked up elsewhere. Its last day is not changed: who asks for that gets a no, and no half."""
        if not request.pickup or (request.expires or "").strip():
            return self._refusal(request, Say.NO_HOLD)
        hold = self._own_hold(person, meant)
        if hold is None:
            return self._refusal(request, Say.NO_HOLD)
        try:
            placing.move(
                self._house,
                self.account.actor,
                person.patron,
                hold,
                pickup_branch=request.pickup,
                circumstance=person.circumstance,
            )
        except placing.HoldError:
            return self._refusal(request, Say.NO_HOLD)
        return self._hold_done(request, meant, pickup=request.pickup)

    def _own_hold(self, person: Person, meant: Meant) -> int | None:
        return telling.hold_on(
            self._house,
            self.account,
            person.patron,
            person.circumstance,
            meant.title_id,
            meant.item.id if meant.item else None,
        )

    def _hold_done(self, request: codec.Hold, meant: Meant, **more: Any) -> codec.Message:
        # A machine that named a title by number is told its number again, and one with a copy in hand the title.
        title = (self._title(meant.item.title) or None) if meant.item else request.title
        return codec.HoldAnswer(
            ok="1", date=self._now(), item=request.item, title=title, **more, **self._about(request)
        )

    # refusals: shape and words are the same whatever the reason

    def _refusal(self, request: codec.Message, what: Say) -> codec.Message:
        """The "no" of each message."""
        screen = (self._say(what),)
        about: dict[str, Any] = {"date": self._now(), "screen": screen}
        match request:
            case codec.PatronStatusRequest():
                return self._nobody_24(request, request.patron_password, lost=False)
            case codec.BlockPatron():
                return self._nobody_24(request, "", lost=False)
            case codec.PatronInformationRequest():
                return self._nobody_64(request, request.patron_password or "", lost=False)
            case codec.PatronEnable():
                return self._nobody_26(request, request.patron_password or "", lost=False)
            case codec.EndSession():
                return codec.SessionEnded(ended="N", **about, **self._about(request))
            case codec.CheckOut():
                return codec.CheckedOut(item=request.item, desensitize="N", **about, **self._about(request))
            case codec.Renew():
                return codec.Renewed(
                    item=request.item or "", desensitize="N", **about, **self._about(request)
                )
            case codec.CheckIn():
                return codec.CheckedIn(institution=self.account.institution, item=request.item, **about)
            case codec.RenewAll():
                return codec.AllRenewed(institution=self.account.institution, **about)
            case codec.ItemInformationRequest():
                return codec.ItemInformation(item=request.item, **about)
            case codec.ItemStatusUpdate():
                return codec.ItemStatusUpdated(item=request.item, **about)
            case codec.FeePaid():
                return codec.FeeAccepted(**about, **self._about(request))
            case codec.Hold():
                return codec.HoldAnswer(item=request.item, **about, **self._about(request))
            case codec.ScStatus():
                return codec.AcsStatus(
                    online="N",
                    date=self._now(),
                    institution=self.account.institution,
                    supported="N" * 16,
                    screen=screen,
                )
        return codec.SendYoursAgain()

    def _nobody_24(
        self, request: codec.PatronStatusRequest | codec.BlockPatron, pin: str, *, lost: bool
    ) -> codec.Message:
        return codec.PatronStatus(
            date=self._now(),
            screen=self._nobody_says(lost=lost),
            **self._about(request),
            **_nobody(pin, lost),
        )

    def _nobody_64(self, request: codec.PatronInformationRequest, pin: str, *, lost: bool) -> codec.Message:
        return codec.PatronInformation(
            date=self._now(),
            screen=self._nobody_says(lost=lost),
            **self._about(request),
            **_nobody(pin, lost),
        )

    def _nobody_26(self, request: codec.PatronEnable, pin: str, *, lost: bool) -> codec.Message:
        return codec.PatronEnabled(
            date=self._now(),
            screen=self._nobody_says(lost=lost),
            **self._about(request),
            **_nobody(pin, lost),
        )

    def _nobody_says(self, *, lost: bool) -> tuple[str, ...]:
        return (self._say(Say.SEE_STAFF if lost else Say.NOT_KNOWN),)

    def _about(self, request: Any) -> dict[str, Any]:
        return {"institution": self.account.institution, "patron": request.patron}

    def _say(self, what: Say) -> str:
        return words(what, self._language)

    def _now(self) -> str:
        return codec.stamp(self._house.clock().astimezone(zone_of(self._house)))


def _nobody(pin: str, lost: bool) -> dict[str, Any]:
    return {
        "status": telling.CARD_LOST if lost else telling.NOBODY,
        "valid": "N",
        "valid_password": "N" if pin else None,
    }


def _card_and_pin(request: codec.Message) -> tuple[str, str]:
    number = getattr(request, "patron", "") or ""
    return number, getattr(request, "patron_password", "") or ""


def _digest(what: str, text: str) -> bytes:
    plain = barcodes.normalise(text) if what == "card" else text
    return hashlib.blake2b(
        plain.encode("utf-8", "surrogatepass"), key=_MEMORY_KEY, person=what.encode()
    ).digest()


def _yes(is_so: bool) -> str:
    return "Y" if is_so else "N"


def _count(number: int | None) -> str:
    return "    " if number is None else f"{min(9999, number):04d}"


def _wanted_list(summary: str) -> str:
    """The list that the one Y of a summary asks for; "" for none, or for one there is not."""
    place = summary.find("Y")
    return _LISTS[place] if 0 <= place < len(_LISTS) else ""


def _range(start: str | None, end: str | None) -> Range:
    def number(text: str | None) -> int:
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0

    return Range(max(1, number(start)), number(end))


def _meant(request: codec.Hold) -> Meant | None:
    """The copy of AB, or the title whose number in the catalog AJ is; None where there is no such thing."""
    if request.item:
        item = catalog.item_by_barcode(request.item)
        return Meant(item.title_id, item) if item is not None else None
    number = (request.title or "").strip()
    return Meant(int(number), None) if _is_number(number) and int(number) < 1 << 63 else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


def _cents(text: str) -> int | None:
    found = _AMOUNT.fullmatch(text.strip())
    return int(found[1]) * 100 + int(found[2] or 0) if found else None


def _alert(back: lending.CheckedIn) -> str:
    if back.hold is not None:
        return "01" if back.hold.on_shelf else "02"
    if back.transit_to:
        return "04"
    return "99" if Message.GOES_HOME in back.messages else "00"
