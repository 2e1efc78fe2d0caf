"""Letters and reports of behaviour that a request to preserve names: they stay where they are while it stands.

They rest under keys of their own and not under a patron's, so that a copy of somebody's record does not reach them.
Which they are, and for which case, stands sealed under the house's own secret; the rooms that forget them are told
numbers. Several requests may name one; each ends with its own copy, and then the ordinary rule goes on.

Where a row cannot be read, nothing of that kind is forgotten, and the round says that it failed.

Source: clauses MP-6.12, MP-6.13; guarantee 8; tension 10.
"""

from __future__ import annotations

import datetime as dt
import json

from circumspect.offices.privacydesk import caseids
from circumspect.offices.privacydesk.cases_models import SparedRecord
from circumspect.offices.privacydesk.clocks import second_of
from circumspect.offices.privacydesk.machines import StepError
from circumspect.records.incidents.models import Incident
from circumspect.records.inquiries.rules import LetterClass
from circumspect.records.inquiries.shelves import SHELVES
from circumspect.trust.door.house import House

LETTERS, INCIDENTS = "letter", "report"
_LABEL = "cases.guard"  # the name that rows written so far were sealed under


def spare(house: House, case: int, series: str, number: str, ends_at: dt.datetime) -> None:
    """Spare what a preservation names, until its copy ends. Called within the step.

    Raises:
        StepError: There is no such letter or report.
    """
    record = _number(number)
    there = {
        LETTERS: SHELVES[LetterClass.BORROWER].letters.filter(id=record),
        INCIDENTS: Incident.objects.filter(id=record),
    }
    if series not in there or not there[series].exists():
        raise StepError({"spared_number": "there is none of that number"})
    told = json.dumps({"case": case, "series": series, "record": record}).encode().ljust(96)
    SparedRecord.objects.create(
        id=caseids.new_id(), until=second_of(ends_at), sealed_record=house.vault.secrets.protect(_LABEL, told)
    )


def prolong(house: House, case: int, ends_at: dt.datetime) -> None:
    """The request was renewed: what it names is spared until its new end."""
    for row in SparedRecord.objects.filter(until__gt=house.second()):
        if _told(house, row)["case"] == case:
            SparedRecord.objects.filter(id=row.id).update(until=second_of(ends_at))


def spared(house: House, series: str) -> set[int]:
    """The letters, or the reports, that are not forgotten now. Opens nothing.

    Raises:
        TamperedError: A row cannot be read: then nothing is to be forgotten.
    """
    rows = [_told(house, row) for row in SparedRecord.objects.filter(until__gt=house.second())]
    return {int(told["record"]) for told in rows if told["series"] == series}


def end_over(house: House) -> int:
    """Drop what is over; how many."""
    return SparedRecord.objects.filter(until__lte=house.second()).delete()[0]


def _told(house: House, row: SparedRecord) -> dict[str, int | str]:
    found: dict[str, int | str] = json.loads(house.vault.secrets.reveal(_LABEL, bytes(row.sealed_record)))
    return found


def _number(text: str) -> int:
    """A number as it stands on the letter's or the report's page; 0 for none."""
    digits = text.replace(" ", "").strip()
    return (
        int(digits)
        if digits.isascii() and digits.isdecimal() and len(digits) <= 19 and int(digits) < 2**63
        else 0
    )
