"""Public records in the open: how to ask, what was refused, how often somebody asked about patrons; and the ways there."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.utils import translation
from site_support import DATABASES, Reader

from circumspect.faces.public import languages, sections
from circumspect.faces.site import records_words
from circumspect.home import Home, HomeError
from circumspect.offices.privacydesk import foia_public, transparency
from circumspect.offices.privacydesk.cases_models import CaseCount
from circumspect.offices.privacydesk.foia_models import Denial
from circumspect.offices.privacydesk.foia_rules import RECORD_TYPES
from circumspect.offices.privacydesk.kinds import MACHINES

pytestmark = pytest.mark.django_db(databases=DATABASES)

LETTER = "Qzwierzyńska asked on November 3. Responsible: R. Qzdiaz, Executive Director."


def a_denial(
    number: int, day: str, *exemptions: str, sort: str = "registration", in_part: bool = False
) -> None:
    Denial.objects.create(
        id=number,
        decided_on=dt.date.fromisoformat(day),
        in_part=in_part,
        record_type=sort,
        exemptions=list(exemptions),
        letter=LETTER,
    )


@pytest.mark.clause("TH-1.6", "MP-7.8")
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", ("Circulation records of library users", "in part", "as a whole")),
        ("es", ("Registros de préstamo de los usuarios de la biblioteca", "en parte", "por completo")),
        ("pl", ("Zapisy wypożyczeń użytkowników biblioteki", "w części", "w całości")),
    ],
)
def test_denials_are_indexed_by_exemption_and_tell_no_day_no_letter_and_no_name(
    reader: Reader, code: str, words: tuple[str, ...]
):
    a_denial(1, "2026-11-03", "foia_7_5_b", "foia_7_1_a", sort="circulation")
    a_denial(2, "2026-02-17", "foia_7_1_a", sort="circulation")
    a_denial(3, "2025-05-09", "foia_7_1_a", in_part=True)

    page = reader.read(languages.in_language("/library/records/denials/", code))

    main = page.partition("<main")[2].partition("</main>")[0]
    tables = re.split("<table", main)[1:]
    assert ["7(1)(a)" in tables[0], "7.5(b)" in tables[1]] == [True, True]
    assert [re.sub("<[^>]+>", " ", row).split()[-2:] for row in tables[0].split("<tr>")[2:]] == [
        ["2026", "2"],
        ["2025", "1"],
    ]
    assert all(each in main for each in words)
    for told in ("Qz", "Nov", "11-03", "nov", "lis", "17", "Executive"):
        assert told not in re.sub(r"<[^>]+>|140/7\S+", " ", main), told


@pytest.mark.clause("TH-1.6")
def test_the_page_says_whom_to_ask_how_long_it_takes_and_what_it_costs(library: Any, reader: Reader):
    library.home.config["public_records"] = {}
    page = reader.read("/library/records/")
    assert "Hand it in at any branch" in page
    assert "Within 5 business days" in page
    assert "Each further page costs 15 cents." in page

    library.home.config["public_records"] = {"officer": "M. Okoye, FOIA officer", "email": "foia@example.org",
                                             "cents_a_page": 0}  # fmt: skip
    library.home.config["privacy_desk"] = {"foia_business_days": 4}
    for code, word in (("en", "Within 4 business days"), ("es", "4 días hábiles"), ("pl", "4 dni roboczych")):
        page = reader.read(languages.in_language("/library/records/", code))
        assert word in page
        assert "M. Okoye, FOIA officer" in page
        assert 'href="mailto:foia@example.org"' in page
        assert "15" not in page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("wrong", [{"free_pages": 10}, {"cents_a_page": 25}, {"cents_a_page": "15"}])
def test_a_fee_above_the_laws_is_none(wrong: dict[str, Any], tmp_path: Any):
    with pytest.raises(HomeError, match=next(iter(wrong))):
        foia_public.asking(Home(tmp_path, {"public_records": wrong}))


@pytest.mark.clause("MP-4.16")
def test_the_transparency_report_is_public_in_bands_and_an_unfinished_quarter_is_not(reader: Reader):
    CaseCount.objects.create(quarter="2026-Q3", kind="subpoena", outcome="released", count=7)

    page = reader.read("/library/pl/transparency/")
    assert "Wezwanie" in page
    assert '<td data-label="Spełniono w granicach podstawy prawnej">5–9</td>' in page
    assert ">7<" not in page
    file = reader.read("/library/transparency/2026-Q3.csv")
    assert "2026-Q3,Subpoena," in file
    assert "2026-Q2" in reader.read("/library/transparency/2026-Q2/")
    for wrong in ("2026-Q4", "2027-Q1", "2026"):
        reader.read(f"/library/transparency/{wrong}/", status=404)
        reader.read(f"/library/transparency/{wrong}.csv", status=404)


@pytest.mark.clause("MP-7.6", "TH-2.1")
@pytest.mark.parametrize("code", languages.LANGUAGES)
def test_every_page_of_the_foot_opens_signed_out_without_a_cookie(reader: Reader, code: str):
    """Among them what proves a promise from outside: checkpoints, transparency, figures, what is kept, public records."""
    with translation.override(code):
        ways = {each.name: each.href for _title, shown in sections.foot("") for each in shown}
    assert {"ledger-checkpoints", "site-transparency", "site-statistics", "site-kept", "site-foia"} <= set(
        ways
    )
    foot = reader.read(languages.in_language("/library/", code)).rpartition("<footer")[2]

    for href in ways.values():
        assert f'href="{href}"' in foot
        assert f'<html lang="{code}">' in reader.read(href)


def test_every_sort_kind_and_outcome_has_its_words():
    """What the office may say in English is marked for the translators."""
    said = {label for _code, label in RECORD_TYPES} | set(transparency.OUTCOMES) | {transparency.NOTE}
    kinds = {row.kind for row in transparency.report("2026-Q3", dt.date(2026, 11, 28)).rows}

    assert len(kinds) == len(MACHINES) - 2
    assert said | kinds == records_words.SAID
