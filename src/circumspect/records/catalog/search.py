"""Find titles by words, author, subject, ISBN or barcode.

Any text may be asked: it is folded to words before a database sees it, so that no quote, operator
or unprintable sign of it reaches a query language. The last word is taken as the beginning of one.
Best matches first (title above author above subject), then by title, so that two pages of one list
never overlap. Of words that more than ``MOST_RANKED`` titles have (at the branch asked for), the newest so many in the
catalogue are ranked: to weigh every title with a very common word would take longer than a reader waits, and
nobody turns that many pages.

What was searched for is kept nowhere: no log, no table, no cache.

Source: the same words find the same titles on SQLite (FTS5) and PostgreSQL (a tsvector).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections

from circumspect.records.barcodes import is_acceptable, normalise
from circumspect.records.catalog.facts import Found
from circumspect.records.catalog.isbns import isbn_key
from circumspect.records.catalog.models import ItemStatus
from circumspect.records.textrules import words

FIELDS = ("any", "title", "author", "subject", "isbn", "barcode")
MOST_RESULTS = 100
MOST_RANKED = 5000
_MOST_WORDS = 12
_LONGEST_WORD = 60

_FTS_COLUMN = {"title": "find_title", "author": "find_author", "subject": "find_subject"}
_VECTOR_WEIGHT = {"title": "A", "author": "B", "subject": "C"}

_AT_BRANCH = " AND EXISTS (SELECT 1 FROM catalog_item i WHERE i.title_id = {id} AND i.branch_id = %s AND i.status <> %s)"
_COLUMNS = "t.id, t.title, t.author, t.year, t.material, t.language, t.isbns"
_SQLITE = f"""
SELECT {_COLUMNS} FROM catalog_title_fts f JOIN catalog_title t ON t.id = f.rowid
 WHERE catalog_title_fts MATCH %s{{branch}} AND f.rowid > %s
 ORDER BY bm25(catalog_title_fts, 10.0, 5.0, 2.0), t.find_title, t.id LIMIT %s OFFSET %s
"""
_SQLITE_NEWEST = """
SELECT f.rowid FROM catalog_title_fts f WHERE catalog_title_fts MATCH %s{branch} ORDER BY f.rowid DESC LIMIT 1 OFFSET %s
"""
_POSTGRESQL = f"""
SELECT {_COLUMNS} FROM catalog_title t, to_tsquery('simple', %s) q
 WHERE t.find_vector @@ q{{branch}} AND t.id > %s
 ORDER BY ts_rank('{{{{0.1, 0.2, 0.5, 1.0}}}}', t.find_vector, q) DESC, t.find_title, t.id LIMIT %s OFFSET %s
"""
_POSTGRESQL_NEWEST = """
SELECT t.id FROM catalog_title t, to_tsquery('simple', %s) q
 WHERE t.find_vector @@ q{branch} ORDER BY t.id DESC LIMIT 1 OFFSET %s
"""
_BY_ISBN = f"""
SELECT {_COLUMNS} FROM catalog_title t
 WHERE t.id IN (SELECT title_id FROM catalog_titleisbn WHERE isbn13 = %s){{branch}}
 ORDER BY t.find_title, t.id LIMIT %s OFFSET %s
"""
_BY_BARCODE = f"""
SELECT {_COLUMNS} FROM catalog_title t
 WHERE t.id IN (SELECT title_id FROM catalog_item WHERE barcode = %s){{branch}}
 ORDER BY t.find_title, t.id LIMIT %s OFFSET %s
"""


@dataclass(frozen=True, slots=True, repr=False)
class _Question:
    """One statement to ask. Prints as nothing: it holds what somebody searched for.

    Attributes:
        id: What a title's number is called in it.
        newest: Finds the number above which the newest ``MOST_RANKED`` titles are; "" where so many cannot be.
    """

    statement: str
    value: str
    id: str = "t.id"
    newest: str = ""


def search(
    text: str, *, field: str = "any", branch: str | None = None, limit: int = 20, offset: int = 0
) -> list[Found]:
    """The titles a text finds, best first.

    Args:
        text: Anything a person may type or scan.
        field: One of ``FIELDS``. "any" tries the text as an ISBN and as a barcode too.
        branch: Only titles with a copy there, counting only those copies.
        limit: At most this many, 1 to 100.
        offset: Leave out this many of the best.

    Raises:
        ValueError: ``field`` is not one of ``FIELDS``. Never for the text.
    """
    if field not in FIELDS:
        raise ValueError("field is one of " + ", ".join(FIELDS))
    page = [max(1, min(limit, MOST_RESULTS)), max(0, min(offset, 1_000_000))]
    for question in _questions(text, field):
        rows = _ask(question, branch, page)
        if rows:
            return _with_copies(rows, branch)
    return []


def _questions(text: str, field: str) -> Iterable[_Question]:
    """What to ask the database, in order; the first that finds anything answers."""
    short = text[:2000]
    isbn, barcode = isbn_key(short), normalise(short[:80])
    if field in ("any", "isbn") and isbn:
        yield _Question(_BY_ISBN, isbn)
    if field in ("any", "barcode") and is_acceptable(barcode):
        yield _Question(_BY_BARCODE, barcode)
    if field in ("any", "title", "author", "subject"):
        asked = [word[:_LONGEST_WORD] for word in words(short)[:_MOST_WORDS]]
        if asked and connections["default"].vendor == "postgresql":
            yield _Question(_POSTGRESQL, _vector_query(asked, field), newest=_POSTGRESQL_NEWEST)
        elif asked:
            yield _Question(_SQLITE, _fts_query(asked, field), "f.rowid", _SQLITE_NEWEST)


def _fts_query(asked: list[str], field: str) -> str:
    quoted = [f'"{word}"' for word in asked]
    every = " AND ".join(quoted) + "*"
    return f"{{{_FTS_COLUMN[field]}}} : ({every})" if field in _FTS_COLUMN else every


def _vector_query(asked: list[str], field: str) -> str:
    weight = _VECTOR_WEIGHT.get(field, "ABC")
    each = [f"'{word}':{weight}" for word in asked[:-1]]
    return " & ".join([*each, f"'{asked[-1]}':*{weight}"])


def _ask(question: _Question, branch: str | None, page: list[int]) -> list[tuple[Any, ...]]:
    at_branch = _AT_BRANCH.format(id=question.id) if branch is not None else ""
    params: list[Any] = [question.value]
    params += [branch, ItemStatus.WITHDRAWN.value] if branch is not None else []
    with connections["default"].cursor() as cursor:
        if question.newest:
            cursor.execute(question.newest.format(branch=at_branch), [*params, MOST_RANKED])
            params += cursor.fetchone() or [0]
        cursor.execute(question.statement.format(branch=at_branch), [*params, *page])
        return list(cursor.fetchall())


def _with_copies(rows: list[tuple[Any, ...]], branch: str | None) -> list[Found]:
    marks = ", ".join(["%s"] * len(rows))  # only placeholders are put into the statement
    statement = (
        "SELECT title_id, COUNT(*), SUM(CASE WHEN status = %s THEN 1 ELSE 0 END) FROM catalog_item"
        f" WHERE title_id IN ({marks}) AND status <> %s"
    )
    params: list[Any] = [ItemStatus.AVAILABLE.value, *(row[0] for row in rows), ItemStatus.WITHDRAWN.value]
    if branch is not None:
        statement += " AND branch_id = %s"
        params.append(branch)
    with connections["default"].cursor() as cursor:
        cursor.execute(statement + " GROUP BY title_id", params)
        copies = {row[0]: (int(row[1]), int(row[2])) for row in cursor.fetchall()}
    return [_found(row, *copies.get(row[0], (0, 0))) for row in rows]


def _found(row: tuple[Any, ...], copies: int, available: int) -> Found:
    number, title, author, year, material, language, isbns = row
    return Found(number, title, author, year, material, language, tuple(isbns.split()), copies, available)
