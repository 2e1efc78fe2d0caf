"""Blind indexes find without showing, column by column and generation by generation."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.trust.vault.keyring import Keyring
from circumspect.trust.vault.vault import INDEX, Vault


def a_vault(key: bytes) -> Vault:
    """A vault with one index key, and no key store."""
    vault = Vault(Keyring({1: bytes(32)}), {}, lambda: dt.date(2026, 11, 23))
    vault._named[INDEX] = (float("inf"), {1: key})
    return vault


ONE, OTHER = a_vault(bytes(range(32))), a_vault(bytes(range(1, 33)))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_equal_values_and_only_those_have_equal_tokens(one: str, other: str) -> None:
    assert (ONE.blind("name", one) == ONE.blind("name", other)) == (one == other)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_token_says_nothing_in_another_column_or_under_another_key(value: str) -> None:
    """A telephone number in the card column is not found to be one."""
    tokens = {
        ONE.blind("name", value),
        ONE.blind("contact", value),
        OTHER.blind("name", value),
    }

    assert len(tokens) == 3
    assert {len(token) for token in tokens} == {16}


@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_new_entries_are_made_under_the_newest_key_and_found_under_every_one(vault):
    old = vault.blind("card", "21234000000018")
    vault.store.make_named_key(INDEX, 2)
    vault.forget_cached_keys()

    assert vault.index_generation == 2
    assert vault.blind_all("card", "21234000000018") == [vault.blind("card", "21234000000018"), old]

    vault.store.destroy_named_key(INDEX, 1)
    vault.forget_cached_keys()
    assert old not in vault.blind_all("card", "21234000000018")


@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_another_processs_new_index_key_is_noticed_within_seconds(vault, open_vault, monkeypatch):
    """A desk that does not notice would write entries that nobody finds again."""
    vault.blind("card", "21234000000018")
    open_vault().store.make_named_key(INDEX, 2)
    later = vault._named[INDEX][0] + 5.1

    monkeypatch.setattr("circumspect.trust.vault.vault.time.monotonic", lambda: later)

    assert vault.index_generation == 2
