"""The policy check: it passes on the house as it stands, and fails for each thing it looks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twins import with_text

from circumspect.records.series import inventory
from circumspect.trust.policy.check import check, clause_markers
from circumspect.trust.policy.inventory import Inventory
from circumspect.trust.policy.policy import Policy


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load()


@pytest.fixture
def columns() -> dict[str, list[str]]:
    """Tables that match the inventory."""
    tables: dict[str, list[str]] = {}
    for entry in inventory().entries:
        tables.setdefault(entry.model, []).append(entry.column)
    return tables


@pytest.fixture
def markers(policy: Policy) -> dict[str, tuple[str, ...]]:
    """A test for every clause."""
    return dict.fromkeys(policy.clauses.clauses, ("test_all.py::test_it",))


def test_a_house_in_order_passes(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """All 127 clauses are in the report; what the library has to fill in is a warning."""
    report = check(policy, inventory(), columns, markers)

    assert report.faults == ()
    assert report.passed
    assert len(report.lines) == 127
    assert report.warnings
    assert sum(report.counts().values()) == 127


def test_the_report_is_fit_for_machines_and_for_people(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """JSON holds everything; the text names each clause and ends with the counts."""
    report = check(policy, inventory(), columns, {**markers, "XX-1": ("t",)})

    again = json.loads(json.dumps(report.as_json()))
    assert again["passed"] is False
    assert again["lines"][0]["id"] == "MP-1.1"
    text = report.as_text()
    assert all(line.id in text for line in report.lines)
    assert "FAULT: a test names XX-1" in text
    assert text.endswith(f"1 faults, {len(report.warnings)} warnings\n")


def test_a_clause_said_to_be_kept_needs_a_test(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """One that is not yet kept, or only states a fact, may go without."""
    for clause in ("MP-7.16", "TH-1.8", "MP-7.11", "MP-3.3", "MP-4.5"):
        del markers[clause]

    faults = check(policy, inventory(), columns, markers).faults

    assert [fault.split()[0] for fault in faults] == ["MP-3.3", "MP-7.11", "MP-7.16", "TH-1.8"]


def test_a_clause_kept_by_a_rule_needs_the_rule(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """Take the clause out of its only rule, and the check says so."""
    twin = with_text(policy, "MP-7.17", "MP-7.15")

    faults = check(twin, inventory(), columns, markers).faults

    assert len(faults) == 1
    assert faults[0].startswith("MP-7.17")


def test_columns_and_inventory_must_match(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """A column nobody declared, and an entry whose column is gone."""
    columns["patrons.Patron"].append("occupation")
    columns["patrons.Card"].remove("token")

    faults = check(policy, inventory(), columns, markers).faults

    assert len(faults) == 2
    assert any("patrons.Patron.occupation" in fault for fault in faults)
    assert any("patrons.Card.token" in fault for fault in faults)


def test_door_and_inventory_must_agree_on_fields(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """A field that can be asked for has an entry, and is off in both or in neither."""
    bundle = policy.bundle()
    bundle["fields.toml"] = bundle["fields.toml"].replace(
        '"barcode", "status"', '"barcode", "status", "colour"'
    )
    bundle["fields.toml"] = bundle["fields.toml"].replace('["driver_licence", "sex"]', '["driver_licence"]')

    faults = check(Policy.from_bundle(bundle), inventory(), columns, markers).faults

    assert len(faults) == 2
    assert any("colour" in fault for fault in faults)
    assert any("sex" in fault for fault in faults)


def test_a_retention_rule_that_ends_nothing_is_a_fault(
    policy: Policy, columns: dict[str, list[str]], markers: dict[str, tuple[str, ...]]
) -> None:
    """The schedule and the inventory are one list."""
    entries = tuple(entry for entry in inventory().entries if entry.retention != "notes")
    del columns["patrons.Note"]

    faults = check(policy, Inventory(entries), columns, markers).faults

    assert "the schedule's entry 'notes' ends nothing" in faults


def test_markers_are_read_from_functions_classes_and_modules(tmp_path: Path) -> None:
    """Without running the tests, and nested folders included."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "test_one.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.attack(4), pytest.mark.clause('MP-3.1')]\n"
        "@pytest.mark.clause('MP-3.2', 'MP-3.1')\n"
        "def test_a(): ...\n"
        "@pytest.mark.clause('TH-1.1')\n"
        "class TestB:\n"
        "    @pytest.mark.parametrize('x', [1])\n"
        "    def test_c(self, x): ...\n"
        "    def helper(self): ...\n"
        "@pytest.mark.clause('TH-8.1')\n"
        "def not_a_test(): ...\n"
    )
    (tmp_path / "helper.py").write_text("raise SystemExit")

    assert clause_markers(tmp_path) == {
        "MP-3.1": ("deep/test_one.py::test_a", "deep/test_one.py::TestB::test_c"),
        "MP-3.2": ("deep/test_one.py::test_a",),
        "TH-1.1": ("deep/test_one.py::TestB::test_c",),
    }
