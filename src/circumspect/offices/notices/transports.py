"""How a message leaves the house: e-mail over SMTP, text messages as files for a gateway, or nowhere.

A transport is opened for a while and then given one message after another. It answers for each what became
of it; the difference that matters is between *certainly not sent* and *perhaps sent*. When the line breaks
after a server was given the text, nobody can tell: that is UNSURE, and an unsure message is not sent again.

Plain text, no pictures, no tracked links, no receipt asked for. Passwords come from the key folder.

Source: RFC 5321 (SMTP), RFC 3207 (STARTTLS), RFC 3834 (automatic mail), RFC 5322.
"""

from __future__ import annotations

import json
import os
import quopri
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from email.header import Header
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from circumspect.home import Home
from circumspect.offices.notices.kinds import Mail
from circumspect.trust.door.door import Clock

_SECONDS = 30
# What servers answer about a reader: bad address, no such mailbox, moved, not allowed, takes no mail (RFC 5321, 7504).
_NO_SUCH_READER = (501, 550, 551, 553, 556)


class Outcome(StrEnum):
    """What became of one message."""

    SENT = "sent"
    REFUSED = "refused"  # this address takes no mail
    FAILED = "failed"  # the server will not have this message, whoever it is for
    LATER = "later"  # certainly not sent; try again
    UNSURE = "unsure"  # perhaps sent


class TransportDownError(Exception):
    """Nothing can be sent by this way now. Says why, and names nobody."""


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One message. Prints as nothing.

    Attributes:
        id: The notice's random number.
        to: An e-mail address or a telephone number.
        message_id, bounce_to: Of an e-mail; a token stands in the latter.
        headers: Of an e-mail, beside the usual ones or in their place.
    """

    id: int
    to: str
    language: str
    body: str
    subject: str = ""
    message_id: str = ""
    bounce_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Send = Callable[[Message], Outcome]


class Transport(Protocol):
    """A way out of the house."""

    def session(self) -> AbstractContextManager[Send]:
        """Open it for a while. Raises TransportDownError."""

    def left(self, notice: int) -> bool | None:
        """Whether a notice that was found claimed has left; None where nobody can tell."""


class SmtpTransport:
    """E-mail through the library's mail server."""

    def __init__(self, home: Home, mail: Mail, clock: Clock) -> None:
        self._mail = mail
        self._clock = clock
        self._password = home.read_key_file(mail.password_file).decode().strip() if mail.password_file else ""

    @contextmanager
    def session(self) -> Iterator[Send]:
        """One connection for many messages."""
        server = self._connect()
        try:
            yield lambda message: self._send(server, message)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()

    def left(self, notice: int) -> bool | None:  # noqa: ARG002 - SMTP has no way to ask
        """Nobody can tell: a mail server does not say what it took before."""
        return None

    def _connect(self) -> smtplib.SMTP:
        mail = self._mail
        try:
            context = ssl.create_default_context(cafile=mail.ca_file or None)
            if mail.tls == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    mail.host, mail.port, timeout=_SECONDS, context=context
                )
            else:
                server = smtplib.SMTP(mail.host, mail.port, timeout=_SECONDS)
            if mail.tls == "starttls":
                server.starttls(context=context)
            server.ehlo_or_helo_if_needed()
            if mail.user:
                server.login(mail.user, self._password)
        except (smtplib.SMTPException, OSError) as problem:
            raise TransportDownError(f"the mail server cannot be used ({type(problem).__name__})") from None
        return server

    def _send(self, server: smtplib.SMTP, message: Message) -> Outcome:
        if not message.to.isascii():
            return Outcome.REFUSED  # few servers take such addresses; the notice goes by post
        try:
            code, _ = server.mail(message.bounce_to)
            if code // 100 == 5:
                # Said of us, not of the reader: nobody's mail would go.
                raise TransportDownError(f"the mail server refuses our sender (code {code})")
            if code // 100 == 2:
                code, _ = server.rcpt(message.to)
            if code // 100 != 2:
                server.rset()
                return _judged(code, Outcome.REFUSED if code in _NO_SUCH_READER else Outcome.FAILED)
        except (smtplib.SMTPException, OSError):
            # Before a word of the text was given: certainly not sent.
            raise TransportDownError("the mail server hung up") from None
        return self._give_text(server, message)

    def _give_text(self, server: smtplib.SMTP, message: Message) -> Outcome:
        raw = email_bytes(message, self._mail.sender, self._clock)
        try:
            code, _ = server.data(raw)
        except smtplib.SMTPDataError as refused:
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
            return _judged(refused.smtp_code, Outcome.FAILED)
        except (smtplib.SMTPException, OSError):
            return Outcome.UNSURE
        return Outcome.SENT if code // 100 == 2 else _judged(code, Outcome.FAILED)


def _judged(code: int, final: Outcome) -> Outcome:
    if code == 421:
        raise TransportDownError("the mail server closes")
    return Outcome.LATER if code // 100 == 4 else final


def email_bytes(message: Message, sender: str, clock: Clock) -> bytes:
    """The message as it goes over the wire: a few headers, plain text, lines ended as SMTP wants them.

    Put together by hand from the library's own pieces: the policy-driven way takes ten times as long.

    Raises:
        ValueError: A header would have a second line. Names the header, not what is in it.
    """
    headers = {
        "From": sender,
        "To": message.to,
        "Subject": message.subject
        if message.subject.isascii()
        else Header(message.subject, "utf-8", header_name="Subject").encode(),
        "Date": format_datetime(clock()),
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "quoted-printable",
        **message.headers,
    }
    for name, value in headers.items():
        # A folded line goes on with a blank; anything else would begin a header of its own.
        if "\r" in value or "\n" in value.replace("\n ", ""):
            raise ValueError(f"the header {name} would have a second line")
    head = "\n".join(f"{name}: {value}" for name, value in headers.items())
    body = quopri.encodestring(message.body.encode(), quotetabs=False)
    return head.encode("ascii").replace(b"\n", b"\r\n") + b"\r\n\r\n" + body.replace(b"\n", b"\r\n")


class FileTransport:
    """Text messages as files, one each, which a gateway program picks up and removes.

    A file is named by the notice's random number and appears whole or not at all, readable by its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def session(self) -> Iterator[Send]:
        """Make the folder, and see that nobody else reads it."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
        except OSError as problem:
            raise TransportDownError(
                f"the folder of text messages cannot be written ({problem.strerror})"
            ) from None
        yield self._write

    def left(self, notice: int) -> bool | None:
        """A file that is there has left; of one that is not, it may have been picked up already."""
        return True if self._path(notice).exists() else None

    def _path(self, notice: int) -> Path:
        return self._folder / f"{notice:016x}.json"

    def _write(self, message: Message) -> Outcome:
        told = {"to": message.to, "language": message.language, "text": message.body}
        unfinished = self._path(message.id).with_suffix(".part")
        try:
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(told, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self._path(message.id))
        except OSError as problem:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise TransportDownError(f"a text message cannot be written ({problem.strerror})") from None
        return Outcome.SENT


class NullTransport:
    """Sends nothing, and counts it: for measuring, and for looking before one leaps."""

    def __init__(self, sender: str = "library@example.org", clock: Clock | None = None) -> None:
        self.count = 0
        self._sender = sender
        self._clock = clock

    @contextmanager
    def session(self) -> Iterator[Send]:
        """Nothing to open."""
        yield self._take

    def left(self, notice: int) -> bool | None:  # noqa: ARG002
        """Nothing ever leaves."""
        return None

    def _take(self, message: Message) -> Outcome:
        if self._clock is not None:
            email_bytes(message, self._sender, self._clock)
        self.count += 1
        return Outcome.SENT
