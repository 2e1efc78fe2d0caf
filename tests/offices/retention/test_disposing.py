"""Records that need an approved disposal certificate wait for it, and only what was proposed goes."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest

from circumspect.offices.retention import deciding, disposing
from circumspect.offices.retention.deciding import NotYoursError, RetentionFieldError, Wish
from circumspect.offices.retention.disposing import CertificateSeries, Due
from circumspect.offices.retention.models import Disposal, DisposalState

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SERIES = "sign-offs"


class Drawer:
    """A room with records of some days."""

    def __init__(self, *days: dt.date) -> None:
        self.days = list(days)

    def due(self, _house: object) -> Due | None:
        return Due(len(self.days), min(self.days), max(self.days)) if self.days else None

    def dispose(self, _house: object, last: dt.date) -> int:
        before = len(self.days)
        self.days = [day for day in self.days if day > last]
        return before - len(self.days)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer(dt.date(2021, 3, 1), dt.date(2021, 5, 9))


@pytest.fixture
def rooms(drawer):
    return {SERIES: CertificateSeries(drawer.due, drawer.dispose)}


@pytest.fixture
def numbered(house, director):
    deciding.decide(house, director, Wish(SERIES, 1096, "24-117C", "31", "Approved by the commission"))


@pytest.mark.clause("TH-1.5", "TH-1.8")
def test_what_needs_a_certificate_stays_until_one_is_entered(house, director, rooms, drawer, numbered, clock):
    """Sweep after sweep it is only proposed; with number and day it goes on that day, and not before."""
    assert disposing.carry_out(house, rooms) == 0
    proposed = Disposal.objects.get()
    assert (proposed.state, proposed.volume) == (DisposalState.PROPOSED, 2)

    disposing.enter_certificate(house, director, proposed.id, "C-2026-88", dt.date(2026, 12, 24))
    assert disposing.carry_out(house, rooms) == 0
    assert len(drawer.days) == 2

    clock.forward(days=31)
    assert disposing.carry_out(house, rooms) == 2
    assert Disposal.objects.get().state == DisposalState.DISPOSED
    assert drawer.days == []


def test_what_came_after_the_approval_waits_for_another(house, director, rooms, drawer, numbered, clock):
    disposing.carry_out(house, rooms)
    disposing.enter_certificate(house, director, Disposal.objects.get().id, "C-2026-88", dt.date(2026, 11, 1))
    drawer.days.append(dt.date(2021, 9, 9))

    assert disposing.carry_out(house, rooms) == 2
    assert drawer.days == [dt.date(2021, 9, 9)]
    disposing.carry_out(house, rooms)
    assert Disposal.objects.filter(state=DisposalState.PROPOSED.value).get().volume == 1


def test_a_proposal_grows_until_it_is_approved(house, rooms, drawer, numbered):
    disposing.carry_out(house, rooms)
    drawer.days.append(dt.date(2021, 9, 9))
    disposing.carry_out(house, rooms)

    assert (Disposal.objects.get().volume, Disposal.objects.get().last_day) == (3, dt.date(2021, 9, 9))


@pytest.mark.parametrize(
    ("number", "day", "field"),
    [
        ("", dt.date(2026, 12, 1), "number"),
        ("C-1", None, "not_before"),
        ("x" * 41, dt.date(2026, 12, 1), "number"),
    ],
)
def test_half_a_certificate_is_none(house, director, rooms, numbered, number, day, field):
    disposing.carry_out(house, rooms)

    with pytest.raises(RetentionFieldError) as refused:
        disposing.enter_certificate(house, director, Disposal.objects.get().id, number, day)

    assert refused.value.field == field
    assert Disposal.objects.get().state == DisposalState.PROPOSED


def test_no_certificate_without_the_schedules_own_numbers(house, director, rooms):
    """The form asks for application and item number: they are entered first."""
    disposing.carry_out(house, rooms)

    with pytest.raises(RetentionFieldError):
        disposing.enter_certificate(house, director, Disposal.objects.get().id, "C-1", dt.date(2026, 12, 1))


def test_a_clerk_enters_none(house, clerk, rooms, numbered):
    disposing.carry_out(house, rooms)

    with pytest.raises(NotYoursError):
        disposing.enter_certificate(house, clerk, Disposal.objects.get().id, "C-1", dt.date(2026, 12, 1))


def test_the_certificates_data_is_handed_out(house, rooms, numbered):
    """Agency, application and item, title, inclusive dates, volume: as a table for a program, and as a page."""
    disposing.carry_out(house, rooms)

    rows = list(csv.reader(io.StringIO(disposing.as_csv(house).decode())))

    assert rows[0] == list(disposing.COLUMNS)
    assert rows[1][:7] == [
        "Test Library",
        "24-117C",
        "31",
        "Who read and signed which version of the policy",
        "2021-03-01",
        "2021-05-09",
        "2 records",
    ]
    assert disposing.as_pdf(house).startswith(b"%PDF")


def test_letters_that_are_public_records_are_a_series_of_their_own(house):
    """The room's own functions are joined: nothing due, nothing proposed, nothing gone."""
    from circumspect import composition

    assert composition.carry_out_disposals(house) == 0
    assert not Disposal.objects.exists()
