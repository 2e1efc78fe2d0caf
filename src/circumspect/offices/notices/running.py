"""One run of notices: decide what a crash left, plan, send, and let go of what is old.

Runs are made every few minutes while the library is open, and by hand. One at a time on a machine: a lock in
the data folder sees to it, so that a claim found at the start of a run is a crashed run's and nobody else's. In
quiet hours nothing is planned and nothing leaves.

Source: clauses TH-1.8, TH-1.12; issue "the desk complete", section 4.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

from circumspect.home import Home, HomeError
from circumspect.offices.notices import outbox
from circumspect.offices.notices.kinds import Channel, Kind, NoticeSettings, State
from circumspect.offices.notices.models import Notice, ReturnedAddress
from circumspect.offices.notices.planning import plan
from circumspect.offices.notices.sending import Sent, recover, send
from circumspect.offices.notices.transports import FileTransport, SmtpTransport, Transport
from circumspect.records.circulation.lending import zone_of
from circumspect.records.patrons import noticing as patrons
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

_WORD_DAYS = 7
FORGET_JOB = Actor(ActorKind.JOB, "forget-notices")

log = logging.getLogger("circumspect.notices")


@dataclass(slots=True)
class Status:
    """How the outbox stands: numbers, and nobody.

    Attributes:
        counts: How many, by state and way.
        kinds: How many of each kind are remembered as sent.
        returned: How many e-mail addresses are written to by post, since mail came back.
    """

    on: bool
    counts: dict[tuple[State, Channel], int] = field(default_factory=dict)
    kinds: dict[Kind, int] = field(default_factory=dict)
    returned: int = 0
    oldest: dt.date | None = None

    def of(self, state: State) -> int:
        """How many are in one state, whatever their way."""
        return sum(number for (each, _), number in self.counts.items() if each is state)


def transports_of(house: House, settings: NoticeSettings) -> dict[Channel, Transport]:
    """The ways out that this library has set up.

    Raises:
        HomeError: The mail server's password cannot be read.
    """
    folder = house.home.root / str(house.home.setting("notices", "sms", {}).get("folder", "sms"))
    ways: dict[Channel, Transport] = {Channel.SMS: FileTransport(folder)}
    if settings.mail.host:
        ways[Channel.EMAIL] = SmtpTransport(house.home, settings.mail, house.clock)
    return ways


def send_notices(house: House) -> int:
    """Plan and send what is due, as the rounds do; how many went.

    Does nothing where the library has not switched notices on, in quiet hours, and while another run works.

    Raises:
        HomeError: A setting of notices does not do. Names it.
        Refused, DoorClosed: The door stays shut; what is sent stays sent, the rest stays queued.
    """
    settings = NoticeSettings.of(house.home)
    if not settings.on:
        forget_old(house, word_days=0)
        return 0
    done = run(house, settings, transports_of(house, settings))
    return done.sent if done else 0


def run(house: House, settings: NoticeSettings, transports: Mapping[Channel, Transport]) -> Sent | None:
    """One run; what it came to. None in quiet hours, and while another run works.

    Raises:
        Refused, DoorClosed: The door stays shut; what is sent stays sent, the rest stays queued.
    """
    if not settings.may_send_at(house.clock().astimezone(zone_of(house))):
        return None
    with only_run(house.home) as mine:
        if not mine:
            return None
        done = Sent(unsure=recover(transports, house))
        forget_old(house)
        done.planned = plan(house, settings)
        for channel, transport in transports.items():
            send(house, settings, channel, transport, done)
        if done.unsure or done.failed:
            log.warning("notices: %d unsure, %d failed", done.unsure, done.failed)
        return done


@contextmanager
def only_run(home: Home) -> Iterator[bool]:
    """Whether this is the only run on this machine; held for as long as the block runs.

    Raises:
        HomeError: The data folder cannot be written.
    """
    path = home.data / "notices.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise HomeError(f"{home.data} cannot be written: {problem.strerror}") from problem
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def forget_old(house: House, *, word_days: int = _WORD_DAYS) -> int:
    """Let go of notices past their time, of returned addresses, and of word that nobody took up; how many.

    Args:
        word_days: How long word of what ended may wait to be taken up.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is gone.
    """
    days = house.schedule().item(outbox.SERIES).days
    limit = house.today() - dt.timedelta(days=days)
    old = Notice.objects.filter(sent_on__lt=limit)
    if old.exists():
        house.door.permit(
            FORGET_JOB,
            action=Action.ERASE,
            purpose=Purpose.FORGET,
            series=outbox.SERIES,
            fields=outbox.FIELDS,
            circumstance=Circumstance.SCHEDULED,
        )
    gone, _ = old.delete()
    back, _ = ReturnedAddress.objects.filter(day__lt=limit).delete()
    with connection.cursor() as cursor:
        words = patrons.forget_words(cursor, until=house.today() - dt.timedelta(days=word_days))
    return gone + back + words


def count_old(house: House) -> int:
    """How many notices are past their time and still there."""
    limit = house.today() - dt.timedelta(days=house.schedule().item(outbox.SERIES).days)
    return Notice.objects.filter(sent_on__lt=limit).count()


def status(house: House) -> Status:
    """How the outbox stands."""
    told = Status(NoticeSettings.of(house.home).on, returned=ReturnedAddress.objects.count())
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, channel, count(*) FROM notices_notice GROUP BY state, channel")
        for state, channel, number in cursor.fetchall():
            told.counts[State(state), Channel(channel)] = number
        cursor.execute("SELECT kind, count(*) FROM notices_notice WHERE state = 'sent' GROUP BY kind")
        for kinds, number in cursor.fetchall():
            for kind in dict.fromkeys(kinds.split(",")):
                told.kinds[Kind(kind)] = told.kinds.get(Kind(kind), 0) + number
    told.oldest = (
        Notice.objects.exclude(state=State.SENT.value).order_by("sent_on").values_list("sent_on", flat=True)
    ).first()
    return told
