"""A small mail server for the library's one mailbox: other servers hand on what came for it, and nothing else.

It relays nothing and knows no user. Whoever is not among ``smtp_networks`` is turned away; an address that is not the
mailbox's does not exist. A mail is answered when it lies sealed in the records, not before. No line of it is logged.

Source: RFC 5321 (SMTP), RFC 1870 (SIZE), RFC 3207 (STARTTLS); clause MP-4.8.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from circumspect.faces.mail.taking import Answer, take
from circumspect.records.inquiries.mailparse import MAIL_MOST_BYTES
from circumspect.records.inquiries.mailsettings import MailSettings, place
from circumspect.trust.door.house import House

_MOST_READERS = 5
_SECONDS = 60
_SAID = {
    Answer.TAKEN: "250 2.0.0 Taken",
    Answer.LARGE: "552 5.3.4 This mail is too large",
    Answer.UNFIT: "554 5.6.0 This is not a mail that can be kept",
    Answer.LATER: "451 4.3.0 Not now, try again later",
}
# The library logs who is connected and to whom they write: nothing of that is for a log.
logging.getLogger("mail.log").disabled = True


class Mailbox:
    """What the server asks about each mail."""

    def __init__(self, house: House, settings: MailSettings) -> None:
        self._house = house
        self._settings = settings
        name, _, domain = settings.mailbox.rpartition("@")
        self._ours = re.compile(rf"{re.escape(name)}(\+[a-z0-9]{{1,60}})?@{re.escape(domain)}", re.IGNORECASE)
        # One after another: a burst of mail must not take the desk's database away.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet whoever may hand on mail."""
        session.host_name = hostname
        if not self._settings.may_hand_on(_address(session)):
            return ["550 5.7.1 Not from there"]
        return responses

    async def handle_HELO(self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str) -> str:
        """Greet whoever speaks the older way."""
        session.host_name = hostname
        if not self._settings.may_hand_on(_address(session)):
            return "550 5.7.1 Not from there"
        return "250 library"

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Begin a mail."""
        if not self._settings.may_hand_on(_address(session)):
            return "550 5.7.1 Not from there"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Is it for the mailbox?"""
        if not self._ours.fullmatch(address):
            return "550 5.1.1 No such mailbox"
        if len(envelope.rcpt_tos) >= _MOST_READERS:
            return "452 4.5.3 Too many readers"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take it in, and answer when it is sealed."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else b""
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(
            self._worker, take, self._house, self._settings.mailbox, raw, tuple(envelope.rcpt_tos)
        )
        return _SAID[answer]

    async def handle_exception(self, _problem: Exception) -> str:
        """Whatever breaks is put off, and said to nobody."""
        return _SAID[Answer.LATER]

    def close(self) -> None:
        """Finish what is being taken."""
        self._worker.shutdown(wait=True)


class Post(Controller):
    """The server, in a thread of its own."""

    def __init__(self, house: House, settings: MailSettings) -> None:
        host, port = place("smtp", settings.smtp)
        context: ssl.SSLContext | None = None
        if settings.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(settings.certificate, settings.key or None)
        self._mailbox = Mailbox(house, settings)
        super().__init__(
            self._mailbox,
            hostname=host,
            port=port,
            data_size_limit=MAIL_MOST_BYTES,
            server_hostname="library",
            ident="library",
            tls_context=context,
            timeout=_SECONDS,
        )

    def stop(self, no_assert: bool = False) -> None:
        """End: what is being taken is finished."""
        super().stop(no_assert=no_assert)
        self._mailbox.close()


def _address(session: Session) -> str:
    peer: Any = session.peer
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""
