"""Work letters: see which wait, open one, answer it, note something on it, set its class right, close it.

A list shows what each letter is about and not who sent it; that opens with the letter. A list of fifty is one
question at the door, and so is a letter with all it says.

Source: clauses TH-4.1, TH-4.3, TH-4.4, MP-4.8, MP-4.13, MP-4.14, MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction

from circumspect.records.inquiries import rules
from circumspect.records.inquiries.intake import add_message, check_text
from circumspect.records.inquiries.rules import (
    Kind,
    LetterClass,
    NoSuchLetterError,
    NoteKind,
    State,
    Step,
    UnfitError,
    Way,
    WrongStepError,
)
from circumspect.records.inquiries.shelves import FIELDS, SHELVES, File, Sender, Shelf, Text, shelf_of
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.wiping import wipe_log_soon

PAGE = 50
_ABOUT_MOST = 90


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One letter on a list. Prints as nothing."""

    id: int
    letter_class: LetterClass
    kind: Kind
    form: str
    about: str
    state: State
    received_on: dt.date
    assigned: int | None
    undecided: bool


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One message of an opened letter. Prints as nothing.

    Attributes:
        author: "sender", "library" or "note".
        outgoing: Of an answer by mail: "queued", "sent", "failed", "unsure" or "back".
        files: Numbers, types and sizes.
    """

    id: int
    author: str
    day: dt.date
    text: Text
    outgoing: str
    note_kind: NoteKind | None
    ends_on: dt.date | None
    files: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A letter as read. Prints as nothing."""

    id: int
    letter_class: LetterClass
    kind: Kind
    form: str
    language: str
    state: State
    way: Way
    received_on: dt.date
    ended_on: dt.date | None
    assigned: int | None
    undecided: bool
    class_reason: str
    has_patron: bool
    sender: Sender
    messages: list[Message] = field(default_factory=list)


def inbox(
    house: House, actor: Actor, letter_class: LetterClass, *, state: State = State.OPEN, after: int = 0
) -> list[Line]:
    """Letters of one class in one state, oldest first, a page of fifty.

    Args:
        after: How many to pass over.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    shelf = SHELVES[letter_class]
    rows = shelf.shown(house).filter(state=state.value).order_by("received_on", "id")[after : after + PAGE]
    letters = shelf.with_keys(house, rows)
    opening = _ask(house, actor, shelf, Action.VIEW, [each.id for each in letters] or [0], {"message"})
    if opening is None:
        return []
    first = {
        each.letter_id: each
        for each in shelf.messages.filter(letter_id__in=[letter.id for letter in letters], place=1)
    }
    return [
        Line(
            each.id,
            letter_class,
            Kind(each.kind),
            each.form,
            _about(shelf.read_text(opening, first[each.id])) if each.id in first else "",
            State(each.state),
            each.received_on,
            each.assigned,
            each.undecided,
        )
        for each in letters
    ]


def see_letter(house: House, actor: Actor, letter_id: int) -> Opened:
    """One letter with all it says.

    Raises:
        NoSuchLetterError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    shelf = shelf_of(letter_id)
    if not shelf.shown(house).filter(id=letter_id).exists():
        raise NoSuchLetterError
    opening = _ask(house, actor, shelf, Action.VIEW, [letter_id], {"message", "sender"})
    if opening is None:
        raise NoSuchLetterError
    return read_letter(house, shelf, shelf.letter(letter_id), opening)


def read_letter(house: House, shelf: Shelf, row: Any, opening: Opening) -> Opened:
    """A letter as an opening lets it be read; notes that have ended are left out."""
    today = house.today()
    messages = [
        Message(
            each.id,
            each.author,
            each.day,
            shelf.read_text(opening, each),
            each.outgoing,
            NoteKind[each.note_kind] if each.note_kind else None,
            each.ends_on,
            tuple(
                (file.id, file.file_type, file.size) for file in each.attachments.defer("sealed_attachment")
            ),
        )
        for each in shelf.messages.filter(letter_id=row.id).order_by("place")
        if each.ends_on is None or each.ends_on > today
    ]
    return Opened(
        row.id,
        shelf.series,
        Kind(row.kind),
        row.form,
        row.language,
        State(row.state),
        Way(row.way),
        row.received_on,
        row.ended_on,
        row.assigned,
        row.undecided,
        row.class_reason,
        row.link is not None,
        shelf.read_sender(opening, row),
        messages,
    )


def take(house: House, actor: Actor, letter_id: int, *, member: int | None) -> None:
    """Assign a letter to a member of staff, or to nobody.

    Raises:
        NoSuchLetterError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    shelf = shelf_of(letter_id)
    _change(house, actor, shelf, letter_id)
    shelf.letters.filter(id=letter_id).update(assigned=member)


def answer(house: House, actor: Actor, letter_id: int, body: str) -> bool:
    """Answer a letter; whether the answer leaves by mail. On the portal it can be read at once.

    Raises:
        UnfitError: There is no text, or it may not be stored.
        WrongStepError: It is closed.
        NoSuchLetterError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    text = check_text(Text(body=body))
    if not text.body:
        raise UnfitError("body", "missing")
    shelf = shelf_of(letter_id)
    _change(house, actor, shelf, letter_id)
    with transaction.atomic():
        row = _locked(shelf, letter_id)
        _answered(house, shelf, row, text, Step.ANSWER)
    return bool(row.way == Way.MAIL)


def decide_purchase(house: House, actor: Actor, letter_id: int, body: str, *, bought: bool) -> bool:
    """Say whether a book somebody wished for is bought. The wish ends with that: its link is cut at once.

    Returns:
        Whether the answer leaves by mail; the letter is forgotten when it has.

    Raises:
        WrongStepError: It is no wish, or has been decided.
        UnfitError, NoSuchLetterError, Refused, DoorClosed: As ``answer``.
    """
    said = "We are buying it." if bought else "We are not buying it."
    text = check_text(Text(body=f"{said}\n\n{body}".strip()))
    shelf = shelf_of(letter_id)
    _change(house, actor, shelf, letter_id)
    with transaction.atomic():
        row = _locked(shelf, letter_id)
        if row.kind != Kind.PURCHASE:
            raise WrongStepError("only a wish that something be bought is decided")
        if row.way == Way.MAIL:
            _answered(house, shelf, row, text, Step.ANSWER)
        row.state = rules.step(State(row.state), Step.CLOSE).value
        row.ended_on = row.touched_on = house.today()
        row.epoch = row.link = row.back = None
        row.save()
    wipe_log_soon(DEFAULT_DB_ALIAS)
    return bool(row.way == Way.MAIL)


def close(house: House, actor: Actor, letter_id: int) -> None:
    """Close a letter that needs no answer, or no other.

    Raises:
        WrongStepError: It is closed already.
        NoSuchLetterError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    shelf = shelf_of(letter_id)
    _change(house, actor, shelf, letter_id)
    with transaction.atomic():
        row = _locked(shelf, letter_id)
        row.state = rules.step(State(row.state), Step.CLOSE).value
        row.touched_on = house.today()
        row.ended_on = row.ended_on or house.today()
        row.save(update_fields=["state", "touched_on", "ended_on"])


def add_note(
    house: House, actor: Actor, letter_id: int, *, kind: str, body: str, ends_on: dt.date | None
) -> None:
    """Note something on a letter: of a kind, with an end, and visible to whoever wrote it (MP-4.13).

    Raises:
        UnfitError: No kind, no end, or text that may not be stored.
        NoSuchLetterError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if kind not in NoteKind.__members__:
        raise UnfitError("kind", "missing")
    ends_on = rules.check_note(ends_on, house.today())
    text = check_text(Text(body=body))
    if not text.body:
        raise UnfitError("note", "missing")
    shelf = shelf_of(letter_id)
    _change(house, actor, shelf, letter_id)
    with transaction.atomic():
        row = _locked(shelf, letter_id)
        sealer = house.vault.sealer(letter_id)
        add_message(house, shelf, row, sealer, "note", text, note_kind=kind, ends_on=ends_on)


def reclassify(house: House, actor: Actor, letter_id: int, wanted: LetterClass, reason: str) -> None:
    """Decide or correct which class a letter is of, with a reason from the list. It moves to the other shelf.

    The letter keeps its key; everything on it is sealed anew for where it now lies. Who decided, when and why
    stands on it. Whoever decides needs the right to both classes.

    Raises:
        UnfitError: No reason, or one that speaks for the other class.
        NoSuchLetterError: It is gone.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    why = rules.check_reason(wanted, reason)
    shelf = shelf_of(letter_id)
    if not house.vault.subjects_with_keys([letter_id]):
        raise NoSuchLetterError
    parts = [
        Part(Action.VIEW, Purpose.CORRESPOND, shelf.series.value, (letter_id,), FIELDS),
        Part(Action.CHANGE, Purpose.CORRESPOND, shelf.series.value, (letter_id,), FIELDS),
        Part(Action.CHANGE, Purpose.CORRESPOND, wanted.value, (letter_id,), FIELDS),
    ]
    opening = house.door.ask_all(actor, parts, circumstance=Circumstance.LIST)[0]
    with transaction.atomic():
        row = _locked(shelf, letter_id)
        if wanted is not shelf.series:
            row = _move(house, shelf, SHELVES[wanted], row, opening)
        row.undecided = False
        row.class_on, row.class_reason = house.today(), why.name.lower()
        row.class_by = int(actor.id) if actor.id.isdigit() else None
        row.save(update_fields=["undecided", "class_on", "class_reason", "class_by"])
        wipe_log_soon(DEFAULT_DB_ALIAS)


def attachment(house: House, actor: Actor, letter_id: int, file_id: int) -> tuple[File, str]:
    """A file that came with a letter, and its type.

    Raises:
        NoSuchLetterError: It is not there.
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    shelf = shelf_of(letter_id)
    opening = _ask(house, actor, shelf, Action.VIEW, [letter_id], {"attachment"})
    row = shelf.files.filter(id=file_id, message__letter_id=letter_id).first()
    if row is None or opening is None:
        raise NoSuchLetterError
    return shelf.read_file(opening, letter_id, row), str(row.file_type)


def _move(house: House, old: Shelf, new: Shelf, row: Any, opening: Opening) -> Any:
    """Copy a letter to the other shelf, sealed for there, and take it off this one."""
    sealer = house.vault.sealer(row.id)
    names = [each.attname for each in row._meta.fields if each.attname != "sealed_sender"]
    plain = {name: getattr(row, name) for name in names}
    moved = new.letters.create(**plain, sealed_sender=new.seal_sender(sealer, old.read_sender(opening, row)))
    for message in old.messages.filter(letter_id=row.id).order_by("place"):
        kept = {
            name: getattr(message, name)
            for name in ("id", "place", "author", "day", "outgoing", "note_kind", "ends_on")
        }
        sealed = new.seal_text(sealer, message.id, old.read_text(opening, message))
        copy = new.messages.create(letter=moved, **kept, sealed_message=sealed)
        for file in old.files.filter(message_id=message.id):
            content = new.seal_file(sealer, file.id, old.read_file(opening, row.id, file))
            new.files.create(
                id=file.id, message=copy, file_type=file.file_type, size=file.size, sealed_attachment=content
            )
    old.letters.filter(id=row.id).delete()
    return moved


def _answered(house: House, shelf: Shelf, row: Any, text: Text, what: Step) -> None:
    row.state = rules.step(State(row.state), what).value
    row.ended_on = row.touched_on = house.today()
    row.save(update_fields=["state", "ended_on", "touched_on"])
    outgoing = "queued" if row.way == Way.MAIL else ""
    add_message(house, shelf, row, house.vault.sealer(row.id), "library", text, outgoing=outgoing)


def _locked(shelf: Shelf, letter_id: int) -> Any:
    row = shelf.letters.select_for_update().filter(id=letter_id).first()
    if row is None:
        raise NoSuchLetterError
    return row


def _about(text: Text) -> str:
    """The first words of a letter."""
    whole = text.subject or text.body or " · ".join(value for _, value in text.answers)
    line = " ".join(whole.split())
    return line if len(line) <= _ABOUT_MOST else line[: _ABOUT_MOST - 1] + "…"


def _change(house: House, actor: Actor, shelf: Shelf, letter_id: int) -> None:
    if not house.vault.subjects_with_keys([letter_id]):
        raise NoSuchLetterError
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CORRESPOND,
        series=shelf.series.value,
        subjects=[letter_id],
        fields={"message"},
        circumstance=Circumstance.LIST,
    )


def _ask(
    house: House, actor: Actor, shelf: Shelf, action: Action, subjects: list[int], fields: set[str]
) -> Opening | None:
    """An opening of those letters; None where there is none of them, after the right to it has been asked."""
    if subjects == [0] or not house.vault.subjects_with_keys(subjects):
        # Whoever may not see the list is refused though it be empty, and that is written down.
        house.door.permit(
            actor,
            action=action,
            purpose=Purpose.CORRESPOND,
            series=shelf.series.value,
            fields=fields,
            circumstance=Circumstance.LIST,
        )
        return None
    return house.door.ask(
        actor,
        action=action,
        purpose=Purpose.CORRESPOND,
        series=shelf.series.value,
        subjects=subjects,
        fields=fields,
        circumstance=Circumstance.LIST,
    )
