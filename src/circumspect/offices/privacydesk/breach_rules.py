"""What was exposed, by which stores and keys were reachable; who then has to be told, and in which letter.

The table is data (``breach_exposure.toml``) and the same as the one in SECURITY.md. Two sorts of letter are asked
for by law: *type 1* where a name and a licence number were exposed together, *type 2* where a card number and its PIN
were, which open an account on line. What else was exposed is said to the library, which may tell people of it too.

No letter holds a number of people: there is no place for one, and ``letter_of`` refuses a text that states it.

Pure. Source: 815 ILCS 530/5 and /10; SECURITY.md; clause TH-1.23, tension 18. The wording is the library's to approve.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any


class LetterKind(StrEnum):
    """The two sorts of letter that the law asks for."""

    IDENTITY = "1"
    ACCOUNT = "2"


_TYPE_1 = frozenset({"name", "licence"})
_TYPE_2 = frozenset({"card", "pin"})
# Texts of each letter, which the library approves.
LETTERS: Mapping[LetterKind, tuple[str, ...]] = {
    LetterKind.IDENTITY: (
        "breach_intro",
        "breach_1_what",
        "breach_agencies",
        "breach_ftc",
        "breach_freeze",
        "breach_end",
    ),
    LetterKind.ACCOUNT: ("breach_intro", "breach_2_what", "breach_2_change", "breach_end"),
}


class UnknownStoreError(ValueError):
    """A store that is not on the list."""


class StatesTheNumberError(ValueError):
    """A letter that says how many people are affected, which the law forbids. Quotes nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: what follows where these stores were all reached."""

    security: str
    needs: frozenset[str]
    exposes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exposure:
    """What was exposed.

    Attributes:
        elements: Kinds of detail, by code.
        letters: Which letters the law asks for; none where what was exposed is none of what it lists.
        rows: The rows that say so, in the words of SECURITY.md.
    """

    elements: frozenset[str]
    letters: tuple[LetterKind, ...]
    rows: tuple[str, ...]


def _told() -> dict[str, Any]:
    return tomllib.loads(
        resources.files(__package__).joinpath("breach_exposure.toml").read_text(encoding="utf-8")
    )


_TOLD = _told()
STORES: Mapping[str, str] = _TOLD["stores"]
ELEMENTS: Mapping[str, str] = _TOLD["elements"]
ROWS = tuple(
    Row(each["security"], frozenset(each["needs"]), frozenset(each["exposes"])) for each in _TOLD["row"]
)


def exposed_by(reached: Collection[str], *, collects_licences: bool) -> Exposure:
    """What a thief reads who reached these stores.

    Args:
        reached: Codes of stores.
        collects_licences: Whether the library has switched that field on, or ever had.

    Raises:
        UnknownStoreError: A code is not on the list.
    """
    if not set(reached) <= set(STORES):
        raise UnknownStoreError("that store is not on the list")
    rows = [row for row in ROWS if row.needs <= set(reached)]
    elements = frozenset().union(*(row.exposes for row in rows)) if rows else frozenset()
    if not collects_licences:
        elements -= {"licence"}
    letters = [
        kind
        for kind, together in ((LetterKind.IDENTITY, _TYPE_1), (LetterKind.ACCOUNT, _TYPE_2))
        if together <= elements
    ]
    return Exposure(elements, tuple(letters), tuple(dict.fromkeys(row.security for row in rows)))


def letter_of(kind: LetterKind, words: Mapping[str, str], *, affected: int) -> tuple[str, ...]:
    """A letter's paragraphs.

    Args:
        affected: How many are told. It is looked for, so that no letter states it.

    Raises:
        StatesTheNumberError: A paragraph says it, in figures.
    """
    paragraphs = tuple(words[name] for name in LETTERS[kind] if words[name])
    # Small numbers stand in addresses and telephone numbers too: those are looked for where people are counted.
    counted = re.compile(
        rf"(?<![\d.,-]){affected:,}(?![\d-])|(?<![\d.,-]){affected}(?![\d-])" if affected > 99 else
        rf"(?<!\d){affected}\s+(?:people|persons|patrons|residents|users|accounts|cardholders|records"
        r"|personas|residentes|usuarios|cuentas|osób|osoby|mieszkańców|użytkowników|kont)",
        re.IGNORECASE,
    )  # fmt: skip
    if any(counted.search(paragraph) for paragraph in paragraphs):
        raise StatesTheNumberError("a letter may not say how many people are affected")
    return paragraphs


def is_over(affected: int, threshold: int) -> bool:
    """Whether the Attorney General is told as well: more than the threshold, not as many."""
    return affected > threshold
