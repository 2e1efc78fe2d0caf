"""The little Markdown of the policy's text: headings, paragraphs and lists, as values for a template.

No HTML is made here, and none in the text is believed: the template escapes everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CLAUSE = re.compile(r"\b((?:MP|TH)-\d+(?:\.\d+)?)\b")
_NUMBERED = re.compile(r"\d+\.\s+")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line; ``clause`` is an id to link to, or ""."""

    text: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading ("h1", "h2", "h3"), a paragraph ("p") or a list ("ul", "ol"), as lines of runs."""

    kind: str
    lines: tuple[tuple[Run, ...], ...]


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a text."""
    return tuple(_block(part) for part in re.split(r"\n\s*\n", text.strip()) if part.strip())


def _block(part: str) -> Block:
    lines = part.strip().splitlines()
    heading = re.match(r"(#{1,3})\s+", lines[0])
    if heading:
        return Block(f"h{len(heading[1])}", (runs(lines[0][heading.end() :]),))
    if lines[0].startswith("- "):
        return Block("ul", tuple(runs(item[2:]) for item in _items(lines, re.compile(r"- "))))
    if _NUMBERED.match(lines[0]):
        return Block("ol", tuple(runs(_NUMBERED.sub("", item, count=1)) for item in _items(lines, _NUMBERED)))
    return Block("p", (runs(" ".join(line.strip() for line in lines)),))


def _items(lines: list[str], begins: re.Pattern[str]) -> Iterator[str]:
    item = ""
    for line in lines:
        if begins.match(line) and item:
            yield item
            item = ""
        item = f"{item} {line.strip()}".strip()
    yield item


def runs(line: str) -> tuple[Run, ...]:
    """A line with its clause ids set apart."""
    pieces = _CLAUSE.split(line)
    return tuple(Run(piece, piece if at % 2 else "") for at, piece in enumerate(pieces) if piece)
