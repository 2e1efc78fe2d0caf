"""The vault's day does not go back: a clock set back wakes no key that was over."""

from __future__ import annotations

import datetime as dt

import pytest

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.mark.attack(8)
@pytest.mark.clause("TH-1.8")
def test_a_clock_set_back_wakes_no_link_that_was_over(house, clock):
    house.vault.link("ledger", 7)
    clock.forward(days=28 + 181)
    assert house.vault.links("ledger", 7) == {}

    clock.forward(days=-20)

    assert house.vault.links("ledger", 7) == {}
    # Nor does a new epoch begin in days that are over.
    assert house.vault.link("ledger", 7).epoch == 2


def test_a_clock_that_ran_years_ahead_is_not_believed_for_ever(house, clock):
    """Somebody typed 2036: once that is put right, epochs begin in the present again."""
    house.vault.link("ledger", 7)
    clock.forward(days=3650)
    assert house.vault.links("ledger", 7) == {}

    clock.forward(days=-3650)

    assert set(house.vault.links("ledger", 7)) == {1}
    assert house.vault._today() == house.today() == dt.date(2026, 11, 23)
