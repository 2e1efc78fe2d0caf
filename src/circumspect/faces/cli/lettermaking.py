"""What people have written to the sample library: letters at work, a form, readers of the newsletter.

Everything goes in by the ways the public and the staff use. Days are offsets, so that it never grows old.

Source: ``circumspect.sample`` says what is in its files.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from circumspect import sample
from circumspect.faces.cli.problems import CommandError
from circumspect.records.communications import issues, newsletter
from circumspect.records.communications.newsletter import Place, Topic
from circumspect.records.inquiries import answering, formmaking
from circumspect.records.inquiries.fieldkinds import FieldKind, FormField, FormWords
from circumspect.records.inquiries.intake import Letter, send_in
from circumspect.records.inquiries.rules import Kind
from circumspect.records.inquiries.shelves import Sender, Text
from circumspect.records.outgoing import Became, Outgoing
from circumspect.records.patrons.cards import find_card
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor

_NOTE_DAYS = 14
_NEWS = {
    "en": ("What is new at the library", "The reading room opens at nine now, and the story hour is back."),
    "es": (
        "Novedades de la biblioteca",
        "La sala de lectura abre ahora a las nueve, y vuelve la hora del cuento.",
    ),
    "pl": ("Co nowego w bibliotece", "Czytelnia jest teraz otwarta od dziewiątej, a bajki wracają."),
}


def fill(house: House, librarian: Actor, talker: Actor) -> int:
    """Let people write, and let staff have begun to answer; how many letters there are.

    Args:
        librarian: A member of the reference staff.
        talker: A member of the communications staff.
    """
    told = tomllib.loads((sample.folder() / "letters.toml").read_text(encoding="utf-8"))
    for row in told["letter"]:
        _write(house, librarian, row)
    _form(house, librarian, told["form"])
    _readers(house, talker, told["newsletter"])
    return len(told["letter"])


def _write(house: House, librarian: Actor, row: Mapping[str, Any]) -> None:
    moment = house.clock() - dt.timedelta(days=row["days_ago"])
    then = replace(house, clock=lambda: moment)
    card = find_card(house, row["card_number"]) if "card_number" in row else None
    text = Text(row.get("subject", ""), row["body"].strip())
    letter = Letter(Kind(row["kind"]), text, Sender(row["name"], row["email"]), language=row["language"])
    number = send_in(then, letter, patron=card.patron if card else None)
    if "note" in row:
        until = house.today() + dt.timedelta(days=_NOTE_DAYS)
        answering.add_note(house, librarian, number, kind="LOOKED", body=row["note"], ends_on=until)
    if "answer" in row:
        answering.answer(house, librarian, number, row["answer"].strip())


def _form(house: House, librarian: Actor, row: Mapping[str, Any]) -> None:
    fields = tuple(
        FormField(FieldKind(each["kind"]), each["needed"], each["labels"], tuple(each.get("choices", ())))
        for each in row["fields"]
    )
    words = FormWords(row["titles"], row["intros"], fields)
    until = sample.day_of(row["until"], house.today())
    formmaking.put_form(house, librarian, row["slug"], words, until=until, places=row["places"])
    formmaking.set_open(house, librarian, row["slug"], is_open=True)


def _readers(house: House, talker: Actor, rows: list[Mapping[str, Any]]) -> None:
    asked: list[Outgoing] = []

    def ask(mail: Outgoing) -> Became:
        asked.append(mail)
        return Became.SENT

    for row in rows:
        topics = [Topic(each) for each in row["topics"]]
        newsletter.subscribe(house, row["address"], language=row["language"], topics=topics)
    newsletter.send_questions(house, Place("https://library.example/", "The library"), ask)
    for mail in asked:
        found = re.search(r"newsletter/confirm/([a-z2-7]+)/", mail.body)
        if not found or not newsletter.confirm(house, found[1]):
            raise CommandError("the sample cannot be loaded: a reader of its newsletter was not confirmed")
    issues.write(house, talker, topic=Topic.NEWS, words=_NEWS)
