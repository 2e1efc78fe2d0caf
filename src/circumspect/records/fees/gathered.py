"""What the fees' room can say of one patron: what is owed, and what was settled in the last weeks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from circumspect.records.fees.charging import SERIES
from circumspect.records.fees.lines import lines_of, titles_of
from circumspect.records.fees.rules import KIND_WORDS, dollars
from circumspect.records.holdings import Collector, Kept, Source
from circumspect.trust.door.house import House


def _fees(house: House, patron: int, fields: Collection[str]) -> Iterable[Kept]:
    lines = lines_of(house.vault.links(SERIES, patron).values())
    items = [line.item for line in lines if line.item is not None]
    titles = titles_of(items) if "item" in fields else {}
    for line in lines:
        values: dict[str, Source] = {
            "kind": KIND_WORDS[line.kind],
            "amount": dollars(line.amount),
            "outstanding": dollars(line.outstanding),
            "day": line.day.isoformat(),
        }
        if line.item in titles:
            title, barcode = titles[line.item]
            values["item"] = f"{title} ({barcode})"
        yield Kept(values, line.day)


COLLECTORS: Mapping[str, Collector] = {SERIES: _fees}
