"""What the tables of the second policy are made of: cells, and names for groups of fields.

Each part of the house has a table of its own (``reference_<part>.py``), and ``reference_model`` joins
them. None shares code with ``circumspect.trust.policy`` but the vocabulary of the request.
"""

from __future__ import annotations

from dataclasses import dataclass

from circumspect.trust.policy.request import (
    Action,
    Circumstance,
    Purpose,
    Reason,
)

NAMES = {"given_name", "family_name"}
ADDRESS = {"street", "city", "region", "postcode"}
REACH = {"phone", "email"}
ADULT = {"adult_name", "adult_contact"}
SENSITIVE = {"driver_licence", "sex"}
EDITABLE = (
    NAMES
    | ADDRESS
    | REACH
    | ADULT
    | {"birth_date", "language", "notice_channel", "notice_titles"}
    | {"id_seen_on", "address_checked_on", "balance", "standing"}
)
WHOLE = EDITABLE | SENSITIVE
PANEL = NAMES | REACH | {"standing", "balance", "language"}
CARD = {"barcode", "status"}
NOTE = {"kind", "text", "expires_on"}
PIN = {"hash"}
LOAN = {"item", "due_at", "renewals", "branch", "state"}
HOLD = {"title", "item", "pickup_branch", "state", "placed_on", "expires_on", "pickup_code"}
ILL = {"citation", "state", "lender", "due_at", "pickup_branch"}
FEE = {"kind", "amount", "outstanding", "day", "item"}
SEAT = {"seat", "area", "starts_at", "ends_at", "state"}
PASSKEY = {"key", "name", "month"}
READING = {"titles", "choice"}
PERMISSION = {"name", "scope", "ends_on"}
NOTICE = {"kind", "sent_on", "channel"}
LETTER = {"message", "sender", "attachment"}
CASE = {"intake", "steps", "papers", "packet"}
PRESERVED = {"content"}
RECORDS_REQUEST = {"request"}
LOOKS = {"looks"}
EVERY_SERIES = {"registration": WHOLE, "cards": CARD, "notes": NOTE, "pins": PIN, "loans": LOAN}
KNOWN = {
    **EVERY_SERIES,
    "holds": HOLD,
    "ill": ILL,
    "fees": FEE,
    "computers": SEAT,
    "passkeys": PASSKEY,
    "reading": READING,
    "permissions": PERMISSION,
    "notices": NOTICE,
    "inquiries": LETTER,
    "public mail": LETTER,
    "newsletter": {"address"},
    "forms": {"words", "class"},
    "cases": CASE,
    "preserved": PRESERVED,
    "records requests": RECORDS_REQUEST,
    "incidents": {"account", "description", "identity", "appeal", "measure"},
    "ledger": LOOKS,
}

V, U, C, E = Action.VIEW, Action.USE, Action.CHANGE, Action.ERASE
P, N = Purpose, Circumstance

FACING = frozenset({N.CARD_SCANNED, N.OPEN_TRANSACTION, N.UNEXPLAINED})
LENDING = FACING | {N.ITEM_SCANNED}
SEARCHING = frozenset({N.NAME_SEARCH, N.REGISTRATION})
ANY_COUNT = range(1, 51)
ONE = range(1, 2)
UNBOUNDED = range(1, 2**62)


@dataclass(frozen=True)
class Cell:
    """What one who may do, with what, when."""

    who: frozenset[str]  # roles of staff, or the kind of another principal
    purpose: Purpose
    actions: frozenset[Action]
    reach: dict[str, set[str]]  # series -> fields
    when: frozenset[Circumstance]
    count: range = ONE
    only_for: Reason | None = None
    needs_role: bool = True  # False: whoever is of that kind, with a role or without


def cell(
    who: str,
    purpose: Purpose,
    actions: tuple[Action, ...],
    reach: dict[str, set[str]],
    when: frozenset[Circumstance],
    **more: object,
) -> Cell:
    return Cell(frozenset(who.split()), purpose, frozenset(actions), reach, frozenset(when), **more)  # type: ignore[arg-type]


FLOOR = "desk circulation_lead"
OVERRIDERS = "circulation_lead supervisor deputy_director executive_director"
SIGNED_IN = frozenset({N.OWN_SIGN_IN})
WORKS_ALONE = frozenset({N.SCHEDULED})
