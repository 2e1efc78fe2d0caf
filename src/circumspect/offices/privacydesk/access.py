"""Who may see a case, and a gag: what is absent from lists, counts, numbering and the patron's page until it ends.

The policy knows kinds of people, not persons; so that only the named ones see a case under a gag is kept here, before
the door is asked. To everybody else such a case does not exist: same answer, same list, same counts.

What is looked at for such a case leaves entries in the ledger like any look. The patron is not shown them while the gag
stands: ``quietly`` notes the span of entries that a piece of work makes before it makes any, so that no moment
and no crash lets one show. ``hidden_from_patrons`` gives the one question the patron's page asks of every entry;
it asks it for every entry whether there is a gag or not.

Source: DOMAIN practice of sealed orders; guarantee 10.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from circumspect.offices.privacydesk.cases_models import Case, QuietLook
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, Circumstance
from circumspect.trust.vault.crypto import TamperedError

# Every sealed text of this room is filled up to this: its size says nothing of how many are named.
_SIZE = 512
MOST_NAMED = 12
_OPEN_END = 2**53
# Seconds after which a piece of work that has not ended was cut short.
_LONGEST_WORK = 900


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see a case.

    Attributes:
        is_sealed: A gag stands.
        named: Numbers of the staff members who see it then.
        review_on: The day on which the gag is looked at again.
    """

    is_sealed: bool = False
    named: frozenset[int] = frozenset()
    review_on: dt.date | None = None

    def may_see(self, actor: Actor) -> bool:
        """Whether this case is there for somebody."""
        return not self.is_sealed or (actor.id.isdecimal() and int(actor.id) in self.named)


class GagError(ValueError):
    """A gag that names nobody, or too many."""


def access_of(house: House, case: Case) -> Access:
    """Read who may see a case. Where it cannot be read, nobody may."""
    try:
        told = _reveal(house, f"cases.access:{case.id}", bytes(case.sealed_access))
    except (TamperedError, ValueError):
        return Access(is_sealed=True)
    return Access(
        bool(told["sealed"]),
        frozenset(int(each) for each in told["named"]),
        dt.date.fromisoformat(told["review"]) if told["review"] else None,
    )


def protect(house: House, case: int, access: Access) -> bytes:
    """What a case's row keeps of who may see it.

    Raises:
        GagError: A gag has to name somebody, and a few at most.
    """
    if access.is_sealed and not access.named:
        raise GagError("name those who may see it")
    if len(access.named) > MOST_NAMED:
        raise GagError(f"name at most {MOST_NAMED} people")
    told = {
        "sealed": access.is_sealed,
        "named": sorted(access.named),
        "review": access.review_on.isoformat() if access.review_on else "",
    }
    return _protect(house, f"cases.access:{case}", told)


@contextmanager
def quietly(house: House, actor: Actor, case: int, access: Access) -> Iterator[None]:
    """Do a piece of work for a case: while its gag stands, no patron is shown what it enters in the ledger.

    The note is made before the work and closed after it. Should the process end in between, it stays open:
    what this person does for cases is not shown from there on, until the rounds close it.
    """
    if not access.is_sealed:
        yield
        return
    row = QuietLook.objects.create(
        id=secrets.randbits(62) + 1,
        sealed_span=_span(house, case, actor, house.ledger.size(), _OPEN_END),
    )
    begin = _opened_span(house, row)["from"]
    try:
        yield
    finally:
        row.sealed_span = _span(house, case, actor, begin, house.ledger.size())
        row.save(update_fields=["sealed_span"])


def close_broken(house: House) -> int:
    """Close spans that a piece of work left open because it was cut short; how many. For the rounds.

    What that person did for cases until now stays hidden: some of it may be the work that was cut short.
    """
    now, closed = house.second(), 0
    for row in QuietLook.objects.all():
        told = _opened_span(house, row)
        if told["to"] == _OPEN_END and not 0 <= now - told["at"] < _LONGEST_WORK:
            row.sealed_span = _protect(house, "cases.quiet", {**told, "to": house.ledger.size()})
            row.save(update_fields=["sealed_span"])
            closed += 1
    return closed


def lift(house: House, case: int) -> int:
    """The gag has ended: from now on the patron's page shows what it hid; how many spans there were."""
    mine = [row.id for row in QuietLook.objects.all() if _opened_span(house, row)["case"] == case]
    return QuietLook.objects.filter(id__in=mine).delete()[0]


def show_looks_of(house: House, actor: Actor, *, besides: Collection[int]) -> None:
    """Show patrons what somebody's finished spans hid, but for some cases and for those under a gag."""
    for row in QuietLook.objects.all():
        told = _opened_span(house, row)
        if told["actor"] != _ledger_name(actor) or told["to"] == _OPEN_END or told["case"] in besides:
            continue
        case = Case.objects.filter(id=told["case"]).first()
        if case is None or not access_of(house, case).is_sealed:
            row.delete()


def hidden_from_patrons(house: House) -> Callable[[int, Mapping[str, Any]], bool]:
    """What a patron's page asks of every ledger entry about them: is it hidden by a gag?

    One statement, whatever the number of entries. The answer is a function of an entry's index and body. Those
    hidden are left out of the list, of its counts and of what is exported, before anything is drawn.
    """
    spans = [_opened_span(house, row) for row in QuietLook.objects.all()]
    looks = [(each["from"], each["to"], each["actor"]) for each in spans]

    def is_hidden(index: int, body: Mapping[str, Any]) -> bool:
        return body.get("circumstance") == Circumstance.CASE.value and any(
            begin <= index < end and body.get("actor") == actor for begin, end, actor in looks
        )

    return is_hidden


def shown_to_patron(
    house: House, entries: Iterable[tuple[int, Mapping[str, Any]]]
) -> list[tuple[int, Mapping[str, Any]]]:
    """Of entries about a patron (index and body), those they may be shown, in order."""
    is_hidden = hidden_from_patrons(house)
    return [(index, body) for index, body in entries if not is_hidden(index, body)]


def _span(house: House, case: int, actor: Actor, begin: int, end: int) -> bytes:
    at = house.second()
    told = {"case": case, "actor": _ledger_name(actor), "from": begin, "to": end, "at": at}
    return _protect(house, "cases.quiet", told)


def _opened_span(house: House, row: QuietLook) -> dict[str, Any]:
    return _reveal(house, "cases.quiet", bytes(row.sealed_span))


def _ledger_name(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _protect(house: House, label: str, told: Mapping[str, Any]) -> bytes:
    plain = json.dumps(told, separators=(",", ":")).encode()
    if len(plain) > _SIZE:
        raise GagError("this is too much to keep")
    return house.vault.secrets.protect(label, plain.ljust(_SIZE))


def _reveal(house: House, label: str, blob: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(house.vault.secrets.reveal(label, blob))
    return told
