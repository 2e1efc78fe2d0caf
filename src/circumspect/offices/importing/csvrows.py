"""Patrons and items from CSV files: columns by our names, or by a mapping.

No mapping is needed where the header has our names in any order: a card number and a name for
patrons, a barcode and a title for items. Columns of ours that are missing are empty. All others are
dropped and named. A header is told from a first row of data by having what is needed in it: where it
has not, nothing is read, and nothing of that line is repeated.

Source: the founding issue, "Import, for real".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from circumspect.offices.importing.csvtable import CsvTable, Record
from circumspect.offices.importing.mapping import ITEM_COLUMNS, PATRON_COLUMNS, Mapping, sounds_secret
from circumspect.offices.importing.rows import DroppedColumns, ItemRow, Note, PatronRow, Problem, TitleRow
from circumspect.records.catalog.isbns import isbn_key
from circumspect.records.textrules import words

_NO_MAPPING = Mapping()
_PATRONS_NEED = (("card_number",), ("given_name", "family_name"))
_ITEMS_NEED = (("barcode",), ("title",))
_TITLES_NEED = (("title",),)


def read_patrons_csv(
    path: Path, mapping: Mapping = _NO_MAPPING
) -> Iterator[PatronRow | Problem | Note | DroppedColumns]:
    """The patrons of a CSV file, as written: ``validation`` says which are good."""
    for entry in _named(path, mapping, PATRON_COLUMNS, _PATRONS_NEED):
        if isinstance(entry, tuple):
            told: dict[str, Any] = dict(entry[1])
            yield PatronRow(entry[0], **told)
        else:
            yield entry


def read_items_csv(
    path: Path, mapping: Mapping = _NO_MAPPING
) -> Iterator[TitleRow | ItemRow | Problem | Note | DroppedColumns]:
    """The titles and items of a CSV file: for each row its title, then its item.

    Two rows are copies of one title where they agree on ISBN, or lacking one on title and author.
    """
    last_key = ""
    for entry in _named(path, mapping, ITEM_COLUMNS, _ITEMS_NEED):
        if not isinstance(entry, tuple):
            yield entry
            continue
        line, told = entry
        if not told.get("title") or not told.get("barcode"):
            yield Problem(line, "title" if told.get("barcode") else "barcode", "is missing")
            continue
        title = _title_row(line, told)
        if title.source_key != last_key:
            yield title
            last_key = title.source_key
        yield ItemRow(
            line,
            barcode=told["barcode"],
            title_key=title.source_key,
            item_type=mapping.item_types.get(told.get("item_type", ""), told.get("item_type", "")),
            branch=mapping.branches.get(told.get("branch", ""), told.get("branch", "")),
            collection=mapping.collections.get(told.get("collection", ""), told.get("collection", "")),
            call_number=told.get("call_number", ""),
            replacement_cents=cents(told.get("price", "")),
        )


def read_titles_csv(
    path: Path, mapping: Mapping = _NO_MAPPING
) -> Iterator[TitleRow | Problem | Note | DroppedColumns]:
    """The titles of a CSV file without items; rows of an items file agree with them as with each other."""
    for entry in _named(path, mapping, ITEM_COLUMNS, _TITLES_NEED):
        if not isinstance(entry, tuple):
            yield entry
        elif entry[1].get("title"):
            yield _title_row(*entry)
        else:
            yield Problem(entry[0], "title", "is missing")


def cents(price: str) -> int | None:
    """A price such as "$24.95", "24,95" or "24.950000" in cents; None where there is none to be read."""
    digits = price.strip().lstrip("$€£").strip().replace(",", ".")
    try:
        amount = round(float(digits) * 100)
    except (ValueError, OverflowError):
        return None
    return amount if 0 < amount <= 10_000_000 else None


def _title_row(line: int, told: dict[str, str]) -> TitleRow:
    isbns = tuple(part for part in told.get("isbn", "").replace("|", ";").split(";") if part.strip())
    year = told.get("year", "")
    return TitleRow(
        line,
        source_key=_title_key(told, isbns),
        title=told["title"],
        author=told.get("author", ""),
        subjects=tuple(part.strip() for part in told.get("subjects", "").split(";") if part.strip()),
        language=told.get("language", ""),
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        material=told.get("material", ""),
        publisher=told.get("publisher", ""),
        isbns=isbns,
    )


def _title_key(told: dict[str, str], isbns: tuple[str, ...]) -> str:
    isbn = isbn_key(isbns[0]) if isbns else None
    if isbn:
        return f"isbn:{isbn}"
    same = " ".join([*words(told["title"]), "/", *words(told.get("author", ""))])
    return "csv:" + hashlib.sha256(same.encode("utf-8")).hexdigest()[:32]


def _named(
    path: Path, mapping: Mapping, ours: tuple[str, ...], need: tuple[tuple[str, ...], ...]
) -> Iterator[tuple[int, dict[str, str]] | Problem | Note | DroppedColumns]:
    """Rows as (line, {our field: text}), after what is to be said about the header."""
    pick: Callable[[Record], dict[str, str]] | None = None
    table = CsvTable(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    for record in table.read():
        if not isinstance(record, Record):
            yield record
        elif pick is None:
            places, dropped = _places(record.fields, mapping, ours)
            missing = [group for group in need if not any(name in places for name in group)]
            if missing:
                wanted = " and ".join(" or ".join(group) for group in need)
                yield Problem(
                    record.line, "header", f"the first line does not name {wanted}; nothing was read"
                )
                return
            if dropped:
                yield DroppedColumns(tuple(dropped))
            pick = _picker(places)
        else:
            yield record.line, pick(record)


def _picker(places: dict[str, int]) -> Callable[[Record], dict[str, str]]:
    return lambda record: {name: record.fields[place].strip() for name, place in places.items()}


def _places(header: list[str], mapping: Mapping, ours: tuple[str, ...]) -> tuple[dict[str, int], list[str]]:
    """Where each of our fields stands, and what the other columns are called."""
    by_theirs = {_plain(theirs): name for name, theirs in mapping.columns.items()}
    places: dict[str, int] = {}
    dropped: list[str] = []
    for place, column in enumerate(header):
        name = by_theirs.get(_plain(column)) or _plain(column).replace(" ", "_")
        taken_elsewhere = name in mapping.columns and _plain(mapping.columns[name]) != _plain(column)
        if name in ours and name not in places and not taken_elsewhere and not sounds_secret(column):
            places[name] = place
        else:
            dropped.append(_shown(column, place))
    return places, dropped


def _plain(column: str) -> str:
    return " ".join(column.split()).casefold()


def _shown(column: str, place: int) -> str:
    """A column's name for the report, where it reads like a name; else its number."""
    name = " ".join(column.split())
    if not name or len(name) > 40 or not name.isprintable() or sum(map(str.isdigit, name)) > 4:
        return f"column {place + 1}"
    return name
