"""What may be reported and decided. Pure: no Django, no clock.

A report says what happened and what the person looked like. It has no field for what somebody borrowed, asked for or
used, and a number of the shape of a card or an item is refused wherever it is typed.

Source: clause MP-4.17.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from circumspect.records.textrules import UnstorableTextError, refuse_unstorable

KINDS = {
    "noise": "Noise or disturbance",
    "threat": "Threat or violence",
    "harassment": "Harassment",
    "damage": "Damage to property",
    "theft": "Theft from somebody",
    "rules": "Other conduct against the rules",
    "unwell": "Somebody unwell or in need",
}
MEASURES = {
    "none": "Nothing further",
    "spoken": "Spoken to",
    "sent": "Asked to leave for the day",
    "suspended": "Suspended",
    "lifted": "Suspension lifted",
}
LONGEST_TEXT = 4000
LONGEST_SUSPENSION_DAYS = 366
_LIBRARY_NUMBER = re.compile(r"(?<!\d)(?:\d[\s\-]?){14}(?!\d)")


class UnfitReportError(ValueError):
    """A report or a decision does not do. Names the field, never what was typed."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What a member of staff saw. Prints as nothing.

    Attributes:
        account: What happened, in their words.
        description: The person as they were seen, or what they said of themselves.
    """

    kind: str
    branch: str
    happened_on: dt.date
    account: str
    description: str


def checked(report: Report, today: dt.date) -> Report:
    """The report as it may be stored.

    Raises:
        UnfitReportError: A field does not do.
    """
    if report.kind not in KINDS:
        raise UnfitReportError("kind", "Choose what it was.")
    if not report.branch:
        raise UnfitReportError("branch", "Choose where it was.")
    if report.happened_on > today:
        raise UnfitReportError("happened_on", "A day to come cannot be reported.")
    account = text("account", report.account)
    if not account:
        raise UnfitReportError("account", "Say what happened.")
    return Report(
        report.kind, report.branch, report.happened_on, account, text("description", report.description)
    )


def text(field: str, raw: str) -> str:
    """A text as it may be stored.

    Raises:
        UnfitReportError: Too long, or with a number of the shape of a card, an item or a Social Security number.
    """
    try:
        kept = refuse_unstorable(field, raw.strip().replace("\r\n", "\n"), LONGEST_TEXT)
    except UnstorableTextError as problem:
        raise UnfitReportError(field, problem.rule[:1].upper() + problem.rule[1:] + ".") from None
    if _LIBRARY_NUMBER.search(kept):
        raise UnfitReportError(
            field, "Leave out numbers of cards and items: what somebody uses has no place here (MP-4.17)."
        )
    return kept


def check_measure(measure: str, until: dt.date | None, today: dt.date) -> None:
    """Whether a decision is whole: a suspension, and only a suspension, has an end, a year away at most.

    Raises:
        UnfitReportError: It is not.
    """
    if measure not in MEASURES:
        raise UnfitReportError("measure", "Choose what follows.")
    if (measure == "suspended") != (until is not None):
        raise UnfitReportError("until", "A suspension has a last day, and nothing else has.")
    if until is not None and not today <= until <= today + dt.timedelta(days=LONGEST_SUSPENSION_DAYS):
        raise UnfitReportError("until", "The last day lies ahead, within a year.")
