"""The few ciphers of the vault, each with its one way of use.

AES-256-GCM with a random 96-bit nonce; HMAC-SHA-256 as the pseudo-random function and to derive a
subkey for each use, so that no key serves two purposes.

Source: NIST SP 800-38D (GCM), RFC 2104 (HMAC), NIST SP 800-108 (derivation in counter-less form).
"""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
FORMAT = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class TamperedError(ValueError):
    """Ciphertext, key or place do not belong together."""


def new_key() -> bytes:
    """32 random bytes from the operating system."""
    return os.urandom(KEY_BYTES)


def prf(key: bytes, *parts: bytes) -> bytes:
    """32 bytes of HMAC-SHA-256 over the parts, each preceded by its length (no two lists collide)."""
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, message, "sha256")


def subkey(key: bytes, use: bytes) -> bytes:
    """The key for one use, derived from a key that is never used itself."""
    return hmac.digest(key, b"circumspect subkey\x00" + use, "sha256")


def encrypt(cipher: AESGCM, plain: bytes, place: bytes) -> bytes:
    """Format byte, nonce, ciphertext with tag; bound to ``place``."""
    nonce = os.urandom(_NONCE_BYTES)
    return FORMAT + nonce + cipher.encrypt(nonce, plain, place)


def decrypt(cipher: AESGCM, blob: bytes, place: bytes) -> bytes:
    """The plain bytes.

    Raises:
        TamperedError: Unknown format, too short, or not what was encrypted for this place.
    """
    if blob[:1] != FORMAT or len(blob) < 1 + _NONCE_BYTES + _TAG_BYTES:
        raise TamperedError
    try:
        return cipher.decrypt(blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :], place)
    except InvalidTag:
        raise TamperedError from None
