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

from circumspect.records.circulation import serving
from circumspect.records.circulation.lending import LOAN_FIELDS
from circumspect.records.patrons.models import REGISTRATION_FIELDS
from circumspect.records.patrons.registration import OPTIONAL_FIELDS
from circumspect.trust.policy.request import Action, Circumstance, Purpose, Role

_FLOOR = (Role.DESK, Role.CIRCULATION_LEAD)
_LEAD = (Role.CIRCULATION_LEAD,)
_OVERRIDERS = (Role.CIRCULATION_LEAD, Role.SUPERVISOR, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR)
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
_STANDING = frozenset({"standing"})
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
    _OVERRIDERS,
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
    DeskAsk("show notes", Action.VIEW, Purpose.SERVE, "notes", _NOTE_FIELDS, _OPEN, by="serving.serve"),
    DeskAsk(
        "lend or renew",
        Action.USE,
        Purpose.CIRCULATE,
        "registration",
        _STANDING,
        _IN_HAND,
        by="lending.check_out, lending.renew",
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
    _maintains("set a PIN", Action.CHANGE, "pins", frozenset({"hash"}), "cards.set_pin"),
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
        for series, fields in (("loans", LOAN_FIELDS), ("cards", _CARD), ("notes", _NOTE_FIELDS))
    ),
)


def panel_for(roles: Collection[str]) -> DeskAsk:
    """What to show of a patron to somebody with these roles. The door answers, not this choice."""
    on_the_floor = any(role in roles for role in _FLOOR)
    return REFERENCE_PANEL if Role.REFERENCE in roles and not on_the_floor else PANEL
