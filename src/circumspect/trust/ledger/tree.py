"""The Merkle tree of RFC 6962: hashes, roots, inclusion and consistency proofs, and their checking.

Pure: bytes in, bytes out. Where the nodes rest is the caller's affair, who hands in a small callable
``read(level, index)`` giving the hash of the complete subtree over the leaves
``[index << level, (index + 1) << level)``; level 0 are the leaf hashes. ``Frontier`` makes those nodes,
one leaf at a time, and holds no more than one hash per level.

A leaf and an inner node are hashed with different first bytes, so that neither passes for the other.

Source: RFC 6962, sections 2.1 to 2.1.2; checking follows RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from circumspect.trust.ledger.errors import ProofError

ReadNode = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf's bytes, 32 bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to append to it and to know its root.

    Attributes:
        size: How many leaves are under it.
    """

    def __init__(self, size: int = 0, read: ReadNode | None = None) -> None:
        """Start empty, or take up a tree of ``size`` leaves whose complete subtrees ``read`` gives."""
        if size and read is None:
            raise ValueError("a tree that is not empty needs its nodes")
        self.size = size
        # (level, hash) of each complete subtree, from the largest, leftmost, to the smallest.
        self._edge: list[tuple[int, bytes]] = []
        if read is not None:
            self._edge = [(level, read(level, index)) for level, index in _complete_subtrees(0, size)]

    def push(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf hash; return the inner nodes it completes as (level, index, hash), lowest first."""
        level, top = 0, leaf
        made: list[tuple[int, int, bytes]] = []
        while self._edge and self._edge[-1][0] == level:
            top = node_hash(self._edge.pop()[1], top)
            level += 1
            made.append((level, self.size >> level, top))
        self._edge.append((level, top))
        self.size += 1
        return made

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return _fold([hash_ for _, hash_ in self._edge])


def root(size: int, read: ReadNode) -> bytes:
    """The root over the first ``size`` leaves."""
    return _range_hash(0, size, read)


def inclusion_proof(index: int, size: int, read: ReadNode) -> list[bytes]:
    """The path that proves leaf ``index`` to be in the tree of ``size`` leaves, nearest sibling first.

    Raises:
        ProofError: There is no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _largest_power_below(end - begin)
        if index < middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(begin, middle, read))
            begin = middle
    return path[::-1]


def spans_beside(indexes: Sequence[int], size: int) -> list[tuple[int, int]]:
    """The ranges (begin, end) whose hashes, together with some leaves, give the root over ``size`` leaves.

    What every leaf's own path would repeat stands here once. Left to right; empty where all leaves are given.

    Args:
        indexes: The leaves, in rising order, none twice, all below ``size``.
    """
    spans: list[tuple[int, int]] = []
    ranges = [(0, size, 0, len(indexes))]  # begin, end, and which of the indexes lie in between
    while ranges:
        begin, end, first, last = ranges.pop()
        if first == last:
            spans.append((begin, end))
        elif end - begin > 1:
            middle = begin + _largest_power_below(end - begin)
            split = bisect_left(indexes, middle, first, last)
            ranges += [(middle, end, split, last), (begin, middle, first, split)]
    return spans


def nodes_of(span: tuple[int, int]) -> list[tuple[int, int]]:
    """The complete subtrees, as (level, index), that make up a range."""
    return list(_complete_subtrees(*span))


def span_hash(span: tuple[int, int], read: ReadNode) -> bytes:
    """The hash over a range that ``spans_beside`` has named."""
    return _range_hash(*span, read)


def consistency_proof(old: int, new: int, read: ReadNode) -> list[bytes]:
    """The proof that the tree of ``new`` leaves begins with the tree of ``old`` leaves.

    Raises:
        ProofError: Not 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} cannot begin with one of {old}")
    if old in (0, new):
        return []
    path: list[bytes] = []
    begin, end, known = 0, new, True  # known: the old root itself is the subtree we stand on
    while end != old:
        middle = begin + _largest_power_below(end - begin)
        if old <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(begin, middle, read))
            begin, known = middle, False
    if not known:
        path.append(_range_hash(begin, end, read))
    return path[::-1]


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> None:
    """Pass if ``proof`` shows that the leaf hash stands at ``index`` under ``root_hash``.

    Raises:
        ProofError: It does not.
    """
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or result != root_hash:
        raise ProofError("the inclusion proof does not lead to the root")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Pass if ``proof`` shows that the tree under ``new_root`` begins with the tree under ``old_root``.

    Raises:
        ProofError: It does not.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a tree of {new} cannot begin with one of {old}")
    if old in (0, new):
        if proof or old_root != (new_root if old == new else EMPTY_ROOT):
            raise ProofError("the consistency proof does not join the two roots")
        return
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        raise ProofError("the consistency proof is empty")
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    seen_old = seen_new = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if node & 1 or node == last:
            seen_old, seen_new = node_hash(sibling, seen_old), node_hash(sibling, seen_new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            seen_new = node_hash(seen_new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or seen_old != old_root or seen_new != new_root:
        raise ProofError("the consistency proof does not join the two roots")


def _largest_power_below(count: int) -> int:
    return 1 << ((count - 1).bit_length() - 1)


def _complete_subtrees(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """(level, index) of the complete subtrees that make up a range as RFC 6962 splits it, left to right."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


def _range_hash(begin: int, end: int, read: ReadNode) -> bytes:
    return _fold([read(level, index) for level, index in _complete_subtrees(begin, end)])


def _fold(hashes: list[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result
