"""What a page of notices says, worked out at the moment it leaves: what is out, ready or owed *now*.

Nothing of it was kept in the outbox. An item that came back since it was queued is in no notice, and a notice
with nothing left to say does not leave. Titles are read only for those who chose them.

Source: clauses TH-1.11, TH-1.12, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection

from circumspect.offices.notices.kinds import OF_LOANS, Kind, NoticeSettings, midnight
from circumspect.offices.notices.outbox import Entry
from circumspect.offices.notices.rendering import Facts, Matter, Sender, TitleLine
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation import noticing as loans
from circumspect.records.circulation.lending import zone_of
from circumspect.records.fees import noticing as fees
from circumspect.records.holds import noticing as holds
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.registration import read
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose


@dataclass(frozen=True, slots=True)
class Asker:
    """In whose name the door is asked, and how: unattended work uses, a clerk sees."""

    actor: Actor
    action: Action
    purpose: Purpose
    circumstance: Circumstance

    def part(self, series: str, fields: Iterable[str]) -> Part:
        """One question of theirs, about whomever the links lead to."""
        return Part(self.action, self.purpose, series, (), frozenset(fields))


def at_the_desk(actor: Actor) -> Asker:
    """A clerk who prints letters or calls people sees what they say."""
    return Asker(actor, Action.VIEW, Purpose.LISTS, Circumstance.LIST)


@dataclass(slots=True, repr=False)
class Content:
    """What one notice says. Prints as nothing."""

    matters: list[Matter] = field(default_factory=list)
    titles: dict[Kind, list[TitleLine]] = field(default_factory=dict)

    def facts(self, sender: Sender) -> Facts:
        """Without the titles."""
        return Facts(tuple(self.matters), sender)


def parts(entries: Sequence[Entry], by: Asker) -> list[Part]:
    """What the door is asked for besides how to reach their readers: what these notices are about."""
    return [by.part(series, fields) for series, fields in _about(entries)]


def _about(entries: Sequence[Entry]) -> list[tuple[str, frozenset[str]]]:
    kinds = {kind for entry in entries for kind in entry.kinds}
    wanted = []
    if kinds & set(OF_LOANS):
        wanted.append((loans.SERIES, loans.NOTICE_FIELDS))
    if Kind.HOLD_READY in kinds:
        wanted.append((holds.SERIES, holds.NOTICE_FIELDS))
    if Kind.BALANCE in kinds:
        wanted.append((fees.SERIES, fees.NOTICE_FIELDS))
    if Kind.CARD_EXPIRING in kinds:
        wanted.append((REGISTRATION, frozenset({"standing"})))
    return wanted


def shape(entry: Entry) -> tuple[str, ...]:
    """Which records a notice is about: those of one shape are opened together, so that no more is opened than needed."""
    return tuple(sorted(f"{series}:{sorted(fields)}" for series, fields in _about([entry])))


def gather(
    house: House,
    settings: NoticeSettings,
    readers: Mapping[int, Entry],
    openings: Sequence[tuple[Part, Opening]],
) -> dict[int, Content]:
    """What each of these readers is told, by patron; those with nothing left to be told are left out.

    Args:
        readers: Patron and notice, one notice each.
        openings: Of ``parts``, each with its part; without an opening nothing is read.
    """
    opened = {(part.series, part.fields): opening for part, opening in openings}
    told = {patron: Content() for patron in readers}
    if (loans.SERIES, loans.NOTICE_FIELDS) in opened:
        _loans(house, settings, readers, told)
    if (holds.SERIES, holds.NOTICE_FIELDS) in opened:
        _holds(house, readers, told)
    for patron, entry in readers.items():
        cancelled = entry.kinds.count(Kind.HOLD_CANCELLED)
        if cancelled:
            told[patron].matters.append(Matter(Kind.HOLD_CANCELLED, cancelled))
    standing = opened.get((REGISTRATION, frozenset({"standing"})))
    if standing is not None:
        _cards(house, settings, standing, readers, told)
    if (fees.SERIES, fees.NOTICE_FIELDS) in opened:
        _balances(house, settings, readers, told)
    return {patron: content for patron, content in told.items() if content.matters}


def _loans(
    house: House, settings: NoticeSettings, readers: Mapping[int, Entry], told: Mapping[int, Content]
) -> None:
    today, zone = house.today(), zone_of(house)
    owners = _owners(house, loans.SERIES, readers, OF_LOANS)
    until = midnight(today + dt.timedelta(days=settings.almost_due_days + 1), zone)
    found: dict[int, dict[Kind, list[loans.DueLoan]]] = {}
    for some in _pages(list(owners)):
        with connection.cursor() as cursor:
            due = loans.loans_under(cursor, some, due_before=until)
        for loan in due:
            kind = _kind_of(loan, settings, today, _day(loan.due_at, zone))
            found.setdefault(owners[loan.link], {}).setdefault(kind, []).append(loan)
    for patron, by_kind in found.items():
        for kind in OF_LOANS:
            some_loans = by_kind.get(kind, [])
            if not some_loans or kind not in readers[patron].kinds:
                continue
            cents = sum(loan.replacement_cents for loan in some_loans) if kind is Kind.BILL else None
            first = min(_day(loan.due_at, zone) for loan in some_loans)
            told[patron].matters.append(Matter(kind, len(some_loans), first, cents))
            told[patron].titles[kind] = [
                TitleLine(loan.title, _day(loan.due_at, zone)) for loan in some_loans
            ]


def _kind_of(loan: loans.DueLoan, settings: NoticeSettings, today: dt.date, due: dt.date) -> Kind:
    if loan.is_lost or (today - due).days >= settings.bill_days:
        return Kind.BILL
    return Kind.OVERDUE if today > due else Kind.ALMOST_DUE


def _holds(house: House, readers: Mapping[int, Entry], told: Mapping[int, Content]) -> None:
    owners = _owners(house, holds.SERIES, readers, (Kind.HOLD_READY,))
    found: dict[int, list[holds.ReadyHold]] = {}
    for some in _pages(list(owners)):
        with connection.cursor() as cursor:
            standing = holds.holds_under(cursor, some)
        for hold in standing:
            found.setdefault(owners[hold.link], []).append(hold)
    for patron, ready in found.items():
        days = [hold.pick_up_by for hold in ready if hold.pick_up_by]
        told[patron].matters.append(Matter(Kind.HOLD_READY, len(ready), min(days, default=house.today())))
        told[patron].titles[Kind.HOLD_READY] = [TitleLine(hold.title, hold.pick_up_by) for hold in ready]


def _cards(
    house: House,
    settings: NoticeSettings,
    standing: Opening,
    readers: Mapping[int, Entry],
    told: Mapping[int, Content],
) -> None:
    today = house.today()
    whose = [patron for patron, entry in readers.items() if Kind.CARD_EXPIRING in entry.kinds]
    for record in read(standing, whose, ["standing"]):
        ends = record.standing.expires_on
        # Renewed meanwhile: nothing runs out soon.
        if ends is not None and today <= ends <= today + dt.timedelta(days=settings.card_expiring_days + 1):
            told[record.patron].matters.append(Matter(Kind.CARD_EXPIRING, day=ends))


def _balances(
    house: House, settings: NoticeSettings, readers: Mapping[int, Entry], told: Mapping[int, Content]
) -> None:
    owners = _owners(house, fees.SERIES, readers, (Kind.BALANCE,))
    owed: dict[int, int] = {}
    for some in _pages(list(owners)):
        with connection.cursor() as cursor:
            sums = fees.owed_under(cursor, some)
        for token, cents in sums.items():
            owed[owners[token]] = owed.get(owners[token], 0) + cents
    for patron, cents in owed.items():
        if cents >= settings.balance_from_cents:
            told[patron].matters.append(Matter(Kind.BALANCE, cents=cents))


class Senders:
    """Who writes, by branch; read once for each run."""

    def __init__(self, house: House, settings: NoticeSettings) -> None:
        self._library = str(house.home.setting("library", "name", "The library"))
        self._settings = settings
        self._names = dict(Branch.objects.values_list("code", "name"))

    def of(self, branch: str) -> Sender:
        """The sender of a notice of this branch; the library itself where it names none."""
        return Sender(self._library, self._names.get(branch, ""), self._settings.phone_of(branch))


def _owners(
    house: House, series: str, readers: Mapping[int, Entry], kinds: Sequence[Kind]
) -> dict[bytes, int]:
    return {
        token: patron
        for patron, entry in readers.items()
        if set(entry.kinds) & set(kinds)
        for token in house.vault.links(series, patron).values()
    }


def _day(moment: int, zone: dt.tzinfo) -> dt.date:
    return dt.datetime.fromtimestamp(moment, zone).date()


def _pages(values: Sequence[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(values), 900):
        yield list(values[start : start + 900])
