"""The ledger keeps entries in one order, finds them by link, signs them, proves them, and forgets links only."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from circumspect.trust.ledger import models, tree
from circumspect.trust.ledger.body import Mark
from circumspect.trust.ledger.checkpoint import Signer, open_checkpoint
from circumspect.trust.ledger.errors import (
    DamagedError,
    EntryRefusedError,
    LedgerError,
    NotCoveredError,
    NotWrittenError,
    ProofError,
)
from circumspect.trust.ledger.store import Ledger

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
really_committing = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)

Body = Callable[..., dict[str, Any]]
MakeMark = Callable[..., Mark]


def fill(ledger: Ledger, a_body: Body, a_mark: MakeMark, count: int, **changes: Any) -> None:
    ledger.append_many([(a_body(**changes), [a_mark()]) for _ in range(count)])


def sql(statement: str) -> list[Any]:
    """A superuser at the database."""
    with connections["ledger"].cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


# -- writing and reading


def test_entries_are_numbered_from_zero_without_a_gap(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    receipts = [ledger.append(a_body(), [a_mark()]) for _ in range(3)]
    receipts += ledger.append_many([(a_body(), [a_mark()]), (a_body(), []), (a_body(), [a_mark(), a_mark()])])

    assert [receipt.index for receipt in receipts] == [0, 1, 2, 3, 4, 5]
    assert ledger.size() == 6
    assert ledger.append_many([]) == []


@really_committing
def test_numbering_is_the_same_when_each_entry_commits(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    """The hot path, which the tests that roll back do not take."""
    receipts = [
        ledger.append(a_body(), [a_mark(), a_mark()]),
        *ledger.append_many([(a_body(), []), (a_body(), [])]),
    ]

    assert [receipt.index for receipt in receipts] == [0, 1, 2]
    assert [entry.leaf_hash for entry in ledger.entries(0, 9)] == [receipt.leaf_hash for receipt in receipts]
    assert len(ledger.marks(0)) == 2


def test_what_is_read_is_what_was_said_and_what_is_stored_is_what_was_hashed(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    body, mark = a_body(outcome="refused", reason="patron wrote"), a_mark()

    receipt = ledger.append(body, [mark])

    (entry,) = ledger.entries(0, 1)
    assert entry.body == {**body, "marks": [mark.digest.hex()]}
    assert (
        entry.leaf_hash == receipt.leaf_hash == tree.leaf_hash(models.Entry.objects.get(idx=0).body.encode())
    )
    (stored,) = ledger.marks(0)
    assert (stored.epoch, stored.link, stored.back) == (mark.epoch, mark.link, mark.back)


@pytest.mark.clause("MP-7.15")
def test_refused_entry_leaves_no_trace_and_takes_no_number(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    ledger.append(a_body(), [])

    with pytest.raises(EntryRefusedError):
        ledger.append(a_body(purpose="about ada@example.org"), [a_mark()])
    with pytest.raises(EntryRefusedError):
        ledger.append_many([(a_body(), [a_mark()]), (a_body(title="x"), [])])

    assert ledger.size() == 1
    assert ledger.append(a_body(), []).index == 1


def test_entries_of_a_subject_are_found_by_their_links_newest_first(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    old, new, other = b"o" * 16, b"n" * 16, b"x" * 16
    ledger.append(a_body(), [a_mark(1, old)])
    ledger.append(a_body(), [a_mark(1, other)])
    ledger.append(a_body(), [a_mark(2, other), a_mark(2, new)])
    ledger.append(a_body(), [a_mark(2, old)])  # the same bytes in another epoch mean another subject

    found = ledger.entries_for_links([(1, old), (2, new)], limit=10)

    assert [entry.index for entry in found] == [2, 0]
    assert [entry.index for entry in ledger.entries_for_links([(1, old), (2, new)], limit=1)] == [2]
    assert ledger.entries_for_links([], limit=10) == []
    assert ledger.entries_for_links([(9, new)], limit=10) == []


def test_an_entry_with_two_marks_of_one_subject_is_found_once(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    ledger.append(a_body(), [a_mark(1, b"a" * 16), a_mark(1, b"b" * 16)])

    assert len(ledger.entries_for_links([(1, b"a" * 16), (1, b"b" * 16)], limit=10)) == 1


def test_more_entries_than_one_query_may_name_are_all_found(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    ledger.append_many([(a_body(), [a_mark(1, b"a" * 16)]) for _ in range(1201)])

    found = ledger.entries_for_links([(1, b"a" * 16)], limit=5000)

    assert [entry.index for entry in found] == list(range(1200, -1, -1))


# -- forgetting


@pytest.mark.clause("TH-1.11")
def test_links_of_a_dead_epoch_go_and_the_tree_still_verifies(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    ledger.append_many([(a_body(), [a_mark(1, b"d" * 16), a_mark(2, b"l" * 16)]) for _ in range(5)])
    before = ledger.checkpoint()

    assert ledger.drop_links(1) == 5

    assert ledger.entries_for_links([(1, b"d" * 16)], limit=10) == []
    assert len(ledger.entries_for_links([(2, b"l" * 16)], limit=10)) == 5
    dead, alive = ledger.marks(0)
    assert (dead.link, dead.back) == (None, None)
    assert alive.link == b"l" * 16
    frontier = tree.Frontier()
    for entry in models.Entry.objects.order_by("idx"):
        frontier.push(tree.leaf_hash(entry.body.encode()))
    assert frontier.root() == before.root
    assert ledger.drop_links(1) == 0


def test_twin_whose_leaves_commit_to_links_is_caught(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    """Had the leaf held the link itself, forgetting would break the tree or forget nothing."""
    mark = a_mark(1)
    ledger.append(a_body(), [mark])
    twin_leaf = json.dumps({**a_body(), "marks": [mark.link.hex()]})

    ledger.drop_links(1)

    assert mark.link.hex() not in "".join(models.Entry.objects.values_list("body", flat=True))
    assert mark.link.hex() in twin_leaf


@really_committing
def test_bytes_of_dropped_links_are_gone_from_the_files(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    from pathlib import Path

    connection = connections["ledger"]
    if connection.vendor != "sqlite":
        assert (
            ledger.drop_links(1) == 0
        )  # PostgreSQL overwrites dead rows in its own time; the keys are gone by then
        return
    mark = a_mark(1)
    ledger.append(a_body(), [mark])

    ledger.drop_links(1)

    files = [Path(str(connection.settings_dict["NAME"]) + end) for end in ("", "-wal")]
    held = b"".join(file.read_bytes() for file in files if file.exists())
    assert mark.digest.hex().encode() in held
    assert mark.link not in held
    assert mark.back not in held


# -- checkpoints


def test_checkpoint_signs_the_root_over_all_entries(
    ledger: Ledger, signer: Signer, clock: Any, a_body: Body, a_mark: MakeMark
) -> None:
    fill(ledger, a_body, a_mark, 6)

    made = ledger.checkpoint()

    verified = open_checkpoint(made.note, signer.public_key).checkpoint
    frontier = tree.Frontier()
    for entry in ledger.entries(0, 6):
        frontier.push(entry.leaf_hash)
    assert (verified.size, verified.root) == (6, frontier.root()) == (made.size, made.root)
    assert made.at == clock.now
    assert ledger.latest_checkpoint() == made


def test_checkpoint_with_nothing_new_is_the_last_one(
    ledger: Ledger, clock: Any, a_body: Body, a_mark: MakeMark
) -> None:
    fill(ledger, a_body, a_mark, 3)
    first = ledger.checkpoint()
    clock.forward(days=1)

    assert ledger.checkpoint() == first
    assert ledger.checkpoints() == [first]


def test_an_empty_ledger_can_be_signed_too(ledger: Ledger) -> None:
    made = ledger.checkpoint()

    assert (made.size, made.root) == (0, tree.EMPTY_ROOT)


@pytest.mark.parametrize("steps", [[1, 1, 1, 1], [2, 3, 5, 8], [7, 1, 9], [16, 16], [1, 31]])
def test_checkpoints_made_in_steps_agree_with_one_made_at_once(
    ledger: Ledger, a_body: Body, a_mark: MakeMark, steps: list[int]
) -> None:
    frontier = tree.Frontier()
    for step in steps:
        fill(ledger, a_body, a_mark, step)
        for entry in ledger.entries(frontier.size, frontier.size + step):
            frontier.push(entry.leaf_hash)

        assert ledger.checkpoint().root == frontier.root()


def test_every_proof_a_patron_could_ask_for_holds(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    made = {}
    for step in (3, 4, 6):
        fill(ledger, a_body, a_mark, step)
        made[ledger.size()] = ledger.checkpoint().root

    for size, root in made.items():
        for index in range(size):
            leaf = ledger.entries(index, index + 1)[0].leaf_hash
            tree.check_inclusion(leaf, index, size, ledger.inclusion_proof(index, size), root)
        for old, old_root in made.items():
            if old <= size:
                tree.check_consistency(old, old_root, size, root, ledger.consistency_proof(old, size))


def test_nothing_is_proved_beyond_the_last_checkpoint(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    with pytest.raises(NotCoveredError):
        ledger.inclusion_proof(0, 1)
    fill(ledger, a_body, a_mark, 3)
    ledger.checkpoint()
    fill(ledger, a_body, a_mark, 1)

    for index, size in ((0, 4), (3, 3), (-1, 3)):
        with pytest.raises(NotCoveredError):
            ledger.inclusion_proof(index, size)
    for old, new in ((3, 4), (-1, 3), (3, 2)):
        with pytest.raises(NotCoveredError):
            ledger.consistency_proof(old, new)


def test_without_a_key_nothing_is_signed_and_all_else_works(a_body: Body, a_mark: MakeMark) -> None:
    keyless = Ledger()

    keyless.append(a_body(), [a_mark()])

    with pytest.raises(LedgerError, match="no signing key"):
        keyless.checkpoint()
    assert keyless.latest_checkpoint() is None


DAMAGE = {
    "edited since": "UPDATE ledger_entry SET body = '{}' WHERE idx = 4",
    "edited with its hash, and covered": "UPDATE ledger_entry SET leaf_hash = '0' WHERE idx = 2",
    "cut since": "DELETE FROM ledger_entry WHERE idx = 4",
    "cut tail": "DELETE FROM ledger_entry WHERE idx > 3",
    "head set back": "UPDATE ledger_head SET size = 2 WHERE id = 1",
    "head gone": "DELETE FROM ledger_head",
    "head run ahead": "UPDATE ledger_head SET size = 60 WHERE id = 1",
    "node changed": "UPDATE ledger_node SET hash = '0' WHERE level = 1",
    "node gone": "DELETE FROM ledger_node",
    "signed root changed": "UPDATE ledger_checkpoint SET root = '0'",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_nothing_is_signed_on_top_of_damage(
    ledger: Ledger, a_body: Body, a_mark: MakeMark, damage: str
) -> None:
    fill(ledger, a_body, a_mark, 3)
    ledger.checkpoint()
    fill(ledger, a_body, a_mark, 4)

    sql(
        damage.replace(
            "= '0'", "= " + ("'\\x30'" if connections["ledger"].vendor == "postgresql" else "x'30'")
        )
    )

    with pytest.raises(DamagedError):
        ledger.checkpoint()
    assert models.Checkpoint.objects.count() == 1


def test_twin_that_trusts_stored_hashes_signs_on_top_of_damage(
    ledger: Ledger, a_body: Body, a_mark: MakeMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take the check of bytes against hash away, and the damage above is signed: the test would notice."""
    fill(ledger, a_body, a_mark, 1)
    stored = ledger.entries(0, 1)[0].leaf_hash
    sql("UPDATE ledger_entry SET body = '{}' WHERE idx = 0")

    monkeypatch.setattr(tree, "leaf_hash", lambda _: stored)

    assert ledger.checkpoint().size == 1


def test_a_missing_head_beside_entries_is_damage_and_nothing_is_written_on_it(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    """Starting again from nought would write a second entry 0."""
    fill(ledger, a_body, a_mark, 2)
    sql("DELETE FROM ledger_head")

    with pytest.raises(NotWrittenError):
        ledger.append(a_body(), [a_mark()])

    assert models.Entry.objects.count() == 2


# -- policies


@pytest.mark.clause("MP-7.16")
def test_policy_texts_are_kept_under_the_hash_that_entries_name(ledger: Ledger) -> None:
    from circumspect.trust.policy.policy import bundle_hash

    bundle = {"rules.cedar": "permit(…);", "clauses.toml": "# ñ"}

    ledger.keep_policy(bundle_hash(bundle), json.dumps(bundle))
    ledger.keep_policy(bundle_hash(bundle), json.dumps(bundle, indent=2))

    assert json.loads(ledger.policy(bundle_hash(bundle)) or "") == bundle
    assert ledger.policy("00" * 32) is None


def test_other_texts_are_not_kept_under_a_hash_nor_given_out(ledger: Ledger) -> None:
    from circumspect.trust.policy.policy import bundle_hash

    bundle = {"rules.cedar": "forbid"}
    for texts in ('{"rules.cedar": "permit"}', "not json"):
        with pytest.raises(LedgerError):
            ledger.keep_policy(bundle_hash(bundle), texts)
    assert models.PolicyBundle.objects.count() == 0
    ledger.keep_policy(bundle_hash(bundle), json.dumps(bundle))

    sql("UPDATE ledger_policy_bundle SET body = '{}'")

    with pytest.raises(DamagedError):
        ledger.policy(bundle_hash(bundle))


# -- export


def test_export_is_the_leaves_byte_for_byte(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    fill(ledger, a_body, a_mark, 5)
    stream = io.BytesIO()

    assert ledger.export(stream) == 5

    lines = stream.getvalue().split(b"\n")
    assert lines[-1] == b""
    assert [tree.leaf_hash(line) for line in lines[:-1]] == [
        entry.leaf_hash for entry in ledger.entries(0, 5)
    ]


# -- a transaction of its own


@really_committing
@pytest.mark.clause("MP-7.15")
def test_entry_outlives_the_failure_of_the_act_it_allowed(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    """Somebody looked; that their transaction on the records was rolled back does not unlook it."""
    with transaction.atomic(using="default"):
        ledger.append(a_body(), [a_mark()])
        transaction.set_rollback(True, using="default")

    assert ledger.size() == 1


@really_committing
def test_no_receipt_inside_a_transaction_that_could_take_it_back(
    ledger: Ledger, a_body: Body, a_mark: MakeMark
) -> None:
    with transaction.atomic(using="ledger"), pytest.raises(NotWrittenError):
        ledger.append(a_body(), [a_mark()])

    assert ledger.size() == 0


@really_committing
def test_twin_that_writes_into_the_outer_transaction_is_caught(
    ledger: Ledger, a_body: Body, a_mark: MakeMark, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the demand for a transaction of its own, a receipt is given for an entry that then vanishes."""
    real = transaction.atomic
    monkeypatch.setattr(transaction, "atomic", lambda using=None, durable=False: real(using=using))
    receipts = []

    with real(using="ledger"):
        receipts.append(ledger.append(a_body(), [a_mark()]))
        transaction.set_rollback(True, using="ledger")

    assert receipts
    assert ledger.size() == 0


def test_commit_waits_for_the_disk() -> None:
    if connections["ledger"].vendor == "sqlite":
        assert sql("PRAGMA synchronous") == [(2,)]
    else:
        assert sql("SHOW synchronous_commit") == [("on",)]


def test_a_checkpoint_is_dated_with_its_zone(ledger: Ledger) -> None:
    assert ledger.checkpoint().at.tzinfo is not None
    assert Ledger()._clock().tzinfo is dt.UTC


def test_proof_for_another_entry_does_not_hold(ledger: Ledger, a_body: Body, a_mark: MakeMark) -> None:
    fill(ledger, a_body, a_mark, 5)
    root = ledger.checkpoint().root
    leaf = ledger.entries(1, 2)[0].leaf_hash

    with pytest.raises(ProofError):
        tree.check_inclusion(leaf, 1, 5, ledger.inclusion_proof(2, 5), root)
