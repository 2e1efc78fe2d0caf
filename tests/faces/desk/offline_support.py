"""A day without a line, for whoever walks the desk: some lent, one back late, and the report looked at."""

from __future__ import annotations

import base64
import json
from typing import Any

from desk_support import BEN_CARD, ITEMS, AtDesk


def sealed(house: Any, box: str, **told: Any) -> str:
    """A letter as a device without a line would seal it, for a form."""
    plain = json.dumps({"v": 1, "at": int(house.clock().timestamp()), **told}).encode()
    return base64.b64encode(house.vault.letterbox.seal(int(box, 16), plain)).decode()


def box_of(desk: AtDesk) -> dict[str, Any]:
    """A letterbox, as this window's page asks for it."""
    told: dict[str, Any] = json.loads(desk.client.post("/offline/box/").content)
    return told


def a_day_without_a_line(desk: AtDesk, house: Any) -> None:
    """Lend to a card that has run out, take one of the items back late, and look at what is left to do."""
    from circumspect.records.circulation.lending import RULE_BOOK
    from circumspect.records.circulation.models import Loan, LoanRule

    LoanRule.objects.update_or_create(
        category="",
        item_type="",
        branch="",
        defaults={"period": 21, "renewals": 2, "max_items": 50, "fine_cents": 10, "fine_per": "day"},
    )
    RULE_BOOK.forget()
    box = box_of(desk)["box"]
    late, out = ITEMS[30], ITEMS[31]
    letters = [sealed(house, box, do="out", scan=item, cards=[BEN_CARD]) for item in (late, out)]
    desk.client.post("/offline/take/", {"box": box, "letter": letters})
    ten_days_ago = int(house.clock().timestamp()) - 10 * 86_400
    assert Loan.objects.filter(item__barcode=late).update(due_at=ten_days_ago) == 1
    back = sealed(house, box, do="in", scan=late, here=True)
    desk.client.post("/offline/take/", {"box": box, "letter": [back]})
    desk.open("/offline/report/")
