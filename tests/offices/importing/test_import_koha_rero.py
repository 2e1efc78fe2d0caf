"""Koha dumps and RERO ILS folders: what is taken, what is left, and that it is said."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from circumspect.offices.importing.koha import read_koha_catalog, read_koha_patrons
from circumspect.offices.importing.mapping import Mapping
from circumspect.offices.importing.rero import read_rero_catalog, read_rero_patrons, read_rero_rules
from circumspect.offices.importing.rows import (
    BranchRow,
    DroppedColumns,
    ItemRow,
    ItemTypeRow,
    LoanRuleRow,
    Note,
    PatronRow,
    Problem,
    TitleRow,
)

TODAY = date(2026, 11, 22)


def of(kind: type, entries) -> list:
    return [entry for entry in entries if isinstance(entry, kind)]


# Koha

RECORD = (
    '<?xml version="1.0"?><record><leader>00000nam a2200000 a 4500</leader>'
    '<datafield tag="245" ind1="1" ind2="0"><subfield code="a">{title}</subfield></datafield></record>'
)
KOHA = {
    "items.sql": """INSERT INTO `items` (`itemnumber`,`biblionumber`,`barcode`,`homebranch`,`itype`,`ccode`,`itemlost`,
`damaged`,`withdrawn`,`replacementprice`,`datelastborrowed`,`onloan`) VALUES
(1,1,'B1','CPL','BK','FIC',0,0,0,'12.50','2026-01-01','2026-02-01'),
(2,1,NULL,'CPL','BK',NULL,0,0,0,NULL,NULL,NULL),
(3,2,'B3','CPL','BK',NULL,1,0,0,NULL,NULL,NULL),
(4,2,'B4','CPL','BK',NULL,0,0,1,NULL,NULL,NULL);""",
    "meta.sql": "INSERT INTO biblio_metadata (id,biblionumber,format,`schema`,metadata) VALUES "
    f"(1,1,'marcxml','MARC21','{RECORD.format(title='Emma /')}'),"
    f"(2,2,'marcxml','MARC21','{RECORD.format(title='Torn')[:80]}'),"
    "(3,3,'mij','MARC21','{}');",
    "rest.sql": """INSERT INTO branches (`branchcode`,`branchname`,`branchaddress1`) VALUES ('CPL','Centerville','1 Main St');
INSERT INTO itemtypes (itemtype,description,notforloan) VALUES ('BK','Books',0),('REF','Reference',1);
INSERT INTO categories (categorycode,description,category_type) VALUES ('PT','Patron','A'),('K','Kid','C');
INSERT INTO `borrowers` (`borrowernumber`,`cardnumber`,`surname`,`firstname`,`streetnumber`,`address`,`city`,`dateofbirth`,
`branchcode`,`categorycode`,`dateexpiry`,`debarred`,`gonenoaddress`,`sex`,`userid`,`password`,`flags`) VALUES
(1,'2001','Lee','Ann','12','Oak St','Troy','1985-10-24','CPL','PT','2027-12-31',NULL,0,'F','ann','$2a$08$hash',1),
(2,'2002','Ray','Bob',NULL,NULL,'Troy',NULL,'CPL','K',NULL,'2027-01-01',0,'M','bob','42b29d0771f3b7ef',NULL),
(3,'2003','Roe','Cy',NULL,NULL,'Troy',NULL,'CPL','PT',NULL,'2020-01-01',0,'M','cy','x',NULL);""",
}


@pytest.fixture
def koha(tmp_path: Path) -> list[Path]:
    for name, text in KOHA.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path]


def test_koha_rows_come_in_the_order_they_are_needed_whatever_the_files(koha):
    kinds = [
        type(entry)
        for entry in read_koha_catalog(koha)
        if isinstance(entry, (BranchRow, ItemTypeRow, TitleRow, ItemRow))
    ]

    assert kinds == sorted(kinds, key=[BranchRow, ItemTypeRow, TitleRow, ItemRow].index)


def test_koha_titles_and_items_are_tied_and_bad_ones_are_named(koha):
    entries = list(read_koha_catalog(koha))

    assert [(t.source_key, t.title) for t in of(TitleRow, entries)] == [("koha:1", "Emma")]
    assert [(i.barcode, i.title_key, i.status, i.replacement_cents) for i in of(ItemRow, entries)] == [
        ("B1", "koha:1", "available", 1250),
        ("B3", "koha:2", "lost", None),
        ("B4", "koha:2", "withdrawn", None),
    ]
    assert [(p.source, p.line, p.field) for p in of(Problem, entries)] == [
        ("meta.sql", 1, "biblio_metadata"),
        ("meta.sql", 1, "biblio_metadata"),
        ("items.sql", 4, "barcode"),
    ]


def test_koha_codes_may_be_mapped(koha):
    mapping = Mapping.parse(
        '[branches]\nCPL = "main"\n[item_types]\nBK = "book"\n[collections]\nFIC = "fiction"\n'
    )

    entries = list(read_koha_catalog(koha, mapping))

    assert of(BranchRow, entries)[0].code == "main"
    item = of(ItemRow, entries)[0]
    assert (item.branch, item.item_type, item.collection) == ("main", "book", "fiction")


@pytest.mark.clause("TH-1.11")
def test_what_was_borrowed_when_is_dropped_and_named(koha):
    dropped = [name for entry in of(DroppedColumns, read_koha_catalog(koha)) for name in entry.names]

    assert {"datelastborrowed", "onloan"} <= set(dropped)


def test_koha_patrons_come_without_passwords_and_say_so(koha):
    entries = list(read_koha_patrons(koha, today=TODAY))
    ann, bob, cy = of(PatronRow, entries)

    assert (ann.card_number, ann.given_name, ann.street, ann.category) == (
        "2001",
        "Ann",
        "12 Oak St",
        "resident_adult",
    )
    assert [row.is_blocked for row in (ann, bob, cy)] == [False, True, False]
    assert bob.category == "resident_juvenile"
    (dropped,) = of(DroppedColumns, entries)
    assert {"password", "userid", "sex", "flags"} <= set(dropped.names)
    held = [getattr(row, name) for row in (ann, bob, cy) for name in PatronRow.__dataclass_fields__]
    assert not {"$2a$08$hash", "42b29d0771f3b7ef", "ann", "bob", "F", "M"} & set(map(str, held))


def test_an_old_dump_without_marcxml_still_gives_titles(tmp_path):
    (tmp_path / "old.sql").write_text(
        "INSERT INTO biblioitems (biblionumber,isbn,publishercode) VALUES (5,'0131103709 | 0131103628','Prentice Hall,');\n"
        "INSERT INTO biblio (biblionumber,author,title,copyrightdate) VALUES (5,'Kernighan, Brian W.','C /',1988);\n"
    )

    (title,) = of(TitleRow, read_koha_catalog([tmp_path]))

    assert (title.title, title.publisher, title.year) == ("C", "Prentice Hall", 1988)
    assert title.isbns == ("0131103709", "0131103628")


def test_a_folder_that_is_no_dump_says_so(tmp_path):
    (tmp_path / "x.sql").write_text("SELECT 1;")

    assert of(Problem, read_koha_catalog([tmp_path]))[0].field == "file"
    assert of(Problem, read_koha_patrons([tmp_path / "gone.sql"], today=TODAY))[0].field == "file"


# RERO ILS


def ref(kind: str, number: str) -> dict[str, str]:
    return {"$ref": f"https://example.org/api/{kind}/{number}"}


MONDAY = {"day": "monday", "is_open": True, "times": [{"start_time": "09:00", "end_time": "17:00"}]}
RERO = {
    "libraries": [
        {"pid": "1", "code": "HOG", "name": "One", "opening_hours": [MONDAY, {"day": "sunday", "is_open": False, "times": []}],
         "exception_dates": [{"title": "Feast", "is_open": False, "start_date": "2026-12-25"},
                             {"title": "Late", "is_open": True, "start_date": "2026-12-26"}]},
        {"pid": "2", "code": "HOG", "name": "Two"},
    ],
    "locations": [{"pid": "10", "library": ref("libraries", "2"), "name": "Stacks"}],
    "item_types": [{"pid": "3", "name": "Standard", "type": "standard"}, {"pid": "4", "name": "Online", "type": "online"}],
    "patron_types": [{"pid": "1", "name": "Standard"}, {"pid": "2", "name": "Children"}],
    "documents_small": [
        {"pid": "7", "title": [{"mainTitle": [{"value": "Emblemata"}], "subtitle": [{"value": "Handbuch"}]}],
         "type": [{"main_type": "docmaintype_book"}], "language": [{"value": "ger"}],
         "contribution": [{"entity": {"authorized_access_point": "Henkel, Arthur"}}],
         "identifiedBy": [{"type": "bf:Isbn", "value": "9783476003256"}, {"type": "bf:Issn", "value": "1"}],
         "provisionActivity": [{"startDate": 1976, "statement": [{"type": "bf:Agent", "label": [{"value": "Metzler"}]}]}]},
        {"pid": "8"},
    ],
    "items_small": [
        {"pid": "1", "barcode": "X1", "status": "missing", "location": ref("locations", "10"), "price": 72,
         "item_type": ref("item_types", "3"), "document": ref("documents", "7"), "call_number": "A 1"},
        {"pid": "2", "location": ref("locations", "10")},
    ],
    "users": [
        {"pid": "1", "first_name": "Sys", "last_name": "Admin", "roles": ["pro_full_permissions"], "password": "Pw"},
        {"pid": "2", "first_name": "Astrid", "last_name": "Müller", "roles": ["patron"], "gender": "female", "password": "Pw",
         "birth_date": "2016-06-07", "patron": {"barcode": ["2050", "2051"], "type": ref("patron_types", "2"),
         "blocked": True, "communication_channel": "mail", "communication_language": "ita"},
         "notes": [{"type": "staff_note", "content": "Kind."}, {"type": "public_note", "content": "Away."}]},
    ],
    "circulation_policies": [
        {"pid": "1", "is_default": True, "checkout_duration": 30, "number_renewals": 3, "renewal_duration": 30,
         "allow_requests": True},
        {"pid": "2", "is_default": True, "checkout_duration": 99},
        {"pid": "3", "is_default": False, "checkout_duration": 14, "libraries": [ref("libraries", "2")],
         "settings": [{"patron_type": ref("patron_types", "2"), "item_type": ref("item_types", "3")}]},
        {"pid": "4", "is_default": False},
    ],
    "loans": [{"barcode": "2050", "loans": {"active": 2}}],
}  # fmt: skip


@pytest.fixture
def rero(tmp_path: Path) -> Path:
    for name, content in RERO.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return tmp_path


def test_rero_libraries_keep_hours_and_closures_and_a_code_of_their_own(rero):
    one, two = of(BranchRow, read_rero_catalog(rero))

    assert (one.code, two.code) == ("HOG", "HOG-2")
    assert one.hours == ((("09:00", "17:00"),), (), (), (), (), (), ())
    assert one.closures == (("2026-12-25", "2026-12-25", "Feast"),)


def test_rero_documents_and_items_are_tied(rero):
    entries = list(read_rero_catalog(rero))
    (title,), (item,) = of(TitleRow, entries), of(ItemRow, entries)

    assert (title.title, title.author, title.year) == ("Emblemata : Handbuch", "Henkel, Arthur", 1976)
    assert (title.publisher, title.isbns, title.language) == ("Metzler", ("9783476003256",), "ger")
    assert (item.title_key, item.branch, item.item_type) == (title.source_key, "HOG-2", "rero-3")
    assert (item.status, item.replacement_cents) == ("missing", 7200)
    assert [row.lendable for row in of(ItemTypeRow, entries)] == [True, False]
    assert [(p.line, p.field) for p in of(Problem, entries)] == [(2, "title"), (2, "barcode")]


def test_what_rero_data_cannot_bring_is_said_in_plain_words(rero):
    assert any("loans as counts" in note.text for note in of(Note, read_rero_catalog(rero)))


def test_rero_patrons_are_those_with_the_patron_role(rero):
    entries = list(read_rero_patrons(rero))
    (row,) = of(PatronRow, entries)

    assert (row.card_number, row.category, row.note) == ("2050", "resident_juvenile", "Kind.")
    assert (row.notice_channel, row.is_blocked) == ("post", True)
    assert of(Problem, entries)[0].field == "card_number"
    assert {"password", "gender"} <= set(of(DroppedColumns, entries)[0].names)
    assert "Pw" not in [getattr(row, name) for name in PatronRow.__dataclass_fields__]


def test_rero_policies_become_loan_rules(rero):
    entries = list(read_rero_rules(rero))
    default, short = of(LoanRuleRow, entries)

    assert (default.category, default.item_type, default.branch, default.days) == ("*", "*", "", 30)
    assert (short.category, short.item_type, short.branch, short.days) == (
        "resident_juvenile",
        "rero-3",
        "HOG-2",
        14,
    )
    assert [p.line for p in of(Problem, entries)] == [2, 4]


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (b'[{"pid": "1", "code": "A"}, {"pid": "2", "co', 1),
        (b'[{"pid": "1", "code": "A"}, 5]', 1),
        (b'\xef\xbb\xbf[{"pid": "1", "code": "A"}]', 1),
        (b'[{"pid": "1", "code": "A\xff"}]', 0),
        (b'{"pid": "1"}', 0),
        (b"", 0),
        (b"[" * 100_000, 0),
    ],
)
def test_torn_json_keeps_what_was_whole(tmp_path, content, whole):
    (tmp_path / "libraries.json").write_bytes(content)

    entries = list(read_rero_catalog(tmp_path))

    assert len(of(BranchRow, entries)) == whole
    assert of(Problem, entries)
