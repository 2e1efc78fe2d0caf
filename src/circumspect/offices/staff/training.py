"""What designated people have learnt and when it is to be renewed; reviews of the policy that come round again.

A training covers one topic until its day; the library's topics are a setting. A continuing review is a
date by which somebody looks through policy and procedures again; doing it notes who, when, what came of it and
which version was read, and sets the next date.

Source: clauses MP-7.3, MP-7.4.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from circumspect.offices.staff import designations, signoff
from circumspect.offices.staff.due import OUTCOMES
from circumspect.offices.staff.models import ContinuingReview, StaffMember, Training

RENEW_DAYS = 365
REVIEW_DAYS = 182


class TrainingError(ValueError):
    """A training or a review cannot be noted so. ``field`` names the form's field at fault."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


def record(
    recorder: StaffMember, member: StaffMember, topic: str, trained_on: dt.date, *, renew_by: dt.date
) -> Training:
    """Note that a member was trained in one topic.

    Raises:
        TrainingError: The topic is not the library's, or the days do not follow each other.
    """
    if topic not in designations.topics():
        raise TrainingError("Choose a topic from the list.", field="topic")
    if trained_on > timezone.localdate():
        raise TrainingError("A training that is still to come is not noted.", field="trained_on")
    if renew_by <= trained_on:
        raise TrainingError("The renewal comes after the training.", field="renew_by")
    return Training.objects.create(
        member=member, topic=topic, trained_on=trained_on, renew_by=renew_by, recorded_by=recorder
    )


def trainings_of(member: StaffMember) -> list[Training]:
    """A member's newest training in each topic, in the order of the topics."""
    newest: dict[str, Training] = {}
    for each in Training.objects.filter(member=member).order_by("renew_by", "pk"):
        newest[each.topic] = each
    return [newest[topic] for topic in designations.topics() if topic in newest]


def set_review(due_on: dt.date) -> ContinuingReview:
    """Set a date for looking through policy and procedures.

    Raises:
        TrainingError: There is one on that day.
    """
    try:
        with transaction.atomic():
            return ContinuingReview.objects.create(due_on=due_on)
    except IntegrityError:
        raise TrainingError("A review is set for that day already.", field="due_on") from None


def complete_review(
    reviewer: StaffMember, review: ContinuingReview, outcome: str, *, now: dt.datetime | None = None
) -> ContinuingReview:
    """Note that a review was done, by which version, and set the next one. Done twice keeps the first.

    Raises:
        TrainingError: The outcome is not on the list, or no version is in force.
    """
    moment = now or timezone.now()
    if outcome not in OUTCOMES:
        raise TrainingError("Choose an outcome from the list.", field="outcome")
    version = signoff.version_in_force(moment)
    if version is None:
        raise TrainingError("No policy is in force that could be reviewed.", field="outcome")
    with transaction.atomic():
        fresh = ContinuingReview.objects.select_for_update().get(pk=review.pk)
        if fresh.done_on is None:
            fresh.done_on, fresh.reviewer = timezone.localdate(moment), reviewer
            fresh.outcome, fresh.version = outcome, version
            fresh.save()
            ContinuingReview.objects.get_or_create(due_on=fresh.done_on + dt.timedelta(days=REVIEW_DAYS))
    return fresh
