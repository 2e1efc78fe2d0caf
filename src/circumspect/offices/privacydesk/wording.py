"""What the library's forms and letters say, as it has approved it: sentences, citations, periods, titles.

Each has a default, marked as not approved: a starting text to be read by the library and its counsel. An approved
text is added, never written over; what was in force when a paper was printed can still be read. Each print says
the version of the form, which is a digest of all its sentences.

Source: clauses MP-3.8, MP-3.12; 75 ILCS 70/1. The defaults are working assumptions, none of them legal advice.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

from circumspect.offices.privacydesk import letterwords
from circumspect.offices.privacydesk.caseids import new_id
from circumspect.offices.privacydesk.cases_models import Wording

MOST_SIGNS = 2000

_SHIPPED = tomllib.loads(resources.files(__package__).joinpath("wording.toml").read_text(encoding="utf-8"))[
    "text"
]
_OTHERS = {code: words for code, words in letterwords.LANGUAGES.items() if code != "en"}
# What a patron is written has a text in each language, such as "patron_told@es", and an approval of its own.
NAMES: Mapping[str, str] = {
    **{each["name"]: each["about"] for each in _SHIPPED},
    **{name: about for name, (about, _text) in letterwords.TEXTS.items()},
    **{
        f"{name}@{code}": f"{about}, in {language}"
        for name, (about, _text) in letterwords.TEXTS.items()
        for code, language in _OTHERS.items()
    },
}
_DEFAULTS: Mapping[str, str] = {
    **{each["name"]: each["text"] for each in _SHIPPED},
    **{name: text for name, (_about, text) in letterwords.TEXTS.items()},
}
STATEMENTS = ("s_act", "s_sworn", "s_impractical", "s_probable_cause", "s_identify", "s_no_use")
FORM = ("form_title", "form_act", *STATEMENTS, "form_receipt", "form_note")


class WordingError(ValueError):
    """A text that cannot be adopted. Attributes: ``field``, the form's field at fault."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it stands.

    Attributes:
        approved_by: "" while it is the program's default, which nobody has approved.
    """

    name: str
    about: str
    text: str
    approved_by: str = ""
    approved_on: dt.date | None = None
    number: int = 0


def texts(names: Iterable[str] = tuple(NAMES)) -> dict[str, Text]:
    """The texts in force. One statement."""
    found = {name: Text(name, NAMES[name], _default(name)) for name in names}
    for row in Wording.objects.filter(name__in=list(found)).order_by("number"):
        found[row.name] = Text(
            row.name, NAMES[row.name], row.text, row.approved_by, row.approved_on, row.number
        )
    return found


def words(*names: str) -> dict[str, str]:
    """The bare texts in force, by name."""
    return {name: each.text for name, each in texts(names).items()}


def words_in(language: str, *names: str) -> tuple[str, dict[str, str]]:
    """The texts of a patron's letter in their language, and the language it is in.

    A translation counts where the library approved it, or approved no English text of its own that it would
    differ from. A letter is in one language: where one text has no translation that counts, all of it is English.
    """
    other = {name: f"{name}@{language}" for name in names if f"{name}@{language}" in NAMES}
    found = texts([*names, *other.values()])
    counts = len(other) == len(names) and all(
        found[there].approved_by or not found[name].approved_by for name, there in other.items()
    )
    if not counts:
        return "en", {name: found[name].text for name in names}
    return language, {name: found[there].text for name, there in other.items()}


def _default(name: str) -> str:
    bare, _, language = name.partition("@")
    return letterwords.said_in(language, _DEFAULTS[bare]) if language else _DEFAULTS[bare]


def adopt(name: str, text: str, *, approved_by: str, approved_on: dt.date, today: dt.date) -> Text:
    """Let the library's own text be in force from now on.

    Raises:
        WordingError: A field is missing, or the approval lies ahead.
    """
    if name not in NAMES:
        raise WordingError("there is no such text", "name")
    text, approved_by = text.strip(), approved_by.strip()
    if not text or len(text) > MOST_SIGNS:
        raise WordingError(f"write up to {MOST_SIGNS} signs", "text")
    if not approved_by or len(approved_by) > 120:
        raise WordingError("say who approved it", "approved_by")
    if approved_on > today:
        raise WordingError("it cannot be approved on a day to come", "approved_on")
    number = 1 + Wording.objects.filter(name=name).count()
    Wording.objects.create(
        id=new_id(), name=name, number=number, text=text, approved_by=approved_by, approved_on=approved_on
    )
    return texts([name])[name]


def version_of(names: Iterable[str]) -> str:
    """Eight signs that stand for these very texts: printed on a form, and kept with what was signed on it."""
    said = words(*names)
    return hashlib.sha256("\x00".join(said[name] for name in said).encode()).hexdigest()[:8].upper()
