"""Seal values, find them blindly, tie circulation to patrons by links that die.

What the vault decides: which key serves which use, and that nothing unseals without a grant. It
does not know what a patron is: a *subject* is a number with a key. Unsealing lives in
``unsealing``, which only the door may reach, once.

- A value is sealed under its subject's key and bound to series, record and field.
- A blind index is a keyed PRF of a normalised value, one derived key for each column and generation.
- A link is a keyed PRF of the subject under the key of one series and one epoch, beside the subject
  sealed under a sister key. When the epoch's key is destroyed, link and back-reference belong to nobody.

Source: ARCHITECTURE.md, "How patron information rests"; guarantees 1, 7, 8.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from circumspect.home import Home
from circumspect.trust.vault import crypto
from circumspect.trust.vault import erasures as erasing
from circumspect.trust.vault.erasures import ErasureList
from circumspect.trust.vault.errors import EpochOverError, KeyringError, NoGrantError, VaultError
from circumspect.trust.vault.keyring import Keyring
from circumspect.trust.vault.keystore import Epoch, KeyStore
from circumspect.trust.vault.letterbox import Letterbox
from circumspect.trust.vault.places import back_place, field_place, subject_cipher
from circumspect.trust.vault.unsealing import Unsealer

LINK_BYTES = 16
BLIND_BYTES = 16
INDEX = "index"
PIN = "pin"
SECRETS = "secrets"
_NAMED = (INDEX, PIN, SECRETS)
# A clock is set back by hours or days; one that ran years ahead was wrong then, and is not believed for ever.
_FALSE_DAYS = 31
# How long another process's destroyed epoch may live on in this one's memory.
_CACHE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EpochRule:
    """How long one link key makes links, and how long after that it still opens them, in days."""

    length_days: int
    life_days: int


@dataclass(frozen=True, slots=True)
class Link:
    """What a circulation record holds instead of a patron.

    Attributes:
        epoch: Number of the epoch within its series.
        token: 16 bytes, the same for one subject within one epoch.
        back: The subject, sealed under the epoch's second key.
    """

    epoch: int
    token: bytes
    back: bytes


class SecretKeeper:
    """Protects secrets of the house that are nobody's record, such as a staff member's TOTP seed."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(crypto.subkey(key, b"secrets"))

    def protect(self, label: str, value: bytes) -> bytes:
        """Encrypt, bound to the label."""
        return crypto.encrypt(self._cipher, value, label.encode())

    def reveal(self, label: str, blob: bytes) -> bytes:
        """Decrypt. Raises crypto.TamperedError where label or key do not fit."""
        return crypto.decrypt(self._cipher, blob, label.encode())


class Vault:
    """The vault of one home."""

    def __init__(
        self,
        keyring: Keyring,
        rules: Mapping[str, EpochRule],
        today: Callable[[], dt.date],
        erasures: ErasureList | None = None,
    ) -> None:
        self._calendar = today
        self._seen = dt.date.min
        self.store = KeyStore(keyring, self._today)
        self._erasures = erasures
        self.letterbox = Letterbox(self.store)
        self._rules = rules
        self._lock = Lock()
        self._epochs: dict[str, list[Epoch]] = {}
        self._epochs_read_at = float("-inf")
        self._columns: dict[str, tuple[dict[int, bytes], list[bytes]]] = {}
        self._named: dict[str, tuple[float, dict[int, bytes]]] = {}
        self._unsealer: Unsealer | None = Unsealer(self.store, self.back_cipher)

    @classmethod
    def open(cls, home: Home, rules: Mapping[str, EpochRule], today: Callable[[], dt.date]) -> Vault:
        """Open a home's vault, and prove that keys and key store belong together.

        Raises:
            KeyringError: A key is missing, damaged, readable by others, or another store's.
        """
        if (home.root / erasing.WANTED).exists():
            raise KeyringError(
                "this home was restored from a backup, and the newest list of erasures has not been brought:"
                " circumspect replay LIST, or circumspect replay --none-newer"
            )
        erasures = ErasureList(home.root / erasing.FILE)
        vault = cls(Keyring.from_home(home), rules, today, erasures)
        for name in _NAMED:
            if not vault.named(name):
                raise KeyringError(
                    "the key store is empty: it was not made with this home, or was not restored"
                )
        vault.store.prove_keyring()
        vault.carry_out_erasures()
        return vault

    def _today(self) -> dt.date:
        """The day, which does not go back: a clock set back wakes no key that was over.

        Further back than ``_FALSE_DAYS`` it was the earlier day that was false, and the present one counts.
        """
        day = self._calendar()
        if day > self._seen or (self._seen - day).days > _FALSE_DAYS:
            self._seen = day
        return self._seen

    @staticmethod
    def create(home: Home) -> None:
        """Make a home's first key-encryption key and the named keys. Needs a migrated key store."""
        Keyring.add_to_home(home, 1)
        store = KeyStore(Keyring.from_home(home))
        for name in _NAMED:
            store.make_named_key(name, 1)

    def claim_unsealer(self) -> Unsealer:
        """Hand out the one right to unseal. The door claims it when the house is built.

        Raises:
            NoGrantError: It has been claimed before.
        """
        unsealer, self._unsealer = self._unsealer, None
        if unsealer is None:
            raise NoGrantError("the right to unseal has been claimed by the door")
        return unsealer

    # sealing

    def new_subjects(self, subjects: Iterable[int], ends_on: dt.date | None = None) -> dict[int, Sealer]:
        """Make keys for new subjects; a sealer for each. Durable before this returns.

        Args:
            ends_on: The first day on which the keys open nothing, whether they have been destroyed or not.
        """
        keys = self.store.make_subject_keys(subjects, ends_on)
        return {subject: Sealer(subject, key) for subject, key in keys.items()}

    def prolong_subject(self, subject: int, ends_on: dt.date) -> bool:
        """Let a key that has a last day live longer; whether it did. What is over, or never ends, is not prolonged."""
        return self.store.prolong_subject_key(subject, ends_on)

    def due_subjects(self) -> list[int]:
        """Subjects whose key's last day is over, and has not been destroyed yet."""
        return self.store.due_subject_keys()

    def sealer(self, subject: int) -> Sealer:
        """A sealer for one subject. It can seal and not open. Raises NoKeyError."""
        return Sealer(subject, self.store.subject_key(subject))

    def seal(self, subject: int, series: str, record: int, field: str, value: str) -> bytes:
        """Seal one value. Raises NoKeyError."""
        return self.sealer(subject).seal(series, record, field, value)

    # blind indexes

    @property
    def index_generation(self) -> int:
        """The generation of index keys in which new entries are made."""
        return max(self.named(INDEX))

    def blind(self, column: str, value: str) -> bytes:
        """16 bytes that find a value without showing it, under the newest index key."""
        return crypto.prf(self._column_keys(column)[0], value.encode())[:BLIND_BYTES]

    def blind_all(self, column: str, value: str) -> list[bytes]:
        """The same under every live generation, newest first: two while a rotation runs."""
        return [crypto.prf(key, value.encode())[:BLIND_BYTES] for key in self._column_keys(column)]

    def _column_keys(self, column: str) -> list[bytes]:
        """The keys of one column, newest generation first; worked out once for each reading of the index keys."""
        generations = self.named(INDEX)
        source, keys = self._columns.get(column, (None, []))
        if source is not generations:
            newest_first = sorted(generations, reverse=True)
            keys = [crypto.subkey(generations[each], b"blind " + column.encode()) for each in newest_first]
            self._columns[column] = (generations, keys)
        return keys

    def pin_key(self) -> bytes:
        """The key mixed into every PIN before it is hashed: a stolen table of hashes cannot be guessed at."""
        return crypto.subkey(self.named(PIN)[1], b"pin")

    def proof(self, use: str, value: str) -> bytes:
        """16 bytes that only this house can make of a value for one use.

        Under a key that outlives the rotations of index keys: a code in a mail is good for as long as what it names.
        """
        key = crypto.subkey(self.named(SECRETS)[1], b"proof " + use.encode())
        return crypto.prf(key, value.encode())[:BLIND_BYTES]

    @property
    def secrets(self) -> SecretKeeper:
        """The keeper of staff secrets."""
        return SecretKeeper(self.named(SECRETS)[1])

    def named(self, name: str) -> dict[int, bytes]:
        """The generations of one named key."""
        read_at, keys = self._named.get(name, (float("-inf"), {}))
        if not keys or time.monotonic() - read_at > _CACHE_SECONDS:
            keys = self.store.named_keys(name)
            self._named[name] = (time.monotonic(), keys)
        return keys

    def forget_cached_keys(self) -> None:
        """Read epoch and named keys anew at the next use."""
        with self._lock:
            self._epochs = {}
            self._epochs_read_at = float("-inf")
            self._named = {}
            self._columns = {}

    # links

    def link(self, series: str, subject: int) -> Link:
        """A link of today's epoch. Raises KeyError for a series without an epoch rule."""
        return _link(self._current_epoch(series), subject)

    def links(self, series: str, subject: int) -> dict[int, bytes]:
        """The tokens under which a subject's records of one series can still be found, by epoch."""
        raw = subject.to_bytes(8, "big")
        return {epoch.number: crypto.prf(epoch.token_key, raw)[:LINK_BYTES] for epoch in self._live(series)}

    def every_link(self, subject: int) -> list[bytes]:
        """The tokens of a subject in every series and living epoch: whatever still holds one of them is theirs."""
        self._live("")  # reads the epochs where they are stale
        raw = subject.to_bytes(8, "big")
        return [
            crypto.prf(epoch.token_key, raw)[:LINK_BYTES]
            for series in list(self._epochs)
            for epoch in self._live(series)
        ]

    def back_cipher(self, series: str, epoch: int) -> AESGCM:
        """The cipher of an epoch's back-references, for the unsealing room.

        Raises:
            EpochOverError: The key is destroyed or past its life.
        """
        for live in self._live(series):
            if live.number == epoch:
                return live.back_cipher
        raise EpochOverError(series, epoch)

    def ageing_epochs(self, series: str, within_days: int) -> list[int]:
        """Live epochs of a series whose key dies within so many days: what is still needed moves out now."""
        limit = self._today() + dt.timedelta(days=within_days)
        return [epoch.number for epoch in self._live(series) if epoch.dies_on <= limit]

    def first_live_epoch(self, series: str) -> int:
        """The number below which every epoch of a series is over; 0 where none ever was.

        An epoch that another process opens in this moment has a higher one.
        """
        return self.store.first_live_epoch(series, self._today())

    def due_epochs(self) -> list[tuple[str, int]]:
        """Epochs whose life is over and whose key has not been destroyed yet."""
        return self.store.due_epochs(self._today())

    def destroy_epoch(self, series: str, epoch: int) -> bool:
        """Destroy an epoch's key: every link made with it belongs to nobody, here and in every copy."""
        destroyed = self.store.destroy_epoch(series, epoch, self._today())
        self.forget_cached_keys()
        return destroyed

    def set_life(self, series: str, life_days: int, *, grace_days: int) -> int:
        """Let the living keys of a series live so long after their epoch; how many were moved.

        Args:
            grace_days: None dies sooner than so many days from now, unless it would have anyway: what still needs
                its links is tied anew before.
        """
        today = self._today()
        moved = self.store.set_life(series, life_days, today, today + dt.timedelta(days=grace_days))
        self.forget_cached_keys()
        return moved

    def subjects_with_keys(self, subjects: Sequence[int]) -> set[int]:
        """Those of the subjects that still have a key."""
        return self.store.subjects_with_keys(subjects)

    def destroy_subject(self, subject: int) -> bool:
        """Destroy a subject's key: everything sealed under it is noise from now on, in every copy.

        Returns:
            Whether it had one.

        Raises:
            VaultError: It cannot be written down first. Nothing was destroyed: an older copy would bring it back.
        """
        return self.destroy_subjects([subject]) > 0

    def destroy_subjects(self, subjects: Sequence[int]) -> int:
        """The same for many at once; how many had a key. Raises as ``destroy_subject`` does.

        Whoever's key no longer lies in the store is not named a second time: the list of a restored home, whose
        rows are still to be taken out, would no longer be the beginning of the newest one, and that could not be
        brought.
        """
        had = len(self.subjects_with_keys(subjects))
        lying = self.store.subjects_stored(subjects)
        going = [subject for subject in subjects if subject in lying]
        if not going:
            return 0
        if self._erasures is None:
            self.store.destroy_subject_keys(going)
            return had
        try:
            self._erasures.add(going, self._today().isoformat())
        except OSError as problem:
            raise VaultError(f"the list of erasures cannot be written: {problem.strerror}") from None
        self.carry_out_erasures()
        return had

    def carry_out_erasures(self) -> int:
        """Destroy what the list of erasures names and this key store still holds; how many there were.

        Such a key is there after a forgetting that was cut short, and in an older copy of the store.

        Raises:
            KeyringError: The list is older than the store, or damaged.
        """
        if self._erasures is None:
            return 0
        done, count = self.store.erasures_done(), self._erasures.count()
        if count < done:
            raise KeyringError(
                f"{self._erasures.path} names {count} forgotten patrons and the key store knows of {done}: an older copy"
                " of the list was put back. Bring the newest one back"
            )
        return self.store.destroy_subject_keys(self._erasures.since(done), count) if count > done else 0

    def _live(self, series: str) -> Sequence[Epoch]:
        today = self._today()
        if time.monotonic() - self._epochs_read_at > _CACHE_SECONDS:
            by_series: dict[str, list[Epoch]] = {}
            for epoch in self.store.epochs(today):
                by_series.setdefault(epoch.series, []).append(epoch)
            with self._lock:
                self._epochs = by_series
                self._epochs_read_at = time.monotonic()
        # The clock is asked again for a cached key: its life ends on its day, not when the cache does.
        return [epoch for epoch in self._epochs.get(series, ()) if today < epoch.dies_on]

    def _current_epoch(self, series: str) -> Epoch:
        today = self._today()
        for _attempt in range(2):
            for epoch in self._live(series):
                if epoch.begins_on <= today <= epoch.ends_on:
                    return epoch
            rule = self._rules[series]
            self.store.open_epoch(series, today, length_days=rule.length_days, life_days=rule.life_days)
            self.forget_cached_keys()
        raise EpochOverError(series, 0)


class Sealer:
    """Seals values for one subject, and cannot open them."""

    __slots__ = ("_cipher", "subject")

    def __init__(self, subject: int, key: bytes) -> None:
        self.subject = subject
        self._cipher = subject_cipher(key)

    def seal(self, series: str, record: int, field: str, value: str) -> bytes:
        """Ciphertext bound to subject, series, record and field."""
        return crypto.encrypt(self._cipher, value.encode(), field_place(self.subject, series, record, field))


def _link(epoch: Epoch, subject: int) -> Link:
    raw = subject.to_bytes(8, "big")
    token = crypto.prf(epoch.token_key, raw)[:LINK_BYTES]
    return Link(
        epoch.number,
        token,
        crypto.encrypt(epoch.back_cipher, raw, back_place(epoch.series, epoch.number, token)),
    )
