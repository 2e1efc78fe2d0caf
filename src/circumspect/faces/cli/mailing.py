"""Let letters' answers and the newsletter leave by the library's mail server, in the rounds.

Records say what leaves and to whom; the line is the one that notices use. Where there is none, everything waits.

Source: clauses MP-4.8, TH-4.2, TH-1.12.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from circumspect.offices.notices.kinds import NoticeSettings
from circumspect.offices.notices.transports import (
    Message,
    Outcome,
    SmtpTransport,
    TransportDownError,
)
from circumspect.records.communications import issues, newsletter
from circumspect.records.communications.newsletter import Place
from circumspect.records.inquiries import mailout
from circumspect.records.inquiries.mailin import reply_address
from circumspect.records.inquiries.mailsettings import MailSettings
from circumspect.records.outgoing import Became, Outgoing, Send
from circumspect.trust.door.house import House

_BECAME = {
    Outcome.SENT: Became.SENT,
    Outcome.REFUSED: Became.REFUSED,
    Outcome.FAILED: Became.REFUSED,
    Outcome.LATER: Became.LATER,
    Outcome.UNSURE: Became.UNSURE,
}


def send_letters(house: House) -> int:
    """Send what waits: answers, questions whether the newsletter is wanted, issues of it; how many left.

    Raises:
        HomeError: A setting does not do.
        Refused, DoorClosed: The door stays shut; what was sent stays sent.
    """
    settings = MailSettings.of(house.home)
    with a_line(house) as send:
        if send is None:
            return 0
        library = str(house.home.setting("library", "name", "The library"))

        def reply_to(letter: int) -> str:
            return reply_address(house, settings.mailbox, letter) if settings.takes_mail else ""

        sent = mailout.send_answers(house, library, send, reply_to)
        if settings.site:
            place = Place(settings.site, library)
            came_from = settings.mailbox if settings.takes_mail else ""
            sent += newsletter.send_questions(house, place, send)
            sent += issues.send_queued(house, place, send, came_from)
        return sent


@contextmanager
def a_line(house: House) -> Iterator[Send | None]:
    """The way out; None where the library has none, or its server is away."""
    mail = NoticeSettings.of(house.home).mail
    if not mail.host:
        yield None
        return
    place = mail.sender.rpartition("@")[2].strip("> ")
    try:
        with SmtpTransport(house.home, mail, house.clock).session() as give:

            def send(outgoing: Outgoing) -> Became:
                message = Message(
                    outgoing.id,
                    outgoing.to,
                    outgoing.language,
                    outgoing.body,
                    outgoing.subject,
                    f"<{outgoing.id:016x}@{place}>",
                    outgoing.came_from or mail.bounces,
                    outgoing.headers,
                )
                try:
                    return _BECAME[give(message)]
                except TransportDownError:
                    return Became.LATER

            yield send
    except TransportDownError:
        yield None
