"""What may be published, and what has changed between two texts. Pure: no clock, no database.

A policy's change cannot be published without saying what is collected, how it is used and when it may be disclosed; one
that matters to people must be shown in at least one more place than the policy's own page.

Source: clauses TH-6.2, TH-7.3, TH-7.4; issue "The public side", section 2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

LANGUAGES = ("en", "es", "pl")
SOURCE = "en"
TITLE_LENGTH, SUMMARY_LENGTH, BODY_LENGTH = 160, 400, 60_000
NOTE_PARTS = ("collected", "used", "disclosed")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class PublishingError(Exception):
    """Something cannot be published so.

    Attributes:
        field: The name of the form's field.
        reason: What is wrong with it, as the end of "This ...". Quotes nothing.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Kind(StrEnum):
    """The closed list of what communications staff write."""

    NEWS = "news"
    EVENT = "event"
    SERVICE = "service"
    LIST = "list"


class Place(StrEnum):
    """Where a change that matters can be shown besides the policy's own page (TH-7.3)."""

    HOME = "home"
    SIGN_IN = "sign-in"
    SLIP = "slip"
    POSTER = "poster"


class Change(StrEnum):
    """What became of a paragraph between two texts."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A few words of a changed paragraph."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a comparison. ``pieces`` tells words apart where it was changed."""

    change: Change
    text: str
    pieces: tuple[Piece, ...] = ()


def slug_of(title: str) -> str:
    """The part of an address that a title gives: plain letters, digits and hyphens."""
    folded = (
        unicodedata.normalize("NFKD", title.replace("ł", "l").replace("Ł", "L"))
        .encode("ascii", "ignore")
        .decode()
    )
    return "-".join(re.findall(r"[a-z0-9]+", folded.casefold()))[:60].strip("-")


def is_slug(text: str) -> bool:
    """Whether a text can be part of an address."""
    return 1 <= len(text) <= 60 and _SLUG.fullmatch(text) is not None


def checked_texts(texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Titles, summaries and bodies by language, tidied; a language in which nothing is written is left out.

    Raises:
        PublishingError: The English title or body is missing, another language has a body without a title or the
            reverse, or something is too long.
    """
    out: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        raw = texts.get(language, {})
        title = " ".join(raw.get("title", "").split())
        summary = " ".join(raw.get("summary", "").split())
        body = raw.get("body", "").replace("\r\n", "\n").strip()
        if not (title or summary or body) and language != SOURCE:
            continue
        for name, text, longest in (
            ("title", title, TITLE_LENGTH),
            ("summary", summary, SUMMARY_LENGTH),
            ("body", body, BODY_LENGTH),
        ):
            if len(text) > longest:
                raise PublishingError(f"{name}-{language}", f"may have {longest:,} characters at most")
        if not title:
            raise PublishingError(f"title-{language}", "is needed")
        if not body:
            raise PublishingError(f"body-{language}", "is needed")
        out[language] = {"title": title, "summary": summary, "body": body}
    return out


def checked_note(
    note: Mapping[str, Mapping[str, str]], *, languages: Sequence[str]
) -> dict[str, dict[str, str]]:
    """A change note: its three parts, in each language the policy is published in.

    Raises:
        PublishingError: A part is empty: the change cannot be published (TH-6.2, TH-7.4).
    """
    out: dict[str, dict[str, str]] = {}
    for language in languages:
        parts = {part: note.get(language, {}).get(part, "").strip() for part in NOTE_PARTS}
        for part, text in parts.items():
            if not text:
                raise PublishingError(
                    f"{part}-{language}", "is needed: a change says all three things, or is not published"
                )
        out[language] = parts
    return out


def checked_places(places: Sequence[str], *, material: bool) -> list[str]:
    """Where a change is shown besides its own page.

    Raises:
        PublishingError: A change that matters is shown nowhere else, or a place is not on the list (TH-7.3).
    """
    known = {str(place) for place in Place}
    wanted = sorted(set(places))
    if not set(wanted) <= known:
        raise PublishingError("places", "is not one of the places there are")
    if material and not wanted:
        raise PublishingError("places", "needs at least one more place: this change matters to people")
    if wanted and not material:
        raise PublishingError(
            "places", "goes with a change that matters: tick that it does, or choose no place"
        )
    return wanted


def paragraphs(text: str) -> list[str]:
    """A text's paragraphs, each on one line."""
    return [
        " ".join(part.split()) for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()
    ]


def differences(before: str, after: str) -> list[Paragraph]:
    """Every paragraph of both texts, with what became of it, in the order of reading."""
    old, new = paragraphs(before), paragraphs(after)
    out: list[Paragraph] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            out += [Paragraph(Change.SAME, text) for text in new[k:m]]
        elif what == "replace" and j - i == m - k:
            out += [_changed(one, other) for one, other in zip(old[i:j], new[k:m], strict=True)]
        else:
            out += [Paragraph(Change.REMOVED, text) for text in old[i:j]]
            out += [Paragraph(Change.ADDED, text) for text in new[k:m]]
    return out


def _changed(before: str, after: str) -> Paragraph:
    return Paragraph(Change.CHANGED, after, tuple(_pieces(before.split(), after.split())))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece(Change.SAME, " ".join(new[k:m]))
            continue
        if j > i:
            yield Piece(Change.REMOVED, " ".join(old[i:j]))
        if m > k:
            yield Piece(Change.ADDED, " ".join(new[k:m]))
