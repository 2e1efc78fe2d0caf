"""Walk a conversation as a machine would, and show it with whatever is personal masked.

In this process, without a socket; or over one, to see that the way there is open. A card and a PIN are
used where somebody gives them, and printed nowhere.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.answers import Conversation
from circumspect.faces.sip2.codec import Encoding, Lines
from circumspect.offices.terminals.accounts import Account
from circumspect.trust.door.house import House

MASK = "***"
_SECONDS = 20.0
# A card nobody has: fourteen digits and a wrong check digit.
NOBODY = "29999999999999"
# What may be shown: who the machine is, what it may do, and answers of yes and no.
_PLAIN = {b"AO", b"AM", b"BX", b"CN", b"CP", b"AF", b"AN", b"BL", b"CQ", b"BH"}
_SHOWN_PARTS = {"date", "ok", "ended", "version", "timeout", "retries", "print_width", "summary", "language"}
_ASKS_NO_PATRON = (codec.LoginAnswer, codec.AcsStatus, codec.ScStatus, codec.Login)

# Sends one message's line, and gives the answer's.
Talk = Callable[[codec.Message], codec.Message | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One line each way, masked."""

    sent: str
    answered: str


def walk(talk: Talk, account: Account, *, card: str = "", pin: str = "") -> Iterator[Step]:
    """What a machine would say from morning to a patron's leaving: status, a card, the lists, the end."""
    moment = "19700101    000000"
    about = {"date": moment, "institution": account.institution, "patron": card or NOBODY}
    wanted: list[codec.Message] = [codec.ScStatus()]
    if "23" in account.messages:
        wanted.append(codec.PatronStatusRequest(patron_password=pin, **about))
    if "63" in account.messages:
        summary = "  Y       " if "AU" in account.fields else " " * 10
        wanted.append(codec.PatronInformationRequest(patron_password=pin or None, summary=summary, **about))
    if "35" in account.messages:
        wanted.append(codec.EndSession(**about))
    for message in wanted:
        answer = talk(message)
        yield Step(masked(message), masked(answer) if answer else "no answer")


def within(house: House, account: Account) -> Talk:
    """Talk in this process, as that machine."""
    return Conversation(house, account).answer


def over(host: str, port: int, account: Account, password: str) -> Talk:
    """Talk over a socket: the first message is preceded by the machine's login.

    Raises:
        OSError: Nobody answers there.
    """
    line = socket.create_connection((host, port), timeout=_SECONDS)
    encoding = Encoding(account.encoding)
    lines = Lines(1 << 20)
    waiting: list[bytes] = []

    def talk(message: codec.Message) -> codec.Message | None:
        line.sendall(codec.encode(message, encoding, sequence="0", checked=True))
        while not waiting:
            data = line.recv(65536)
            if not data:
                return None
            waiting.extend(lines.feed(data))
        return codec.decode(waiting.pop(0), encoding).message

    answer = talk(codec.Login(user=account.name, password=password))
    if not isinstance(answer, codec.LoginAnswer) or answer.ok != "1":
        raise ConnectionRefusedError(
            0, "the machine's name or password is not right, or it may not come from here"
        )
    return talk


def masked(message: codec.Message) -> str:
    """A message's line with whatever could be anybody's masked, its name before it."""
    fixed, variable = codec.PARTS[type(message)]
    plain = isinstance(message, _ASKS_NO_PATRON)
    out = [message.NUMBER]
    for part in fixed:
        text = str(getattr(message, part.name))
        out.append(text if plain or part.name in _SHOWN_PARTS else re.sub(r"\S", "*", text))
    written = []
    for part in variable:
        value = getattr(message, part.name)
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None:
                shown = each if part.code in _PLAIN or not each else MASK
                written.append(f"{part.code.decode()}{shown}|")
    return f"{type(message).__name__:<24} {''.join(out)}{''.join(written)}"
