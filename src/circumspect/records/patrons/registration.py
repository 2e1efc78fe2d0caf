"""Register patrons, one at the desk or many at once.

Asks at the door first, seals what it was given, then writes in one transaction. Reading a record is the
work of ``reading``, changing one of ``changing``, what a field may hold of ``fieldrules``; their names are
found here too, since whoever registers mostly reads and changes as well.

Source: clauses TH-1.7, TH-1.10, TH-1.14 to TH-1.18, MP-4.4, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields

from django.db import DatabaseError, IntegrityError, connection, transaction

from circumspect.records.patrons import finding
from circumspect.records.patrons.categories import NOTE_KINDS, categories
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import CardTakenError, FieldError
from circumspect.records.patrons.fieldrules import (
    LANGUAGES,
    NOTICE_CHANNELS,
    OPTIONAL_FIELDS,
    TYPED_FIELDS,
    check_card_number,
    faults_of_values,
    text_value,
)
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Card
from circumspect.records.patrons.reading import SERIES, Record, open_records, read, sealed_fields
from circumspect.records.patrons.rows import (
    CARD_COLUMNS,
    NOTE_COLUMNS,
    Row,
    card_row,
    insert_statement,
    new_id,
    note_row,
    review_month,
)
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.errors import VaultError
from circumspect.trust.vault.vault import Sealer

__all__ = [
    "LANGUAGES",
    "NOTICE_CHANNELS",
    "OPTIONAL_FIELDS",
    "SERIES",
    "TYPED_FIELDS",
    "Change",
    "Record",
    "Registration",
    "change",
    "check",
    "check_card_number",
    "faults",
    "new_id",
    "open_records",
    "read",
    "register",
    "register_many",
    "review_month",
    "sealed_fields",
]


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """What somebody gives to become a borrower. Prints as nothing.

    Attributes are as the form has them; dates are dates, everything else is text, "" for not given.
    """

    family_name: str
    given_name: str = ""
    category: str = "resident_adult"
    home_branch: str = "main"
    street: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    birth_date: dt.date | None = None
    language: str = "en"
    notice_channel: str = ""
    notice_titles: str = ""
    driver_licence: str = ""
    sex: str = ""
    adult_name: str = ""
    adult_contact: str = ""
    id_seen_on: dt.date | None = None
    address_checked_on: dt.date | None = None
    expires_on: dt.date | None = None
    card_number: str = ""
    note: str = ""
    note_kind: str = "card"
    blocks: tuple[BlockKind, ...] = ()


# register


def register(
    house: House,
    actor: Actor,
    registration: Registration,
    *,
    circumstance: Circumstance = Circumstance.REGISTRATION,
) -> int:
    """Register one patron, with a card where a number is given.

    Returns:
        The patron's id.

    Raises:
        FieldError: A field does not do, or a child's card names no responsible adult; nothing is stored.
        Refused, DoorClosed: The door stays shut; nothing is stored.
    """
    for fault in faults(house, registration):
        raise fault
    result = register_many(house, actor, [registration], purpose=Purpose.REGISTER, circumstance=circumstance)[
        0
    ]
    if isinstance(result, FieldError):
        raise result
    return result


def register_many(
    house: House,
    actor: Actor,
    registrations: Sequence[Registration],
    *,
    purpose: Purpose = Purpose.IMPORT,
    circumstance: Circumstance = Circumstance.SCHEDULED,
    slots: finding.NameSlots | None = None,
    provisional: bool = False,
) -> list[int | FieldError]:
    """Register a batch under one decision and one ledger entry.

    Args:
        provisional: Made at the door: forgotten when it runs out, unless proof of identity is seen.
        slots: Shared by the batches of one import, so that name slots are looked up once.

    Returns:
        For each, in order, the patron's id or what is wrong with it. Good ones are kept.

    Raises:
        Refused, DoorClosed: Nothing of the batch is stored.
    """
    checked = [_checked(house, each) for each in registrations]
    taken = _taken_cards(house, [each for each in checked if isinstance(each, Registration)])
    results: list[int | FieldError] = []
    batch: dict[int, Registration] = {}
    for each in checked:
        if isinstance(each, FieldError):
            results.append(each)
            continue
        token = house.vault.blind("card", each.card_number) if each.card_number else None
        if token is not None and token in taken:
            results.append(CardTakenError())
            continue
        if token is not None:
            taken.add(token)
        patron = new_id()
        batch[patron] = each
        results.append(patron)
    if batch:
        taken_meanwhile = _store(
            house, actor, batch, purpose, circumstance, slots or finding.NameSlots(house.vault), provisional
        )
        results = [
            taken_meanwhile.get(result, result) if isinstance(result, int) else result for result in results
        ]
    return results


def _store(
    house: House,
    actor: Actor,
    batch: Mapping[int, Registration],
    purpose: Purpose,
    circumstance: Circumstance,
    slots: finding.NameSlots,
    provisional: bool,
) -> dict[int, FieldError]:
    """Store what can be stored; what is wrong with the rest."""
    try:
        _store_batch(house, actor, batch, purpose, circumstance, slots, provisional)
    except CardTakenError as taken:
        if len(batch) == 1:
            return dict.fromkeys(batch, taken)
        # One of the cards was taken since we looked: one by one, so that the others are kept.
        wrong: dict[int, FieldError] = {}
        for patron, registration in batch.items():
            wrong |= _store(house, actor, {patron: registration}, purpose, circumstance, slots, provisional)
        return wrong
    return {}


def _store_batch(
    house: House,
    actor: Actor,
    batch: Mapping[int, Registration],
    purpose: Purpose,
    circumstance: Circumstance,
    slots: finding.NameSlots,
    provisional: bool,
) -> None:
    # Keys first: a crash after this leaves keys that seal nothing, never values without keys.
    sealers = house.vault.new_subjects(batch)
    try:
        house.door.ask(
            actor,
            action=Action.CHANGE,
            purpose=purpose,
            series=SERIES,
            subjects=list(batch),
            fields=_given_fields(batch.values()),
            circumstance=circumstance,
        )
        with transaction.atomic():
            _insert_batch(house, batch, sealers, slots, provisional)
    except BaseException as problem:
        slots.forget()
        _drop_keys(house, batch)
        if isinstance(problem, IntegrityError):
            # Another desk took the same card between our look and our write.
            raise CardTakenError from None
        raise


def _drop_keys(house: House, batch: Iterable[int]) -> None:
    """Destroy the keys of patrons that were not stored. They seal nothing: what fails here does no harm."""
    with suppress(DatabaseError, VaultError):
        for patron in batch:
            house.vault.destroy_subject(patron)


def _given_fields(registrations: Iterable[Registration]) -> set[str]:
    given = {"standing"}
    for each in registrations:
        given.update(name for name in _plain_fields(each) if name != "standing")
    return given


def _plain_fields(registration: Registration) -> dict[str, str]:
    """The registration series of one person as texts, empty ones left out."""
    plain: dict[str, str] = {}
    for name in REGISTRATION_FIELDS:
        value = getattr(registration, name, None)
        if value:
            plain[name] = value.isoformat() if isinstance(value, dt.date) else str(value)
    plain["standing"] = Standing(
        registration.category, registration.home_branch, registration.expires_on, registration.blocks
    ).to_text()
    return plain


def _insert_batch(
    house: House,
    batch: Mapping[int, Registration],
    sealers: Mapping[int, Sealer],
    slots: finding.NameSlots,
    provisional: bool,
) -> None:
    today = house.today()
    columns = [f"sealed_{name}" for name in REGISTRATION_FIELDS]
    patrons: list[Row] = []
    cards: list[Row] = []
    notes: list[Row] = []
    names: list[tuple[bytes, int, int]] = []
    contacts: list[tuple[bytes, int, int]] = []
    for patron, registration in batch.items():
        sealer = sealers[patron]
        plain = _plain_fields(registration)
        sealed = [
            sealer.seal(SERIES, patron, name, plain[name]) if name in plain else None
            for name in REGISTRATION_FIELDS
        ]
        until = registration.expires_on.isoformat() if provisional and registration.expires_on else None
        patrons.append((patron, *sealed, review_month(registration.expires_on), until, today.isoformat(), 1))
        if registration.card_number:
            cards.append(card_row(house, sealer, registration.card_number, today))
        if registration.note:
            notes.append(note_row(sealer, registration.note_kind, registration.note, today))
        birth_year = registration.birth_date.year if registration.birth_date else None
        name_rows, contact_rows = finding.index_rows(
            house.vault,
            slots,
            patron,
            finding.name_values(registration.given_name, registration.family_name, birth_year),
            finding.contact_values(registration.email, registration.phone),
        )
        names.extend(name_rows)
        contacts.extend(contact_rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            insert_statement(
                "patrons_patron",
                ["id", *columns, "review_month", "provisional_until", "changed_on", "version"],
            ),
            patrons,
        )
        if cards:
            cursor.executemany(insert_statement("patrons_card", CARD_COLUMNS), cards)
        if notes:
            cursor.executemany(insert_statement("patrons_note", NOTE_COLUMNS), notes)
    finding.insert_index(names, contacts)


# check


def _checked(house: House, registration: Registration) -> Registration | FieldError:
    try:
        return check(house, registration)
    except FieldError as problem:
        return problem


def faults(house: House, registration: Registration) -> list[FieldError]:
    """All that a desk has to put right before this is registered; that a card is taken shows only then."""
    found = _looked_over(house, registration)[1]
    # Asked of a person at the desk only: an import keeps a child's record whose adult the old system lacked.
    category = categories(house.home.config).get(registration.category)
    if category is not None and category.needs_adult and not registration.adult_name.strip():
        found.append(FieldError("adult_name", "a child's card names a responsible adult"))
    return found


def check(house: House, registration: Registration) -> Registration:
    """The registration with blanks trimmed and defaults filled in.

    Raises:
        FieldError: Names the first field that does not do.
    """
    trimmed, found = _looked_over(house, registration)
    for fault in found:
        raise fault
    return trimmed


def _looked_over(house: House, registration: Registration) -> tuple[Registration, list[FieldError]]:
    today = house.today()
    found: list[FieldError] = []
    category = categories(house.home.config).get(registration.category)
    if category is None:
        found.append(FieldError("category", "choose one of the library's categories"))
    trimmed = {each.name: getattr(registration, each.name) for each in fields(Registration)}
    for name, value in trimmed.items():
        if isinstance(value, str) and value:
            try:
                trimmed[name] = text_value(name, value)
            except FieldError as fault:
                found.append(fault)
    if not trimmed["family_name"]:
        found.append(FieldError("family_name", "give a family name, or the one name the person uses"))
    for name in OPTIONAL_FIELDS:
        if trimmed[name] and name not in house.home.fields_on:
            found.append(FieldError(name, "this library does not collect it"))
    found += faults_of_values(trimmed, today)
    if trimmed["card_number"]:
        try:
            trimmed["card_number"] = check_card_number(trimmed["card_number"])
        except FieldError as fault:
            found.append(fault)
    if trimmed["expires_on"] is None and category is not None and category.days:
        trimmed["expires_on"] = today + dt.timedelta(days=category.days)
    if trimmed["note"] and trimmed["note_kind"] not in NOTE_KINDS:
        found.append(FieldError("note", "choose what the note is about"))
    return Registration(**trimmed), found


def _taken_cards(house: House, registrations: Sequence[Registration]) -> set[bytes]:
    tokens: dict[bytes, bytes] = {}
    for each in registrations:
        if each.card_number:
            newest = house.vault.blind("card", each.card_number)
            tokens.update(dict.fromkeys(house.vault.blind_all("card", each.card_number), newest))
    found: set[bytes] = set()
    wanted = list(tokens)
    for start in range(0, len(wanted), 400):
        some = wanted[start : start + 400]
        found.update(
            tokens[bytes(token)]
            for token in Card.objects.filter(token__in=some).values_list("token", flat=True)
        )
    return found
