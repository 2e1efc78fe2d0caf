"""The words of the patron's page of letters, in the page's language.

Source: clause MP-2.1.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources

from django.utils.functional import Promise, lazystr

from circumspect.faces.public import languages

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("letters.toml").read_text(encoding="utf-8")
)

# What stands before a message, by who wrote it.
AUTHORS: Mapping[str, str] = {"sender": "you", "library": "library", "note": "note"}


def words() -> Mapping[str, str]:
    """All of them."""
    return WORDS[languages.current()]


class _Tab:
    """The page's name, in whatever language it is read."""

    def __str__(self) -> str:
        return words()["tab"]


def tab() -> Promise:
    """What the page is called in the way through the pages."""
    found: Promise = lazystr(_Tab())
    return found
