"""Markdown as the library's own people write it, made into HTML that can do no harm.

No HTML in the text is believed, no image is fetched, nothing can run: what markdown-it makes is cut down once more to a
short list of tags. Headings begin one level below the page's own. A link to another site is marked for the eye and the
ear and sends no referrer; one to a service in the vendor register goes by way of the page that says what it sets.

Source: clauses TH-5.1, TH-3.3, TH-2.1; issue "The public side", section 2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

Via = Callable[[str], str]  # an outside address to the one to link to instead; "" for the address itself

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "span", "strong", "table", "tbody",
    "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "class", "rel"}, "span": {"class"}, "ol": {"start"}, "h2": {"id"}, "h3": {"id"}}
_CLASSES = {"a": {"out"}, "span": {"unseen"}}
_READER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_ANCHOR = re.compile(r"\s*\{#([A-Za-z][\w.-]{0,40})\}\s*$")


def html(text: str, via: Via = lambda _address: "") -> SafeString:
    """The text as HTML.

    Args:
        text: Markdown. A heading may end in ``{#name}``, which becomes its anchor.
        via: Where a link to another site leads instead.
    """
    tokens = _READER.parse(text)
    # The page's own heading is the first; the highest of the text comes below it, whatever its writer began with.
    highest = min((int(token.tag[1]) for token in tokens if token.type == "heading_open"), default=1)
    for at, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) - highest + 2, 4)}"
        if token.type == "heading_open":
            _anchor(token, tokens[at + 1])
        if token.type == "inline" and token.children:
            token.children = _marked(token.children, via)
    made = _READER.renderer.render(tokens, _READER.options, {})
    clean = nh3.clean(
        made,
        tags=_TAGS,
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items() if tag not in _CLASSES}
        | {"a": {"href", "rel"}},
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(clean)  # noqa: S308 - cut down to the list above


def is_outside(address: str) -> bool:
    """Whether an address leads to another site: ours are written as paths."""
    return bool(urlsplit(address).netloc)


def _anchor(opening: Token, inline: Token) -> None:
    last = inline.children[-1] if inline.children else None
    found = _ANCHOR.search(last.content) if last is not None and last.type == "text" else None
    if found and last is not None:
        opening.attrSet("id", found[1])
        last.content = last.content[: found.start()]


def _marked(children: Sequence[Token], via: Via) -> list[Token]:
    out: list[Token] = []
    is_open = False
    for child in children:
        if child.type == "link_open" and is_outside(str(child.attrGet("href") or "")):
            instead = via(str(child.attrGet("href")))
            is_open = not instead
            if instead:
                child.attrSet("href", instead)
            else:
                child.attrSet("class", "out")
                child.attrSet("rel", "noreferrer external")
        if child.type == "link_close" and is_open:
            out.append(_raw(f'<span class="unseen"> ({escape(_("leads to another site"))})</span>'))
            is_open = False
        out.append(child)
    return out


def _raw(made: str) -> Token:
    token = Token("html_inline", "", 0)
    token.content = made
    return token


def plain(text: str) -> str:
    """The text without its marks, for feeds and short descriptions."""

    def of(tokens: Sequence[Any]) -> str:
        return "".join(of(each.children) if each.children else each.content for each in tokens)

    paragraphs = [of(token.children or []) for token in _READER.parse(text) if token.type == "inline"]
    return "\n\n".join(_ANCHOR.sub("", each) for each in paragraphs)
