"""The key-encryption keys: files outside the data folder, one for each version.

A file ``kek-0001.key`` holds one line: ``circumspect-kek-v1`` and 64 hex digits. The highest
version wraps; every version present unwraps, which is what makes rotation safe to interrupt.
No key is ever written over another.
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from circumspect.home import Home, HomeError
from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import KeyringError

_NAME = re.compile(r"kek-(\d{4})\.key")
_LINE = re.compile(rb"circumspect-kek-v1 ([0-9a-f]{64})\n?")


def kek_name(version: int) -> str:
    """The file name of one key-encryption key."""
    return f"kek-{version:04d}.key"


class Keyring:
    """Wraps and unwraps the keys of the key store."""

    def __init__(self, keks: dict[int, bytes]) -> None:
        if not keks:
            raise KeyringError("there is no key-encryption key (kek-0001.key) in the key folder")
        self._keks = dict(keks)
        self._ciphers = {version: AESGCM(crypto.subkey(kek, b"wrap")) for version, kek in keks.items()}
        self.current = max(keks)

    @classmethod
    def from_home(cls, home: Home) -> Keyring:
        """Read every key-encryption key of the key folder.

        Raises:
            KeyringError: None is there, or one is malformed or readable by others.
        """
        keks: dict[int, bytes] = {}
        try:
            names = sorted(path.name for path in home.keys.iterdir()) if home.keys.is_dir() else []
            for name in names:
                if found := _NAME.fullmatch(name):
                    keks[int(found.group(1))] = _parse(name, home.read_key_file(name))
        except HomeError as problem:
            raise KeyringError(str(problem)) from None
        except OSError as problem:
            raise KeyringError(f"the key folder {home.keys} cannot be read: {problem.strerror}") from problem
        if not keks:
            raise KeyringError(
                f"no key-encryption key (kek-0001.key) in {home.keys}. Bring the key folder back."
            )
        return cls(keks)

    @staticmethod
    def add_to_home(home: Home, version: int) -> None:
        """Write a new key-encryption key. Raises HomeError where that version exists."""
        home.write_key_file(
            kek_name(version), b"circumspect-kek-v1 " + crypto.new_key().hex().encode() + b"\n"
        )

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions that can be unwrapped, oldest first."""
        return tuple(sorted(self._keks))

    def wrap(self, key: bytes, place: bytes) -> tuple[int, bytes]:
        """The current version, and the key wrapped under it for this place."""
        return self.current, crypto.encrypt(
            self._ciphers[self.current], key, self._bound(place, self.current)
        )

    def unwrap(self, version: int, wrapped: bytes, place: bytes) -> bytes:
        """The key.

        Raises:
            KeyringError: That version is not here, or the key store belongs to other keys.
        """
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise KeyringError(
                f"key file {kek_name(version)} is missing: keys wrapped under it cannot be read"
            )
        try:
            return crypto.decrypt(cipher, wrapped, self._bound(place, version))
        except crypto.TamperedError:
            raise KeyringError(
                f"key file {kek_name(version)} is not the one this key store was made with"
            ) from None

    @staticmethod
    def _bound(place: bytes, version: int) -> bytes:
        return b"kek %d|" % version + place


def _parse(name: str, content: bytes) -> bytes:
    found = _LINE.fullmatch(content)
    if not found:
        raise KeyringError(
            f"key file {name} is damaged: it should hold one line 'circumspect-kek-v1' and 64 hex digits"
        )
    return bytes.fromhex(found.group(1).decode())
