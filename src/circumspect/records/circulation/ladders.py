"""What happens to late loans by themselves, and to claims: the ladder of ``stages``, worked through in pages.

    give_up_lost      out for too long: lost, and billed to whoever has it
    end_old_claims    said to be returned, and nobody found it for long: granted
    let_go_of_settled lost and paid for, or waived: nobody's loan any more
    renew_due         renewed by itself shortly before it is due, where the loan rule says so

Each may stop anywhere and be run again: a page is one transaction, and every change of a loan asks for
the state it was read in, so that nothing happens twice and nothing that came back meanwhile is billed. Whose
loan it is, is asked a page at a time, and only where something has to be written on a record.

Claims are taken and resolved at the desk.

Source: DOMAIN practice of lost, claimed and long overdue items; clauses TH-1.11, TH-1.13, TH-1.20.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records import barcodes
from circumspect.records.circulation import losses
from circumspect.records.circulation.conditions import conditions_of
from circumspect.records.circulation.items import (
    ITEM_COLUMNS,
    LOAN_COLUMNS,
    LOAN_FIELDS,
    SERIES,
    ItemFacts,
    LoanFacts,
    NotOutError,
    find_item_and_loan,
    item_of,
    loan_links,
    loan_of,
    set_status,
)
from circumspect.records.circulation.lending import NotCheckedOut, Renewals
from circumspect.records.circulation.rulebook import RULE_BOOK, ladder_of, limits_of, setting, zone_of
from circumspect.records.circulation.rules import LEADS, STOP_WORDS, Hindrance, Stop, Stopped
from circumspect.records.circulation.stages import Event, NotPossibleError, Stage, next_stage, stage_of
from circumspect.records.fees import charging
from circumspect.records.fees.rules import FeeKind
from circumspect.records.holds import shelf
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.vault import Link
from circumspect.trust.vault.wiping import wipe_log_soon

CIRCULATION_JOB = Actor(ActorKind.JOB, "circulation")
# So many loans are asked about and changed together.
_PAGE = 200
_DAY = 86400
_RENEWAL_FIELDS = frozenset({"due_at", "renewals"})

_Row = tuple[ItemFacts, LoanFacts]


@dataclass(frozen=True, slots=True)
class LadderRound:
    """What one round did, as counts."""

    given_up: int
    billed_cents: int
    claims_ended: int
    settled: int
    renewed: int


def run(house: House) -> LadderRound:
    """One round of everything; the library does this once a day.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    settled = let_go_of_settled(house)
    ended = end_old_claims(house)
    renewed = renew_due(house)
    given_up, cents = give_up_lost(house)
    return LadderRound(given_up, cents, ended, settled, renewed)


# lost


def give_up_lost(house: House) -> tuple[int, int]:
    """Give up what has been out for too long, and bill it; how many loans, and how many cents.

    A loan of somebody who has been forgotten, or whose epoch is over, is given up and let go: there is nobody to bill.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    _permit(house)
    soonest = _soonest_lost_days(house)
    if not soonest:
        return 0, 0
    now, today = house.second(), house.today()
    count = cents = 0
    # A day to spare: what counts is days of the calendar, and some are an hour longer.
    for page in _pages("loan.state = 'out' AND loan.due_at < %s", [now - (soonest - 1) * _DAY]):
        over = [row for row in page if _at_night(house, row[1], row[0], today) is Stage.LOST]
        if not over:
            continue
        whose = _whose_to_bill(house, [loan for _, loan in over])
        with transaction.atomic(), connection.cursor() as cursor:
            for (item, loan), patron in zip(over, whose, strict=True):
                billed = give_up(house, cursor, item, loan, patron, today)
                if billed is not None:
                    count, cents = count + 1, cents + billed
    return count, cents


def _soonest_lost_days(house: House) -> int:
    """After how many days past due anything at all is given up; 0 for never."""
    days = [ladder_of(house, terms).lost_days for terms in (*RULE_BOOK.all(), None)]
    return min((each for each in days if each), default=0)


def give_up(
    house: House, cursor: Any, item: ItemFacts, loan: LoanFacts, patron: int | None, today: dt.date
) -> int | None:
    """Give one loan up as lost, within the caller's transaction and after the door was asked.

    Returns:
        Cents billed; None where the loan is not what it was.
    """
    if patron is None:
        if not _end(cursor, loan):
            return None
        set_status(cursor, item.id, "lost")
        return 0
    cursor.execute(
        "UPDATE circulation_loan SET state = 'lost' WHERE item_id = %s AND link = %s AND due_at = %s AND state = 'out'",
        [loan.item_id, loan.link, loan.due_at],
    )
    if cursor.rowcount != 1:
        return None
    set_status(cursor, item.id, "lost")
    bill = losses.bill_of(cursor, item, loan)
    for kind, cents in ((FeeKind.LOST, bill.replacement_cents), (FeeKind.PROCESSING, bill.processing_cents)):
        if cents:
            charging.charge(
                house, cursor, patron, kind, cents, branch=loan.branch, item_id=item.id, today=today
            )
    return bill.replacement_cents + bill.processing_cents


def let_go_of_settled(house: House) -> int:
    """End lost loans for which nothing is owed any more: whose they were is forgotten; how many.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    _permit(house)
    count = 0
    for page in _pages("loan.state = 'lost'", []):
        with transaction.atomic(), connection.cursor() as cursor:
            for item, loan in page:
                if losses.is_settled(cursor, item, loan):
                    count += _end(cursor, loan)
    return count


# claims


@dataclass(frozen=True, slots=True)
class Claimed:
    """The patron's word is noted.

    Attributes:
        claims: How many of their claims are open now.
        credited_cents: What was credited, where the item had been given up as lost.
    """

    item: ItemFacts
    claims: int
    credited_cents: int


def claim_returned(
    house: House,
    actor: Actor,
    patron: int,
    scan: str,
    *,
    circumstance: Circumstance = Circumstance.OPEN_TRANSACTION,
    override: Reason | None = None,
) -> Claimed | NotCheckedOut:
    """Note that a patron says an item came back. The loan stays theirs until that is resolved.

    Args:
        override: Why a further claim is taken beyond the limit; the door is then asked for that right.

    Raises:
        NoSuchItemError: No item has this barcode.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.OVERRIDE if override else Purpose.CIRCULATE,
        series=SERIES,
        subjects=(patron,),
        fields={"item", "state"},
        circumstance=circumstance,
        reason=override,
    )
    links = loan_links(house, patron)
    limit = limits_of(house).claims
    with transaction.atomic(), connection.cursor() as cursor:
        item, loan = find_item_and_loan(cursor, barcode)
        if loan is None or loan.link not in links:
            return _not_possible(item, Stop.NOT_THEIRS)
        claims = conditions_of(house, cursor, patron).claims
        if 0 < limit <= claims and override is None:
            return _not_possible(item, Stop.TOO_MANY_CLAIMS, LEADS)
        try:
            next_stage(stage_of(loan.state, 0, is_overdue=False), Event.CLAIM)
        except NotPossibleError:
            return _not_possible(item, Stop.CLAIMED_OR_LOST)
        cursor.execute(
            "UPDATE circulation_loan SET state = 'claimed' WHERE item_id = %s AND link = %s",
            [item.id, loan.link],
        )
        set_status(cursor, item.id, "claimed_returned")
        credited = 0
        if loan.state == "lost":
            credited = charging.forgive_for_item(cursor, item.id, losses.BILLED, house.today())
    return Claimed(item, claims + 1, credited)


def resolve_claim(
    house: House,
    actor: Actor,
    scan: str,
    *,
    granted: bool,
    circumstance: Circumstance = Circumstance.ITEM_SCANNED,
) -> ItemFacts:
    """End a claim without the item: grant it (the item is missing, and whose it was is forgotten), or not (it is out).

    Whose claim it is is neither asked nor shown. An item that turns up is simply checked in.

    Raises:
        NoSuchItemError: No item has this barcode.
        NotOutError: It is not said to be returned.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    barcode = barcodes.normalise(scan)
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=SERIES,
        fields=LOAN_FIELDS,
        circumstance=circumstance,
    )
    with transaction.atomic(), connection.cursor() as cursor:
        item, loan = find_item_and_loan(cursor, barcode)
        if loan is None or loan.state != "claimed":
            raise NotOutError
        if granted:
            _grant(cursor, item, loan)
        else:
            cursor.execute("UPDATE circulation_loan SET state = 'out' WHERE item_id = %s", [item.id])
            set_status(cursor, item.id, "on_loan")
    return item


def end_old_claims(house: House) -> int:
    """Grant claims that nobody resolved in the library's time for it; how many. No link hangs on an open question.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    _permit(house)
    today = house.today()
    count = 0
    for page in _pages("loan.state = 'claimed'", []):
        over = [row for row in page if _at_night(house, row[1], row[0], today) is Stage.GIVEN_UP]
        with transaction.atomic(), connection.cursor() as cursor:
            count += sum(_grant(cursor, item, loan) for item, loan in over)
    return count


def _grant(cursor: Any, item: ItemFacts, loan: LoanFacts) -> bool:
    if not _end(cursor, loan):
        return False
    set_status(cursor, item.id, "missing")
    shelf.release(cursor, item.id)
    return True


# renewed by itself


def renew_due(house: House, days_before: int | None = None) -> int:
    """Renew what falls due within so many days, where its rule says so and nothing stands against it; how many.

    Args:
        days_before: None takes ``[circulation] renew_days_before`` of config.toml, 2 where it does not say.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    names = [terms.name for terms in RULE_BOOK.all() if terms.auto_renew]
    if not names:
        return 0
    days = setting(house.home, "renew_days_before", 2) if days_before is None else days_before
    now = house.second()
    until = now + days * _DAY
    where = f"loan.state = 'out' AND loan.due_at >= %s AND loan.due_at < %s AND loan.rule IN ({', '.join(['%s'] * len(names))})"
    done: set[int] = set()
    for page in _pages(where, [now, until, *names]):
        # What a short rule moved on within the span is not renewed a second time in one round.
        rows = [row for row in page if row[0].id not in done]
        if rows:
            done |= _renew_page(house, rows)
    return len(done)


def _renew_page(house: House, rows: Sequence[_Row]) -> set[int]:
    parts = [
        Part(Action.USE, Purpose.CIRCULATE, REGISTRATION, (), frozenset({"standing"})),
        Part(Action.CHANGE, Purpose.CIRCULATE, SERIES, (), _RENEWAL_FIELDS),
    ]
    whose, openings = house.door.ask_all_by_links(
        CIRCULATION_JOB,
        parts,
        circumstance=Circumstance.SCHEDULED,
        links=[_link(loan) for _, loan in rows],
        link_series=SERIES,
    )
    done: set[int] = set()
    if not openings:
        return done
    standings = {
        record.patron: record.standing for record in read(openings[0], openings[0].subjects, ["standing"])
    }
    for (item, loan), patron in zip(rows, whose, strict=True):
        if patron is None or patron not in standings:
            continue
        # By the branch that lent it: nobody stands at another one.
        renewals = Renewals(
            house, CIRCULATION_JOB, patron, standings[patron], loan.branch, Circumstance.SCHEDULED
        )
        with transaction.atomic(), connection.cursor() as cursor:
            answer = renewals.renew(cursor, item, loan, conditions_of(house, cursor, patron), only_auto=True)
        if not isinstance(answer, NotCheckedOut):
            done.add(item.id)
    return done


# helpers


def _permit(house: House) -> None:
    house.door.permit(
        CIRCULATION_JOB,
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        series=SERIES,
        fields=LOAN_FIELDS,
        circumstance=Circumstance.SCHEDULED,
    )


def _pages(where: str, values: Sequence[Any]) -> Iterator[list[_Row]]:
    """Loans in the order of their due times, a page at a time, each page read afresh behind the last."""
    due, item = -1, -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {ITEM_COLUMNS}, {LOAN_COLUMNS} FROM circulation_loan AS loan"
                " JOIN catalog_item AS item ON item.id = loan.item_id"
                " JOIN catalog_title AS title ON title.id = item.title_id"
                f" WHERE {where} AND (loan.due_at, loan.item_id) > (%s, %s)"
                " ORDER BY loan.due_at, loan.item_id LIMIT %s",
                [*values, due, item, _PAGE],
            )
            rows = cursor.fetchall()
        page = [(item_of(row), loan) for row in rows if (loan := loan_of(row)) is not None]
        if not page:
            return
        due, item = page[-1][1].due_at, page[-1][1].item_id
        yield page


def _at_night(house: House, loan: LoanFacts, item: ItemFacts, today: dt.date) -> Stage:
    """Where a night takes a loan."""
    days = (today - dt.datetime.fromtimestamp(loan.due_at, zone_of(house)).date()).days
    ladder = ladder_of(house, RULE_BOOK.named(loan.rule, item.item_type, loan.branch))
    stage = stage_of(loan.state, days, is_overdue=loan.due_at < house.second(), ladder=ladder)
    return next_stage(stage, Event.NIGHT, days, ladder)[0]


def _whose_to_bill(house: House, loans: Sequence[LoanFacts]) -> list[int | None]:
    whose, _openings = house.door.ask_all_by_links(
        CIRCULATION_JOB,
        [Part(Action.CHANGE, Purpose.CIRCULATE, charging.SERIES, (), charging.FEE_FIELDS)],
        circumstance=Circumstance.SCHEDULED,
        links=[_link(loan) for loan in loans],
        link_series=SERIES,
    )
    return whose


def _end(cursor: Any, loan: LoanFacts) -> bool:
    """Let a loan go, and with it whose it was; False where it is not what it was."""
    cursor.execute(
        "DELETE FROM circulation_loan WHERE item_id = %s AND link = %s AND state = %s",
        [loan.item_id, loan.link, loan.state],
    )
    wipe_log_soon(DEFAULT_DB_ALIAS)
    return bool(cursor.rowcount == 1)


def _link(loan: LoanFacts) -> Link:
    return Link(loan.epoch, loan.link, loan.back)


def _not_possible(item: ItemFacts, stop: Stop, roles: frozenset[str] = frozenset()) -> NotCheckedOut:
    return NotCheckedOut(item, Stopped((Hindrance(stop, STOP_WORDS[stop], roles),)))
