"""The letters of the library that is robbed: written, sent, refused, printed, called, returned.

What a message says and where it goes is planted in full with the transport that takes it, and with nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any


class Postman:
    """Takes some, refuses some, puts some off, and is away now and then, complaining aloud."""

    def __init__(self) -> None:
        self.taken = 0

    @contextmanager
    def session(self) -> Iterator[Any]:
        yield self._take

    def left(self, notice: int) -> bool | None:
        return None

    def _take(self, message: Any) -> Any:
        from circumspect.offices.notices.transports import Outcome, TransportDownError

        self.taken += 1
        if self.taken % 7 == 0:
            raise TransportDownError("the mail server hung up")
        return (Outcome.SENT, Outcome.REFUSED, Outcome.LATER, Outcome.UNSURE, Outcome.FAILED)[self.taken % 5]


def use_notices(house: Any, clerk: Any, patrons: Sequence[int], log: logging.Logger) -> None:
    """Everything that notices do, for these patrons."""
    from django.db import connection

    from circumspect.offices.notices import byhand, outbox, running
    from circumspect.offices.notices.kinds import Channel, Kind, Mail, NoticeSettings
    from circumspect.records.patrons.noticing import HOLD_CANCELLED, leave_word
    from circumspect.trust.policy.request import Circumstance

    settings = replace(NoticeSettings(), on=True, mail=Mail(host="mail.example"))
    with connection.cursor() as cursor:
        for patron in patrons:
            link = house.vault.link("holds", patron)
            leave_word(cursor, HOLD_CANCELLED, "holds", link, branch="main", today=house.today())
    for patron, channel in zip(
        patrons, (Channel.SMS, Channel.PHONE, Channel.POST) * len(patrons), strict=False
    ):
        link = house.vault.link(outbox.SERIES, patron)
        kinds = (Kind.ALMOST_DUE, Kind.HOLD_CANCELLED)
        outbox.put([outbox.Wish(link, (link.token,), kinds, channel, "main", house.today())])
    ways = {Channel.EMAIL: Postman(), Channel.SMS: Postman()}
    for _ in range(3):
        # Told the hour does not matter: the attack runs by day and by night.
        awake = replace(
            settings, send_from=settings.send_from.replace(hour=0), send_until=settings.send_until.max
        )
        log.info("a run %s", running.run(house, awake, ways))
    pdf = byhand.print_letters(house, clerk, settings)
    log.info("letters %s, calls %s", pdf is not None, byhand.calls(house, clerk, settings))
    byhand.letters_came_out(house, well=True)
    told = byhand.sent_to(house, clerk, patrons[0], circumstance=Circumstance.CARD_SCANNED)
    log.info("%s %s", told, running.status(house))
    assert ways[Channel.EMAIL].taken, "nobody was written to: nothing was attacked"


def send_texts(house: Any, patrons: Sequence[int], log: logging.Logger) -> None:
    """Text messages by the folder of a gateway, which takes each away before the thief comes."""
    from circumspect.offices.notices import outbox, running
    from circumspect.offices.notices.kinds import Channel, Kind, NoticeSettings
    from circumspect.offices.notices.transports import FileTransport

    for patron in patrons:
        link = house.vault.link(outbox.SERIES, patron)
        outbox.put(
            [outbox.Wish(link, (link.token,), (Kind.HOLD_CANCELLED,), Channel.SMS, "main", house.today())]
        )
    awake = replace(NoticeSettings(), on=True)
    awake = replace(awake, send_from=awake.send_from.replace(hour=0), send_until=awake.send_until.max)
    folder = house.home.data / "texts"
    log.info("texts %s", running.run(house, awake, {Channel.SMS: FileTransport(folder)}))
    left = list(folder.iterdir())
    assert left, "no text message was written: nothing was attacked"
    for path in left:
        path.unlink()
