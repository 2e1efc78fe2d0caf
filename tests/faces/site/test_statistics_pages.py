"""The library's figures in public: tables as they were published, in three languages, and as open data."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

import pytest
from site_support import DATABASES, Reader

from circumspect.faces.site import statistics_words
from circumspect.offices.statistics import releasing
from circumspect.offices.statistics.plans import BY_CODE, PLANS, Measure, Plan, Year
from circumspect.offices.statistics.protecting import Rule

pytestmark = pytest.mark.django_db(databases=DATABASES)

YEAR = Year(2025, 7)
FOLDER = "/library/statistics"


def counts(plan: Plan, year: Year) -> dict[tuple[str, str], int]:
    """What an engine would answer: a branch with many loans, one with few."""
    if plan.code == "circulation-by-month":
        return {("main", month): 1200 + 37 * at for at, month in enumerate(year.months)} | {
            ("east", month): 300 - 11 * at for at, month in enumerate(year.months)
        }
    if plan.code == "registered-borrowers":
        return {("resident_adult", ""): 4210, ("resident_juvenile", ""): 1377, ("non_resident", ""): 7}
    return {}


@pytest.fixture
def published(library: Any) -> Any:
    releasing.release(YEAR, Rule(), dt.date(2026, 7, 2), counts)
    return library


def test_before_anything_is_published_the_page_says_so(reader: Reader):
    assert "Nothing has been published yet." in reader.read(f"{FOLDER}/")


@pytest.mark.clause("MP-4.16")
def test_a_published_table_is_drawn_and_told_in_numbers_with_its_method(published: Any, reader: Reader):
    assert "circulation-by-month/2025-07-to-2026-06/" in reader.read(f"{FOLDER}/")
    page = reader.read(f"{FOLDER}/circulation-by-month/2025-07-to-2026-06/")

    for words in ("Circulation by branch and month", "Main Library", "Jul 2025", "1,200", "All", '<svg class="chart',
                  "Count of loans and renewals", "rounded to 5"):  # fmt: skip
        assert words in page


@pytest.mark.clause("MP-4.16")
def test_what_is_hidden_is_nowhere_on_the_page_nor_in_the_file(published: Any, reader: Reader):
    """Seven cards of one kind: neither they nor what would tell them."""
    page = reader.read(f"{FOLDER}/registered-borrowers/2025-07-to-2026-06/")
    assert "not shown" in page
    assert ">7<" not in page

    lines = reader.read(f"{FOLDER}/registered-borrowers/2025-07-to-2026-06.csv").splitlines()
    rows = {row["row"]: row for row in csv.DictReader(lines)}
    assert (rows["non_resident"]["count"], rows["non_resident"]["shown"]) == ("", "no")
    assert (rows["resident_adult"]["count"], rows["resident_adult"]["shown"]) == ("4210", "yes")
    assert [row["shown"] for row in rows.values()].count("no") > 1


def test_the_files_say_only_what_the_dictionary_explains(published: Any, reader: Reader):
    dictionary = reader.read(f"{FOLDER}/data-dictionary.csv")
    head = reader.read(f"{FOLDER}/circulation-by-month/2025-07-to-2026-06.csv").splitlines()[0]

    assert all(column in dictionary for column in head.split(","))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ("Préstamos por sucursal y mes", "Cómo se contó", "jul 2025")),
        ("pl", ("Wypożyczenia według filii i miesiąca", "Jak to policzono", "lip 2025")),
    ],
)
def test_the_pages_speak_the_readers_language(
    published: Any, reader: Reader, language: str, words: tuple[str, ...]
):
    page = reader.read(f"/library/{language}/statistics/circulation-by-month/2025-07-to-2026-06/")

    assert f'<html lang="{language}">' in page
    for each in words:
        assert each in page


@pytest.mark.parametrize(
    "path", ["no-table/2025-07-to-2026-06/", "holds/2025-07-to-2026-06/", "holds/1999.csv"]
)
def test_what_was_not_published_is_not_there(published: Any, reader: Reader, path: str):
    reader.read(f"{FOLDER}/{path}", status=404)


def test_every_table_and_method_has_its_words():
    """In English as the office has them."""
    from django.utils import translation

    with translation.override("en"):
        assert {code: str(title) for code, title in statistics_words.TITLES.items()} == {
            code: plan.title for code, plan in BY_CODE.items()
        }
        for plan in PLANS:
            assert statistics_words.method_of(plan) == plan.method
            assert plan.rows.value in statistics_words.DIMENSIONS
            assert plan.kinds <= set(statistics_words.VALUES) or plan.measure is Measure.CIRCULATION
