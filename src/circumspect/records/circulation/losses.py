"""What a lost item costs by its rule, and whether that is settled.

A lost loan keeps its link until what was billed for it is paid, waived or written off; then it ends. Where
the rule bills nothing there is nothing to settle: the loan stays lost until the item comes back.

Source: DOMAIN practice of lost items ("allow zero fines and still block for lost items"); clause TH-1.20.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from circumspect.records.circulation.items import (
    ITEM_COLUMNS,
    LOAN_COLUMNS,
    ItemFacts,
    LoanFacts,
    item_of,
    loan_of,
    marks,
)
from circumspect.records.circulation.rulebook import RULE_BOOK
from circumspect.records.circulation.rules import Bill, bill_by
from circumspect.records.fees import charging
from circumspect.records.fees.rules import FeeKind

# What ends with the finding of a lost item.
BILLED = (FeeKind.LOST, FeeKind.PROCESSING)


def bill_of(cursor: Any, item: ItemFacts, loan: LoanFacts) -> Bill:
    """What is billed for this loan when its item is given up: by its rule, or the item's or its type's price."""
    cursor.execute(
        "SELECT coalesce(item.replacement_cents, kind.replacement_cents) FROM catalog_item AS item"
        " JOIN catalog_itemtype AS kind ON kind.code = item.item_type_id WHERE item.id = %s",
        [item.id],
    )
    price = int(cursor.fetchone()[0])
    return bill_by(RULE_BOOK.named(loan.rule, item.item_type, loan.branch), price)


def is_settled(cursor: Any, item: ItemFacts, loan: LoanFacts) -> bool:
    """Whether a lost loan was billed and nothing of that is owed any more."""
    bill = bill_of(cursor, item, loan)
    if not bill.replacement_cents + bill.processing_cents:
        return False
    return charging.item_settled(cursor, item.id, BILLED)


def unsettled(cursor: Any, links: Sequence[bytes]) -> int:
    """How many lost loans over these links are not settled yet."""
    cursor.execute(
        f"SELECT {ITEM_COLUMNS}, {LOAN_COLUMNS} FROM circulation_loan AS loan"
        " JOIN catalog_item AS item ON item.id = loan.item_id"
        " JOIN catalog_title AS title ON title.id = item.title_id"
        f" WHERE loan.state = 'lost' AND loan.link IN ({marks(links)})",
        list(links),
    )
    rows = [(item_of(row), loan_of(row)) for row in cursor.fetchall()]
    return sum(1 for item, loan in rows if loan is not None and not is_settled(cursor, item, loan))
