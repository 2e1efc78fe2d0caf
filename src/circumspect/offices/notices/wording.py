"""The words of notices in English, Spanish and Polish, and the few rules of language they need. Pure.

One file of words for each language, ``words/en.toml`` and its sisters, with the same names in each and
the same places to fill in: a translation that lacks one, or has one more, does not load. Plural forms follow
CLDR: English and Spanish have two, Polish has three.

Source: TH-2.2; DOMAIN, "Languages"; Unicode CLDR plural rules.
"""

from __future__ import annotations

import datetime as dt
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

LANGUAGES = ("en", "es", "pl")
_FORMS = {"en": ("one", "other"), "es": ("one", "other"), "pl": ("one", "few", "many")}


class WordingError(Exception):
    """A file of words lacks something, or has something that no other has. Names file and entry."""


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one language.

    Attributes:
        texts: By their name, such as "subject.overdue".
        counted: The forms of those that count something: name, then form.
    """

    language: str
    months: tuple[str, ...]
    texts: Mapping[str, str]
    counted: Mapping[str, Mapping[str, str]]

    def say(self, name: str, **places: str) -> str:
        """A text with its places filled in. Raises KeyError for a name or place that is not there."""
        return self.texts[name].format(**places)

    def count(self, name: str, number: int, **places: str) -> str:
        """A text that counts, in the form the number asks for."""
        return self.counted[name][plural(self.language, number)].format(count=number, **places)

    def day(self, day: dt.date) -> str:
        """A day as people write it: ``Nov 22, 2026``, ``22 nov 2026``, ``22 lis 2026``."""
        return self.texts["day"].format(month=self.months[day.month - 1], day=day.day, year=day.year)

    def money(self, cents: int) -> str:
        """An amount in dollars."""
        whole, rest = divmod(cents, 100)
        return self.texts["money"].format(
            whole=f"{whole:,}".replace(",", self.texts["thousands"]), rest=f"{rest:02}"
        )


def plural(language: str, number: int) -> str:
    """The plural form of a whole number, in CLDR's words."""
    if number == 1:
        return "one"
    if language != "pl":
        return "other"
    return "few" if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else "many"


def words_of(language: str) -> Words:
    """The words of a language; English for one that there are no words for."""
    return all_words()[language if language in LANGUAGES else "en"]


@cache
def all_words() -> dict[str, Words]:
    """Every language's words, held against one another.

    Raises:
        WordingError: They do not fit together.
    """
    folder = resources.files(__package__).joinpath("words")
    read = {
        language: read_words(language, folder.joinpath(f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
    for language, words in read.items():
        _hold_against(language, words, read["en"])
    return read


def read_words(language: str, text: str) -> Words:
    """Read one file of words.

    Raises:
        WordingError: A month or a plural form is missing, or an entry is neither text nor forms.
    """
    whole = tomllib.loads(text)
    months = tuple(whole.pop("months", ()))
    texts: dict[str, str] = {}
    counted: dict[str, Mapping[str, str]] = {}
    for section, entries in whole.items():
        for name, value in entries.items():
            label = name if section == "common" else f"{section}.{name}"
            if isinstance(value, str):
                texts[label] = value
            elif isinstance(value, dict) and set(value) == set(_FORMS[language]):
                counted[label] = value
            else:
                raise WordingError(f"{language}.toml, {label}: needs the forms {', '.join(_FORMS[language])}")
    if len(months) != 12:
        raise WordingError(f"{language}.toml, months: there are twelve")
    return Words(language, months, texts, counted)


def _hold_against(language: str, words: Words, pattern: Words) -> None:
    if set(words.texts) != set(pattern.texts) or set(words.counted) != set(pattern.counted):
        odd = (set(words.texts) ^ set(pattern.texts)) | (set(words.counted) ^ set(pattern.counted))
        raise WordingError(f"{language}.toml: {', '.join(sorted(odd))} is not in every language")
    for name, text in words.texts.items():
        if places(text) != places(pattern.texts[name]):
            raise WordingError(f"{language}.toml, {name}: other places to fill in than in English")
    for name, forms in words.counted.items():
        wanted = set().union(*(places(form) for form in pattern.counted[name].values()))
        for form in forms.values():
            # "one" may say the number in words.
            if not wanted - {"count"} <= places(form) <= wanted:
                raise WordingError(f"{language}.toml, {name}: other places to fill in than in English")


def places(text: str) -> set[str]:
    """The names of the places to fill in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
