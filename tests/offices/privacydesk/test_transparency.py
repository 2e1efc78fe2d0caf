"""The report to the public: bands that begin at nothing, and one case more or less that nobody can see."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.offices.privacydesk import transparency
from circumspect.offices.privacydesk.cases_models import CaseCount
from circumspect.offices.privacydesk.kinds import MACHINES

TODAY = dt.date(2027, 1, 5)
QUARTER = "2026-Q4"


def put(kind: str, outcome: str, count: int) -> None:
    CaseCount.objects.create(quarter=QUARTER, kind=kind, outcome=outcome, count=count)


@pytest.mark.clause("MP-4.16")
@pytest.mark.django_db
def test_up_to_four_of_anything_look_like_none():
    nothing = transparency.report(QUARTER, TODAY)

    for machine in MACHINES.values():
        put(machine.kind, "refused", 1)

    assert transparency.report(QUARTER, TODAY) == nothing


@pytest.mark.django_db
def test_no_row_is_about_sealed_process_and_no_number_is_exact():
    put("sealed_process", "refused", 37)
    told = transparency.report(QUARTER, TODAY)

    assert not any("letter" in row.kind.lower() or "sealed" in row.kind.lower() for row in told.rows)
    assert "37" not in transparency.as_csv(told)
    assert any("20 to 49" in row.bands for row in told.rows)


@pytest.mark.django_db
@pytest.mark.parametrize("quarter", ["2027-Q1", "2027-Q2", "2026-Q5", "2026", "x" * 9, "2026-Q4\n"])
def test_only_a_quarter_that_is_over_is_told(quarter: str):
    with pytest.raises(transparency.QuarterError):
        transparency.report(quarter, TODAY)


@pytest.mark.django_db
def test_a_report_adds_up_to_nothing_that_could_be_taken_apart():
    told = transparency.report(QUARTER, TODAY)

    assert not any("total" in row.kind.lower() for row in told.rows)
    assert all(len(row.bands) == len(transparency.OUTCOMES) for row in told.rows)
    assert transparency.quarters(TODAY, 5) == ["2026-Q4", "2026-Q3", "2026-Q2", "2026-Q1", "2025-Q4"]


@pytest.mark.parametrize(
    ("count", "band"),
    [(0, "0 to 4"), (4, "0 to 4"), (5, "5 to 9"), (999, "500 to 999"), (10**6, "1,000 or more")],
)
def test_bands(count: int, band: str):
    assert transparency.band(count) == band
