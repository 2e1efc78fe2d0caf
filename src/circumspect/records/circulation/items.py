"""Items as a scan meets them: what is known of one, and the statements that lending and returning share.

Source: ARCHITECTURE.md, "How patron information rests". Nothing here knows a patron but by links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.trust.door.house import House

SERIES = "loans"
LOAN_FIELDS = frozenset({"item", "due_at", "renewals", "branch", "state"})


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


class DayError(CirculationError):
    """A day or time that was given cannot be meant. Fit for a form.

    Attributes:
        field: "due_on" or "returned_at".
        reason: What to do instead.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


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
    title_id: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class LoanFacts:
    """A loan as it is stored: a link, and nobody's name. Prints as nothing."""

    item_id: int
    branch: str
    epoch: int
    link: bytes
    back: bytes
    due_at: int
    renewals: int
    rule: str
    state: str
    history: bytes | None = None


ITEM_COLUMNS = (
    "item.id, item.barcode, title.title, item.item_type_id, item.branch_id, item.collection_id, item.status,"
    " item.title_id"
)
LOAN_COLUMNS = (
    "loan.item_id, loan.branch, loan.epoch, loan.link, loan.back, loan.due_at, loan.renewals, loan.rule, loan.state,"
    " loan.history"
)
_ITEM = (
    f"SELECT {ITEM_COLUMNS} FROM catalog_item AS item JOIN catalog_title AS title ON title.id = item.title_id"
    " WHERE item.barcode = %s"
)
_ITEM_AND_LOAN = (
    f"SELECT {ITEM_COLUMNS}, {LOAN_COLUMNS} FROM catalog_item AS item"
    " JOIN catalog_title AS title ON title.id = item.title_id"
    " LEFT JOIN circulation_loan AS loan ON loan.item_id = item.id WHERE item.barcode = %s"
)
_TALLY = """
    INSERT INTO circulation_tally (day, branch, kind, item_type, collection, category, count)
    VALUES (%s, %s, %s, %s, %s, %s, 1)
    ON CONFLICT (day, branch, kind, item_type, collection, category)
    DO UPDATE SET count = circulation_tally.count + 1
"""
ITEM_WIDTH = 8


def item_of(row: Sequence[Any]) -> ItemFacts:
    """The item in the first columns of a row."""
    return ItemFacts(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6], row[7])


def loan_of(row: Sequence[Any]) -> LoanFacts | None:
    """The loan in the columns after an item's; None where it is not on loan."""
    item_id, branch, epoch, link, back, due_at, renewals, rule, state, history = row[ITEM_WIDTH:]
    if item_id is None:
        return None
    kept = bytes(history) if history is not None else None
    return LoanFacts(item_id, branch, epoch, bytes(link), bytes(back), due_at, renewals, rule, state, kept)


def find_item(cursor: Any, barcode: str) -> ItemFacts:
    """The item with this barcode. Raises NoSuchItemError."""
    cursor.execute(_ITEM, [barcode])
    row = cursor.fetchone()
    if row is None:
        raise NoSuchItemError
    return item_of(row)


def find_item_and_loan(cursor: Any, barcode: str) -> tuple[ItemFacts, LoanFacts | None]:
    """The item with this barcode, and its loan if it is out. Raises NoSuchItemError."""
    cursor.execute(_ITEM_AND_LOAN, [barcode])
    row = cursor.fetchone()
    if row is None:
        raise NoSuchItemError
    return item_of(row), loan_of(row)


def tally(cursor: Any, day: str, branch: str, kind: str, item: ItemFacts, category: str = "") -> None:
    """Count an event."""
    cursor.execute(_TALLY, [day, branch, kind, item.item_type, item.collection, category])


def set_status(cursor: Any, item_id: int, status: str) -> None:
    """Say where an item stands."""
    cursor.execute("UPDATE catalog_item SET status = %s WHERE id = %s", [status, item_id])


def loan_links(house: House, patron: int) -> list[bytes]:
    """The links under which a patron's loans can be found."""
    return list(house.vault.links(SERIES, patron).values())


def marks(values: Sequence[Any]) -> str:
    """As many placeholders as there are values."""
    return ", ".join(["%s"] * len(values))


@dataclass(frozen=True, slots=True)
class LoanCounts:
    """What is out over some links: in all, overdue, lost, claimed, and of one item type."""

    items_out: int = 0
    overdue: int = 0
    lost: int = 0
    claims: int = 0
    of_type: int = 0


def loan_counts(cursor: Any, links: Sequence[bytes], now: int, item_type: str = "") -> LoanCounts:
    """What is out, overdue, lost and claimed over these links, in one statement; and how much of one item type.

    The item type is only looked at where one is given: it costs a join.
    """
    if not links:
        return LoanCounts()
    join = " JOIN catalog_item AS item ON item.id = loan.item_id" if item_type else ""
    of_type = "sum(CASE WHEN item.item_type_id = %s THEN 1 ELSE 0 END)" if item_type else "0"
    cursor.execute(
        "SELECT count(*), sum(CASE WHEN loan.state = 'out' AND loan.due_at < %s THEN 1 ELSE 0 END),"
        " sum(CASE WHEN loan.state = 'lost' THEN 1 ELSE 0 END),"
        f" sum(CASE WHEN loan.state = 'claimed' THEN 1 ELSE 0 END), {of_type}"
        f" FROM circulation_loan AS loan{join} WHERE loan.link IN ({marks(links)})",
        [now, *([item_type] if item_type else []), *links],
    )
    return LoanCounts(*(int(count or 0) for count in cursor.fetchone()))
