"""What is kept of somebody who has left: who read and signed which version, for the schedule's time, and then no longer.

The time runs from the day on which the account was closed. Of somebody who still works here nothing goes, however old
it is; nor of somebody who came back. The account's row stays, since the ledger names it. What is past its time waits for
an approved certificate, as the schedule says.

Source: clauses MP-7.16, TH-1.5, TH-1.8; the retention schedule.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from circumspect.offices.staff.models import Orientation, SignOff, StaffMember
from circumspect.trust.door.house import House

SERIES = "sign-offs"


def due(house: House) -> tuple[int, dt.date, dt.date] | None:
    """How many sign-offs and orientations are past their time, and when the first and last of their people left."""
    left = _left(house)
    count = sum(model.objects.filter(member__in=left).count() for model in (SignOff, Orientation))
    return (count, min(left.values()), max(left.values())) if count else None


def dispose(house: House, last: dt.date) -> int:
    """Let go of the sign-offs and orientations of people who left up to a day and are past their time; how many."""
    gone = [member for member, day in _left(house).items() if day <= last]
    with transaction.atomic():
        # The account may have been opened again since it was read.
        closed = StaffMember.objects.select_for_update().filter(pk__in=gone, active=False)
        mine = list(closed.values_list("pk", flat=True))
        return sum(model.objects.filter(member__in=mine).delete()[0] for model in (SignOff, Orientation))


def _left(house: House) -> dict[int, dt.date]:
    """Whose time is past, by number, with the day they left. Closed before that day was kept: it counts from now on."""
    StaffMember.objects.filter(active=False, left_on=None).update(left_on=house.today())
    limit = house.today() - dt.timedelta(days=house.schedule().item(SERIES).days)
    rows = StaffMember.objects.filter(active=False, left_on__lte=limit)
    return {member: day for member, day in rows.values_list("pk", "left_on") if day is not None}
