"""Whom to turn to now: the duty roster, the order of a call, and the opening hours that nobody covers.

For the desk's alarm when somebody asks about a patron: ``on_duty`` and ``call_order`` are handed to
whoever rings. A roster is weekly, with days away; only designated people stand on it, and they leave it
with their designation.

Source: clauses MP-7.1, MP-7.13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from circumspect.offices.staff import designating, designations, roles
from circumspect.offices.staff.designating import EXECUTIVE, Shift, Term
from circumspect.offices.staff.models import Designation, DutyAway, DutyShift, StaffMember


class DutyError(ValueError):
    """A shift or days away cannot be noted so. ``field`` names the form's field at fault."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


def on_duty(now: dt.datetime | None = None) -> list[StaffMember]:
    """Designated members who are on duty at a moment, first to call first; often one, perhaps none."""
    local, terms, shifts, away = _roster(now)
    return _members(designating.on_duty(terms, shifts, away, local))


def call_order(now: dt.datetime | None = None) -> list[StaffMember]:
    """Everybody who may be called at a moment, in order: on duty, off duty, the Executive Director.

    Never empty while the library has an Executive Director.
    """
    local, terms, shifts, away = _roster(now)
    directors = [member.pk for member in directors_now()]
    return _members(designating.call_order(terms, shifts, away, directors, local))


def directors_now() -> list[StaffMember]:
    """Executive Directors with an open account: who is told of every request at once (MP-7.12)."""
    open_accounts = StaffMember.objects.filter(active=True).order_by("pk")
    return [member for member in open_accounts if EXECUTIVE in roles.held(member.roles)]


def uncovered(
    open_spells: Mapping[dt.date, Sequence[tuple[int, int]]], now: dt.datetime | None = None
) -> dict[dt.date, list[tuple[int, int]]]:
    """Opening hours without anybody on duty, day by day.

    Args:
        open_spells: For each day, the spells it is open, in minutes since midnight.

    Returns:
        The days that have such hours, and those hours, in minutes.
    """
    _, terms, shifts, _ = _roster(now)
    absences = list(DutyAway.objects.values_list("member_id", "first_on", "last_on"))
    moment = now or timezone.now()
    found = {}
    for day, spells in sorted(open_spells.items()):
        here = {term.member for term in terms if term.stands(moment, day)}
        here -= {member for member, first, last in absences if first <= day <= last}
        covered = [
            (each.start, each.end) for each in shifts if each.weekday == day.weekday() and each.member in here
        ]
        left = designating.uncovered(spells, covered)
        if left:
            found[day] = left
    return found


def put_shift(member: StaffMember, weekday: int, starts_at: dt.time, ends_at: dt.time) -> DutyShift:
    """Put a designated member on the weekly roster.

    Raises:
        DutyError: They hold no designation, or the hours are at fault or there already.
    """
    if not 0 <= weekday <= 6:
        raise DutyError("Choose a day of the week.", field="weekday")
    if designating.minutes(ends_at, is_end=True) <= designating.minutes(starts_at):
        raise DutyError("The end is not after the beginning.", field="ends_at")
    if not Designation.objects.filter(member=member, ended_at__isnull=True).exists():
        raise DutyError("Only designated people stand on the roster.", field="member")
    try:
        with transaction.atomic():
            return DutyShift.objects.create(
                member=member, weekday=weekday, starts_at=starts_at, ends_at=ends_at
            )
    except IntegrityError:
        raise DutyError("They have a shift that begins then.", field="starts_at") from None


def put_away(member: StaffMember, first_on: dt.date, last_on: dt.date) -> DutyAway:
    """Note days on which a member is not to be called first.

    Raises:
        DutyError: The last day is before the first.
    """
    if last_on < first_on:
        raise DutyError("The last day is before the first.", field="last_on")
    return DutyAway.objects.create(member=member, first_on=first_on, last_on=last_on)


def _roster(now: dt.datetime | None) -> tuple[dt.datetime, list[Term], list[Shift], set[int]]:
    """The local moment, and what the rules need to know of it."""
    local = timezone.localtime(now or timezone.now())
    terms = [
        designations.as_term(each)
        for each in Designation.objects.filter(member__active=True, ends_on__gte=local.date())
    ]
    shifts = [
        Shift(
            each.member_id,
            each.weekday,
            designating.minutes(each.starts_at),
            designating.minutes(each.ends_at, is_end=True),
        )
        for each in DutyShift.objects.all()
    ]
    away = DutyAway.objects.filter(first_on__lte=local.date(), last_on__gte=local.date())
    return local, terms, shifts, set(away.values_list("member_id", flat=True))


def _members(pks: Sequence[int]) -> list[StaffMember]:
    found = StaffMember.objects.in_bulk(pks)
    return [found[pk] for pk in pks]
