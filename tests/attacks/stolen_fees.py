"""The money side of the library that is robbed: charged, paid, waived, refunded, on deposit, counted.

Whatever of it could name somebody or something: a name, a card number, a title, an amount that was sealed.
"""

from __future__ import annotations

import logging
from typing import Any

# What a deposit holds, as it is sealed; the day's sums are in cents and do not look like it.
DEPOSIT = "7739.41"


def use_fees(house: Any, clerk: Any, lead: Any, patron: int, item: int, log: logging.Logger) -> None:
    """Every act there is, and some that are refused, as noisily as can be."""
    from django.db import connection, transaction

    from circumspect.records.fees import account, charging, deposits, drawer, settling
    from circumspect.records.fees.rules import Code, FeeKind, Method
    from circumspect.trust.policy.request import Circumstance

    here: dict[str, Any] = {"branch": "main", "circumstance": Circumstance.CARD_SCANNED}
    with transaction.atomic(), connection.cursor() as cursor:
        lost, late, more = (
            charging.charge(
                house, cursor, patron, kind, 900, branch="main", item_id=item, today=house.today()
            )
            for kind in (FeeKind.LOST, FeeKind.OVERDUE, FeeKind.OVERDUE)
        )
    settling.charge_by_hand(house, clerk, patron, FeeKind.PRINT, 100, **here)
    deposits.top_up(house, clerk, patron, 773941, method=Method.CASH, **here)
    receipt = settling.pay(house, clerk, patron, 500, method=Method.CASH, fees=(lost,), **here)
    settling.pay(house, clerk, patron, 400, method=Method.CARD, fees=(lost,), **here)
    settling.refund(house, lead, patron, lost, 900, method=Method.CASH, code=Code.ITEM_FOUND, **here)
    settling.waive(house, lead, patron, late, None, code=Code.GOODWILL, **here)
    log.info(
        "booked %s %s", receipt, account.account(house, clerk, patron, circumstance=here["circumstance"])
    )
    for wrong in (
        lambda: settling.pay(house, clerk, patron, 999_999, method=Method.DEPOSIT, **here),
        lambda: deposits.pay_out(house, lead, patron, 773942, method=Method.CASH, **here),
        lambda: settling.waive(house, clerk, patron, more, None, code=Code.GOODWILL, **here),
        lambda: settling.waive(house, lead, patron, more, None, code="because " + DEPOSIT, **here),  # type: ignore[arg-type]
    ):
        try:
            wrong()
        except Exception as problem:
            log.exception("%s", problem)
        else:
            raise AssertionError("a mistake that was none")
    log.info("the day %s", drawer.day_report(house.today(), "main"))


def owe_for(house: Any, patron: int, barcode: str, cents: int = 35) -> None:
    """Let somebody owe a little for something that has a title."""
    from django.db import connection, transaction

    from circumspect.records.catalog.models import Item
    from circumspect.records.fees import charging
    from circumspect.records.fees.rules import FeeKind

    item, today = Item.objects.get(barcode=barcode).id, house.today()
    with transaction.atomic(), connection.cursor() as cursor:
        charging.charge(
            house, cursor, patron, FeeKind.DAMAGE, cents, branch="main", item_id=item, today=today
        )
