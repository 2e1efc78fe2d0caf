"""Put a notice into words. Pure: facts in, text out.

What may be read by somebody else (a subject, a text message, a postcard, what a caller says) is made of
``Facts``, which are kinds, counts, days and amounts: there is no place in them where a title could stand. Only a
letter's or an e-mail's body takes ``Titles`` too, and those exist only where the reader chose them.

Source: clauses TH-1.12, MP-4.14; DOMAIN practice of notices (no titles in subjects, messages, voicemail or on cards).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from circumspect.offices.notices.kinds import Kind
from circumspect.offices.notices.wording import Words

_COUNTS = (Kind.ALMOST_DUE, Kind.OVERDUE, Kind.BILL, Kind.HOLD_READY, Kind.HOLD_CANCELLED)
_CHOSEN = "yes"
_LINES = {
    Kind.ALMOST_DUE: "body.due_line",
    Kind.OVERDUE: "body.was_due_line",
    Kind.BILL: "body.was_due_line",
    Kind.HOLD_READY: "body.pick_up_line",
}
LINE_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing a notice is about. It has no text in it.

    Attributes:
        count: How many items, holds.
        day: The first day that matters: due, was due, to be picked up by, runs out.
        cents: An amount, for a bill or a balance.
    """

    kind: Kind
    count: int = 1
    day: dt.date | None = None
    cents: int | None = None

    def __post_init__(self) -> None:
        # Said by types, and held at run time too: a text here would be a text in a subject.
        numbers = all(each is None or type(each) is int for each in (self.count, self.cents))
        day = self.day is None or type(self.day) is dt.date
        if not (isinstance(self.kind, Kind) and numbers and day):
            raise TypeError("a matter is a kind, a count, a day and an amount, and nothing else")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the library, its branch and how to reach it."""

    library: str
    branch: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice says, without a title."""

    matters: tuple[Matter, ...]
    sender: Sender


@dataclass(frozen=True, slots=True, repr=False)
class TitleLine:
    """A title with its day."""

    title: str
    day: dt.date | None


@dataclass(frozen=True, slots=True, repr=False)
class Titles:
    """Titles by kind of matter, for a reader who chose them. Prints as nothing."""

    lines: Mapping[Kind, Sequence[TitleLine]] = field(default_factory=dict)

    @classmethod
    def chosen(cls, preference: str, lines: Mapping[Kind, Sequence[TitleLine]]) -> Titles | None:
        """The titles where the patron said yes to them; otherwise there are none."""
        return cls(lines) if preference == _CHOSEN else None


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A letter's text: paragraphs, some followed by lines of titles, and who writes."""

    subject: str
    paragraphs: tuple[tuple[str, tuple[str, ...]], ...]
    contact: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller says to whoever answers, and what to the person alone."""

    anybody: str
    once_alone: str
    person: tuple[str, ...]


def subject(words: Words, facts: Facts) -> str:
    """The subject of an e-mail."""
    kinds = {matter.kind for matter in facts.matters}
    name = kinds.pop().value if len(kinds) == 1 else "several"
    return words.say(f"subject.{name}", library=_plain(facts.sender.library))


def text_message(words: Words, facts: Facts) -> str:
    """A text message: short, and several matters are not told one by one."""
    library = _plain(facts.sender.library)
    if len(facts.matters) > 1:
        phone = words.say("sms.phone", phone=facts.sender.phone) if facts.sender.phone else ""
        return words.say("sms.many", library=library, phone=phone)
    return _matter(words, "sms", facts.matters[0], library=library)


def postcard(words: Words, facts: Facts) -> tuple[str, ...]:
    """The lines of a postcard, which anybody reads on its way: to contact the library, and how."""
    return (words.say("postcard.message"), *contact(words, facts.sender))


def call_script(words: Words, facts: Facts) -> Script:
    """What is said on the telephone. Whoever answers learns no more than which library called."""
    phone = words.say("sms.phone", phone=facts.sender.phone) if facts.sender.phone else ""
    return Script(
        words.say("call.anybody", library=_plain(facts.sender.library), phone=phone),
        words.say("call.person"),
        tuple(_matter(words, "call", matter) for matter in facts.matters),
    )


def letter(words: Words, facts: Facts, titles: Titles | None) -> Letter:
    """The text of a letter, and of an e-mail's body.

    Args:
        titles: As ``Titles.chosen`` made them of the patron's choice.
    """
    lines = titles.lines if titles else {}
    told = [
        (
            _matter(words, "body", matter),
            tuple(_title(words, matter.kind, each) for each in lines.get(matter.kind, ())),
        )
        for matter in facts.matters
    ]
    if titles is None and any(matter.kind in _COUNTS for matter in facts.matters):
        told.append((words.say("body.no_titles"), ()))
    told.append((words.say("body.questions"), ()))
    hello = (words.say("body.hello"), ())
    return Letter(subject(words, facts), (hello, *told), contact(words, facts.sender))


def email_body(words: Words, facts: Facts, titles: Titles | None) -> str:
    """An e-mail's plain text."""
    text = letter(words, facts, titles)
    blocks = ["\n".join([said, *(f"- {line}" for line in lines)]) for said, lines in text.paragraphs]
    blocks.append("\n".join(text.contact))
    blocks.append(words.say("body.do_not_answer"))
    return "\n\n".join(blocks) + "\n"


def contact(words: Words, sender: Sender) -> tuple[str, ...]:
    """Who writes, and how to reach them."""
    names = [_plain(sender.library)]
    if sender.branch and sender.branch != sender.library:
        names.append(_plain(sender.branch))
    phone = [words.say("telephone", phone=sender.phone)] if sender.phone else []
    return tuple(names + phone)


def _matter(words: Words, section: str, matter: Matter, **places: str) -> str:
    name = f"{section}.{matter.kind.value}"
    if matter.day is not None:
        places["day"] = words.day(matter.day)
    if matter.cents is not None:
        places["amount"] = words.money(matter.cents)
    if matter.kind in _COUNTS:
        return words.count(name, matter.count, **places)
    return words.say(name, **places)


def _title(words: Words, kind: Kind, line: TitleLine) -> str:
    title = _plain(line.title)
    if line.day is None or kind not in _LINES:
        return words.say("body.title_line", title=title)
    return words.say(_LINES[kind], title=title, day=words.day(line.day))


def _plain(text: str) -> str:
    """One line, whatever the catalog or the settings hold."""
    return " ".join(text.split())
