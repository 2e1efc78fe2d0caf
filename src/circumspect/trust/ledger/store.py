"""The ledger: append entries, read them back, sign checkpoints, prove what they cover.

Appending knows nothing of the tree: it costs one short transaction, and the tree is computed when a
checkpoint is made. A checkpoint is signed only over entries whose bytes still give their hashes, and
only on top of the last checkpoint; on any contradiction it refuses, for a signature under a rewritten
history would be a lie with our name on it.

What entries are about, this room does not know. It finds them by links it cannot read, and cuts those
links when their epoch dies.

Source: ARCHITECTURE.md, "How a request travels" and "The ledger is not a second surveillance record";
guarantees 3, 5 and 6; RFC 6962; C2SP tlog-checkpoint.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

from django.db import DatabaseError, connections, transaction
from django.db.models import Q

from circumspect.trust.ledger import models, tree
from circumspect.trust.ledger.body import Leaf, Mark, Vocabulary, make_leaf
from circumspect.trust.ledger.checkpoint import (
    KEY_FILE,
    Checkpoint,
    Note,
    PublicKey,
    Signer,
    open_checkpoint,
)
from circumspect.trust.ledger.errors import (
    DamagedError,
    LedgerError,
    NotCoveredError,
    NoteError,
    NotWrittenError,
)
from circumspect.trust.ledger.witness import make_request
from circumspect.trust.ledger.writing import write

__all__ = ["Ledger", "LedgerEntry", "LedgerError", "Mark", "Receipt", "SignedCheckpoint", "StoredMark"]

_BATCH: Final = 5000
# A witness that has not signed for so many checkpoints is not waited for.
_LOOK_BACK: Final = 500
_PUT_NODE = (
    "INSERT INTO ledger_node (level, idx, hash) VALUES (%s, %s, %s) "
    "ON CONFLICT (level, idx) DO UPDATE SET hash = excluded.hash"
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof to the door that an entry is durable.

    Attributes:
        index: Its place in the ledger, from 0.
        leaf_hash: 32 bytes.
    """

    index: int
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An entry read back. ``body`` includes "marks", the digests in hex."""

    index: int
    body: Mapping[str, Any]
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A mark read back; ``link`` and ``back`` are None once the epoch is dead."""

    epoch: int
    link: bytes | None
    back: bytes | None


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A stored checkpoint. ``note`` is the text to publish and to keep elsewhere."""

    size: int
    root: bytes
    note: str
    at: datetime

    @property
    def is_cosigned(self) -> bool:
        """Whether its note carries more signatures than ours; ``keep_cosignature`` has verified them."""
        return self.note.rpartition("\n\n")[2].count("\n") > 1


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """The ledger of one library."""

    def __init__(
        self,
        signer: Signer | None = None,
        *,
        vocabulary: Vocabulary | None = None,
        clock: Callable[[], datetime] = _now,
        alias: str = "ledger",
    ) -> None:
        """Stand on the ledger's database.

        Args:
            signer: Signs checkpoints; everything else works without it.
            vocabulary: For keys such as "purpose" and "reason", the only words an entry may say.
            clock: Says when a checkpoint was made.
        """
        self.signer = signer
        self._vocabulary = {key: frozenset(words) for key, words in (vocabulary or {}).items()}
        self._clock = clock
        self._alias = alias

    @property
    def vkey(self) -> str | None:
        """The public key to publish and to verify with, or None where there is no signing key."""
        return self.signer.vkey if self.signer else None

    # -- writing

    def append(self, body: Mapping[str, object], marks: Sequence[Mark] = ()) -> Receipt:
        """Write one entry. On return it is on disk, in a transaction of its own.

        Args:
            body: The keys of ``body.BODY_KEYS``, all but "case" required.
            marks: One per subject.

        Raises:
            EntryRefusedError: The entry says something the ledger must not hold; nothing was written.
            NotWrittenError: It could not be made durable. Both are LedgerError.
        """
        leaf = make_leaf(body, marks, self._vocabulary)
        return Receipt(write(self._alias, [leaf]), leaf.hash)

    def append_many(self, entries: Sequence[tuple[Mapping[str, object], Sequence[Mark]]]) -> list[Receipt]:
        """Write entries in their order, all or none, in one transaction. Raises as ``append`` does."""
        leaves: list[Leaf] = [make_leaf(body, marks, self._vocabulary) for body, marks in entries]
        if not leaves:
            return []
        first = write(self._alias, leaves)
        return [Receipt(first + place, leaf.hash) for place, leaf in enumerate(leaves)]

    def keep_policy(self, policy_hash: str, bundle_json: str) -> None:
        """Keep a policy's texts under the hash that entries name. Doing it again does nothing.

        Args:
            policy_hash: SHA-256, hex, of the bundle as JSON with sorted keys, no spaces, UTF-8.
            bundle_json: The texts by name, as JSON in any spelling.

        Raises:
            LedgerError: The texts do not give that hash, or they cannot be written.
        """
        try:
            bundle = json.loads(bundle_json)
        except ValueError:
            raise LedgerError("the policy's texts are not JSON") from None
        text = json.dumps(bundle, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        if hashlib.sha256(text.encode()).hexdigest() != policy_hash:
            raise LedgerError("the policy's texts do not give the hash they are to be kept under")
        try:
            with transaction.atomic(using=self._alias, durable=True):
                models.PolicyBundle.objects.using(self._alias).get_or_create(
                    hash=policy_hash, defaults={"body": text}
                )
        except (DatabaseError, RuntimeError) as problem:
            raise NotWrittenError(f"the policy could not be kept ({type(problem).__name__})") from None

    def drop_links(self, epoch: int) -> int:
        """Cut the links of a dead epoch; return how many. Leaves, tree and proofs stay as they are.

        Raises:
            NotWrittenError: They could not be cut; none was.
        """
        connection = connections[self._alias]
        try:
            with transaction.atomic(using=self._alias, durable=True):
                marks = models.EntryMark.objects.using(self._alias).filter(epoch=epoch)
                cut = marks.filter(Q(link__isnull=False) | Q(back__isnull=False)).update(link=None, back=None)
            if connection.vendor == "sqlite" and not connection.in_atomic_block:
                with connection.cursor() as cursor:  # the old pages also stand in the write-ahead log
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (DatabaseError, RuntimeError) as problem:
            raise NotWrittenError(f"the links could not be cut ({type(problem).__name__})") from None
        return cut

    def drop_links_to(self, links: Sequence[tuple[int, bytes]]) -> int:
        """Cut the links of one subject that is being forgotten; how many. Leaves, tree and proofs stay as they are.

        Args:
            links: (epoch, link) for each epoch that still lives.

        Raises:
            NotWrittenError: They could not be cut; none was.
        """
        cut = 0
        try:
            with transaction.atomic(using=self._alias):
                for epoch, link in links:
                    marks = models.EntryMark.objects.using(self._alias).filter(epoch=epoch, link=link)
                    cut += marks.update(link=None, back=None)
        except DatabaseError as problem:
            raise NotWrittenError(f"the links could not be cut ({type(problem).__name__})") from None
        return cut

    # -- reading

    def size(self) -> int:
        """How many entries there are."""
        head = models.Head.objects.using(self._alias).filter(id=1).first()
        return head.size if head else 0

    def entries(self, start: int, stop: int) -> list[LedgerEntry]:
        """The entries from ``start`` up to, and without, ``stop``; fewer where the ledger ends."""
        rows = models.Entry.objects.using(self._alias).filter(idx__gte=start, idx__lt=stop).order_by("idx")
        return [_entry(row) for row in rows]

    def entries_for_links(self, links: Sequence[tuple[int, bytes]], limit: int) -> list[LedgerEntry]:
        """The entries about a subject, newest first, at most ``limit``.

        Args:
            links: (epoch, link) for each epoch that still lives.
        """
        found: list[LedgerEntry] = []
        with connections[self._alias].cursor() as cursor:
            # One statement, and one reading of the texts together: a patron waits for thousands of them.
            cursor.execute(
                "SELECT idx, body, leaf_hash FROM ledger_entry WHERE idx IN (SELECT entry FROM ledger_entry_mark WHERE "
                + (" OR ".join(["(epoch = %s AND link = %s)"] * len(links)) or "1 = 0")
                + ") ORDER BY idx DESC LIMIT %s",
                [*(value for each in links for value in each), limit],
            )
            while rows := cursor.fetchmany(_BATCH):
                bodies = json.loads(f"[{','.join(body for _idx, body, _hash in rows)}]")
                found += [
                    LedgerEntry(index, body, bytes(hash_))
                    for (index, _text, hash_), body in zip(rows, bodies, strict=True)
                ]
        return found

    def marks(self, index: int) -> list[StoredMark]:
        """The marks of one entry, in the order of the digests in its body."""
        rows = models.EntryMark.objects.using(self._alias).filter(entry=index).order_by("ordinal")
        return [StoredMark(row.epoch, _bytes(row.link), _bytes(row.back)) for row in rows]

    def policy(self, policy_hash: str) -> str | None:
        """The kept texts of a policy by name, as JSON, or None.

        Raises:
            DamagedError: What is kept no longer gives that hash.
        """
        kept = models.PolicyBundle.objects.using(self._alias).filter(hash=policy_hash).first()
        if kept is None:
            return None
        if hashlib.sha256(kept.body.encode()).hexdigest() != policy_hash:
            raise DamagedError(f"the texts kept under policy {policy_hash[:12]} were changed")
        return kept.body

    def times(self) -> Iterator[str]:
        """When each entry was made, in the entries' order, as they say it."""
        for rows in self._batches(0, self.size()):
            for row in rows:
                yield str(json.loads(row.body)["at"])

    def export(self, stream: BinaryIO) -> int:
        """Write every leaf's bytes, one a line, for ``verifier --export``; return how many."""
        count = 0
        for rows in self._batches(0, self.size()):
            stream.write("".join(row.body + "\n" for row in rows).encode())
            count += len(rows)
        return count

    # -- signing and proving

    def checkpoint(self) -> SignedCheckpoint:
        """Sign the tree over all entries so far, and keep the note. With nothing new, gives the last one.

        Appending goes on meanwhile; two checkpoints at a time do the same work and agree.

        Raises:
            DamagedError: Entries, nodes and the last checkpoint do not fit together; nothing was signed.
            LedgerError: There is no signing key, or the note cannot be written.
        """
        if self.signer is None:
            raise LedgerError("there is no signing key: nothing can be signed")
        last, size = self.latest_checkpoint(), self.size()
        if last is not None and last.size == size:
            return last
        if last is not None and last.size > size:
            raise DamagedError(f"the ledger ends at {size}, before its last checkpoint at {last.size}")
        try:
            root = self._extend(last, size)
            return self._keep(size, root, self.signer.sign(size, root))
        except (DatabaseError, RuntimeError) as problem:
            raise NotWrittenError(f"the checkpoint could not be kept ({type(problem).__name__})") from None

    def refuse_another_key(self) -> None:
        """See that our key is the one this ledger speaks under: entries nobody could sign would pile up.

        A checkpoint that cannot be read is passed over here: ``verify`` judges that.

        Raises:
            NoteError: The last checkpoint speaks under another key's name.
        """
        last = self.latest_checkpoint()
        if self.signer is None or last is None:
            return
        try:
            origin = Checkpoint.parse(Note.parse(last.note).text).origin
        except NoteError:
            return
        if origin != self.signer.origin:
            raise NoteError(
                f"key file {KEY_FILE} is not the one this ledger was signed with: bring the key folder back"
            )

    def latest_checkpoint(self) -> SignedCheckpoint | None:
        """The checkpoint over the most entries, or None."""
        row = models.Checkpoint.objects.using(self._alias).order_by("-size").first()
        return _checkpoint(row) if row else None

    def checkpoints(self) -> list[SignedCheckpoint]:
        """All checkpoints, oldest first."""
        return [_checkpoint(row) for row in models.Checkpoint.objects.using(self._alias).order_by("size")]

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The RFC 6962 path of entry ``index`` in the tree of the first ``size`` entries.

        Raises:
            NotCoveredError: No checkpoint reaches ``size``, or ``index`` is not below it.
        """
        self._must_cover(size)
        if not 0 <= index < size:
            raise NotCoveredError(f"no entry {index} among the first {size}")
        places: list[tuple[int, int]] = []

        def remember(level: int, at: int) -> bytes:
            places.append((level, at))
            return b""

        # Walked twice: first for which nodes it takes, which are then read together.
        tree.inclusion_proof(index, size, remember)
        nodes = self.nodes(places)
        return tree.inclusion_proof(index, size, lambda level, at: nodes[level, at])

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The RFC 6962 proof that the first ``new`` entries begin with the first ``old``.

        Raises:
            NotCoveredError: No checkpoint reaches ``new``, or ``old`` is above it.
        """
        self._must_cover(new)
        if not 0 <= old <= new:
            raise NotCoveredError(f"the first {new} entries do not begin with {old}")
        return tree.consistency_proof(old, new, self._read_node)

    def leaves(self, indexes: Sequence[int]) -> dict[int, str]:
        """The texts of some entries, byte for byte as they were hashed; without those that are not there."""
        found: dict[int, str] = {}
        for begin in range(0, len(indexes), _BATCH):
            rows = models.Entry.objects.using(self._alias).filter(idx__in=indexes[begin : begin + _BATCH])
            found |= dict(rows.values_list("idx", "body"))
        return found

    def nodes(self, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """The hashes of many subtrees at once, by (level, index).

        Raises:
            DamagedError: One of them is missing.
        """
        found: dict[tuple[int, int], bytes] = {}
        wanted = sorted(set(places))
        leaves = [index for level, index in wanted if level == 0]
        for begin in range(0, len(leaves), _BATCH):
            rows = models.Entry.objects.using(self._alias).filter(idx__in=leaves[begin : begin + _BATCH])
            found |= {(0, index): bytes(hash_) for index, hash_ in rows.values_list("idx", "leaf_hash")}
        above = wanted[len(leaves) :]
        for begin in range(0, len(above), 400):
            some = above[begin : begin + 400]
            # One statement for a whole path: a proof is asked for while a patron waits.
            with connections[self._alias].cursor() as cursor:
                cursor.execute(
                    f"WITH wanted (level, idx) AS (VALUES {', '.join(['(%s, %s)'] * len(some))})"
                    " SELECT node.level, node.idx, node.hash FROM wanted CROSS JOIN ledger_node AS node"
                    " WHERE node.level = wanted.level AND node.idx = wanted.idx",
                    [number for place in some for number in place],
                )
                found |= {(level, index): bytes(hash_) for level, index, hash_ in cursor.fetchall()}
        if len(found) != len(set(places)):
            raise DamagedError("a node of the tree is missing")
        return found

    def best_checkpoint(self, index: int) -> SignedCheckpoint:
        """The newest checkpoint over an entry that somebody else has signed too; the newest, where nobody has.

        Raises:
            NotCoveredError: None covers it yet.
        """
        rows = models.Checkpoint.objects.using(self._alias).filter(size__gt=index).order_by("-size")
        newest = [_checkpoint(row) for row in rows[:_LOOK_BACK]]
        if not newest:
            raise NotCoveredError(f"no checkpoint covers entry {index} yet")
        return next((each for each in newest if each.is_cosigned), newest[0])

    def last_cosigned(self) -> SignedCheckpoint | None:
        """The newest checkpoint that somebody else has signed too; None where none of late is."""
        rows = models.Checkpoint.objects.using(self._alias).order_by("-size")[:_LOOK_BACK]
        return next((each for each in map(_checkpoint, rows) if each.is_cosigned), None)

    def daily_checkpoints(self, since: datetime) -> list[SignedCheckpoint]:
        """Of each day (UTC) since a moment, the last checkpoint; newest first. For publishing.

        One a day: how the ledger grew within a day is nobody's business.
        """
        rows = models.Checkpoint.objects.using(self._alias).filter(at__gte=since).order_by("size")
        last = {at.astimezone(UTC).date(): size for size, at in rows.values_list("size", "at")}
        chosen = models.Checkpoint.objects.using(self._alias).filter(size__in=list(last.values()))
        return [_checkpoint(row) for row in chosen.order_by("-size")]

    # -- witnesses

    def cosigned_size(self, witness: PublicKey) -> int:
        """How many entries the largest checkpoint covers that this witness has cosigned; 0 for none."""
        key = self._own_key()
        for row in models.Checkpoint.objects.using(self._alias).order_by("-size").iterator():
            if witness.name in open_checkpoint(row.note, key, [witness]).cosigned_at:
                return int(row.size)
        return 0

    def witness_request(self, old: int) -> str:
        """What to ask a witness who stands at ``old`` entries: the proof, and the latest checkpoint.

        Raises:
            NotCoveredError: Nothing is signed yet, or less than the witness has seen: an old copy was put back.
        """
        last = self.latest_checkpoint()
        if last is None:
            raise NotCoveredError("nothing is signed yet: there is nothing to witness")
        if old > last.size:
            raise NotCoveredError(
                f"the witness has seen {old} entries and only {last.size} are signed here: this is an old copy"
            )
        bare = self._own_text(last.note)
        return make_request(old, self.consistency_proof(old, last.size), bare)

    def keep_cosignature(self, lines: str, witness: PublicKey) -> int:
        """Keep what a witness signed, beside the checkpoint it signed; how many entries that covers.

        Args:
            lines: The witness's answer: its signature line, the note before it or not.

        Raises:
            NoteError: No stored checkpoint carries that signature.
        """
        key = self._own_key()
        answer = lines.rpartition("\n\n")[2]
        mine = [line for line in answer.splitlines() if line.startswith(f"— {witness.name} ")]
        for row in models.Checkpoint.objects.using(self._alias).order_by("-size").iterator():
            kept = row.note + "".join(line + "\n" for line in mine)
            try:
                if witness.name not in open_checkpoint(kept, key, [witness]).cosigned_at:
                    break
            except NoteError:
                continue  # signed over another checkpoint
            if not all(line in row.note.splitlines() for line in mine):
                with transaction.atomic(using=self._alias, durable=True):
                    models.Checkpoint.objects.using(self._alias).filter(size=row.size).update(note=kept)
            return int(row.size)
        raise NoteError(
            "no checkpoint here carries this signature: it is another ledger's, another key's, or damaged"
        )

    # -- helpers

    def _own_key(self) -> PublicKey:
        if self.signer is None:
            raise LedgerError("there is no signing key")
        return self.signer.public_key

    def _own_text(self, note: str) -> str:
        """A note with our own signature alone: a witness need not read the others'."""
        text, gap, lines = note.rpartition("\n\n")
        own = [line for line in lines.splitlines() if line.startswith(f"— {self._own_key().name} ")]
        return text + gap + "".join(line + "\n" for line in own)

    def _must_cover(self, size: int) -> None:
        last = self.latest_checkpoint()
        if last is None or size > last.size:
            raise NotCoveredError(f"no checkpoint covers {size} entries yet")

    def _read_node(self, level: int, index: int) -> bytes:
        row: tuple[Any] | None
        if level == 0:
            row = models.Entry.objects.using(self._alias).filter(idx=index).values_list("leaf_hash").first()
        else:
            row = (
                models.Node.objects.using(self._alias)
                .filter(level=level, idx=index)
                .values_list("hash")
                .first()
            )
        if row is None:
            raise DamagedError(f"node {index} of level {level} is missing")
        return bytes(row[0])

    def _extend(self, last: SignedCheckpoint | None, size: int) -> bytes:
        """Store the nodes that entries since the last checkpoint complete; return the new root."""
        frontier = tree.Frontier(last.size, self._read_node) if last else tree.Frontier()
        if last is not None and frontier.root() != last.root:
            raise DamagedError(f"the stored tree does not give the root signed at {last.size}")
        for rows in self._batches(frontier.size, size):
            nodes: list[tuple[int, int, bytes]] = []
            for row in rows:
                hash_ = tree.leaf_hash(row.body.encode())
                if row.idx != frontier.size or bytes(row.leaf_hash) != hash_:
                    raise DamagedError(f"entry {frontier.size} is missing or does not give its hash")
                nodes += frontier.push(hash_)
            with transaction.atomic(using=self._alias), connections[self._alias].cursor() as cursor:
                cursor.executemany(_PUT_NODE, nodes)
        if frontier.size != size:
            raise DamagedError(f"the ledger should hold {size} entries and ends at {frontier.size}")
        return frontier.root()

    def _keep(self, size: int, root: bytes, note: str) -> SignedCheckpoint:
        with transaction.atomic(using=self._alias, durable=True):
            row, _ = models.Checkpoint.objects.using(self._alias).get_or_create(
                size=size, defaults={"root": root, "note": note, "at": self._clock()}
            )
        if bytes(row.root) != root:
            raise DamagedError(f"another root is already signed for {size} entries")
        return _checkpoint(row)

    def _batches(self, start: int, stop: int) -> Iterator[list[models.Entry]]:
        for begin in range(start, stop, _BATCH):
            rows = models.Entry.objects.using(self._alias)
            yield list(rows.filter(idx__gte=begin, idx__lt=min(begin + _BATCH, stop)).order_by("idx"))


def _entry(row: models.Entry) -> LedgerEntry:
    return LedgerEntry(row.idx, json.loads(row.body), bytes(row.leaf_hash))


def _checkpoint(row: models.Checkpoint) -> SignedCheckpoint:
    return SignedCheckpoint(row.size, bytes(row.root), row.note, row.at)


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
