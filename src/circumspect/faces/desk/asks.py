"""Every question the desk asks at the door, as data.

What the desk opens by itself is taken from here (``REFERENCE_PANEL``, ``FOUND``, ``FORM``); what a
use-case asks on the desk's behalf is listed beside it, with the use-case's name. A test walks the desk
and finds no question in the ledger that this list does not hold; another puts each of them to the
policy, for each role named.

Source: guarantee 2; clauses MP-5.2, MP-7.15.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from circumspect.offices.notices import byhand, outbox
from circumspect.offices.notices.sending import POST_FIELDS, SMS_FIELDS
from circumspect.records.circulation import lists as late
from circumspect.records.circulation import offline, serving
from circumspect.records.circulation.lending import LOAN_FIELDS
from circumspect.records.circulation.noticing import NOTICE_FIELDS
from circumspect.records.computers.asking import FIELDS as COMPUTER_FIELDS
from circumspect.records.fees import noticing as owing
from circumspect.records.fees.charging import FEE_FIELDS
from circumspect.records.fees.charging import SERIES as FEES
from circumspect.records.fees.settling import PAYING, TAKING_BACK, WRITING_OFF
from circumspect.records.holds import lists as hold_lists
from circumspect.records.holds import noticing as ready
from circumspect.records.holds import placing, shelf
from circumspect.records.ill import asking
from circumspect.records.incidents import book as incidents
from circumspect.records.patrons import lapsing, passkeys
from circumspect.records.patrons.models import REGISTRATION_FIELDS
from circumspect.records.patrons.registration import OPTIONAL_FIELDS
from circumspect.trust.policy.request import Action, Circumstance, Purpose, Role

_FLOOR = (Role.DESK, Role.CIRCULATION_LEAD)
_LEAD = (Role.CIRCULATION_LEAD,)
_COMPUTER_ROOM = (*_FLOOR, Role.REFERENCE, Role.SUPERVISOR)
_IN_CHARGE = (Role.PRIVACY_IN_CHARGE, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR)
_REPORTING = (*_FLOOR, Role.REFERENCE, Role.SUPERVISOR, *_IN_CHARGE)
OVERRIDERS = (Role.CIRCULATION_LEAD, Role.SUPERVISOR, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR)
# How a patron comes to be open: a card, a reason, and from then on the open transaction.
_OPEN = (Circumstance.CARD_SCANNED, Circumstance.UNEXPLAINED, Circumstance.OPEN_TRANSACTION)
_NOTE_FIELDS = frozenset({"kind", "text", "expires_on"})


@dataclass(frozen=True, slots=True)
class DeskAsk:
    """One question.

    Attributes:
        name: What it is for, in a word or two.
        fields: The most that is asked for; a change asks for the changed ones only.
        circumstances: With UNEXPLAINED a reason is always given.
        roles: Whose screen asks it; any one of them.
        by: The use-case that asks, where it is not the desk itself.
        subjects: At most how many records at once.
        with_reason: A reason is given whatever the circumstance.
    """

    name: str
    action: Action
    purpose: Purpose
    series: str
    fields: frozenset[str]
    circumstances: tuple[Circumstance, ...]
    roles: tuple[Role, ...] = _FLOOR
    by: str = ""
    subjects: int = 1
    with_reason: bool = False


PANEL = DeskAsk(
    "show the patron being served",
    Action.VIEW,
    Purpose.SERVE,
    "registration",
    frozenset(serving.SHOWN),
    _OPEN,
    by="serving.serve",
)
AGE = DeskAsk(
    "work out the age band",
    Action.USE,
    Purpose.SERVE,
    "registration",
    frozenset({"birth_date"}),
    _OPEN,
    by="serving.serve",
)
# Reference staff see whom they help and whether the card is good; nothing out, no contact, no notes.
REFERENCE_PANEL = DeskAsk(
    "show reference staff whose card was scanned",
    Action.VIEW,
    Purpose.SERVE,
    "registration",
    frozenset({"given_name", "family_name", "standing", "language"}),
    (Circumstance.CARD_SCANNED, Circumstance.OPEN_TRANSACTION),
    (Role.REFERENCE,),
)
FOUND = DeskAsk(
    "tell search results apart",
    Action.VIEW,
    Purpose.FIND,
    "registration",
    frozenset({"given_name", "family_name", "street", "standing"}),
    (Circumstance.NAME_SEARCH,),
    subjects=20,
)
FORM = DeskAsk(
    "fill in the edit form",
    Action.VIEW,
    Purpose.MAINTAIN,
    "registration",
    frozenset(REGISTRATION_FIELDS) - frozenset(OPTIONAL_FIELDS) - {"balance"},
    (Circumstance.OPEN_TRANSACTION,),
)

_IN_HAND = (Circumstance.OPEN_TRANSACTION,)
_BROUGHT = (Circumstance.OFFLINE,)
_STANDING = frozenset({"standing"})
_BALANCE = frozenset({"balance"})
_CARD = frozenset({"barcode", "status"})
_ANY_FIELD = frozenset(REGISTRATION_FIELDS)
_INDEXED = frozenset({"given_name", "family_name", "birth_date", "email", "phone"})

OVERRIDE = DeskAsk(
    "lend or renew in spite of a block",
    Action.USE,
    Purpose.OVERRIDE,
    "registration",
    _STANDING,
    _IN_HAND,
    # The desk passes over an unchecked address and returned mail; the rules see to the rest.
    (Role.DESK, *OVERRIDERS),
    by="lending.check_out, lending.renew",
    with_reason=True,
)


def _maintains(
    name: str, action: Action, series: str, fields: frozenset[str], by: str, **rest: object
) -> DeskAsk:
    return DeskAsk(name, action, Purpose.MAINTAIN, series, fields, _IN_HAND, by=by, **rest)  # type: ignore[arg-type]


ASKS: tuple[DeskAsk, ...] = (
    PANEL,
    AGE,
    REFERENCE_PANEL,
    FOUND,
    FORM,
    DeskAsk(
        "show what is out",
        Action.VIEW,
        Purpose.SERVE,
        "loans",
        LOAN_FIELDS,
        _OPEN,
        by="serving.serve, lending.loans_of",
    ),
    DeskAsk("show fees", Action.VIEW, Purpose.SERVE, FEES, FEE_FIELDS, _IN_HAND, by="account.account"),
    DeskAsk(
        "show finance the fees of a card",
        Action.VIEW,
        Purpose.SERVE,
        FEES,
        FEE_FIELDS - {"item"},
        (Circumstance.CARD_SCANNED, *_IN_HAND),
        (Role.FINANCE,),
        by="account.account",
    ),
    DeskAsk(
        "show the deposit beside them",
        Action.VIEW,
        Purpose.SERVE,
        "registration",
        _BALANCE,
        (Circumstance.CARD_SCANNED, *_IN_HAND),
        (*_FLOOR, Role.FINANCE),
        by="account.account",
    ),
    *(
        DeskAsk(name, action, Purpose.SETTLE, series, fields, _IN_HAND, roles, by=by)
        for name, action, series, fields, roles, by in (
            ("charge by hand", Action.CHANGE, FEES, FEE_FIELDS, _FLOOR, "settling.charge_by_hand"),
            ("take a payment", Action.CHANGE, FEES, PAYING, _FLOOR, "settling.pay"),
            ("waive, credit or refund", Action.ERASE, FEES, TAKING_BACK, _LEAD, "settling.waive, refund"),
            ("write off", Action.ERASE, FEES, WRITING_OFF, (*_LEAD, Role.FINANCE), "settling.write_off"),
            ("read the deposit", Action.USE, "registration", _BALANCE, _FLOOR, "deposits.top_up, pay_out"),
            ("move the deposit", Action.CHANGE, "registration", _BALANCE, _FLOOR, "deposits.move"),
            ("pay the deposit out", Action.ERASE, "registration", _BALANCE, _LEAD, "deposits.pay_out"),
        )
    ),
    *(
        DeskAsk(f"{name}: {series}", action, purpose, series, fields, _IN_HAND, by=by)
        for series, everything, asked, by in (
            (
                "holds",
                shelf.HOLD_FIELDS,
                placing.ASKED_FIELDS,
                "placing.holds_of, place, cancel, freeze, move",
            ),
            ("ill", asking.ILL_FIELDS, asking.ASKED_FIELDS, "asking.requests_of, ask, cancel"),
        )
        for name, action, purpose, fields in (
            ("show what somebody waits for", Action.VIEW, Purpose.SERVE, everything),
            ("write it down or change it", Action.CHANGE, Purpose.CIRCULATE, asked),
            ("cancel it", Action.ERASE, Purpose.CIRCULATE, asked),
        )
    ),
    *(
        DeskAsk(f"{name}: {series}", action, Purpose.LISTS, series, fields, (Circumstance.LIST,), by=by)
        for series, fields, by in (
            ("holds", hold_lists.LIST_FIELDS, "lists.pull_list, shelf_list, end_overdue"),
            ("ill", asking.ILL_FIELDS, "working.work_list, lender_form, receive, supplying.supply"),
        )
        for name, action in (
            ("work the lists", Action.CHANGE),
            ("end what stands on them", Action.ERASE),
        )
    ),
    DeskAsk(
        "open what a request asks for",
        Action.VIEW,
        Purpose.LISTS,
        "ill",
        asking.ILL_FIELDS,
        (Circumstance.LIST,),
        by="working.lender_form",
    ),
    DeskAsk(
        "put a book of another library aside",
        Action.CHANGE,
        Purpose.CIRCULATE,
        "holds",
        shelf.TRAP_FIELDS,
        (Circumstance.HOLD_TO_SHELVE,),
        by="working.receive",
    ),
    DeskAsk("show notes", Action.VIEW, Purpose.SERVE, "notes", _NOTE_FIELDS, _OPEN, by="serving.serve"),
    DeskAsk(
        "lend or renew",
        Action.USE,
        Purpose.CIRCULATE,
        "registration",
        _STANDING,
        _IN_HAND,
        by="lending.check_out, lending.renew, lending.renew_many",
    ),
    OVERRIDE,
    DeskAsk(
        "take an item back",
        Action.CHANGE,
        Purpose.CIRCULATE,
        "loans",
        LOAN_FIELDS,
        (Circumstance.ITEM_SCANNED,),
        by="lending.check_in",
    ),
    DeskAsk(
        "put aside what somebody waits for",
        Action.CHANGE,
        Purpose.CIRCULATE,
        "holds",
        shelf.TRAP_FIELDS,
        (Circumstance.ITEM_SCANNED,),
        by="lending.check_in",
    ),
    DeskAsk(
        "charge what is late or damaged",
        Action.CHANGE,
        Purpose.CIRCULATE,
        "fees",
        FEE_FIELDS,
        (Circumstance.ITEM_SCANNED, Circumstance.OPEN_TRANSACTION),
        by="lending.check_in, lending.renew, lending.renew_many",
    ),
    DeskAsk(
        "note that something is said to be returned",
        Action.CHANGE,
        Purpose.CIRCULATE,
        "loans",
        frozenset({"item", "state"}),
        _IN_HAND,
        by="ladders.claim_returned",
    ),
    DeskAsk(
        "set another due day",
        Action.CHANGE,
        Purpose.OVERRIDE,
        "loans",
        frozenset({"due_at"}),
        _IN_HAND,
        OVERRIDERS,
        by="lending.check_out",
        with_reason=True,
    ),
    DeskAsk(
        "take one claim more than the limit",
        Action.CHANGE,
        Purpose.OVERRIDE,
        "loans",
        frozenset({"item", "state"}),
        _IN_HAND,
        OVERRIDERS,
        by="ladders.claim_returned",
        with_reason=True,
    ),
    *(
        DeskAsk(
            f"work through what is late: {series}",
            Action.VIEW,
            Purpose.LISTS,
            series,
            fields,
            (Circumstance.LIST,),
            by="lists.overdue",
            subjects=late.MOST_ON_A_PAGE,
        )
        for series, fields in (
            ("loans", late.LATE_FIELDS),
            ("registration", frozenset(late.BORROWER_FIELDS)),
        )
    ),
    *(
        DeskAsk(name, action, Purpose.CIRCULATE, series, fields, _BROUGHT, by=by)
        for name, action, series, fields, by in (
            ("bring what was lent offline", Action.USE, "registration", _STANDING, "offline.take, settle"),
            ("bring what was scanned offline", Action.CHANGE, "loans", LOAN_FIELDS, "offline.take, settle"),
            (
                "put aside what came back offline",
                Action.CHANGE,
                "holds",
                shelf.TRAP_FIELDS,
                "offline.take, settle",
            ),
            ("charge what came back late offline", Action.CHANGE, "fees", FEE_FIELDS, "offline.take, settle"),
        )
    ),
    DeskAsk(
        "see which scans made offline wait",
        Action.VIEW,
        Purpose.CIRCULATE,
        "loans",
        frozenset({"item"}),
        _BROUGHT,
        by="offline.conflicts",
        subjects=offline.MOST_SHOWN,
    ),
    DeskAsk(
        "register",
        Action.CHANGE,
        Purpose.REGISTER,
        "registration",
        _ANY_FIELD - {"balance"},
        (Circumstance.REGISTRATION,),
        by="registration.register",
    ),
    _maintains("save the edit form", Action.CHANGE, "registration", _ANY_FIELD, "registration.change"),
    _maintains("find it under its new name", Action.USE, "registration", _INDEXED, "registration.change"),
    _maintains("read the standing to change it", Action.USE, "registration", _STANDING, "upkeep.standing_of"),
    _maintains(
        "issue, replace or lose a card", Action.CHANGE, "cards", _CARD, "cards.issue_card, report_lost"
    ),
    _maintains("print the card", Action.VIEW, "cards", frozenset({"barcode"}), "cards.card_number"),
    DeskAsk(
        "see whom the patron gave a permission",
        Action.VIEW,
        Purpose.SERVE,
        "permissions",
        frozenset({"name", "scope", "ends_on"}),
        (Circumstance.OPEN_TRANSACTION,),
        by="permissions.given_by",
    ),
    _maintains("set a PIN", Action.CHANGE, "pins", frozenset({"hash"}), "cards.set_pin"),
    _maintains("remove all passkeys", Action.ERASE, "passkeys", passkeys.FIELDS, "passkeys.remove_all"),
    _maintains("write or remove a note", Action.CHANGE, "notes", _NOTE_FIELDS, "notes.add_note, remove_note"),
    *(
        DeskAsk(
            f"merge two records: {series}",
            Action.CHANGE,
            Purpose.MAINTAIN,
            series,
            fields,
            (Circumstance.UNEXPLAINED,),
            _LEAD,
            by="linking.merge_patrons",
            subjects=2,
            with_reason=True,
        )
        for series, fields in (
            ("loans", LOAN_FIELDS),
            ("registration", frozenset({"standing", "balance"})),
            ("cards", _CARD),
            ("notes", _NOTE_FIELDS),
            ("holds", shelf.HOLD_FIELDS),
            ("ill", asking.ILL_FIELDS),
            (FEES, FEE_FIELDS),
        )
    ),
    DeskAsk(
        "merge two records: read what is on the spare card",
        Action.USE,
        Purpose.MAINTAIN,
        "registration",
        _BALANCE,
        (Circumstance.UNEXPLAINED,),
        _LEAD,
        by="fees.upkeep.merge_fees",
        subjects=2,
        with_reason=True,
    ),
    DeskAsk(
        "list whose registration runs out",
        Action.VIEW,
        Purpose.LISTS,
        "registration",
        frozenset(lapsing.LIST_FIELDS),
        (Circumstance.LIST,),
        _LEAD,
        by="lapsing.run_out_page",
        subjects=lapsing.PAGE,
    ),
    DeskAsk(
        "see which computers are in use, end or prolong a session",
        Action.CHANGE,
        Purpose.COMPUTERS,
        "computers",
        COMPUTER_FIELDS,
        (Circumstance.LIST,),
        _COMPUTER_ROOM,
        by="panel, booking.bookings, booking.cancel",
    ),
    DeskAsk(
        "may this card book a computer?",
        Action.USE,
        Purpose.COMPUTERS,
        "registration",
        _STANDING,
        (Circumstance.CARD_SCANNED,),
        by="booking.book",
    ),
    DeskAsk(
        "book a computer",
        Action.CHANGE,
        Purpose.COMPUTERS,
        "computers",
        COMPUTER_FIELDS,
        (Circumstance.CARD_SCANNED,),
        by="booking.book",
    ),
    *(
        DeskAsk(
            f"{name} that must not be wiped",
            action,
            Purpose.PRESERVE,
            "computers",
            frozenset({"seat", "state"}),
            (Circumstance.CASE,),
            (Role.PRIVACY_IN_CHARGE, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR),
            by="preserving.set_aside, renew, release, kept",
        )
        for name, action in (
            ("set a computer aside", Action.PRESERVE),
            ("let a computer go", Action.CHANGE),
        )
    ),
    *(
        DeskAsk(
            name,
            Action.VIEW,
            Purpose.LISTS,
            series,
            fields,
            (Circumstance.LIST,),
            by="byhand.print_letters, calls",
            subjects=byhand.MOST_LETTERS,
        )
        for name, series, fields in (
            ("print letters", "registration", frozenset(POST_FIELDS)),
            ("call patrons", "registration", frozenset(SMS_FIELDS)),
            ("see what letters say: due", "loans", NOTICE_FIELDS),
            ("see what letters say: ready", "holds", ready.NOTICE_FIELDS),
            ("see what letters say: owed", "fees", owing.NOTICE_FIELDS),
            ("see what letters say: runs out", "registration", _STANDING),
        )
    ),
    *(
        DeskAsk(
            name,
            action,
            Purpose.ORDER,
            series,
            fields,
            (circumstance,),
            roles,
            by=by,
        )
        for name, action, series, fields, circumstance, roles, by in (
            (
                "report what happened",
                Action.CHANGE,
                incidents.SERIES,
                incidents.REPORTED,
                Circumstance.CASE,
                _REPORTING,
                "book.report",
            ),
            (
                "read a report of behaviour",
                Action.VIEW,
                incidents.SERIES,
                incidents.SEEN,
                Circumstance.CASE,
                (Role.SUPERVISOR, *_IN_CHARGE),
                "book.read",
            ),
            (
                "decide what follows",
                Action.CHANGE,
                incidents.SERIES,
                incidents.SEEN - incidents.REPORTED,
                Circumstance.CASE,
                _IN_CHARGE,
                "book.decide, note_appeal, take_name",
            ),
            (
                "read who is sent to the person in charge",
                Action.USE,
                "registration",
                _STANDING,
                Circumstance.CARD_SCANNED,
                _IN_CHARGE,
                "upkeep.send_to_person_in_charge",
            ),
            (
                "send somebody to the person in charge",
                Action.CHANGE,
                "registration",
                _STANDING,
                Circumstance.CARD_SCANNED,
                _IN_CHARGE,
                "upkeep.send_to_person_in_charge",
            ),
            (
                "take a name over into a report",
                Action.VIEW,
                "registration",
                frozenset({"given_name", "family_name"}),
                Circumstance.CARD_SCANNED,
                _IN_CHARGE,
                "reading.open_records",
            ),
        )
    ),
    DeskAsk(
        "see notices sent",
        Action.VIEW,
        Purpose.SERVE,
        "notices",
        outbox.FIELDS,
        _IN_HAND,
        by="byhand.sent_to",
    ),
    *(
        DeskAsk(
            f"forget the spare record: {series}",
            Action.ERASE,
            Purpose.MAINTAIN,
            series,
            fields,
            (Circumstance.UNEXPLAINED,),
            _LEAD,
            by="linking.merge_patrons",
            with_reason=True,
        )
        for series, fields in (("registration", _ANY_FIELD), ("pins", frozenset({"hash"})))
    ),
)


def panel_for(roles: Collection[str]) -> DeskAsk:
    """What to show of a patron to somebody with these roles. The door answers, not this choice."""
    on_the_floor = any(role in roles for role in _FLOOR)
    return REFERENCE_PANEL if Role.REFERENCE in roles and not on_the_floor else PANEL
