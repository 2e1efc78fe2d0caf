"""Key files: whatever is wrong with them, the vault stays shut and says which file."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable

import pytest

from circumspect.home import Home, HomeError
from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import KeyringError, NoKeyError
from circumspect.trust.vault.keyring import Keyring, kek_name
from circumspect.trust.vault.keystore import KeyStore
from circumspect.trust.vault.models import IndexKey, SubjectKey
from circumspect.trust.vault.places import field_place, subject_cipher
from circumspect.trust.vault.vault import SecretKeeper, Vault

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
FIRST = kek_name(1)


def refusal(open_vault: Callable[[], Vault]) -> str:
    """What the operator is told; no key in it."""
    with pytest.raises(KeyringError) as refused:
        open_vault()
    return str(refused.value)


def test_a_missing_key_file_is_named(open_vault, home):
    (home.keys / FIRST).unlink()

    assert FIRST in refusal(open_vault)


def test_a_missing_key_folder_is_named(open_vault, home):
    shutil.move(home.keys, home.root / "elsewhere")

    assert str(home.keys) in refusal(open_vault)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"circumspect-kek-v1 " + b"0" * 63, b"circumspect-kek-v2 " + b"0" * 64, b"\x00" * 84],
)
def test_a_damaged_key_file_is_named_and_not_repeated(open_vault, home, content):
    (home.keys / FIRST).write_bytes(content)

    said = refusal(open_vault)

    assert FIRST in said
    assert "damaged" in said
    assert "000000" not in said


def test_another_homes_key_is_refused(open_vault, home):
    (home.keys / FIRST).write_bytes(b"circumspect-kek-v1 " + b"ab" * 32 + b"\n")

    said = refusal(open_vault)

    assert FIRST in said
    assert "is not the one this key store was made with" in said
    assert "abab" not in said


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_file_that_others_can_read_is_refused(open_vault, home, mode):
    (home.keys / FIRST).chmod(mode)

    said = refusal(open_vault)

    assert FIRST in said
    assert f"{mode:04o}" in said
    assert "chmod 600" in said


def test_a_key_store_that_was_not_restored_is_refused(open_vault, home):
    open_vault()
    IndexKey.objects.all().delete()

    assert "key store is empty" in refusal(open_vault)


def test_a_key_is_never_written_over_another(home):
    Keyring.add_to_home(home, 1)
    before = (home.keys / FIRST).read_bytes()

    with pytest.raises(HomeError, match=FIRST):
        Keyring.add_to_home(home, 1)

    assert (home.keys / FIRST).read_bytes() == before
    assert (home.keys / FIRST).stat().st_mode & 0o777 == 0o600


def test_no_keyring_without_a_key():
    with pytest.raises(KeyringError):
        Keyring({})


# a new key-encryption key

PATRONS = range(1, 24)


def seal_one_each(vault: Vault) -> dict[int, bytes]:
    """A value of each patron's."""
    return {
        patron: sealer.seal("registration", patron, "city", f"city {patron}")
        for patron, sealer in vault.new_subjects(PATRONS).items()
    }


def opens(store: KeyStore, patron: int, blob: bytes) -> bool:
    """Whether a patron's value opens with the keys that are there."""
    cipher = subject_cipher(store.subject_key(patron))
    return crypto.decrypt(cipher, blob, field_place(patron, "registration", patron, "city")) == (
        f"city {patron}".encode()
    )


@pytest.mark.parametrize("stop_after", range(7))
def test_rotation_stopped_after_any_batch_goes_on_and_loses_nobody(open_vault, home, stop_after):
    """At every moment every record opens; at the end the old file can go."""
    vault = open_vault()
    blobs = seal_one_each(vault)
    link = vault.link("loans", 5)
    seed = vault.secrets.protect("totp:1", b"seed")
    Keyring.add_to_home(home, 2)

    interrupted = KeyStore(Keyring.from_home(home))
    for _ in range(stop_after):
        interrupted.rewrap_subjects(4)

    # A power cut; both files are still there and everything opens.
    assert all(opens(open_vault().store, patron, blob) for patron, blob in blobs.items())
    resumed = KeyStore(Keyring.from_home(home))
    while resumed.rewrap_subjects(4):
        pass
    resumed.rewrap_the_rest()
    assert resumed.rewrap_subjects(4) == 0
    assert resumed.rewrap_the_rest() == 0
    assert set(resumed.wrapped_under()) == {2}

    (home.keys / FIRST).unlink()

    after = open_vault()
    assert all(opens(after.store, patron, blob) for patron, blob in blobs.items())
    assert after.link("loans", 5).token == link.token
    assert after.secrets.reveal("totp:1", seed) == b"seed"


def test_an_old_key_removed_too_early_is_noticed_at_the_start(open_vault, home):
    """Half the patrons are still wrapped under it: refuse to start rather than refuse those patrons."""
    seal_one_each(open_vault())
    Keyring.add_to_home(home, 2)
    store = KeyStore(Keyring.from_home(home))
    store.rewrap_subjects(10)
    store.rewrap_the_rest()
    kept = (home.keys / FIRST).read_bytes()
    (home.keys / FIRST).unlink()

    assert FIRST in refusal(open_vault)

    (home.keys / FIRST).write_bytes(b"circumspect-kek-v1 " + b"ab" * 32 + b"\n")
    (home.keys / FIRST).chmod(0o600)
    assert FIRST in refusal(open_vault)
    (home.keys / FIRST).write_bytes(kept)
    open_vault()


def test_a_destroyed_key_does_not_come_back_in_a_rotation(open_vault, home):
    """Forgotten between reading a batch and writing it."""
    vault = open_vault()
    seal_one_each(vault)
    Keyring.add_to_home(home, 2)
    store = KeyStore(Keyring.from_home(home))
    wrap = store.keyring.wrap

    def forget_meanwhile(key, place):
        if place == b"subject|3":
            SubjectKey.objects.filter(subject=3).delete()
        return wrap(key, place)

    store.keyring.wrap = forget_meanwhile
    while store.rewrap_subjects(4):
        pass

    with pytest.raises(NoKeyError):
        open_vault().store.subject_key(3)


def test_a_wrapped_key_does_not_open_in_another_patrons_row(open_vault):
    """Two rows of the key store exchanged by somebody who can write to it."""
    vault = open_vault()
    vault.new_subjects([1, 2])
    SubjectKey.objects.filter(subject=1).update(wrapped=SubjectKey.objects.get(subject=2).wrapped)

    with pytest.raises(KeyringError):
        vault.store.subject_key(1)


def test_many_keys_are_read_in_one_go_and_only_those_that_are(vault):
    """More than fit one statement, some of them unknown."""
    known = random.Random(5).sample(range(1, 10**9), 1203)
    keys = vault.store.make_subject_keys(known)

    found = vault.store.subject_keys([*known, 10**10])

    assert found == keys
    assert vault.subjects_with_keys([known[0], 10**10]) == {known[0]}


def test_a_secret_is_bound_to_its_label(vault):
    """One member's TOTP seed does not open as another's."""
    blob = vault.secrets.protect("totp:1", b"seed")

    with pytest.raises(crypto.TamperedError):
        vault.secrets.reveal("totp:2", blob)
    with pytest.raises(crypto.TamperedError):
        SecretKeeper(crypto.new_key()).reveal("totp:1", blob)


def test_the_pin_key_is_the_houses_own_and_stable(open_vault):
    assert open_vault().pin_key() == open_vault().pin_key()
    assert len(open_vault().pin_key()) == 32


def test_home_refuses_a_key_folder_it_cannot_write(home: Home):
    (home.keys / "taken").write_bytes(b"x")

    with pytest.raises(HomeError, match="taken"):
        home.write_key_file("taken", b"y")
