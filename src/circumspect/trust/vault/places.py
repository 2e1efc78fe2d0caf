"""What ciphertext is bound to, and under which subkey: the same words for sealing and unsealing."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from circumspect.trust.vault import crypto


def subject_cipher(key: bytes) -> AESGCM:
    """The cipher of one subject's fields."""
    return AESGCM(crypto.subkey(key, b"seal"))


def field_place(subject: int, series: str, record: int, field: str) -> bytes:
    """A sealed value belongs to one field of one record of one subject."""
    return f"field|{series}|{subject}|{record}|{field}".encode()


def back_place(series: str, epoch: int, token: bytes) -> bytes:
    """A back-reference belongs to one link of one epoch."""
    return f"back|{series}|{epoch}|".encode() + token
