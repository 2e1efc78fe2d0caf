"""What a registration's fields may hold: rules alike for a new record and for a change of one.

The list of fields is closed, those switched off are refused, and numbers that look like
social-security numbers are refused everywhere. Messages name the field, never what was typed.

Source: clauses TH-1.7, TH-1.14 to TH-1.18, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from circumspect.records import barcodes
from circumspect.records.patrons import finding
from circumspect.records.patrons.categories import NOTE_MAX_LENGTH
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import REGISTRATION_FIELDS
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable

OPTIONAL_FIELDS = ("driver_licence", "sex")
# Typed by a person; the others are made by the system.
TYPED_FIELDS = REGISTRATION_FIELDS[: REGISTRATION_FIELDS.index("id_seen_on")]
DATE_FIELDS = ("birth_date", "id_seen_on", "address_checked_on")
LANGUAGES = ("en", "es", "pl")
NOTICE_CHANNELS = ("email", "post", "sms", "phone", "none")
NOTICE_TITLES = ("yes", "no")
_MAX_LENGTH = {
    "given_name": 120,
    "family_name": 120,
    "street": 200,
    "adult_contact": 200,
    "adult_name": 200,
    "email": 254,
}
_DEFAULT_MAX = 80


def faults_of_values(values: Mapping[str, object], today: dt.date) -> Iterator[FieldError]:
    """What there is to say against values of a new registration, or of a change."""
    birth = values.get("birth_date")
    if isinstance(birth, dt.date) and not (dt.date(1900, 1, 1) <= birth <= today):
        yield FieldError("birth_date", "a birth date lies between 1900 and today")
    email = values.get("email")
    if isinstance(email, str) and email and not _is_email(email):
        yield FieldError("email", "an e-mail address looks like name@place.org")
    phone = values.get("phone")
    if isinstance(phone, str) and phone and not finding.fold_phone(phone):
        yield FieldError("phone", "a telephone number has at least seven digits")
    if values.get("language", "en") not in (*LANGUAGES, ""):
        yield FieldError("language", "choose " + ", ".join(LANGUAGES))
    if values.get("notice_channel", "") not in (*NOTICE_CHANNELS, ""):
        yield FieldError("notice_channel", "choose " + ", ".join(NOTICE_CHANNELS))
    if values.get("notice_titles", "") not in (*NOTICE_TITLES, ""):
        yield FieldError("notice_titles", "choose " + ", ".join(NOTICE_TITLES))


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


def text_value(name: str, value: str) -> str:
    """A text as it is stored: trimmed, not too long, nothing in it that may not be kept. Raises FieldError."""
    try:
        return refuse_unstorable(
            name, value.strip(), NOTE_MAX_LENGTH if name == "note" else _MAX_LENGTH.get(name, _DEFAULT_MAX)
        )
    except UnstorableTextError as problem:
        raise FieldError(name, problem.rule) from None


def date_value(name: str, value: object) -> dt.date | None:
    """A date, None for none. Raises FieldError where it is not written as one."""
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
