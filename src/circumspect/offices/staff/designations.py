"""Who is designated at this moment, and the roles that count because of it.

The role of a title stands in the member's account, and counts only while a designation stands:
``signoff.actor_for`` asks here, at every request. So it lapses by itself, at once, in the middle of a
session, and the door closes with it. Giving one and ending one is the work of ``appointing``.

Source: clauses MP-5.1, MP-7.1, MP-7.2, MP-7.3; issue "The privacy desk", section 1.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from circumspect.offices.staff import roles
from circumspect.offices.staff.designating import EXECUTIVE, MOST, TITLES, Term, effective
from circumspect.offices.staff.models import Designation, StaffMember, Training


def standing(now: dt.datetime | None = None) -> list[Designation]:
    """Designations that stand at this moment and whose member's account is open, in call order."""
    moment = now or timezone.now()
    found = _standing(moment).filter(member__active=True).select_related("member")
    return sorted(found, key=lambda each: (-_rank(each.title), each.place, each.pk))


def is_carried_on(designation: Designation) -> bool:
    """Whether its member is named for the same title from the day after its end, or before."""
    return Designation.objects.filter(
        member=designation.member_id,
        title=designation.title,
        ended_at=None,
        starts_on__lte=designation.ends_on + dt.timedelta(days=1),
        ends_on__gt=designation.ends_on,
    ).exists()


def current_titles(member_pk: int, now: dt.datetime | None = None) -> frozenset[str]:
    """The titles a member holds at this moment. One query."""
    rows = _standing(now or timezone.now()).filter(member_id=member_pk)
    return frozenset(rows.values_list("title", flat=True))


def roles_now(member: StaffMember, now: dt.datetime | None = None) -> frozenset[str]:
    """The roles that count for a member at this moment.

    A title's role needs a designation that stands, and where the library asks for it
    (``[staff] lapsed_training_closes``) training that has not lapsed. No query for anybody without such a role.
    """
    held = roles.held(member.roles)
    if not held & TITLES:
        return held
    titles = current_titles(member.pk, now)
    if titles and lapsed_training_closes() and lapsed_topics(member, now):
        titles = frozenset()
    return effective(held, titles)


def may_approve(member: StaffMember, now: dt.datetime | None = None) -> bool:
    """Whether a member may authorise a disclosure at this moment (MP-5.1)."""
    return member.active and bool(roles_now(member, now) & {EXECUTIVE, *TITLES})


def topics() -> list[str]:
    """What designated people must know very well: ``[staff] training_topics``."""
    wanted = _setting("training_topics", list(_TOPICS))
    return [str(each) for each in wanted] if isinstance(wanted, list) and wanted else list(_TOPICS)


def lapsed_topics(member: StaffMember, now: dt.datetime | None = None) -> list[str]:
    """Topics in which a member has no training that is current that day. One query."""
    today = timezone.localdate(now or timezone.now())
    known = set(
        Training.objects.filter(member_id=member.pk, trained_on__lte=today, renew_by__gte=today).values_list(
            "topic", flat=True
        )
    )
    return [topic for topic in topics() if topic not in known]


def lapsed_training_closes() -> bool:
    """The library's choice: whoever's training has lapsed approves and opens nothing by their title."""
    return _setting("lapsed_training_closes", False) is True


def most() -> int:
    """At most how many people are designated at a time: ``[staff] most_designated``."""
    wanted = _setting("most_designated", MOST)
    return wanted if isinstance(wanted, int) and not isinstance(wanted, bool) and wanted > 0 else MOST


def as_term(designation: Designation) -> Term:
    """A row as the pure rules take it."""
    return Term(
        designation.member_id,
        designation.title,
        designation.starts_on,
        designation.ends_on,
        designation.ended_at,
        designation.place,
    )


def is_director(member: StaffMember) -> bool:
    """Whether a member is Executive Director, with an open account."""
    return member.active and EXECUTIVE in roles.held(member.roles)


_TOPICS = (
    "policies",
    "procedures",
    "constitutional duties and mission",
    "the law in general",
)


def _standing(moment: dt.datetime) -> QuerySet[Designation]:
    today = timezone.localdate(moment)
    return Designation.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=moment), starts_on__lte=today, ends_on__gte=today
    )


def _rank(title: str) -> int:
    return 1 if title == "privacy_in_charge" else 0


def _setting(name: str, default: object) -> object:
    home = getattr(settings, "HOME", None)
    return home.setting("staff", name, default) if home is not None else default
