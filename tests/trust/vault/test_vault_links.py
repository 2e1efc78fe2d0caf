"""Links live for an epoch and then belong to nobody."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections

from circumspect.trust.vault.errors import BrokenSealError, EpochOverError
from circumspect.trust.vault.models import EpochKey
from circumspect.trust.vault.unsealing import Unsealer
from circumspect.trust.vault.vault import EpochRule, Vault

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
ADA, BEN = 4217, 9001


def unsealer_of(vault: Vault) -> Unsealer:
    """The door's right to unseal, taken for the test."""
    return vault.claim_unsealer()


@pytest.mark.clause("MP-4.5", "TH-1.11")
def test_two_epochs_of_one_patron_share_no_link(vault, clock):
    """Nor do two series, nor two patrons; and one patron has one link within an epoch."""
    first = vault.link("loans", ADA)
    again = vault.link("loans", ADA)
    ledger = vault.link("ledger", ADA)
    clock.forward(days=28)
    second = vault.link("loans", ADA)

    assert first.token == again.token
    assert first.back != again.back
    assert second.epoch == first.epoch + 1
    tokens = {first.token, second.token, ledger.token, vault.link("loans", BEN).token}
    assert len(tokens) == 4


def test_a_link_is_found_through_all_its_live_epochs(vault, clock):
    made = {}
    for _ in range(4):
        link = vault.link("loans", ADA)
        made[link.epoch] = link.token
        clock.forward(days=28)

    assert vault.links("loans", ADA) == made
    assert vault.links("loans", BEN).keys() == made.keys()


def test_the_back_reference_says_whose_link_it_is(vault):
    link = vault.link("loans", ADA)

    assert unsealer_of(vault).subject_of("loans", link.epoch, link.token, link.back) == ADA


def test_a_back_reference_pasted_to_another_link_does_not_open(vault, clock):
    """Nobody can make a loan another patron's by moving bytes."""
    ada, ben = vault.link("loans", ADA), vault.link("loans", BEN)
    look = vault.link("ledger", ADA)
    unsealer = unsealer_of(vault)

    for series, epoch, token, back in (
        ("loans", ada.epoch, ben.token, ada.back),
        ("ledger", look.epoch, ada.token, ada.back),
        ("loans", ada.epoch, ada.token, look.back),
    ):
        with pytest.raises(BrokenSealError):
            unsealer.subject_of(series, epoch, token, back)


@pytest.mark.clause("TH-1.8")
def test_a_destroyed_epochs_links_belong_to_nobody(vault, open_vault):
    """At once, although the key was in memory a moment ago."""
    link = vault.link("loans", ADA)
    unsealer = unsealer_of(vault)
    assert unsealer.subject_of("loans", link.epoch, link.token, link.back) == ADA

    assert vault.destroy_epoch("loans", link.epoch)

    with pytest.raises(EpochOverError):
        unsealer.subject_of("loans", link.epoch, link.token, link.back)
    assert vault.links("loans", ADA) == {}
    assert open_vault().links("loans", ADA) == {}
    assert not vault.destroy_epoch("loans", link.epoch)
    assert EpochKey.objects.get(series="loans", epoch=link.epoch).wrapped is None


@pytest.mark.clause("TH-1.8", "TH-1.5")
def test_an_epochs_life_ends_on_its_day_whether_or_not_a_job_ran(vault, clock, open_vault):
    """28 days of making links, 365 of opening them, then nothing: cached or not."""
    link = vault.link("loans", ADA)
    unsealer = unsealer_of(vault)

    clock.forward(days=27 + 365)
    assert unsealer.subject_of("loans", link.epoch, link.token, link.back) == ADA
    assert vault.due_epochs() == []
    clock.forward(days=1)

    for view in (vault, open_vault()):
        with pytest.raises(EpochOverError):
            view.back_cipher("loans", link.epoch)
        assert link.epoch not in view.links("loans", ADA)
    assert vault.due_epochs() == [("loans", link.epoch)]


def test_a_clock_set_back_brings_no_destroyed_epoch_to_life(vault, clock):
    link = vault.link("loans", ADA)
    clock.forward(days=400)
    vault.destroy_epoch("loans", link.epoch)

    clock.forward(days=-400)

    with pytest.raises(EpochOverError):
        vault.back_cipher("loans", link.epoch)
    assert vault.link("loans", ADA).token != link.token


def test_another_processs_destruction_is_noticed_within_seconds(vault, open_vault, monkeypatch):
    link = vault.link("loans", ADA)
    open_vault().destroy_epoch("loans", link.epoch)
    later = vault._epochs_read_at + 5.1

    monkeypatch.setattr("circumspect.trust.vault.vault.time.monotonic", lambda: later)

    with pytest.raises(EpochOverError):
        vault.back_cipher("loans", link.epoch)


def test_an_ageing_epoch_is_told_in_time(vault, clock):
    link = vault.link("loans", ADA)
    assert vault.ageing_epochs("loans", 7) == []

    clock.forward(days=28 + 365 - 7)

    assert vault.ageing_epochs("loans", 7) == [link.epoch]


def test_the_store_keeps_no_link_key_of_a_destroyed_epoch_on_any_day(vault, clock):
    for _ in range(3):
        vault.link("loans", ADA)
        clock.forward(days=400)
        for series, epoch in vault.due_epochs():
            vault.destroy_epoch(series, epoch)

    assert EpochKey.objects.filter(wrapped__isnull=False).count() == 0
    assert EpochKey.objects.filter(destroyed_on=None).count() == 0


def test_the_right_to_unseal_is_given_once(vault):
    vault.claim_unsealer()

    with pytest.raises(Exception, match="claimed by the door"):
        vault.claim_unsealer()


def test_a_series_without_an_epoch_rule_makes_no_link(vault):
    with pytest.raises(KeyError):
        vault.link("registration", ADA)


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_many_desks_opening_on_the_first_day_share_one_epoch(home, clock, transactional_db):
    """Eight processes find no epoch at the same moment."""

    Vault.create(home)
    at_once = threading.Barrier(8)
    tokens: list[bytes] = []
    problems: list[BaseException] = []

    def desk() -> None:
        try:
            vault = Vault.open(home, {"loans": EpochRule(28, 365)}, lambda: dt.date(2026, 11, 23))
            at_once.wait()
            tokens.append(vault.link("loans", ADA).token)
        except BaseException as problem:  # noqa: BLE001 - told below, in the thread that can fail the test
            problems.append(problem)
        finally:
            connections.close_all()

    desks = [threading.Thread(target=desk) for _ in range(8)]
    for each in desks:
        each.start()
    for each in desks:
        each.join()

    assert problems == []
    assert len(set(tokens)) == 1
    assert EpochKey.objects.filter(series="loans").count() == 1
