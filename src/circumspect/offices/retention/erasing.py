"""Forget a patron who asks for it: key, rows, index entries and links, in every room, from the first commit on.

What is looked at first, in this order:

1. Something is out: it has to come back first, and nothing is changed.
2. Money is on the card: it is paid out first, and nothing is changed.
3. Something is owed: the record shrinks to name, contact and the amount, and says so; once that is settled,
   the next sweep forgets the rest.
4. Otherwise the key is destroyed. From that commit every sealed value is noise, here and in every copy; then the rows
   go, wherever a link or a row of this patron's rests. Should that stop half-way, the sweep finishes it.

Which tables hold links is read from the inventory, not written down here: a room that comes later is not forgotten.
What a matter has set aside is a copy under a key of its own, which stands against nothing here and is told of to nobody.
A letter that a preservation names stays where it is, and is no longer theirs.
Counts and tallies stay, since nobody is in them. The ledger's entries stay and verify; whom they were about is cut.

The certificate is handed over and not kept: it would be a record of somebody who is not to be in any.

Source: clauses TH-1.8, TH-1.10, TH-1.20, MP-6.12; guarantee 7.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Model

from circumspect.offices.retention import evidence
from circumspect.records.circulation.models import Loan
from circumspect.records.computers import asking as computers
from circumspect.records.computers import sitting
from circumspect.records.computers.models import Session, UsedToday
from circumspect.records.fees import charging, deposits
from circumspect.records.fees.rules import MoneyError
from circumspect.records.holds import tending as holds
from circumspect.records.ill import tending as requests
from circumspect.records.inquiries import tending as inquiries
from circumspect.records.patrons import finding, reducing
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Patron
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import Record, read
from circumspect.records.series import inventory
from circumspect.trust.door.door import Part
from circumspect.trust.door.errors import Refused, no_such_record
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.wiping import wipe_log_after_commit

# Letters that are public records are tied to their patron as the borrowers' are.
_LINKED_AS: Final = {"public mail": "inquiries"}
_BATCH: Final = 500
# The ledger's links are cut and its entries stay; a loan stands for something that is out, and ends by coming back.
_NOT_HERE: Final = frozenset({"ledger.EntryMark", "circulation.Loan"})


class Ending(StrEnum):
    """What became of a wish to be forgotten."""

    FORGOTTEN = "forgotten"
    REDUCED = "reduced"  # something is owed: the minimum stays
    THINGS_OUT = "things out"
    MONEY_LEFT = "money left"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done. It holds no name.

    Attributes:
        out: How many things are out, where that is why nothing was done.
        owed_cents: What is owed, where that is why something stays.
        left_cents: What is on the card, where that is why nothing was done.
        stays: What stays, in plain words; empty where nothing does.
        removed: How many rows went, by where they were kept.
        number: A random number for the certificate; "" where there is none to give.
        day: The library's day.
    """

    ending: Ending
    day: dt.date
    out: int = 0
    owed_cents: int = 0
    left_cents: int = 0
    stays: tuple[str, ...] = ()
    removed: Mapping[str, int] = field(default_factory=dict)
    number: str = ""

    @property
    def is_done(self) -> bool:
        """Whether anything was forgotten."""
        return self.ending in (Ending.FORGOTTEN, Ending.REDUCED)


def erase_on_request(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance | None = None,
    reason: Reason | None = None,
    spare: Collection[int] = (),
) -> Outcome:
    """Forget a patron who asks for it, as far as may be now.

    Args:
        actor: The patron, or the member of staff whom the patron asks.
        circumstance: What explains it; for a patron their being signed in, for staff the open transaction.
        spare: Letters that a preservation names: ``composition.spared_letters``. They stay, and are nobody's.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is forgotten.
        VaultError: The list of erasures cannot be written; nothing is forgotten.
        ChangedMeanwhileError: The record was changed in this very moment; nothing is forgotten.
    """
    if circumstance is None:
        own = actor.kind is ActorKind.PATRON
        circumstance = Circumstance.OWN_SIGN_IN if own else Circumstance.OPEN_TRANSACTION
    subjects, day = (patron,), house.today()
    parts = [
        Part(Action.USE, Purpose.FORGET, REGISTRATION, subjects, frozenset(reducing.READ)),
        Part(Action.ERASE, Purpose.FORGET, REGISTRATION, subjects, frozenset(REGISTRATION_FIELDS)),
    ]
    opening, _ = house.door.ask_all(actor, parts, circumstance=circumstance, reason=reason)
    found = read(opening, subjects, reducing.READ)
    if not found:
        raise Refused(no_such_record(house.policy.hash))
    stands = _what_stands_against(house, found[0], day)
    if stands is not None:
        return stands
    with connection.cursor() as cursor:
        owed = charging.owed(cursor, list(house.vault.links(charging.SERIES, patron).values()))
    if owed:
        return _reduce(house, found[0], owed, day, spare)
    house.vault.destroy_subject(patron)
    removed = remove(house, patron, spare)
    evidence.add(day, REGISTRATION, "forgotten on request", 1)
    return Outcome(Ending.FORGOTTEN, day, removed=removed, number=_number())


def _what_stands_against(house: House, record: Record, day: dt.date) -> Outcome | None:
    out = Loan.objects.filter(link__in=list(house.vault.links("loans", record.patron).values())).count()
    if out:
        return Outcome(Ending.THINGS_OUT, day, out=out)
    try:
        left = deposits.balance_of(record["balance"])
    except MoneyError:
        # An amount nobody can read is somebody's money all the same.
        return Outcome(Ending.MONEY_LEFT, day)
    if left:
        return Outcome(Ending.MONEY_LEFT, day, left_cents=left)
    return None


def _reduce(house: House, record: Record, owed: int, day: dt.date, spare: Collection[int]) -> Outcome:
    reducing.reduce(house, record, house.schedule().item(REGISTRATION).most_days)
    removed = _remove_linked(house, record.patron, spare, but={"fees.FeeLine"})
    evidence.add(day, REGISTRATION, "reduced on request", 1)
    stays = ("name", "address, telephone and e-mail", "the amount owed and what it is for")
    return Outcome(Ending.REDUCED, day, owed_cents=owed, stays=stays, removed=removed, number=_number())


def remove(house: House, patron: int, spare: Collection[int] = ()) -> dict[str, int]:
    """Remove every row of a patron whose key is gone, wherever it rests; how many, by where. Safe to do again."""
    removed = _remove_linked(house, patron, spare)
    with transaction.atomic():
        finding.remove_index(patron)
        belongings = reducing.forget_belongings(patron)
        gone = Patron.objects.filter(id=patron).delete()[0]
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
    house.ledger.drop_links_to(list(house.vault.links("ledger", patron).items()))
    return {**removed, **({"registration": belongings + gone} if belongings + gone else {})}


def remove_linked(house: House, patron: int, spare: Collection[int] = ()) -> int:
    """The same for what hangs on links alone; for a record whose registration another room forgets."""
    count = sum(_remove_linked(house, patron, spare).values())
    return count + house.ledger.drop_links_to(list(house.vault.links("ledger", patron).items()))


def finish(house: House, spare: Collection[int] = ()) -> int:
    """Finish the forgettings that were cut short: rows of a registration whose key is gone; how many registrations."""
    count = last = 0
    while batch := list(
        Patron.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH]
    ):
        last = batch[-1]
        for patron in set(batch) - house.vault.subjects_with_keys(batch):
            remove(house, patron, spare)
            count += 1
    return count


def _remove_linked(
    house: House, patron: int, spare: Collection[int], but: Collection[str] = ()
) -> dict[str, int]:
    """Remove what is tied to a patron by links. Rooms whose rows hold up others end theirs themselves first."""
    removed = {
        "holds": holds.end_all(house, patron),
        "ill": requests.end_all(house, patron),
        "inquiries": inquiries.forget_letters_of(house, patron, spare=spare),
    }
    tokens = list(house.vault.links(computers.SERIES, patron).values())
    seats = Session.objects.filter(link__in=tokens).values_list("seat_id", flat=True)
    removed[computers.SERIES] = sum(sitting.end(house, seat) for seat in list(seats))
    links = house.vault.every_link(patron)
    with transaction.atomic():
        today = list(house.vault.links(computers.DAY_SERIES, patron).values())
        removed[computers.DAY_SERIES] = UsedToday.objects.filter(token__in=today).delete()[0]
        for series, name in linked_tables():
            if name not in but:
                removed[series] = removed.get(series, 0) + _let_go(apps.get_model(name), links)
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
    return {series: count for series, count in removed.items() if count}


def _let_go(model: type[Model], links: Sequence[bytes]) -> int:
    """Remove the rows of a table that these links are on. Where a row may be without one, only the link is cut."""
    rows = model._default_manager.filter(link__in=links)
    if not may_be_cut(model):
        return rows.delete()[0]
    empty = {name: None for name in ("epoch", "link", "back") if model._meta.get_field(name).null}
    return rows.update(**empty)


def may_be_cut(model: type[Model]) -> bool:
    """Whether a row of a table goes on without its patron, such as a public record."""
    return bool(model._meta.get_field("link").null)


def linked_tables() -> list[tuple[str, str]]:
    """Series and model, such as ("holds", "holds.Hold"), of the tables that hold links; the series is the links' own."""
    return [
        (_LINKED_AS.get(entry.series, entry.series), entry.model)
        for entry in inventory().entries
        if entry.column == "link" and entry.model not in _NOT_HERE
    ]


def _number() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(4))
