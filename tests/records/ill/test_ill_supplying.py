"""Lending to other libraries: an institution borrows, and no patron is anywhere."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.records.catalog.models import Item
from circumspect.records.circulation import lending
from circumspect.records.holds import placing
from circumspect.records.holds.placing import Wanted
from circumspect.records.ill import supplying
from circumspect.records.ill.citations import CitationError
from circumspect.records.ill.models import IllTally, PartnerLibrary, SuppliedItem
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys", "ledger"]),
    pytest.mark.usefixtures("libraries"),
]


@pytest.fixture
def lend_to(house, clerk, own_copy):
    """Lend our copy to a library for so many days."""

    def lend_to(library="CHIPL", days=28, barcode=own_copy.barcode):
        due_on = house.today() + dt.timedelta(days=days)
        return supplying.supply(house, clerk, barcode, library=library, due_on=due_on, their_number="A-1")

    return lend_to


def test_a_copy_goes_to_a_library_and_comes_back(house, clerk, lend_to, own_copy):
    lent = lend_to()

    assert (lent.library, lent.title) == ("Chicago Public", "Nad Niemnem")
    assert Item.objects.get().status == "on_loan"
    assert [each.barcode for each in supplying.supplied_list(house, clerk)] == [own_copy.barcode]
    supplying.take_back(house, clerk, own_copy.barcode, branch="main")

    assert not SuppliedItem.objects.exists()
    assert Item.objects.get().status == "available"
    assert dict(IllTally.objects.values_list("kind", "count")) == {"supplied": 1, "supply_back": 1}


def test_a_copy_that_comes_back_goes_to_whoever_waits(house, clerk, ada, lend_to, own_copy):
    lend_to()
    placing.place(
        house,
        clerk,
        ada,
        Wanted(own_copy.title_id),
        pickup_branch="main",
        circumstance=Circumstance.CARD_SCANNED,
    )

    assert supplying.take_back(house, clerk, own_copy.barcode, branch="main").hold.on_shelf


def test_a_copy_brought_back_over_the_counter_is_out_to_no_library(house, clerk, ada, lend_to, own_copy):
    lend_to()
    lending.check_in(house, clerk, own_copy.barcode, branch="main")
    assert supplying.supplied_list(house, clerk) == []
    lending.check_out(house, clerk, ada, own_copy.barcode, branch="main")
    assert supplying.supplied_list(house, clerk) == []
    lending.check_in(house, clerk, own_copy.barcode, branch="main")

    lend_to("EVANS")

    assert SuppliedItem.objects.get().library_id == "EVANS"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [({"library": "NONE"}, "library"), ({"days": 0}, "due_on"), ({"barcode": "NONE"}, "barcode")],
)
def test_what_cannot_be_lent_says_why(lend_to, wanted, field):
    with pytest.raises(CitationError) as problem:
        lend_to(**wanted)

    assert problem.value.field == field
    assert Item.objects.get().status == "available"


def test_what_is_not_on_the_shelf_cannot_be_lent(house, clerk, ada, lend_to, own_copy):
    lending.check_out(house, clerk, ada, own_copy.barcode, branch="main")

    with pytest.raises(CitationError, match="not on the shelf"):
        lend_to()


def test_a_library_needs_a_symbol_and_a_name(house, clerk):
    for code, name, field in (("", "X", "code"), ("Y" * 33, "X", "code"), ("Z", " ", "name")):
        with pytest.raises(CitationError) as problem:
            supplying.put_library(house, clerk, code=code, name=name)
        assert problem.value.field == field
    supplying.put_library(house, clerk, code=" chipl ", name="Chicago Public Library")

    assert PartnerLibrary.objects.get(code="CHIPL").name == "Chicago Public Library"


def test_it_is_for_those_at_the_desk(house, clerk, own_copy):
    other = Actor(ActorKind.STAFF, "7", frozenset({"reference"}), True, clerk.signed_version)

    for work in (
        lambda: supplying.put_library(house, other, code="A", name="B"),
        lambda: supplying.supply(house, other, own_copy.barcode, library="CHIPL", due_on=house.today()),
        lambda: supplying.supplied_list(house, other),
        lambda: supplying.take_back(house, other, own_copy.barcode, branch="main"),
    ):
        with pytest.raises(Refused):
            work()


@pytest.mark.clause("MP-4.11")
def test_nothing_on_the_suppliers_side_can_hold_a_patron():
    for model in (SuppliedItem, PartnerLibrary):
        names = {field.name for field in model._meta.get_fields()}
        assert not {"patron", "link", "back", "epoch", "name_of_patron", "card"} & names
