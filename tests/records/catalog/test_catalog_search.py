"""Finding titles: any text may be asked, and both databases find the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circumspect.records.catalog import search as searching
from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, TitleFacts
from circumspect.records.catalog.isbns import isbn_key
from circumspect.records.catalog.models import ItemStatus, Title
from circumspect.records.catalog.search import FIELDS, search
from circumspect.records.catalog.usecases import (
    put_branch,
    put_item_type,
    upsert_item,
    upsert_title,
    upsert_titles,
)

pytestmark = pytest.mark.django_db(databases=["default"])

TITLES = [
    TitleFacts("1", "The C Programming Language", author="Kernighan, Brian W.", isbns=("0131103709",)),
    TitleFacts("2", "Łódź in Winter", author="Świątek, Łukasz", subjects=("Poland -- History",)),
    TitleFacts("3", "Programming Perl", author="O’Reilly, Tim", subjects=("Programming languages",)),
    TitleFacts("4", "La-Torah vela-moʻadim", other_titles=("לתורה ולמועדים",), author="Zeṿin, Shelomoh"),
    TitleFacts("5", "बिहानी टुसा", author="शाह"),
    TitleFacts("6", "Winter Gardens", author="Language, Ann", isbns=("9781861972712",)),
    TitleFacts("7", "吾輩は猫である", other_titles=("Wagahai wa neko de aru",)),
]


@pytest.fixture(autouse=True)
def _shelves():
    put_branch(BranchFacts("main", "Main"))
    put_branch(BranchFacts("east", "East"))
    put_item_type(ItemTypeFacts("book", "Book"))
    ids = upsert_titles(TITLES).ids
    upsert_item(ItemFacts("31234000000016", ids["1"], "book", "main"))
    upsert_item(ItemFacts("B2", ids["1"], "book", "main", status=ItemStatus.ON_LOAN))
    upsert_item(ItemFacts("B3", ids["6"], "book", "east"))
    upsert_item(ItemFacts("B4", ids["2"], "book", "east", status=ItemStatus.WITHDRAWN))


def titles(text: str, **how) -> list[str]:
    return [found.title for found in search(text, **how)]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("lodz", "Łódź in Winter"),
        ("ŁÓDŹ", "Łódź in Winter"),
        ("swiatek lukasz", "Łódź in Winter"),
        ("o'reilly", "Programming Perl"),
        ("oreilly", "Programming Perl"),
        ("reilly", "Programming Perl"),
        ("moadim", "La-Torah vela-moʻadim"),
        ("ולמועדים", "La-Torah vela-moʻadim"),
        ("zevin", "La-Torah vela-moʻadim"),
        ("बिहानी", "बिहानी टुसा"),
        ("neko aru", "吾輩は猫である"),
        ("吾輩は猫である", "吾輩は猫である"),
    ],
)
def test_titles_are_found_however_a_reader_types_them(text, title):
    assert titles(text) == [title]


def test_the_last_word_may_be_begun_and_the_others_are_whole():
    assert titles("winter gard") == ["Winter Gardens"]
    assert titles("wint gardens") == []


def test_a_word_in_the_title_comes_before_the_same_word_in_an_author_or_a_subject():
    assert titles("language")[0] == "The C Programming Language"
    assert titles("language")[1] == "Winter Gardens"
    assert set(titles("languages")) == {"Programming Perl"}


@pytest.mark.parametrize(
    ("field", "title"),
    [("title", "The C Programming Language"), ("author", "Winter Gardens"), ("subject", "Programming Perl")],
)
def test_a_field_finds_its_own_only(field, title):
    assert titles("languag", field=field) == [title]


@pytest.mark.parametrize("asked", ["0131103709", "9780131103702", "0-13-110370-9", "ISBN 978-0-13-110370-2"])
@pytest.mark.parametrize("field", ["any", "isbn"])
def test_an_isbn_of_ten_finds_thirteen_and_the_reverse(asked, field):
    assert titles(asked, field=field) == ["The C Programming Language"]
    assert titles("186197271X"[:9] + "7", field=field) == ["Winter Gardens"]


def test_a_barcode_finds_its_title():
    assert titles("a31234000000016b") == ["The C Programming Language"]
    assert titles("b3", field="barcode") == ["Winter Gardens"]
    assert titles("b3", field="title") == []


def test_a_branch_narrows_the_list_and_the_counts():
    everywhere, here = search("programming language")[0], search("programming language", branch="main")[0]

    assert (everywhere.copies, everywhere.available) == (here.copies, here.available) == (2, 1)
    assert titles("winter", branch="east") == ["Winter Gardens"]
    assert titles("winter", branch="nowhere") == []


def test_pages_of_one_list_do_not_overlap():
    upsert_titles([TitleFacts(f"p{n}", "Same Story", author=f"Writer {n}") for n in range(25)])

    pages = [search("same story", limit=10, offset=start) for start in (0, 10, 20, 30)]
    ids = [found.title_id for page in pages for found in page]

    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert len(set(ids)) == 25


# very common words


def many_stories() -> list[int]:
    """Thirty titles with one word, every third at the eastern branch, of which the oldest has it most; oldest first."""
    made = upsert_titles(
        [TitleFacts(f"s{n}", "Story" + " story" * (29 - n) + f" {n}", author=f"Story {n}") for n in range(30)]
    ).ids
    for n in range(0, 30, 3):
        upsert_item(ItemFacts(f"S{n}", made[f"s{n}"], "book", "east"))
    return [made[f"s{n}"] for n in range(30)]


def ranked(most: int, monkeypatch: pytest.MonkeyPatch, **how: Any) -> list[int]:
    monkeypatch.setattr(searching, "MOST_RANKED", most)
    return [found.title_id for found in search("story", limit=100, **how)]


@pytest.mark.parametrize("field", ["any", "title", "author"])
def test_a_word_that_no_more_titles_have_than_are_ranked_finds_the_best_of_all(field, monkeypatch):
    many_stories()

    assert ranked(30, monkeypatch, field=field) == ranked(1_000_000, monkeypatch, field=field)


@pytest.mark.parametrize("field", ["any", "title", "author"])
def test_of_titles_with_a_very_common_word_the_newest_are_found_in_the_order_of_all(field, monkeypatch):
    """The rule of common words: which titles are weighed changes, never how they are weighed."""
    newest = many_stories()[-12:]

    whole = ranked(30, monkeypatch, field=field)

    assert ranked(12, monkeypatch, field=field) == [each for each in whole if each in newest]


def test_of_a_very_common_word_at_a_branch_the_newest_there_are_found(monkeypatch):
    """Not those of the newest everywhere that happen to be there: at a small branch that would be none."""
    here = many_stories()[::3]

    assert sorted(ranked(4, monkeypatch, branch="east")) == here[-4:]
    assert sorted(ranked(10, monkeypatch, branch="east")) == here


def test_a_changed_or_deleted_title_is_found_as_it_is_now():
    upsert_title(TitleFacts("2", "Kraków in Summer"))
    Title.objects.filter(source_key="5").delete()

    assert titles("krakow") == ["Kraków in Summer"]
    assert titles("lodz") == []
    assert titles("बिहानी") == []


AWKWARD = ['"', "AND", "a AND b OR NOT", "NEAR(a, b)", "{find_title}: x", "'; DROP TABLE catalog_title; --", "a* b^ -c",
           "\x00", "a\x00b", "\ud83d", "🙂", "& | ! <-> :*", "(((", "%s %d {branch}", "\\", "x" * 100_000, "a " * 5000,
           "1e5", "-5", "http://a.b/c?d", "a.b@c.de", "١٢٣", "ﷺ", "ß" * 300]  # fmt: skip


@pytest.mark.parametrize("text", AWKWARD)
@pytest.mark.parametrize("field", FIELDS)
def test_no_text_is_an_error(text, field):
    assert isinstance(search(text, field=field), list)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.sampled_from(FIELDS), st.integers(), st.integers())
def test_whatever_is_typed_is_answered(text, field, limit, offset):
    assert len(search(text, field=field, limit=limit, offset=offset)) <= 100


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=30))
def test_a_title_of_any_script_is_found_by_itself(name):
    upsert_title(TitleFacts("any", name))

    assert name in titles(name, field="title", limit=100)


def test_a_field_that_does_not_exist_is_an_error_of_ours():
    with pytest.raises(ValueError, match="field is one of"):
        search("x", field="patron")


@pytest.mark.parametrize(
    "text", ["", "12345", "not an isbn", "0131103709123", "x" * 5000, "978-0-13-110370-2-1"]
)
def test_what_is_no_isbn_has_no_key(text):
    assert isbn_key(text) in (None, text)
    assert isbn_key("0-00-000000-1") == "0000000001", "a misprinted one is found as it is printed"
