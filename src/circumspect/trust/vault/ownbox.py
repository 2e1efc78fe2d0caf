"""Boxes of patrons' own: the house can put something in, and may be unable to take it out again.

A box is a key pair. Whoever has the public half seals a letter to the box (HPKE, as ``letterbox`` does);
only the private half opens it. Where the box is *locked*, the private half itself is sealed under a key
made from a secret that the patron brings and the house does not keep. One that is typed goes through Argon2id,
memory-hard, so that each guess costs; it can still be guessed by whoever holds the whole machine, and SECURITY.md says how
long that takes. One that an authenticator made is 32 random bytes, and is not guessed.

The private half, locked or not, rests besides under the patron's own data key, so that a forgotten
patron's box is noise. Letters are padded: their length does not tell a title.

Source: RFC 9180; RFC 9106; guarantee 1; clauses TH-1.11, MP-4.3.
"""

from __future__ import annotations

import os

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import BrokenSealError

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"circumspect own box 1|"
_PRIVATE_BYTES = 32
_SALT_BYTES = 16
_PAD_TO = 256
# What one guess at a locked box costs: memory in KiB, and passes over it.
MEMORY_KIB = 65536
PASSES = 3


def make() -> tuple[bytes, bytes]:
    """A new box: its public half (65 bytes, uncompressed point) and its private half (32 bytes)."""
    pair = ec.generate_private_key(ec.SECP256R1())
    public = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return public, pair.private_numbers().private_value.to_bytes(_PRIVATE_BYTES, "big")


def put_in(public: bytes, plain: bytes, place: bytes) -> bytes:
    """Seal a letter to a box. It opens only with the private half, and only at this place."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    return _SUITE.encrypt(_padded(plain), key, _INFO + place)


def out_of_box(private: bytes, letter: bytes, place: bytes) -> bytes:
    """What a letter says. Raises BrokenSealError where box, letter and place do not belong together."""
    key = ec.derive_private_key(int.from_bytes(private, "big"), ec.SECP256R1())
    try:
        padded = _SUITE.decrypt(letter, key, _INFO + place)
    except InvalidTag:
        raise BrokenSealError("reading", "titles") from None
    return padded[2 : 2 + int.from_bytes(padded[:2], "big")]


def lock(private: bytes, secret: str | bytes, place: bytes) -> bytes:
    """The private half under a key made from a secret: salt, then ciphertext bound to ``place``.

    Args:
        secret: A text that somebody types, or 32 random bytes.
    """
    salt = os.urandom(_SALT_BYTES)
    return salt + crypto.encrypt(AESGCM(_stretched(secret, salt)), private, place)


def unlock_box(blob: bytes, secret: str | bytes, place: bytes) -> bytes | None:
    """The private half; None where the secret is not the one it was locked with."""
    salt, sealed = blob[:_SALT_BYTES], blob[_SALT_BYTES:]
    try:
        return crypto.decrypt(AESGCM(_stretched(secret, salt)), sealed, place)
    except crypto.TamperedError:
        return None


def _stretched(secret: str | bytes, salt: bytes) -> bytes:
    if isinstance(secret, bytes):
        return crypto.prf(secret, b"own box lock", salt)
    return hash_secret_raw(
        secret.encode(),
        salt,
        time_cost=PASSES,
        memory_cost=MEMORY_KIB,
        parallelism=1,
        hash_len=crypto.KEY_BYTES,
        type=Type.ID,
    )


def _padded(plain: bytes) -> bytes:
    whole = len(plain).to_bytes(2, "big") + plain
    return whole + bytes(-len(whole) % _PAD_TO)
