"""Decide how long a series is kept, on record: who, when and why.

A decision is the whole rule of one series: its period and the numbers of the approved schedule. It counts at once,
for the sweep and for every page that reads the schedule. Periods stay within the bounds the program holds lawful
and protective; where the clauses leave no choice, only the numbers can be entered.

Where the period is the life of the keys themselves (``life_follows_days``), the keys there are move with it. Shorter
never means at once: links that are still needed get ``GRACE_DAYS`` to be tied anew before their keys go.

Source: clauses TH-1.3, TH-1.5, TH-1.8; 50 ILCS 205.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from circumspect.offices.retention.models import ScheduleDecision
from circumspect.records.textrules import UnstorableTextError, refuse_unstorable
from circumspect.trust.door.house import House, local_day
from circumspect.trust.policy.request import Actor, ActorKind, Role
from circumspect.trust.policy.schedule import PeriodDecision, ScheduleItem

DECIDERS: Final = frozenset({Role.EXECUTIVE_DIRECTOR, Role.DEPUTY_DIRECTOR, Role.PRIVACY_IN_CHARGE})
GRACE_DAYS: Final = 7
MOST_WHY: Final = 400
MOST_NUMBER: Final = 40


class RetentionError(Exception):
    """Whatever the retention office refuses. Catch this; only its subclasses are raised."""


class NotYoursError(RetentionError):
    """This is for somebody with another role."""


class RetentionFieldError(RetentionError):
    """A field of a form does not hold what it should. Names the field, never the value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to decide about one series."""

    series: str
    days: int
    application: str
    item: str
    why: str


def decisions() -> Iterator[PeriodDecision]:
    """Every decision, oldest first: what a house lays over the program's schedule."""
    rows = ScheduleDecision.objects.order_by("id")
    for series, days, application, item, at in rows.values_list(
        "series", "days", "application", "item", "decided_at"
    ):
        yield PeriodDecision(series, days, application, item, timezone.localdate(at))


def history(series: str) -> list[ScheduleDecision]:
    """The decisions about one series, newest first."""
    return list(ScheduleDecision.objects.filter(series=series).order_by("-id"))


def may_decide(actor: Actor) -> bool:
    """Whether this person may decide about the schedule, its certificates and the media."""
    return actor.kind is ActorKind.STAFF and actor.active and bool(DECIDERS & actor.roles)


def decide(house: House, actor: Actor, wish: Wish) -> ScheduleItem:
    """Record a decision; the rule that counts from now on.

    Raises:
        NotYoursError: Not this person's to decide.
        RetentionFieldError: A field is not as it should be; nothing was decided.
    """
    if not may_decide(actor):
        raise NotYoursError("decided by a director or the Privacy In Charge")
    item = house.policy.schedule.items.get(wish.series)
    if item is None:
        raise RetentionFieldError("series", "choose one of the list")
    _check(item, wish)
    ScheduleDecision.objects.create(
        series=wish.series,
        days=wish.days,
        application=storable("application", wish.application, MOST_NUMBER),
        item=storable("item", wish.item, MOST_NUMBER),
        why=storable("why", wish.why, MOST_WHY),
        decided_at=house.clock(),
        decided_by=actor.id,
    )
    decided = house.schedule().item(wish.series)
    if decided.life_follows_days:
        house.vault.set_life(wish.series, decided.life_days, grace_days=GRACE_DAYS)
    return decided


def _check(item: ScheduleItem, wish: Wish) -> None:
    if not item.least_days <= wish.days <= item.most_days:
        raise RetentionFieldError(
            "days",
            f"choose {item.least_days} to {item.most_days} days"
            if item.may_be_decided
            else "the clauses leave no choice here",
        )
    if bool(wish.application.strip()) != bool(wish.item.strip()):
        raise RetentionFieldError("item", "application and item number go together")
    if not wish.why.strip():
        raise RetentionFieldError("why", "say on what ground")


def storable(field: str, text: str, limit: int) -> str:
    """One line of text, trimmed, that may be stored.

    Raises:
        RetentionFieldError: It may not. Names the field, never the text.
    """
    try:
        return " ".join(refuse_unstorable(field, text, limit).split())
    except UnstorableTextError as problem:
        raise RetentionFieldError(field, problem.rule) from None


def decided_on(house: House, decision: ScheduleDecision) -> dt.date:
    """The library's day of a decision."""
    return local_day(house.home, decision.decided_at)
