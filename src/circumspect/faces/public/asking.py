"""The forms by which anybody writes to the library: their words, their inputs, and what becomes of what is written.

On the website anybody fills one in; on a patron's own pages whoever is signed in. Both say the same.

Source: clauses TH-4.1 to TH-4.4, MP-2.1; issue "The public side", section 3.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources

from circumspect.faces.public import languages
from circumspect.records.inquiries import rules
from circumspect.records.inquiries.fieldkinds import FieldKind, FormField, in_language
from circumspect.records.inquiries.formmaking import Form
from circumspect.records.inquiries.rules import Kind, LetterClass, class_of
from circumspect.trust.policy.schedule import Schedule

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("words/forms.toml").read_text(encoding="utf-8")
)


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


def made_inputs(form: Form, typed: Mapping[str, str]) -> list[AskInput]:
    """The inputs of a form that staff made, filled in."""
    language = languages.current()
    return [
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


def sender(typed: Mapping[str, str]) -> list[AskInput]:
    """Who writes, where they want to say so."""
    said = words()
    return [
        AskInput("name", "line", said["name"], typed.get("name", ""), "", False),
        AskInput("email", "email", said["email"], typed.get("email", ""), "", False, said["email_hint"]),
    ]


def marked(inputs: Sequence[AskInput], errors: Mapping[str, str]) -> list[AskInput]:
    """The inputs, with what is wrong said at each."""
    said = words()
    return [
        replace(each, error=said.get(f"error_{errors[each.name]}", said["error_unfit"]))
        if errors.get(each.name)
        else each
        for each in inputs
    ]


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


def _choices(field: FormField, language: str) -> tuple[str, ...]:
    if field.kind is not FieldKind.CHOICE:
        return ()
    return tuple(in_language(each, language) for each in field.choices)
