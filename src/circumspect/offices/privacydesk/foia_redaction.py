"""Find private information in what is to be released, so that a person can take it out.

Shapes only: telephone numbers, e-mail and street addresses, numbers of licences, cards, plates and Social Security.
What has one of these shapes is taken out unless a person says that it is public (the library's own telephone number);
what has none is for the person to find, who has to say that they have read it all. Nothing is released unread.

Pure. Source: 5 ILCS 140/2(c-5) and 140/7(1)(b); clause TH-4.4.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

APART = "[private information]"
# The first that matches a place names it; the order goes from the narrow to the wide.
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("e-mail address", re.compile(r"[^\s@<>,;:\"()]{1,64}@[^\s@<>,;:\"()]+\.[A-Za-z]{2,}")),
    (
        "Social Security number",
        re.compile(r"(?<!\d)\d{3}[\s.\-\u2010-\u2015]\d{2}[\s.\-\u2010-\u2015]\d{4}(?!\d)"),
    ),
    # Illinois licences and identity cards: a letter or two digits-only beginnings, eleven or twelve signs, often grouped.
    (
        "licence number",
        re.compile(r"(?<![A-Za-z0-9])[A-Za-z]\d{3}[-\s]?\d{4}[-\s]?\d{4}[A-Za-z]?(?![A-Za-z0-9])"),
    ),
    ("licence plate", re.compile(r"(?i:\bplates?\s*(?:no\.?|number)?\s*[:#]?\s*)[A-Z0-9][A-Z0-9 -]{2,8}\b")),
    ("card number", re.compile(r"(?<!\d)\d(?:[\s-]?\d){12,18}(?!\d)")),
    (
        "telephone number",
        re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\d\b)[+(]{0,2}\d(?:[\s().\-\u2013/]{0,3}\d){6,10}(?![\w-])"),
    ),
    (
        "street address",
        re.compile(
            r"\b\d{1,6}\s+(?:[NSEW]\.?\s+)?(?:[\w.'\u2019-]+\s+){1,4}"
            r"(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Court|Ct|Boulevard|Blvd|Place|Pl|Way|Terrace|Ter)\b\.?",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True, repr=False)
class Span:
    """A place that has the shape of private information. Prints as its kind."""

    start: int
    end: int
    kind: str

    def __repr__(self) -> str:
        return f"<{self.kind}, {self.end - self.start} signs>"


def private_spans(text: str) -> list[Span]:
    """Every such place, in order, none overlapping another."""
    taken: list[Span] = []
    for kind, shape in _SHAPES:
        for found in shape.finditer(text):
            span = Span(found.start(), found.end(), kind)
            if not any(span.start < other.end and other.start < span.end for other in taken):
                taken.append(span)
    return sorted(taken, key=lambda each: each.start)


def redacted(text: str, *, leave: Collection[int] = (), also: Collection[str] = ()) -> tuple[str, int]:
    """The text as it may be released, and how many places were taken out of it.

    Args:
        leave: Places that a person said are public: counted from 0 in the order of ``private_spans``.
        also: Words that a person said are private: a name, for one. Taken out wherever they stand, in any case.
    """
    parts, here, count = [], 0, 0
    for number, span in enumerate(private_spans(text)):
        if number in leave:
            continue
        parts += [text[here : span.start], APART]
        here, count = span.end, count + 1
    parts.append(text[here:])
    out = "".join(parts)
    for word in sorted({each.strip() for each in also if each.strip()}, key=len, reverse=True):
        out, more = re.subn(rf"(?<!\w){re.escape(word)}(?!\w)", APART, out, flags=re.IGNORECASE)
        count += more
    return out, count
