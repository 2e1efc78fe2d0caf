"""The sweep: rows of dead epochs go in pages, keys decide who can read, and what failed is noted."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from retention_support import a_row

from circumspect import composition
from circumspect.faces.cli import tending
from circumspect.offices.retention import evidence, overdue, sweeping
from circumspect.offices.retention.models import Sweep
from circumspect.records.catalog.models import Item
from circumspect.records.circulation.models import Loan
from circumspect.records.fees.models import FeeLine
from circumspect.records.holds.models import Hold
from circumspect.records.ill.models import IllRequest
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.vault.models import EpochKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)


@pytest.fixture
def old(house: Any, ada: int, clock: Any) -> int:
    """A patron whose rows rest in epochs that are over, beside one with rows of today."""
    link = house.vault.link("loans", ada)
    a_row(Loan, epoch=link.epoch, link=link.token, back=link.back)
    clock.forward(days=28 + 366)
    house.vault.forget_cached_keys()
    return ada


@pytest.mark.clause("TH-1.8", "TH-1.11")
def test_rows_of_dead_epochs_go_from_every_table_and_others_stay(house, old, known):
    """Whatever still rests in an epoch that is over belongs to nobody: the sweep takes it away, in pages of any size."""
    ben = known("Okoye", "21234000000026")
    before = {table.name: _count(table.name) for table in sweeping.tables()}
    assert sweeping.count_dead(house)["fees"] == 1

    gone = sum(sweeping.sweep_table(house, table, page=1) for table in sweeping.tables())

    assert gone >= 5
    assert sweeping.count_dead(house) == {}
    for table in sweeping.tables():
        if table.only == "1 = 1" and not table.cuts and table.name != "circulation_loan":
            assert (table.name, _count(table.name)) == (table.name, before[table.name] - 1)
    assert FeeLine.objects.filter(link__in=house.vault.every_link(ben)).count() == 1
    assert sweeping.sweep_dead(house) == 0


def test_a_request_outlives_its_link(house, old):
    """What may go on without a patron loses its link and stays."""
    sweeping.sweep_dead(house)

    assert list(IllRequest.objects.values_list("link", "back")) == [(None, None)]


def test_an_item_whose_loan_belongs_to_nobody_is_missing(house, old):
    sweeping.sweep_dead(house)

    assert not Loan.objects.exists()
    assert Item.objects.filter(status="missing").count() == 1


def test_a_sweep_that_was_stopped_goes_on_where_it_stood(house, old):
    """The power goes between two pages: what is gone is gone, the rest goes next time."""

    def power_cut(_seconds: float) -> None:
        raise KeyboardInterrupt

    fees = next(table for table in sweeping.tables() if table.name == "fees_line")
    for number in range(4):
        a_row(FeeLine, epoch=FeeLine.objects.first().epoch, link=b"%16d" % number, back=b"")

    with pytest.raises(KeyboardInterrupt):
        sweeping.sweep_table(house, fees, page=2, sleep=power_cut)

    assert FeeLine.objects.count() == 3
    assert sweeping.sweep_table(house, fees, page=2) == 3


@pytest.mark.attack(8)
@pytest.mark.clause("TH-1.8")
def test_a_sweep_that_did_not_run_changes_nothing_about_who_can_read(house, old):
    """No job has run for a year: the rows lie there, and no link, back-reference or look finds their patron."""
    hold = Hold.objects.get()

    assert house.vault.links("holds", old) == {}
    from circumspect.trust.vault.errors import EpochOverError

    with pytest.raises(EpochOverError):
        house.vault.back_cipher("holds", hold.epoch)
    assert not EpochKey.objects.filter(destroyed_on__isnull=False).exists()


def test_the_rehearsal_counts_what_the_sweep_lets_go_of_and_touches_nothing(house, old, known):
    said = overdue.waiting(house, composition.overdue_elsewhere())
    kept = {table.name: _count(table.name) for table in sweeping.tables()}

    assert said["fees"] == 1
    assert said["notes"] == 1
    assert overdue.keys_waiting(house) > 0
    assert {table.name: _count(table.name) for table in sweeping.tables()} == kept

    done, failed = tending.forget(house)
    assert failed == []
    assert done["rows of dead epochs swept"] >= 4
    left = overdue.waiting(house, composition.overdue_elsewhere())
    assert set(left) <= overdue.MAY_BE_KEPT
    assert overdue.keys_waiting(house) == 0
    counted = {(line.series, line.what): line.count for line in evidence.since(house.today())}
    assert counted["notes", "notes ended"] == 1
    assert (
        counted["every series with links", "rows of dead epochs swept"] == done["rows of dead epochs swept"]
    )


def test_a_part_that_fails_stops_no_other_and_is_noted(house, old, monkeypatch):
    def broken(_house: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr(sweeping, "sweep_dead", broken)

    done, failed = tending.forget(house)

    assert failed == ["rows of dead epochs swept"]
    assert "notes ended" in done
    assert Sweep.objects.get().failed == failed
    assert sweeping.is_late(house)


def test_somebody_is_told_when_no_sweep_was_made_for_two_days(house, clock):
    assert sweeping.is_late(house)
    tending.forget(house)
    assert not sweeping.is_late(house)
    clock.forward(days=2, hours=1)
    assert sweeping.is_late(house)


@pytest.mark.clause("TH-1.16")
def test_a_licence_number_is_emptied_thirty_days_after_the_check(house, lead, clock):
    """Where a library collects it, or once did: the number goes, the day of the check stays."""
    patron = register(house, lead, Registration("Zielińska", "Ada", id_seen_on=house.today()))
    sealed = house.vault.seal(patron, "registration", patron, "driver_licence", "D400-7836-0001")
    Patron.objects.update(sealed_driver_licence=sealed)
    clock.forward(days=20)
    tending.forget(house)
    assert Patron.objects.get().sealed_driver_licence is not None

    clock.forward(days=11)
    assert tending.forget(house)[0]["licence numbers emptied"] == 1

    row = Patron.objects.get()
    assert row.sealed_driver_licence is None
    assert row.sealed_id_seen_on is not None


def test_a_decided_period_is_the_sweeps_at_once(house, clerk, director, clock):
    """TH-1.3: changing the period changes the sweep with it."""
    from circumspect.offices.retention import deciding

    a_row(FeeLine, epoch=1, link=b"x" * 16, back=b"", state="settled", settled_on=house.today())
    clock.forward(days=40)
    tending.forget(house)
    assert FeeLine.objects.count() == 1

    deciding.decide(house, director, deciding.Wish("fees", 30, "", "", "The auditor needs no more"))
    tending.forget(house)
    assert not FeeLine.objects.exists()


def _count(table: str) -> int:
    model = next(each for each in apps.get_models() if each._meta.db_table == table)
    return model._default_manager.count()
