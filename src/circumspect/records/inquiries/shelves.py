"""The two shelves of letters, and the one way to seal and read what lies on them.

A shelf is the tables of one class with its series' name. A letter's key is a subject of the vault of its own:
to forget a letter is to destroy that key, here and in every copy.

Source: ARCHITECTURE.md, "How patron information rests"; clauses TH-4.1, TH-4.4.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from circumspect.records.inquiries import models
from circumspect.records.inquiries.rules import LetterClass, NoSuchLetterError
from circumspect.records.patrons.rows import new_id
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind, MachineRole
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.vault import Sealer

SERIES = "inquiries"
FIELDS = frozenset({"message", "sender", "attachment"})
# Who writes down what the public sends: nobody is signed in as either.
SITE_FORMS = Actor(ActorKind.TERMINAL, "forms", frozenset({MachineRole.FORM.value}))
MAILBOX = Actor(ActorKind.TERMINAL, "mailbox", frozenset({MachineRole.FORM.value}))

__all__ = [
    "FIELDS",
    "MAILBOX",
    "NOBODY",
    "SERIES",
    "SHELVES",
    "SITE_FORMS",
    "File",
    "Sender",
    "Shelf",
    "Text",
    "links_of",
    "new_id",
    "shelf_of",
]


@dataclass(frozen=True, slots=True, repr=False)
class Sender:
    """Who wrote, as far as they said. Prints as nothing."""

    name: str = ""
    email: str = ""
    phone: str = ""


NOBODY = Sender()


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """What one message says. Prints as nothing.

    Attributes:
        answers: Of a form: each field's label with what was filled in.
    """

    subject: str = ""
    body: str = ""
    answers: tuple[tuple[str, str], ...] = ()

    def to_text(self) -> str:
        """As it is sealed."""
        return json.dumps([self.subject, self.body, self.answers], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Text:
        """What ``to_text`` made."""
        subject, body, answers = json.loads(text)
        return cls(subject, body, tuple((label, value) for label, value in answers))

    def everything(self) -> str:
        """All of it, for a search."""
        return "\n".join([self.subject, self.body, *(f"{label}: {value}" for label, value in self.answers)])


@dataclass(frozen=True, slots=True, repr=False)
class File:
    """A file, with the name it came under. Prints as nothing."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Shelf:
    """The tables of one class.

    Attributes:
        series: The class and its series.
    """

    series: LetterClass
    letters: Any  # a model's manager; the two classes' models are alike
    messages: Any
    files: Any

    def letter(self, letter_id: int) -> Any:
        """One letter.

        Raises:
            NoSuchLetterError: There is none of that number on this shelf.
        """
        found = self.letters.filter(id=letter_id).first()
        if found is None:
            raise NoSuchLetterError
        return found

    def seal_sender(self, sealer: Sealer, sender: Sender) -> bytes:
        """Who wrote, sealed."""
        text = json.dumps([sender.name, sender.email, sender.phone], ensure_ascii=False)
        return sealer.seal(self.series, sealer.subject, "sender", text)

    def seal_text(self, sealer: Sealer, message_id: int, text: Text) -> bytes:
        """What a message says, sealed."""
        return sealer.seal(self.series, message_id, "message", text.to_text())

    def seal_file(self, sealer: Sealer, file_id: int, file: File) -> bytes:
        """A file, sealed."""
        text = json.dumps([file.name, base64.b64encode(file.content).decode()])
        return sealer.seal(self.series, file_id, "attachment", text)

    def read_sender(self, opening: Opening, letter: Any) -> Sender:
        """Who wrote a letter."""
        text = opening.read(Sealed(self.series, "sender", letter.id, letter.id, letter.sealed_sender))
        return Sender(*json.loads(text))

    def read_text(self, opening: Opening, message: Any) -> Text:
        """What a message says."""
        sealed = Sealed(self.series, "message", message.letter_id, message.id, message.sealed_message)
        return Text.from_text(opening.read(sealed))

    def read_file(self, opening: Opening, letter_id: int, row: Any) -> File:
        """A file."""
        sealed = Sealed(self.series, "attachment", letter_id, row.id, row.sealed_attachment)
        name, content = json.loads(opening.read(sealed))
        return File(name, base64.b64decode(content))

    def shown(self, house: House) -> Any:
        """The letters that may be seen: not those whose rule has ended, kept though one may be for a request to preserve.

        So whoever works here, and whoever wrote it, is not told by a letter that stays.
        """
        if self.series is not LetterClass.BORROWER:
            return self.letters.all()
        limit = house.today() - dt.timedelta(days=house.schedule().item(SERIES).days)
        return self.letters.exclude(ended_on__lte=limit)

    def with_keys(self, house: House, letters: Iterable[Any]) -> list[Any]:
        """Those of the letters that can still be opened: of one whose forgetting was cut short, rows are left."""
        every = list(letters)
        kept = house.vault.subjects_with_keys([each.id for each in every])
        return [each for each in every if each.id in kept]


SHELVES: dict[LetterClass, Shelf] = {
    LetterClass.BORROWER: Shelf(
        LetterClass.BORROWER,
        models.Inquiry.objects,
        models.InquiryMessage.objects,
        models.InquiryAttachment.objects,
    ),
    LetterClass.PUBLIC: Shelf(
        LetterClass.PUBLIC,
        models.PublicLetter.objects,
        models.PublicMessage.objects,
        models.PublicAttachment.objects,
    ),
}


def shelf_of(letter_id: int) -> Shelf:
    """Where a letter lies.

    Raises:
        NoSuchLetterError: Nowhere.
    """
    for shelf in SHELVES.values():
        if shelf.letters.filter(id=letter_id).exists():
            return shelf
    raise NoSuchLetterError


def links_of(house: House, patron: int) -> Sequence[bytes]:
    """The links under which a patron's letters can be found."""
    return list(house.vault.links(SERIES, patron).values())
