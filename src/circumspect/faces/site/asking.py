"""The forms of the website, apart from HTTP: their inputs, their words, how often they may be sent.

Each form says what becomes of what is written, from the live schedule. Rates are counted in memory and nowhere
else.

Source: clauses TH-4.1 to TH-4.4, TH-1.7, MP-2.1; issue "The public side", section 3.
"""

from __future__ import annotations

import time
import tomllib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from threading import Lock

from circumspect.faces.public import languages
from circumspect.records.communications.newsletter import SUPPRESSED_DAYS
from circumspect.records.inquiries import rules
from circumspect.records.inquiries.fieldkinds import FieldKind, FormField, in_language
from circumspect.records.inquiries.formmaking import Form
from circumspect.records.inquiries.rules import Kind, LetterClass, class_of
from circumspect.trust.policy.schedule import Schedule

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("words/forms.toml").read_text(encoding="utf-8")
)
# In the order of the page.
KINDS = (Kind.QUESTION, Kind.PURCHASE, Kind.SUGGESTION, Kind.CONTACT)
WITH_FILES = frozenset({Kind.QUESTION, Kind.CONTACT})
LEAST_SECONDS = 3
_MOST_EACH, _MOST_ALL, _SECONDS = 10, 300, 600.0


@dataclass(frozen=True, slots=True, repr=False)
class AskInput:
    """One input of a form. Prints as nothing.

    Attributes:
        kind: "line", "text", "email", "choice", "check", "day", "number" or "files".
    """

    name: str
    kind: str
    label: str
    value: str
    error: str
    needed: bool
    hint: str = ""
    choices: tuple[str, ...] = ()


def words() -> Mapping[str, str]:
    """The words of the page's language."""
    return WORDS[languages.current()]


def inputs(kind: Kind, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
    """The inputs of one of the library's own forms, filled in."""
    said = words()
    found = [AskInput("body", "text", said[f"body_{kind.value}"], typed.get("body", ""), "", True)]
    if kind in (Kind.QUESTION, Kind.CONTACT):
        found.insert(0, AskInput("subject", "line", said["subject"], typed.get("subject", ""), "", False))
    if kind in WITH_FILES:
        hint = said["files_hint"].format(files=rules.MOST_FILES, megabytes=rules.FILE_MOST_BYTES // 1_000_000)
        found.append(AskInput("files", "files", said["files"], "", "", False, hint))
    return [_with_error(each, errors, said) for each in [*found, *_sender(typed, said)]]


def inputs_of(form: Form, typed: Mapping[str, str], errors: Mapping[str, str]) -> list[AskInput]:
    """The inputs of a form that staff made, filled in."""
    said, language = words(), languages.current()
    found = [
        AskInput(
            f"f{number}",
            field.kind.value,
            in_language(field.labels, language),
            typed.get(f"f{number}", ""),
            "",
            field.needed,
            choices=_choices(field, language),
        )
        for number, field in enumerate(form.words.fields, start=1)
    ]
    return [_with_error(each, errors, said) for each in [*found, *_sender(typed, said)]]


def fate(kind: Kind, schedule: Schedule, form_class: LetterClass | None = None) -> list[str]:
    """What becomes of what is written, sentence by sentence (TH-4.3, TH-4.4)."""
    said = words()
    lands = class_of(kind, form_class)
    days = schedule.item(lands.value).days
    if lands is LetterClass.PUBLIC:
        told = [said["fate_public"], said["fate_public_life"].format(days=days), said["fate_public_instead"]]
    elif kind in rules.UNDECIDED:
        told = [said["fate_undecided"], said["fate_borrower_life"].format(days=days)]
    elif kind is Kind.PURCHASE:
        told = [said["fate_borrower"], said["fate_purchase"]]
    else:
        told = [said["fate_borrower"], said["fate_borrower_life"].format(days=days)]
    return [*told, said["fate_nothing"]]


def newsletter_fate() -> list[str]:
    """What becomes of an address."""
    said = words()
    return [said["newsletter_fate"].format(days=SUPPRESSED_DAYS), said["newsletter_fate_sent"]]


def _sender(typed: Mapping[str, str], said: Mapping[str, str]) -> list[AskInput]:
    return [
        AskInput("name", "line", said["name"], typed.get("name", ""), "", False),
        AskInput("email", "email", said["email"], typed.get("email", ""), "", False, said["email_hint"]),
    ]


def _with_error(each: AskInput, errors: Mapping[str, str], said: Mapping[str, str]) -> AskInput:
    rule = errors.get(each.name, "")
    if not rule:
        return each
    error = said.get(f"error_{rule}", said["error_unfit"])
    return AskInput(each.name, each.kind, each.label, each.value, error, each.needed, each.hint, each.choices)


def _choices(field: FormField, language: str) -> tuple[str, ...]:
    if field.kind is not FieldKind.CHOICE:
        return ()
    return tuple(in_language(each, language) for each in field.choices)


class Throttle:
    """Few letters from one place, and not too many from all of them. In memory alone, for ten minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sent: deque[tuple[float, str]] = deque()

    def may_send(self, place: str) -> bool:
        """Whether another one is taken; it is then counted."""
        now = self._clock()
        with self._lock:
            while self._sent and now - self._sent[0][0] > _SECONDS:
                self._sent.popleft()
            here = sum(each == place for _, each in self._sent)
            if here >= _MOST_EACH or len(self._sent) >= _MOST_ALL:
                return False
            self._sent.append((now, place))
            return True
