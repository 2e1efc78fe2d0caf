"""A library's mapping file: which of their columns is which of ours, and what their codes mean here.

    [columns]                      # ours = "theirs"
    card_number = "P BARCODE"
    family_name = "LAST"

    [categories]                   # "theirs" = "ours"; so too [branches], [item_types], [collections]
    "ADULT" = "resident_adult"

    [dates]
    formats = ["%m/%d/%Y"]         # tried in this order, before 2026-11-22

    [file]
    encoding = "cp1252"            # only where the guess is wrong; so too delimiter = ";"

Everything is optional. What is not mapped keeps its own name, or is dropped and named in the report.
No mapping can bring in a password or a PIN: there is nothing of ours to map one to, and a column that
sounds like one is refused whatever it is mapped to.

Source: the founding issue, "Import, for real"; clause TH-1.23 (how a PIN may exist).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATRON_COLUMNS = (
    "card_number",
    "category",
    "given_name",
    "family_name",
    "street",
    "city",
    "region",
    "postcode",
    "phone",
    "email",
    "birth_date",
    "language",
    "expires_on",
    "note",
    "adult_name",
    "adult_contact",
    "home_branch",
    "notice_channel",
)
ITEM_COLUMNS = (
    "barcode",
    "title",
    "author",
    "isbn",
    "item_type",
    "branch",
    "collection",
    "call_number",
    "subjects",
    "language",
    "year",
    "publisher",
    "material",
    "price",
)
_SECRET = re.compile(r"pass(?:word|wd|phrase)|\bpwd\b|\bpins?\b|hash|secret|credential", re.IGNORECASE)
_VALUE_TABLES = ("categories", "branches", "item_types", "collections")


class MappingError(Exception):
    """A mapping file cannot be used. The message names the entry and what to do."""


def sounds_secret(column: str) -> bool:
    """Whether a column's name says that it holds a password, a PIN or a hash of one."""
    return bool(_SECRET.search(column.replace("_", " ").replace("-", " ")))


@dataclass(frozen=True, slots=True)
class Mapping:
    """A parsed mapping file; an empty one where there is none.

    Attributes:
        columns: Our field to their column.
        categories, branches, item_types, collections: Their code to ours.
        date_formats: As for ``datetime.strptime``, besides the ISO form.
        encoding, delimiter: "" to find out.
        digest_text: What tells one mapping from another, for a resumed import.
    """

    columns: MappingOf[str, str] = field(default_factory=dict)
    categories: MappingOf[str, str] = field(default_factory=dict)
    branches: MappingOf[str, str] = field(default_factory=dict)
    item_types: MappingOf[str, str] = field(default_factory=dict)
    collections: MappingOf[str, str] = field(default_factory=dict)
    date_formats: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    digest_text: str = ""

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """Read a mapping file.

        Raises:
            MappingError: It cannot be read, is not TOML, names what we do not have, or maps a secret.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
            return cls.parse(text)
        except (OSError, UnicodeDecodeError) as problem:
            raise MappingError(f"{path} cannot be read: {type(problem).__name__}") from problem
        except tomllib.TOMLDecodeError as problem:
            raise MappingError(f"{path} is not valid TOML: {problem}") from problem

    @classmethod
    def parse(cls, text: str) -> Mapping:
        """Make a mapping of a file's text.

        Raises:
            MappingError: An entry is not usable.
            tomllib.TOMLDecodeError: Not TOML.
        """
        told = tomllib.loads(text)
        unknown = sorted(set(told) - {"columns", "dates", "file", *_VALUE_TABLES})
        if unknown:
            raise MappingError(f"the mapping has no section [{unknown[0]}]")
        columns = _texts(told, "columns")
        _check_columns(columns)
        formats = told.get("dates", {}).get("formats", [])
        if not isinstance(formats, list) or not all(isinstance(one, str) for one in formats):
            raise MappingError('[dates] formats is a list such as ["%m/%d/%Y"]')
        file = _texts(told, "file")
        _check_file(file)
        tables = {name: _texts(told, name) for name in _VALUE_TABLES}
        return cls(
            columns=columns,
            **tables,
            date_formats=tuple(formats),
            encoding=file.get("encoding", ""),
            delimiter=file.get("delimiter", ""),
            digest_text=text,
        )


def _texts(told: MappingOf[str, Any], section: str) -> dict[str, str]:
    table = told.get(section, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise MappingError(f'[{section}] holds lines such as name = "text"')
    return {str(key).strip(): value.strip() for key, value in table.items()}


def _check_columns(columns: MappingOf[str, str]) -> None:
    for ours, theirs in columns.items():
        if ours not in PATRON_COLUMNS and ours not in ITEM_COLUMNS:
            raise MappingError(f"[columns] {ours} is not a field of ours")
        if sounds_secret(theirs):
            raise MappingError(
                f"[columns] {ours}: that column sounds like a password or a PIN, which is never taken"
            )
    if len(set(columns.values())) < len(columns):
        raise MappingError("[columns] takes one of their columns for two of ours")


def _check_file(file: MappingOf[str, str]) -> None:
    if file.get("encoding", "") not in ("", "utf-8", "cp1252", "latin-1"):
        raise MappingError('[file] encoding is "utf-8", "cp1252" or "latin-1"')
    if file.get("delimiter", "") not in ("", ",", ";", "\\t", "tab", "|"):
        raise MappingError('[file] delimiter is ",", ";", "|" or "tab"')
