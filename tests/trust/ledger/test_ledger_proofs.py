"""Proofs to take home: they verify with the standalone verifier alone, and a change to any part of them is found."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ledger_world import make_signer

from circumspect.trust.ledger import tree, verifier
from circumspect.trust.ledger.checkpoint import PublicKey, cosign, witness_key
from circumspect.trust.ledger.errors import NotCoveredError
from circumspect.trust.ledger.proofs import proof_file

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
KEY = make_signer().vkey
SEED = bytes(range(32, 64))


@pytest.fixture
def filled(ledger: Any, a_body: Any, a_mark: Any) -> Any:
    """A ledger of 37 entries, signed in two steps and grown by three since."""
    for begin, end in ((0, 20), (20, 37), (37, 40)):
        ledger.append_many([(a_body(), [a_mark()]) for _ in range(begin, end)])
        if end < 40:
            ledger.checkpoint()
    return ledger


def _get(hashes: dict[tuple[int, int], bytes], level: int, index: int) -> bytes:
    return hashes[level, index]


def judged(tmp_path: Path, file: bytes, *more: str) -> dict[str, Any]:
    """What the verifier says, run as anybody would."""
    path = tmp_path / "looks.json"
    path.write_bytes(file)
    keys = [verifier.read_key(key) for key in (KEY, *more)]
    return vars(verifier.verify_proofs(path, keys, []))


@pytest.mark.clause("MP-7.15")
@pytest.mark.parametrize("places", [[0], [39], [3, 4, 36], list(range(40)), [0, 39]])
def test_some_entries_are_proven_without_the_others(filled, tmp_path, places):
    file = proof_file(filled, filled.entries(0, 40)[::1] if len(places) == 40 else places)

    report = judged(tmp_path, file)

    assert report["findings"] == []
    assert (report["entries"], report["covered"]) == (len(places), len(places))
    told = json.loads(file)
    assert [int(index) for index in told["leaves"]] == places
    others = [entry.body["nonce"] for entry in filled.entries(0, 40) if entry.index not in places]
    assert not [nonce for nonce in others if nonce.encode() in file]


def test_a_change_to_any_part_of_a_proof_is_found(filled, tmp_path):
    """The broken twin: each leaf edited or moved, each hash flipped, the checkpoint of another ledger."""
    file = json.loads(proof_file(filled, [3, 4, 36]))
    twins = []
    for index, leaf in file["leaves"].items():
        twins.append({**file, "leaves": {**file["leaves"], index: leaf.replace("allowed", "refused")}})
        moved = {(str(int(at) + 1) if at == index else at): text for at, text in file["leaves"].items()}
        twins.append({**file, "leaves": moved})
    for span, hash_ in file["beside"].items():
        twins.append(
            {**file, "beside": {**file["beside"], span: hash_[:-1] + ("0" if hash_[-1] != "0" else "1")}}
        )
        twins.append({**file, "beside": {at: text for at, text in file["beside"].items() if at != span}})
    twins.append({**file, "checkpoint": file["checkpoint"].replace("\n40\n", "\n41\n")})

    for twin in twins:
        try:
            report = judged(tmp_path, json.dumps(twin).encode())
        except verifier.CannotReadError:
            continue
        assert report["findings"], twin
        assert report["covered"] == 0


def test_an_entry_beyond_what_is_signed_is_not_believed(filled, tmp_path):
    """A leaf that no step of the climb reaches must not be counted as proven."""
    file = json.loads(proof_file(filled, [3]))
    file["leaves"]["4000"] = file["leaves"]["3"]

    with pytest.raises(verifier.CannotReadError):
        judged(tmp_path, json.dumps(file).encode())


@pytest.mark.parametrize(
    "broken", [b"", b"[]", b"{}", b'{"leaves": {"0": 1}}', b'{"leaves": {"a": "b"}, "beside": {}}']
)
def test_a_file_that_is_none_is_said_to_be_none(tmp_path, broken):
    with pytest.raises(verifier.CannotReadError):
        judged(tmp_path, broken)


def test_a_witnesss_signature_goes_home_with_the_proof(filled, tmp_path):
    """The newest checkpoint that a witness signed is taken, though a newer one of our own is there."""
    signed = filled.checkpoint()
    witness = witness_key("village-clerk", SEED)
    filled.keep_cosignature(cosign(signed.note, name="village-clerk", seed=SEED, at=1_700_000_000), witness)

    report = judged(tmp_path, proof_file(filled, [3]), PublicKey.parse(witness.vkey).vkey)

    assert report["covered_cosigned"] == 1


def test_nothing_is_proven_of_an_entry_that_is_not_there(filled):
    for places in ([], [40], [-1], [3, 400]):
        with pytest.raises(NotCoveredError):
            proof_file(filled, places)


def test_spans_and_leaves_make_the_root_whatever_is_chosen():
    """For random trees and random choices, folding what is given equals the tree's own root."""
    chance = random.Random(6)
    for _ in range(200):
        size = chance.randrange(1, 300)
        leaves = [tree.leaf_hash(b"%d" % at) for at in range(size)]
        hashes: dict[tuple[int, int], bytes] = {(0, at): leaf for at, leaf in enumerate(leaves)}
        frontier = tree.Frontier()
        for leaf in leaves:
            hashes |= {(level, at): node for level, at, node in frontier.push(leaf)}
        mine = sorted(chance.sample(range(size), chance.randrange(1, size + 1)))
        beside = {
            f"{begin}-{end}": tree.span_hash((begin, end), partial(_get, hashes))
            for begin, end in tree.spans_beside(mine, size)
        }

        told = verifier._climb(0, size, {at: b"%d" % at for at in mine}, beside)

        assert told == frontier.root()


@pytest.mark.clause("MP-7.15")
def test_a_thousand_looks_among_three_thousand_are_proven_in_one_file(ledger, a_body, a_mark, tmp_path):
    ledger.append_many([(a_body(), [a_mark()]) for _ in range(3000)])
    ledger.checkpoint()

    file = proof_file(ledger, range(0, 3000, 3))

    assert judged(tmp_path, file)["covered"] == 1000
