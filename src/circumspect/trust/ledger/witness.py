"""A witness: another library, or the village clerk, who vouches that a ledger only ever grew.

A witness knows nothing of what entries say. It remembers, for each ledger it looks after, the last tree
head it signed; it signs a newer one only with a proof that the newer tree begins with the older one, and
remembers it before it answers. Whoever holds the library's machine *and* its signing key can then
still not show two histories, nor cut or change what has been witnessed.

The words are those of the C2SP witness protocol, by HTTP or in files carried by hand::

    old SIZE                      the size of the last head this witness signed, 0 for none
    HASH                          the consistency proof, base64, one a line
                                  (an empty line)
    NOTE                          the new signed checkpoint

The answer is the witness's signature line; or 409 and the size it remembers, for another try.

Its folder holds: ``witness.ed25519`` (its secret, 32 bytes, mode 0600), ``name``, ``ledgers`` (one public key a
line) and ``heads.json`` (what it signed last).

Source: C2SP tlog-witness, tlog-cosignature; RFC 6962, section 2.1.2; guarantee 6.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from circumspect.trust.ledger import tree
from circumspect.trust.ledger.checkpoint import (
    MAX_NOTE_LENGTH,
    SEED_LENGTH,
    Checkpoint,
    PublicKey,
    cosign,
    open_checkpoint,
    witness_key,
)
from circumspect.trust.ledger.errors import LedgerError, NoteError, ProofError

MAX_PROOF_LINES = 63
SIZE_TYPE = "text/x.tlog.size"


class WitnessError(LedgerError):
    """A witness's folder cannot be used. The message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers.

    Attributes:
        status: 200 signed; 400 not understood; 403 not signed by the ledger's key; 404 a ledger unknown here;
            409 this witness stands elsewhere (the text is its size, where sizes differ); 422 the proof does not hold.
        text: The signature line, a size, or a plain sentence.
    """

    status: int
    text: str


class Witness:
    """One witness, on its folder."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Open a witness's folder.

        Raises:
            WitnessError: It is none, or its secret can be read by others.
        """
        self._folder, self._clock = folder, clock
        secret = folder / "witness.ed25519"
        try:
            if secret.stat().st_mode & 0o077:
                raise WitnessError(f"{secret} can be read by others: chmod 600 {secret}")
            self._seed = secret.read_bytes()
            self.name = (folder / "name").read_text("utf-8").strip()
        except OSError as problem:
            raise WitnessError(f"{folder} is not a witness's folder: {problem.strerror}") from None
        if len(self._seed) != SEED_LENGTH:
            raise WitnessError(f"{secret} must hold {SEED_LENGTH} bytes")

    @classmethod
    def create(cls, folder: Path, name: str) -> Witness:
        """Make a new witness, with a key of its own.

        Args:
            name: Its public name, without spaces, such as ``witness.library.example``.

        Raises:
            WitnessError: The folder is there already, or the name cannot be one.
        """
        try:
            PublicKey.parse(witness_key(name, bytes(SEED_LENGTH)).vkey)
        except NoteError:
            raise WitnessError("a witness's name must hold no space and no plus") from None
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            raise WitnessError(f"{folder} is there already: name a new folder") from None
        _put(folder / "witness.ed25519", os.urandom(SEED_LENGTH))
        _put(folder / "name", f"{name}\n".encode())
        _put(folder / "ledgers", b"")
        return cls(folder)

    @property
    def vkey(self) -> str:
        """The public key to give to the libraries it looks after, and to whoever verifies."""
        return witness_key(self.name, self._seed).vkey

    def trust(self, vkey: str) -> PublicKey:
        """Look after one more ledger.

        Raises:
            NoteError: It is not a ledger's public key.
            WitnessError: Another key speaks under that name already.
        """
        key = PublicKey.parse(vkey)
        if key.kind != 1:
            raise NoteError("this is a witness's key; a ledger's is wanted")
        with self._held():
            known = self._ledgers()
            if key.name in known and known[key.name] != key:
                raise WitnessError("another key already speaks under this ledger's name")
            known[key.name] = key
            _put(self._folder / "ledgers", "".join(each.vkey + "\n" for each in known.values()).encode())
        return key

    def heads(self) -> dict[str, Checkpoint]:
        """The last head signed for each ledger, by its name."""
        try:
            read = json.loads((self._folder / "heads.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as problem:
            # To begin again at nothing would let a rewritten history pass.
            raise WitnessError(f"{self._folder / 'heads.json'} cannot be read: {problem}") from None
        return {
            origin: Checkpoint(origin, int(size), bytes.fromhex(root))
            for origin, (size, root) in read.items()
        }

    def add_checkpoint(self, request: str) -> Answer:
        """Judge a request, and sign. What is signed is remembered, durably, before it is answered."""
        try:
            old, proof, note = _read_request(request)
            origin = Checkpoint.parse(note).origin
        except NoteError as problem:
            return Answer(400, f"{problem}\n")
        with self._held():
            key = self._ledgers().get(origin)
            if key is None:
                return Answer(404, "this witness does not look after that ledger\n")
            try:
                new = open_checkpoint(note, key).checkpoint
            except NoteError as problem:
                return Answer(403, f"{problem}\n")
            return self._grow(old, proof, new, note)

    def _grow(self, old: int, proof: list[bytes], new: Checkpoint, note: str) -> Answer:
        if old > new.size:
            return Answer(400, "a ledger cannot grow smaller\n")
        heads = self.heads()
        last = heads.get(new.origin, Checkpoint(new.origin, 0, tree.EMPTY_ROOT))
        if old != last.size:
            return Answer(409, f"{last.size}\n")
        if new.size == last.size and new.root != last.root:
            return Answer(409, "two histories of the same length: this is a fork\n")
        try:
            tree.check_consistency(last.size, last.root, new.size, new.root, proof)
        except ProofError as problem:
            return Answer(422, f"{problem}\n")
        heads[new.origin] = new
        said = {each.origin: [each.size, each.root.hex()] for each in heads.values()}
        _put(self._folder / "heads.json", json.dumps(said, sort_keys=True).encode())
        signed = cosign(note, name=self.name, seed=self._seed, at=int(self._clock()))
        return Answer(200, signed.removeprefix(note))

    def _ledgers(self) -> dict[str, PublicKey]:
        lines = (self._folder / "ledgers").read_text("utf-8").split("\n")
        return {key.name: key for key in map(PublicKey.parse, filter(None, lines))}

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One request at a time, across processes: two that ran side by side could sign a fork."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def make_request(old: int, proof: list[bytes], note: str) -> str:
    """The text that asks a witness to sign."""
    lines = "".join(base64.b64encode(each).decode() + "\n" for each in proof)
    return f"old {old}\n{lines}\n{note}"


def _read_request(request: str) -> tuple[int, list[bytes], str]:
    if len(request) > MAX_NOTE_LENGTH:
        raise NoteError("the request is too long")
    head, gap, note = request.partition("\n\n")
    first, *lines = head.split("\n")
    size = first.removeprefix("old ")
    if not gap or size == first or not size.isascii() or not size.isdigit() or len(size) > 19:
        raise NoteError("the request must begin with: old SIZE")
    if len(lines) > MAX_PROOF_LINES:
        raise NoteError("the proof is too long")
    try:
        proof = [base64.b64decode(line.encode("ascii"), validate=True) for line in lines]
    except (UnicodeEncodeError, binascii.Error):
        raise NoteError("the proof is not base64") from None
    if any(len(each) != len(tree.EMPTY_ROOT) for each in proof):
        raise NoteError("each line of the proof must be a hash of 32 bytes")
    return int(size), proof, note


def _put(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, or as it was, whatever happens."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
