"""The policy a second time, as a table, by which the engine is judged.

Written from what each kind of work needs, not from the Cedar text: a cell says what one role may
do with one series for one purpose, and vetoes are plain Python. It shares no code with
``circumspect.trust.policy`` but the vocabulary of the request. Where engine and table differ,
one of them is wrong, and a person has to say which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import reference_cases
import reference_circulation
import reference_computers
import reference_counts
import reference_fees
import reference_holds
import reference_incidents
import reference_inquiries
import reference_keeping
import reference_notices
import reference_offline
import reference_own_pages
import reference_retention
import reference_review
import reference_terminals
import reference_upkeep
from reference_cells import (
    ADULT,
    ANY_COUNT,
    CARD,
    EDITABLE,
    EVERY_SERIES,
    FACING,
    FLOOR,
    KNOWN,
    LENDING,
    LOAN,
    LOOKS,
    NAMES,
    NOTE,
    OVERRIDERS,
    PANEL,
    PIN,
    REACH,
    SEARCHING,
    SENSITIVE,
    SIGNED_IN,
    UNBOUNDED,
    WHOLE,
    WORKS_ALONE,
    C,
    Cell,
    E,
    N,
    P,
    U,
    V,
    cell,
)

from circumspect.trust.policy.request import Action, ActorKind, Reason, Request

PARTS = (
    reference_cases,
    reference_circulation,
    reference_counts,
    reference_holds,
    reference_keeping,
    reference_incidents,
    reference_fees,
    reference_computers,
    reference_own_pages,
    reference_review,
    reference_inquiries,
    reference_retention,
    reference_notices,
    reference_offline,
    reference_terminals,
    reference_upkeep,
)

STAFF_TABLE: tuple[Cell, ...] = (
    *(row for part in PARTS for row in part.STAFF),
    # serving
    cell(FLOOR, P.SERVE, (V,), {"registration": PANEL}, FACING),
    cell(
        FLOOR,
        P.SERVE,
        (U,),
        {"registration": PANEL | {"notice_channel", "birth_date", "address_checked_on"}},
        FACING,
    ),
    cell(FLOOR, P.SERVE, (V, U), {"cards": CARD, "notes": NOTE}, FACING),
    cell(FLOOR, P.SERVE, (V, U), {"loans": LOAN}, LENDING),
    cell(
        "reference",
        P.SERVE,
        (V,),
        {"registration": NAMES | {"standing", "language"}},
        FACING - {N.UNEXPLAINED},
    ),
    cell("finance", P.SERVE, (V,), {"registration": {"balance"}}, FACING),
    # finding
    cell(
        FLOOR,
        P.FIND,
        (V, U),
        {"registration": NAMES | {"street", "standing", "language"}},
        SEARCHING,
        count=ANY_COUNT,
    ),
    # registering
    cell(
        FLOOR,
        P.REGISTER,
        (C,),
        {"registration": WHOLE, "cards": CARD, "notes": NOTE, "pins": PIN},
        frozenset({N.REGISTRATION}),
        count=ANY_COUNT,
    ),
    cell(
        FLOOR,
        P.REGISTER,
        (V, U),
        {"registration": EDITABLE, "cards": CARD},
        frozenset({N.REGISTRATION}),
        count=ANY_COUNT,
    ),
    # maintaining
    cell(FLOOR, P.MAINTAIN, (C,), {"registration": WHOLE, "cards": CARD, "notes": NOTE, "pins": PIN}, FACING),
    cell(FLOOR, P.MAINTAIN, (V, U), {"registration": EDITABLE, "cards": CARD, "notes": NOTE}, FACING),
    cell(
        FLOOR,
        P.MAINTAIN,
        (E,),
        {
            "registration": REACH | ADULT | SENSITIVE | {"language", "notice_channel", "notice_titles"},
            "notes": NOTE,
        },
        FACING,
    ),
    cell("circulation_lead privacy_in_charge", P.MAINTAIN, (V,), {"registration": SENSITIVE}, FACING),
    cell(
        "circulation_lead",
        P.MAINTAIN,
        (U, C, E),
        EVERY_SERIES,
        FACING,
        count=range(1, 3),
        only_for=Reason.DUPLICATE,
    ),
    # lending
    cell(
        FLOOR,
        P.CIRCULATE,
        (U,),
        {"registration": {"standing", "balance", "language"}, "cards": CARD},
        LENDING,
        count=ANY_COUNT,
    ),
    cell(FLOOR, P.CIRCULATE, (V, U), {"loans": LOAN}, LENDING),
    cell(FLOOR, P.CIRCULATE, (C, E), {"loans": LOAN}, LENDING, count=ANY_COUNT),
    cell(FLOOR, P.CIRCULATE, (C,), {"loans": LOAN}, frozenset({N.ITEM_SCANNED}), count=range(1)),
    cell(OVERRIDERS, P.OVERRIDE, (V,), {"registration": NAMES | {"standing", "balance"}}, LENDING),
    cell(OVERRIDERS, P.OVERRIDE, (U, C), {"registration": {"standing", "balance"}, "loans": LOAN}, LENDING),
    # forgetting and watching
    cell(
        "circulation_lead",
        P.FORGET,
        (E,),
        {"registration": WHOLE, "cards": CARD, "notes": NOTE, "pins": PIN},
        FACING,
    ),
    cell(
        "privacy_in_charge deputy_director executive_director",
        P.REVIEW,
        (V, U),
        {"ledger": LOOKS},
        frozenset({N.SCHEDULED, N.CASE, N.UNEXPLAINED}),
        count=ANY_COUNT,
    ),
)

OTHERS_TABLE: tuple[Cell, ...] = (
    *(row for part in PARTS for row in part.OTHERS),
    cell(
        "patron",
        P.OWN_RECORD,
        (V, U),
        {"registration": WHOLE, "cards": CARD, "notes": NOTE, "loans": LOAN, "ledger": LOOKS},
        SIGNED_IN,
    ),
    cell(
        "patron",
        P.OWN_RECORD,
        (C,),
        {"registration": REACH | {"language", "notice_channel", "notice_titles"}, "pins": PIN},
        SIGNED_IN,
    ),
    cell("patron", P.OWN_RECORD, (E,), {"registration": REACH}, SIGNED_IN),
    cell("patron", P.SIGN_IN, (U,), {"pins": PIN}, frozenset({N.CARD_SCANNED, N.OWN_SIGN_IN})),
    cell("terminal", P.SIGN_IN, (U,), {"pins": PIN}, frozenset({N.CARD_SCANNED})),
    cell(
        "job",
        P.IMPORT,
        (C,),
        {"registration": WHOLE, "cards": CARD, "notes": NOTE, "loans": LOAN},
        WORKS_ALONE,
        count=UNBOUNDED,
    ),
    cell(
        "job",
        P.ROTATE_KEYS,
        (U,),
        {"registration": NAMES | REACH | {"birth_date"}, "cards": {"barcode"}},
        WORKS_ALONE,
        count=UNBOUNDED,
    ),
    cell("job", P.FORGET, (E,), EVERY_SERIES, WORKS_ALONE, count=UNBOUNDED),
)


def is_staff(r: Request) -> bool:
    return r.actor.kind is ActorKind.STAFF


def counts_nobody(r: Request) -> bool:
    taking_back = (r.subjects, r.action, r.series, r.circumstance) == (0, C, "loans", N.ITEM_SCANNED)
    return not r.fields or (r.subjects <= 0 and not taking_back)


def loans_out_of_the_blue(r: Request) -> bool:
    explained = r.circumstance in LENDING - {N.UNEXPLAINED}
    return (
        is_staff(r)
        and r.series == "loans"
        and not explained
        and not (r.circumstance is N.UNEXPLAINED and r.reason)
        and not (r.circumstance is N.LIST and r.purpose is P.LISTS)
        and not reference_offline.brings_what_was_in_hand(r)
        and not (r.circumstance is N.CASE and (r.action, r.purpose) in CASE_WORK)
    )


CASE_WORK = {(Action.DISCLOSE, P.DISCLOSE), (Action.PRESERVE, P.PRESERVE)}
OWN_CARD_PURPOSES = {P.SERVE, P.REGISTER, P.MAINTAIN, P.OVERRIDE, P.SETTLE}

VETOES: dict[str, Callable[[Request], bool]] = {
    "names-nothing": counts_nobody,
    "inactive-actor": lambda r: not r.actor.active,
    "policy-not-signed": lambda r: (
        is_staff(r)
        and (not r.version_in_force or r.actor.signed_version != r.version_in_force)
        and not reference_cases.writes_a_request_down(r)
    ),
    "trustees-open-nothing": lambda r: is_staff(r) and "trustee" in r.actor.roles,
    "pin-is-never-shown": lambda r: (
        r.series == "pins" and r.action in {V, Action.DISCLOSE, Action.PRESERVE, Action.EXPORT}
    ),
    "passkey-is-never-shown": lambda r: (
        r.series == "passkeys"
        and "key" in r.fields
        and r.action in {V, Action.DISCLOSE, Action.PRESERVE, Action.EXPORT}
    ),
    "own-card": lambda r: is_staff(r) and r.own_staff_record and r.purpose in OWN_CARD_PURPOSES,
    "nobody-elses-record": lambda r: (
        r.actor.kind is ActorKind.PATRON and not (r.own_record and r.subjects == 1)
    ),
    "not-who-it-says": lambda r: (
        (r.own_record and r.actor.kind is not ActorKind.PATRON) or (r.own_staff_record and not is_staff(r))
    ),
    "unexplained-needs-reason": lambda r: (
        is_staff(r) and r.circumstance is N.UNEXPLAINED and r.reason is None
    ),
    "loans-need-a-scan": loans_out_of_the_blue,
    "too-many-at-once": lambda r: is_staff(r) and r.subjects > 50,
    "emergency-says-who-and-no-more": reference_cases.tells_more_than_who,
    "preserved-stays-sealed": reference_keeping.opens_what_is_set_aside_without_process,
    "no-collection-agency": reference_fees.tells_somebody_outside_who_owes,
    "override-needs-reason": lambda r: is_staff(r) and r.purpose is P.OVERRIDE and r.reason is None,
}


@dataclass(frozen=True)
class Expected:
    """What the table says: allowed or not, and which vetoes speak."""

    allowed: bool
    vetoes: frozenset[str]


def expected(request: Request, fields_on: frozenset[str] = frozenset()) -> Expected:
    """Return the table's answer to a well-formed request."""
    if request.series not in KNOWN:
        return Expected(allowed=False, vetoes=frozenset())
    vetoes = {name for name, speaks in VETOES.items() if speaks(request)}
    if (
        request.series == "registration"
        and request.action is not E
        and request.fields & (SENSITIVE - fields_on)
    ):
        vetoes.add("field-switched-off")
    return Expected(not vetoes and _granted(request), frozenset(vetoes))


def _granted(request: Request) -> bool:
    staff = is_staff(request)
    who = request.actor.roles if staff else {str(request.actor.kind)}
    if request.actor.kind is ActorKind.TERMINAL:
        who = who | request.actor.roles  # what a machine may do follows from its profile
    return any(
        (cell.who & who or not cell.needs_role)
        and cell.purpose is request.purpose
        and request.action in cell.actions
        and request.fields <= cell.reach.get(request.series, set())
        and request.circumstance in cell.when
        and request.subjects in cell.count
        and cell.only_for in (None, request.reason)
        for cell in (STAFF_TABLE if staff else OTHERS_TABLE)
    )
