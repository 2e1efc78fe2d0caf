"""Send what is queued, a page at a time: open, put into words, claim, send, settle.

For a page the door is asked once for each kind of thing needed, and only for what this way of sending needs. A
few messages are claimed at a time, so that a crash leaves no more than those unsure. Who cannot be reached
by the way they chose is written to by post.

Source: clauses TH-1.12, TH-1.15, MP-7.14; outbox.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from circumspect.offices.notices import bounces, gathering, outbox
from circumspect.offices.notices.gathering import Asker, Content, Senders
from circumspect.offices.notices.kinds import Channel, NoticeSettings, State
from circumspect.offices.notices.outbox import Entry
from circumspect.offices.notices.planning import NOTIFY_JOB, PAGE
from circumspect.offices.notices.rendering import Titles, email_body, subject, text_message
from circumspect.offices.notices.transports import Message, Outcome, Send, Transport, TransportDownError
from circumspect.offices.notices.wording import words_of
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.registration import Record, read
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Circumstance, Purpose

log = logging.getLogger("circumspect.notices")

EMAIL_FIELDS = ("email", "language", "notice_titles")
SMS_FIELDS = ("phone", "language")
POST_FIELDS = (
    "given_name",
    "family_name",
    "street",
    "city",
    "region",
    "postcode",
    "language",
    "notice_titles",
)
BY_ITSELF = Asker(NOTIFY_JOB, Action.USE, Purpose.NOTIFY, Circumstance.SCHEDULED)
# So many are claimed at a time: a crash leaves at most these unsure.
AT_ONCE = 20


@dataclass(slots=True)
class Sent:
    """What a run came to: numbers, and nobody."""

    planned: int = 0
    sent: int = 0
    by_post: int = 0
    nothing_left: int = 0
    later: int = 0
    failed: int = 0
    unsure: int = 0
    down: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """One notice with its reader's details and what it says. Prints as nothing."""

    entry: Entry
    patron: int
    record: Record
    content: Content


def recover(transports: Mapping[Channel, Transport], house: House) -> int:
    """Decide what a crash left claimed, before anything new is sent; how many stay unsure."""
    became = []
    for notice, channel in outbox.found_claimed():
        left = transports[channel].left(notice) if channel in transports else None
        became.append((notice, State.SENT if left else State.UNSURE))
    if became:
        outbox.settle(became, today=house.today())
    return sum(state is State.UNSURE for _, state in became)


def send(house: House, settings: NoticeSettings, channel: Channel, transport: Transport, done: Sent) -> None:
    """Send everything that is queued for one way.

    Raises:
        Refused, DoorClosed: The door stays shut; what is sent stays sent, the rest stays queued.
    """
    senders = Senders(house, settings)
    fields = EMAIL_FIELDS if channel is Channel.EMAIL else SMS_FIELDS
    last = 0
    try:
        with transport.session() as give:
            while page := _due(house, State.QUEUED, channel, after=last):
                last = page[-1].id
                for some in same_shape(page):
                    opened = open_page(house, settings, some, fields, done)
                    _send_page(house, settings, channel, give, senders, opened, done)
    except TransportDownError as problem:
        done.down.append(str(problem))
        log.warning("notices by %s wait: %s", channel.value, problem)


def _due(house: House, state: State, channel: Channel, *, after: int = 0, limit: int = PAGE) -> list[Entry]:
    now = house.second()
    return outbox.entries(state, channel, today=house.today(), now=now, limit=limit, after=after)


def same_shape(page: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The page in lots that need the same records opened."""
    lots: dict[tuple[str, ...], list[Entry]] = {}
    for entry in page:
        lots.setdefault(gathering.shape(entry), []).append(entry)
    yield from lots.values()


def open_page(
    house: House,
    settings: NoticeSettings,
    page: Sequence[Entry],
    fields: Sequence[str],
    done: Sent,
    by: Asker = BY_ITSELF,
) -> list[Opened]:
    """Open what this lot of notices needs: how to reach their readers, and what they are about.

    Notices that have nothing to say any more, or nobody to say it to, are dropped.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    about = gathering.parts(page, by)
    whose, openings = house.door.ask_all_by_links(
        by.actor,
        [by.part(REGISTRATION, fields), *about],
        circumstance=by.circumstance,
        links=[entry.link for entry in page],
        link_series=outbox.SERIES,
    )
    out = []
    left = list(zip(page, whose, strict=True))
    # A reader with two notices in one lot is told both: one lot after another, each with one notice a reader.
    while openings and left:
        readers: dict[int, Entry] = {}
        rest = []
        for entry, patron in left:
            if patron is None:
                continue
            if patron in readers:
                rest.append((entry, patron))
            else:
                readers[patron] = entry
        out += _read(house, settings, readers, openings, about, fields)
        left = [(entry, patron) for entry, patron in rest]
    kept = {opened.entry.id for opened in out}
    gone = [entry.id for entry in page if entry.id not in kept]
    outbox.drop(gone)
    done.nothing_left += len(gone)
    return out


def _read(
    house: House,
    settings: NoticeSettings,
    readers: Mapping[int, Entry],
    openings: Sequence[Opening],
    about: Sequence[Part],
    fields: Sequence[str],
) -> list[Opened]:
    told = gathering.gather(house, settings, readers, list(zip(about, openings[1:], strict=True)))
    records = read(openings[0], [patron for patron in readers if patron in told], fields)
    return [Opened(readers[record.patron], record.patron, record, told[record.patron]) for record in records]


def _send_page(
    house: House,
    settings: NoticeSettings,
    channel: Channel,
    give: Send,
    senders: Senders,
    page: Sequence[Opened],
    done: Sent,
) -> None:
    messages: list[tuple[Entry, Message]] = []
    if channel is Channel.EMAIL:
        returned = bounces.returned_among(house, [opened.record["email"] for opened in page])
    for opened in page:
        if channel is Channel.EMAIL and opened.record["email"] not in ("", *returned):
            messages.append((opened.entry, _email(house, settings, senders, opened)))
        elif channel is Channel.SMS and opened.record["phone"]:
            messages.append((opened.entry, _text_message(senders, opened)))
        else:
            outbox.change_way(opened.entry, Channel.POST)
            done.by_post += 1
    for start in range(0, len(messages), AT_ONCE):
        _send_some(house, give, messages[start : start + AT_ONCE], done)


def _send_some(house: House, give: Send, some: Sequence[tuple[Entry, Message]], done: Sent) -> None:
    claimed = outbox.claim([entry.id for entry, _ in some])
    mine = [(entry, message) for entry, message in some if entry.id in claimed]
    became: list[tuple[int, State]] = []
    later: list[Entry] = []
    try:
        for at, (entry, message) in enumerate(mine):
            try:
                outcome = give(message)
            except TransportDownError:
                # This one and those after it are certainly not sent: they wait, and nobody's try is counted.
                outbox.try_later([each for each, _ in mine[at:]], now=house.second(), count=False)
                raise
            if outcome is Outcome.LATER:
                later.append(entry)
            elif outcome is Outcome.REFUSED:
                bounces.mark_returned(house, message.to)
                outbox.change_way(entry, Channel.POST)
                done.by_post += 1
            else:
                became.append((entry.id, _STATES[outcome]))
    finally:
        outbox.settle(became, today=house.today())
        outbox.try_later(later, now=house.second())
        done.later += len(later)
        for _, state in became:
            done.sent += state is State.SENT
            done.failed += state is State.FAILED
            done.unsure += state is State.UNSURE


_STATES = {Outcome.SENT: State.SENT, Outcome.FAILED: State.FAILED, Outcome.UNSURE: State.UNSURE}


def _email(house: House, settings: NoticeSettings, senders: Senders, opened: Opened) -> Message:
    words = words_of(opened.record["language"])
    facts = opened.content.facts(senders.of(opened.entry.branch))
    titles = Titles.chosen(opened.record["notice_titles"], opened.content.titles)
    notice, address = opened.entry.id, opened.record["email"]
    place = settings.mail.sender.rpartition("@")[2] or "localhost"
    return Message(
        notice,
        address,
        words.language,
        email_body(words, facts, titles),
        subject=subject(words, facts),
        message_id=f"<{house.vault.blind('notice message', str(notice)).hex()}@{place}>",
        bounce_to=bounces.bounce_address(house, settings.mail.bounces, notice, address),
    )


def _text_message(senders: Senders, opened: Opened) -> Message:
    words = words_of(opened.record["language"])
    facts = opened.content.facts(senders.of(opened.entry.branch))
    return Message(opened.entry.id, opened.record["phone"], words.language, text_message(words, facts))
