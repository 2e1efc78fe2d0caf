"""What a report to the CyberTipline asks of the house: a day until which all is kept, and nothing of what was found.

The case holds facts: when, where, by whom it was come upon, when counsel was called, the report's number. There is no
field for a picture, no paper can be put with it, and nothing in this program looks into what anybody stores or sends.
Closing a report opens nothing and hands nothing over: the tipline tells the police.

Source: clauses MP-6.8 to MP-6.11; 18 USC 2258A; tension 9.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from circumspect.offices.privacydesk import cases
from circumspect.offices.privacydesk.cases import Seen
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.preservation import matter_ref, moment_of, periods
from circumspect.records.computers import preserving
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor

# Names of the texts that the page shows, which the library approves: see ``wording``.
TEXTS = ("tipline_duty", "tipline_passes_on", "tipline_good_faith")


def report(house: House, actor: Actor, seen: Seen, typed: Mapping[str, str]) -> dict[str, str]:
    """From a report on, what it was about is kept: the day until which, a deadline for it, the computers with it.

    Raises:
        StepError: The moment cannot be read.
        Refused, DoorClosed: Nothing is changed.
    """
    try:
        reported = moment_of(house, typed.get("reported_at", "").strip())
    except ValueError:
        raise StepError({"reported_at": "write the moment when it was reported"}) from None
    until = reported.date() + dt.timedelta(days=periods(house).tipline_days)
    preserving.keep_longer(house, actor, matter_ref(house, seen), until)
    cases.put_deadline(house, seen.id, until.isoformat(), "What was reported to the CyberTipline ends")
    return {"keep_until": until.isoformat()}
