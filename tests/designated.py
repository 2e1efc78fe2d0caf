"""Staff of a test library whose roles ask for a designation: here it is, signed, for a year."""

from __future__ import annotations

import datetime as dt
from typing import Any


def designate(member: Any, *, now: dt.datetime) -> None:
    """Write the designations that a member's roles rest without. Their open session goes on."""
    from circumspect.offices.staff.designating import TITLES
    from circumspect.offices.staff.models import Designation

    for title in sorted(TITLES & set(member.roles)):
        Designation.objects.create(
            member=member,
            title=title,
            starts_on=now.date() - dt.timedelta(days=1),
            ends_on=now.date() + dt.timedelta(days=364),
            act="as the test has it",
            appointed_by=member,
            signed_at=now,
        )
