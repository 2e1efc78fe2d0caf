"""The board: who is on it, and when each went through the policy. None of this gives a right to anything.

Source: clauses MP-7.17, MP-7.18.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from circumspect.offices.staff import due, signoff
from circumspect.offices.staff.models import StaffMember, Trustee, TrusteeReview

LONGEST_NAME = 100


class TrusteeError(ValueError):
    """A trustee or a review cannot be noted so. ``field`` names the form's field at fault."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


def add(raw_name: str, since_on: dt.date) -> Trustee:
    """Put somebody on the roster.

    Raises:
        TrusteeError: There is no name, or it is too long.
    """
    name = " ".join(raw_name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise TrusteeError(f"A name is 1 to {LONGEST_NAME} characters long.", field="name")
    return Trustee.objects.create(name=name, since_on=since_on)


def leave(trustee: Trustee, until_on: dt.date) -> None:
    """Note the last day of a term.

    Raises:
        TrusteeError: It is before the first.
    """
    if until_on < trustee.since_on:
        raise TrusteeError("The last day is before the first.", field="until_on")
    trustee.until_on = until_on
    trustee.save(update_fields=["until_on"])


def review(
    recorder: StaffMember, trustee: Trustee, kind: str, done_on: dt.date, *, now: dt.datetime | None = None
) -> TrusteeReview:
    """Note that a trustee went through the policy in force.

    Raises:
        TrusteeError: The kind is not on the list, the day is to come, or there is no policy in force.
    """
    moment = now or timezone.now()
    if kind not in due.KINDS:
        raise TrusteeError("Choose what was done.", field="kind")
    if done_on > timezone.localdate(moment):
        raise TrusteeError("A day to come is not noted.", field="done_on")
    version = signoff.version_in_force(moment)
    if version is None:
        raise TrusteeError("No policy is in force.", field="kind")
    return TrusteeReview.objects.create(
        trustee=trustee, kind=kind, version=version, done_on=done_on, recorded_by=recorder
    )


def on_roster(now: dt.datetime | None = None) -> list[Trustee]:
    """Trustees whose term runs that day or is still to begin, by name, with their reviews."""
    today = timezone.localdate(now or timezone.now())
    everybody = Trustee.objects.prefetch_related("reviews").order_by("name", "pk")
    return [each for each in everybody if each.until_on is None or each.until_on >= today]


def on_board(now: dt.datetime | None = None) -> list[Trustee]:
    """Trustees whose term runs that day, by name, with their reviews."""
    today = timezone.localdate(now or timezone.now())
    return [each for each in on_roster(now) if each.since_on <= today]
