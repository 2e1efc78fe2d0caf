"""Loading patrons into a real house: registered through the door, twice is once, nothing told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from circumspect.offices.importing.csvrows import read_patrons_csv
from circumspect.offices.importing.patronloader import HouseRegistrar, load_patrons
from circumspect.offices.importing.rows import Note, PatronRow
from circumspect.offices.importing.runs import Run
from circumspect.offices.importing.validation import KnownCodes
from circumspect.records.barcodes import BarcodeKind, new_barcode
from circumspect.records.patrons.cards import find_card
from circumspect.records.patrons.models import Patron
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

TODAY = date(2026, 11, 23)
KNOWN = KnownCodes(
    frozenset({"resident_adult", "resident_juvenile"}),
    frozenset({"main"}),
    default_category="resident_adult",
    default_branch="main",
)
IMPORTER = Actor(ActorKind.JOB, "import")


def card(number: int) -> str:
    return new_barcode(BarcodeKind.PATRON, "1234", number)


def people(count: int) -> list[PatronRow]:
    names = ["Muñoz", "Świątek", "O’Brien", "לוי", "李小龙"]
    return [
        PatronRow(
            n + 2,
            card_number=card(n),
            given_name=f"Given {n}",
            family_name=names[n % 5],
            birth_date="1985-10-24",
        )
        for n in range(count)
    ]


@pytest.fixture
def load(house):
    def loader(rows, **how):
        return load_patrons(HouseRegistrar(house, IMPORTER), rows, KNOWN, today=TODAY, **how)

    return loader


def test_good_rows_are_registered_and_found_by_their_cards(house, load):
    report = load(people(12))

    assert (report.added, report.refused) == (12, 0)
    assert Patron.objects.count() == 12
    assert all(find_card(house, card(n)) for n in range(12))


def test_twice_is_once_and_a_dry_run_writes_nothing(house, load):
    planned = load(people(5), dry_run=True)
    assert Patron.objects.count() == 0

    first, second = load(people(5)), load(people(5))

    assert (planned.added, first.added, second.added, second.unchanged) == (5, 5, 0, 5)
    assert load(people(6), dry_run=True).added == 1
    assert Patron.objects.count() == 5


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (PatronRow(9, card_number="31234000000016", family_name="Wilhelmina"), "card_number"),
        (PatronRow(9, card_number=card(0), family_name="Wilhelmina"), "card_number"),
        (PatronRow(9, card_number=card(77), family_name="Wilhelmina", birth_date="2031-01-01"), "birth_date"),
        (PatronRow(9, card_number=card(77), family_name="Wilhelmina", note="SSN 987654320"), "note"),
        (PatronRow(9, card_number=card(77), family_name="Wilhelmina", phone="12"), "phone"),
        (PatronRow(9, card_number="1", family_name="Wilhelmina"), "card_number"),
    ],
)
def test_a_bad_row_is_named_without_its_values_and_good_ones_are_kept(load, bad, field):
    report = load([*people(3), bad])

    assert (report.added, report.refused) == (3, 1)
    assert [(problem.line, problem.field) for problem in report.problems] == [(9, field)]
    for secret in ("Wilhelmina", "987654320", "2031", bad.card_number if len(bad.card_number) > 1 else "Wil"):
        assert secret not in str(report.as_dict())


def test_a_code_that_is_not_ours_is_answered_with_those_that_are(load):
    report = load([PatronRow(1, card_number=card(1), family_name="Lee", category="juvenile")])

    assert [problem.field for problem in report.problems] == ["category"]
    assert "resident_juvenile" in report.notes[0].text
    assert "mapping file" in report.notes[0].text


def test_a_cut_import_goes_on_and_registers_nobody_twice(load):
    rows = people(700)

    def cut():
        yield from rows[:600]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(cut(), checkpoint=Run.begin("patrons", "d"))
    assert Patron.objects.count() == 500
    report = load(rows, checkpoint=Run.begin("patrons", "d"))

    assert (report.resumed_at, report.added, report.unchanged) == (500, 700, 0)
    assert Patron.objects.count() == 700


def test_a_language_the_desk_does_not_speak_is_left_empty_and_said(load):
    rows = [
        PatronRow(1, card_number=card(n), family_name="Lee", language=told)
        for n, told in enumerate(("spa", "it", "en-US"))
    ]

    report = load(rows)

    assert report.added == 3
    assert next(n.text for n in report.notes if isinstance(n, Note)).startswith("1 patrons")


def test_a_csv_file_goes_all_the_way_in(load, tmp_path: Path):
    path = tmp_path / "patrons.csv"
    path.write_text(
        "\ufeffcard_number;category;given_name;family_name;PIN\n"
        f"{card(1)};resident_adult;Łukasz;Świątek;1234\n{card(2)};wizard;Merlin;;\n{card(3)};;Zoë;Muñoz;\n",
        encoding="utf-8",
    )

    report = load(read_patrons_csv(path))

    assert (report.read, report.added, report.refused) == (3, 2, 1)
    assert report.dropped_columns == ("PIN",)
