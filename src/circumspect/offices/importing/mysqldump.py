"""Read the rows of INSERT statements out of a MySQL dump, as a stream.

Knows what ``mysqldump`` writes: several rows to a statement, backslash escapes and doubled quotes,
NULL, numbers, hexadecimal, ``_binary`` and other introducers, three kinds of comments, REPLACE and
INSERT IGNORE, and column lists that are missing, which are then taken from CREATE TABLE. Nothing is
run, nothing is evaluated: all else is passed over.

Holds one row at a time. A value beyond the limit costs its row, whatever its size. A statement that
makes no sense is left at its next ``;``.

Pure but for reading the file. Left to others: what tables and columns mean (``koha``).

Source: MySQL reference manual, "String Literals", "Comments", and "mysqldump".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from circumspect.offices.importing.rows import Problem

LONGEST_VALUE = 4 * 2**20
_PIECE = 262_144
_LONGEST_TOKEN = 65_536

_SPACE = re.compile(rb"\s+")
_NAME = re.compile(rb"`((?:[^`]|``)*)`")
_WORD = re.compile(rb"[A-Za-z0-9_.$+\-]+")
_IN_STRING = re.compile(rb"['\\]")
_IN_DOUBLE = re.compile(rb'["\\]')
_ESCAPES = {b"0": b"\x00", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}

Value = str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Where an INSERT's rows begin: found once, read as often as needed.

    Attributes:
        table: The table's name, without a schema.
        columns: () where neither the statement nor a CREATE TABLE names them.
        offset, line: Of the first row.
    """

    table: str
    columns: tuple[str, ...]
    offset: int
    line: int


class DumpError(ValueError):
    """The text at this place is not what a dump has there. Holds no text of the dump."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "word", "name", "text", "sign", "too long", "end"
    content: bytes = b""


class _Tokens:
    """A file as tokens. Keeps a bounded buffer, and counts lines and bytes."""

    def __init__(self, file: BinaryIO, offset: int = 0, line: int = 1) -> None:
        file.seek(offset)
        self._file = file
        self._held = b""
        self._place = 0
        self._before = offset
        self.line = line

    @property
    def offset(self) -> int:
        return self._before + self._place

    def next(self) -> _Token:
        """The next token; spaces and comments are passed over."""
        while True:
            if self._place >= len(self._held) and not self._more():
                return _Token("end")
            if found := _SPACE.match(self._held, self._place):
                self._pass(found.end())
            elif self._at(b"/*"):
                self._pass_until(b"*/", 2)
            elif self._at(b"#") or (self._at(b"--") and self._is_comment()):
                self._pass_until(b"\n", 1)
            else:
                return self._token()

    def _token(self) -> _Token:
        sign = self._held[self._place : self._place + 1]
        if sign in b"'\"":
            return self._text(sign)
        for kind, pattern in (("name", _NAME), ("word", _WORD)):
            found = pattern.match(self._held, self._place)
            while (found is None and sign == b"`") or (found and found.end() == len(self._held)):
                if len(self._held) - self._place > _LONGEST_TOKEN or not self._more():
                    break
                found = pattern.match(self._held, self._place)
            if found:
                self._pass(found.end())
                return _Token(kind, found[1].replace(b"``", b"`") if kind == "name" else found[0])
        self._pass(self._place + 1)
        return _Token("sign", sign)

    def _text(self, quote: bytes) -> _Token:
        """A string, unescaped; doubled quotes are one quote."""
        pattern = _IN_STRING if quote == b"'" else _IN_DOUBLE
        parts: list[bytes] = []
        length = 0
        self._pass(self._place + 1)
        while True:
            found = pattern.search(self._held, self._place)
            part = self._held[self._place : found.start() if found else len(self._held)]
            length += len(part)
            if length <= LONGEST_VALUE:
                parts.append(part)
            self._pass(self._place + len(part) + (1 if found else 0))
            if found is None:
                if not self._more():
                    return _Token("end")
                continue
            following = self._peek()
            if found[0] == b"\\":
                parts.append(_ESCAPES.get(following, following) if length <= LONGEST_VALUE else b"")
                self._pass(self._place + len(following))
            elif following == quote:
                parts.append(quote)
                self._pass(self._place + 1)
            else:
                return _Token("text", b"".join(parts)) if length <= LONGEST_VALUE else _Token("too long")

    def _peek(self) -> bytes:
        if self._place >= len(self._held):
            self._more()
        return self._held[self._place : self._place + 1]

    def _at(self, sign: bytes) -> bool:
        if len(self._held) - self._place < len(sign):
            self._more()
        return self._held.startswith(sign, self._place)

    def _is_comment(self) -> bool:
        """Whether "--" is a comment: only with a space, or nothing, after it."""
        if len(self._held) - self._place < 3:
            self._more()
        after = self._held[self._place + 2 : self._place + 3]
        return not after or after.isspace()

    def _pass_until(self, sign: bytes, skip: int) -> None:
        self._pass(min(self._place + skip, len(self._held)) if sign == b"*/" else self._place)
        while (found := self._held.find(sign, self._place)) < 0:
            # Keep the last byte: the sign may stand across two pieces.
            self._pass(max(self._place, len(self._held) - len(sign) + 1))
            if not self._more():
                self._pass(len(self._held))
                return
        self._pass(found + len(sign))

    def _pass(self, to: int) -> None:
        self.line += self._held.count(b"\n", self._place, to)
        self._place = to

    def _more(self) -> bool:
        piece = self._file.read(_PIECE)
        self._before += self._place
        self._held = self._held[self._place :] + piece
        self._place = 0
        return bool(piece)


def statements(path: Path, tables: frozenset[str]) -> Iterator[Statement]:
    """Every INSERT into one of these tables, in the order of the file.

    Raises:
        OSError: The file cannot be read.
    """
    created: dict[str, tuple[str, ...]] = {}
    with path.open("rb") as file:
        tokens = _Tokens(file)
        while (token := tokens.next()).kind != "end":
            word, ended = token.content.upper(), token.content == b";" and token.kind == "sign"
            if token.kind == "word" and word == b"CREATE":
                created |= _created(tokens)
                continue
            if token.kind == "word" and word in (b"INSERT", b"REPLACE"):
                begun, ended = _begun(tokens)
                if begun is not None and begun.table in tables:
                    columns = begun.columns or created.get(begun.table, ())
                    yield Statement(begun.table, columns, begun.offset, begun.line)
            if not ended:
                _pass_statement(tokens)


def rows(path: Path, statement: Statement) -> Iterator[tuple[int, dict[str, Value]] | Problem]:
    """The rows of one statement: (line, {column: text or None}).

    Raises:
        OSError: The file cannot be read.
    """
    if not statement.columns:
        yield Problem(statement.line, statement.table, "has no column names, here or in a CREATE TABLE")
        return
    with path.open("rb") as file:
        tokens = _Tokens(file, statement.offset, statement.line)
        is_more = True
        while is_more:
            opening = tokens.next()
            if opening.content != b"(" or opening.kind != "sign":
                if opening.kind == "end":
                    yield Problem(
                        tokens.line, statement.table, "is torn: the file ends where a row should be"
                    )
                return
            line = tokens.line
            try:
                values = _row(tokens)
            except DumpError as problem:
                yield Problem(line, statement.table, str(problem))
                return
            yield _named(line, statement, values)
            is_more = tokens.next() == _Token("sign", b",")


def _named(
    line: int, statement: Statement, values: list[Value | DumpError]
) -> tuple[int, dict[str, Value]] | Problem:
    bad = next((value for value in values if isinstance(value, DumpError)), None)
    if bad is not None:
        return Problem(line, statement.table, str(bad))
    if len(values) != len(statement.columns):
        found, wanted = len(values), len(statement.columns)
        return Problem(line, statement.table, f"has {found} values where there are {wanted} columns")
    good = [value for value in values if not isinstance(value, DumpError)]
    return line, dict(zip(statement.columns, good, strict=True))


def _row(tokens: _Tokens) -> list[Value | DumpError]:
    """The values up to the closing parenthesis. A value that cannot be taken stands as an error."""
    values: list[Value | DumpError] = []
    value: Value | DumpError = None
    depth = 0
    while True:
        token = tokens.next()
        if token.kind == "end":
            raise DumpError("is torn: the file ends inside the row")
        if token.kind == "sign" and token.content == b";" and depth == 0:
            raise DumpError("is torn: the statement ends inside the row")
        if token.kind == "sign" and token.content == b"(":
            depth += 1
            value = DumpError("holds an expression, not a value")
        elif token.kind == "sign" and token.content == b")":
            if depth == 0:
                return [*values, value]
            depth -= 1
        elif token.kind == "sign" and token.content == b",":
            if depth == 0:
                values.append(value)
                value = None
            if len(values) > 2_000:
                raise DumpError("has more than 2000 values")
        elif depth == 0:
            value = _value(token)


def _value(token: _Token) -> Value | DumpError:
    if token.kind == "too long":
        return DumpError(f"holds a value longer than {LONGEST_VALUE} bytes")
    content = token.content
    if token.kind == "word":
        if content.upper() == b"NULL":
            return None
        if re.fullmatch(rb"0[xX](?:[0-9A-Fa-f]{2})+", content):
            content = bytes.fromhex(content[2:].decode("ascii"))
        elif content.startswith(b"_"):
            return None  # a character set introducer: the string follows
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return DumpError("holds bytes that are not UTF-8")


def _begun(tokens: _Tokens) -> tuple[Statement | None, bool]:
    """From after INSERT to after VALUES, or None for another kind; and whether the statement is over."""
    table, in_list = "", False
    listed: list[str] = []
    for _ in range(2_000):
        token = tokens.next()
        text = token.content.decode("utf-8", "replace")
        if token.kind == "end" or (token.kind == "sign" and text == ";"):
            return None, True
        if token.kind == "word" and text.upper() in ("VALUES", "VALUE") and not in_list:
            return Statement(table, tuple(listed), tokens.offset, tokens.line), False
        if token.kind == "sign":
            in_list = text == "(" or (in_list and text != ")")
        elif in_list:
            listed.append(text)
        elif text.upper() not in ("INTO", "IGNORE", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY"):
            table = text.rpartition(".")[2]
    return None, False


def _created(tokens: _Tokens) -> dict[str, tuple[str, ...]]:
    """The columns of a CREATE TABLE, up to its end. Columns come first in each line at depth one."""
    table, depth, at_start = "", 0, False
    columns: list[str] = []
    while (token := tokens.next()).kind != "end":
        if token.kind == "sign":
            if token.content == b";" and depth <= 0:
                break
            depth += {b"(": 1, b")": -1}.get(token.content, 0)
            at_start = token.content in (b"(", b",") and depth == 1
            continue
        if depth == 0 and token.kind == "name" and not columns:
            table = token.content.decode("utf-8", "replace")
        elif depth == 1 and at_start and token.kind == "name":
            columns.append(token.content.decode("utf-8", "replace"))
        at_start = False
    return {table: tuple(columns)} if table and columns else {}


def _pass_statement(tokens: _Tokens) -> None:
    while (token := tokens.next()).kind != "end":
        if token == _Token("sign", b";"):
            return
