"""The forms that staff make themselves: fields from a closed list of kinds, words in every language.

A form is a list of fields. What is not a field of it is not read; what a field's kind does not allow is not taken.
There is no kind for a birth date, a card number, a licence or a file: a form made in a minute is not the place.

Pure: text in, values out.

Source: clauses TH-4.3, TH-1.7, TH-1.14.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from circumspect.records.inquiries.rules import SHORT_MOST, TEXT_MOST, UnfitError
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable

LANGUAGES = ("en", "es", "pl")
MOST_FIELDS = 20
MOST_CHOICES = 20
_LABEL_MOST, _INTRO_MOST = 160, 1500
_SLUG = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")


class FieldKind(StrEnum):
    """The closed list of what a field may be."""

    LINE = "line"  # a short text
    TEXT = "text"  # a longer one
    CHOICE = "choice"  # one of a list
    CHECK = "check"  # yes, or left alone
    DAY = "day"
    NUMBER = "number"  # a whole number, such as how many come


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form.

    Attributes:
        labels: What it is called, by language.
        choices: Of a choice: each one's words by language, in order.
    """

    kind: FieldKind
    needed: bool
    labels: Mapping[str, str]
    choices: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormWords:
    """A whole form: what it is called, what it says above the fields, and the fields."""

    titles: Mapping[str, str]
    intros: Mapping[str, str]
    fields: tuple[FormField, ...]

    def to_text(self) -> str:
        """As it is stored."""
        fields = [
            {
                "kind": each.kind.value,
                "needed": each.needed,
                "labels": dict(each.labels),
                "choices": [dict(choice) for choice in each.choices],
            }
            for each in self.fields
        ]
        whole = {"titles": dict(self.titles), "intros": dict(self.intros), "fields": fields}
        return json.dumps(whole, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> FormWords:
        """What ``to_text`` made."""
        raw = json.loads(text)
        fields = tuple(
            FormField(FieldKind(each["kind"]), each["needed"], each["labels"], tuple(each["choices"]))
            for each in raw["fields"]
        )
        return cls(raw["titles"], raw["intros"], fields)

    def lacks(self) -> tuple[str, ...]:
        """Languages in which a word is missing: a form is not published before there are none."""
        texts = [self.titles, *(field.labels for field in self.fields)]
        texts += [choice for field in self.fields for choice in field.choices]
        texts += [self.intros] if any(self.intros.values()) else []
        return tuple(each for each in LANGUAGES if not all(text.get(each, "").strip() for text in texts))


def check_slug(text: str) -> str:
    """A form's name in its address.

    Raises:
        UnfitError: Not small letters, digits and hyphens.
    """
    if not _SLUG.fullmatch(text):
        raise UnfitError("slug", "small letters, digits and hyphens")
    return text


def check_words(form: FormWords) -> FormWords:
    """The form, if it may be kept.

    Raises:
        UnfitError: Names what does not do: "title", "intro", or "field 3".
    """
    _fits("title", form.titles.values(), _LABEL_MOST)
    _fits("intro", form.intros.values(), _INTRO_MOST)
    if not form.titles.get("en", "").strip():
        raise UnfitError("title", "missing")
    if not 1 <= len(form.fields) <= MOST_FIELDS:
        raise UnfitError("fields", f"one to {MOST_FIELDS}")
    for number, each in enumerate(form.fields, start=1):
        where = f"field {number}"
        _fits(where, each.labels.values(), _LABEL_MOST)
        if not each.labels.get("en", "").strip():
            raise UnfitError(where, "missing")
        for choice in each.choices:
            _fits(where, choice.values(), _LABEL_MOST)
        if (each.kind is FieldKind.CHOICE) is not (2 <= len(each.choices) <= MOST_CHOICES):
            raise UnfitError(where, f"a choice has 2 to {MOST_CHOICES} words, and nothing else has any")
    return form


def _fits(where: str, texts: Iterable[str], limit: int) -> None:
    for text in texts:
        try:
            refuse_unstorable(where, text, limit)
        except UnstorableTextError as problem:
            raise UnfitError(where, problem.rule) from None


def read_answers(form: FormWords, typed: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What somebody filled in: each field's label with its value, in order; empty ones are left out.

    Args:
        typed: By "f1", "f2" and so on; whatever else is in it is not looked at.

    Raises:
        UnfitError: A field does not do; ``field`` is its "f3".
    """
    found = []
    for number, field in enumerate(form.fields, start=1):
        name = f"f{number}"
        value = _value(name, field, typed.get(name, ""), language)
        if value:
            found.append((in_language(field.labels, language), value))
    return found


def in_language(words: Mapping[str, str], language: str) -> str:
    """Words in one language, or in English where they are not in it."""
    return words.get(language, "").strip() or words.get("en", "")


def _value(name: str, field: FormField, raw: str, language: str) -> str:
    limit = TEXT_MOST if field.kind is FieldKind.TEXT else SHORT_MOST
    try:
        value = refuse_unstorable(name, raw, limit)
    except UnstorableTextError as problem:
        raise UnfitError(name, "long" if "longer" in problem.rule else "unfit") from None
    if not value:
        if field.needed:
            raise UnfitError(name, "missing")
        return ""
    if field.kind is FieldKind.CHOICE:
        if not (value.isascii() and value.isdigit() and int(value) < len(field.choices)):
            raise UnfitError(name, "unfit")
        return in_language(field.choices[int(value)], language)
    if field.kind is FieldKind.CHECK:
        return "✓"
    if field.kind is FieldKind.NUMBER and not (value.isascii() and value.isdigit() and len(value) < 7):
        raise UnfitError(name, "number")
    if field.kind is FieldKind.DAY:
        try:
            return dt.date.fromisoformat(value).isoformat()
        except ValueError:
            raise UnfitError(name, "day") from None
    return value
