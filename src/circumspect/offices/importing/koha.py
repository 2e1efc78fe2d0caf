"""Read a Koha database dump: branches, item types, titles, items and patrons.

A dump may be one file or several, in any order, or a folder of them. Each file is read through once to
see where its tables stand, then each table where it stands: no table is held in memory, but for what
the oldest dumps need to join (see ``_old_titles``).

Titles come from their MARCXML. Of a patron, what Circumspect has a field for; passwords, log-in names,
flags, sex, statistics and everything else are dropped and named. What was lent, when, and to whom is
not taken over.

Source: Koha's documented schema, tables biblio_metadata, biblio, biblioitems, items, borrowers,
branches, itemtypes and categories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as MappingOf
from datetime import date
from pathlib import Path

from circumspect.offices.importing.bibliographic import koha_status, title_of
from circumspect.offices.importing.csvrows import cents
from circumspect.offices.importing.mapping import Mapping
from circumspect.offices.importing.marc import MarcRecordError, record_from_xml
from circumspect.offices.importing.mysqldump import Statement, Value, rows, statements
from circumspect.offices.importing.rows import (
    About,
    BranchRow,
    CatalogRow,
    DroppedColumns,
    ItemRow,
    ItemTypeRow,
    Note,
    PatronRow,
    Problem,
    TitleRow,
)

_NO_MAPPING = Mapping()
_TABLES = frozenset(
    {"biblio", "biblioitems", "biblio_metadata", "items", "borrowers", "branches", "itemtypes", "categories"}
)
_CATEGORY_TYPES = {
    "A": "resident_adult",
    "C": "resident_juvenile",
    "P": "institution",
    "I": "institution",
    "S": "staff",
}
_TAKEN = {
    "branches": {"branchcode", "branchname", "branchaddress1", "branchaddress2", "branchcity", "branchzip"},
    "itemtypes": {"itemtype", "description", "notforloan", "defaultreplacecost"},
    "items": {
        "itemnumber",
        "biblionumber",
        "barcode",
        "homebranch",
        "holdingbranch",
        "itype",
        "ccode",
        "location",
        "itemcallnumber",
        "replacementprice",
        "itemlost",
        "damaged",
        "withdrawn",
    },
    "borrowers": {
        "borrowernumber",
        "cardnumber",
        "categorycode",
        "surname",
        "firstname",
        "streetnumber",
        "address",
        "address2",
        "city",
        "state",
        "zipcode",
        "phone",
        "mobile",
        "email",
        "dateofbirth",
        "lang",
        "dateexpiry",
        "borrowernotes",
        "contactname",
        "contactfirstname",
        "branchcode",
        "gonenoaddress",
        "lost",
        "debarred",
    },
}

Row = MappingOf[str, Value]


class _Dump:
    """Where each table's statements stand in the files of a dump."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.problems: list[Problem] = []
        self._where: dict[str, list[tuple[Path, Statement]]] = {}
        for path in files_of(paths, ".sql"):
            try:
                for statement in statements(path, _TABLES):
                    self._where.setdefault(statement.table, []).append((path, statement))
            except OSError as problem:
                self.problems.append(Problem(0, "file", f"cannot be read: {problem.strerror}", path.name))
        if not self._where and not self.problems:
            self.problems.append(Problem(0, "file", "holds no rows of a Koha table"))

    def has(self, table: str) -> bool:
        return table in self._where

    def rows(self, table: str) -> Iterator[tuple[int, Row, str] | Problem]:
        """A table's rows as (line, row, file name)."""
        for path, statement in self._where.get(table, []):
            try:
                for entry in rows(path, statement):
                    if isinstance(entry, Problem):
                        yield Problem(entry.line, entry.field, entry.reason, path.name)
                    else:
                        yield entry[0], entry[1], path.name
            except OSError as problem:
                yield Problem(0, "file", f"cannot be read: {problem.strerror}", path.name)

    def dropped(self, table: str) -> Iterator[DroppedColumns]:
        """The columns of a table that nothing here takes."""
        named = {name for _, statement in self._where.get(table, []) for name in statement.columns}
        if left := sorted(named - _TAKEN[table]):
            yield DroppedColumns(tuple(left), table)


def files_of(paths: Iterable[Path], suffix: str) -> list[Path]:
    """The files meant by a mixture of files and folders, sorted within each folder."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob(f"*{suffix}")) if path.is_dir() else [path]
    return found


def read_koha_catalog(paths: Iterable[Path], mapping: Mapping = _NO_MAPPING) -> Iterator[CatalogRow | About]:
    """The branches, item types, titles and items of a dump, in this order."""
    dump = _Dump(paths)
    yield from dump.problems
    readers: list[tuple[str, Callable[[int, Row, Mapping], CatalogRow | Problem]]] = [
        ("branches", _branch),
        ("itemtypes", _item_type),
        ("items", _item),
    ]
    for table, reader in readers:
        if table == "items":
            yield from _titles(dump)
        for entry in dump.rows(table):
            yield _from(entry, reader, mapping)
        yield from dump.dropped(table)


def read_koha_patrons(
    paths: Iterable[Path], mapping: Mapping = _NO_MAPPING, *, today: date
) -> Iterator[PatronRow | About]:
    """The patrons of a dump. Their category is ours where the mapping, or the dump's category type, says so.

    Args:
        today: To tell a debarment that is over from one in force.
    """
    dump = _Dump(paths)
    yield from dump.problems
    categories = dict(mapping.categories)
    guessed = False
    for entry in dump.rows("categories"):
        if isinstance(entry, Problem):
            yield entry
            continue
        code, kind = _text(entry[1], "categorycode"), _text(entry[1], "category_type")
        if code not in categories and kind in _CATEGORY_TYPES:
            categories[code] = _CATEGORY_TYPES[kind]
            guessed = True
    if guessed:
        yield Note("patron categories without a mapping were taken by Koha's category type", "categories")
    for entry in dump.rows("borrowers"):
        yield entry if isinstance(entry, Problem) else _patron(entry[0], entry[1], categories, mapping, today)
    yield from dump.dropped("borrowers")


def _from(
    entry: tuple[int, Row, str] | Problem,
    reader: Callable[[int, Row, Mapping], CatalogRow | Problem],
    mapping: Mapping,
) -> CatalogRow | Problem:
    if isinstance(entry, Problem):
        return entry
    made = reader(entry[0], entry[1], mapping)
    return Problem(made.line, made.field, made.reason, entry[2]) if isinstance(made, Problem) else made


def _titles(dump: _Dump) -> Iterator[TitleRow | About]:
    if not dump.has("biblio_metadata"):
        yield from _old_titles(dump)
        return
    for entry in dump.rows("biblio_metadata"):
        if isinstance(entry, Problem):
            yield entry
            continue
        line, row, source = entry
        if row.get("format", "marcxml") != "marcxml":
            yield Problem(line, "biblio_metadata", "is in a format other than marcxml", source)
            continue
        try:
            record = record_from_xml((row.get("metadata") or "").encode("utf-8"), "utf-8")
        except MarcRecordError as problem:
            yield Problem(line, "biblio_metadata", str(problem), source)
            continue
        title = title_of(record, line, f"koha:{_text(row, 'biblionumber')}")
        yield title or Problem(line, "title", "is missing (field 245)", source)


def _old_titles(dump: _Dump) -> Iterator[TitleRow | About]:
    """Titles without MARCXML: of ``biblio``, with the ISBN and publisher that ``biblioitems`` keeps apart."""
    details: dict[str, tuple[str, str]] = {}
    for entry in dump.rows("biblioitems"):
        if isinstance(entry, Problem):
            yield entry
        else:
            details[_text(entry[1], "biblionumber")] = (
                _text(entry[1], "isbn"),
                _text(entry[1], "publishercode"),
            )
    for entry in dump.rows("biblio"):
        if isinstance(entry, Problem):
            yield entry
            continue
        line, row, source = entry
        number, title = _text(row, "biblionumber"), _text(row, "title").rstrip(" /:;=")
        if not title:
            yield Problem(line, "title", "is missing", source)
            continue
        isbn, publisher = details.get(number, ("", ""))
        year = _text(row, "copyrightdate")
        yield TitleRow(
            line,
            source_key=f"koha:{number}",
            title=title,
            author=_text(row, "author").rstrip(" ,"),
            year=int(year) if len(year) == 4 and year.isascii() and year.isdigit() else None,
            publisher=publisher.rstrip(" ,"),
            isbns=tuple(part.strip() for part in isbn.split("|") if part.strip()),
        )


def _branch(line: int, row: Row, mapping: Mapping) -> BranchRow | Problem:
    code = _text(row, "branchcode")
    if not code:
        return Problem(line, "branch", "has no code")
    address = ", ".join(
        part
        for name in ("branchaddress1", "branchaddress2", "branchcity", "branchzip")
        if (part := _text(row, name))
    )
    return BranchRow(line, mapping.branches.get(code, code), _text(row, "branchname") or code, address)


def _item_type(line: int, row: Row, mapping: Mapping) -> ItemTypeRow | Problem:
    code = _text(row, "itemtype")
    if not code:
        return Problem(line, "item_type", "has no code")
    return ItemTypeRow(
        line,
        mapping.item_types.get(code, code),
        _text(row, "description") or code,
        lendable=_text(row, "notforloan") in ("", "0"),
        replacement_cents=cents(_text(row, "defaultreplacecost")) or 0,
    )


def _item(line: int, row: Row, mapping: Mapping) -> ItemRow | Problem:
    barcode = _text(row, "barcode")
    if not barcode:
        return Problem(line, "barcode", "is missing")
    item_type, branch = _text(row, "itype"), _text(row, "homebranch") or _text(row, "holdingbranch")
    collection = _text(row, "ccode") or _text(row, "location")
    return ItemRow(
        line,
        barcode=barcode,
        title_key=f"koha:{_text(row, 'biblionumber')}",
        item_type=mapping.item_types.get(item_type, item_type),
        branch=mapping.branches.get(branch, branch),
        collection=mapping.collections.get(collection, collection),
        call_number=_text(row, "itemcallnumber"),
        status=koha_status(_text(row, "itemlost"), _text(row, "damaged"), _text(row, "withdrawn")),
        replacement_cents=cents(_text(row, "replacementprice")),
    )


def _patron(line: int, row: Row, categories: MappingOf[str, str], mapping: Mapping, today: date) -> PatronRow:
    code, branch = _text(row, "categorycode"), _text(row, "branchcode")
    return PatronRow(
        line,
        card_number=_text(row, "cardnumber"),
        category=categories.get(code, code),
        given_name=_text(row, "firstname"),
        family_name=_text(row, "surname"),
        street=_joined(row, "streetnumber", "address", "address2"),
        city=_text(row, "city"),
        region=_text(row, "state"),
        postcode=_text(row, "zipcode"),
        phone=_text(row, "phone") or _text(row, "mobile"),
        email=_text(row, "email"),
        birth_date=_text(row, "dateofbirth"),
        language="" if _text(row, "lang") == "default" else _text(row, "lang"),
        expires_on=_text(row, "dateexpiry"),
        note=_text(row, "borrowernotes"),
        adult_name=_joined(row, "contactfirstname", "contactname"),
        home_branch=mapping.branches.get(branch, branch),
        is_blocked=_is_barred(row, today),
    )


def _is_barred(row: Row, today: date) -> bool:
    if any(_text(row, name) not in ("", "0") for name in ("gonenoaddress", "lost")):
        return True
    until = _text(row, "debarred")[:10]
    return until not in ("", "0000-00-00") and until >= today.isoformat()


def _text(row: Row, name: str) -> str:
    return (row.get(name) or "").strip()


def _joined(row: Row, *names: str) -> str:
    return " ".join(part for name in names if (part := _text(row, name)))
