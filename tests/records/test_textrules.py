"""What may be stored as text, and how text is folded for finding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.textrules import (
    UnstorableTextError,
    fold,
    index_words,
    looks_like_ssn,
    refuse_unstorable,
    words,
)


@pytest.mark.parametrize(
    "text",
    [
        "987-65-4320",
        "note: 987 65 4320, thanks",
        "987.65.4320",
        "987–65–4320",
        "９８７-６５-４３２０",
        "987-\u200b65-4320",
        "SSN 987654320",
        "ssn:987654320",
        "S.S.N. 987654320",
        "Social Security number is 987654320",
        "soc sec #987654320",
        "SS# 987654320",
        "seguro social 987654320",
    ],
)
def test_social_security_shapes_are_refused_in_any_dress(text):
    assert looks_like_ssn(text)
    with pytest.raises(UnstorableTextError) as refusal:
        refuse_unstorable("note", text, 500)

    assert refusal.value.field == "note"
    assert "4320" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "(312) 555-0143",
        "312-555-0143",
        "60614-1234",
        "21234000000018",
        "978-80-7203-123-4",
        "born 1987-06-05",
        "987654320",
        "1987-06-0543",
        "room 12-34-5678",
        "",
    ],
)
def test_phones_postcodes_cards_isbns_and_dates_are_not_taken_for_one(text):
    assert not looks_like_ssn(text)


@pytest.mark.parametrize(
    "name", ["Muñoz", "Łukasz Świątek", "O’Brien", "שרה לוי", "ليلى", "Nguyễn Thị", "李小龙", "Zoë 🙂"]
)
def test_names_of_all_scripts_are_stored_as_given(name):
    assert refuse_unstorable("family_name", f"  {name} ", 60) == name


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\x7fb", "a\ud800b", "a\x85b"])
def test_control_characters_are_refused(text):
    with pytest.raises(UnstorableTextError) as refusal:
        refuse_unstorable("street", text, 60)

    assert refusal.value.rule == "holds a control character"


def test_too_long_is_refused_with_the_limit_and_not_the_text():
    with pytest.raises(UnstorableTextError, match="longer than 5 characters"):
        refuse_unstorable("city", "Chicago", 5)


def test_line_ends_and_tabs_may_be_in_a_note():
    assert refuse_unstorable("note", "one\r\n\ttwo", 50) == "one\r\n\ttwo"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Łódź", "lodz"),
        ("STRASSE", "Straße"),
        ("Ångström", "angstrom"),
        ("Sjøen", "sjoen"),
        ("Œuvre", "oeuvre"),
        ("ﬁre", "FIRE"),
        ("شَمْس", "شمس"),
        ("שָׁלוֹם", "שלום"),
        ("cafe\u0301", "CAFÉ"),
    ],
)
def test_what_a_reader_types_folds_like_what_the_title_says(one, two):
    assert fold(one) == fold(two)


def test_voiced_kana_and_indic_vowels_stay_other_letters():
    assert fold("が") != fold("か")
    assert fold("कि") != fold("क")


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_words_hold_nothing_a_query_language_could_read(text):
    for word in words(text) + index_words(text):
        assert word
        assert not set(word) & set("\"'*:&|!()<>-^+{}\\\x00 ")
        word.encode("utf-8")


def test_an_apostrophe_joins_and_its_half_is_found_too():
    assert words("O'Reilly’s") == ["oreillys"]
    assert "reilly" in index_words("O’Reilly")
    assert "oreilly" in index_words("O’Reilly")
