"""Read a CSV file of any size, from any spreadsheet, without trusting it or holding it.

Works on bytes, line by line in bounded pieces; a field is decoded when it is whole. What is found
out first: byte-order mark, encoding (UTF-8, else what Windows wrote), delimiter. What one row cannot
spoil is the next: after a broken quote reading goes on at the line below the one where its row
began, and a field beyond the limit is let go while it is being read, whatever its size.

A row is a problem, and the rest is read, where it holds a NUL, a field longer than the limit, bytes
of another encoding, a broken quote, or another count of fields than the header.

Left to others: what the columns mean (``csvrows``) and whether the values are good (``validation``).

Source: RFC 4180, and what spreadsheets really write.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from circumspect.offices.importing.rows import Note, Problem

LONGEST_FIELD = 65_536
MOST_FIELDS = 1_000
_PIECE = 65_536
# Going back after broken quotes may cost this many bytes in all, so that no file can keep us busy for ever.
_MOST_READ_AGAIN = 256 * 2**20
_DELIMITERS = (b",", b";", b"\t", b"|")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """One row of fields, in the header's order, and the line it begins on."""

    line: int
    fields: list[str]


class _State(Enum):
    FIELD_START = auto()
    PLAIN = auto()
    QUOTED = auto()
    QUOTE_IN_QUOTED = auto()


class _End(Enum):
    NOT_YET = auto()
    WHOLE = auto()
    BROKEN = auto()


@dataclass(slots=True)
class _Row:
    """A row while it is being read."""

    line: int
    begun: bool = False
    resume_at: int = 0
    resume_line: int = 0
    state: _State = _State.FIELD_START
    fields: list[bytes] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    length: int = 0
    too_long: bool = False

    def add(self, part: bytes) -> None:
        self.length += len(part)
        if self.length > LONGEST_FIELD:
            self.too_long = True
            self.parts.clear()
        elif not self.too_long:
            self.parts.append(part)

    def end_field(self) -> None:
        self.too_long = self.too_long or len(self.fields) >= MOST_FIELDS
        if self.too_long:
            self.fields.clear()
        else:
            self.fields.append(b"".join(self.parts))
        self.parts.clear()
        self.length = 0
        self.state = _State.FIELD_START


class CsvTable:
    """A CSV file: its header, and its records one at a time."""

    def __init__(self, path: Path, *, encoding: str = "", delimiter: str = "") -> None:
        """Say which file; nothing is opened until ``read``."""
        self._path = path
        self._encoding = encoding
        self._delimiter = {"": b"", "tab": b"\t", "\\t": b"\t"}.get(
            delimiter, delimiter.encode("ascii", "ignore")
        )
        self._stop = re.compile(b"[,\n]")
        self._quote_or_end = re.compile(b',"|\n')
        self._read_again = 0

    def read(self) -> Iterator[Record | Problem | Note]:
        """The header as the first record, then the rows, with problems and notes where they arise."""
        try:
            with self._path.open("rb") as file:
                yield from self._read(file)
        except OSError as problem:
            yield Problem(0, "file", f"cannot be read: {problem.strerror or 'input error'}")

    def _read(self, file: BinaryIO) -> Iterator[Record | Problem | Note]:
        start = file.read(_PIECE)
        refusal = _unreadable(start)
        if refusal:
            yield Problem(0, "file", refusal)
            return
        body = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
        if not self._encoding:
            self._encoding = "utf-8" if body else _encoding_of(file)
            if self._encoding != "utf-8":
                yield Note(f"the file is not UTF-8; it was read as {self._encoding}")
        self._delimiter = self._delimiter or _delimiter_of(start[body:])
        self._stop = re.compile(b"[" + re.escape(self._delimiter) + b"\n]")
        self._quote_or_end = re.compile(re.escape(self._delimiter) + b'"|\n')
        file.seek(body)
        width = 0
        for row in self._rows(file):
            if isinstance(row, Problem):
                yield row
            elif isinstance(record := self._decoded(row), Problem):
                yield record
            elif width == 0:
                width = len(record.fields)
                yield record
            else:
                yield _fitted(record, width)
            if width == 0:
                return  # the header itself is broken: no column of the rest has a name

    def _rows(self, file: BinaryIO) -> Iterator[_Row | Problem]:
        """Rows with undecoded fields. One that breaks its quotes costs the line it began on."""
        line = 1
        row = _Row(line)
        while True:
            piece = file.readline(_PIECE)
            whole = piece.endswith(b"\n")
            if not row.begun and whole and b'"' not in piece:
                line += 1
                if piece.strip():
                    row.fields = piece.rstrip(b"\r\n").split(self._delimiter)
                    yield row
                row = _Row(line)
                continue
            ended = self._feed(row, piece) if piece else _at_the_end(row)
            line += whole
            if whole and not row.resume_line:
                row.resume_at, row.resume_line = file.tell(), line
            if ended is _End.BROKEN:
                yield Problem(row.line, "row", "a quotation mark is out of place or never closed")
                if not self._go_back(file, row):
                    yield Problem(
                        row.line, "file", "has too many broken quotation marks; the rest was not read"
                    )
                    return
                line = row.resume_line or line + 1
                row = _Row(line)
            elif ended is _End.WHOLE:
                yield self._done(row, line)
                row = _Row(line)
            if not piece and not row.begun and ended is not _End.BROKEN:
                return

    def _go_back(self, file: BinaryIO, row: _Row) -> bool:
        """To the line below the one where the broken row began. False once that was done too often."""
        if row.resume_line:
            self._read_again += file.tell() - row.resume_at
            file.seek(row.resume_at)
            return self._read_again <= _MOST_READ_AGAIN
        while (piece := file.readline(_PIECE)) and not piece.endswith(b"\n"):
            pass  # the rest of an overlong line
        return True

    def _done(self, row: _Row, line: int) -> _Row | Problem:
        if not row.too_long:
            return row
        lines = f" (lines {row.line} to {line - 1})" if line - 1 > row.line else ""
        return Problem(
            row.line,
            "row",
            f"is too large: a field over {LONGEST_FIELD} bytes, or over {MOST_FIELDS} fields{lines}",
        )

    def _feed(self, row: _Row, piece: bytes) -> _End:
        """Read one piece into a row, up to the row's end."""
        place, end = 0, len(piece)
        stop = self._stop
        row.begun = True
        while place < end:
            if row.state is _State.FIELD_START and piece[place : place + 1] == b'"':
                row.state, place = _State.QUOTED, place + 1
            elif row.state is _State.QUOTED:
                quote = piece.find(b'"', place)
                row.add(piece[place : quote if quote >= 0 else end])
                place = quote + 1 if quote >= 0 else end
                row.state = _State.QUOTE_IN_QUOTED if quote >= 0 else _State.QUOTED
            elif row.state is _State.QUOTE_IN_QUOTED and piece[place : place + 1] == b'"':
                row.add(b'"')
                row.state, place = _State.QUOTED, place + 1
            elif row.too_long and row.state is not _State.QUOTE_IN_QUOTED:
                place, ended = self._skip_ahead(row, piece, place)
                if ended:
                    return _End.WHOLE
            else:
                found = stop.search(piece, place)
                part = piece[place : found.start() if found else end]
                if row.state is _State.QUOTE_IN_QUOTED:
                    if part.strip(b" \r"):
                        return _End.BROKEN
                else:
                    row.state = _State.PLAIN
                    row.add(part.removesuffix(b"\r") if found and found[0] == b"\n" else part)
                if found is None:
                    return _End.NOT_YET
                row.end_field()
                if found[0] == b"\n":
                    return _End.WHOLE
                place = found.end()
        return _End.NOT_YET

    def _skip_ahead(self, row: _Row, piece: bytes, place: int) -> tuple[int, bool]:
        """In a row that is let go, from outside quotes to the next quoted field, or to the row's end."""
        found = self._quote_or_end.search(piece, place)
        if found is None:
            row.state = _State.FIELD_START if piece.endswith(self._delimiter) else _State.PLAIN
            return len(piece), False
        row.state = _State.QUOTED
        return found.end(), found[0] == b"\n"

    def _decoded(self, row: _Row) -> Record | Problem:
        for number, content in enumerate(row.fields, start=1):
            if b"\x00" in content:
                return Problem(row.line, f"column {number}", "holds a NUL character")
        try:
            return Record(row.line, [content.decode(self._encoding) for content in row.fields])
        except UnicodeDecodeError:
            return Problem(row.line, "row", f"holds bytes that are not {self._encoding.upper()}")


def _at_the_end(row: _Row) -> _End:
    """How a file ends inside a row: a last line without a line end is whole, an open quote is not."""
    if row.state is _State.QUOTED:
        return _End.BROKEN
    if row.begun:
        row.end_field()
        return _End.WHOLE
    return _End.NOT_YET


def _fitted(record: Record, width: int) -> Record | Problem:
    found = len(record.fields)
    if found > width and not any(content.strip() for content in record.fields[width:]):
        return Record(record.line, record.fields[:width])
    if found != width:
        return Problem(record.line, "row", f"has {found} fields where the header has {width}")
    return record


def _unreadable(start: bytes) -> str:
    if not start.strip():
        return "is empty"
    if start.startswith(_UTF16):
        return "is in UTF-16; save it as UTF-8 and try again"
    if b"\n" not in start and b"\r" in start:
        return "has the line ends of an old Macintosh; save it again with ordinary ones"
    return ""


def _delimiter_of(start: bytes) -> bytes:
    header = re.sub(rb'"[^"]*"', b"", start.split(b"\n", 1)[0])
    return max(_DELIMITERS, key=header.count)


def _encoding_of(file: BinaryIO) -> str:
    """UTF-8 unless more lines break it than use it; then what fits: Windows Western, or Latin-1."""
    used = broken = 0
    undefined = False
    file.seek(0)
    while line := file.readline(_PIECE):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            used += 1
        except UnicodeDecodeError as problem:
            # A piece of an endless line may end inside a character.
            if line.endswith(b"\n") or problem.start < len(line) - 3:
                broken += 1
                undefined = undefined or bool(re.search(rb"[\x81\x8d\x8f\x90\x9d]", line))
    if broken <= used:
        return "utf-8"
    return "latin-1" if undefined else "cp1252"
