"""A policy's text as blocks for its page: clauses with an anchor, and beside each how the system keeps it.

A paragraph that begins with a clause's id and a full stop is that clause. Everything else is Markdown.

Source: issue "The public side", section 2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString

from circumspect.faces.public import languages
from circumspect.faces.public.markdown import html
from circumspect.faces.site import keeping
from circumspect.faces.site.leading import via
from circumspect.offices.publishing import outside

_CLAUSE = re.compile(r"((?:MP|TH)-\d+(?:\.\d+)?)\.\s+")
_HEADING = re.compile(r"#{1,3}\s")


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a policy's page: written text, or one clause with the state of its proof."""

    html: SafeString
    clause: str = ""
    kept: keeping.Kept | None = None


def blocks(text: str) -> tuple[Block, ...]:
    """The text, cut into what its page shows. A published text never changes: it is made once for each language."""
    return _blocks(text, languages.current(), tuple(sorted(outside.service_of_address().items())))


@lru_cache(maxsize=24)
def _blocks(text: str, _language: str, services: tuple[tuple[str, str], ...]) -> tuple[Block, ...]:
    known = keeping.clauses_kept()
    leads = via(dict(services))
    out: list[Block] = []
    waiting: list[str] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        found = _CLAUSE.match(part)
        if found is None:
            waiting.append(part)
            continue
        if waiting:
            out.append(Block(html("\n\n".join(waiting), leads)))
            waiting = []
        out.append(Block(html(part[found.end() :], leads), found[1], known.get(found[1])))
    if waiting:
        out.append(Block(html("\n\n".join(waiting), leads)))
    return tuple(out)
