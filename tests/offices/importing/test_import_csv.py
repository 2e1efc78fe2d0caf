"""CSV from any spreadsheet: one bad row costs one row, and no file costs memory."""

from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.offices.importing.csvrows import cents, read_items_csv, read_patrons_csv, read_titles_csv
from circumspect.offices.importing.mapping import Mapping, MappingError
from circumspect.offices.importing.rows import DroppedColumns, ItemRow, Note, PatronRow, Problem, TitleRow

HEADER = b"card_number,given_name,family_name,note\n"


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: bytes, mapping: str = "", of=read_patrons_csv) -> list:
        path = tmp_path / "their.csv"
        path.write_bytes(content)
        return list(of(path, Mapping.parse(mapping)))

    return reader


def names(entries: list) -> list[tuple[str, str, str]]:
    return [(e.card_number, e.given_name, e.family_name) for e in entries if isinstance(e, PatronRow)]


def problems(entries: list) -> list[tuple[int, str]]:
    return [(e.line, e.field) for e in entries if isinstance(e, Problem)]


GOOD = ("1", "Zoë", "O’Brien")


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [b",", b";", b"\t", b"|"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_what_spreadsheets_write_is_read_without_being_told(read, bom, delimiter, line_end):
    text = HEADER + '1,Zoë,"O’Brien",x\n'.encode()

    entries = read(bom + text.replace(b",", delimiter).replace(b"\n", line_end))

    assert names(entries) == [GOOD]
    assert problems(entries) == []


def test_quoted_delimiters_quotes_and_line_ends_belong_to_the_field(read):
    entries = read(HEADER + b'1,"Ann ""Nan"", B",Lee,"two\nlines"\n2,Bob,Ray,\n')

    assert names(entries) == [("1", 'Ann "Nan", B', "Lee"), ("2", "Bob", "Ray")]
    assert [(e.line, e.note) for e in entries] == [(2, "two\nlines"), (4, "")]


def test_a_last_line_without_a_line_end_is_read(read):
    assert names(read(HEADER + b'1,a,b,\n2,c,"d","e"')) == [("1", "a", "b"), ("2", "c", "d")]


@pytest.mark.parametrize(
    "row",
    [
        b"1,a\x00b,c,d",
        b"1,a,b",
        b"1,a,b,c,d",
        b'1,"a"b,c,d',
        b'1,"a,b,c',
        b"1,Mu\xf1oz,b,c",
        b"1," + b"x" * 70_000 + b",b,c",
        b'1,"' + b"x\n" * 70_000 + b'",b,c',
        b"1,a,b,c" + b"," * 5_000 + b"d",
    ],
)
def test_one_bad_row_costs_one_row_and_is_not_repeated(read, row):
    accents = "3,é,ł,ü\n4,é,ł,ü\n".encode()

    entries = read(HEADER + row + b"\n2,Good,Row,here\n" + accents)

    assert [name[0] for name in names(entries)] == ["2", "3", "4"]
    assert {line for line, _ in problems(entries)} == {2}
    for entry in entries:
        assert "Mu" not in repr(entry)
        assert "xx" not in repr(entry)


def test_a_quote_that_is_never_closed_costs_its_line_and_no_other(read):
    rows = b"".join(b"%d,a,b,c\n" % number for number in range(3, 500))

    entries = read(HEADER + b'2,"never closed,b,c\n' + rows)

    assert len(names(entries)) == 497
    assert problems(entries) == [(2, "row")]


def test_a_field_of_40_mb_is_let_go_while_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(HEADER + b'1,"')
        for _ in range(40):
            file.write(b"y" * 2**20)
        file.write(b'",b,c\n2,Good,Row,\n')

    tracemalloc.start()
    entries = list(read_patrons_csv(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert problems(entries) == [(2, "row")]
    assert names(entries) == [("2", "Good", "Row")]
    assert peak < 3 * 2**20


def test_a_row_of_millions_of_empty_fields_is_let_go_too(tmp_path):
    path = tmp_path / "commas.csv"
    path.write_bytes(HEADER + b"," * (8 * 2**20) + b"\n2,Good,Row,\n")

    tracemalloc.start()
    entries = list(read_patrons_csv(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert names(entries) == [("2", "Good", "Row")]
    assert peak < 3 * 2**20


def test_windows_text_is_known_and_said(read):
    entries = read(HEADER + "1,Zoë,O’Brien,€\n".encode("cp1252"))

    assert names(entries) == [GOOD]
    assert [e.text for e in entries if isinstance(e, Note)] == [
        "the file is not UTF-8; it was read as cp1252"
    ]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xff\xfe" + "card_number".encode("utf-16-le"), "UTF-16"),
        (b"card_number,given_name\r1,a\r", "Macintosh"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(read, content, word):
    (problem,) = read(content)

    assert word in problem.reason
    assert problem.line == 0


def test_a_missing_file_is_a_problem_and_not_an_error(tmp_path):
    (problem,) = read_patrons_csv(tmp_path / "nowhere.csv")

    assert problem.field == "file"


def test_without_a_header_nothing_is_read_and_no_name_is_repeated(read):
    entries = read(b"21234000000018,Wilhelmina,Murray\n21234000001230,Jonathan,Harker\n")

    assert problems(entries) == [(1, "header")]
    assert len(entries) == 1
    assert "Murray" not in repr(entries)


def test_other_columns_are_dropped_and_named_and_secrets_are_never_taken(read):
    entries = read(b"card_number,family_name,PIN,Passwd,Shoe size,123-45-6789\n1,Lee,1234,hash,44,x\n")

    assert entries[0] == DroppedColumns(("PIN", "Passwd", "Shoe size", "column 6"))
    assert "1234" not in [getattr(entries[1], name) for name in PatronRow.__dataclass_fields__]


def test_a_mapping_brings_their_columns_to_ours(read):
    mapping = '[columns]\ncard_number = "P Barcode"\nfamily_name = "LAST"\nregion = "State"\n'

    entries = read(b"p barcode,Last,State,note\n7,Lee,IL,x\n", mapping)

    assert [(e.card_number, e.family_name, e.region, e.note) for e in entries] == [("7", "Lee", "IL", "x")]


@pytest.mark.parametrize(
    "mapping",
    [
        '[columns]\nnote = "password"',
        '[columns]\nnote = "User PIN"',
        '[columns]\nshoe_size = "x"',
        '[colums]\nnote = "x"',
        '[columns]\nnote = "x"\ncity = "x"',
        "[columns]\nnote = 5",
        "[dates]\nformats = 5",
        '[file]\nencoding = "ebcdic"',
        '[file]\ndelimiter = "#"',
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(mapping):
    with pytest.raises(MappingError):
        Mapping.parse(mapping)


def test_a_mapping_file_is_read_and_a_broken_one_named(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text('[categories]\n"ADULT" = "resident_adult"\n')
    assert Mapping.load(path).categories == {"ADULT": "resident_adult"}

    path.write_text("[[[")
    with pytest.raises(MappingError, match=r"mapping\.toml"):
        Mapping.load(path)


def test_a_patron_row_prints_as_its_line_only(read):
    (row,) = read(HEADER + b"21234000000018,Wilhelmina,Murray,secret\n")

    for text in (repr(row), str(row), f"{row}", f"{[row]}"):
        assert text.strip("[]") == "<PatronRow at line 2>"


def test_items_come_with_their_titles_and_copies_share_one(read):
    entries = read(
        b"barcode,title,author,isbn,item_type,branch,price\n"
        b"A1,Emma,Austen,0-14-143958-0,BK,CPL,$12.50\nA2,EMMA,Austen,9780141439587,BK,CPL,\n"
        b"A3,Dune,Herbert,,BK,CPL,\nA4,dune!,herbert,,BK,CPL,\n,No barcode,,,,,\nA6,,x,,,,\n",
        '[item_types]\nBK = "book"\n[branches]\nCPL = "main"\n',
        read_items_csv,
    )

    items = [e for e in entries if isinstance(e, ItemRow)]
    assert len({item.title_key for item in items[:2]}) == len({item.title_key for item in items[2:]}) == 1
    assert {(item.item_type, item.branch) for item in items} == {("book", "main")}
    assert [item.replacement_cents for item in items] == [1250, None, None, None]
    assert problems(entries) == [(6, "barcode"), (7, "title")]


def test_titles_alone_agree_with_items_of_the_same_title(read):
    (title,) = read(b"title,author,subjects,year\nDune,Herbert,Deserts; Spice,1965\n", of=read_titles_csv)
    items = read(b"barcode,title,author\nA1,Dune,Herbert\n", of=read_items_csv)

    assert isinstance(title, TitleRow)
    assert (title.subjects, title.year) == (("Deserts", "Spice"), 1965)
    assert items[1].title_key == title.source_key


@pytest.mark.parametrize(
    ("price", "worth"),
    [
        ("$24.95", 2495),
        ("24,95", 2495),
        ("24.950000", 2495),
        ("", None),
        ("free", None),
        ("-3", None),
        ("1e99", None),
    ],
)
def test_prices_become_cents(price, worth):
    assert cents(price) == worth


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(texts, texts, texts, texts), max_size=8),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_a_csv_writer_wrote_is_read_back(tmp_path, rows, delimiter, line_end):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(["card_number", "given_name", "family_name", "note"])
    writer.writerows(rows)
    path = tmp_path / "round.csv"
    path.write_bytes(out.getvalue().encode("utf-8"))

    entries = list(read_patrons_csv(path))

    told = [(e.card_number, e.given_name, e.family_name, e.note) for e in entries if isinstance(e, PatronRow)]
    assert told == [tuple(text.strip() for text in row) for row in rows]
    assert problems(entries) == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_no_bytes_at_all_raise_and_what_follows_is_still_read(tmp_path, junk):
    path = tmp_path / "junk.csv"
    path.write_bytes(HEADER + junk + b'\n"7","Good","Row",""\n')

    entries = list(read_patrons_csv(path))

    assert (
        b'"' in junk or ("7", "Good", "Row") in names(entries) or any(isinstance(e, Problem) for e in entries)
    )
