"""What the notices' office can say of one patron: which kinds of notice wait or went, how and on which day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from circumspect.offices.notices.models import Notice
from circumspect.offices.notices.outbox import SERIES
from circumspect.records.holdings import Collector, Kept
from circumspect.trust.door.house import House


def _notices(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    links = list(house.vault.links(SERIES, patron).values())
    for row in Notice.objects.filter(link__in=links).order_by("sent_on", "id"):
        yield Kept(
            {"kind": row.kind, "sent_on": row.sent_on.isoformat(), "channel": row.channel}, row.sent_on
        )


COLLECTORS: Mapping[str, Collector] = {SERIES: _notices}
