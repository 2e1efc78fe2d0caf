"""Register patrons, read their records through the door, change and correct them.

Each use-case asks at the door first, seals what it was given, then writes in one transaction. What a
patron record may hold is closed: the registration fields, those switched off refused, numbers that
look like social-security numbers refused everywhere.

Source: clauses TH-1.7, TH-1.10, TH-1.14 to TH-1.18, MP-4.4, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Final

from django.db import DatabaseError, IntegrityError, connection, transaction

from circumspect.records import barcodes
from circumspect.records.patrons import finding
from circumspect.records.patrons.categories import NOTE_KINDS, NOTE_MAX_LENGTH, categories
from circumspect.records.patrons.errors import CardTakenError, ChangedMeanwhileError, FieldError
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Card, Patron
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.errors import VaultError
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.vault import Sealer

SERIES = "registration"

Row = tuple[int | str | bytes | None, ...]
OPTIONAL_FIELDS = ("driver_licence", "sex")
# Typed by a person; the others are made by the system.
TYPED_FIELDS = REGISTRATION_FIELDS[: REGISTRATION_FIELDS.index("id_seen_on")]
DATE_FIELDS = ("birth_date", "id_seen_on", "address_checked_on")
LANGUAGES = ("en", "es", "pl")
NOTICE_CHANNELS = ("email", "post", "sms", "none")
_MAX_LENGTH = {
    "given_name": 120,
    "family_name": 120,
    "street": 200,
    "adult_contact": 200,
    "adult_name": 200,
    "email": 254,
}
_DEFAULT_MAX = 80


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


class Record(Mapping[str, str]):
    """Opened fields of one patron. It prints as names of fields.

    Attributes:
        patron: Whose.
        version: For a later change.
    """

    __slots__ = ("_values", "patron", "version")

    def __init__(self, patron: int, version: int, values: Mapping[str, str]) -> None:
        self.patron: Final = patron
        self.version: Final = version
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<record with {', '.join(sorted(self._values))}>"

    @property
    def standing(self) -> Standing:
        """The standing, where that field was opened."""
        return Standing.from_text(self["standing"])

    def date(self, name: str) -> dt.date | None:
        """A date field, None where it is empty."""
        return dt.date.fromisoformat(self[name]) if self[name] else None


def new_id() -> int:
    """A random id of 63 bits: it tells no order and no count."""
    return secrets.randbits(62) + 1


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
    # Asked of a person at the desk only: an import keeps a child's record whose adult the old system lacked.
    category = categories(house.home.config).get(registration.category)
    if category is not None and category.needs_adult and not registration.adult_name.strip():
        raise FieldError("adult_name", "a child's card names a responsible adult")
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
) -> list[int | FieldError]:
    """Register a batch under one decision and one ledger entry.

    Args:
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
            house, actor, batch, purpose, circumstance, slots or finding.NameSlots(house.vault)
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
) -> dict[int, FieldError]:
    """Store what can be stored; what is wrong with the rest."""
    try:
        _store_batch(house, actor, batch, purpose, circumstance, slots)
    except CardTakenError as taken:
        if len(batch) == 1:
            return dict.fromkeys(batch, taken)
        # One of the cards was taken since we looked: one by one, so that the others are kept.
        wrong: dict[int, FieldError] = {}
        for patron, registration in batch.items():
            wrong |= _store(house, actor, {patron: registration}, purpose, circumstance, slots)
        return wrong
    return {}


def _store_batch(
    house: House,
    actor: Actor,
    batch: Mapping[int, Registration],
    purpose: Purpose,
    circumstance: Circumstance,
    slots: finding.NameSlots,
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
            _insert_batch(house, batch, sealers, slots)
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
    house: House, batch: Mapping[int, Registration], sealers: Mapping[int, Sealer], slots: finding.NameSlots
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
        patrons.append((patron, *sealed, review_month(registration.expires_on), today.isoformat(), 1))
        if registration.card_number:
            cards.append(card_row(house, sealer, registration.card_number, today))
        if registration.note:
            notes.append(_note_row(sealer, registration, today))
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
            _insert("patrons_patron", ["id", *columns, "review_month", "changed_on", "version"]), patrons
        )
        if cards:
            cursor.executemany(_insert("patrons_card", CARD_COLUMNS), cards)
        if notes:
            cursor.executemany(_insert("patrons_note", NOTE_COLUMNS), notes)
    finding.insert_index(names, contacts)


CARD_COLUMNS = ["id", "patron_id", "token", "sealed_barcode", "status", "issued_on"]
NOTE_COLUMNS = ["id", "patron_id", "kind", "sealed_text", "written_on", "expires_on"]


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"


def card_row(house: House, sealer: Sealer, barcode: str, today: dt.date) -> Row:
    """A row of CARD_COLUMNS."""
    card = new_id()
    sealed = sealer.seal("cards", card, "barcode", barcode)
    return (
        card,
        sealer.subject,
        house.vault.blind("card", barcode),
        sealed,
        Card.Status.ACTIVE.value,
        today.isoformat(),
    )


def _note_row(sealer: Sealer, registration: Registration, today: dt.date) -> Row:
    note = new_id()
    sealed = sealer.seal("notes", note, "text", registration.note)
    # A note that came with an import lives half a year: long enough to be looked at and renewed or let go.
    expires_on = today + dt.timedelta(days=183)
    return (note, sealer.subject, registration.note_kind, sealed, today.isoformat(), expires_on.isoformat())


def review_month(expires_on: dt.date | None) -> int | None:
    """The month a registration runs out, as 202711; coarse, since it stands in the clear."""
    return expires_on.year * 100 + expires_on.month if expires_on else None


# check


def _checked(house: House, registration: Registration) -> Registration | FieldError:
    try:
        return check(house, registration)
    except FieldError as problem:
        return problem


def check(house: House, registration: Registration) -> Registration:
    """The registration with blanks trimmed and defaults filled in.

    Raises:
        FieldError: Names the first field that does not do.
    """
    today = house.today()
    category = categories(house.home.config).get(registration.category)
    if category is None:
        raise FieldError("category", "choose one of the library's categories")
    trimmed = {each.name: getattr(registration, each.name) for each in fields(Registration)}
    for name, value in trimmed.items():
        if isinstance(value, str) and value:
            trimmed[name] = _text(name, value)
    if not trimmed["family_name"]:
        raise FieldError("family_name", "give a family name, or the one name the person uses")
    for name in OPTIONAL_FIELDS:
        if trimmed[name] and name not in house.home.fields_on:
            raise FieldError(name, "this library does not collect it")
    check_values(trimmed, today)
    if trimmed["card_number"]:
        trimmed["card_number"] = check_card_number(trimmed["card_number"])
    if trimmed["expires_on"] is None and category.days:
        trimmed["expires_on"] = today + dt.timedelta(days=category.days)
    if trimmed["note"] and trimmed["note_kind"] not in NOTE_KINDS:
        raise FieldError("note", "choose what the note is about")
    return Registration(**trimmed)


def check_values(values: Mapping[str, object], today: dt.date) -> None:
    """Rules that hold for a new registration and for a change alike. Raises FieldError."""
    birth = values.get("birth_date")
    if isinstance(birth, dt.date) and not (dt.date(1900, 1, 1) <= birth <= today):
        raise FieldError("birth_date", "a birth date lies between 1900 and today")
    email = values.get("email")
    if isinstance(email, str) and email and not _is_email(email):
        raise FieldError("email", "an e-mail address looks like name@place.org")
    phone = values.get("phone")
    if isinstance(phone, str) and phone and not finding.fold_phone(phone):
        raise FieldError("phone", "a telephone number has at least seven digits")
    if values.get("language", "en") not in (*LANGUAGES, ""):
        raise FieldError("language", "choose " + ", ".join(LANGUAGES))
    if values.get("notice_channel", "") not in (*NOTICE_CHANNELS, ""):
        raise FieldError("notice_channel", "choose " + ", ".join(NOTICE_CHANNELS))


def check_card_number(typed: str) -> str:
    """A card number as it is stored.

    Raises:
        FieldError: It is an item's number, too short, too long, or holds other than letters and digits.
    """
    number = barcodes.normalise(typed)
    if not 3 <= len(number) <= 32 or not number.isalnum():
        raise FieldError("card_number", "a card number has 3 to 32 letters or digits")
    if barcodes.kind_of(number) is barcodes.BarcodeKind.ITEM:
        raise FieldError("card_number", "this is an item's barcode; scan the card")
    return number


def _text(name: str, value: str) -> str:
    try:
        return refuse_unstorable(
            name, value.strip(), NOTE_MAX_LENGTH if name == "note" else _MAX_LENGTH.get(name, _DEFAULT_MAX)
        )
    except UnstorableTextError as problem:
        raise FieldError(name, problem.rule) from None


def _date(name: str, value: object) -> dt.date | None:
    if not value:
        return None
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise FieldError(name, "a date is written as 2026-11-30") from None


def _is_email(text: str) -> bool:
    name, at, place = text.rpartition("@")
    return bool(at and name) and "." in place.strip(".") and not any(letter.isspace() for letter in text)


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


# read


def sealed_fields(patrons: Sequence[int], names: Sequence[str]) -> dict[int, tuple[int, dict[str, Sealed]]]:
    """Version and sealed fields of each patron that exists. Opens nothing."""
    if not patrons:
        return {}
    columns = ", ".join(f"sealed_{name}" for name in names)
    marks = ", ".join(["%s"] * len(patrons))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, version, {columns} FROM patrons_patron WHERE id IN ({marks})", list(patrons)
        )
        return {
            row[0]: (
                row[1],
                {
                    name: Sealed(SERIES, name, row[0], row[0], blob)
                    for name, blob in zip(names, row[2:], strict=True)
                    if blob is not None
                },
            )
            for row in cursor.fetchall()
        }


def read(opening: Opening, patrons: Sequence[int], names: Sequence[str]) -> list[Record]:
    """The named fields of the patrons that an opening reaches; "" where nothing is stored."""
    stored = sealed_fields(patrons, names)
    records = []
    for patron in patrons:
        if patron in stored:
            version, sealed = stored[patron]
            values = {name: opening.read(sealed[name]) if name in sealed else "" for name in names}
            records.append(Record(patron, version, values))
    return records


def open_records(
    house: House,
    actor: Actor,
    patrons: Sequence[int],
    names: Sequence[str],
    *,
    purpose: Purpose,
    circumstance: Circumstance,
    action: Action = Action.VIEW,
    reason: Reason | None = None,
) -> list[Record]:
    """Ask at the door and read, in one step.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    if not patrons:
        return []
    opening = house.door.ask(
        actor,
        action=action,
        purpose=purpose,
        series=SERIES,
        subjects=patrons,
        fields=names,
        circumstance=circumstance,
        reason=reason,
    )
    return read(opening, patrons, names)


# change


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """New values of some fields; "" removes one. ``standing`` replaces category, branch and expiry."""

    values: Mapping[str, str | dt.date | None] = field(default_factory=dict)
    standing: Standing | None = None


def change(
    house: House,
    actor: Actor,
    patron: int,
    wanted: Change,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
    purpose: Purpose = Purpose.MAINTAIN,
    version: int | None = None,
) -> None:
    """Change or correct fields of one record, and what finds it.

    Args:
        version: The version that was on the page; None to write over whatever is there.

    Raises:
        FieldError: A field does not do; nothing is changed.
        ChangedMeanwhileError: The record is no longer at ``version``.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    values = _checked_change(house, wanted)
    names = set(values) | ({"standing"} if wanted.standing else set())
    if not names:
        return
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=purpose,
        series=SERIES,
        subjects=[patron],
        fields=names,
        circumstance=circumstance,
        reason=reason,
    )
    indexed = {"given_name", "family_name", "birth_date", "email", "phone"}
    before = _for_index(house, actor, patron, purpose, circumstance, reason) if names & indexed else None
    sealer = house.vault.sealer(patron)
    updates: dict[str, object] = {
        f"sealed_{name}": sealer.seal(SERIES, patron, name, value) if value else None
        for name, value in values.items()
    }
    if wanted.standing:
        updates["sealed_standing"] = sealer.seal(SERIES, patron, "standing", wanted.standing.to_text())
        updates["review_month"] = review_month(wanted.standing.expires_on)
    if before is not None and version is None:
        # The index is made of what was just read: it must still be so when it is written.
        version = before.version
    with transaction.atomic():
        _update(patron, updates, house.today(), version)
        if before is not None:
            _reindex(house, patron, {**before, **values})


def _checked_change(house: House, wanted: Change) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in wanted.values.items():
        if name not in REGISTRATION_FIELDS or name == "standing":
            # The unknown name itself is not repeated: it may be a value in the wrong place.
            raise FieldError("field", "there is no such field")
        if name in OPTIONAL_FIELDS and value and name not in house.home.fields_on:
            raise FieldError(name, "this library does not collect it")
        if name in DATE_FIELDS:
            value = _date(name, value)
        values[name] = value.isoformat() if isinstance(value, dt.date) else _text(name, value or "")
    if values.get("family_name", "-") == "":
        raise FieldError("family_name", "give a family name, or the one name the person uses")
    check_values({**values, "birth_date": _date("birth_date", values.get("birth_date"))}, house.today())
    if wanted.standing and wanted.standing.category not in categories(house.home.config):
        raise FieldError("category", "choose one of the library's categories")
    return values


def _for_index(
    house: House,
    actor: Actor,
    patron: int,
    purpose: Purpose,
    circumstance: Circumstance,
    reason: Reason | None,
) -> Record:
    names = ["given_name", "family_name", "birth_date", "email", "phone"]
    opened = open_records(
        house,
        actor,
        [patron],
        names,
        purpose=purpose,
        circumstance=circumstance,
        action=Action.USE,
        reason=reason,
    )
    if not opened:
        raise ChangedMeanwhileError
    return opened[0]


def _update(patron: int, updates: Mapping[str, object], today: dt.date, version: int | None) -> None:
    row = Patron.objects.select_for_update().filter(id=patron)
    current = row.values_list("version", flat=True).first()
    if current is None or (version is not None and current != version):
        raise ChangedMeanwhileError
    row.update(**updates, changed_on=today, version=current + 1)


def _reindex(house: House, patron: int, plain: Mapping[str, str]) -> None:
    finding.remove_index(patron)
    year = int(plain["birth_date"][:4]) if plain["birth_date"] else None
    names, contacts = finding.index_rows(
        house.vault,
        finding.NameSlots(house.vault),
        patron,
        finding.name_values(plain["given_name"], plain["family_name"], year),
        finding.contact_values(plain["email"], plain["phone"]),
    )
    finding.insert_index(names, contacts)


def renewed(house: House, standing: Standing) -> Standing:
    """The standing after a renewal today, by its category's period."""
    days = categories(house.home.config)[standing.category].days
    return replace(standing, expires_on=house.today() + dt.timedelta(days=days) if days else None)
