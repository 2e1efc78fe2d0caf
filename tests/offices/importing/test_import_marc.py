"""MARC21 and MARCXML: torn, mislabelled and hostile records cost themselves alone."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymarc import Field, Indicators, Record, Subfield

from circumspect.offices.importing.marc import MarcRecordError, read_marc, record_from_xml
from circumspect.offices.importing.rows import ItemRow, Note, Problem, TitleRow


def a_record(number: int, title: str = "", *fields: tuple[str, dict[str, str]]) -> Record:
    record = Record(force_utf8=True, leader="00000nam a2200000 a 4500")
    record.add_field(Field("001", data=f"{number:06d}"))
    record.add_field(Field("008", data="120829s2013    nyu           001 0 eng  "))
    told = (("245", {"a": title or f"Title {number} /"}), *fields)
    for tag, parts in told:
        record.add_field(
            Field(tag, Indicators(" ", " "), [Subfield(code, text) for code, text in parts.items()])
        )
    return record


def marc8(number: int, title: bytes) -> bytes:
    """A record labelled MARC-8 whose title is these bytes."""
    raw = a_record(number, "x" * len(title)).as_marc().replace(b"x" * len(title), title)
    return raw[:9] + b" " + raw[10:]


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: bytes) -> list:
        path = tmp_path / "their.mrc"
        path.write_bytes(content)
        return [entry for entry in read_marc(path) if not isinstance(entry, Note)]

    return reader


def titles(entries: list) -> list[str]:
    return [entry.title for entry in entries if isinstance(entry, TitleRow)]


def problem_lines(entries: list) -> list[int]:
    return [entry.line for entry in entries if isinstance(entry, Problem)]


ONE, TWO, THREE = (a_record(n).as_marc() for n in (1, 2, 3))


def test_a_record_says_who_wrote_what_about_what(read):
    record = a_record(
        1,
        "Emma :",
        ("100", {"a": "Austen, Jane,"}),
        ("650", {"a": "Matchmaking", "z": "England", "v": "Fiction."}),
        ("264", {"a": "London :", "b": "Murray,", "c": "1815."}),
        ("020", {"a": "0141439580 (pbk.)"}),
        ("880", {"6": "245-01", "a": "Эмма"}),
    )

    (title,) = read(record.as_marc())

    assert title == TitleRow(
        1,
        source_key="marc::000001",
        title="Emma",
        other_titles=("Эмма",),
        author="Austen, Jane",
        subjects=("Matchmaking -- England -- Fiction",),
        language="eng",
        year=2013,
        material="book",
        publisher="Murray",
        isbns=("0141439580 (pbk.)",),
    )


def test_koha_items_and_holdings_items_are_read(read):
    koha = a_record(1, "A", ("952", {"p": "B1", "a": "CPL", "y": "BK", "o": "FIC", "v": "12.00", "1": "1"}))
    held = a_record(
        2,
        "B",
        ("852", {"8": "1", "b": "East", "c": "Local", "h": "977", "i": "SMI"}),
        ("876", {"8": "1.1", "p": "B2"}),
    )
    alone = a_record(3, "C", ("852", {"b": "West", "p": "B3"}))

    items = [
        entry
        for entry in read(b"".join(r.as_marc() for r in (koha, held, alone)))
        if isinstance(entry, ItemRow)
    ]

    assert [(i.barcode, i.branch, i.call_number, i.status, i.replacement_cents) for i in items] == [
        ("B1", "CPL", "FIC", "lost", 1200),
        ("B2", "East", "977 SMI", "available", None),
        ("B3", "West", "", "available", None),
    ]


@pytest.mark.parametrize(
    "torn",
    [
        TWO[:100],
        TWO[:100] + b"\x1d",
        TWO[:60] + TWO[70:],
        b"garbage\x1d",
        b"99999" + TWO[5:],
        b"",
        b"\x1d\r\n\x1d",
    ],
)
def test_a_torn_record_costs_itself_alone(read, torn):
    entries = read(ONE + torn + THREE)

    assert titles(entries) == ["Title 1", "Title 3"]
    assert problem_lines(entries) in ([2], [])
    assert problem_lines(entries) or not torn.strip(b"\x1d\r\n")


def test_a_torn_end_is_said(read):
    entries = read(ONE + TWO[:-30])

    assert titles(entries) == ["Title 1"]
    assert problem_lines(entries) == [2]


def test_marc8_and_utf8_are_told_apart_even_when_the_leader_lies(read):
    marc8_accent = marc8(1, b"Qu\xe2ebec /")
    labelled_wrongly = marc8(2, "Québec /".encode())

    assert titles(read(marc8_accent + labelled_wrongly)) == ["Qu\u00e9bec", "Québec"]


def test_bytes_of_another_encoding_are_refused_and_not_repeated(read):
    raw = a_record(1, "xxxxxx").as_marc().replace(b"xxxxxx", b"Mu\xf1oz!")

    (problem,) = [entry for entry in read(raw + TWO) if isinstance(entry, Problem)]

    assert problem.reason == "holds bytes that are not UTF-8"


def test_a_record_without_a_title_is_a_problem(read):
    record = Record(leader="00000nam a2200000 a 4500")
    record.add_field(Field("001", data="1"))

    assert problem_lines(read(record.as_marc() + TWO)) == [1]


@pytest.mark.parametrize("content", [b"", b"\x00" * 1000, b"hello", b"<a/>"])
def test_a_file_without_a_record_says_so(read, content):
    assert any(isinstance(entry, Problem) for entry in read(content))


def test_a_file_that_never_ends_a_record_costs_no_memory(tmp_path):
    path = tmp_path / "endless.mrc"
    with path.open("wb") as file:
        for _ in range(40):
            file.write(b"x" * 2**20)
        file.write(b"\x1d" + ONE)

    tracemalloc.start()
    entries = list(read_marc(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert titles(entries) == ["Title 1"]
    assert peak < 16 * 2**20


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_bytes_raise_and_the_next_whole_record_is_read(tmp_path, junk, cut):
    path = tmp_path / "junk.mrc"
    path.write_bytes(b"0" + junk + ONE[:cut] + b"\x1d" + TWO)

    assert titles(list(read_marc(path)))[-1:] == ["Title 2"]


# MARCXML


def xml(number: int, title: str = "Emma &amp; co /", prefix: str = "") -> str:
    p = f"{prefix}:" if prefix else ""
    return (
        f"<{p}record><{p}leader>00000nam a2200000 a 4500</{p}leader>"
        f'<{p}controlfield tag="001">{number}</{p}controlfield>'
        f'<{p}datafield tag="245" ind1="1" ind2="0"><{p}subfield code="a">{title}</{p}subfield></{p}datafield>'
        f'<{p}datafield tag="952" ind1=" " ind2=" "><{p}subfield code="p">B{number}</{p}subfield></{p}datafield>'
        f"</{p}record>"
    )


def collection(*records: str, before: str = "") -> bytes:
    body = "".join(records)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}\n<collection xmlns="u">{body}</collection>'.encode()
    )


@pytest.mark.parametrize("prefix", ["", "marc"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_marcxml_is_read_with_or_without_a_prefix(read, prefix, bom):
    entries = read(bom + collection(xml(1, prefix=prefix), xml(2, "Łódź", prefix=prefix)))

    assert titles(entries) == ["Emma & co", "Łódź"]
    assert [e.barcode for e in entries if isinstance(e, ItemRow)] == ["B1", "B2"]


def test_records_of_marcxml_may_be_longer_than_any_piece_it_is_read_in(read):
    many = [xml(n, f"Title {n} " + "long " * 3000) for n in range(60)]

    assert len(titles(read(collection(*many)))) == 60


@pytest.mark.parametrize(
    "broken",
    [
        xml(2)[:120],
        xml(2).replace("</subfield>", "", 1),
        xml(2, "&undefined;"),
        xml(2).replace('tag="245"', 'tag="24"'),
        "<record>" + "x" * 5_000_000 + "</record>",
    ],
)
def test_a_broken_xml_record_costs_itself_alone(read, broken):
    entries = read(collection(xml(1, "One"), broken, xml(3, "Three")))

    assert titles(entries) == ["One", "Three"]
    assert problem_lines(entries) == [2]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declaration", [BOMB, OUTSIDE])
@pytest.mark.parametrize("spelt", [str, str.lower])
def test_a_document_type_declaration_refuses_the_file(read, declaration, spelt):
    entries = read(collection(xml(1, "&b;"), before=spelt(declaration)))

    assert titles(entries) == []
    assert any("document type" in entry.reason for entry in entries if isinstance(entry, Problem))


@pytest.mark.parametrize("declaration", [BOMB, OUTSIDE])
def test_a_single_record_refuses_one_too(declaration):
    with pytest.raises(MarcRecordError, match="document type"):
        record_from_xml((declaration + xml(1, "&a;")).encode())


def test_control_characters_that_xml_cannot_hold_become_spaces():
    record = record_from_xml(xml(1, "A\x1fB").encode())

    assert record["245"]["a"] == "A B"
