"""What the holds' room can say of one patron: what they wait for, and since when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from circumspect.records.holdings import Collector, Kept, Source
from circumspect.records.holds.placing import open_holds
from circumspect.records.holds.shelf import SERIES
from circumspect.trust.door.house import House


def _holds(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    for hold in open_holds(house, patron):
        values: dict[str, Source] = {
            "title": hold.title,
            "pickup_branch": hold.pickup_branch,
            "state": hold.state,
            "placed_on": hold.placed_on.isoformat(),
            "expires_on": hold.expires_on.isoformat(),
        }
        if hold.barcode:
            values["item"] = hold.barcode
        if hold.pickup_code:
            values["pickup_code"] = hold.pickup_code
        yield Kept(values, hold.placed_on)


COLLECTORS: Mapping[str, Collector] = {SERIES: _holds}
