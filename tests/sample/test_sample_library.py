"""What the sample library promises its loader: sound numbers, invented people, every awkward case."""

from __future__ import annotations

import csv
import datetime as dt
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from stdnum import isbn, luhn

from circumspect import sample
from circumspect.offices.importing.csvrows import read_items_csv, read_patrons_csv
from circumspect.offices.importing.rows import ItemRow, PatronRow, TitleRow
from circumspect.offices.importing.validation import KnownCodes, validate_patron_row
from circumspect.offices.staff.roles import ROLES, checked
from circumspect.records.patrons.categories import DEFAULT_CATEGORIES, NOTE_KINDS, NOTE_MAX_LENGTH
from circumspect.records.patrons.registration import LANGUAGES
from circumspect.records.textrules import looks_like_ssn, refuse_unstorable

TOOL = Path(__file__).resolve().parents[2] / "tools" / "make_sample.py"
HEADERS = {
    "titles": "title,author,isbn,year,language,subjects,material,publisher",
    "items": "barcode,title,author,isbn,item_type,branch,collection,call_number",
    "patrons": "card_number,category,given_name,family_name,street,city,postcode,phone,email,birth_date,"
    "language,expires_on,note,adult_name,adult_contact",
    "loans": "card_number,item_barcode,lent_days_ago,due_in_days",
}
ITEM_TYPES = {
    "book",
    "new_book",
    "large_print",
    "picture_book",
    "dvd",
    "cd",
    "audiobook",
    "magazine",
    "equipment",
    "reference",
}
TODAY = dt.date(2026, 11, 22)


@cache
def text_of(name: str) -> str:
    return (sample.folder() / f"{name}.csv").read_text(encoding="utf-8")


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (sample.folder() / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def patron(family: str, given: str) -> dict[str, str]:
    return next(row for row in rows("patrons") if (row["family_name"], row["given_name"]) == (family, given))


def loans_of(card: str) -> list[dict[str, str]]:
    return [row for row in rows("loans") if row["card_number"] == card]


# --- the files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HEADERS)
def test_each_table_has_the_header_the_importers_know_and_no_ragged_row(name: str) -> None:
    assert text_of(name).split("\n", 1)[0] == HEADERS[name]
    for row in rows(name):
        assert None not in row
        assert None not in row.values()


@pytest.mark.parametrize("name", HEADERS)
def test_files_are_plain_utf8_with_line_feeds(name: str) -> None:
    raw = (sample.folder() / f"{name}.csv").read_bytes()

    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert b"\x00" not in raw
    assert raw.endswith(b"\n")


def test_made_again_the_files_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(TOOL), "--out", str(tmp_path)], check=True, timeout=60)

    for name in ("items.csv", "patrons.csv", "loans.csv"):
        assert (tmp_path / name).read_bytes() == (sample.folder() / name).read_bytes(), name


def test_the_sample_is_as_large_as_it_says() -> None:
    assert len({(row["title"], row["author"]) for row in rows("items")}) >= 320
    assert len(rows("items")) >= 1050
    assert len(rows("patrons")) == 520
    assert 170 <= len(rows("loans")) <= 200


# --- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "column", "kind"), [("patrons", "card_number", "2"), ("items", "barcode", "3")]
)
def test_barcodes_are_unique_of_fourteen_digits_and_check(name: str, column: str, kind: str) -> None:
    numbers = [row[column] for row in rows(name)]

    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert re.fullmatch(kind + "1234" + r"[0-9]{9}", number)
        assert luhn.is_valid(number)


def test_every_isbn_validates_and_belongs_to_one_title() -> None:
    known = [row["isbn"] for row in rows("titles") if row["isbn"]]

    assert len(known) > 100
    assert len(set(known)) == len(known)
    for number in known:
        assert re.fullmatch(r"97[89][0-9]{10}", number)
        assert isbn.is_valid(number)


def test_no_number_has_the_shape_of_a_social_security_number() -> None:
    for name in HEADERS:
        for number, row in enumerate(rows(name), 2):
            for field, value in row.items():
                assert not looks_like_ssn(value), f"{name}.csv row {number} {field}"
                assert not re.search(r"(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)", value), f"{name} row {number}"
                assert not re.fullmatch(r"\d{9}", value), f"{name}.csv row {number} {field}"


# --- titles and items ------------------------------------------------------------------------------------


def test_every_item_is_a_copy_of_a_title_and_every_title_has_one() -> None:
    titles = {(row["title"], row["author"]): row for row in rows("titles")}
    items = rows("items")

    assert len(titles) == len(rows("titles"))
    assert {(row["title"], row["author"]) for row in items} == set(titles)
    for row in items:
        title = titles[row["title"], row["author"]]
        assert row["isbn"] == title["isbn"]
        assert row["item_type"] in (title["material"], "new_book")


def test_items_stand_in_both_branches_and_use_every_item_type() -> None:
    branches = Counter(row["branch"] for row in rows("items"))

    assert set(branches) == {"main", "east"}
    assert min(branches.values()) > 300
    assert {row["item_type"] for row in rows("items")} == ITEM_TYPES


def test_titles_hold_the_awkward_cases_a_catalog_meets() -> None:
    titles = [row["title"] for row in rows("titles")]
    languages = Counter(row["language"] for row in rows("titles"))

    assert languages["spa"] >= 30
    assert languages["pol"] >= 30
    assert {"heb", "ara", "chi", "rus", "zxx", ""} <= set(languages)
    assert max(map(len, titles)) > 300
    assert min(map(len, titles)) <= 2
    assert sum(title[0].isdigit() for title in titles) >= 6
    assert any(title.startswith(("¡", "'", "(")) for title in titles)
    assert any(unicodedata.bidirectional(title[0]) == "R" for title in titles)
    assert any(unicodedata.bidirectional(title[0]) == "AL" for title in titles)


def test_years_are_of_four_digits_and_not_to_come() -> None:
    for row in rows("titles"):
        assert row["year"] == "" or 1600 <= int(row["year"]) <= 2026


def test_text_fits_what_may_be_stored() -> None:
    for name in HEADERS:
        for row in rows(name):
            for field, value in row.items():
                refuse_unstorable(field, value, 500)


# --- patrons ---------------------------------------------------------------------------------------------


def test_telephone_numbers_are_of_the_fictitious_hundred() -> None:
    for row in rows("patrons"):
        for value in (row["phone"], row["adult_contact"]):
            digits = re.sub(r"\D", "", value) if "@" not in value else ""
            assert digits == "" or re.fullmatch(r"1?[2-9]\d\d55501\d\d", digits)


def test_mail_addresses_are_at_domains_nobody_can_own() -> None:
    for row in rows("patrons"):
        for value in (row["email"], row["adult_contact"]):
            if "@" in value:
                assert re.fullmatch(r"[a-z0-9.+]+@example\.(org|net|com)", value.lower())


def test_every_default_category_is_used() -> None:
    used = Counter(row["category"] for row in rows("patrons"))

    assert set(used) == set(DEFAULT_CATEGORIES)
    assert min(used.values()) >= 5


def test_every_patron_has_a_name_and_one_of_the_languages_notices_are_in() -> None:
    for row in rows("patrons"):
        assert row["given_name"] or row["family_name"]
        assert row["language"] in LANGUAGES


def test_three_languages_of_names_are_well_represented() -> None:
    languages = Counter(row["language"] for row in rows("patrons"))

    assert languages["es"] > 60
    assert languages["pl"] > 30
    assert languages["en"] > 200


def test_every_minors_category_names_a_responsible_adult_and_no_other_does() -> None:
    for row in rows("patrons"):
        has_adult = bool(row["adult_name"] and row["adult_contact"])
        assert has_adult == DEFAULT_CATEGORIES[row["category"]].needs_adult


def test_birth_dates_are_past_days_and_children_stay_children_for_years() -> None:
    for row in rows("patrons"):
        if not row["birth_date"]:
            continue
        born = dt.date.fromisoformat(row["birth_date"])
        assert dt.date(1915, 1, 1) < born < dt.date(2022, 1, 1)
        if row["category"] in ("resident_juvenile", "cards_for_kids") and row["family_name"] != "Larrabee":
            assert born >= dt.date(2012, 1, 1)


def test_expiry_is_an_offset_within_the_category_and_every_case_of_it_occurs() -> None:
    ends = []
    for row in rows("patrons"):
        if row["expires_on"]:
            days = sample.days_of(row["expires_on"])
            ends.append(days)
            longest = DEFAULT_CATEGORIES[row["category"]].days
            assert longest > 0
            assert days <= longest

    assert sum(days < 0 for days in ends) > 25
    assert sum(0 <= days <= 30 for days in ends) > 25
    assert {0, -1} <= set(ends)
    assert any(row["expires_on"] == "" for row in rows("patrons") if row["category"] == "resident_adult")


def test_notes_are_about_the_account_and_short_enough_and_of_every_kind() -> None:
    notes = [row["note"] for row in rows("patrons") if row["note"]]
    kinds = Counter(note.split(": ", 1)[0] for note in notes if ": " in note)
    titles = {row["title"].casefold() for row in rows("titles") if len(row["title"]) > 6}

    assert set(kinds) == set(NOTE_KINDS)
    assert sum(": " not in note for note in notes) == 1
    for note in notes:
        assert len(note) <= NOTE_MAX_LENGTH
        # A note with a title in it would be circulation data by another door.
        assert not any(title in note.casefold() for title in titles)


def test_names_include_what_registers_trip_over() -> None:
    names = [(row["given_name"], row["family_name"]) for row in rows("patrons")]
    joined = [f"{given} {family}" for given, family in names]
    scripts = {unicodedata.name(sign).split()[0] for name in joined for sign in name if sign.isalpha()}

    assert {"LATIN", "ARABIC", "HEBREW", "CJK", "HANGUL", "CYRILLIC", "GREEK", "DEVANAGARI"} <= scripts
    assert any(given == "" for given, _ in names)
    assert any(family == "" for _, family in names)
    assert max(map(len, joined)) > 120
    assert any("’" in name for name in joined)
    assert any("'" in name for name in joined)
    assert any(name != unicodedata.normalize("NFC", name) for name in joined)
    assert any("-" in family for _, family in names)
    assert ("Null", "Null") in names


def test_people_share_homes_numbers_names_and_birthdays() -> None:
    people = [row for row in rows("patrons") if row["street"]]
    homes = Counter((row["street"], row["postcode"]) for row in people)
    persons = Counter((row["given_name"], row["family_name"], row["birth_date"]) for row in people)
    twins = Counter((row["street"], row["birth_date"]) for row in people if row["birth_date"])

    assert sum(count > 1 for count in homes.values()) > 60
    assert max(homes.values()) >= 4
    assert persons["Maria", "Garcia", "1984-06-12"] == 2
    assert sum(count == 2 for count in twins.values()) >= 2


def test_someone_lives_with_a_member_of_staff() -> None:
    clerk, kin = patron("Pettibone", "Dwight"), patron("Pettibone", "Lorna")

    assert clerk["category"] == "staff"
    assert kin["category"] == "resident_adult"
    assert (clerk["street"], clerk["phone"]) == (kin["street"], kin["phone"])


# --- loans -----------------------------------------------------------------------------------------------


def test_loans_are_of_known_cards_and_items_and_no_item_is_out_twice() -> None:
    cards = {row["card_number"] for row in rows("patrons")}
    items = {row["barcode"] for row in rows("items")}
    lent = [row["item_barcode"] for row in rows("loans")]

    assert len(set(lent)) == len(lent)
    assert set(lent) <= items
    assert {row["card_number"] for row in rows("loans")} <= cards


def test_no_loan_is_due_before_it_began() -> None:
    for row in rows("loans"):
        assert int(row["lent_days_ago"]) >= 0
        assert int(row["lent_days_ago"]) + int(row["due_in_days"]) > 0


def test_loans_hold_the_awkward_cases() -> None:
    by_card = Counter(row["card_number"] for row in rows("loans"))
    categories = {row["card_number"]: row for row in rows("patrons")}
    due = [int(row["due_in_days"]) for row in rows("loans")]

    assert max(by_card.values()) == 40
    assert sum(days < 0 for days in due) >= 20
    assert {-1, 0, 1} <= set(due)
    assert any(days < -60 for days in due)
    assert any(row["lent_days_ago"] == "0" for row in rows("loans"))
    assert {categories[card]["category"] for card in by_card} >= {
        "resident_juvenile",
        "temporary",
        "ill_library",
    }
    assert "digital_only" not in {categories[card]["category"] for card in by_card}
    assert len(loans_of(patron("Kinnick", "Hubert")["card_number"])) == 3  # out on a card six years expired
    assert len(loans_of(patron("Zabriskie", "Sylvia")["card_number"])) == 2  # on one that expired yesterday


def test_twins_have_two_copies_of_one_book() -> None:
    title_of = {row["barcode"]: row["title"] for row in rows("items")}
    titles = [
        title_of[loan["item_barcode"]]
        for given in ("Zofia", "Maja")
        for loan in loans_of(patron("Mazur", given)["card_number"])
    ]

    assert titles == ["Charlotte's Web", "Charlotte's Web"]


def test_the_decoy_to_be_has_never_borrowed() -> None:
    assert loans_of(patron("Vance-Hollister", "Sterling")["card_number"]) == []


# --- the settings ----------------------------------------------------------------------------------------


def test_branches_are_those_of_the_items_and_their_closed_days_hold() -> None:
    library = sample.library()
    main, east = library.branches

    assert library.institution == "1234"
    assert {branch.code for branch in library.branches} == {row["branch"] for row in rows("items")}
    assert main.hours[6] == (dt.time(13), dt.time(17))
    assert east.hours[4] is None
    assert main.is_closed(dt.date(2026, 11, 26), TODAY)  # Thanksgiving
    assert main.is_closed(dt.date(2026, 5, 25), TODAY)  # Memorial Day, the last Monday
    assert main.is_closed(TODAY + dt.timedelta(days=12), TODAY)  # training day
    assert not main.is_closed(dt.date(2026, 11, 23), TODAY)
    assert list(east.closed_days(dt.date(2026, 11, 26), dt.date(2026, 11, 30), TODAY)) == [
        dt.date(2026, 11, 26),
        dt.date(2026, 11, 27),
        dt.date(2026, 11, 29),
    ]


def test_no_two_loan_rules_speak_of_the_same_and_each_names_what_exists() -> None:
    rules = sample.loan_rules()
    keys = [(rule.category, rule.item_type, rule.branch) for rule in rules]

    assert len(set(keys)) == len(keys)
    assert ("", "", "") in keys
    for rule in rules:
        assert rule.category in DEFAULT_CATEGORIES or rule.category == ""
        assert rule.item_type in ITEM_TYPES or rule.item_type == ""
        assert rule.branch in ("", "main", "east")
        assert rule.days > 0
        assert rule.renewals >= 0
        assert rule.max_items >= 0


def closest(category: str, item_type: str, branch: str) -> sample.LoanRule:
    """The rule that decides, found here anew: category before item type before branch."""
    fitting = [
        rule
        for rule in sample.loan_rules()
        if rule.category in ("", category)
        and rule.item_type in ("", item_type)
        and rule.branch in ("", branch)
    ]
    return max(fitting, key=lambda rule: (rule.category != "", rule.item_type != "", rule.branch != ""))


@pytest.mark.parametrize("category", sorted(DEFAULT_CATEGORIES))
@pytest.mark.parametrize("branch", ["main", "east"])
def test_nobody_borrows_reference_works(category: str, branch: str) -> None:
    assert not closest(category, "reference", branch).lendable


@pytest.mark.parametrize("item_type", sorted(ITEM_TYPES))
def test_a_digital_card_lends_nothing_and_a_temporary_one_no_more_than_three(item_type: str) -> None:
    assert not closest("digital_only", item_type, "main").lendable
    assert closest("temporary", item_type, "main").max_items == 3


def test_periods_are_those_the_library_announces() -> None:
    assert closest("resident_adult", "book", "main").days == 21
    assert closest("resident_adult", "dvd", "main").days == 7
    assert closest("resident_adult", "new_book", "east").days == 14
    assert closest("resident_juvenile", "dvd", "east").days == 7
    assert closest("resident_juvenile", "book", "main").max_items == 35
    assert not closest("resident_adult", "equipment", "east").lendable


def test_staff_hold_every_role_with_long_passwords_and_their_own_cards() -> None:
    members = sample.staff()
    cards = {row["card_number"]: row for row in rows("patrons")}

    assert {role for member in members for role in member.roles} == ROLES
    assert len({member.username for member in members}) == len(members) >= 12
    assert len({member.password for member in members}) == len(members)
    for member in members:
        assert checked(member.roles) == sorted(member.roles)
        assert len(member.password) >= 12
        assert member.username not in member.password
        assert member.branch in ("main", "east")
        if member.card_number:
            card = cards[member.card_number]
            assert card["category"] == "staff"
            assert f"{card['given_name']} {card['family_name']}" == member.name


# --- the importers' own readers --------------------------------------------------------------------------


def test_the_importers_take_every_patron(tmp_path: Path) -> None:
    """Offsets resolved, no row of the sample is a problem to the reader or to the validation."""
    resolved = tmp_path / "patrons.csv"
    with resolved.open("w", encoding="utf-8", newline="") as out:
        lines = csv.DictWriter(out, HEADERS["patrons"].split(","))
        lines.writeheader()
        for row in rows("patrons"):
            lines.writerow(row | {"expires_on": sample.day_of(row["expires_on"], TODAY) or ""})
    known = KnownCodes(frozenset(DEFAULT_CATEGORIES), frozenset({"main", "east"}), default_branch="main")

    read = list(read_patrons_csv(resolved))

    assert {type(row) for row in read} == {PatronRow}
    assert len(read) == len(rows("patrons"))
    for taken in read:
        assert isinstance(taken, PatronRow)
        assert isinstance(validate_patron_row(taken, known, TODAY), PatronRow)


def test_the_importers_take_every_item_and_find_every_title() -> None:
    kinds = Counter(type(row) for row in read_items_csv(sample.folder() / "items.csv"))

    assert kinds == {ItemRow: len(rows("items")), TitleRow: len(rows("titles"))}


# --- the readers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("offset", "days"), [("+365", 365), ("-40", -40), ("+0", 0), ("-1", -1)])
def test_an_offset_counts_from_the_day_of_import(offset: str, days: int) -> None:
    assert sample.days_of(offset) == days
    assert sample.day_of(offset, TODAY) == TODAY + dt.timedelta(days=days)


def test_no_offset_is_no_day() -> None:
    assert sample.day_of("", TODAY) is None


@pytest.mark.parametrize("text", ["365", "+", "+-3", "+ 3", "+12345", "2027-01-01", "+3\n", "+٣"])
def test_what_is_not_an_offset_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(sample.SampleError) as refusal:
        sample.day_of(text, TODAY)

    assert text.strip("+") == "" or text not in str(refusal.value)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('code = "main"', "code = 3", "code"),
        ('monday = "09:00-21:00"', 'monday = "21:00-09:00"', "monday"),
        ('monday = "09:00-21:00"', 'monday = "09:00-25:00"', "monday"),
        ('monday = "09:00-21:00"', 'monday = "open"', "monday"),
        ('"06-19"', '"02-30"', "yearly"),
        ('weekday = "thursday"', 'weekday = "feast day"', "nth"),
        ('["+12"]', '["12"]', "offset"),
        ("[library]", "[librarian]", "library"),
        ("[library]", "[library", "TOML"),
    ],
)
def test_a_broken_branch_file_is_refused_by_the_name_of_the_field(
    tmp_path: Path, before: str, after: str, field: str
) -> None:
    whole = (sample.folder() / "branches.toml").read_text(encoding="utf-8")
    assert before in whole
    (tmp_path / "branches.toml").write_text(whole.replace(before, after, 1), encoding="utf-8")

    with pytest.raises(sample.SampleError, match=field):
        sample.library(tmp_path)


def test_a_loan_rule_with_a_truth_value_for_days_is_refused(tmp_path: Path) -> None:
    whole = (sample.folder() / "loan_rules.toml").read_text(encoding="utf-8")
    (tmp_path / "loan_rules.toml").write_text(whole.replace("days = 21", "days = true", 1), encoding="utf-8")

    with pytest.raises(sample.SampleError, match="days"):
        sample.loan_rules(tmp_path)
