"""Take in what somebody sends: a form of the site, a form of the staff's own, an e-mail; and what they add later.

What is written down is what was asked for, sealed under a key made for this letter. Nobody is looked up: whether
the library knows an address or a name makes no difference to what happens or what is answered. Of the connection
it came over nothing is kept.

Source: clauses TH-4.1, TH-4.3, TH-4.4, MP-4.8, TH-1.7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from circumspect.records.inquiries import rules
from circumspect.records.inquiries.filetypes import file_type
from circumspect.records.inquiries.models import StaffForm
from circumspect.records.inquiries.rules import (
    Kind,
    LetterClass,
    NoSuchFormError,
    NoSuchLetterError,
    State,
    Step,
    UnfitError,
    Way,
    class_of,
)
from circumspect.records.inquiries.shelves import (
    FIELDS,
    NOBODY,
    SERIES,
    SHELVES,
    SITE_FORMS,
    File,
    Sender,
    Shelf,
    Text,
    new_id,
)
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.vault import Sealer

_EMAIL = re.compile(r"[^\s@<>,;:\"()\\]{1,64}@[^\s@<>,;:\"()\\]+\.[^\s@<>,;:\"()\\]{2,}")


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """What somebody sends. Prints as nothing.

    Attributes:
        kind: From the closed list.
        wants_answer: They want one, by mail or on the portal.
        form: Of a staff's form: its name and its class.
    """

    kind: Kind
    text: Text
    sender: Sender = NOBODY
    files: tuple[File, ...] = ()
    language: str = "en"
    wants_answer: bool = True
    form: str = ""
    form_class: LetterClass | None = None


def check_email(text: str) -> str:
    """An e-mail address, or "" for none.

    Raises:
        UnfitError: It does not look like one.
    """
    address = _stored("email", text, 254)
    if address and not _EMAIL.fullmatch(address):
        raise UnfitError("email", "email")
    return address


def check_letter(letter: Letter) -> Letter:
    """The letter as it may be stored, trimmed.

    Raises:
        UnfitError: A part does not do. Names it.
    """
    sender = Sender(
        _stored("name", letter.sender.name, rules.SHORT_MOST),
        check_email(letter.sender.email),
        _stored("phone", letter.sender.phone, 40),
    )
    text = check_text(letter.text)
    if not (text.body or text.answers):
        raise UnfitError("body", "missing")
    return Letter(
        letter.kind,
        text,
        sender,
        check_files(letter.files),
        letter.language,
        letter.wants_answer,
        letter.form,
        letter.form_class,
    )


def check_text(text: Text) -> Text:
    """What a message says, as it may be stored.

    Raises:
        UnfitError: Too long, or of a shape that is never kept.
    """
    answers = tuple((label, _stored("answers", value, rules.TEXT_MOST)) for label, value in text.answers)
    return Text(
        _stored("subject", text.subject, rules.SHORT_MOST),
        _stored("body", text.body.replace("\r\n", "\n"), rules.TEXT_MOST),
        answers,
    )


def check_files(files: Sequence[File]) -> tuple[File, ...]:
    """The files, if they may come along.

    Raises:
        UnfitError: Too many, too large, or of a type that is not on the list.
    """
    if len(files) > rules.MOST_FILES:
        raise UnfitError("files", "many")
    for each in files:
        if len(each.content) > rules.FILE_MOST_BYTES:
            raise UnfitError("files", "large")
        if file_type(each.content) is None:
            raise UnfitError("files", "type")
    return tuple(File(clean_name(each.name), each.content) for each in files)


def clean_name(name: str) -> str:
    """A file's name without folders, control characters or what a header could trip over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>|:*?%;')
    return kept.strip(". ")[:80]


def _stored(field: str, text: str, limit: int) -> str:
    try:
        return refuse_unstorable(field, text, limit)
    except UnstorableTextError as problem:
        raise UnfitError(field, "long" if "longer" in problem.rule else "unfit") from None


def send_in(house: House, letter: Letter, *, patron: int | None = None, actor: Actor = SITE_FORMS) -> int:
    """Write a letter down; its number, which is shown to nobody but staff.

    Args:
        patron: Whoever was signed in, where somebody was.

    Raises:
        UnfitError: Something in it does not do; nothing is stored.
        NoSuchFormError: Somebody else took the last place of the form meanwhile; nothing is stored.
        Refused, DoorClosed: The door stays shut; nothing is stored.
        VaultError: No key can be made; nothing is stored.
    """
    letter = check_letter(letter)
    shelf = SHELVES[class_of(letter.kind, letter.form_class)]
    _permit(house, actor, shelf)
    letter_id, today = new_id(), house.today()
    way = _way(letter, patron)
    link = house.vault.link(SERIES, patron) if patron is not None else None
    sealer = house.vault.new_subjects([letter_id])[letter_id]
    try:
        with transaction.atomic():
            _take_a_place(letter.form)
            row = shelf.letters.create(
                id=letter_id,
                kind=letter.kind.value,
                form=letter.form,
                language=letter.language,
                state=State.OPEN.value,
                way=way.value,
                received_on=today,
                touched_on=today,
                undecided=letter.kind in rules.UNDECIDED,
                epoch=link.epoch if link else None,
                link=link.token if link else None,
                back=link.back if link else None,
                sealed_sender=shelf.seal_sender(sealer, letter.sender),
            )
            add_message(house, shelf, row, sealer, "sender", letter.text, letter.files)
    except BaseException:
        house.vault.destroy_subject(letter_id)
        raise
    return letter_id


def _take_a_place(slug: str) -> None:
    """Of those who send a form at the same moment, one has its last place. Within the letter's own transaction."""
    form = StaffForm.objects.select_for_update().filter(slug=slug).first() if slug else None
    if form is not None and form.places is not None and count_by(slug) >= form.places:
        raise NoSuchFormError


def write_on(
    house: House, shelf: Shelf, letter_id: int, text: Text, files: Sequence[File] = (), *, actor: Actor
) -> None:
    """Add what whoever wrote a letter writes again, by mail: it is open again.

    Raises:
        NoSuchLetterError: It is gone.
        WrongStepError: It is closed.
        UnfitError: Something does not do; nothing is stored.
        Refused, DoorClosed: The door stays shut; nothing is stored.
    """
    text, kept = check_text(text), check_files(files)
    _permit(house, actor, shelf)
    add_from_sender(house, shelf, letter_id, text, kept)


def add_from_sender(
    house: House, shelf: Shelf, letter_id: int, text: Text, files: Sequence[File] = ()
) -> None:
    """Write a sender's next message down, after the door has been asked.

    Raises:
        NoSuchLetterError, WrongStepError: It is gone, or closed.
    """
    if not (text.body or text.answers or files):
        raise UnfitError("body", "missing")
    with transaction.atomic():
        row = shelf.letters.select_for_update().filter(id=letter_id).first()
        if row is None or not house.vault.subjects_with_keys([letter_id]):
            raise NoSuchLetterError
        row.state = rules.step(State(row.state), Step.WRITE_ON).value
        row.ended_on, row.touched_on = None, house.today()
        row.save(update_fields=["state", "ended_on", "touched_on"])
        add_message(house, shelf, row, house.vault.sealer(letter_id), "sender", text, files)


def add_message(
    house: House,
    shelf: Shelf,
    letter: object,
    sealer: Sealer,
    author: str,
    text: Text,
    files: Sequence[File] = (),
    **more: object,
) -> int:
    """Write one message of a letter down, within the caller's transaction; its number."""
    message_id = new_id()
    last = shelf.messages.filter(letter=letter).aggregate(last=Max("place"))["last"] or 0
    message = shelf.messages.create(
        id=message_id,
        letter=letter,
        place=last + 1,
        author=author,
        day=house.today(),
        sealed_message=shelf.seal_text(sealer, message_id, text),
        **more,
    )
    for each in files:
        file_id, found = new_id(), file_type(each.content)
        if found is None:
            raise UnfitError("files", "type")
        shelf.files.create(
            id=file_id,
            message=message,
            file_type=found.value,
            size=len(each.content),
            sealed_attachment=shelf.seal_file(sealer, file_id, each),
        )
    return message_id


def count_by(form: str) -> int:
    """How many letters have come by a form of the staff's own and are not closed."""
    return sum(
        shelf.letters.filter(form=form).exclude(state=State.CLOSED.value).count()
        for shelf in SHELVES.values()
    )


def _way(letter: Letter, patron: int | None) -> Way:
    if not letter.wants_answer:
        return Way.NONE
    if letter.sender.email:
        return Way.MAIL
    return Way.PORTAL if patron is not None else Way.NONE


def _permit(house: House, actor: Actor, shelf: Shelf) -> None:
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.CORRESPOND,
        series=shelf.series.value,
        fields=FIELDS,
        circumstance=Circumstance.WROTE,
    )
