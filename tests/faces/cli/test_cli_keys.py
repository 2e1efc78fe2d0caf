"""Changing keys: nobody is lost, whenever it is interrupted, and old keys go when nothing needs them."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest
from cli_support import circumspect, killed_at, on_home

# A card and a name of the sample: found, opened and read the way a search at the desk does.
FIND = """
from circumspect.offices.staff import accounts, signoff
from circumspect.records.patrons import cards, finding
from circumspect.records.patrons.registration import open_records
from circumspect.trust.policy.request import Circumstance, Purpose
found = cards.find_card(house, "21234000000018")
clerk = signoff.actor_for(accounts.find_member("clerk"))
opened = open_records(
    house, clerk, [found.patron], ["family_name"], purpose=Purpose.SERVE, circumstance=Circumstance.CARD_SCANNED
)
print(opened[0]["family_name"], found.patron in finding.find_name(house.vault, "okafor", 50))
from circumspect.trust.vault.models import SubjectKey
keys = house.vault.store.subject_keys(list(SubjectKey.objects.values_list("subject", flat=True)))
print(len(keys), "keys open")
"""
FOUND = "Okafor-Lindqvist True\n530 keys open\n"
AFTER_DJANGO = """
from circumspect.faces.cli import homes
real_start = homes.start
def start(root):
    home = real_start(root)
    patch()
    return home
homes.start = start
"""
KEK_DEATHS = {
    "after the new key file": "Keyring.add_to_home = staticmethod(after(Keyring.add_to_home))",
    "after three batches": "keyrounds._BATCH = 60\n    KeyStore.rewrap_subjects = third(KeyStore.rewrap_subjects)",
    "before the epoch keys": "KeyStore.rewrap_the_rest = die",
    "before the old file goes": "keyrounds._remove_old = die",
    "before it is written over": "keyrounds._destroy = die",
}
INDEX_DEATHS = {
    "after the new key": "KeyStore.make_named_key = after(KeyStore.make_named_key)",
    "after three batches": "upkeep._BATCH = 60\n    upkeep._index_anew = third(upkeep._index_anew)",
    "before the old key goes": "KeyStore.destroy_named_key = die",
}


def _patch(lines: str) -> str:
    return f"""
def after(real):
    def work(*args, **kw):
        real(*args, **kw)
        die()
    return work
def third(real):
    calls = []
    def work(*args, **kw):
        calls.append(1)
        if len(calls) > 3:
            die()
        return real(*args, **kw)
    return work
def patch():
    from circumspect.faces.cli import keyrounds
    from circumspect.records.patrons import upkeep
    from circumspect.trust.vault.keyring import Keyring
    from circumspect.trust.vault.keystore import KeyStore
    {lines}
{AFTER_DJANGO}
"""


def test_a_new_key_encryption_key_wraps_everything_and_the_old_one_goes(sample: Path) -> None:
    old = (sample / "keys" / "kek-0001.key").read_bytes()

    done = circumspect("keys", "rotate", "--home", sample)

    assert done.code == 0
    assert "kek-0002.key" in done.output
    status = circumspect("keys", "status", "--home", sample, "--json").json
    assert [kek["file"] for kek in status["key_encryption_keys"]] == ["kek-0002.key"]
    assert status["unfinished"] == []
    assert old not in [path.read_bytes() for path in (sample / "keys").iterdir()]
    assert on_home(sample, FIND).output == FOUND


@pytest.mark.parametrize("death", KEK_DEATHS, ids=list(KEK_DEATHS))
def test_a_killed_change_of_the_key_encryption_key_goes_on_and_loses_nobody(sample: Path, death: str) -> None:
    assert killed_at(_patch(KEK_DEATHS[death]), "keys", "rotate", "--home", sample) == -signal.SIGKILL

    assert on_home(sample, FIND).output == FOUND
    assert circumspect("keys", "status", "--home", sample, "--json").json["unfinished"] == [
        "key-encryption key"
    ]
    assert "is unfinished" in circumspect("doctor", "--home", sample).output

    again = circumspect("keys", "rotate", "--home", sample)

    assert again.code == 0, again.errors
    assert "Going on with a change of keys" in again.output
    assert re.findall(r"kek-\d+[.a-z]*", " ".join(path.name for path in (sample / "keys").iterdir())) == [
        "kek-0002.key"
    ]
    assert on_home(sample, FIND).output == FOUND


@pytest.mark.parametrize("death", INDEX_DEATHS, ids=list(INDEX_DEATHS))
def test_a_killed_change_of_the_index_keys_goes_on_and_everybody_is_found(sample: Path, death: str) -> None:
    assert (
        killed_at(_patch(INDEX_DEATHS[death]), "keys", "rotate", "--index", "--home", sample)
        == -signal.SIGKILL
    )

    assert on_home(sample, FIND).output == FOUND

    again = circumspect("keys", "rotate", "--index", "--home", sample)

    assert again.code == 0, again.errors
    status = circumspect("keys", "status", "--home", sample, "--json").json
    assert (status["index_generations"], status["unfinished"]) == ([2], [])
    assert on_home(sample, FIND).output == FOUND


@pytest.mark.attack(1)
def test_the_status_of_keys_shows_no_key(sample: Path) -> None:
    kek = (sample / "keys" / "kek-0001.key").read_text().split()[1]

    for words in (["keys", "status"], ["keys", "status", "--json"], ["doctor", "--json"]):
        told = circumspect(*words, "--home", sample)
        assert kek not in told.output
        assert not re.search(r"[0-9a-f]{32}", told.output)
