"""The tree is RFC 6962's, its proofs prove, and what was tampered with does not."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circumspect.trust.ledger import tree
from circumspect.trust.ledger.errors import ProofError

# The eight leaves and the roots of their prefixes that implementations of RFC 6962 test each other with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

sizes = st.integers(min_value=1, max_value=70)


def grow(leaves: list[bytes]) -> tuple[tree.Frontier, dict[tuple[int, int], bytes]]:
    """A frontier over leaf hashes, and all nodes it made."""
    frontier = tree.Frontier()
    nodes = {(0, index): leaf for index, leaf in enumerate(leaves)}
    for leaf in leaves:
        nodes |= {(level, index): made for level, index, made in frontier.push(leaf)}
    return frontier, nodes


def reader(nodes: dict[tuple[int, int], bytes]) -> tree.ReadNode:
    return lambda level, index: nodes[level, index]


def hashes(count: int) -> list[bytes]:
    return [tree.leaf_hash(str(number).encode()) for number in range(count)]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """The recursive definition of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    parts = root_by_definition(leaves[:split]) + root_by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + parts).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_tree_has_its_known_roots(size: int) -> None:
    frontier, nodes = grow([tree.leaf_hash(leaf) for leaf in LEAVES[:size]])

    assert frontier.root().hex() == ROOTS[size]
    assert tree.root(size, reader(nodes)).hex() == ROOTS[size]


def test_known_proofs_of_the_known_tree() -> None:
    """The published path of the sixth leaf among eight, and the published proof from six leaves to eight."""
    _, nodes = grow([tree.leaf_hash(leaf) for leaf in LEAVES])

    inclusion = tree.inclusion_proof(5, 8, reader(nodes))
    consistency = tree.consistency_proof(6, 8, reader(nodes))

    assert [step.hex() for step in inclusion] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in consistency] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(sizes)
def test_root_is_the_one_of_the_definition(size: int) -> None:
    frontier, nodes = grow(hashes(size))

    assert frontier.root() == root_by_definition(hashes(size)) == tree.root(size, reader(nodes))


@given(sizes, sizes)
def test_a_tree_taken_up_again_grows_as_if_never_put_down(first: int, more: int) -> None:
    leaves = hashes(first + more)
    whole, nodes = grow(leaves)

    resumed = tree.Frontier(first, reader(nodes))
    made = [node for leaf in leaves[first:] for node in resumed.push(leaf)]

    assert resumed.root() == whole.root()
    assert all(nodes[level, index] == hash_ for level, index, hash_ in made)


@given(st.data(), sizes)
def test_every_leaf_has_a_proof_that_holds(data: st.DataObject, size: int) -> None:
    frontier, nodes = grow(hashes(size))
    index = data.draw(st.integers(0, size - 1))

    proof = tree.inclusion_proof(index, size, reader(nodes))

    tree.check_inclusion(hashes(size)[index], index, size, proof, frontier.root())


@given(st.data(), sizes)
def test_a_proof_tampered_with_proves_nothing(data: st.DataObject, size: int) -> None:
    frontier, nodes = grow(hashes(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, proof = hashes(size)[index], tree.inclusion_proof(index, size, reader(nodes))
    wrong = {
        "leaf": (tree.leaf_hash(b"never entered"), index, size, proof),
        "longer": (leaf, index, size, [*proof, bytes(32)]),
        "outside": (leaf, size, size, proof),
    }
    if proof:
        step = data.draw(st.integers(0, len(proof) - 1))
        wrong["step"] = (leaf, index, size, [*proof[:step], bytes(32), *proof[step + 1 :]])
        wrong["shorter"] = (leaf, index, size, proof[:-1])
        wrong["elsewhere"] = (leaf, index ^ 1, size, proof)

    for offered in wrong.values():
        with pytest.raises(ProofError):
            tree.check_inclusion(*offered, frontier.root())


@given(st.data(), sizes)
def test_every_older_tree_is_proved_to_be_the_beginning(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(0, new))
    leaves = hashes(new)
    frontier, nodes = grow(leaves)

    proof = tree.consistency_proof(old, new, reader(nodes))

    tree.check_consistency(old, root_by_definition(leaves[:old]), new, frontier.root(), proof)


@given(st.data(), st.integers(2, 70))
def test_a_rewritten_beginning_has_no_proof(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new - 1))
    leaves = hashes(new)
    old_root = root_by_definition(leaves[:old])
    changed = data.draw(st.integers(0, old - 1))
    leaves[changed] = tree.leaf_hash(b"rewritten")
    frontier, nodes = grow(leaves)
    proof = tree.consistency_proof(old, new, reader(nodes))

    for offered in (proof, proof[:-1], [*proof, bytes(32)], []):
        with pytest.raises(ProofError):
            tree.check_consistency(old, old_root, new, frontier.root(), offered)


def test_two_trees_of_one_size_are_consistent_only_if_equal() -> None:
    _, nodes = grow(hashes(4))
    root = tree.root(4, reader(nodes))

    tree.check_consistency(4, root, 4, root, [])
    for old, old_root in ((4, bytes(32)), (0, bytes(32))):
        with pytest.raises(ProofError):
            tree.check_consistency(old, old_root, 4, root, [])


@settings(max_examples=10)
@given(st.integers(-3, 0))
def test_no_proof_is_made_of_what_is_not_there(beyond: int) -> None:
    _, nodes = grow(hashes(3))

    for index in (3 - beyond, beyond - 1):
        with pytest.raises(ProofError):
            tree.inclusion_proof(index, 3, reader(nodes))
    for old in (4 - beyond, beyond - 1):
        with pytest.raises(ProofError):
            tree.consistency_proof(old, 3, reader(nodes))


def test_a_frontier_over_something_needs_its_nodes() -> None:
    with pytest.raises(ValueError, match="needs its nodes"):
        tree.Frontier(3)


def test_twin_that_hashes_leaves_like_nodes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the two first bytes, an inner node could be passed off as a leaf: the known roots notice."""
    monkeypatch.setattr(tree, "leaf_hash", lambda leaf: hashlib.sha256(leaf).digest())

    frontier, _ = grow([tree.leaf_hash(leaf) for leaf in LEAVES])

    assert frontier.root().hex() != ROOTS[8]


def test_twin_that_pairs_the_last_leaf_with_itself_is_caught() -> None:
    """The other common tree doubles an odd leaf, and lets two lists have one root: the definition notices."""
    leaves = hashes(3)
    doubled = tree.node_hash(tree.node_hash(leaves[0], leaves[1]), tree.node_hash(leaves[2], leaves[2]))

    assert doubled != root_by_definition(leaves)
