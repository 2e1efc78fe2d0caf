"""Loading the catalog: good rows kept, bad ones named, twice is once, and a cut is mended."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from circumspect.offices.importing.catalogloader import CodeRules, load_titles_and_items
from circumspect.offices.importing.csvrows import read_items_csv
from circumspect.offices.importing.models import ImportProblem, ImportRun
from circumspect.offices.importing.report import Report
from circumspect.offices.importing.rows import (
    BranchRow,
    DroppedColumns,
    ItemRow,
    ItemTypeRow,
    Note,
    Problem,
    TitleRow,
)
from circumspect.offices.importing.runs import BATCH, Run, digest_of
from circumspect.records.catalog.models import Branch, Collection, Item, Title
from circumspect.records.catalog.usecases import ItemStatus, item_by_barcode, set_item_status

pytestmark = pytest.mark.django_db(databases=["default"])

CODES = [BranchRow(1, "main", "Main"), ItemTypeRow(1, "book", "Book")]
PLAIN = CodeRules(default_branch="main", default_item_type="book")


def shelf(count: int, *, start: int = 0) -> list:
    rows: list = list(CODES)
    for number in range(start, start + count):
        rows.append(TitleRow(number, f"t:{number}", f"Title {number}"))
        rows.append(ItemRow(number, f"B{number}", f"t:{number}"))
    return rows


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.refused


def test_twice_is_once():
    first = load_titles_and_items(shelf(700), PLAIN)
    second = load_titles_and_items(shelf(700), PLAIN)

    assert counts(first) == (1402, 0, 0, 0)
    assert counts(second) == (0, 0, 1402, 0)
    assert first.read == second.read == 1402
    assert (Title.objects.count(), Item.objects.count()) == (700, 700)


def test_a_dry_run_counts_the_same_and_writes_nothing():
    rows = [
        *shelf(600),
        ItemRow(9, "B1", "t:1"),
        ItemRow(9, "B9999", "t:none"),
        ItemRow(9, "N1", "t:1", collection="New"),
    ]

    planned = load_titles_and_items(rows, PLAIN, dry_run=True)
    assert (
        Title.objects.count(),
        Item.objects.count(),
        Branch.objects.count(),
        Collection.objects.count(),
    ) == (0, 0, 0, 0)

    done = load_titles_and_items(rows, PLAIN)
    assert counts(planned) == counts(done) == (1203, 0, 0, 2)
    assert planned.problems == done.problems


@pytest.mark.parametrize(
    ("row", "field", "word"),
    [
        (ItemRow(9, "21234000000018", "t:0"), "barcode", "patron card"),
        (ItemRow(9, "B0", "t:0"), "barcode", "more than one row"),
        (ItemRow(9, "", "t:0"), "barcode", "missing"),
        (ItemRow(9, "a b;c", "t:0"), "barcode", "letters, digits"),
        (ItemRow(9, "X", "t:none"), "title", "not in the catalog"),
        (ItemRow(9, "X", "t:0", branch="moon"), "branch", "not known"),
        (ItemRow(9, "X", "t:0", item_type="scroll"), "item_type", "not known"),
    ],
)
def test_one_bad_item_is_named_and_the_others_are_kept(row, field, word):
    report = load_titles_and_items([*shelf(1), row, ItemRow(10, "GOOD", "t:0")], PLAIN)

    (problem,) = report.problems
    assert (problem.line, problem.field, report.refused) == (9, field, 1)
    assert word in problem.reason
    assert item_by_barcode("GOOD") is not None
    assert Item.objects.count() == 2


def test_without_defaults_an_item_that_names_no_branch_is_refused():
    report = load_titles_and_items(shelf(1), CodeRules())

    assert [problem.field for problem in report.problems] == ["branch"]


def test_unknown_codes_are_added_only_where_allowed_and_only_for_good_items():
    rows = [
        *shelf(1),
        ItemRow(9, "X1", "t:0", branch="east", item_type="dvd", collection="Films"),
        ItemRow(10, "X1", "t:0", branch="typo", item_type="dvd"),
    ]

    report = load_titles_and_items(rows, CodeRules("main", "book", may_add=True))

    assert "new ones here: 1 of branches and 1 of item types" in report.notes[-1].text
    assert set(Branch.objects.values_list("code", flat=True)) == {"main", "east"}
    assert Collection.objects.get().code == "Films"


def test_the_status_of_an_item_we_hold_is_not_the_importers_to_change():
    load_titles_and_items(shelf(1), PLAIN)
    item = item_by_barcode("B0")
    assert item is not None
    set_item_status(item.id, ItemStatus.ON_LOAN)

    load_titles_and_items(
        [*CODES, TitleRow(1, "t:0", "Title 0"), ItemRow(1, "B0", "t:0", call_number="F")], PLAIN
    )

    after = item_by_barcode("B0")
    assert after is not None
    assert (after.status, after.call_number) == ("on_loan", "F")


class PowerCutError(Exception):
    """The test's own."""


def cut_after(rows: list, entries: int):
    yield from rows[:entries]
    raise PowerCutError


BAD = Problem(3, "row", "has 2 fields where the header has 3")


@pytest.mark.parametrize("cut", [BATCH, BATCH + 7, 3 * BATCH])
def test_an_import_that_was_cut_short_goes_on_where_it_stopped(cut):
    rows = [BAD, ItemRow(4, "LOST", "t:none"), *shelf(900), ItemRow(5, "B0", "t:0")]
    whole = load_titles_and_items(rows, PLAIN, dry_run=True)

    with pytest.raises(PowerCutError):
        load_titles_and_items(cut_after(rows, cut), PLAIN, checkpoint=Run.begin("catalog", "d"))
    kept = cut // BATCH * BATCH
    assert ImportRun.objects.get().position == kept
    report = load_titles_and_items(rows, PLAIN, checkpoint=Run.begin("catalog", "d"))

    assert report.resumed_at == kept
    assert counts(report) == counts(whole)
    assert sorted(report.problems, key=str) == sorted(whole.problems, key=str)
    assert (Title.objects.count(), Item.objects.count()) == (900, 900)
    assert ImportProblem.objects.count() == 0


def test_a_batch_and_the_mark_behind_it_are_written_together_or_not_at_all(monkeypatch):
    def fails(*_about: object) -> None:
        raise PowerCutError

    monkeypatch.setattr(Run, "advance", fails)
    with pytest.raises(PowerCutError):
        load_titles_and_items(shelf(10), PLAIN, checkpoint=Run.begin("catalog", "d"))

    assert Title.objects.count() == 0
    assert ImportRun.objects.get().position == 0


def test_a_finished_import_of_the_same_files_begins_anew():
    load_titles_and_items(shelf(10), PLAIN, checkpoint=Run.begin("catalog", "d"))

    again = load_titles_and_items(shelf(10), PLAIN, checkpoint=Run.begin("catalog", "d"))

    assert (again.resumed_at, again.unchanged) == (0, 22)


def test_another_file_or_mapping_is_another_import(tmp_path: Path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("a")
    two.write_text("b")

    digests = {
        digest_of("items", [one]),
        digest_of("items", [two]),
        digest_of("items", [one], "x"),
        digest_of("marc", [one]),
    }

    assert len(digests) == 4
    assert digest_of("items", [one]) in digests


def test_progress_is_told_batch_by_batch():
    seen: list[int] = []

    load_titles_and_items(shelf(600), PLAIN, progress=seen.append)

    assert seen == [500, 1000, 1202]


def test_a_csv_goes_all_the_way_in(tmp_path: Path):
    path = tmp_path / "items.csv"
    path.write_text(
        "barcode;title;author;isbn;color\nA1;Emma;Austen;9780141439587;red\nA1;Emma;Austen;;\n;x;y;;\n"
    )

    report = load_titles_and_items([*CODES, *read_items_csv(path)], PLAIN)

    assert report.dropped_columns == ("color",)
    assert [(p.line, p.field) for p in report.problems] == [(4, "barcode"), (3, "barcode")]
    assert Item.objects.get().title.title == "Emma"


def a_report() -> Report:
    report = Report("patrons", read=3)
    for entry in (BAD, Note("read as cp1252"), DroppedColumns(("=cmd()", "Shoe size"))):
        report.note(entry)
    report.count("patrons", added=2)
    return report


def test_a_report_is_written_for_people_and_for_machines(tmp_path: Path):
    a_report().write(tmp_path / "r.csv")
    a_report().write(tmp_path / "r.json")

    with (tmp_path / "r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = json.loads((tmp_path / "r.json").read_text())
    problem = next(row for row in rows if row["what"] == "problem")
    assert (problem["line"], problem["field"]) == ("3", "row")
    assert (told["read"], told["added"], told["refused"]) == (3, 2, 1)
    assert told["problems"][0]["reason"] == BAD.reason


def test_no_cell_of_a_report_is_a_formula(tmp_path: Path):
    a_report().write(tmp_path / "r.csv")

    with (tmp_path / "r.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=cmd()" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
