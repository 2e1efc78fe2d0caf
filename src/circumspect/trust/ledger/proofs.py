"""A file that proves some entries to stand in the signed ledger, to be checked far from here.

It holds the leaves themselves, byte for byte; a signed checkpoint over all of the ledger, with the witnesses'
signatures on it; and the hashes beside the leaves that lead from them to the checkpoint's root, each once. So a
patron can take their own looks home: ``verifier --proofs FILE --key VKEY`` needs nothing else and asks nobody. Of
other entries it gives away hashes alone.

    {"format": "circumspect proofs 1", "key": VKEY, "checkpoint": NOTE,
     "leaves": {"17": LEAF, ...}, "beside": {"0-16": HEX, ...}}

Source: RFC 6962, section 2.1.1; guarantees 6 and 10.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from circumspect.trust.ledger import tree
from circumspect.trust.ledger.errors import NotCoveredError
from circumspect.trust.ledger.store import Ledger, LedgerEntry

FORMAT: Final = "circumspect proofs 1"


def proof_file(ledger: Ledger, entries: Iterable[LedgerEntry | int]) -> bytes:
    """The file for some entries, as UTF-8 JSON. Signs what is not signed yet.

    Args:
        entries: The entries, or their places; in any order.

    Raises:
        NotCoveredError: There are none, or one is not in the ledger.
        LedgerError: There is no signing key, or the ledger does not fit its own checkpoints.
    """
    indexes = sorted({each if isinstance(each, int) else each.index for each in entries})
    leaves = ledger.leaves(indexes)
    if not indexes or len(leaves) != len(indexes):
        raise NotCoveredError("proofs are made for entries that are in the ledger")
    ledger.checkpoint()
    checkpoint = ledger.best_checkpoint(indexes[-1])
    spans = tree.spans_beside(indexes, checkpoint.size)
    nodes = ledger.nodes([node for span in spans for node in tree.nodes_of(span)])
    beside = {
        f"{begin}-{end}": tree.span_hash((begin, end), lambda level, index: nodes[level, index]).hex()
        for begin, end in spans
    }
    file = {
        "format": FORMAT,
        "key": ledger.vkey,
        "checkpoint": checkpoint.note,
        "leaves": {str(index): leaves[index] for index in indexes},
        "beside": beside,
    }
    return json.dumps(file, indent=1).encode()
