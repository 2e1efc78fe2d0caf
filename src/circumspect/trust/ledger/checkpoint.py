"""Signed tree heads: a checkpoint's three lines, its signatures, and the keys that check them.

    ORIGIN                        who speaks; also the name of its key
    SIZE                          how many entries
    ROOT                          the tree's root over them, base64
                                  (an empty line; what is signed ends with the newline above it)
    — NAME KEYID+SIGNATURE        one line per signer: the ledger's key first, then witnesses

A signature is looked at only if both its name and its key id are those of a key we hold; lines of
strangers are carried along and believed nothing. A line that names our key and does not verify
condemns the whole note.

Pure: key bytes come from the caller, and leave only as public keys.

Source: C2SP signed-note, tlog-checkpoint and tlog-cosignature; Ed25519, RFC 8032.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from circumspect.trust.ledger.errors import NoteError

KEY_FILE = "ledger.ed25519"
SEED_LENGTH = 32
MAX_NOTE_LENGTH = 1_000_000
MAX_SIGNATURES = 100

_ED25519 = 1
_COSIGNATURE = 4  # Ed25519 over the checkpoint and a time
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A signer's public key, as anybody may hold it.

    Attributes:
        name: The signer; for a ledger, its origin.
        kind: 1 for a ledger's Ed25519 key, 4 for a witness's.
        public: 32 bytes.
    """

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> PublicKey:
        """Read ``name+keyid+base64``.

        Raises:
            NoteError: It is malformed, of a kind we do not know, or its key id does not fit.
        """
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
            raise NoteError("a public key must read name+keyid+base64")
        raw = _decode(parts[2], "a public key")
        if len(raw) != 33 or raw[0] not in (_ED25519, _COSIGNATURE):
            raise NoteError("a public key must be an Ed25519 key of kind 1 or 4")
        key = cls(parts[0], raw[0], raw[1:])
        if key.key_id.hex() != parts[1]:
            raise NoteError("a public key's id does not fit its name and key")
        return key

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which a signature line names this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The text to publish, and to hand to ``verifier --key``."""
        public = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{public}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: at ``size`` entries, the root was ``root``."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text; lines after the third are extensions, which we do not use.

        Raises:
            NoteError: It is malformed.
        """
        lines = text.split("\n")
        if len(lines) < 4 or not _NAME.fullmatch(lines[0]) or not _SIZE.fullmatch(lines[1]):
            raise NoteError("a checkpoint must begin with origin, size and root")
        root = _decode(lines[2], "a checkpoint's root")
        if len(root) != 32:
            raise NoteError("a checkpoint's root must be 32 bytes")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature as it stands in a note, checked or not."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart, nothing in it believed yet."""

    text: str
    signatures: tuple[SignatureLine, ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Split text from signatures.

        Raises:
            NoteError: It is malformed, or too long to be a note.
        """
        if len(note) > MAX_NOTE_LENGTH:
            raise NoteError("the note is too long")
        text, gap, rest = note.rpartition("\n\n")
        if not gap or not rest.endswith("\n"):
            raise NoteError("the note has no signatures")
        lines = rest[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError("the note has too many signatures")
        return cls(text + "\n", tuple(_signature_line(line) for line in lines))


@dataclass(frozen=True, slots=True)
class Verified:
    """A checkpoint whose signatures held.

    Attributes:
        cosigned_at: For each witness whose cosignature held, by name, its time in seconds since 1970.
    """

    checkpoint: Checkpoint
    cosigned_at: Mapping[str, int]


class Signer:
    """The ledger's signing key. Prints as its public key."""

    def __init__(self, seed: bytes, origin: str | None = None) -> None:
        """Make a signer from 32 secret bytes.

        Without an ``origin`` the key names itself: a library may be renamed, its ledger may not.

        Raises:
            NoteError: The seed is not 32 bytes, or the origin has a space or a plus in it.
        """
        if len(seed) != SEED_LENGTH:
            raise NoteError(f"the ledger's signing key must be {SEED_LENGTH} bytes, not {len(seed)}")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes_raw()
        name = origin or f"circumspect-ledger/{hashlib.sha256(public).hexdigest()[:16]}"
        if not _NAME.fullmatch(name):
            raise NoteError("an origin must hold no space and no plus")
        self.public_key = PublicKey(name, _ED25519, public)

    def __repr__(self) -> str:
        return f"<Signer {self.public_key.vkey}>"

    @property
    def origin(self) -> str:
        """The name this ledger speaks under."""
        return self.public_key.name

    @property
    def vkey(self) -> str:
        """The public key to publish."""
        return self.public_key.vkey

    def sign(self, size: int, root: bytes) -> str:
        """The signed note of the tree head (size, root)."""
        text = Checkpoint(self.origin, size, root).text
        return text + "\n" + _line(self.public_key, self._key.sign(text.encode()))


def witness_key(name: str, seed: bytes) -> PublicKey:
    """The public key of a witness with this secret seed of 32 bytes."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return PublicKey(name, _COSIGNATURE, public)


def cosign(note: str, *, name: str, seed: bytes, at: int) -> str:
    """Add a witness's signature to a note: at ``at`` (seconds since 1970) it had seen this tree head.

    The witness has checked, before, that the new head is consistent with the last one it signed.
    """
    text = Note.parse(note).text
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_cosigned(text, at))
    return note + _line(witness_key(name, seed), at.to_bytes(8, "big") + signature)


def open_checkpoint(unverified_note: str, key: PublicKey, witnesses: Sequence[PublicKey] = ()) -> Verified:
    """Turn a note into a checkpoint that ``key`` has signed, or raise.

    Raises:
        NoteError: It is malformed; its origin is not the key's name; the key's signature is missing;
            or a signature that names the key or one of the witnesses does not hold.
    """
    note = Note.parse(unverified_note)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != key.name:
        raise NoteError("the checkpoint speaks for another ledger")
    if not [line for line in _lines_of(note, key) if _holds(key, line.signature, note.text.encode())]:
        raise NoteError("the checkpoint is not signed by the ledger's key")
    cosigned_at: dict[str, int] = {}
    for witness in witnesses:
        for line in _lines_of(note, witness):
            at = int.from_bytes(line.signature[:8], "big")
            _holds(witness, line.signature[8:], _cosigned(note.text, at))
            cosigned_at[witness.name] = at
    return Verified(checkpoint, cosigned_at)


def _lines_of(note: Note, key: PublicKey) -> list[SignatureLine]:
    return [line for line in note.signatures if line.name == key.name and line.key_id == key.key_id]


def _holds(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NoteError("a signature on the checkpoint does not hold") from None
    return True


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _line(key: PublicKey, signature: bytes) -> str:
    return f"— {key.name} {base64.b64encode(key.key_id + signature).decode()}\n"


def _signature_line(line: str) -> SignatureLine:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _NAME.fullmatch(parts[1]):
        raise NoteError("a signature line is malformed")
    raw = _decode(parts[2], "a signature line")
    if len(raw) < 5:
        raise NoteError("a signature line is too short")
    return SignatureLine(parts[1], raw[:4], raw[4:])


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise NoteError(f"{what} is not base64") from None
