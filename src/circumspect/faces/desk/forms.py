"""The registration form: its inputs in order, what each is for, and what was typed, read into values.

Each input stands beside the purpose the inventory gives for keeping it, in plain words. Nothing that is
not on this list is read, so nothing else can be collected by it (TH-1.7, MP-7.14).

What is wrong is told by field; what was typed comes back. The rules themselves are the records' own:
here only dates and choices are read.

Source: clauses TH-1.7, TH-1.14, TH-1.15, MP-7.14.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.shown import LANGUAGES
from circumspect.records import series
from circumspect.records.patrons.categories import categories
from circumspect.records.patrons.registration import NOTICE_CHANNELS, OPTIONAL_FIELDS
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.trust.door.house import House

_CHANNELS = {
    "email": "E-mail",
    "post": "Letter",
    "sms": "Text message",
    "phone": "Telephone call",
    "none": "No notices",
}
_TITLES = {"": "No titles", "yes": "Titles in letters and e-mails"}


@dataclass(frozen=True, slots=True, repr=False)
class Input:
    """One input, ready to draw. Prints as nothing.

    Attributes:
        kind: "text", "date", "email", "tel" or "choice".
        error: What is wrong with what was typed, "" for nothing.
        purpose: Why the library keeps it, from the inventory.
    """

    name: str
    label: str
    kind: str
    value: str
    error: str
    purpose: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """Inputs that belong together."""

    legend: str
    hint: str
    inputs: tuple[Input, ...]


# legend, hint, then name, label, kind
_GROUPS: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Name",
        "",
        (
            ("given_name", "Given name", "text"),
            ("family_name", "Family name", "text"),
            ("birth_date", "Birth date", "date"),
        ),
    ),
    (
        "Address",
        "",
        (
            ("street", "Street and number", "text"),
            ("city", "City", "text"),
            ("region", "State", "text"),
            ("postcode", "ZIP code", "text"),
        ),
    ),
    (
        "How to reach them",
        "Only what they want to be reached by. All of it may be left empty.",
        (
            ("phone", "Telephone", "tel"),
            ("email", "E-mail", "email"),
            ("notice_channel", "Notices by", "choice"),
            ("notice_titles", "Titles in notices", "choice"),
            ("language", "Language", "choice"),
        ),
    ),
    (
        "Responsible adult",
        "For a child's card. Being named here gives no right to see the child's record.",
        (("adult_name", "Name", "text"), ("adult_contact", "How to reach them", "text")),
    ),
    (
        "Card",
        "",
        (
            ("category", "Category", "choice"),
            ("home_branch", "Home branch", "choice"),
            ("expires_on", "Registered until", "date"),
        ),
    ),
)
_OPTIONAL_GROUP = (
    "Switched on by this library",
    "",
    (("driver_licence", "Driver's licence number", "text"), ("sex", "Sex", "text")),
)
# Parts of the standing, which the inventory keeps as one field.
_OF_STANDING = {
    "category": "Decides how long and how much may be borrowed.",
    "home_branch": "Where notices and slips name as their library.",
    "expires_on": "Left empty, the category's usual time.",
}
DATES = ("birth_date", "expires_on")
NAMES = tuple(name for _, _, inputs in _GROUPS for name, _, _ in inputs)


def groups(
    house: House, values: Mapping[str, str], errors: Mapping[str, str], *, is_new: bool
) -> tuple[Group, ...]:
    """The form, filled in."""
    purposes = {
        entry.field: entry.purpose for entry in series.inventory().of_series(REGISTRATION)
    } | _OF_STANDING
    wanted = list(_GROUPS)
    if is_new and house.home.fields_on:
        on = tuple(each for each in _OPTIONAL_GROUP[2] if each[0] in house.home.fields_on)
        wanted.append((_OPTIONAL_GROUP[0], _OPTIONAL_GROUP[1], on))
    return tuple(
        Group(
            legend,
            hint,
            tuple(
                Input(
                    name,
                    label,
                    kind,
                    values.get(name, ""),
                    errors.get(name, ""),
                    _said_once(purposes, [each[0] for each in inputs])[name],
                    name == "family_name",
                    _choices(house, name, values.get(name, "")) if kind == "choice" else (),
                )
                for name, label, kind in inputs
            ),
        )
        for legend, hint, inputs in wanted
    )


def _said_once(purposes: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """A purpose that is the same for several inputs on end is said beside the first of them."""
    return {
        name: "" if at and purposes.get(name) == purposes.get(names[at - 1]) else purposes.get(name, "")
        for at, name in enumerate(names)
    }


def typed_values(house: House, typed: Mapping[str, str], *, is_new: bool) -> dict[str, str]:
    """What was typed into the form's own inputs, and into no other."""
    on = tuple(name for name in OPTIONAL_FIELDS if is_new and name in house.home.fields_on)
    return {name: typed.get(name, "").strip() for name in (*NAMES, *on)}


def read_dates(values: Mapping[str, str]) -> tuple[dict[str, dt.date | None], dict[str, str]]:
    """The form's dates, and what is wrong with those that are none."""
    dates: dict[str, dt.date | None] = {}
    errors: dict[str, str] = {}
    for name in DATES:
        try:
            dates[name] = dt.date.fromisoformat(values[name]) if values[name] else None
        except ValueError:
            errors[name] = "a date is year-month-day, such as 2015-06-30"
    return dates, errors


def _choices(house: House, name: str, value: str) -> tuple[tuple[str, str], ...]:
    if name == "category":
        known = {code: each.name for code, each in categories(house.home.config).items()}
    elif name == "home_branch":
        known = branch_names()
    elif name == "notice_channel":
        known = {"": "Not chosen"} | {code: _CHANNELS[code] for code in NOTICE_CHANNELS}
    elif name == "notice_titles":
        known = dict(_TITLES)
    else:
        known = dict(LANGUAGES)
    # What is held stays choosable, though the library has dropped it from its list since.
    return tuple((known if not value or value in known else known | {value: value}).items())
