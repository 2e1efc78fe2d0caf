"""The retention schedule: how long each series is kept, from when, and how it ends.

A public record may be destroyed only where a schedule says so. Each entry therefore carries the
number of the library's own approved schedule; an empty one is a warning, shown until the library
has filled it in. Periods are whole days after the trigger; 0 means at once.

Some series are cut into epochs: the keys that tie their rows to people serve one epoch each and
are destroyed when the epoch's life is over, whether or not a job has run.

The file is what a library starts with, and part of the policy's texts. What the library has decided since
(a shorter or longer period, the numbers of its approved schedule) is data laid over it: ``in_force`` gives the
rules that count today. No decision at the door depends on a period, so the policy's hash does not move with them.

Source: schedule.toml; clauses TH-1.5, TH-1.8; 50 ILCS 205 on disposal of local records.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from circumspect.trust.policy.clauses import ClauseRegister
from circumspect.trust.policy.data import (
    Entry,
    PolicyFaultError,
    own_text,
    read_toml,
    refuse_other_names,
    tables,
)

FILE = "schedule.toml"


class Trigger(StrEnum):
    """The moment from which a period runs."""

    ACCOUNT_CLOSED = "account closed or expired, with nothing owed or out"
    CARD_ENDED = "card replaced or ended"
    CHECKED = "checked"
    ITEM_RETURNED = "item returned"
    HOLD_ENDED = "picked up, cancelled or run out"
    LENT_AND_RETURNED = "returned to the lender, or refused"
    SETTLED = "settled"
    SESSION_ENDED = "session ended"
    SENT = "sent"
    ANSWERED = "answered or closed"
    RECEIVED = "received"
    UNSUBSCRIBED = "unsubscribed"
    MACHINE_GONE = "machine taken out of service"
    OWN_EXPIRY = "its own expiry date"
    ENTERED = "entered"
    ITEM_WITHDRAWN = "item withdrawn"
    STAFF_LEFT = "staff member left"
    REPLACED = "replaced"
    CASE_OVER = "request over"
    NEVER = "kept for good"


class Basis(StrEnum):
    """What lets a series be disposed of."""

    TRANSIENT = "transient"  # the schedule says it lives only as long as it serves
    CERTIFICATE = "certificate"  # an approved disposal certificate has to come first
    HOLD = "hold"  # not disposed of while a legal hold stands


@dataclass(frozen=True, slots=True)
class ScheduleItem:
    """The retention rule of one series.

    Attributes:
        series: Its name, which inventory entries refer to.
        title: In plain words.
        trigger: From when the period runs.
        days: How many days after the trigger it is kept.
        epoch_days: Length of one epoch; 0 where the series has none.
        life_days: How long after an epoch's end its keys live; 0 where it has none.
        disposal: How it ends.
        basis: What lets it end.
        application: Number of the library's approved schedule; "" where missing.
        item: Item number in that schedule; "" where missing.
        clauses: The clauses it keeps.
        least_days: The shortest period a library may decide on.
        most_days: The longest. Where both are ``days`` the clauses leave no choice.
        decided_on: The day of the library's own decision; None for what the program starts with.
    """

    series: str
    title: str
    trigger: Trigger
    days: int
    epoch_days: int
    life_days: int
    disposal: str
    basis: Basis
    application: str
    item: str
    clauses: tuple[str, ...]
    least_days: int
    most_days: int
    decided_on: dt.date | None = None

    @property
    def may_be_decided(self) -> bool:
        """Say whether a library may choose another period."""
        return self.least_days < self.most_days

    @property
    def life_follows_days(self) -> bool:
        """Say whether the period is the life of the keys itself: then a decision moves both."""
        return bool(self.life_days) and self.life_days == self.days

    def decided(self, decision: PeriodDecision) -> ScheduleItem:
        """Return the rule as the library decided it.

        A period beyond what this program holds lawful (the bounds may have moved since) is taken to the nearest bound.
        """
        days = min(max(decision.days, self.least_days), self.most_days)
        return replace(
            self,
            days=days,
            life_days=days if self.life_follows_days else self.life_days,
            application=decision.application,
            item=decision.item,
            decided_on=decision.decided_on,
        )

    @property
    def lacks_reference(self) -> bool:
        """Say whether the legal schedule reference still has to be filled in."""
        return not (self.application and self.item)


@dataclass(frozen=True, slots=True)
class PeriodDecision:
    """What a library has decided about one series: the whole of it, the newest counts.

    Attributes:
        days: The period.
        application: Number of the approved schedule; "" where there is none yet.
        item: Item number in it; "" where there is none yet.
    """

    series: str
    days: int
    application: str
    item: str
    decided_on: dt.date


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rule of every series, by name."""

    items: Mapping[str, ScheduleItem]

    @classmethod
    def load(cls) -> Schedule:
        """Read the schedule the program was built with."""
        return cls.read(own_text(FILE), frozenset(ClauseRegister.load().clauses))

    @classmethod
    def read(cls, text: str, clause_ids: Set[str]) -> Schedule:
        """Read a schedule from its text.

        Raises:
            PolicyFaultError: An item is incomplete, twice, or contradicts itself.
        """
        whole = read_toml(text, FILE)
        refuse_other_names(whole, ("item",), FILE)
        items: dict[str, ScheduleItem] = {}
        for raw in tables(whole, "item", FILE):
            item = _item(raw, clause_ids)
            if item.series in items:
                raise PolicyFaultError(FILE, item.series, "series", "is there twice")
            items[item.series] = item
        return cls(items)

    def in_force(self, decisions: Iterable[PeriodDecision]) -> Schedule:
        """Return the schedule with a library's decisions laid over it.

        Args:
            decisions: Oldest first; of one series the last counts. One about a series that is gone says nothing.
        """
        items = dict(self.items)
        for decision in decisions:
            built = self.items.get(decision.series)
            if built is not None:
                items[decision.series] = built.decided(decision)
        return Schedule(items)

    def item(self, series: str) -> ScheduleItem:
        """Return a series' rule.

        Raises:
            PolicyFaultError: The schedule has none: what has no rule must not be kept.
        """
        found = self.items.get(series)
        if found is None:
            raise PolicyFaultError(FILE, series, "", "is not in the schedule")
        return found

    def epoch_days(self, series: str) -> int:
        """Return the length of one epoch of a series, in days.

        Raises:
            PolicyFaultError: The series is not in the schedule or has no epochs.
        """
        return self._with_epochs(series).epoch_days

    def life_days(self, series: str) -> int:
        """Return how many days an epoch's keys live after the epoch ends.

        Raises:
            PolicyFaultError: The series is not in the schedule or has no epochs.
        """
        return self._with_epochs(series).life_days

    def missing_references(self) -> tuple[str, ...]:
        """Return the series whose legal schedule reference has to be filled in (TH-1.5)."""
        return tuple(item.series for item in self.items.values() if item.lacks_reference)

    def _with_epochs(self, series: str) -> ScheduleItem:
        item = self.item(series)
        if item.epoch_days == 0:
            raise PolicyFaultError(FILE, series, "epoch_days", "is 0: the series has no epochs")
        return item


def _item(raw: object, clause_ids: Set[str]) -> ScheduleItem:
    entry = Entry(raw, FILE, "item")
    entry.label = entry.text("series")
    days = entry.number("days")
    item = ScheduleItem(
        series=entry.label,
        title=entry.text("title"),
        trigger=entry.word("trigger", Trigger),
        days=days,
        epoch_days=entry.number("epoch_days", 0),
        life_days=entry.number("life_days", 0),
        disposal=entry.text("disposal"),
        basis=entry.word("basis", Basis),
        application=entry.text("application", ""),
        item=entry.text("item", ""),
        clauses=entry.texts("clauses"),
        least_days=entry.number("least_days", days),
        most_days=entry.number("most_days", days),
    )
    entry.close()
    if not set(item.clauses) <= clause_ids:
        raise entry.fault("clauses", "names a clause that is not in the register")
    # Only the key of a single day may die with its day: of a longer epoch, the last day would be worth nothing.
    if (item.life_days > 0 and item.epoch_days == 0) or (item.life_days == 0 and item.epoch_days > 1):
        raise entry.fault("life_days", "goes with epoch_days: both or neither")
    if item.trigger is Trigger.NEVER and item.days:
        raise entry.fault("days", "has no meaning for what is kept for good")
    if not item.least_days <= item.days <= item.most_days:
        raise entry.fault("days", "is not between least_days and most_days")
    return item
