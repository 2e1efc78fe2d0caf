"""Everything of the staff's own duties that is due at a moment, gathered for one page and for ``doctor``.

Source: clauses MP-7.3, MP-7.4, MP-7.16 to MP-7.18.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from circumspect.offices.staff import designations, due, duty, orientation, signoff, training, trustees
from circumspect.offices.staff.designating import NAMES
from circumspect.offices.staff.due import Due
from circumspect.offices.staff.models import ContinuingReview

_STEPS = {
    "read": "Read the policy in force",
    "discuss": "Talk the policy over with a supervisor",
    "wait": "Wait for the supervisor to confirm the talk",
    "sign": "Sign the policy in force",
}


def everything(now: dt.datetime | None = None) -> list[Due]:
    """What is due, overdue first, then by day and name."""
    moment = now or timezone.now()
    today = timezone.localdate(moment)
    found = [*_unsigned(moment), *_of_the_designated(moment, today)]
    for review in ContinuingReview.objects.filter(done_on__isnull=True):
        found.append(due.of_review(review.due_on, today))
    for each in trustees.on_board(moment):
        done = [(review.kind, review.done_on) for review in each.reviews.all()]
        found.append(due.of_trustee(each.name, each.since_on, done, today))
    left = [each for each in found if each is not None]
    return sorted(
        left, key=lambda each: (not each.is_overdue, each.due_on or dt.date.min, each.who, each.what)
    )


def overdue_duties(now: dt.datetime | None = None) -> list[Due]:
    """Trainings and reviews whose day is over: what is due but for signing the policy, which the door itself insists on."""
    moment = now or timezone.now()
    signing = {each.what for each in _unsigned(moment) if each is not None}
    return [each for each in everything(moment) if each.is_overdue and each.what not in signing]


def ending_soon(now: dt.datetime | None = None) -> list[Due]:
    """Designations that end within the month, and that no further one of the same title carries on."""
    moment = now or timezone.now()
    today = timezone.localdate(moment)
    ends = (
        due.of_designation(each.member.display_name, NAMES[each.title], each.ends_on, today)
        for each in designations.standing(moment)
        if not designations.is_carried_on(each)
    )
    return [each for each in ends if each is not None]


def _unsigned(moment: dt.datetime) -> list[Due | None]:
    version = signoff.version_in_force(moment)
    if version is None:
        return [Due("Publish a policy: none is in force", "", None, True)]
    since = timezone.localdate(version.in_force_from)
    return [
        Due(_STEPS[orientation.steps(member, version).next or "sign"], member.display_name, since, True)
        for member in signoff.unsigned_members(moment)
    ]


def _of_the_designated(moment: dt.datetime, today: dt.date) -> list[Due | None]:
    """The Executive Director may authorise without a designation, and so has the same to know (MP-7.3)."""
    found: list[Due | None] = [*ending_soon(moment)]
    members = {each.member_id: each.member for each in designations.standing(moment)}
    members |= {each.pk: each for each in duty.directors_now()}
    for member in members.values():
        known = {one.topic: one.renew_by for one in training.trainings_of(member)}
        found += [
            due.of_training(member.display_name, topic, known.get(topic), today)
            for topic in designations.topics()
        ]
    return found
