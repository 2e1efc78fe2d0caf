"""Put a mail that came in where it belongs: on with its letter, or a new letter of the borrower's record.

A letter is known by a code in the address that its answer came from, ``ask+CODE@library``: keyed, so that nobody makes
one up. Without one, or where its letter is closed or forgotten, the mail is a letter of its own, and nobody has
decided yet whose record it is. What machines send by themselves is let go. Nothing of a mail stands in any log.

Source: clauses MP-4.8, TH-4.1, TH-4.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from circumspect.records.inquiries.intake import Letter, send_in, write_on
from circumspect.records.inquiries.mailparse import Mail, read_mail
from circumspect.records.inquiries.rules import Kind, NoSuchLetterError, WrongStepError
from circumspect.records.inquiries.shelves import MAILBOX, Sender, Shelf, Text, shelf_of
from circumspect.records.outgoing import code, read_code
from circumspect.trust.door.house import House

_USE = "letter reply"
_LEFT_OUT = "[{count} of the files that came with it {was} of a kind that is not kept]"


class Taken(StrEnum):
    """What became of a mail."""

    NEW = "a new letter"
    ADDED = "put to its letter"
    BOUNCED = "an answer that came back; its letter says so"
    LET_GO = "sent by a machine, and let go"


def reply_address(house: House, mailbox: str, letter_id: int) -> str:
    """The address that an answer comes from, and a reply goes to."""
    name, _, place = mailbox.rpartition("@")
    return f"{name}+{code(house, _USE, letter_id)}@{place}"


def letter_of(house: House, mailbox: str, addresses: Sequence[str]) -> tuple[int | None, str]:
    """The letter that one of the addresses names, and the first code of the newsletter's among them.

    Args:
        mailbox: The library's address, without a code.
    """
    name, _, place = mailbox.rpartition("@")
    pattern = re.compile(rf"{re.escape(name)}\+(n?)([a-z2-7]{{20,40}})@{re.escape(place)}", re.IGNORECASE)
    for address in addresses:
        found = pattern.fullmatch(address.strip())
        if not found:
            continue
        # A code begins with any letter, an "n" too: what is read as a whole code is one.
        whole = read_code(house, _USE, found[1] + found[2])
        if whole is not None:
            return whole, ""
        if found[1]:
            return None, found[2]
    return None, ""


def take_mail(
    house: House,
    mailbox: str,
    raw: bytes,
    *,
    addressed: Sequence[str] = (),
    newsletter_came_back: Callable[[House, str], bool] = lambda _house, _code: False,
) -> Taken:
    """Take a mail in.

    Args:
        mailbox: The library's address, such as "ask@library.org".
        raw: The mail. Nothing of it is kept but what the letter says.
        addressed: To whom the server was told to bring it, where that is known.
        newsletter_came_back: What to do where mail to a subscriber came back: their code is given.

    Raises:
        MailError: It is no mail that can be taken. Nothing is stored.
        UnfitError: Something in it may not be stored. Nothing is.
        Refused, DoorClosed, VaultError: Nothing is stored; it may be offered again.
    """
    mail = read_mail(raw)
    letter_id, subscriber = letter_of(house, mailbox, [*addressed, *mail.to])
    if mail.is_report:
        if mail.is_final and subscriber:
            newsletter_came_back(house, subscriber)
        if mail.is_final and letter_id is not None and _came_back(letter_id):
            return Taken.BOUNCED
        return Taken.LET_GO
    if mail.is_automatic or subscriber:
        return Taken.LET_GO
    text = Text(mail.subject, _with_left_out(mail))
    if letter_id is not None:
        try:
            # The subject of a reply is our own: it says nothing.
            write_on(house, shelf_of(letter_id), letter_id, Text("", text.body), mail.files, actor=MAILBOX)
        except (NoSuchLetterError, WrongStepError):
            pass
        else:
            return Taken.ADDED
    if not text.body:
        text = Text("", text.subject) if text.subject else Text("", "—")
    letter = Letter(Kind.MAIL, text, Sender(mail.name, mail.sender), mail.files)
    send_in(house, letter, actor=MAILBOX)
    return Taken.NEW


def _with_left_out(mail: Mail) -> str:
    if not mail.left_out:
        return mail.body
    told = _LEFT_OUT.format(count=mail.left_out, was="was" if mail.left_out == 1 else "were")
    return f"{mail.body}\n\n{told}".strip()


def _came_back(letter_id: int) -> bool:
    """Mark the answers of a letter that went by mail as come back; whether there was one."""
    try:
        shelf: Shelf = shelf_of(letter_id)
    except NoSuchLetterError:
        return False
    return bool(
        shelf.messages.filter(letter_id=letter_id, outgoing__in=["sent", "unsure"]).update(outgoing="back")
    )
