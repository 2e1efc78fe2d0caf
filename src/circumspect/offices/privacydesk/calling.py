"""Tell those in charge that a request came in, and call one after the other until somebody has it.

The Executive Director is told of every request at once. An urgent one goes to whoever is on duty, and after a few
minutes without an answer to the next on the list, and round again. Who that is, and how mail leaves, is handed
in: this room knows no roster and no mail server. A message holds the case's random number and whether it is
urgent, and nothing else.

Whom it was told and when stands with the alarm; when somebody takes it up, it goes into the case.

Source: clauses MP-7.12, MP-7.13.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import caseids, cases
from circumspect.offices.privacydesk.cases_models import Case, CaseAlarm
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

CALL_MINUTES = 5
# Nobody is called for ever: after so many calls the banner on every designated screen has to do.
MOST_CALLS = 60
# A call that was made some seconds late does not make the next one late as well.
_EARLY_SECONDS = 30

log = logging.getLogger("circumspect.calling")


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody who may be called: a staff member's number, where the library writes to them, and their telephone; "" for none."""

    number: int
    name: str
    address: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """Whom to tell and how, handed in by whoever knows.

    Attributes:
        directors: Who is told of every request.
        order: Who is called for an urgent one, first to call first.
        mail: Writes the same lines to some addresses; how many went.
    """

    directors: Callable[[], Sequence[Callee]]
    order: Callable[[], Sequence[Callee]]
    mail: Callable[[Sequence[str], str, str], int]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A request that nobody has taken up yet, for a screen."""

    case: int
    number: str
    is_urgent: bool
    at: int


def calls_due(at: int, now: int, made: int, minutes: int) -> int:
    """How many calls are due now. Pure: the first at once, one more after each span without an answer.

    Args:
        at: When the request came in, in seconds.
        made: How many calls were made so far.
        minutes: The span.
    """
    if now < at:
        return 0 if made else 1
    return max(0, min(MOST_CALLS, 1 + (now - at) // (60 * minutes)) - made)


def next_to_call(order: Sequence[int], called: Sequence[int]) -> int | None:
    """Who is called next: the first on the list who was called least often. None for an empty list."""
    counts = {number: sum(each == number for each in called) for number in order}
    return min(order, key=lambda number: counts[number], default=None)


def tell(house: House, ways: Ways, case: int, is_urgent: bool) -> int:
    """A request came in: the Executive Director is told at once, and the first on the list where it is urgent.

    Returns:
        How many messages went to the directors; 0 where nobody could be written to.
    """
    written = _mail(house, ways, case, is_urgent, ways.directors())
    if is_urgent:
        call_round(house, ways)
    return written


def call_round(house: House, ways: Ways) -> int:
    """Make the calls that are due for urgent requests that nobody has taken up; how many. Safe to run at any time."""
    minutes = house.home.setting("privacy_desk", "call_minutes", CALL_MINUTES)
    span = minutes if isinstance(minutes, int) and 1 <= minutes <= 60 else CALL_MINUTES
    now, made = house.second(), 0
    for row in CaseAlarm.objects.filter(is_urgent=True, acknowledged_at=0).order_by("at", "case_id"):
        called = [int(number) for number, _moment in row.called]
        last = int(row.called[-1][1]) if row.called else 0
        # One call a span, however long nobody ran this: three people at once would each think another has it.
        if calls_due(row.at, now, len(called), span) < 1 or 0 <= now - last < 60 * span - _EARLY_SECONDS:
            continue
        order = {each.number: each for each in ways.order()}
        number = next_to_call(list(order), called)
        if number is None:
            continue
        with transaction.atomic():
            fresh = (
                CaseAlarm.objects.select_for_update().filter(case_id=row.case_id, acknowledged_at=0).first()
            )
            if fresh is None or len(fresh.called) != len(called):
                continue  # taken up, or called by another process meanwhile
            fresh.called = [*fresh.called, [number, now]]
            fresh.save(update_fields=["called"])
        _mail(house, ways, row.case_id, True, [order[number]])
        made += 1
    return made


def alarms(house: House, actor: Actor) -> list[Alarm]:
    """What waits to be taken up, for the screen of somebody in charge. Opens nothing."""
    rows = list(CaseAlarm.objects.filter(acknowledged_at=0).order_by("-is_urgent", "at", "case_id"))
    found = {case.id: case for case in Case.objects.filter(id__in=[row.case_id for row in rows])}
    return [
        Alarm(row.case_id, caseids.number_of(row.case_id), row.is_urgent, row.at)
        for row in rows
        if row.case_id in found and accesses.access_of(house, found[row.case_id]).may_see(actor)
    ]


def acknowledge(house: House, actor: Actor, case: int) -> None:
    """Somebody in charge has it: nobody is called any more, and the case keeps whom it was told, and when.

    Raises:
        NoSuchCaseError, ChangedMeanwhileError, Refused, DoorClosed: Nothing was changed.
    """
    cases.case_row(house, actor, case)
    house.door.ask(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.DISCLOSE,
        series=cases.SERIES,
        subjects=[case],
        fields={"steps"},
        circumstance=Circumstance.CASE,
    )
    row = CaseAlarm.objects.filter(case_id=case, acknowledged_at=0).first()
    if row is None:
        return
    now = house.second()
    cases.note(house, actor, case, "acknowledge", {"called": json.dumps(row.called)})
    CaseAlarm.objects.filter(case_id=case, acknowledged_at=0).update(
        acknowledged_at=now, acknowledged_by=int(actor.id)
    )


def _mail(house: House, ways: Ways, case: int, is_urgent: bool, to: Sequence[Callee]) -> int:
    number = caseids.number_of(case)
    library = str(house.home.setting("library", "name", "the library"))
    urgent = "URGENT: a" if is_urgent else "A"
    body = (
        f"{urgent} request came in at {library}: {number}.\n\n"
        "Sign in at the desk and open Office, Requests about patrons. This message says no more on purpose.\n"
    )
    try:
        return ways.mail([each.address for each in to], f"{urgent} request: {number}", body)
    except Exception as problem:  # noqa: BLE001 - a mail server in trouble must not undo an intake; the banner stands
        log.warning("those in charge could not be written to (%s)", type(problem).__name__)
        return 0
