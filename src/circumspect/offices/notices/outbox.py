"""The outbox: which notices are to leave, and how each one's leaving is decided once and for all.

    queued   ->  claimed  ->  sent | failed | unsure | queued again (certainly not sent)
    waiting  ->  printing ->  sent | waiting again (the printer jammed)

A claim is on disk before a message leaves. What is found claimed when a run begins was cut short by a crash:
where the transport can tell, it is asked; where nobody can, the notice is *unsure*, and never sent again by
itself. So a crash may cost a reader one notice, and the next step of the ladder reaches them; it never
sends one twice.

Plain statements, the same on both databases.

Source: clause TH-1.12; issue "the desk complete", section 1 (notices) and section 4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction

from circumspect.offices.notices.kinds import Channel, Kind, State
from circumspect.records.patrons.rows import new_id
from circumspect.trust.vault.vault import Link

SERIES = "notices"
FIELDS = frozenset({"kind", "sent_on", "channel"})
_KINDS_LENGTH = 120
_FIRST_WAIT = 300  # seconds before the second try; four times as long before each one after
MOST_TRIES = 5
_IN_ONE_STATEMENT = 500
_Value = TypeVar("_Value", int, bytes)


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice of the outbox.

    Attributes:
        kinds: What it is about; a hold that ended is named once for each.
    """

    id: int
    link: Link
    kinds: tuple[Kind, ...]
    channel: Channel
    branch: str
    sent_on: dt.date
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """A notice that is to be put into the outbox.

    Attributes:
        known_by: The reader's tokens of all living epochs: what is queued under an older one is theirs too.
    """

    link: Link
    known_by: tuple[bytes, ...]
    kinds: tuple[Kind, ...]
    channel: Channel
    branch: str
    day: dt.date


def put(wishes: Sequence[Wish]) -> int:
    """Put notices in, in the caller's transaction; how many are new.

    What is queued for the same reader, day and way already gathers the new kinds.
    """
    queued = _queued([token for wish in wishes for token in wish.known_by])
    fresh = []
    with connection.cursor() as cursor:
        for wish in wishes:
            places = ((token, wish.channel.value, wish.day) for token in wish.known_by)
            there = next((queued[place] for place in places if place in queued), None)
            if there is not None:
                notice, kinds = there
                both = _joined([*kinds, *wish.kinds])
                cursor.execute("UPDATE notices_notice SET kind = %s WHERE id = %s", [both, notice])
                continue
            fresh.append(wish)
        cursor.executemany(
            "INSERT INTO notices_notice (id, epoch, link, back, kind, channel, state, branch, sent_on, tries, try_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0)",
            [
                (
                    new_id(),
                    wish.link.epoch,
                    wish.link.token,
                    wish.link.back,
                    _joined(wish.kinds),
                    wish.channel.value,
                    first_state(wish.channel).value,
                    wish.branch,
                    wish.day.isoformat(),
                )
                for wish in fresh
            ],
        )
    return len(fresh)


def first_state(channel: Channel) -> State:
    """Letters and calls wait for somebody of the staff; the others leave by themselves."""
    return State.WAITING if channel in (Channel.POST, Channel.PHONE) else State.QUEUED


def _queued(tokens: Sequence[bytes]) -> dict[tuple[bytes, str, dt.date], tuple[int, list[Kind]]]:
    found = {}
    for some in _pages(tokens):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, link, kind, channel, sent_on FROM notices_notice WHERE state IN ('queued', 'waiting')"
                f" AND link IN ({', '.join(['%s'] * len(some))})",
                some,
            )
            for notice, link, kind, channel, day in cursor.fetchall():
                found[bytes(link), channel, _day(day)] = (notice, _split(kind))
    return found


_COLUMNS = "id, epoch, link, back, kind, channel, branch, sent_on, tries"


def entries(
    state: State, channel: Channel, *, today: dt.date, now: int, limit: int, after: int = 0
) -> list[Entry]:
    """Notices in one state and of one way, that may leave by now; in the order of their random numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM notices_notice WHERE state = %s AND channel = %s AND sent_on <= %s"
            " AND try_at <= %s AND id > %s ORDER BY id LIMIT %s",
            [state.value, channel.value, today.isoformat(), now, after, limit],
        )
        return [_entry(row) for row in cursor.fetchall()]


def find(notice: int) -> Entry | None:
    """One notice by its random number, None for one that is not there (any more)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM notices_notice WHERE id = %s", [notice])
        row = cursor.fetchone()
    return _entry(row) if row else None


def _entry(row: Sequence[object]) -> Entry:
    notice, epoch, link, back, kind, channel, branch, sent_on, tries = row
    return Entry(
        int(str(notice)),
        Link(int(str(epoch)), _bytes(link), _bytes(back)),
        tuple(_split(str(kind))),
        Channel(str(channel)),
        str(branch),
        _day(sent_on),
        int(str(tries)),
    )


def claim(notices: Sequence[int], was: State = State.QUEUED, becomes: State = State.CLAIMED) -> set[int]:
    """Claim notices for sending, durably; those that were still there to be claimed."""
    claimed: set[int] = set()
    with transaction.atomic(), connection.cursor() as cursor:
        for some in _pages(notices):
            cursor.execute(
                f"UPDATE notices_notice SET state = %s WHERE state = %s AND id IN ({', '.join(['%s'] * len(some))})"
                " RETURNING id",
                [becomes.value, was.value, *some],
            )
            claimed |= {row[0] for row in cursor.fetchall()}
    return claimed


def settle(became: Iterable[tuple[int, State]], *, today: dt.date) -> None:
    """Write down what became of claimed notices. The day is the day they went."""
    by_state: dict[State, list[int]] = {}
    for notice, state in became:
        by_state.setdefault(state, []).append(notice)
    with transaction.atomic(), connection.cursor() as cursor:
        for state, notices in by_state.items():
            for some in _pages(notices):
                cursor.execute(
                    "UPDATE notices_notice SET state = %s, sent_on = %s"
                    f" WHERE id IN ({', '.join(['%s'] * len(some))})",
                    [state.value, today.isoformat(), *some],
                )


def try_later(notices: Sequence[Entry], *, now: int, count: bool = True) -> None:
    """Put claimed notices back that were certainly not sent; each try waits longer, and the last one fails.

    Args:
        count: It was this message that was put off, rather than the server that was away.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for entry in notices:
            tries = entry.tries + 1 if count else entry.tries
            state = State.FAILED if tries >= MOST_TRIES else State.QUEUED
            wait = _FIRST_WAIT * 4 ** (tries - 1) if count else 0
            cursor.execute(
                "UPDATE notices_notice SET state = %s, tries = %s, try_at = %s WHERE id = %s",
                [state.value, tries, now + wait, entry.id],
            )


def change_way(entry: Entry, channel: Channel) -> None:
    """Let a notice go another way than it was meant to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_notice SET channel = %s, state = %s, tries = 0, try_at = 0 WHERE id = %s",
            [channel.value, first_state(channel).value, entry.id],
        )


def drop(notices: Sequence[int]) -> None:
    """Take notices out that have nothing to say any more."""
    with transaction.atomic(), connection.cursor() as cursor:
        for some in _pages(notices):
            cursor.execute(
                f"DELETE FROM notices_notice WHERE id IN ({', '.join(['%s'] * len(some))})", list(some)
            )


def found_claimed() -> list[tuple[int, Channel]]:
    """Notices that a run left claimed: it was cut short."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, channel FROM notices_notice WHERE state = %s ORDER BY id", [State.CLAIMED.value]
        )
        return [(row[0], Channel(row[1])) for row in cursor.fetchall()]


def _joined(kinds: Iterable[Kind]) -> str:
    """Kinds as one text: each once, but holds that ended as often as they did."""
    text = ""
    seen: set[Kind] = set()
    for kind in kinds:
        more = f"{text},{kind.value}" if text else kind.value
        if (kind not in seen or kind is Kind.HOLD_CANCELLED) and len(more) <= _KINDS_LENGTH:
            text = more
        seen.add(kind)
    return text


def _split(text: str) -> list[Kind]:
    return [Kind(each) for each in text.split(",")]


def _pages(values: Sequence[_Value]) -> Iterable[list[_Value]]:
    for start in range(0, len(values), _IN_ONE_STATEMENT):
        yield list(values[start : start + _IN_ONE_STATEMENT])


def _bytes(value: object) -> bytes:
    return bytes(value)  # type: ignore[call-overload,no-any-return]  # bytes or a view of some


def _day(value: object) -> dt.date:
    # SQLite gives a date back as its text where no model stands between.
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
