"""Which patron rows are good, and that a bad one is told without its values."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.offices.importing.rows import PatronRow, Problem
from circumspect.offices.importing.validation import KnownCodes, validate_patron_row

TODAY = date(2026, 11, 22)
KNOWN = KnownCodes(
    categories=frozenset({"resident_adult", "resident_juvenile"}),
    branches=frozenset({"main", "east"}),
    category_map={"ADULT": "resident_adult"},
    branch_map={"EAST BR": "east"},
    default_category="resident_adult",
    default_branch="main",
    date_formats=("%m/%d/%Y",),
)
ADA = PatronRow(
    7,
    card_number="A21234000000018B",
    category="ADULT",
    given_name="Ada",
    family_name="Lovelace",
    street="12 St James’s Square",
    city="Springfield",
    postcode="62701-1234",
    phone="(217) 555-0143",
    email="ada@example.org",
    birth_date="12/10/1985",
    language="en",
    expires_on="2027-11-22",
    home_branch="EAST BR",
)


def check(**told: str) -> PatronRow | list[Problem]:
    return validate_patron_row(replace(ADA, **told), KNOWN, TODAY)


def test_a_good_row_comes_back_in_the_form_it_is_registered_in():
    row = check()

    assert isinstance(row, PatronRow)
    assert (row.card_number, row.category, row.home_branch) == ("21234000000018", "resident_adult", "east")
    assert (row.birth_date, row.expires_on) == ("1985-12-10", "2027-11-22")


def test_what_is_missing_takes_the_defaults_or_stays_empty():
    row = validate_patron_row(PatronRow(1, card_number="1042", family_name="Plato"), KNOWN, TODAY)

    assert isinstance(row, PatronRow)
    assert (row.category, row.home_branch, row.birth_date) == ("resident_adult", "main", "")


@pytest.mark.parametrize(
    "name", ["Muñoz", "Łukasz", "Świątek", "O’Brien", "שרה לוי", "ليلى", "李小龙", "Jean-Luc de la Tour"]
)
def test_names_of_all_scripts_are_good_as_they_are(name):
    row = check(given_name=name, family_name=name)

    assert isinstance(row, PatronRow)
    assert row.family_name == name


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("card_number", "31234000000016", "item's number"),
        ("card_number", "", "missing"),
        ("card_number", "2.1234E+13", "letters, digits"),
        ("card_number", "<script>", "letters, digits"),
        ("category", "WIZARD", "not known"),
        ("home_branch", "MOON", "not known"),
        ("birth_date", "2026-11-23", "future"),
        ("birth_date", "31/12/1999", "not a date such as 11/22/2026 or 2026-11-22"),
        ("birth_date", "1880-01-01", "years ago"),
        ("birth_date", "yesterday", "not a date"),
        ("expires_on", "2027-02-30", "not a date"),
        ("email", "ada at example.org", "shape"),
        ("email", "ada@example", "shape"),
        ("email", "a@b.c\nBcc: d@e.f", "shape"),
        ("language", "english please", "language code"),
        ("notice_channel", "pigeon", "email, post"),
        ("street", "1 Main\x00Street", "control character"),
        ("given_name", "A" * 121, "longer than 120"),
        ("note", "n" * 281, "longer than 280"),
    ],
)
def test_a_bad_field_refuses_the_row_by_name_and_never_by_value(field, value, word):
    problems = check(**{field: value})

    assert isinstance(problems, list)
    assert [(problem.line, problem.field) for problem in problems] == [(7, field)]
    assert word in problems[0].reason
    assert not value or value not in repr(problems)


TEXT_FIELDS = [f.name for f in fields(PatronRow) if f.name not in ("line", "is_blocked")]


@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_a_social_security_shape_is_refused_in_every_text_field(field):
    problems = check(**{field: "987-65-4320"})

    assert isinstance(problems, list)
    assert field in [problem.field for problem in problems]
    assert any("Social Security" in problem.reason for problem in problems)
    assert "4320" not in repr(problems)


def test_all_that_is_wrong_is_said_at_once():
    problems = check(card_number="", email="x", birth_date="x", given_name="", family_name="")

    assert isinstance(problems, list)
    assert {problem.field for problem in problems} == {"card_number", "email", "birth_date", "family_name"}


@given(st.builds(PatronRow, st.integers(1, 9), *[st.text(max_size=300)] * len(TEXT_FIELDS)))
def test_no_row_raises_and_no_problem_repeats_a_value(row):
    answer = validate_patron_row(row, KNOWN, TODAY)

    if isinstance(answer, list):
        assert answer
        for problem in answer:
            assert problem.field in TEXT_FIELDS


@pytest.mark.parametrize(
    ("birth_date", "category"),
    [("", "resident_adult"), ("1985-12-10", "resident_adult"), ("2015-12-10", "resident_juvenile")],
)
def test_whoever_names_no_category_is_a_resident_of_their_age(birth_date, category):
    """A file with card numbers and names alone is taken whole."""
    row = PatronRow(2, card_number="P00000001", family_name="Lovelace", birth_date=birth_date)

    taken = validate_patron_row(row, replace(KNOWN, default_category=""), TODAY)

    assert isinstance(taken, PatronRow)
    assert taken.category == category
