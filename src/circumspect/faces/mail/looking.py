"""Look into a mailbox at another server, take in what lies there, and leave nothing behind.

A mail that was taken is deleted there at once: it would be a copy of a confidential letter in ordinary mail (TH-4.1).
One that cannot be taken is flagged and left for a person to look at; how many there are is all that is said.

A stop between taking and deleting brings the same letter twice: better than losing it.

Source: RFC 9051, RFC 3501 and RFC 4315 (IMAP); clauses TH-4.1, MP-4.8.
"""

from __future__ import annotations

import imaplib
import logging
import ssl
import threading
from dataclasses import dataclass
from typing import Final

from circumspect.faces.mail.taking import Answer, take
from circumspect.home import HomeError
from circumspect.records.inquiries.mailparse import MAIL_MOST_BYTES
from circumspect.records.inquiries.mailsettings import MailSettings, place
from circumspect.trust.door.house import House

_SECONDS = 30
_MOST_AT_ONCE = 200
log = logging.getLogger("circumspect.mail")


class MailboxAwayError(Exception):
    """The mailbox cannot be looked into now. Says why, and names nobody."""


@dataclass(slots=True)
class Looked:
    """What a look came to: numbers, and nobody."""

    taken: int = 0
    refused: int = 0


def look(house: House, settings: MailSettings) -> Looked:
    """Look once.

    Raises:
        MailboxAwayError: The server cannot be reached, or does not let us in.
        HomeError: The password cannot be read.
    """
    looked = Looked()
    password = house.home.read_key_file(settings.imap_password_file).decode().strip()
    try:
        server = _connect(settings)
    except (imaplib.IMAP4.error, OSError) as problem:
        raise MailboxAwayError(f"the mailbox cannot be reached ({type(problem).__name__})") from None
    try:
        server.login(settings.imap_user, password)
        state, _ = server.select(_quoted(settings.imap_folder))
        if state != "OK":
            raise MailboxAwayError("there is no such folder in the mailbox")
        # Some servers tell what they can do only to whoever has signed in.
        takes_uids = b"UIDPLUS" in b" ".join(server.capability()[1]).upper().split()
        for uid in _new(server)[:_MOST_AT_ONCE]:
            answer = _take_one(house, settings, server, uid)
            if answer is Answer.LATER:
                break
            if answer is Answer.TAKEN:
                looked.taken += 1
                server.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                if takes_uids:
                    server.uid("EXPUNGE", uid)  # what somebody else has marked there is theirs to take out
                else:
                    server.expunge()
            else:
                looked.refused += 1
                server.uid("STORE", uid, "+FLAGS", r"(\Flagged \Seen)")
    except (imaplib.IMAP4.error, OSError) as problem:
        raise MailboxAwayError(f"the mailbox hung up ({type(problem).__name__})") from None
    finally:
        _leave(server)
    return looked


class Looker(threading.Thread):
    """Looks every few minutes for as long as its process lives."""

    def __init__(self, house: House, settings: MailSettings) -> None:
        super().__init__(name="mailbox", daemon=True)
        self._house: Final = house
        self._settings: Final = settings
        self._ended = threading.Event()

    def run(self) -> None:
        """Look, wait, look. What fails is logged by its kind, never by what it was about."""
        while not self._ended.is_set():
            try:
                looked = look(self._house, self._settings)
                if looked.refused:
                    log.warning(
                        "%d mails could not be taken: they are flagged in the mailbox", looked.refused
                    )
            except (MailboxAwayError, HomeError) as problem:
                log.warning("%s", problem)
            except Exception as problem:  # noqa: BLE001 - the next look may go better
                log.warning("the mailbox was not looked into: %s", type(problem).__name__)
            self._ended.wait(self._settings.every_minutes * 60)

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()


def _connect(settings: MailSettings) -> imaplib.IMAP4:
    host, port = place("imap", settings.imap)
    if settings.imap_tls == "none":
        return imaplib.IMAP4(host, port, timeout=_SECONDS)
    context = ssl.create_default_context(cafile=settings.imap_ca_file or None)
    if settings.imap_tls == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=_SECONDS)
    server = imaplib.IMAP4(host, port, timeout=_SECONDS)
    server.starttls(context)
    return server


def _new(server: imaplib.IMAP4) -> list[str]:
    _, found = server.uid("SEARCH", "UNDELETED", "UNFLAGGED")
    return [each.decode() for each in (found[0] or b"").split()]


def _take_one(house: House, settings: MailSettings, server: imaplib.IMAP4, uid: str) -> Answer:
    _, said = server.uid("FETCH", uid, "(RFC822.SIZE)")
    if _size(said) > MAIL_MOST_BYTES:
        return Answer.LARGE
    _, parts = server.uid("FETCH", uid, "(BODY.PEEK[])")
    raw = next((part[1] for part in parts if isinstance(part, tuple) and isinstance(part[1], bytes)), None)
    if raw is None:
        return Answer.UNFIT
    return take(house, settings.mailbox, raw)


def _size(said: list[object]) -> int:
    text = b" ".join(each if isinstance(each, bytes) else b"" for each in said)
    _, _, after = text.partition(b"RFC822.SIZE ")
    digits = after.split(b")")[0].split(b" ")[0]
    return int(digits) if digits.isdigit() else 0


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _leave(server: imaplib.IMAP4) -> None:
    try:
        server.logout()
    except (imaplib.IMAP4.error, OSError):
        return
