"""Requests for public records: the clock, the steps, and what a denial has to hold.

The clock runs in business days from the day after receipt: five for the answer, five more where the requester is told
why, in writing and within the first five, for a reason that the law lists. An answer that does not come in time counts
as a denial, and the page says so. A commercial request and a recurrent one have clocks of their own.

A denial names its reasons and facts, the law, each person responsible with a title, the Public Access Counselor's
address and telephone, and the way to court. It names no patron: it lies in a file that is open to everybody, and so
it may not even hold a name that the request itself used.

Pure. Source: 5 ILCS 140/3, 3.1, 3.2, 9; clauses TH-1.6, TH-4.4, MP-7.8; tension 12. Citations are the library's to set.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from circumspect.offices.privacydesk.clocks import Periods
from circumspect.offices.privacydesk.foia_redaction import private_spans
from circumspect.offices.privacydesk.machines import Ask, Field, Machine, Moment, Standing, Step
from circumspect.records.textrules import words

FOIA = "foia"
ORDINARY, COMMERCIAL, RECURRENT, VOLUMINOUS = "ordinary", "commercial", "recurrent", "voluminous"

TAKE_IN: tuple[Field, ...] = (
    Field("asked", "What records do they ask for, in their words", Ask.LONG),
    Field("requester", "Who asks: name, and where the answer goes", Ask.LONG),
    Field("received_at", "When it came", Ask.MOMENT),
    Field(
        "came_by",
        "How it came",
        Ask.CHOICE,
        choices=(
            ("letter", "By letter"),
            ("email", "By e-mail"),
            ("fax", "By fax"),
            ("hand", "Handed in, in writing"),
            ("form", "By the library's form"),
        ),
        hint="It has to be in writing; nobody has to use a form, and nobody has to say why they ask.",
    ),
)

# 5 ILCS 140/3(e), each as the law lists it.
EXTENSION_REASONS = (
    ("elsewhere", "The records are stored elsewhere, in whole or in part"),
    ("many", "A substantial number of records has to be collected"),
    ("categorical", "The request is by category and needs an extensive search"),
    ("not_found", "The records were not found in a routine search, and further efforts are made"),
    ("evaluation", "Somebody competent has to examine whether they are exempt"),
    ("burden", "It cannot be met in time without unduly burdening the library's work"),
    ("consultation", "Another public body with an interest in it has to be consulted"),
)
RECORD_TYPES = (
    ("registration", "Registration records of library users"),
    ("circulation", "Circulation records of library users"),
    ("computers", "Records of the use of computers"),
    ("letters", "Letters and messages"),
    ("staff", "Records of the staff"),
    ("other", "Other records"),
)
# Each exemption, by the name of the text that holds its citation (see ``wording``).
EXEMPTIONS = ("foia_7_5_b", "foia_7_1_a", "foia_7_1_b", "foia_7_1_c")
_BASES = tuple(
    Field(
        f"basis_{name}",
        label,
        Ask.LONG,
        required=False,
        hint="The facts on which this exemption rests, in detail. Name nobody." if not place else "",
    )
    for place, (name, label) in enumerate(
        zip(
            EXEMPTIONS,
            (
                "Circulation and order records that identify users: the facts",
                "Disclosure forbidden by State law: the facts",
                "Private information: the facts",
                "Unwarranted invasion of privacy: the facts",
            ),
            strict=True,
        )
    )
)


def _told_in_time(standing: Standing, values: Mapping[str, str], moment: Moment) -> str:
    due = standing.known.get("first_due", "")
    told = values.get("extension_told_on", "")
    if standing.known.get("sort", ORDINARY) != ORDINARY:
        return "only an ordinary request is extended"
    if told > moment.today.isoformat():
        return "the notice cannot be of a day to come"
    return (
        ""
        if due and told and told <= due
        else "the notice has to be sent within the first period, and it is over"
    )


def _some_reason(_standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    return (
        ""
        if any(values.get(each.name) for each in _BASES)
        else "say on which exemption it rests, and the facts"
    )


def _names_nobody(standing: Standing, values: Mapping[str, str], _moment: Moment) -> str:
    said = " ".join(values.get(each.name, "") for each in _BASES)
    if private_spans(said):
        return "the reasons hold a number or an address that looks private: the file of denials is open to everybody"
    if names_in(standing.intake.get("asked", "")) & set(words(said)):
        return "the reasons hold a name that the request used: the file of denials is open to everybody"
    return ""


def _read_through(standing: Standing, _values: Mapping[str, str], _moment: Moment) -> str:
    return (
        "" if standing.known.get("read_through") == "yes" else "somebody has to read what is released first"
    )


_OPEN = frozenset({"received", "extended"})

FOIA_MACHINE = Machine(
    FOIA,
    "Request for public records",
    "received",
    {"received": "To be answered", "extended": "To be answered: the time was extended"},
    {
        "granted": "Granted",
        "granted_in_part": "Granted in part",
        "denied": "Denied",
        "no_such_records": "The library has no such records",
        "withdrawn": "Withdrawn",
    },
    (
        Step(
            "classify",
            "It is of another sort",
            _OPEN,
            fields=(
                Field(
                    "sort",
                    "Of what sort",
                    Ask.CHOICE,
                    choices=(
                        (ORDINARY, "Ordinary"),
                        (COMMERCIAL, "For a commercial purpose"),
                        (RECURRENT, "From a recurrent requester, who has been told so"),
                        (VOLUMINOUS, "Voluminous, and the requester has been told so"),
                    ),
                ),
            ),
            is_quiet=True,
            about="Whether a purpose is commercial may be asked; no other purpose may.",
        ),
        Step(
            "extend",
            "Extend the time",
            frozenset({"received"}),
            "extended",
            (
                Field(
                    "extension_reason",
                    "The reason, as the law lists it",
                    Ask.CHOICE,
                    choices=EXTENSION_REASONS,
                ),
                Field("extension_told_on", "The requester was told in writing on", Ask.DAY),
            ),
            guards=(_told_in_time,),
            is_quiet=True,
        ),
        Step(
            "release",
            "Choose what is released",
            _OPEN,
            fields=(
                Field("records", "Records", Ask.HIDDEN),
                Field("read_through", "I have read all of it: nothing private is left", Ask.MUST),
            ),
            makes="release",
            is_quiet=True,
        ),
        Step(
            "grant",
            "Granted",
            _OPEN,
            "granted",
            (Field("granted_on", "Sent on", Ask.DAY),),
            guards=(_read_through,),
        ),
        Step(
            "grant_in_part",
            "Granted in part",
            _OPEN,
            "granted_in_part",
            (
                Field("granted_on", "Sent on", Ask.DAY),
                Field("record_type", "What was withheld", Ask.CHOICE, choices=RECORD_TYPES),
                *_BASES,
                Field("responsible", "Each person responsible: name, title; one to a line", Ask.LONG),
                Field(
                    "no_patron",
                    "The letter names no patron, and does not say whether anybody is one",
                    Ask.MUST,
                ),
            ),
            guards=(_read_through, _some_reason, _names_nobody),
            makes="denial",
        ),
        Step(
            "deny",
            "Deny",
            _OPEN,
            "denied",
            (
                Field("record_type", "Of what sort the records are", Ask.CHOICE, choices=RECORD_TYPES),
                *_BASES,
                Field("responsible", "Each person responsible: name, title; one to a line", Ask.LONG),
                Field(
                    "no_patron",
                    "The letter names no patron, and does not say whether anybody is one",
                    Ask.MUST,
                ),
            ),
            guards=(_some_reason, _names_nobody),
            makes="denial",
        ),
        Step(
            "none",
            "The library has no such records",
            _OPEN,
            "no_such_records",
            (
                Field("searched", "Where it was looked for", Ask.LONG),
                Field("told_on", "The requester was told on", Ask.DAY),
            ),
        ),
        Step("withdraw", "They withdrew it", _OPEN, "withdrawn", is_quiet=True),
    ),
    about=(
        "Only public records are searched. What a patron is registered with, borrows or asks is not among them.",
        "A request for such records is denied: the letter is made from the reasons you give.",
        "An answer that is not sent in time counts as a denial.",
    ),
)
FOIA_MACHINES: Mapping[str, Machine] = {FOIA: FOIA_MACHINE}


def first_due(received_on: dt.date, sort: str, periods: Periods) -> dt.date:
    """The last day of the first period."""
    count = {
        COMMERCIAL: periods.foia_commercial_business_days,
        RECURRENT: periods.foia_recurrent_business_days,
    }.get(sort, periods.foia_business_days)
    return periods.calendar.after(received_on, count)


def due_on(received_on: dt.date, sort: str, *, extended: bool, periods: Periods) -> dt.date:
    """The day by which the answer has to be sent: the extension runs from the end of the first period."""
    first = first_due(received_on, sort, periods)
    if sort == VOLUMINOUS:
        return periods.calendar.after(first, periods.foia_voluminous_business_days)
    return periods.calendar.after(first, periods.foia_extension_business_days) if extended else first


# Words with a capital that name no person.
_COMMON = frozenset(
    word
    for line in (
        "library libraries public records record foia act freedom information illinois state county village cook board",
        "trustees director executive january february march april may june july august september october november",
        "december monday tuesday wednesday thursday friday saturday sunday dear sir madam please pursuant under all any",
        "copies copy the i we our my you your request requests requesting each every budget minutes policy policies",
        "contract contracts registration circulation mount prospect thornton who what when where which how",
    )
    for word in line.split()
)


def names_in(asked: str) -> frozenset[str]:
    """Words of a request that may be somebody's name, folded: those with a capital that are no common words."""
    found = re.findall(r"\b[^\W\d_][\w'\u2019-]+", asked)
    return frozenset(
        folded for word in found if word[0].isupper() for folded in words(word) if folded not in _COMMON
    )


@dataclass(frozen=True, slots=True)
class DenialLetter:
    """Everything that a denial has to hold. It names no patron and no requester: it is filed in the open.

    Attributes:
        reasons: For each exemption its citation and the facts.
        responsible: Name and title of each person.
    """

    decided_on: dt.date
    in_part: bool
    record_type: str
    reasons: tuple[tuple[str, str], ...]
    responsible: tuple[tuple[str, str], ...]
    intro: str
    counselor: str
    review: str

    def missing(self) -> list[str]:
        """What it lacks of what the law asks for; empty where it is complete."""
        lacking = []
        if not self.intro:
            lacking.append("the decision")
        if not self.reasons or any(not citation or not facts for citation, facts in self.reasons):
            lacking.append("a reason with its citation and facts")
        if not self.responsible or any(not name or not title for name, title in self.responsible):
            lacking.append("each person responsible, with a title")
        if not (re.search(r"\d{5}", self.counselor) and re.search(r"\d{3}[-. ]\d{4}", self.counselor)):
            lacking.append("the Public Access Counselor's address and telephone number")
        if "11" not in self.review:
            lacking.append("the right to judicial review under section 11")
        return lacking

    def paragraphs(self) -> tuple[str, ...]:
        """The letter's text."""
        return (
            self.intro,
            f"Records: {dict(RECORD_TYPES)[self.record_type]}."
            + (" The rest of what was asked for is granted." if self.in_part else ""),
            *(f"{citation}: {facts}" for citation, facts in self.reasons),
            "Responsible for this decision: "
            + "; ".join(f"{name}, {title}" for name, title in self.responsible)
            + ".",
            self.counselor,
            self.review,
        )


def responsible_of(text: str) -> tuple[tuple[str, str], ...]:
    """Names and titles, one to a line: "R. Diaz, Executive Director". A line without a title has an empty one."""
    found = []
    for line in text.splitlines():
        name, _, title = line.partition(",")
        if line.strip():
            found.append((name.strip(), title.strip()))
    return tuple(found)
