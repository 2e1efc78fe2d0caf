"""What a machine is told of the patron before it: asked for at the door, field by field, and no more.

One question for each answer: every series with exactly the fields that go out, in one durable entry each.
What only decides a flag is asked for as used and not shown. Whoever gave no PIN is told what is harmless.

The flags are the standard's fourteen; they follow from the blocks in effect, and say of none why.

Source: clauses MP-3.6, MP-4.4, MP-7.14; SIP2 2.00, "patron status"; DOMAIN practice of blocks.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from circumspect.offices.terminals.accounts import Account
from circumspect.offices.terminals.profiles import HARMLESS, SOURCES
from circumspect.records.catalog.facts import ItemRecord
from circumspect.records.circulation import lending
from circumspect.records.circulation.conditions import conditions_of
from circumspect.records.circulation.rulebook import RULE_BOOK, limits_of
from circumspect.records.fees import charging
from circumspect.records.holds import placing, shelf
from circumspect.records.patrons.conditions import Conditions, Limits, effective_blocks
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import Record, read
from circumspect.records.patrons.standing import BLOCK_RULES, Act, BlockKind, Standing
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Circumstance, MachineRole, Purpose

LOANS, HOLDS, FEES = lending.SERIES, shelf.SERIES, charging.SERIES
# More than a screen can show; whoever has more is counted, and listed by ranges.
LONGEST_LIST = 400
# What the rules of lending need; where it is not shown, it is used.
_DECIDES = {LOANS: frozenset({"due_at", "state"}), FEES: frozenset({"outstanding"})}
_LISTS = {"AS": HOLDS, "CD": HOLDS, "AT": LOANS, "AU": LOANS, "AV": FEES}


@dataclass(frozen=True, slots=True)
class Range:
    """Which lines of a list are wanted: from ``first``, 1 for the start, to ``last``; 0 for the end."""

    first: int = 1
    last: int = 0

    @property
    def limit(self) -> int:
        """How many lines at most."""
        wanted = LONGEST_LIST if self.last < 1 else self.last - self.first + 1
        return max(0, min(LONGEST_LIST, wanted))


@dataclass(frozen=True, slots=True, repr=False)
class OwedLine:
    """One fee: a number to pay it by, what for, how much. No item."""

    id: int
    kind: str
    cents: int


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What goes out. Prints as nothing.

    Attributes:
        flags: Fourteen signs, Y or blank.
        fields: By their SIP2 letters, as text.
        counts: By their names in ``profiles``.
        items: Barcodes of the list asked for; titles are on no list.
        owed: The list of fees, where that was asked for.
    """

    flags: str
    fields: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    items: tuple[str, ...] = ()
    owed: tuple[OwedLine, ...] = ()


def tell(
    house: House,
    account: Account,
    patron: int,
    circumstance: Circumstance,
    *,
    carries: Collection[str],
    wanted_list: str = "",
    lines: Range = Range(),
) -> Told:
    """Open what this machine may be told of a patron, and no more.

    Args:
        circumstance: CARD_AND_PIN, or CARD_SCANNED where no PIN was given.
        carries: The fields that the answer has room for.
        wanted_list: Such as "AU", "" for none; told only where it is on the machine's list.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    may = account.fields if circumstance is Circumstance.CARD_AND_PIN else account.fields & HARMLESS
    told = {code for code in may & SOURCES.keys() & set(carries) if code not in _LISTS or code == wanted_list}
    shown = _shown_fields(told)
    whose = (patron,)
    parts = [
        Part(Action.VIEW, Purpose.MACHINE, series, whose, frozenset(names)) for series, names in shown.items()
    ]
    parts += [
        Part(Action.USE, Purpose.MACHINE, series, whose, names)
        for series, names in _DECIDES.items()
        if series not in shown
    ]
    openings = house.door.ask_all(account.actor, parts, circumstance=circumstance)
    record = read(openings[0], whose, sorted(shown[REGISTRATION]))[0]
    standing = record.standing
    limits = limits_of(house)
    with connection.cursor() as cursor:
        conditions = conditions_of(house, cursor, patron)
        by_state = _holds_by_state(house, cursor, patron) if HOLDS in shown else {}
        items = _items(house, cursor, patron, wanted_list, lines) if wanted_list in told else ()
        owed = _owed(house, cursor, patron, lines) if wanted_list == "AV" and "AV" in told else ()
        fines = _count_owed(house, cursor, patron) if "count-fines" in told else 0
    most_out = RULE_BOOK.closest(standing.category, "", account.branch).max_items
    blocks = effective_blocks(standing, conditions, limits, house.today())
    ready = by_state.get("on_shelf", 0)
    counts = {
        "count-holds": ready,
        "count-unavailable": sum(by_state.values()) - ready,
        "count-overdue": conditions.overdue,
        "count-charged": conditions.items_out,
        "count-fines": fines,
    }
    return Told(
        flags(
            blocks,
            conditions,
            most_out,
            at_computers=account.profile.role is MachineRole.PC_RESERVATION,
            lends=account.profile.role is MachineRole.SELF_CHECK,
        ),
        _texts(told, record, standing, conditions, limits, most_out),
        {code: counts[code] for code in counts if code in told},
        items,
        owed,
    )


def _shown_fields(told: Collection[str]) -> dict[str, set[str]]:
    """What is opened to be shown, by series; the standing always: validity is told in every answer."""
    shown: dict[str, set[str]] = {REGISTRATION: {"standing"}}
    for code in told:
        series, names = SOURCES[code]
        shown.setdefault(series, set()).update(names)
    return shown


# flags


def flags(
    blocks: Collection[BlockKind],
    conditions: Conditions,
    most_out: int,
    *,
    at_computers: bool = False,
    lends: bool = True,
) -> str:
    """The fourteen signs of the standard's patron status.

    Args:
        at_computers: The machine gives out computers and lends nothing: "charge privileges denied" then
            says whether a computer may be used.
        lends: It lends the library's items, whose number has a limit; a vendor of electronic books does not.
    """
    stopped = {act for kind in blocks for act in BLOCK_RULES[kind].stops}
    signs = (
        (Act.COMPUTER if at_computers else Act.CHECK_OUT) in stopped,
        Act.RENEW in stopped,
        Act.HOLD in stopped,  # recalls go with holds: this house has none of its own
        Act.HOLD in stopped,
        BlockKind.CARD_LOST in blocks,
        lends and conditions.items_out >= most_out,
        BlockKind.TOO_MANY_OVERDUE in blocks,
        False,
        BlockKind.TOO_MANY_CLAIMS in blocks,
        BlockKind.LOST_ITEM in blocks,
        BlockKind.OWES in blocks,
        False,
        False,
        False,
    )
    return "".join("Y" if sign else " " for sign in signs)


NOBODY = "YYYY" + " " * 10
CARD_LOST = "YYYYY" + " " * 9


# texts


def _texts(
    told: Collection[str],
    record: Record,
    standing: Standing,
    conditions: Conditions,
    limits: Limits,
    most_out: int,
) -> dict[str, str]:
    """Each field that is told, as text."""
    found = {"BL": "Y"}
    if "AE" in told:
        found["AE"] = record["given_name"]
    if "BV" in told:
        found["BV"] = money(conditions.owed_cents)
    if "CC" in told and limits.owes_cents:
        found["CC"] = money(limits.owes_cents)
    if "BZ" in told:
        found["BZ"] = f"{min(9999, _most_holds(standing.category)):04d}"
    if "CB" in told:
        found["CB"] = f"{min(9999, most_out):04d}"
    if "PA" in told and standing.expires_on:
        found["PA"] = f"{standing.expires_on:%Y%m%d}"
    if "PC" in told:
        found["PC"] = standing.category
    if "AQ" in told:
        found["AQ"] = standing.branch
    if "PB" in told and (born := record.date("birth_date")):
        found["PB"] = f"{born:%Y%m%d}"
    if "language" in told:
        found["language"] = record["language"]
    return {code: text for code, text in found.items() if code in told}


_LIMITS_SECONDS = 5.0
_limits_kept: dict[str, tuple[float, int]] = {}


def _most_holds(category: str) -> int:
    """How many holds this category may have, kept for some seconds like the loan rules."""
    kept = _limits_kept.get(category)
    if kept is None or time.monotonic() - kept[0] > _LIMITS_SECONDS:
        kept = _limits_kept[category] = (time.monotonic(), placing.most_holds(category))
    return kept[1]


def money(cents: int) -> str:
    """Whole cents as machines write them."""
    return f"{cents // 100}.{cents % 100:02d}"


# counts and lists, after the door


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _links(house: House, series: str, patron: int) -> list[bytes]:
    return list(house.vault.links(series, patron).values())


def _holds_by_state(house: House, cursor: Any, patron: int) -> dict[str, int]:
    links = _links(house, HOLDS, patron)
    if not links:
        return {}
    cursor.execute(
        f"SELECT state, count(*) FROM holds_hold WHERE link IN ({_marks(links)}) GROUP BY state", links
    )
    return {state: int(count) for state, count in cursor.fetchall()}


def _items(house: House, cursor: Any, patron: int, wanted: str, lines: Range) -> tuple[str, ...]:
    """Barcodes of one list. Who waits for any copy of a title has no barcode: that is counted, and not listed."""
    if wanted not in ("AS", "CD", "AT", "AU"):
        return ()
    links = _links(house, _LISTS[wanted], patron)
    if not links:
        return ()
    values: list[Any] = [*links]
    if wanted in ("AS", "CD"):
        ready = "=" if wanted == "AS" else "<>"
        statement = (
            "SELECT item.barcode FROM holds_hold AS hold JOIN catalog_item AS item"
            " ON item.id = coalesce(hold.copy_id, hold.item_id)"
            f" WHERE hold.link IN ({_marks(links)}) AND hold.state {ready} 'on_shelf' ORDER BY hold.id"
        )
    else:
        late = ""
        if wanted == "AT":
            late = " AND loan.state <> 'lost' AND loan.due_at < %s"
            values.append(house.second())
        statement = (
            "SELECT item.barcode FROM circulation_loan AS loan JOIN catalog_item AS item ON item.id = loan.item_id"
            f" WHERE loan.link IN ({_marks(links)}){late} ORDER BY loan.due_at, item.barcode"
        )
    cursor.execute(f"{statement} LIMIT %s OFFSET %s", [*values, lines.limit, max(0, lines.first - 1)])
    return tuple(row[0] for row in cursor.fetchall())


def _owed(house: House, cursor: Any, patron: int, lines: Range) -> tuple[OwedLine, ...]:
    links = _links(house, FEES, patron)
    if not links:
        return ()
    cursor.execute(
        f"SELECT id, kind, outstanding FROM fees_line WHERE link IN ({_marks(links)}) AND state = 'open'"
        " ORDER BY day, id LIMIT %s OFFSET %s",
        [*links, lines.limit, max(0, lines.first - 1)],
    )
    return tuple(OwedLine(int(row[0]), row[1], int(row[2])) for row in cursor.fetchall())


def _count_owed(house: House, cursor: Any, patron: int) -> int:
    links = _links(house, FEES, patron)
    if not links:
        return 0
    cursor.execute(
        f"SELECT count(*) FROM fees_line WHERE link IN ({_marks(links)}) AND state = 'open'", links
    )
    return int(cursor.fetchone()[0])


def waiting_for(house: House, item: ItemRecord) -> int:
    """How many people this copy could serve now. A number about a book: whose holds they are is not looked at."""
    with connection.cursor() as cursor:
        return shelf.others_wait(
            cursor, title_id=item.title_id, item_id=item.id, links=(), today=house.today()
        )


def hold_on(
    house: House,
    account: Account,
    patron: int,
    circumstance: Circumstance,
    title_id: int,
    item_id: int | None,
) -> int | None:
    """The patron's hold that is meant by a title or a copy, to be changed or taken back; None where none is.

    A hold on any copy comes first, unless one was placed on this very copy, or this copy was put aside for
    one. Of several holds on copies of a title, the title alone means none.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    house.door.ask(
        account.actor,
        action=Action.VIEW,
        purpose=Purpose.MACHINE,
        series=HOLDS,
        subjects=(patron,),
        fields={"item", "state"},
        circumstance=circumstance,
    )
    links = _links(house, HOLDS, patron)
    if not links:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, item_id, copy_id FROM holds_hold"
            f" WHERE link IN ({_marks(links)}) AND title_id = %s ORDER BY id",
            [*links, title_id],
        )
        rows = cursor.fetchall()
    this_copy = [row for row in rows if item_id is not None and item_id in (row[1], row[2])]
    any_copy = [row for row in rows if row[1] is None]
    meant = this_copy or any_copy or (rows if item_id is None and len(rows) == 1 else [])
    return int(meant[0][0]) if meant else None
