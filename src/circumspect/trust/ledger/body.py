"""What a ledger entry may say, and the exact bytes it is said in.

A closed list of keys, and for each a narrow shape: ids, words of closed lists, hashes, counts. There is
no key for a name, a title, a search term or a remark, and no string long or free enough to smuggle one:
a run of seven digits (a card number, a telephone number, a patron id) is refused wherever a word stands.
Who an entry is about is said by marks alone, which die with their epoch; so a patron who asks about
themselves is ``patron:self``, never a number that would outlive them.

Pure. The check runs before anything is written; an error names the key, never the value.

Source: ARCHITECTURE.md, "The ledger is not a second surveillance record"; guarantees 3 and 5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from circumspect.trust.ledger.errors import EntryRefusedError
from circumspect.trust.ledger.tree import leaf_hash

Vocabulary = Mapping[str, Collection[str]]

LINK_LENGTH = 16
DIGEST_LENGTH = 32
MAX_BACK_LENGTH = 512
MAX_SUBJECTS = 10_000_000

OPTIONAL_KEYS = frozenset({"case"})


@dataclass(frozen=True, slots=True)
class Mark:
    """One subject of an entry, as the vault makes it.

    Attributes:
        epoch: Whose keys made it.
        link: 16 bytes by which the entry is found for its subject, while the epoch lives.
        back: The subject, sealed under the epoch's key; 1 to 512 bytes.
        digest: 32 bytes, salted: what the leaf commits to.
    """

    epoch: int
    link: bytes
    back: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """A checked entry, ready to be written.

    Attributes:
        text: Canonical JSON; its UTF-8 bytes are the leaf.
        hash: SHA-256 over 0x00 and those bytes.
    """

    text: str
    hash: bytes
    marks: Sequence[Mark]


def make_leaf(
    body: Mapping[str, object], marks: Sequence[Mark], vocabulary: Vocabulary | None = None
) -> Leaf:
    """Check an entry and put it into its final bytes.

    Args:
        vocabulary: For some keys, the only words they may say.

    Raises:
        EntryRefusedError: A key is unknown or missing, or a value is not of its shape or list.
    """
    _check_body(body)
    for key, words in (vocabulary or {}).items():
        _check_vocabulary(key, body.get(key), words)
    for position, mark in enumerate(marks):
        _check_mark(position, mark)
    text = _ENCODER.encode({**body, "marks": [mark.digest.hex() for mark in marks]})
    return Leaf(text, leaf_hash(text.encode()), marks)


# Sorted keys, no spaces, ASCII: one entry has one spelling.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

_WORDS = re.compile(r"(?!.*[0-9]{7})[A-Za-z0-9:_. -]{0,80}").fullmatch
_VERSION = re.compile(r"[A-Za-z0-9:_. -]{0,80}").fullmatch
_ACTOR = re.compile(r"(?!.*[0-9]{7})(?:(?:staff|terminal|job):[A-Za-z0-9_.-]{1,40}|patron:self)").fullmatch
_AT = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z").fullmatch
_HASH = re.compile(r"[0-9a-f]{64}").fullmatch
_HEX = re.compile(r"[0-9a-f]{32}").fullmatch  # of one length, which no card number has

# Words already found good. They come from closed lists, so there are few; refused ones are never kept.
_good_words: set[str] = set()


def _is_words(value: object) -> bool:
    if type(value) is not str:
        return False
    if value in _good_words:
        return True
    if _WORDS(value) is None:
        return False
    if len(_good_words) < 2000:
        _good_words.add(value)
    return True


def _is_list(value: object) -> bool:
    return type(value) is list and all(map(_is_words, value))


def _is_sorted_list(value: object) -> bool:
    return type(value) is list and all(map(_is_words, value)) and value == sorted(set(value))


def _is_flag(value: object) -> bool:
    return value is True or value is False


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_SUBJECTS


def _matches(pattern: Callable[[str], object]) -> Callable[[object], bool]:
    return lambda value: type(value) is str and pattern(value) is not None


_WORDS_RULE = (_is_words, "words of a closed list")
_LIST_RULE = (_is_list, "a list of words of a closed list")
_SORTED_RULE = (_is_sorted_list, "a sorted list of words of a closed list")
_FLAG_RULE = (_is_flag, "true or false")
_VERSION_RULE = (_matches(_VERSION), "a version")

_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "action": _WORDS_RULE,
    "active": _FLAG_RULE,
    "actor": (_matches(_ACTOR), "staff:ID, terminal:ID, job:ID or patron:self"),
    "at": (_matches(_AT), "a UTC time such as 2026-11-22T15:04:05Z"),
    "case": (_matches(_HEX), "16 bytes in hex"),
    "circumstance": _WORDS_RULE,
    "clauses": _LIST_RULE,
    "fields": _SORTED_RULE,
    "nonce": (_matches(_HEX), "16 bytes in hex"),
    "outcome": (lambda value: value in ("allowed", "refused"), "allowed or refused"),
    "own_record": _FLAG_RULE,
    "own_staff_record": _FLAG_RULE,
    "policy": (_matches(_HASH), "a SHA-256 in hex"),
    "purpose": _WORDS_RULE,
    "reason": (lambda value: value is None or _is_words(value), "null or words of a closed list"),
    "roles": _SORTED_RULE,
    "rules": _LIST_RULE,
    "series": _WORDS_RULE,
    "signed_version": _VERSION_RULE,
    "subjects": (_is_count, "a count"),
    "version_in_force": _VERSION_RULE,
}
BODY_KEYS = frozenset(_RULES)
_REQUIRED = BODY_KEYS - OPTIONAL_KEYS


def _check_body(body: Mapping[str, object]) -> None:
    missing = _REQUIRED - body.keys()
    if missing:
        raise EntryRefusedError(min(missing), "there")
    for key, value in body.items():
        rule = _RULES.get(key)
        if rule is None:
            # The unknown key itself is not repeated: it may be a value in the wrong place.
            raise EntryRefusedError("a key", "on the closed list")
        if not rule[0](value):
            raise EntryRefusedError(key, rule[1])


def _check_vocabulary(key: str, value: object, words: Collection[str]) -> None:
    said = value if isinstance(value, list) else [value]
    if any(word is not None and word not in words for word in said):
        raise EntryRefusedError(key, "on its list of words")


def _check_mark(position: int, mark: Mark) -> None:
    if type(mark.epoch) is not int or not 0 <= mark.epoch < 2**31:
        raise EntryRefusedError(f"marks[{position}].epoch", "an epoch's number")
    if len(mark.link) != LINK_LENGTH:
        raise EntryRefusedError(f"marks[{position}].link", f"{LINK_LENGTH} bytes")
    if not 0 < len(mark.back) <= MAX_BACK_LENGTH:
        raise EntryRefusedError(f"marks[{position}].back", f"1 to {MAX_BACK_LENGTH} bytes")
    if len(mark.digest) != DIGEST_LENGTH:
        raise EntryRefusedError(f"marks[{position}].digest", f"{DIGEST_LENGTH} bytes")
