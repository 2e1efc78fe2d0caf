"""What people wrote to the library that is robbed: letters of both classes, files, mail in and out, the newsletter.

Every word of it is planted: what was asked and answered, who asked, the names of files and what they hold, addresses of
the newsletter that were confirmed, typed, and left. Mail that came in is offered as it crossed the wire, and refused
mail too, with a log that says everything.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

LETTER, SENDER, ATTACHED, READER = "Zwqvxkjt", "Jzxqwvkp", "Kvzqjxwt", "xqvjzkwp"
MARKS = (LETTER, SENDER, ATTACHED, READER)
BOX = "ask@library.example"


class Line:
    """Takes what leaves, and breaks now and then."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    def __call__(self, mail: Any) -> Any:
        from circumspect.records.outgoing import Became

        self.mails.append(mail)
        return (Became.SENT, Became.UNSURE, Became.SENT, Became.REFUSED)[len(self.mails) % 4]


def use_letters(house: Any, patrons: Sequence[int], log: logging.Logger) -> None:
    """Everything that is done with letters and the newsletter."""
    from attack_home import staff

    from circumspect.records.inquiries import answering, formmaking, mailout, own, publicrecords, tending
    from circumspect.records.inquiries.intake import Letter, send_in
    from circumspect.records.inquiries.mailin import reply_address
    from circumspect.records.inquiries.rules import Kind, LetterClass
    from circumspect.records.inquiries.shelves import File, Sender, Text

    librarian, officer = staff("reference"), staff("foia_officer")
    letters = []
    for number, kind in enumerate([*Kind] * 2):
        text = Text(f"{LETTER} {number}", f"about {LETTER}{number}", ((f"{LETTER}", f"{LETTER}x"),))
        sender = Sender(f"{SENDER}{number}", f"{SENDER}{number}@{SENDER}.example", "")
        files = (File(f"{ATTACHED}.txt", f"a map of {ATTACHED}{number}".encode() * 9),)
        whose = patrons[number % len(patrons)] if number % 2 else None
        letters.append(send_in(house, Letter(kind, text, sender, files), patron=whose))
    for number, letter in enumerate(letters):
        if number % 3 == 0:
            answering.answer(house, librarian, letter, f"See {LETTER}a{number}")
        if number % 3 == 1:
            until = house.today() + dt.timedelta(days=9)
            answering.add_note(
                house, librarian, letter, kind="LOOKED", body=f"{LETTER}n{number}", ends_on=until
            )
    answering.reclassify(house, librarian, letters[3], LetterClass.PUBLIC, "no_bearing")
    line = Line()
    mailout.send_answers(house, "The library", line, lambda letter: reply_address(house, BOX, letter))
    assert line.mails, "nothing left: nothing is attacked"
    _mail_comes(house, log, reply_address(house, BOX, letters[0]))
    _news(house, log)
    for do in (
        lambda: answering.see_letter(house, staff("desk"), letters[0]),
        lambda: send_in(house, Letter(Kind.QUESTION, Text(body=f"{LETTER} 123-45-6789"))),
        lambda: send_in(house, Letter(Kind.QUESTION, Text(body="x"), Sender(email=f"{SENDER} at home"))),
        lambda: formmaking.form_of(f"{LETTER}"),
        lambda: publicrecords.search_public_records(house, librarian, LETTER),
    ):
        _mistake(log, do)
    log.info("opened %s", answering.see_letter(house, librarian, letters[0]))
    log.info("listed %s", answering.inbox(house, librarian, LetterClass.BORROWER))
    log.info("own %s", [own.own_letters(house, patron) for patron in patrons[:6]])
    log.info("found %s", publicrecords.search_public_records(house, officer, LETTER))
    answering.close(house, librarian, letters[1])
    tending.forget_letters_of(house, patrons[1])


def _mail_comes(house: Any, log: logging.Logger, reply_to: str) -> None:
    from circumspect.records.inquiries.mailin import take_mail

    for number, to in enumerate((BOX, reply_to, f"ask+{'a' * 26}@library.example")):
        mail = EmailMessage()
        mail["From"] = f"{SENDER} <{SENDER}m{number}@{SENDER}.example>"
        mail["To"], mail["Subject"] = to, f"{LETTER} m{number}"
        mail.set_content(f"Do you have {LETTER}m{number}?")
        mail.add_attachment(
            b"%PDF-1.7 " + ATTACHED.encode(), maintype="a", subtype="b", filename=f"{ATTACHED}.pdf"
        )
        log.info("taken %s", take_mail(house, BOX, mail.as_bytes()))
    for raw in (f"From: {SENDER}\r\n\r\n{LETTER}".encode(), f"{LETTER}".encode() * 2_000_000):
        _mistake(log, lambda raw=raw: take_mail(house, BOX, raw))


def _news(house: Any, log: logging.Logger) -> None:
    from attack_home import staff

    from circumspect.records.communications import issues, newsletter
    from circumspect.records.communications.newsletter import Place, Topic

    place, line, talker = Place("https://library.example/", "The library"), Line(), staff("communications")
    for number in range(8):
        address = f"{READER}{number}@{READER}.example"
        newsletter.subscribe(house, address, language="pl", topics=list(Topic))
    newsletter.send_questions(house, place, line)
    codes = [re.findall(r"confirm/(\w+)/", mail.body)[0] for mail in line.mails]
    said = [newsletter.confirm(house, code) for code in codes[:6]]
    assert any(said), "nobody said yes: nothing is attacked"
    number = issues.write(house, talker, topic=Topic.NEWS, words={"en": ("News", "The river is open.")})
    issues.queue(house, talker, number)
    issues.send_queued(house, place, line, BOX)
    leave = [re.findall(r"leave/(\w+)/", mail.body) for mail in line.mails]
    assert newsletter.unsubscribe(house, next(code for found in leave for code in found))
    newsletter.subscribe(house, f"{READER}late@{READER}.example", language="en", topics=[])
    log.info("readers %s", newsletter.subscribers(house, talker))
    _mistake(log, lambda: newsletter.export_list(house, talker))


def _mistake(log: logging.Logger, do: Any) -> None:
    try:
        do()
    except Exception as problem:
        log.exception("%s", problem)
    else:
        raise AssertionError("a mistake that was none")
