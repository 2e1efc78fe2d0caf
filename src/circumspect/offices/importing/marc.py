"""Read MARC21 and MARCXML files: records one at a time, whatever is wrong with their neighbours.

MARC21 is cut at the record terminator, not by the lengths records claim, so that a record that lost
some bytes costs itself alone; where it also lost its terminator, the next record is found again by
its leader. MARC-8 and UTF-8 are read by what the leader says, but for records that say MARC-8 and
are plainly UTF-8 (a common mislabelling).

MARCXML is cut at its record elements and each is parsed by itself. A document type declaration
refuses the file: no record needs one, and an entity in one could expand without end.

Left to others: what the fields mean (``bibliographic``).

Source: ISO 2709; MARC 21 Specifications for Record Structure; the MARCXML schema.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from pymarc import Field, Indicators, Leader, Record

from circumspect.offices.importing.bibliographic import items_of, title_of
from circumspect.offices.importing.rows import ItemRow, Note, Problem, TitleRow

_PIECE = 65_536
_LARGEST = 4 * 2**20
_END_OF_RECORD = b"\x1d"
_LEADER_INSIDE = re.compile(rb"(?=(\d{5})[a-z ]{3}.[a ]22\d{5})")
_ELEMENT = re.compile(
    rb"<(?:[A-Za-z_][\w.-]*:)?record(?=[\s>/])|</(?:[A-Za-z_][\w.-]*:)?record\s*>|<!DOCTYPE", re.IGNORECASE
)
_XML_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")

# What XML cannot hold, and some systems write: it stands for nothing, so a space takes its place.
_NO_CONTROLS = bytes(32 if code < 32 and code not in (9, 10, 13) else code for code in range(256))

# Its warnings quote the bytes they are about; our report names record and reason instead.
logging.getLogger("pymarc").setLevel(logging.CRITICAL)


class MarcRecordError(ValueError):
    """One record cannot be read. The message says why, without its content."""


def read_marc(path: Path) -> Iterator[TitleRow | ItemRow | Problem | Note]:
    """The titles and items of a MARC21 or MARCXML file; which of the two is seen from its content."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
            file.seek(0)
            looks_xml = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
            yield from _rows(_xml_records(file) if looks_xml else _records(file))
    except OSError as problem:
        yield Problem(0, "file", f"cannot be read: {problem.strerror or 'input error'}")


def record_from_xml(content: bytes, encoding: str = "utf-8") -> Record:
    """One MARCXML record element.

    Raises:
        MarcRecordError: Not well formed, an entity, a document type declaration, or no leader.
    """
    builder = _XmlRecord()
    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    try:
        parser.Parse(content.translate(_NO_CONTROLS), True)
    except expat.ExpatError as problem:
        raise MarcRecordError(f"is not well-formed XML: {expat.ErrorString(problem.code)}") from None
    except (ValueError, LookupError) as problem:
        reason = str(problem) if isinstance(problem, MarcRecordError) else "is not a MARCXML record"
        raise MarcRecordError(reason) from None
    return builder.record


def _rows(records: Iterator[Record | Problem | Note]) -> Iterator[TitleRow | ItemRow | Problem | Note]:
    number = without_items = 0
    for record in records:
        if isinstance(record, Note):
            yield record
            continue
        if isinstance(record, Problem):
            number = max(number, record.line)
            yield record
            continue
        number += 1
        title = title_of(record, number)
        if title is None:
            yield Problem(number, "title", "is missing (field 245)")
            continue
        yield title
        items = list(items_of(record, number, title.source_key))
        without_items += not items
        yield from items
    if without_items:
        yield Note(
            f"{without_items} records have no items in field 952, or 852 and 876; their titles were read"
        )
    if number == 0:
        yield Problem(0, "file", "holds no MARC record")


def _records(file: BinaryIO) -> Iterator[Record | Problem]:
    number = 0
    for raw in _chunks(file):
        if raw is None:
            number += 1
            yield Problem(number, "record", f"is larger than {_LARGEST} bytes")
            continue
        for content in _torn_apart(raw):
            number += 1
            try:
                yield _decoded(content)
            except MarcRecordError as problem:
                yield Problem(number, "record", str(problem))


def _chunks(file: BinaryIO) -> Iterator[bytes | None]:
    """What stands between record terminators, without them; None for what is too large to be a record."""
    held, too_large = bytearray(), False
    while piece := file.read(_PIECE):
        *ended, rest = piece.split(_END_OF_RECORD)
        for part in ended:
            held += part
            if too_large or len(held) > _LARGEST:
                yield None
            elif content := bytes(held).lstrip(b"\r\n \x00\xef\xbb\xbf"):
                yield content + _END_OF_RECORD
            held.clear()
            too_large = False
        held += rest
        if len(held) > _LARGEST:
            held.clear()
            too_large = True
    if too_large:
        yield None
    elif content := bytes(held).strip(b"\r\n \x00\x1a"):
        yield content


def _torn_apart(raw: bytes) -> Iterator[bytes]:
    """One chunk is one record, unless a torn one ran into the next: then the two."""
    if raw[:5] != b"%05d" % len(raw):
        for found in _LEADER_INSIDE.finditer(raw, 1):
            if int(found[1]) == len(raw) - found.start():
                yield raw[: found.start()]
                raw = raw[found.start() :]
                break
    yield raw


def _decoded(raw: bytes) -> Record:
    if len(raw) < 25 or not raw[:5].isdigit() or not raw[12:17].isdigit():
        raise MarcRecordError("has no leader")
    if not raw.endswith(_END_OF_RECORD):
        raise MarcRecordError("is torn: it ends before its end")
    if int(raw[:5]) != len(raw):
        raise MarcRecordError("is torn: it is not as long as its leader says")
    # The leader's last four signs never differ, and are sometimes spoilt.
    raw = raw[:20] + b"4500" + raw[24:]
    is_utf8 = raw[9:10] == b"a" or (not raw.isascii() and _is_utf8(raw))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Record(raw, to_unicode=True, force_utf8=is_utf8, hide_utf8_warnings=True)
    except UnicodeDecodeError:
        raise MarcRecordError(f"holds bytes that are not {'UTF-8' if is_utf8 else 'MARC-8'}") from None
    except Exception:  # noqa: BLE001 - the library raises whatever a torn directory leads it to
        raise MarcRecordError("has a directory that does not fit its content") from None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _xml_records(file: BinaryIO) -> Iterator[Record | Problem]:
    encoding, number = "utf-8", 0
    for content in _xml_chunks(file):
        if isinstance(content, Problem):
            number = number + 1 if content.line else number
            yield Problem(number if content.line else 0, content.field, content.reason)
            if not content.line:
                return
        elif content.startswith(b"<?xml"):
            declared = _XML_ENCODING.match(content)
            encoding = declared[1].decode("ascii").lower() if declared else encoding
        else:
            number += 1
            try:
                yield record_from_xml(content, encoding)
            except MarcRecordError as problem:
                yield Problem(number, "record", str(problem))


def _xml_chunks(file: BinaryIO) -> Iterator[bytes | Problem]:
    """The XML declaration, then each record element; a problem with line 0 refuses the file."""
    start = file.read(_PIECE).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start[:4]:
        yield Problem(0, "file", "is in UTF-16; save it as UTF-8 and try again")
        return
    if start.startswith(b"<?xml"):
        yield start[:256]
    held, begins, place = bytearray(start), -1, 0
    while True:
        found = _ELEMENT.search(held, place)
        if found is None or (found.end() == len(held) and not found[0].endswith(b">")):
            keep = begins if begins >= 0 else max(0, len(held) - 256)
            place = max(0, len(held) - 256 - keep)
            del held[:keep]
            begins = 0 if begins >= 0 else -1
            if len(held) > _LARGEST:
                yield Problem(1, "record", f"is larger than {_LARGEST} bytes")
                del held[: len(held) - 256]
                begins, place = -1, 0
            piece = file.read(_PIECE)
            if not piece:
                break
            place = max(place, 1) if begins == 0 else place
            held += piece
            continue
        place = found.end()
        if found[0][:2] == b"<!":
            yield Problem(0, "file", "has a document type declaration, which is refused")
            return
        if found[0][:2] == b"</":
            if begins >= 0:
                yield bytes(held[begins:place])
            begins = -1
        else:
            if begins >= 0:
                yield Problem(1, "record", "is torn: it ends before its end")
            begins = found.start()
    if begins >= 0:
        yield Problem(1, "record", "is torn: it ends before its end")


class _XmlRecord:
    """Builds one record from a parser's events; knows elements by their local names."""

    def __init__(self) -> None:
        self.record = Record()
        self._field: Field | None = None
        self._tag = self._code = ""
        self._text: list[str] = []

    def start(self, name: str, given: dict[str, str]) -> None:
        self._text = []
        local = name.rpartition(":")[2]
        if local == "controlfield":
            self._tag = _tag(given)
        elif local == "datafield":
            indicators = Indicators((given.get("ind1") or " ")[:1], (given.get("ind2") or " ")[:1])
            self._field = Field(_tag(given), indicators=indicators)
        elif local == "subfield":
            self._code = (given.get("code") or " ")[:1]

    def end(self, name: str) -> None:
        local, text = name.rpartition(":")[2], "".join(self._text)
        self._text = []
        if local == "leader":
            self.record.leader = Leader(text[:24].ljust(24))
        elif local == "controlfield":
            self.record.fields.append(Field(self._tag, data=text))
        elif local == "subfield" and self._field is not None:
            self._field.add_subfield(self._code, text)
        elif local == "datafield" and self._field is not None:
            self.record.fields.append(self._field)
            self._field = None

    def text(self, part: str) -> None:
        self._text.append(part)

    def refuse(self, *_about: object) -> None:
        raise MarcRecordError("has a document type declaration, which is refused")


def _tag(given: dict[str, str]) -> str:
    tag = given.get("tag", "")
    if not (len(tag) == 3 and tag.isascii() and tag.isalnum()):
        raise MarcRecordError("has a field without a three-sign tag")
    return tag
