"""Is a patron's row good enough to register, and if so, in what exact form?

A row is good whole or not at all: a registration with its bad half cut off would look complete. The
answer to a bad row is every reason at once, so that it is mended once. Reasons name fields.

Here: dates, shapes, lengths, what may never be stored, codes that are known. Left to the patrons
record: whether the card is taken already, and what a category needs.

Pure, but for knowing how dates are written in the mapping it is given.

Source: the founding issue, section 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from circumspect.offices.importing.rows import PatronRow, Problem
from circumspect.records.barcodes import BarcodeKind, is_acceptable, kind_of, normalise
from circumspect.records.patrons.standing import age_band
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable

LIMITS = {
    "given_name": 120,
    "family_name": 120,
    "street": 200,
    "city": 80,
    "region": 60,
    "postcode": 16,
    "phone": 40,
    "email": 254,
    "language": 35,
    "note": 280,
    "adult_name": 200,
    "adult_contact": 200,
}
NOTICE_CHANNELS = ("", "email", "post", "sms", "phone", "none")
_CHILDREN = frozenset({"0-4", "5-11", "12-17"})
_EMAIL = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\.]+(?:\.[^\s@<>(),;:\"\\.]+)+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_OLDEST_YEARS = 125
_NO_DATES = {"", "0000-00-00", "00/00/0000"}


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """What a row may refer to, and how their codes become ours.

    Attributes:
        categories, branches: Ours.
        category_map, branch_map: Theirs to ours.
        default_category: For a row that names none; "" takes a resident, adult or juvenile by the birth date.
        default_branch: For a row that names none; "" refuses such a row.
        date_formats: As for ``datetime.strptime``, besides the ISO form.
    """

    categories: frozenset[str]
    branches: frozenset[str]
    category_map: MappingOf[str, str] = field(default_factory=dict)
    branch_map: MappingOf[str, str] = field(default_factory=dict)
    default_category: str = ""
    default_branch: str = ""
    date_formats: tuple[str, ...] = ()


def validate_patron_row(row: PatronRow, known: KnownCodes, today: date) -> PatronRow | list[Problem]:
    """The row in the form it is registered in, or all that is wrong with it.

    Returns:
        A row with a normalised card number, ISO dates, our category and branch; or one or more problems.
    """
    problems: list[Problem] = []
    told = _texts(row, problems)
    told["card_number"] = _card_number(row, problems)
    told["birth_date"] = _birth_date(row, known.date_formats, today, problems)
    told["category"] = _code(
        row,
        "category",
        known.category_map,
        known.categories,
        known.default_category or _resident(told["birth_date"], today),
        problems,
    )
    told["home_branch"] = _code(
        row, "home_branch", known.branch_map, known.branches, known.default_branch, problems
    )
    told["expires_on"] = _expiry(row, known.date_formats, problems)
    if not (told["given_name"] or told["family_name"]):
        problems.append(Problem(row.line, "family_name", "is missing, and so is the given name"))
    if told["email"] and not _EMAIL.fullmatch(told["email"]):
        problems.append(Problem(row.line, "email", "does not have the shape of an e-mail address"))
    if told["language"] and not _LANGUAGE.fullmatch(told["language"]):
        problems.append(Problem(row.line, "language", "is not a language code such as en or spa"))
    if told["notice_channel"] not in NOTICE_CHANNELS:
        problems.append(Problem(row.line, "notice_channel", "is not email, post, sms, phone or none"))
    return problems or replace(row, **told)


def parse_date(text: str, formats: tuple[str, ...] = ()) -> date | None:
    """A date as ISO text or in one of these formats; None where it is none of them."""
    plain = text.strip()
    for form in (*formats, "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    return None


def _texts(row: PatronRow, problems: list[Problem]) -> dict[str, Any]:
    """Every text field trimmed, each within its limit and fit to be stored."""
    told: dict[str, Any] = {}
    for column in fields(row):
        value = getattr(row, column.name)
        if not isinstance(value, str):
            continue
        told[column.name] = ""
        try:
            told[column.name] = refuse_unstorable(column.name, value, LIMITS.get(column.name, 80))
        except UnstorableTextError as refusal:
            problems.append(Problem(row.line, refusal.field, refusal.rule))
    return told


def _card_number(row: PatronRow, problems: list[Problem]) -> str:
    number = normalise(row.card_number[:80])
    if not number:
        problems.append(Problem(row.line, "card_number", "is missing"))
    elif not is_acceptable(number):
        problems.append(Problem(row.line, "card_number", "is not 1 to 32 letters, digits and . - / _ + $"))
    elif kind_of(number) == BarcodeKind.ITEM:
        problems.append(Problem(row.line, "card_number", "is an item's number"))
    return number


def _code(
    row: PatronRow,
    name: str,
    theirs_to_ours: MappingOf[str, str],
    ours: frozenset[str],
    default: str,
    problems: list[Problem],
) -> str:
    theirs = getattr(row, name).strip()
    code = theirs_to_ours.get(theirs, theirs) if theirs else default
    if code not in ours:
        reason = (
            "is not known here, and is not in the mapping"
            if theirs
            else "is missing, and there is no default"
        )
        problems.append(Problem(row.line, name, reason))
    return code


def _resident(birth_date: str, today: date) -> str:
    """What most patrons of a public library are: the category of a row that names none."""
    is_child = bool(birth_date) and age_band(date.fromisoformat(birth_date), today) in _CHILDREN
    return "resident_juvenile" if is_child else "resident_adult"


def _birth_date(row: PatronRow, formats: tuple[str, ...], today: date, problems: list[Problem]) -> str:
    if row.birth_date.strip() in _NO_DATES:
        return ""
    day = parse_date(row.birth_date, formats)
    if day is None:
        problems.append(Problem(row.line, "birth_date", _not_a_date(formats)))
    elif day > today:
        problems.append(Problem(row.line, "birth_date", "is in the future"))
    elif day.year < today.year - _OLDEST_YEARS:
        problems.append(Problem(row.line, "birth_date", f"is more than {_OLDEST_YEARS} years ago"))
    return day.isoformat() if day else ""


def _expiry(row: PatronRow, formats: tuple[str, ...], problems: list[Problem]) -> str:
    if row.expires_on.strip() in _NO_DATES:
        return ""
    day = parse_date(row.expires_on, formats)
    if day is None:
        problems.append(Problem(row.line, "expires_on", _not_a_date(formats)))
    return day.isoformat() if day else ""


def _not_a_date(formats: tuple[str, ...]) -> str:
    ways = [datetime(2026, 11, 22).strftime(form) for form in formats]  # noqa: DTZ001 - an example of a day
    return "is not a date such as " + " or ".join([*ways, "2026-11-22"])
