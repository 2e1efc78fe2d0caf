"""An entry says words of closed lists, hashes and counts, and cannot be made to say anything else."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.trust.ledger import body as body_module
from circumspect.trust.ledger import tree
from circumspect.trust.ledger.body import BODY_KEYS, Mark, make_leaf
from circumspect.trust.ledger.errors import EntryRefusedError

Body = Callable[..., dict[str, Any]]
MARK = Mark(3, bytes(16), bytes(60), bytes(range(32)))

SMUGGLED = [
    "Ada Lovelace <ada@example.org>",
    "ada@example.org",
    "Zoë Müller",
    "12 Oak St., Apt 4",
    "21234000000123",
    "call 5551234567",
    "O'Brien",
    "x" * 81,
    "line\nline",
    "NUL\x00",
]


def test_leaf_is_canonical_json_and_its_hash_is_of_those_very_bytes(a_body: Body) -> None:
    leaf = make_leaf(a_body(nonce="00" * 16), [MARK])

    assert leaf.text == json.dumps(
        {**a_body(nonce="00" * 16), "marks": [bytes(range(32)).hex()]}, sort_keys=True, separators=(",", ":")
    )
    assert leaf.text.isascii()
    assert leaf.hash == tree.leaf_hash(leaf.text.encode())


def test_order_of_keys_makes_no_difference(a_body: Body) -> None:
    body = a_body(nonce="00" * 16)

    assert make_leaf(dict(reversed(body.items())), []).hash == make_leaf(body, []).hash


@pytest.mark.clause("MP-7.15")
@pytest.mark.parametrize("value", SMUGGLED)
@pytest.mark.parametrize(
    "key",
    [
        "purpose",
        "reason",
        "circumstance",
        "action",
        "series",
        "actor",
        "policy",
        "nonce",
        "outcome",
        "case",
        "at",
    ],
)
def test_no_key_carries_a_value_of_the_patron(a_body: Body, key: str, value: str) -> None:
    with pytest.raises(EntryRefusedError) as refusal:
        make_leaf(a_body(**{key: value}), [MARK])

    assert refusal.value.key == key
    assert value not in str(refusal.value)


@pytest.mark.parametrize("value", SMUGGLED)
@pytest.mark.parametrize("key", ["roles", "fields", "rules", "clauses"])
def test_no_list_carries_a_value_of_the_patron(a_body: Body, key: str, value: str) -> None:
    with pytest.raises(EntryRefusedError) as refusal:
        make_leaf(a_body(**{key: [value]}), [])

    assert value not in str(refusal.value)


@pytest.mark.parametrize("key", ["title", "value", "query", "given_name", "note", "marks", "Ada Lovelace"])
def test_no_key_beyond_the_closed_list(a_body: Body, key: str) -> None:
    with pytest.raises(EntryRefusedError) as refusal:
        make_leaf({**a_body(), key: "x"}, [])

    assert "Lovelace" not in str(refusal.value)


@pytest.mark.parametrize("key", sorted(BODY_KEYS - {"case"}))
def test_no_key_may_be_left_out(a_body: Body, key: str) -> None:
    """An entry without one of them could not be replayed."""
    body = a_body()
    del body[key]

    with pytest.raises(EntryRefusedError, match=key):
        make_leaf(body, [])


@pytest.mark.parametrize("key", sorted(BODY_KEYS))
@pytest.mark.parametrize("value", [1.5, {"a": 1}, [["nested"]], b"bytes", -1, [None], object()], ids=range(7))
def test_no_key_takes_a_value_of_another_shape(a_body: Body, key: str, value: object) -> None:
    with pytest.raises(EntryRefusedError):
        make_leaf(a_body(**{key: value}), [])


@pytest.mark.parametrize(
    "actor", ["patron:7346283746283746", "patron:1", "staff:", "nobody:1", "staff:ada lovelace"]
)
def test_actor_is_an_id_and_a_patron_is_only_themselves(a_body: Body, actor: str) -> None:
    """A patron's number in the ledger would outlive the patron's forgetting."""
    with pytest.raises(EntryRefusedError, match="patron:self"):
        make_leaf(a_body(actor=actor), [])

    make_leaf(a_body(actor="patron:self"), [])


@pytest.mark.parametrize("key", ["roles", "fields"])
def test_lists_that_are_sets_are_sorted_and_say_nothing_twice(a_body: Body, key: str) -> None:
    for value in (["b", "a"], ["a", "a"]):
        with pytest.raises(EntryRefusedError, match="sorted"):
            make_leaf(a_body(**{key: value}), [])


@pytest.mark.parametrize("key", ["subjects", "own_record", "active"])
def test_true_is_no_count_and_one_is_no_flag(a_body: Body, key: str) -> None:
    with pytest.raises(EntryRefusedError):
        make_leaf(a_body(**{key: True if key == "subjects" else 1}), [])


@given(st.text(max_size=100))
def test_whatever_passes_is_short_and_plain(a_body: Body, text: str) -> None:
    try:
        make_leaf(a_body(purpose=text), [])
    except EntryRefusedError:
        return

    assert len(text) <= 80
    assert set(text) <= set(string.ascii_letters + string.digits + ":_. -")


def test_with_a_vocabulary_a_plain_name_does_not_pass_either(a_body: Body) -> None:
    words = {"purpose": ["serve at the desk"], "fields": ["given_name"], "reason": ["patron wrote"]}

    make_leaf(a_body(fields=["given_name"]), [], words)
    for change in ({"purpose": "Ada Lovelace"}, {"fields": ["Lovelace"]}, {"reason": "moved to Peoria"}):
        with pytest.raises(EntryRefusedError, match="list of words"):
            make_leaf(a_body(fields=["given_name"]) | change, [], words)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("epoch", -1),
        ("epoch", True),
        ("epoch", 2**31),
        ("link", bytes(15)),
        ("back", b""),
        ("back", bytes(513)),
        ("digest", bytes(31)),
    ],
)
def test_malformed_mark_is_refused(a_body: Body, part: str, value: Any) -> None:
    with pytest.raises(EntryRefusedError, match=rf"marks\[1\].{part}"):
        make_leaf(a_body(), [MARK, replace(MARK, **{part: value})])


def test_leaf_holds_neither_link_nor_back_reference(a_body: Body) -> None:
    """What dies with the epoch must not stand in what never dies."""
    mark = Mark(3, b"L" * 16, b"B" * 60, b"D" * 32)

    text = make_leaf(a_body(), [mark]).text

    assert mark.digest.hex() in text
    assert mark.link.hex() not in text
    assert mark.back.hex() not in text


def test_refused_words_are_not_remembered(a_body: Body) -> None:
    for value in SMUGGLED:
        with pytest.raises(EntryRefusedError):
            make_leaf(a_body(purpose=value), [])

    assert not set(SMUGGLED) & body_module._good_words


def test_twin_that_checks_no_words_is_caught(a_body: Body, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same smuggling succeeds once the rule of one key is taken out."""
    monkeypatch.setitem(body_module._RULES, "purpose", (lambda _: True, "anything"))

    assert "ada@example.org" in make_leaf(a_body(purpose="ada@example.org"), []).text
