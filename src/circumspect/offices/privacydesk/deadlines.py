"""Every day on which something is due, in one view, and as a calendar that says nothing but that.

What is due comes from rooms of this office: cases here, requests for public records from theirs. Who looks decides
which of them are asked. The view opens each case at the door; the calendar opens none. Its address is a member's own
secret, kept as a digest; whoever has it learns on which days this library's privacy desk has something to do, and no
more. A new address makes the old one worthless. Cases under a gag stand in the calendars of the named alone.

Source: issue "The privacy desk", section 2.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import caseids, cases
from circumspect.offices.privacydesk.cases_models import CalendarAddress, Case, CaseDeadline
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed

_PAGE = 50


@dataclass(frozen=True, slots=True, repr=False)
class Due:
    """One deadline. Prints as nothing.

    Attributes:
        number: Of the case or request.
        what: In words.
        is_case: Not a request for public records.
        is_gag: The day on which a gag is looked at again: a new day or the gag's end ends it, and nothing else.
    """

    due_on: dt.date
    number: str
    what: str
    is_case: bool = True
    is_gag: bool = False


# What a room of this office has due, for somebody.
Room = Callable[[House, Actor], Iterable[Due]]


def due(house: House, actor: Actor, rooms: Iterable[Room]) -> list[Due]:
    """Every open deadline of some rooms, soonest first.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    found = [each for room in rooms for each in room(house, actor)]
    return sorted(found, key=lambda each: (each.due_on, each.number))


def of_cases(house: House, actor: Actor) -> list[Due]:
    """The open deadlines of the cases somebody may see.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    rows = _open(house, actor)
    found: list[Due] = []
    for start in range(0, len(rows), _PAGE):
        some = rows[start : start + _PAGE]
        opening = house.door.ask(
            actor,
            action=Action.VIEW,
            purpose=Purpose.DISCLOSE,
            series=cases.SERIES,
            subjects=sorted({row.case_id for row in some}),
            fields={"steps"},
            circumstance=Circumstance.CASE,
        )
        for row in some:
            what = opening.read(Sealed(cases.SERIES, "steps", row.case_id, row.id, row.sealed_steps))
            number = caseids.number_of(row.case_id)
            found.append(Due(row.due_on, number, what, is_gag=what == cases.GAG_REVIEW))
    return found


def done(house: House, actor: Actor, number: str, day: dt.date) -> None:
    """What was due for a case on a day is done.

    The day on which a gag is looked at again stays: it ends with the gag, or with a new day for it.

    Raises:
        NoSuchCaseError, Refused, DoorClosed: Nothing was changed.
    """
    case = caseids.id_of(number) or 0
    cases.case_row(house, actor, case)
    opening = house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.DISCLOSE,
        series=cases.SERIES,
        subjects=[case],
        fields={"steps"},
        circumstance=Circumstance.CASE,
    )
    rows = [
        row.pk
        for row in CaseDeadline.objects.filter(case_id=case, due_on=day, is_done=False)
        if opening.read(Sealed(cases.SERIES, "steps", case, row.id, row.sealed_steps)) != cases.GAG_REVIEW
    ]
    CaseDeadline.objects.filter(pk__in=rows).update(is_done=True)


def new_address(house: House, member: int) -> str:
    """A new secret for a member's calendar address; the one before is worth nothing from now on."""
    token = secrets.token_urlsafe(32)
    CalendarAddress.objects.update_or_create(member=member, defaults={"digest": _digest(house, token)})
    return token


def has_address(member: int) -> bool:
    """Whether a member has a calendar address."""
    return CalendarAddress.objects.filter(member=member).exists()


def drop_address(member: int) -> None:
    """Make a member's calendar address worthless."""
    CalendarAddress.objects.filter(member=member).delete()


def member_of(house: House, token: str) -> int | None:
    """Whose calendar a secret opens; None for nobody's."""
    row = CalendarAddress.objects.filter(digest=_digest(house, token)).first()
    return row.member if row else None


def days_of_cases(house: House, member: int) -> set[dt.date]:
    """The days on which something is due in the cases a member may see. Opens nothing."""
    return {row.due_on for row in _open(house, Actor(ActorKind.STAFF, str(member)))}


def calendar(house: House, member: int, library: str, days: Iterable[dt.date]) -> bytes:
    """Days on which something is due, as a member's iCalendar: nothing of what.

    Two deadlines of one day are one event: the calendar does not count.
    """
    feed = Calendar()
    feed.add("prodid", "-//circumspect//deadlines//EN")
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", f"{library}: privacy desk")
    feed.add("refresh-interval", dt.timedelta(hours=1))
    stamp = dt.datetime.combine(house.today(), dt.time(), dt.UTC)
    for day in sorted(set(days)):
        event = Event()
        event.add("uid", f"{hashlib.sha256(f'{member} {day}'.encode()).hexdigest()[:24]}@circumspect")
        event.add("dtstamp", stamp)
        event.add("dtstart", day)
        event.add("dtend", day + dt.timedelta(days=1))
        event.add("summary", "Privacy desk: something is due")
        event.add("transp", "TRANSPARENT")
        event.add("class", "PRIVATE")
        feed.add_component(event)
    return bytes(feed.to_ical())


def _open(house: House, actor: Actor) -> list[CaseDeadline]:
    rows = list(CaseDeadline.objects.filter(is_done=False).order_by("due_on", "id"))
    seen = {
        case.id
        for case in Case.objects.filter(id__in={row.case_id for row in rows})
        if accesses.access_of(house, case).may_see(actor)
    }
    return [row for row in rows if row.case_id in seen]


def _digest(house: House, token: str) -> bytes:
    # Only somebody who has the house's own keys can tell which address a stolen digest belongs to; nor then the address.
    return house.vault.proof("calendar address", token)
