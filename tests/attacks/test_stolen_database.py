"""Guarantee 1, short form: a stolen database says nothing.

The long forms are ``python -m tests.attacks.stolen_database --full`` and
``python -m tests.attacks.name_frequencies --full``, or ATTACKS=long.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from name_frequencies import HOLD_PER_CENT, a_town, index, looked_up, mean, public_values, recovered
from stolen_database import (
    CARD,
    MAIL,
    MARKS,
    TWINS,
    Canary,
    Life,
    broken_seal,
    rows_of_everything,
    search,
)
from stolen_people import COLLEAGUE, NAMED_IN, SECRETS, use_staff

from circumspect.records.patrons import finding
from circumspect.trust.vault.vault import SecretKeeper, Vault

pytestmark = pytest.mark.attack(1)  # the twins, and what tokens tell, are the same on both databases: once
HERE = Path(__file__).parent
LONG = os.environ.get("ATTACKS") == "long"
on_databases = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.mark.clause("MP-4.2", "MP-4.4", "MP-4.7", "MP-4.15", "TH-1.16")
def test_the_stolen_folder_holds_nothing_of_anybody():
    """Every byte of records, ledger, their logs and the server's log; and the key folder alone."""
    command = [sys.executable, str(HERE / "stolen_database.py"), *(["--full"] if LONG else [])]

    done = subprocess.run(command, capture_output=True, text=True, timeout=7200, check=False)

    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "\n0 hits\n" in done.stdout
    assert f"{1000 if LONG else 150} canary patrons" in done.stdout


@pytest.fixture
def noisy(home):
    """A log that takes everything."""
    home.config["fields"]["on"] = ["driver_licence", "sex"]
    return logging.getLogger("attack")


@pytest.mark.clause("MP-4.4", "MP-4.15")
@on_databases
def test_no_value_of_any_table_holds_anything_of_anybody(noisy, house):
    """The same life, read back through SQL: on PostgreSQL too."""
    life, canaries = Life(house, noisy), [Canary(number) for number in range(30)]
    life.live(canaries)
    life.in_the_offices(canaries)

    rows = rows_of_everything()
    assert search(rows, (*MARKS, *SECRETS)) == []
    named = {hit.rpartition(": ")[0] for hit in search(rows, [COLLEAGUE])}
    assert named == NAMED_IN, "colleagues are named where SECURITY.md says, and nowhere else"


@on_databases
@pytest.mark.once
@pytest.mark.parametrize("twin", sorted(TWINS))
def test_a_seal_that_leaks_is_caught(noisy, house, twin):
    """One field of one series, in any form."""
    with broken_seal(twin):
        Life(house, noisy).live([Canary(number) for number in range(10)])

    assert any("default: patrons_patron" in hit for hit in search(rows_of_everything()))


@pytest.mark.once
@on_databases
@pytest.mark.parametrize(
    ("leaky", "where"),
    [
        ("citation", "default: ill_"),
        ("balance", "default: patrons_patron"),
        ("sender", "default: inquiries_"),
        ("attachment", "default: inquiries_"),
        ("address", "default: communications_"),
    ],
)
def test_a_leak_of_what_is_used_less_often_is_caught(noisy, house, leaky, where):
    """Wishes to other libraries, deposits, whoever wrote a letter, its files, the newsletter's addresses."""
    with broken_seal("hex", leaky):
        Life(house, noisy).live([Canary(number) for number in range(10)])

    assert any(where in hit for hit in search(rows_of_everything()))


@pytest.mark.once
@on_databases
@pytest.mark.parametrize("leak", ["address", "code"])
def test_a_secret_of_a_colleague_that_leaks_is_caught(noisy, house, leak, monkeypatch):
    """A work address or what makes the codes, kept as it is."""
    real = SecretKeeper.protect
    starts = {"address": "staff.work_email", "code": "staff.totp"}[leak]

    def protect(self, label, value):
        told = base64.b32encode(value) if leak == "code" else value
        return real(self, label, value) + (told if label.startswith(starts) else b"")

    monkeypatch.setattr(SecretKeeper, "protect", protect)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)  # nothing here is about its strength
    use_staff(house, noisy)

    assert any("default: staff_" in hit for hit in search(rows_of_everything(), (*MARKS, *SECRETS)))


@pytest.mark.once
@on_databases
def test_a_letterbox_that_is_no_box_is_caught(noisy, house):
    """What was scanned without a line, kept as it was typed."""
    from circumspect.records.circulation.offline_models import OfflineConflict

    Life(house, noisy).live([Canary(number) for number in range(10)])
    OfflineConflict.objects.update(letter=f'{{"cards": ["{CARD}0007"]}}'.encode())

    assert any("offline" in hit for hit in search(rows_of_everything()))


@pytest.mark.once
@on_databases
def test_a_card_number_or_address_left_in_a_table_is_caught(noisy, house):
    """The thief looks in every column of every table, not only where patrons stand."""
    from circumspect.records.catalog.models import Item

    Life(house, noisy).live([Canary(number) for number in range(10)])
    Item.objects.filter(barcode="B0000001").update(call_number=f"lent to {CARD}0001")
    Item.objects.filter(barcode="B0000002").update(call_number=f"ask {MAIL}2@".upper())

    assert [hit for hit in search(rows_of_everything()) if "catalog_item" in hit]


# names by frequency

# One town says little: a lucky guess names a whole cluster. The mean of several is what the hold speaks of.
TOWNS = [a_town(3000, seed) for seed in range(1, 21 if LONG else 9)]


@pytest.mark.once
@pytest.mark.clause("MP-4.5", "MP-4.15")
@on_databases
def test_hardly_a_name_is_told_from_how_often_tokens_occur(house):
    """Eight towns or more; no attack does better than chance by more than one name in a hundred; no contact is told."""
    results = []
    for town in TOWNS:
        names, contacts = index(house.vault, town)
        results.append(recovered(names, town))
        assert looked_up([*names, *contacts], public_values(town)) == 0

    assert {name: per_cent for name, per_cent in mean(results).items() if per_cent > HOLD_PER_CENT} == {}


@pytest.mark.once
@on_databases
def test_an_index_without_slots_is_caught(house, monkeypatch):
    """The same thief, where every Smith has the same token."""
    monkeypatch.setattr(finding, "SLOT_SIZE", 10**9)
    town = TOWNS[0]

    names, _ = index(house.vault, town)

    assert max(recovered(names, town).values()) > 5 * HOLD_PER_CENT


@pytest.mark.once
@on_databases
@pytest.mark.parametrize(
    "twin",
    [lambda value: value.encode(), lambda value: hashlib.sha256(value.encode()).digest()[:16]],
    ids=["plain", "unkeyed digest"],
)
def test_an_index_without_a_key_is_caught(house, monkeypatch, twin):
    """Names and addresses are then looked up one by one."""
    monkeypatch.setattr(Vault, "blind", lambda _self, _column, value: twin(value))
    monkeypatch.setattr(Vault, "blind_all", lambda _self, _column, value: [twin(value)])
    town = TOWNS[0][:300]

    names, contacts = index(house.vault, town)

    assert looked_up(contacts, public_values(town)) > 250
    assert looked_up(names, public_values(town)) > 1000
