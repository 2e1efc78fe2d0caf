"""From a MARC record to a title and its items: which field says what.

Titles keep the original script beside the romanised form (field 880), so that either finds them.
Items come from field 952 (Koha), or from 852 and 876 (the MARC 21 holdings format). An item field
without a barcode is no item. Notes, prices paid, dates and names of last borrowers that some
systems put there are not read.

Pure: a record in, rows out.

Source: MARC 21 Format for Bibliographic Data; for Holdings Data, 852 and 876.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from pymarc import Field, Record

from circumspect.offices.importing.csvrows import cents
from circumspect.offices.importing.rows import ItemRow, TitleRow
from circumspect.records.textrules import words

_AUTHORS = ("100", "110", "111", "700", "710")
_SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "653", "655")
_TRAILING = " /:;,=+"
_FULL_STOP = re.compile(r"(?<=[^\W\d_]{3})\.$")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_BY_RECORD_TYPE = {
    "c": "score",
    "d": "score",
    "e": "map",
    "f": "map",
    "g": "video",
    "i": "audiobook",
    "j": "music",
    "k": "picture",
    "m": "file",
    "o": "kit",
    "p": "mixed",
    "r": "object",
}


def title_of(record: Record, line: int, source_key: str = "") -> TitleRow | None:
    """The title a record describes, or None where it has none.

    Args:
        source_key: What to call it; "" takes the record's own control number.
    """
    own = _clean(_joined(_first(record, "245"), "abnp"))
    others = [_clean(_joined(field, "abnp")) for field in _with_script(record, "245")]
    others += [
        _clean(_joined(field, "abnp"))
        for field in [*record.get_fields("245")[1:], *record.get_fields("240", "246")]
    ]
    own = own or next((other for other in others if other), "")
    if not own:
        return None
    authors = [_name(field) for field in record.get_fields(*_AUTHORS)]
    authors += [_name(field) for tag in _AUTHORS for field in _with_script(record, tag)]
    author = "; ".join(dict.fromkeys(name for name in authors if name))
    return TitleRow(
        line,
        source_key=source_key or _own_key(record, own, author),
        title=own,
        other_titles=tuple(dict.fromkeys(other for other in others if other and other != own)),
        author=author or _clean(_joined(_first(record, "245"), "c")),
        subjects=tuple(dict.fromkeys(_subjects(record))),
        language=_language(record),
        year=_year(record),
        material=_material(record),
        publisher=_publisher(record),
        isbns=tuple(isbn for field in record.get_fields("020") for isbn in field.get_subfields("a")),
    )


def items_of(record: Record, line: int, title_key: str) -> Iterator[ItemRow]:
    """The items in a record, those with a barcode."""
    yield from _koha_items(record, line, title_key)
    yield from _holdings_items(record, line, title_key)


def koha_status(lost: str, damaged: str, withdrawn: str) -> str:
    """An item's status from Koha's three marks, of which "" and "0" mean no."""
    if withdrawn not in ("", "0"):
        return "withdrawn"
    if lost not in ("", "0"):
        return "missing" if lost == "4" else "lost"
    return "damaged" if damaged not in ("", "0") else "available"


def _koha_items(record: Record, line: int, title_key: str) -> Iterator[ItemRow]:
    for field in record.get_fields("952"):
        one = {code: (field.get_subfields(code) or [""])[0].strip() for code in "pabcoyv8g140"}
        if one["p"]:
            yield ItemRow(
                line,
                barcode=one["p"],
                title_key=title_key,
                item_type=one["y"],
                branch=one["a"] or one["b"],
                collection=one["8"] or one["c"],
                call_number=one["o"],
                status=koha_status(one["1"], one["4"], one["0"]),
                replacement_cents=cents(one["v"]),
            )


def _holdings_items(record: Record, line: int, title_key: str) -> Iterator[ItemRow]:
    """Items of 876, under the 852 they are linked to by subfield 8, else the first; or of 852 alone."""
    places = record.get_fields("852")
    pieces = record.get_fields("876")
    by_link = {link.split(".")[0]: place for place in places for link in place.get_subfields("8")}
    for piece in pieces:
        link = (piece.get_subfields("8") or [""])[0].split(".")[0]
        place = by_link.get(link) or (places[0] if places else None)
        for barcode in piece.get_subfields("p"):
            yield _held_item(line, barcode, title_key, place, piece)
    if not any(piece.get_subfields("p") for piece in pieces):
        for place in places:
            for barcode in place.get_subfields("p"):
                yield _held_item(line, barcode, title_key, place, None)


def _held_item(line: int, barcode: str, title_key: str, place: Field | None, piece: Field | None) -> ItemRow:
    def of(field: Field | None, code: str) -> str:
        return (field.get_subfields(code) or [""])[0].strip() if field else ""

    return ItemRow(
        line,
        barcode=barcode.strip(),
        title_key=title_key,
        item_type=of(piece, "h"),
        branch=of(place, "b") or of(place, "a"),
        collection=of(place, "c"),
        call_number=" ".join(part for part in (of(place, "k"), of(place, "h"), of(place, "i")) if part),
        replacement_cents=cents(of(piece, "c")),
    )


def _own_key(record: Record, title: str, author: str) -> str:
    number = "".join(field.data or "" for field in record.get_fields("001")[:1]).strip()
    agency = "".join(field.data or "" for field in record.get_fields("003")[:1]).strip()
    if number:
        return f"marc:{agency}:{number}"[:190]
    year = _year(record) or ""
    same = " ".join([*words(title), "/", *words(author), str(year)])
    return "marc:" + hashlib.sha256(same.encode("utf-8")).hexdigest()[:32]


def _first(record: Record, tag: str) -> Field | None:
    found = record.get_fields(tag)
    return found[0] if found else None


def _with_script(record: Record, tag: str) -> list[Field]:
    """The 880 fields that give a tag's content in its own script."""
    return [
        field for field in record.get_fields("880") if (field.get_subfields("6") or [""])[0].startswith(tag)
    ]


def _joined(field: Field | None, codes: str) -> str:
    if field is None:
        return ""
    return " ".join(part.value.strip() for part in field.subfields if part.code in codes and part.value)


def _clean(text: str) -> str:
    return " ".join(text.split()).rstrip(_TRAILING).strip()


def _name(field: Field) -> str:
    """A heading's name, without the full stop that ends a heading but with the one of an initial."""
    return _FULL_STOP.sub("", _clean(_joined(field, "abcq")))


def _subjects(record: Record) -> Iterable[str]:
    for field in record.get_fields(*_SUBJECTS):
        heading = _clean(_joined(field, "abcdqt"))
        parts = [_clean(part.value) for part in field.subfields if part.code in "xyzv" and part.value]
        if heading:
            yield " -- ".join([heading.rstrip("."), *(part.rstrip(".") for part in parts)])


def _fixed(record: Record) -> str:
    return "".join(field.data or "" for field in record.get_fields("008")[:1])


def _language(record: Record) -> str:
    code = _fixed(record)[35:38].strip().lower()
    if len(code) != 3 or not code.isalpha():
        code = (_joined(_first(record, "041"), "a").split() or [""])[0][:3].lower()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else ""


def _year(record: Record) -> int | None:
    date1 = _fixed(record)[7:11]
    if _YEAR.fullmatch(date1):
        return int(date1)
    for field in record.get_fields("260", "264"):
        found = _YEAR.search(_joined(field, "c"))
        if found:
            return int(found[0])
    return None


def _publisher(record: Record) -> str:
    for field in record.get_fields("260", "264"):
        name = _clean(_joined(field, "b"))
        if name:
            return name
    return ""


def _material(record: Record) -> str:
    kind, level = str(record.leader)[6:7], str(record.leader)[7:8]
    if kind in ("a", "t"):
        if level in ("s", "b", "i"):
            return "serial"
        return "large_print" if _fixed(record)[23:24] == "d" else "book"
    return _BY_RECORD_TYPE.get(kind, "")
