"""Imports from the command line: good rows kept, bad ones named by line and field, never by value."""

from __future__ import annotations

import csv
import signal
from pathlib import Path

import pytest
from cli_support import circumspect, is_one_plain_sentence, killed_at, on_home

HEADER = "card_number,category,given_name,family_name,birth_date,email,shoe_size\n"
GOOD = "21234000099990,resident_adult,Ñata,Śliwa,1970-01-02,n@example.org,41\n"
ITEM_AS_CARD = "31234000010015,resident_adult,Ida,Muster,1980-01-02,i@example.org,39\n"
FROM_THE_FUTURE = "21234000099982,resident_adult,Futura,Muster,2980-01-02,,\n"
WITH_NUMBER = "21234000099974,resident_adult,Otto,078-05-1120,1980-01-02,,\n"
COUNT = "from circumspect.records.patrons.models import Patron\nprint(Patron.objects.count())"


@pytest.fixture
def patrons(tmp_path: Path) -> Path:
    """One good row and three bad ones."""
    path = tmp_path / "patrons.csv"
    path.write_text(HEADER + GOOD + ITEM_AS_CARD + FROM_THE_FUTURE + WITH_NUMBER, encoding="utf-8")
    return path


@pytest.mark.clause("TH-1.14")
def test_good_rows_are_kept_and_bad_ones_named_without_a_value(
    empty: Path, patrons: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"

    done = circumspect("import", "patrons", patrons, "--home", empty, "--report", report)

    assert done.code == 1
    assert "1 added" in done.output
    assert "3 refused" in done.output
    assert "dropped: shoe_size" in done.output
    with report.open(encoding="utf-8", newline="") as file:
        problems = {(row["line"], row["field"]) for row in csv.DictReader(file) if row["what"] == "problem"}
    assert problems == {("3", "card_number"), ("4", "birth_date"), ("5", "family_name")}
    told = done.output + done.errors + report.read_text(encoding="utf-8")
    for value in ("21234", "31234", "2980", "078-05", "Futura", "Muster", "Śliwa", "example.org"):
        assert value not in told


def test_a_dry_run_says_the_same_and_writes_nothing(empty: Path, patrons: Path) -> None:
    done = circumspect("import", "patrons", patrons, "--home", empty, "--dry-run", "--json")

    assert done.code == 1
    assert (done.json[0]["added"], done.json[0]["refused"], done.json[0]["dry_run"]) == (1, 3, True)
    assert on_home(empty, COUNT).output == "0\n"


def test_a_second_import_changes_nothing(empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "patrons.csv"
    path.write_text(HEADER + GOOD, encoding="utf-8")
    first = circumspect("import", "patrons", path, "--home", empty, "--json")
    second = circumspect("import", "patrons", path, "--home", empty, "--json")

    assert (first.code, first.json[0]["added"]) == (0, 1)
    assert (second.code, second.json[0]["added"], second.json[0]["unchanged"]) == (0, 0, 1)
    assert on_home(empty, COUNT).output == "1\n"


def test_a_killed_import_goes_on_behind_its_last_batch(empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "patrons.csv"
    rows = [f"P{number:05d},resident_adult,Given,Family{number},1970-01-02,,\n" for number in range(1200)]
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    patch = """
from circumspect.faces.cli import homes
real_start = homes.start
def start(root):
    home = real_start(root)
    from circumspect.offices.importing.patronloader import HouseRegistrar
    real, calls = HouseRegistrar.register, []
    def register(self, rows):
        calls.append(1)
        if len(calls) == 3:
            die()
        return real(self, rows)
    HouseRegistrar.register = register
    return home
homes.start = start
"""
    assert killed_at(patch, "import", "patrons", path, "--home", empty) == -signal.SIGKILL
    # Two batches of 500 entries, of which the first is what the header has to say.
    assert on_home(empty, COUNT).output == "999\n"

    done = circumspect("import", "patrons", path, "--home", empty, "--json")

    assert done.code == 0, done.errors
    assert (done.json[0]["resumed_at"], done.json[0]["added"]) == (1000, 1200)
    assert on_home(empty, COUNT).output == "1200\n"


def test_items_with_new_types_and_a_broken_row(empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_text("barcode;title;item_type\n31234000990013;A title;zine\n21234000000018;Not an item;book\n")

    done = circumspect("import", "items", path, "--home", empty, "--json")

    assert done.code == 1
    assert done.json[0]["counts"]["items"] == {"added": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert done.json[0]["problems"][0]["reason"] == "is a patron card's number"


def test_a_mapping_names_their_columns_and_codes(empty: Path, tmp_path: Path) -> None:
    path, mapping = tmp_path / "theirs.csv", tmp_path / "mapping.toml"
    path.write_text("P BARCODE,LAST,KIND,PIN\n99887766,Muster,ADULT,1234\n")
    mapping.write_text(
        '[columns]\ncard_number = "P BARCODE"\nfamily_name = "LAST"\ncategory = "KIND"\n[categories]\nADULT = "resident_adult"\n'
    )

    done = circumspect("import", "patrons", path, "--home", empty, "--mapping", mapping, "--json")

    assert (done.code, done.json[0]["added"]) == (0, 1)
    assert done.json[0]["dropped_columns"][0]["names"] == ["PIN"]


def test_what_cannot_be_imported_at_all_is_said_plainly(empty: Path, tmp_path: Path) -> None:
    bad = tmp_path / "mapping.toml"
    bad.write_text('[columns]\nnote = "PASSWORD"\n')
    path = tmp_path / "x.csv"
    path.write_text("a,b\n")
    for words in (
        ["patrons", path, "--mapping", bad],
        ["patrons", path, "--branch", "moon"],
        ["patrons", path, "--category", "wizard"],
        ["rero", path],
    ):
        assert is_one_plain_sentence(circumspect("import", *words, "--home", empty))
