"""Letterboxes: what a device without a line seals, and only the house opens.

A letterbox is a key pair of its own for one device and one stretch of work. The device gets the public
half; what it seals it cannot read again, and nobody who takes the device can. The private half is one of
the named keys, wrapped like every other; destroying it turns every letter to this box into noise, those in
copies of the device and in backups too.

A letter is the single-shot mode of HPKE: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. Its
*info* says which box, so that a letter to one box does not open in another, and a changed letter in none.
P-256, because every browser in use has it.

Opening is the door's work (``trust/door/letters``); no other room calls ``open_letter``.

Source: RFC 9180, sections 5.1.1 and 7; ARCHITECTURE.md, "How patron information rests"; guarantee 1.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import BrokenSealError, NoKeyError
from circumspect.trust.vault.keystore import KeyStore

MOST_LETTER_BYTES = 16_384
_PREFIX = "letterbox:"
_INFO = b"circumspect letter 1|"
# The order of P-256's base point: a private key is a number from 1 to one less.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Letterbox:
    """The letterboxes of one home. A box is a number of 62 bits that says nothing."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store

    def make(self, box: int) -> bytes:
        """Make a box's keys, durably; its public key, 65 bytes (uncompressed point)."""
        self._store.make_named_key(_name(box), 1)
        return _public(self._key(box))

    def seal(self, box: int, plain: bytes) -> bytes:
        """A letter to a box, as a device would seal it.

        Raises:
            NoKeyError: The box's keys are destroyed, or never were.
        """
        return _SUITE.encrypt(plain, _private(self._key(box)).public_key(), _INFO + _name(box).encode())

    def open_letter(self, box: int, letter: bytes) -> bytes:
        """What a letter says. For the door alone.

        Raises:
            NoKeyError: The box's keys are destroyed, or never were.
            BrokenSealError: The letter is altered, cut, too long, or was meant for another box.
        """
        private = _private(self._key(box))
        if len(letter) > MOST_LETTER_BYTES:
            raise BrokenSealError("letters", "letter")
        try:
            return _SUITE.decrypt(letter, private, _INFO + _name(box).encode())
        except InvalidTag:
            raise BrokenSealError("letters", "letter") from None

    def destroy(self, box: int) -> None:
        """Destroy a box's keys: nothing sealed to it opens any more, here or in any copy."""
        self._store.destroy_named_key(_name(box), 1)

    def boxes(self) -> set[int]:
        """Every box whose keys are there."""
        return {int(name.removeprefix(_PREFIX), 16) for name in self._store.names(_PREFIX)}

    def _key(self, box: int) -> bytes:
        found = self._store.named_keys(_name(box))
        if not found:
            raise NoKeyError
        return found[1]


def _name(box: int) -> str:
    return f"{_PREFIX}{box:016x}"


def _private(seed: bytes) -> ec.EllipticCurvePrivateKey:
    # 64 bytes taken modulo the order: no number is likelier than another by more than 2^-255 (FIPS 186-5, A.2.1).
    wide = crypto.prf(seed, b"letterbox", b"1") + crypto.prf(seed, b"letterbox", b"2")
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def _public(seed: bytes) -> bytes:
    return _private(seed).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
