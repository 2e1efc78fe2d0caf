"""What circulation can say of one patron: what is out now. A loan keeps no day on which it began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from circumspect.records.circulation.items import SERIES, loan_links
from circumspect.records.circulation.lending import zone_of
from circumspect.records.circulation.models import Loan
from circumspect.records.holdings import Collector, Kept
from circumspect.trust.door.house import House


def _loans(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    zone = zone_of(house)
    rows = Loan.objects.filter(link__in=loan_links(house, patron)).select_related("item__title")
    for row in rows.order_by("due_at", "item_id"):
        due = dt.datetime.fromtimestamp(row.due_at, zone)
        yield Kept(
            {
                "item": f"{row.item.title.title} ({row.item.barcode})",
                "due_at": f"{due:%Y-%m-%d %H:%M}",
                "renewals": str(row.renewals),
                "branch": row.branch,
                "state": row.state,
            }
        )


COLLECTORS: Mapping[str, Collector] = {SERIES: _loans}
