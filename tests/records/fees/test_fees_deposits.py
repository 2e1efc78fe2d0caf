"""The deposit on a card: sealed, moved through the door, and never below nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from fees_support import member, on_disk

from circumspect.records.fees import deposits, settling
from circumspect.records.fees.models import CashTally
from circumspect.records.fees.rules import Code, FeeKind, Method, MoneyError, TooMuchError
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.registration import Change, change
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance

OPEN = Circumstance.OPEN_TRANSACTION
pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def test_a_deposit_is_topped_up_spent_and_paid_out(house, clerk, lead, top_up, charge, pay, account, ada):
    """To the cent, through the door each time."""
    assert account(ada).deposit == 0
    assert top_up(ada, 1000) == 1000
    charge(ada, 350)

    pay(ada, 350, Method.DEPOSIT)
    receipt = settling.spend(house, clerk, ada, FeeKind.PRINT, 50, branch="main", circumstance=OPEN)
    left = deposits.pay_out(house, lead, ada, 100, method=Method.CASH, branch="main", circumstance=OPEN)

    assert receipt.parts == ((FeeKind.PRINT, 50),)
    assert left == account(ada).deposit == 500
    assert account(ada).owed == ()


def test_a_deposit_is_never_overdrawn(house, clerk, lead, top_up, charge, pay, owed, account, ada):
    """Refused with what it holds; nothing half done."""
    top_up(ada, 100)
    charge(ada, 300)

    with pytest.raises(TooMuchError) as refusal:
        pay(ada, 101, Method.DEPOSIT)
    with pytest.raises(TooMuchError):
        settling.spend(house, clerk, ada, FeeKind.PRINT, 101, branch="main", circumstance=OPEN)
    with pytest.raises(TooMuchError):
        deposits.pay_out(house, lead, ada, 101, method=Method.CASH, branch="main", circumstance=OPEN)

    assert refusal.value.reason == "the deposit holds $1.00"
    assert (owed(ada), account(ada).deposit) == (300, 100)
    assert not CashTally.objects.filter(kind__in=["paid", "paid_out"]).exists()


def test_what_is_paid_over_goes_on_the_deposit_only_when_asked(charge, pay, account, ada):
    """And is counted as what it is."""
    charge(ada, 300)
    with pytest.raises(TooMuchError):
        pay(ada, 500)

    receipt = pay(ada, 500, rest_to_deposit=True)

    assert (receipt.total, receipt.to_deposit) == (500, 200)
    assert (account(ada).owed_cents, account(ada).deposit) == (0, 200)
    counted = CashTally.objects.filter(method="cash").values_list("kind", "cents", "count")
    assert set(counted) == {("paid", 300, 1), ("topped_up", 200, 1)}
    with pytest.raises(MoneyError):
        pay(ada, 5, Method.DEPOSIT, rest_to_deposit=True)


def test_a_refund_may_go_on_the_deposit(house, lead, charge, pay, account, ada):
    """No cash moves."""
    fee = charge(ada, 300)
    pay(ada, 300)

    settling.refund(
        house, lead, ada, fee, 300, method=Method.DEPOSIT, code=Code.MISTAKE, branch="main", circumstance=OPEN
    )

    assert account(ada).deposit == 300
    assert not CashTally.objects.filter(kind="refunded", method="cash").exists()


@pytest.mark.clause("TH-1.23", "MP-7.14")
@pytest.mark.parametrize("role", ["desk", "finance", "reference"])
def test_only_a_lead_pays_a_deposit_out(house, top_up, account, ada, role):
    """Money that leaves the house needs a second pair of eyes."""
    top_up(ada, 300)

    with pytest.raises(Refused):
        deposits.pay_out(house, member(role), ada, 100, method=Method.CASH, branch="main", circumstance=OPEN)

    assert account(ada).deposit == 300


@pytest.mark.clause("TH-1.23")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_balance_rests_sealed(top_up, account, ada):
    """An amount nobody else would have stands nowhere in the records."""
    top_up(ada, 98765)

    assert account(ada).deposit == 98765
    assert b"987.65" not in bytes(Patron.objects.get(id=ada).sealed_balance)
    if connection.vendor == "sqlite":
        assert b"987.65" not in on_disk()


def test_a_balance_of_another_systems_making_is_not_guessed_at(house, lead, top_up, account, ada):
    """The account still opens; a lead corrects it."""
    change(house, lead, ada, Change({"balance": "-3,20 EUR"}), circumstance=OPEN)

    assert account(ada).deposit is None
    with pytest.raises(deposits.UnreadableBalanceError) as refusal:
        top_up(ada, 100)

    assert "EUR" not in str(refusal.value)


def test_two_desks_that_move_one_deposit_do_not_lose_a_cent(house, clerk, top_up, account, ada, monkeypatch):
    """The second one is told to look again."""
    from circumspect.records.patrons.errors import ChangedMeanwhileError

    top_up(ada, 100)
    real = deposits.read

    def read_then_another_desk_writes(*asked: object) -> object:
        found = real(*asked)
        monkeypatch.setattr(deposits, "read", real)
        top_up(ada, 50)
        return found

    monkeypatch.setattr(deposits, "read", read_then_another_desk_writes)
    with pytest.raises(ChangedMeanwhileError):
        top_up(ada, 25)

    # The first desk's fifty went with the transaction that it stood in for in this test.
    assert account(ada).deposit == 100
