"""Find public records among the letters: the FOIA officer's search, with the sender's private information apart.

Public records lie in tables of their own, sealed like everything else; nothing is indexed. A search opens them page by
page for the machine to read, and shows the officer those that hold every word. A borrower's question is on another
shelf and cannot be found.

What is shown is already without the sender (who is a field of their own, which this right does not reach) and
without e-mail addresses, telephone and card numbers and street addresses in the text. A person still reads what is
to be released: no pattern knows a private remark.

Source: clause TH-4.4; 5 ILCS 140/2(c-5) and 140/7(1)(b) on private information.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from circumspect.records.inquiries.rules import Kind, LetterClass, State
from circumspect.records.inquiries.shelves import SHELVES, Text
from circumspect.records.textrules import words
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

APART = "[private information, 5 ILCS 140/7(1)(b)]"
_PAGE = 50
_MOST = 500
_SEARCHED = frozenset({"message"})
_PRIVATE = (
    re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]+\.[A-Za-z]{2,}"),
    # Telephone and card numbers: seven digits or more, however they are grouped.
    re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\d\b)[+(]{0,2}\d(?:[\s().\-–/]{0,3}\d){6,}(?![\w-])"),
    re.compile(
        r"\b\d{1,6}\s+(?:[NSEW]\.?\s+)?(?:[\w.'’-]+\s+){1,4}"
        r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Court|Ct|Boulevard|Blvd|Place|Pl|Way|Terrace|Ter)\b\.?",
        re.IGNORECASE,
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class PublicRecord:
    """A public record that was found. Prints as nothing.

    Attributes:
        texts: What was written, from each side, in order, with private information taken out; notes are left out.
        apart: How many things were taken out.
        files: How many files came with it.
    """

    id: int
    kind: Kind
    state: State
    received_on: dt.date
    texts: tuple[tuple[str, str], ...]  # "sender" or "library", and what they wrote
    apart: int
    files: int


def search_public_records(house: House, actor: Actor, terms: str | Sequence[str]) -> list[PublicRecord]:
    """Public records that hold every one of some words, oldest first, 500 at most.

    Args:
        terms: Words, in any order, without regard to case and accents. Empty finds every public record.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read. The refusal is written down.
    """
    wanted = set(words(terms if isinstance(terms, str) else " ".join(terms)))
    found: list[PublicRecord] = []
    for page in _pages(house, actor):
        hits = _holding(house, actor, page, wanted)
        if hits:
            found += _shown(house, actor, hits)
        if len(found) >= _MOST:
            break
    return found[:_MOST]


def public_record(house: House, actor: Actor, letter_id: int) -> PublicRecord | None:
    """One public record, as a search shows it; None where there is none of that number.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    if letter_id not in _with_keys(house, [letter_id]):
        _permit(house, actor)
        return None
    return next(iter(_shown(house, actor, [letter_id])), None)


def without_private(text: str) -> tuple[str, int]:
    """A text with contact details taken out, and how many there were."""
    count = 0
    for pattern in _PRIVATE:
        text, here = pattern.subn(APART, text)
        count += here
    return text, count


def _pages(house: House, actor: Actor) -> Iterator[list[int]]:
    """Every public record that can be opened, fifty at a time."""
    rows = SHELVES[LetterClass.PUBLIC].letters.order_by("received_on", "id").values_list("id", flat=True)
    every = list(rows)
    if not every:
        _permit(house, actor)
    for start in range(0, len(every), _PAGE):
        some = every[start : start + _PAGE]
        kept = _with_keys(house, some)
        if kept:
            yield [each for each in some if each in kept]


def _with_keys(house: House, letters: list[int]) -> set[int]:
    there = SHELVES[LetterClass.PUBLIC].letters.filter(id__in=letters).values_list("id", flat=True)
    return house.vault.subjects_with_keys(list(there))


def _holding(house: House, actor: Actor, page: list[int], wanted: set[str]) -> list[int]:
    """Those of a page that hold every word; the machine alone reads them."""
    texts = _texts(_ask(house, actor, Action.USE, page), page)
    return [
        each
        for each in page
        if wanted <= {word for _, text in texts.get(each, []) for word in words(text.everything())}
    ]


def _shown(house: House, actor: Actor, letters: list[int]) -> list[PublicRecord]:
    shelf = SHELVES[LetterClass.PUBLIC]
    texts = _texts(_ask(house, actor, Action.VIEW, letters), letters)
    rows = {row.id: row for row in shelf.letters.filter(id__in=letters)}
    found = []
    for each in letters:
        cut = [(author, *without_private(text.everything().strip())) for author, text in texts.get(each, [])]
        row = rows.get(each)
        if row is None:
            continue
        found.append(
            PublicRecord(
                each,
                Kind(row.kind),
                State(row.state),
                row.received_on,
                tuple((author, text) for author, text, _ in cut),
                sum(count for *_, count in cut),
                shelf.files.filter(message__letter_id=each).count(),
            )
        )
    return found


def _texts(opening: Opening, letters: list[int]) -> dict[int, list[tuple[str, Text]]]:
    """What each letter says, but for notes: these are the staff's own working papers."""
    shelf = SHELVES[LetterClass.PUBLIC]
    texts: dict[int, list[tuple[str, Text]]] = {}
    for row in shelf.messages.filter(letter_id__in=letters).exclude(author="note").order_by("place"):
        texts.setdefault(row.letter_id, []).append((row.author, shelf.read_text(opening, row)))
    return texts


def _ask(house: House, actor: Actor, action: Action, letters: list[int]) -> Opening:
    part = Part(action, Purpose.PUBLIC_RECORDS, LetterClass.PUBLIC.value, tuple(letters), _SEARCHED)
    return house.door.ask_all(actor, [part], circumstance=Circumstance.CASE)[0]


def _permit(house: House, actor: Actor) -> None:
    """Where there is nothing to open, the right to look is asked all the same."""
    house.door.permit(
        actor,
        action=Action.USE,
        purpose=Purpose.PUBLIC_RECORDS,
        series=LetterClass.PUBLIC.value,
        fields=_SEARCHED,
        circumstance=Circumstance.CASE,
    )
