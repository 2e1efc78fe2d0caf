"""Another due day than the rule's, for what is lent to the open patron until it is cleared.

The day is carried by the page's own slip: the next patron has a new one, and with it no such day. Each
loan then asks the door for this right, with the reason.

Source: clauses TH-1.11, MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.http import HttpResponse

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.opened import Held
from circumspect.faces.desk.screens import DeskRequest, Said, Screen, Tone, may_set_due
from circumspect.faces.desk.views.acting import act, mode_of, show_patron
from circumspect.records.circulation import lending
from circumspect.records.circulation.items import DayError
from circumspect.trust.policy.request import Reason

_NOT_YOURS = Said(Tone.STOP, "Another due day is set by a circulation lead.", "Ask one, or lend by the rule.")


@act
def due_day(request: DeskRequest, held: Held) -> Screen | HttpResponse:
    """Set the due day of what is scanned from now on, or clear it."""
    if not may_set_due(request.actor.roles):
        return Screen(said=_NOT_YOURS, status=403)
    if "clear" in request.POST:
        held = replace(held, due_on=None, due_reason=None)
        said = Said(Tone.DONE, "The due day is the rule's again.")
    else:
        day, reason = _typed(request)
        held = replace(held, due_on=day, due_reason=reason)
        said = Said(
            Tone.DONE, f"Due {shown.in_full(day)}: what is checked out from now on.", "Scan the items."
        )
    return show_patron(request, Screen(mode=mode_of(request), said=said), held, first=False)


def _typed(request: DeskRequest) -> tuple[dt.date, Reason]:
    try:
        day = dt.date.fromisoformat(request.POST.get("due_on", ""))
    except ValueError:
        raise DayError("due_on", "choose a day, such as 2027-06-05") from None
    today = house().clock().astimezone(lending.zone_of(house())).date()
    lending.check_due_day(day, today)
    try:
        return day, Reason(request.POST.get("reason", ""))
    except ValueError:
        raise DayError("reason", "choose the reason for another due day") from None
