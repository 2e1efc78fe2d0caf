"""What somebody who is signed in sees of their letters: what they wrote, what was answered, what was noted.

A letter's key is its own and not the patron's, so the patron comes to the door as the one whom this letter belongs to:
the links of the patron find the letters, which proves that they are theirs, and each is asked for by itself.

Source: clauses TH-1.2, MP-4.13, TH-4.1.
"""

from __future__ import annotations

from circumspect.records.inquiries.answering import Opened, read_letter
from circumspect.records.inquiries.formmaking import Form
from circumspect.records.inquiries.intake import Letter, add_from_sender, check_text, send_in
from circumspect.records.inquiries.rules import Kind, NoSuchLetterError, UnfitError
from circumspect.records.inquiries.shelves import SHELVES, File, Sender, Shelf, Text, links_of
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose


def own_letters(house: House, patron: int) -> list[Opened]:
    """Every letter of a patron who is signed in, newest first.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    found: list[Opened] = []
    links = links_of(house, patron)
    for shelf in SHELVES.values():
        for row in shelf.with_keys(house, shelf.shown(house).filter(link__in=links)):
            opening = _ask(house, shelf, row.id, Action.VIEW, {"message", "sender"})
            found.append(read_letter(house, shelf, row, opening))
    return sorted(found, key=lambda each: (each.received_on, each.id), reverse=True)


def ask(house: House, patron: int, kind: Kind, subject: str, body: str, *, language: str) -> int:
    """Write a new letter as a patron who is signed in; it is tied to them, and read on the portal. Its number.

    Raises:
        UnfitError: Something does not do; nothing is stored.
        Refused, DoorClosed, VaultError: Nothing is stored.
    """
    return send_in(house, Letter(kind, Text(subject, body), language=language), patron=patron)


def fill_in(
    house: House,
    patron: int,
    form: Form,
    title: str,
    answers: tuple[tuple[str, str], ...],
    sender: Sender,
    *,
    language: str,
) -> int:
    """Send a form that staff made, as a patron who is signed in; it stands among their letters. Its number.

    Raises:
        UnfitError: Something does not do; nothing is stored.
        Refused, DoorClosed, VaultError: Nothing is stored.
    """
    letter = Letter(
        Kind.FORM,
        Text(title, "", answers),
        sender,
        language=language,
        form=form.slug,
        form_class=form.letter_class,
    )
    return send_in(house, letter, patron=patron)


def own_file(house: House, patron: int, letter_id: int, file_id: int) -> tuple[File, str]:
    """A file of one of the patron's letters, and its type.

    Raises:
        NoSuchLetterError: It is none of theirs, or gone.
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    shelf = _shelf(house, patron, letter_id)
    row = shelf.files.filter(id=file_id, message__letter_id=letter_id).first()
    if row is None:
        raise NoSuchLetterError
    opening = _ask(house, shelf, letter_id, Action.VIEW, {"attachment"})
    return shelf.read_file(opening, letter_id, row), str(row.file_type)


def write_on(house: House, patron: int, letter_id: int, body: str) -> None:
    """Write on in one of the patron's letters; it is open again.

    Raises:
        NoSuchLetterError: It is none of theirs, or gone.
        WrongStepError: It is closed.
        UnfitError: There is no text, or it may not be stored.
        Refused, DoorClosed: The door stays shut; nothing is stored.
    """
    text = check_text(Text(body=body))
    if not text.body:
        raise UnfitError("body", "missing")
    shelf = _shelf(house, patron, letter_id)
    _ask(house, shelf, letter_id, Action.CHANGE, {"message"})
    add_from_sender(house, shelf, letter_id, text)


def _shelf(house: House, patron: int, letter_id: int) -> Shelf:
    links = links_of(house, patron)
    for shelf in SHELVES.values():
        if shelf.letters.filter(id=letter_id, link__in=links).exists():
            return shelf
    raise NoSuchLetterError


def _ask(house: House, shelf: Shelf, letter_id: int, action: Action, fields: set[str]) -> Opening:
    whose = Actor(ActorKind.PATRON, str(letter_id))
    part = Part(action, Purpose.OWN_RECORD, shelf.series.value, (letter_id,), frozenset(fields))
    return house.door.ask_all(whose, [part], circumstance=Circumstance.OWN_SIGN_IN)[0]
