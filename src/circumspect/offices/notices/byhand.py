"""Notices that somebody of the staff completes: letters to print, people to call; and what a patron was sent.

What is printed is made when it is asked for and handed to the browser: no file of letters rests anywhere. Whoever
prints or calls asks the door in their own name, for the people of this batch: a letter shows who it goes to and what it
says, a call the number, the language and what may be said.

Source: clauses MP-4.14, TH-1.12, TH-1.15, MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from circumspect.offices.notices import outbox, paper
from circumspect.offices.notices.gathering import Senders, at_the_desk
from circumspect.offices.notices.kinds import Channel, Kind, NoticeSettings, State
from circumspect.offices.notices.outbox import Entry
from circumspect.offices.notices.paper import PrintedCard, PrintedLetter
from circumspect.offices.notices.rendering import Script, Titles, call_script, letter, postcard
from circumspect.offices.notices.sending import POST_FIELDS, SMS_FIELDS, Opened, Sent, open_page, same_shape
from circumspect.offices.notices.wording import words_of
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason

MOST_LETTERS = 50  # no piece of desk work opens more at once
MOST_CALLS = 10
_ADDRESS = ("given_name", "family_name", "street", "city", "region", "postcode")


@dataclass(frozen=True, slots=True)
class WasSent:
    """One line of what a patron was sent."""

    kinds: tuple[Kind, ...]
    channel: Channel
    state: State
    day: dt.date


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """Somebody to call. Prints as nothing.

    Attributes:
        language: Its own name for itself; ``code`` is "en", "es" or "pl".
    """

    notice: int
    phone: str
    language: str
    code: str
    script: Script


def sent_to(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    purpose: Purpose = Purpose.SERVE,
    reason: Reason | None = None,
) -> list[WasSent]:
    """What a patron was sent in the last sixty days, newest first: kind, way and day.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    house.door.ask(
        actor,
        action=Action.VIEW,
        purpose=purpose,
        series=outbox.SERIES,
        subjects=(patron,),
        fields=outbox.FIELDS,
        circumstance=circumstance,
        reason=reason,
    )
    tokens = list(house.vault.links(outbox.SERIES, patron).values())
    if not tokens:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, channel, state, sent_on FROM notices_notice"
            f" WHERE link IN ({', '.join(['%s'] * len(tokens))}) ORDER BY sent_on DESC, id",
            tokens,
        )
        return [
            WasSent(
                tuple(dict.fromkeys(Kind(each) for each in kind.split(","))),
                Channel(channel),
                State(state),
                day if isinstance(day, dt.date) else dt.date.fromisoformat(day),
            )
            for kind, channel, state, day in cursor.fetchall()
        ]


def print_letters(house: House, actor: Actor, settings: NoticeSettings) -> bytes | None:
    """The next letters (or postcards) as one PDF; they are then with the printer. None where none waits.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read, and all of them wait on.
    """
    page = _waiting(house, Channel.POST, MOST_LETTERS)
    if not page:
        return None
    senders = Senders(house, settings)
    made: list[PrintedLetter | PrintedCard] = []
    printed, unreachable = [], []
    for some in same_shape(page):
        for opened in open_page(house, settings, some, POST_FIELDS, Sent(), at_the_desk(actor)):
            one = _printed(senders, settings, opened)
            if one is None:
                unreachable.append(opened.entry.id)
                continue
            made.append(one)
            printed.append(opened.entry.id)
    outbox.settle([(notice, State.FAILED) for notice in unreachable], today=house.today())
    letters = [each for each in made if isinstance(each, PrintedLetter)]
    cards = [each for each in made if isinstance(each, PrintedCard)]
    if not made:
        return None
    pdf = paper.letters_pdf(letters, settings.paper) if letters else paper.postcards_pdf(cards)
    outbox.claim(printed, State.WAITING, State.PRINTING)
    return pdf


def _printed(
    senders: Senders, settings: NoticeSettings, opened: Opened
) -> PrintedLetter | PrintedCard | None:
    record = opened.record
    address = paper.address_lines(*(record[name] for name in _ADDRESS))
    if not address:
        return None
    words = words_of(record["language"])
    facts = opened.content.facts(senders.of(opened.entry.branch))
    if settings.post == "postcard":
        return PrintedCard(words.language, address, postcard(words, facts))
    titles = Titles.chosen(record["notice_titles"], opened.content.titles)
    return PrintedLetter(words.language, address, letter(words, facts, titles))


def letters_came_out(house: House, *, well: bool) -> int:
    """Say how the printer did: the letters are gone, or wait to be printed again. How many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_notice SET state = %s, sent_on = CASE WHEN %s THEN %s ELSE sent_on END WHERE state = %s",
            [
                (State.SENT if well else State.WAITING).value,
                well,
                house.today(),
                State.PRINTING.value,
            ],
        )
        return int(cursor.rowcount)


def calls(house: House, actor: Actor, settings: NoticeSettings) -> list[Call]:
    """The next people to call: number, language and what to say.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    page = _waiting(house, Channel.PHONE, MOST_CALLS)
    if not page:
        return []
    senders = Senders(house, settings)
    found = []
    for some in same_shape(page):
        for opened in open_page(house, settings, some, SMS_FIELDS, Sent(), at_the_desk(actor)):
            record = opened.record
            if not record["phone"]:
                outbox.change_way(opened.entry, Channel.POST)
                continue
            words = words_of(record["language"])
            script = call_script(words, opened.content.facts(senders.of(opened.entry.branch)))
            found.append(
                Call(opened.entry.id, record["phone"], words.texts["language"], words.language, script)
            )
    return found


def call_made(house: House, notice: int, *, reached: bool) -> bool:
    """Say how a call went: the patron was told, or is written to instead. Whether it still waited."""
    entry = outbox.find(notice)
    if entry is None or entry.channel is not Channel.PHONE:
        return False
    if notice not in outbox.claim([notice], State.WAITING, State.CLAIMED):
        return False
    if reached:
        outbox.settle([(notice, State.SENT)], today=house.today())
    else:
        outbox.change_way(entry, Channel.POST)
    return True


def _waiting(house: House, channel: Channel, limit: int) -> Sequence[Entry]:
    now = house.second()
    return outbox.entries(State.WAITING, channel, today=house.today(), now=now, limit=limit)
