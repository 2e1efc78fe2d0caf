"""Short words for the tables of ``kinds`` and ``keeping_kinds``: fields, steps, and the steps that every kind has.

Pure. Source: clauses MP-3.8, MP-6.10.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from circumspect.offices.privacydesk.machines import Ask, Field, Step


def text(name: str, label: str, *, required: bool = True, hint: str = "") -> Field:
    """A line of text."""
    return Field(name, label, required=required, hint=hint)


def long(name: str, label: str, *, required: bool = True, hint: str = "") -> Field:
    """Several lines of text."""
    return Field(name, label, Ask.LONG, required, hint=hint)


def day(name: str, label: str, *, required: bool = True) -> Field:
    """A day."""
    return Field(name, label, Ask.DAY, required)


def moment(name: str, label: str = "When") -> Field:
    """A day and a time."""
    return Field(name, label, Ask.MOMENT)


def yes_no(name: str, label: str) -> Field:
    """A question that is answered yes or no."""
    return Field(name, label, Ask.YES_NO)


def must(name: str, label: str) -> Field:
    """A statement that has to be so."""
    return Field(name, label, Ask.MUST)


def initials(name: str, label: str) -> Field:
    """A statement that somebody initials."""
    return Field(name, label, Ask.INITIALS)


def choice(name: str, label: str, *choices: tuple[str, str]) -> Field:
    """One of several: code and words of each."""
    return Field(name, label, Ask.CHOICE, choices=choices)


def hidden(name: str, label: str) -> Field:
    """What the house writes, and no form asks."""
    return Field(name, label, Ask.HIDDEN)


def step(
    code: str, words: str, way: str | Collection[str], *fields: Field, to: str = "", **more: Any
) -> Step:
    """A row of a table.

    Args:
        way: From which states to which, such as "cut reviewed > authorised", or "cut" to stay; or the states alone.
        to: The state it leads to, where ``way`` does not say it.
        more: The other attributes of ``Step``, by name.
    """
    if isinstance(way, str):
        way, _, to_too = way.partition(" > ")
        way, to = way.split(), to_too or to
    return Step(code, words, frozenset(way), to, fields, **more)


def names(fields: Collection[Field]) -> tuple[str, ...]:
    """What has to be told, by name."""
    return tuple(each.name for each in fields if each.required)


COUNSEL = (
    text("counsel_name", "Counsel's name"),
    choice("counsel_reached", "Was counsel reached?", ("reached", "Reached"), ("not", "Not reached")),
    moment("counsel_at"),
    long("counsel_advice", "What counsel said, or why they were not reached"),
)


def everywhere(
    states: Collection[str], *, before: Collection[str], counsel: bool = True, tells: bool = False
) -> tuple[Step, ...]:
    """Notes and deadlines, from every state; and how it can be refused or come to nothing.

    Args:
        before: States in which nothing has left yet: from these it can be refused or withdrawn.
        counsel: A word with counsel may be noted.
        tells: Whether the patron is told may be noted.
    """
    refusing = (
        step(
            "refuse",
            "Refuse",
            before,
            to="refused",
            about="A letter in the library's wording is ready at once.",
        ),
        step("withdraw", "They withdrew it", before, to="withdrawn"),
    )
    told = (("yes", "Told"), ("no", "Not told"), ("barred", "May not be told: the paper says so"))
    quiet = (
        *(refusing if before else ()),
        *((step("counsel", "Note a word with counsel", states, *COUNSEL),) if counsel else ()),
        step("deadline", "Set a deadline", states, day("due_on", "Day"), text("due_what", "What is due")),
        *(
            (
                step(
                    "tell",
                    "Note whether the patron is told",
                    states,
                    choice("told", "Is the patron told?", *told),
                    long("told_why", "By whose advice, and why"),
                ),
            )
            if tells
            else ()
        ),
    )
    return tuple(replace(each, is_quiet=True) for each in quiet)
