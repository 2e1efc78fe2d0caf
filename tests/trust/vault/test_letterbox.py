"""Letterboxes: what is sealed to one opens with its key, whole and unchanged, and with nothing else."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from circumspect.trust.vault.errors import BrokenSealError, NoKeyError

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
PLAIN = b'{"do": "out"}'


@pytest.fixture
def letterbox(house):
    return house.vault.letterbox


def sealed_by_a_device(public_key: bytes, box: int, plain: bytes) -> bytes:
    """By RFC 9180 as another program has it, from what a device is told."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    return SUITE.encrypt(plain, theirs, f"circumspect letter 1|letterbox:{box:016x}".encode())


def test_what_a_device_seals_opens(letterbox):
    key = letterbox.make(5)

    assert letterbox.open_letter(5, sealed_by_a_device(key, 5, PLAIN)) == PLAIN
    assert letterbox.open_letter(5, letterbox.seal(5, PLAIN)) == PLAIN


def test_two_letters_of_one_scan_have_nothing_in_common(letterbox):
    letterbox.make(5)

    first, second = letterbox.seal(5, PLAIN), letterbox.seal(5, PLAIN)

    assert first[:65] != second[:65]
    assert first[65:] != second[65:]


@pytest.mark.attack(1)
def test_no_changed_letter_opens(letterbox):
    """Each byte in its turn."""
    letterbox.make(5)
    letter = letterbox.seal(5, PLAIN)

    for place in range(len(letter)):
        changed = letter[:place] + bytes([letter[place] ^ 0x20]) + letter[place + 1 :]
        with pytest.raises(BrokenSealError):
            letterbox.open_letter(5, changed)
    for cut in (letter[:-1], letter[1:], letter + b"\0", b"", b"\0" * 200_000):
        with pytest.raises(BrokenSealError):
            letterbox.open_letter(5, cut)


def test_a_letter_opens_in_no_other_box_even_with_the_same_key(letterbox):
    key = letterbox.make(5)
    letterbox.make(6)

    with pytest.raises(BrokenSealError):
        letterbox.open_letter(6, letterbox.seal(5, PLAIN))
    with pytest.raises(BrokenSealError):
        letterbox.open_letter(5, sealed_by_a_device(key, 6, PLAIN))


@pytest.mark.attack(7)
def test_once_its_key_is_destroyed_nothing_opens(house, letterbox):
    from circumspect.trust.vault.models import IndexKey

    letterbox.make(5)
    letter = letterbox.seal(5, PLAIN)

    letterbox.destroy(5)

    with pytest.raises(NoKeyError):
        letterbox.open_letter(5, letter)
    assert letterbox.boxes() == set()
    assert not IndexKey.objects.filter(name__startswith="letterbox").exists()
    letterbox.make(5)  # the same number again is another box
    with pytest.raises(BrokenSealError):
        letterbox.open_letter(5, letter)


@pytest.mark.clause("MP-4.7")
def test_a_new_key_encryption_key_takes_the_boxes_along(home, make_house):
    from circumspect.trust.vault.keyring import Keyring

    house = make_house()
    house.vault.letterbox.make(5)
    letter = house.vault.letterbox.seal(5, PLAIN)
    Keyring.add_to_home(home, 2)
    fresh = make_house()

    fresh.vault.store.rewrap_the_rest()

    (home.keys / "kek-0001.key").unlink()
    assert make_house().vault.letterbox.open_letter(5, letter) == PLAIN


@pytest.mark.attack(1)
def test_the_key_store_holds_no_private_key_in_clear(house, letterbox):
    from circumspect.trust.vault.models import IndexKey

    letterbox.make(5)
    row = IndexKey.objects.get(name__startswith="letterbox")
    raw = house.vault.store.named_keys(row.name)[1]

    assert raw not in bytes(row.wrapped)
