"""Name somebody Deputy Director or Privacy In Charge, and end it. Only the Executive Director does either.

A designation is given for a span with an end; beyond the library's number of people it is given only by
somebody who was told so. Giving and ending end the member's open session.

The Executive Director is appointed by the board, which the program cannot see: whoever founds the
library's home makes the first one, at the machine's own command line (docs/people.md).

Source: clauses MP-5.1, MP-7.1, MP-7.2; issue "The privacy desk", section 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from circumspect.offices.staff import accounts, roles, signoff
from circumspect.offices.staff.designating import LONGEST_DAYS, NAMES, TITLES, Term
from circumspect.offices.staff.designations import as_term, is_director, most
from circumspect.offices.staff.models import Designation, StaffMember
from circumspect.trust.policy.request import Role


class DesignationError(Exception):
    """A designation cannot be given or ended so.

    Attributes:
        field: The form's field at fault, "" for none.
        beyond_most: It would only go beyond the library's number: ask again, and say it is meant.
    """

    def __init__(self, message: str, *, field: str = "", beyond_most: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.beyond_most = beyond_most


@dataclass(frozen=True, slots=True)
class Wish:
    """What the Executive Director asks for.

    Attributes:
        last_on: The last day, included.
        place: Whom to call first among those of this title.
    """

    title: str
    first_on: dt.date
    last_on: dt.date
    place: int = 1


def designate(
    director: StaffMember,
    member: StaffMember,
    wish: Wish,
    *,
    beyond_most: bool = False,
    now: dt.datetime | None = None,
) -> Designation:
    """Sign the appointing act. The member's role counts from the first day on; their open session ends.

    Args:
        beyond_most: It is meant to go beyond the library's number of designated people.

    Raises:
        DesignationError: The asker is no Executive Director, or a field is at fault.
    """
    moment = now or timezone.now()
    _require_director(director, moment)
    with transaction.atomic():
        fresh = StaffMember.objects.select_for_update().get(pk=member.pk)
        _check(fresh, wish, moment)
        if not beyond_most and _how_many(wish, fresh) > most():
            raise DesignationError(
                f"More than {most()} people would be designated at a time, and few are to handle such requests"
                " (MP-7.1). Say that it is meant.",
                field="beyond_most",
                beyond_most=True,
            )
        given = Designation.objects.create(
            member=fresh,
            title=wish.title,
            starts_on=wish.first_on,
            ends_on=wish.last_on,
            place=wish.place,
            act=act_text(director, fresh, wish),
            appointed_by=director,
            signed_at=moment,
        )
        accounts.set_roles(fresh, {*fresh.roles, wish.title})
    return given


def end(director: StaffMember, designation: Designation, *, now: dt.datetime | None = None) -> Designation:
    """End a designation at this moment. Ending it twice keeps the first.

    Raises:
        DesignationError: The asker is no Executive Director.
    """
    moment = now or timezone.now()
    _require_director(director, moment)
    with transaction.atomic():
        fresh = Designation.objects.select_for_update().get(pk=designation.pk)
        if fresh.ended_at is None and timezone.localdate(moment) <= fresh.ends_on:
            fresh.ended_at, fresh.ended_by = moment, director
            fresh.save(update_fields=["ended_at", "ended_by"])
            accounts.end_sessions(fresh.member)
    return fresh


def act_text(director: StaffMember, member: StaffMember, wish: Wish) -> str:
    """The appointing act, as it is shown before it is signed and kept afterwards."""
    return (
        f"I, {director.display_name}, Executive Director, name {member.display_name} {NAMES[wish.title]}"
        f" of this library from {wish.first_on.isoformat()} to {wish.last_on.isoformat()}, with the right to authorise"
        " disclosures as its policy allows (MP-5.1, MP-7.2)."
    )


def _require_director(director: StaffMember, moment: dt.datetime) -> None:
    fresh = StaffMember.objects.filter(pk=director.pk).first()
    if fresh is None or not is_director(fresh):
        raise DesignationError("Only the Executive Director designates, and ends a designation (MP-7.2).")
    if not signoff.has_signed(fresh, moment):
        raise DesignationError("Sign the policy in force first (MP-7.16).")


def _check(member: StaffMember, wish: Wish, moment: dt.datetime) -> None:
    if wish.title not in TITLES:
        raise DesignationError("Choose a title from the list.", field="title")
    if not member.active or Role.TRUSTEE.value in roles.held(member.roles):
        raise DesignationError("Choose a member of staff with an open account.", field="member")
    if wish.last_on < wish.first_on:
        raise DesignationError("The last day is before the first.", field="last_on")
    if wish.last_on < timezone.localdate(moment):
        raise DesignationError("The last day is over.", field="last_on")
    if (wish.last_on - wish.first_on).days >= LONGEST_DAYS:
        raise DesignationError(
            "A designation lasts two years at most, and is then given anew.", field="last_on"
        )
    if not 1 <= wish.place <= 99:
        raise DesignationError("The place in the call order is a number from 1 to 99.", field="place")
    if _overlapping(wish).filter(member=member, title=wish.title).exists():
        raise DesignationError("They hold this title on some of these days already.", field="first_on")


def _how_many(wish: Wish, member: StaffMember) -> int:
    """How many people would hold a title on the fullest day of the wish's span, with this one."""
    terms = [as_term(each) for each in _overlapping(wish).filter(member__active=True)]
    starts = {wish.first_on, *(term.first_on for term in terms if term.first_on > wish.first_on)}
    return max(len({member.pk, *_holding(terms, day)}) for day in starts)


def _holding(terms: Iterable[Term], day: dt.date) -> set[int]:
    return {term.member for term in terms if term.first_on <= day <= term.last_on}


def _overlapping(wish: Wish) -> QuerySet[Designation]:
    return Designation.objects.filter(
        starts_on__lte=wish.last_on, ends_on__gte=wish.first_on, ended_at__isnull=True
    )
