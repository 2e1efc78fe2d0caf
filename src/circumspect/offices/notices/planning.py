"""Find out who is to be written to, and put it into the outbox: page by page, by links.

Each source is a set of links whose records have come to a step: loans, holds on the shelf, word of holds that
ended, registrations that run out, fees. A page of links is shown to the door, which says whose they are
and opens how they want to be reached. Then one transaction marks the records and queues the notices:
whatever is interrupted goes on where it stopped, and nothing is queued twice.

Loans, cards and balances are looked through once a day (month); holds at every run, since somebody waits.

Source: clauses TH-1.12, TH-1.15, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from circumspect.offices.notices import outbox
from circumspect.offices.notices.kinds import Kind, NoticeSettings, choose, steps
from circumspect.offices.notices.models import Round
from circumspect.offices.notices.outbox import Wish
from circumspect.records.circulation import noticing as loans
from circumspect.records.circulation.lending import zone_of
from circumspect.records.fees import noticing as fees
from circumspect.records.holds import noticing as holds
from circumspect.records.patrons import noticing as patrons
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.registration import Record, read
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.vault import Link

NOTIFY_JOB = Actor(ActorKind.JOB, "notify")
PAGE = 250
_HOW = ("notice_channel",)
# Who is told of what, and for which branch it is; by patron.
Told = dict[int, tuple[list[Kind], str]]


def plan(house: House, settings: NoticeSettings) -> int:
    """Queue what is due today; how many notices are new. Safe to stop anywhere and to do again.

    Raises:
        Refused, DoorClosed: The door stays shut; what is queued stays queued.
    """
    today = house.today()
    new = 0
    # Loans first: what comes after joins the notice that is queued for the same reader and day.
    for name, day, work in (
        ("loans", today, _plan_loans),
        ("cards", today.replace(day=1), _plan_cards),
        ("balances", _balance_day(settings, today), _plan_balances),
    ):
        if day is not None and not _is_done(name, day):
            new += work(house, settings)
            Round.objects.update_or_create(name=name, defaults={"day": day})
    return new + _plan_ready_holds(house, settings) + _plan_words(house, settings)


def _is_done(name: str, day: dt.date) -> bool:
    return Round.objects.filter(name=name, day__gte=day).exists()


def _balance_day(settings: NoticeSettings, today: dt.date) -> dt.date | None:
    """The last day on which balances were to be told, None for never."""
    if not settings.balance_on_day:
        return None
    day = today.replace(day=settings.balance_on_day)
    return day if day <= today else (day.replace(day=1) - dt.timedelta(days=1)).replace(day=day.day)


# sources


def _plan_loans(house: House, settings: NoticeSettings) -> int:
    ladder = steps(settings, house.today(), zone_of(house))
    every = [step for _, step in ladder]

    def mark(cursor: Any, tokens: Mapping[bytes, int]) -> Told:
        told: Told = {}
        for kind, step in ladder:
            for some in _few(list(tokens)):
                for token, branch in loans.mark(cursor, step, some):
                    told.setdefault(tokens[token], ([], branch))[0].append(kind)
        return told

    pages = _pages(lambda cursor, last: loans.links_at(cursor, every, after=last, limit=PAGE))
    return sum(_plan_page(house, settings, page, loans.SERIES, mark) for page in pages)


def _plan_ready_holds(house: House, settings: NoticeSettings) -> int:
    def mark(cursor: Any, tokens: Mapping[bytes, int]) -> Told:
        told: Told = {}
        for some in _few(list(tokens)):
            for token, branch in holds.mark(cursor, some):
                told[tokens[token]] = ([Kind.HOLD_READY], branch)
        return told

    pages = _pages(lambda cursor, last: holds.links_ready(cursor, after=last, limit=PAGE))
    return sum(_plan_page(house, settings, page, holds.SERIES, mark) for page in pages)


def _plan_words(house: House, settings: NoticeSettings) -> int:
    new = 0
    while words := _words_left():
        series = words[0].series
        page = [word for word in words if word.series == series]
        whose, channels = _ask(house, [word.link for word in page], series)
        told: Told = {}
        for word, patron in zip(page, whose, strict=True):
            if patron is not None:
                told.setdefault(patron, ([], word.branch))[0].append(Kind(word.kind))
        with transaction.atomic(), connection.cursor() as cursor:
            patrons.take_up(cursor, [word.id for word in page])
            new += _queue(house, settings, told, channels)
    return new


def _words_left() -> list[patrons.Word]:
    with connection.cursor() as cursor:
        return patrons.words_left(cursor, limit=PAGE)


def _plan_cards(house: House, settings: NoticeSettings) -> int:
    """Registrations that are to be told of in this month: opened once a month, queued for their day."""
    today = house.today()
    months = [today.replace(day=1)]
    while len(months) < 3:
        months.append(_next_month(months[-1]))
    known = {each.year * 100 + each.month for each in months}
    new, last = 0, 0
    while page := _patrons_after(sorted(known), last):
        last = page[-1]
        new += _plan_card_page(house, settings, page, today)
    return new


def _patrons_after(months: Sequence[int], last: int) -> list[int]:
    with connection.cursor() as cursor:
        return patrons.patrons_ending(cursor, months, after=last, limit=PAGE)


def _plan_card_page(house: House, settings: NoticeSettings, page: list[int], today: dt.date) -> int:
    kept = house.vault.subjects_with_keys(page)
    subjects = tuple(each for each in page if each in kept)
    if not subjects:
        return 0
    parts = [_part(REGISTRATION, names, subjects) for names in (_HOW, ("standing",))]
    how, standing = house.door.ask_all(NOTIFY_JOB, parts, circumstance=Circumstance.SCHEDULED)
    channels = _by_patron(read(how, subjects, _HOW))
    days: dict[dt.date, Told] = {}
    for record in read(standing, subjects, ["standing"]):
        ends = record.standing.expires_on
        if ends is None:
            continue
        day = ends - dt.timedelta(days=settings.card_expiring_days)
        # A later day is for a later month's look: until then the card may have been renewed.
        if ends >= today and day < _next_month(today):
            told = days.setdefault(max(day, today), {})
            told[record.patron] = ([Kind.CARD_EXPIRING], record.standing.branch)
    with transaction.atomic():
        return sum(
            _queue(house, settings, _not_told_before(house, told, Kind.CARD_EXPIRING), channels, day=day)
            for day, told in days.items()
        )


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _not_told_before(house: House, told: Told, kind: Kind, since: dt.date | None = None) -> Told:
    """Without those who have such a notice, gone or queued, since a day (or in the time that is remembered)."""
    tokens = {token: patron for patron in told for token in house.vault.links(outbox.SERIES, patron).values()}
    had: set[int] = set()
    for some in _few(list(tokens)):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT link FROM notices_notice WHERE link IN ({', '.join(['%s'] * len(some))})"
                " AND kind LIKE %s AND sent_on >= %s",
                [*some, f"%{kind.value}%", (since or dt.date.min).isoformat()],
            )
            had |= {tokens[bytes(row[0])] for row in cursor.fetchall()}
    return {patron: what for patron, what in told.items() if patron not in had}


def _plan_balances(house: House, settings: NoticeSettings) -> int:
    since = _balance_day(settings, house.today())

    def mark(cursor: Any, tokens: Mapping[bytes, int]) -> Told:
        owed: dict[int, int] = {}
        for some in _few(list(tokens)):
            for token, cents in fees.owed_under(cursor, some).items():
                owed[tokens[token]] = owed.get(tokens[token], 0) + cents
        told: Told = {
            patron: ([Kind.BALANCE], "")
            for patron, cents in owed.items()
            if cents >= settings.balance_from_cents
        }
        # Lines of two epochs come up twice, and so does everybody after a crash.
        return _not_told_before(house, told, Kind.BALANCE, since)

    pages = _pages(lambda cursor, last: fees.links_owing(cursor, after=last, limit=PAGE))
    return sum(_plan_page(house, settings, page, fees.SERIES, mark) for page in pages)


# pages


def _plan_page(
    house: House,
    settings: NoticeSettings,
    page: Sequence[Link],
    series: str,
    mark: Callable[[Any, Mapping[bytes, int]], Told],
) -> int:
    whose, channels = _ask(house, page, series)
    tokens = {
        token: patron
        for patron in {each for each in whose if each is not None}
        for token in house.vault.links(series, patron).values()
    }
    with transaction.atomic(), connection.cursor() as cursor:
        return _queue(house, settings, mark(cursor, tokens), channels)


def _ask(house: House, links: Sequence[Link], series: str) -> tuple[list[int | None], dict[int, str]]:
    """Whose links these are, and how each of them wants to be reached."""
    whose, openings = house.door.ask_all_by_links(
        NOTIFY_JOB,
        [_part(REGISTRATION, _HOW)],
        circumstance=Circumstance.SCHEDULED,
        links=links,
        link_series=series,
    )
    return whose, _channels(openings)


def _channels(openings: Sequence[Opening]) -> dict[int, str]:
    return _by_patron(read(openings[0], openings[0].subjects, _HOW)) if openings else {}


def _by_patron(records: Sequence[Record]) -> dict[int, str]:
    return {record.patron: record["notice_channel"] for record in records}


def _queue(
    house: House,
    settings: NoticeSettings,
    told: Told,
    channels: Mapping[int, str],
    *,
    day: dt.date | None = None,
) -> int:
    wishes = []
    for patron, (kinds, branch) in told.items():
        # Somebody whose row is gone, or who wants no notices, gets none; the records stay marked all the same.
        channel = choose(channels[patron], settings) if patron in channels else None
        if channel is not None:
            link = house.vault.link(outbox.SERIES, patron)
            known_by = tuple(house.vault.links(outbox.SERIES, patron).values())
            wishes.append(Wish(link, known_by, tuple(kinds), channel, branch, day or house.today()))
    return outbox.put(wishes)


def _part(series: str, fields: Sequence[str], subjects: tuple[int, ...] = ()) -> Part:
    return Part(Action.USE, Purpose.NOTIFY, series, subjects, frozenset(fields))


def _pages(read_page: Callable[[Any, bytes], list[Link]]) -> Iterator[list[Link]]:
    last = b""
    while True:
        with connection.cursor() as cursor:
            page = read_page(cursor, last)
        if not page:
            return
        yield page
        last = page[-1].token


def _few(values: Sequence[bytes]) -> Iterator[list[bytes]]:
    """So many at a time as one statement takes on every database."""
    for start in range(0, len(values), 900):
        yield list(values[start : start + 900])
