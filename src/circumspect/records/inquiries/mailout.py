"""Let answers leave: one mail to whoever wrote, with a subject that says nothing of what it is about.

What left, what is unsure and what came back stands on the answer, without the address. An answer is sent once: where
nobody can tell whether it went, it is not sent again, and staff are shown that.

Source: clauses MP-4.8, TH-4.1, TH-1.12.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from importlib import resources
from string import Template
from typing import Any

from circumspect.records.inquiries.rules import State
from circumspect.records.inquiries.shelves import SHELVES, Shelf
from circumspect.records.outgoing import Became, Outgoing, Send
from circumspect.records.patrons.rows import new_id
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

POSTMAN = Actor(ActorKind.JOB, "send-answers")
WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("mails.toml").read_text(encoding="utf-8")
)
_PAGE = 50
_STANDS = {Became.SENT: "sent", Became.REFUSED: "failed", Became.UNSURE: "unsure"}


def send_answers(house: House, library: str, send: Send, reply_to: Callable[[int], str]) -> int:
    """Send what is queued, as far as the line takes it; how many answers left.

    Args:
        library: The library's name.
        reply_to: The address a letter's replies come to, "" where the library takes no mail in.

    Raises:
        Refused, DoorClosed: The door stays shut; what was sent stays sent.
    """
    return sum(_send_of(house, shelf, library, send, reply_to) for shelf in SHELVES.values())


def waiting() -> int:
    """How many answers wait to leave."""
    return sum(shelf.messages.filter(outgoing="queued").count() for shelf in SHELVES.values())


def _send_of(house: House, shelf: Shelf, library: str, send: Send, reply_to: Callable[[int], str]) -> int:
    sent = 0
    while page := list(shelf.messages.filter(outgoing="queued").order_by("id")[:_PAGE]):
        kept = house.vault.subjects_with_keys(sorted({each.letter_id for each in page}))
        for each in page:
            if each.letter_id not in kept:
                _stands(shelf, each, "failed")
        if not kept:
            continue
        opening = house.door.ask(
            POSTMAN,
            action=Action.USE,
            purpose=Purpose.CORRESPOND,
            series=shelf.series.value,
            subjects=sorted(kept),
            fields={"message", "sender"},
            circumstance=Circumstance.SCHEDULED,
        )
        for each in page:
            if each.letter_id not in kept:
                continue
            letter = shelf.letter(each.letter_id)
            to = shelf.read_sender(opening, letter).email
            if not to:
                _stands(shelf, each, "failed")
                continue
            body = shelf.read_text(opening, each).body
            # Marked before it leaves: a crash in between must not send it twice.
            _stands(shelf, each, "unsure")
            became = send(_mail(library, letter, to, body, reply_to(letter.id)))
            if became is Became.LATER:
                _stands(shelf, each, "queued")
                return sent
            _stands(shelf, each, _STANDS[became])
            sent += became is Became.SENT
    return sent


def _mail(library: str, letter: Any, to: str, body: str, reply_to: str) -> Outgoing:
    words = WORDS[letter.language if letter.language in WORDS else "en"]
    fill = {"library": library}
    foot = words["foot_closed" if letter.state == State.CLOSED or not reply_to else "foot"]
    text = f"{body}\n\n-- \n{Template(foot).substitute(fill)}"
    # A person wrote it: an answering machine may say that its owner is away.
    headers = {"Auto-Submitted": "no", **({"Reply-To": reply_to} if reply_to else {})}
    subject = Template(words["subject"]).substitute(fill)
    return Outgoing(new_id(), to, letter.language, subject, text, headers, reply_to)


def _stands(shelf: Shelf, message: Any, outgoing: str) -> None:
    shelf.messages.filter(id=message.id).update(outgoing=outgoing)
