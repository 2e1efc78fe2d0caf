"""What the room of interlibrary loans can say of one patron: what other libraries are asked for on their behalf."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from circumspect.records.holdings import Collector, Kept, Source
from circumspect.records.ill.asking import SERIES, links_of
from circumspect.records.ill.citations import Citation
from circumspect.records.ill.models import IllRequest
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.vault.sealed import Sealed


def _requests(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    rows = IllRequest.objects.filter(link__in=links_of(house, patron)).order_by("asked_on", "id")
    for row in rows:
        values: dict[str, Source] = {"state": row.state, "pickup_branch": row.pickup_branch}
        if row.lender_id:
            values["lender"] = row.lender_id
        if row.sealed_citation is not None:
            values["citation"] = _in_words(Sealed(SERIES, "citation", patron, row.id, row.sealed_citation))
        yield Kept(values, row.asked_on)


def _in_words(sealed: Sealed) -> Callable[[Opening], str]:
    def words(opening: Opening) -> str:
        found = Citation.from_text(opening.read(sealed))
        said = (found.title, found.author, found.publisher, found.edition, found.year, found.part, found.isbn)
        return ", ".join(each for each in said if each)

    return words


COLLECTORS: Mapping[str, Collector] = {SERIES: _requests}
