"""Links move to today's epoch while they are needed, and end with their own when they are not."""

from __future__ import annotations

import pytest

from circumspect.records.circulation import lending, linking
from circumspect.records.circulation.models import Loan
from circumspect.records.patrons import relinking, upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED


@pytest.fixture
def lend(house, clerk):
    return lambda patron, barcode: lending.check_out(house, clerk, patron, barcode, branch="main")


@pytest.fixture
def old_loans(lend, ada, ben, shelve, clock):
    """Three loans whose epoch is about to die."""
    barcodes = [shelve() for _ in range(3)]
    for patron, barcode in zip((ada, ada, ben), barcodes, strict=True):
        lend(patron, barcode)
    clock.forward(days=28 + 365 - 7)
    return barcodes


def test_what_is_still_out_is_tied_to_today_before_its_epoch_dies(house, clerk, clock, ada, ben, old_loans):
    [old] = house.vault.ageing_epochs("loans", 7)

    assert linking.relink(house, old) == 3

    clock.forward(days=8)
    assert house.vault.due_epochs() == [("loans", old)] or ("loans", old) in house.vault.due_epochs()
    house.vault.destroy_epoch("loans", old)
    assert lending.count_out(house, ada) == 2
    assert lending.count_out(house, ben) == 1
    assert not Loan.objects.filter(epoch=old).exists()
    assert linking.relink(house, old) == 0


@pytest.mark.clause("TH-1.8", "TH-1.11")
def test_after_its_epoch_a_loan_belongs_to_nobody_and_still_comes_back(house, clerk, clock, ada, old_loans):
    """The item is out, due and taken back; whose it was cannot be told by anybody."""
    [old] = house.vault.ageing_epochs("loans", 7)
    clock.forward(days=8)
    house.vault.destroy_epoch("loans", old)

    assert lending.count_out(house, ada) == 0
    assert linking.relink(house, old) == 0
    assert lending.check_in(house, clerk, old_loans[0], branch="main").was_out
    assert Loan.objects.count() == 2


def test_the_day_decides_even_where_no_job_ran(house, clock, ada, old_loans):
    clock.forward(days=7)

    assert lending.count_out(house, ada) == 0
    for loan in Loan.objects.all():
        assert linking.relink(house, loan.epoch) == 0


def test_a_loan_of_somebody_forgotten_holds_up_no_other(house, ada, ben, old_loans):
    [old] = house.vault.ageing_epochs("loans", 7)
    upkeep.erase(house, ada)

    assert linking.relink(house, old) == 1

    assert lending.count_out(house, ben) == 1
    assert Loan.objects.filter(epoch=old).count() == 2


def test_relinking_stopped_half_way_goes_on(house, ada, ben, old_loans, monkeypatch):
    """A link to a page: then the first is tied, and the second is not."""
    [old] = house.vault.ageing_epochs("loans", 7)
    real, calls = house.door.ask_all_by_links, []

    def cut_after_one(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(relinking, "_BATCH", 1)
    monkeypatch.setattr(house.door, "ask_all_by_links", cut_after_one)
    with pytest.raises(KeyboardInterrupt):
        linking.relink(house, old)
    monkeypatch.undo()
    left = Loan.objects.filter(epoch=old).count()

    assert left in (1, 2)
    assert lending.count_out(house, ada) + lending.count_out(house, ben) == 3
    assert linking.relink(house, old) == left
    assert lending.count_out(house, ada) == 2


def test_relinking_is_in_the_ledger_and_names_its_patrons_to_nobody(house, ada, old_loans):
    """One question for a page of links, which says of how many records."""
    [old] = house.vault.ageing_epochs("loans", 7)
    before = house.ledger.size()

    linking.relink(house, old)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["actor"], b["action"], b["purpose"], b["subjects"]) for b in bodies] == [
        ("job:forget", "erase", "forget", 2)
    ]
    assert str(ada) not in str(bodies)


# two records of one person


def test_merging_moves_the_loans_of_every_epoch(house, lead, lend, clock, ada, ben, shelve):
    for _ in range(2):
        lend(ben, shelve())
        clock.forward(days=28)
    lend(ada, shelve())

    assert linking.merge_patrons(house, lead, ada, ben) == 2

    assert lending.count_out(house, ada) == 3
    loans = lending.loans_of(house, lead, ada, circumstance=SCANNED)
    assert len(loans) == 3
    with pytest.raises(Refused):
        lending.loans_of(house, lead, ben, circumstance=SCANNED)


def test_a_refused_merge_moves_nothing(house, clerk, lead, lend, ada, ben, shelve):
    lend(ben, shelve())

    with pytest.raises(Refused):
        linking.merge_patrons(house, clerk, ada, ben)
    with pytest.raises(FieldError):
        linking.merge_patrons(house, lead, ada, ada)

    assert lending.count_out(house, ben) == 1
