"""The unsealing room. Only the door comes here, and only with a receipt of its ledger entry.

A grant names subjects, series, fields and an end. Whatever it does not name stays sealed. The
right to make grants exists once for each vault (``Vault.claim_unsealer``); an import contract
keeps every other room out.

Source: guarantees 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import BrokenSealError, NoGrantError, NoKeyError
from circumspect.trust.vault.keystore import KeyStore
from circumspect.trust.vault.places import back_place, field_place, subject_cipher
from circumspect.trust.vault.sealed import Sealed


class Keys(dict[int, bytes]):
    """Data keys by subject, for the length of one ask. Prints as a count: a traceback must not show a key."""

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"

    @cached_property
    def ciphers(self) -> dict[int, AESGCM]:
        """What opens each subject's fields; made once for all parts of an ask."""
        return {subject: subject_cipher(key) for subject, key in self.items()}


@dataclass(slots=True, repr=False)
class Grant:
    """The right to read named fields of named subjects until a moment.

    Attributes:
        ledger_index: Where the entry that allowed it stands; a grant without one cannot be made.
        ends_at: Seconds on the door's clock.
    """

    series: str
    fields: frozenset[str]
    ledger_index: int
    ends_at: float
    ciphers: Mapping[int, AESGCM] = field(default_factory=dict)


class Unsealer:
    """Reads sealed values for the door."""

    def __init__(self, store: KeyStore, back_cipher: Callable[[str, int], AESGCM]) -> None:
        self._store = store
        self._back_cipher = back_cipher

    def keys(self, subjects: Sequence[int]) -> Keys:
        """The data keys of the subjects that an ask names.

        Raises:
            NoKeyError: One of them has none.
        """
        if len(subjects) == 1:
            return Keys({subjects[0]: self._store.subject_key(subjects[0])})
        found = Keys(self._store.subject_keys(subjects))
        if len(found) != len(set(subjects)):
            raise NoKeyError
        return found

    @staticmethod
    def digest(key: bytes, subject: int, nonce: bytes) -> bytes:
        """The salted digest that a ledger leaf commits to; the salt dies with the subject's key."""
        return crypto.prf(crypto.subkey(key, b"ledger salt"), nonce, subject.to_bytes(8, "big"))

    @staticmethod
    def grant(keys: Keys, series: str, fields: frozenset[str], *, ledger_index: int, ends_at: float) -> Grant:
        """A grant over those subjects, for an entry that is already durable."""
        if ledger_index < 0:
            raise NoGrantError("a grant needs a ledger entry")
        return Grant(
            series,
            fields,
            ledger_index,
            ends_at,
            keys.ciphers,
        )

    @staticmethod
    def unseal(grant: Grant, sealed: Sealed, now: float) -> str:
        """The value.

        Raises:
            NoGrantError: The grant has ended, or does not name this series, field or subject.
            BrokenSealError: The value was sealed for another place, or is damaged.
        """
        if now >= grant.ends_at:
            raise NoGrantError("this opening has ended; ask again")
        if sealed.series != grant.series or sealed.field not in grant.fields:
            raise NoGrantError(f"this opening does not reach {sealed.series}.{sealed.field}")
        cipher = grant.ciphers.get(sealed.subject)
        if cipher is None:
            raise NoGrantError("this opening is of another record")
        place = field_place(sealed.subject, sealed.series, sealed.record, sealed.field)
        try:
            return crypto.decrypt(cipher, sealed.blob, place).decode()
        except crypto.TamperedError:
            raise BrokenSealError(sealed.series, sealed.field) from None

    def subject_of(self, series: str, epoch: int, token: bytes, back: bytes) -> int:
        """Whose record a link belongs to.

        Raises:
            EpochOverError: The epoch's key is gone.
            BrokenSealError: The back-reference is not that link's.
        """
        cipher = self._back_cipher(series, epoch)
        try:
            raw = crypto.decrypt(cipher, back, back_place(series, epoch, token))
        except crypto.TamperedError:
            raise BrokenSealError(series, "link") from None
        return int.from_bytes(raw, "big")
