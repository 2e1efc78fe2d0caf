"""Guarantee 8: does anything outlive its rule, with a clock that jumps, stands still and is set back?

    python -m tests.attacks.outlives            a small population
    python -m tests.attacks.outlives --full     100,000 histories
    python -m tests.attacks.outlives --twin NAME

A population lives in one house under one clock; each person's history is a sequence of its own: they wait for things,
owe, pay, are written to, noted, looked at, sit at computers, have copies of theirs set aside by several matters, ask to
be forgotten. Between two events days pass, or months, or the clock is set back; the sweep runs, or does not, or is cut
off. A model of plain dates beside it knows when each thing has to have ended. After every step:

- no link opens beyond the life of its epoch, whether a sweep ran or not, and what once was over never wakes;
- whoever was forgotten has no key, no link and no row, ever after;
- a copy set aside opens until its end and not a second after, however many others stand;
- after a sweep no row is there that its rule has ended, and none is gone that its rule still keeps; no copy is there a
  day after its end.

Exit codes: 0 nothing outlived its rule, and nothing was let go of too early; 1 something did.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))

EVENTS = (
    "loan",
    "hold",
    "owe",
    "settled",
    "notice",
    "note",
    "look",
    "minutes",
    "copy",
    "forgotten",
    "nothing",
)
WEIGHTS = (3, 6, 4, 6, 6, 4, 6, 4, 1, 1, 8)
LINKED = {
    "loan": "loans",
    "hold": "holds",
    "owe": "fees",
    "settled": "fees",
    "notice": "notices",
    "look": "ledger",
}
# Length of an epoch and life after it, as the schedule of the program says: written down here a second time.
EPOCHS = {"loans": (28, 365), "holds": (28, 365), "fees": (28, 365), "notices": (28, 60), "ledger": (28, 180)}
# How far a clock may be behind what the house has seen, before that is taken for the mistake.
MOST_BACK = 30
SETTLED_DAYS, NOTICE_DAYS = 90, 60


class Clock:
    """A clock that does as it is told."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    @property
    def day(self) -> dt.date:
        return (self.now - dt.timedelta(hours=6)).date()


@dataclass
class Row:
    """Something that was written, and how the model sees its end."""

    who: int
    what: str
    id: int
    ends: dt.date | None  # the last day on which it may be there; None while something is owed
    epoch: int = 0
    token: bytes = b""


@dataclass
class Population:
    """People under one clock, and the model of what may still be there."""

    house: Any
    clock: Clock
    charge: Any
    people: list[int]
    chance: random.Random
    rows: dict[tuple[str, int], Row] = field(default_factory=dict)
    epochs: dict[tuple[str, int], dt.date] = field(default_factory=dict)  # the first day it opens nothing
    copies: dict[int, dt.datetime] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    latest: dt.datetime = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
    found: list[str] = field(default_factory=list)
    events: int = 0

    # events

    def happens(self, who: int, what: str) -> None:
        """Something happens to somebody."""
        self.events += 1
        if who in self.gone or what == "nothing":
            return
        getattr(self, f"_{what}")(who)

    def _link(self, who: int, what: str) -> Any:
        series = LINKED[what]
        link = self.house.vault.link(series, who)
        length, life = EPOCHS[series]
        seen = max(self.clock.day, self._seen_day())
        self.epochs.setdefault((series, link.epoch), seen + dt.timedelta(days=length + life))
        return link

    def _seen_day(self) -> dt.date:
        return (self.latest - dt.timedelta(hours=6)).date() if self.latest.year > 1 else self.clock.day

    def _keep(self, model: Any, who: int, what: str, ends: dt.date | None, **values: Any) -> None:
        from retention_rows import a_row

        link = self._link(who, what)
        row = a_row(model, epoch=link.epoch, link=link.token, back=link.back, **values)
        self.rows[model._meta.label, row.pk] = Row(who, what, row.pk, ends, link.epoch, link.token)

    def _loan(self, who: int) -> None:
        from circumspect.records.circulation.models import Loan

        self._keep(Loan, who, "loan", None)

    def _hold(self, who: int) -> None:
        from circumspect.records.holds.models import Hold

        last = self.clock.day + dt.timedelta(days=self.chance.choice((3, 30, 200)))
        self._keep(Hold, who, "hold", last, state="waiting", expires_on=last)

    def _owe(self, who: int) -> None:
        from circumspect.records.fees.models import FeeLine

        self._keep(FeeLine, who, "owe", None, state="open", outstanding=100)

    def _settled(self, who: int) -> None:
        from circumspect.records.fees.models import FeeLine

        last = self.clock.day + dt.timedelta(days=SETTLED_DAYS - 1)
        self._keep(FeeLine, who, "settled", last, state="settled", outstanding=0, settled_on=self.clock.day)

    def _notice(self, who: int) -> None:
        from circumspect.offices.notices.models import Notice

        last = self.clock.day + dt.timedelta(days=NOTICE_DAYS)
        self._keep(Notice, who, "notice", last, state="sent", sent_on=self.clock.day)

    def _note(self, who: int) -> None:
        from retention_rows import a_row

        from circumspect.records.patrons.models import Note

        ends = self.clock.day + dt.timedelta(days=self.chance.choice((1, 20, 300)))
        row = a_row(Note, id=secrets.randbits(60), patron_id=who, expires_on=ends)
        self.rows[Note._meta.label, row.pk] = Row(who, "note", row.pk, ends - dt.timedelta(days=1))

    def _look(self, who: int) -> None:
        from circumspect.trust.ledger.models import EntryMark

        link = self._link(who, "look")
        number = secrets.randbits(60)
        EntryMark.objects.create(entry=number, ordinal=0, epoch=link.epoch, link=link.token, back=link.back)
        self.rows["look", number] = Row(who, "look", number, None, link.epoch, link.token)

    def _minutes(self, who: int) -> None:
        from circumspect.records.computers import asking
        from circumspect.records.computers.models import UsedToday

        token = self.house.vault.link(asking.DAY_SERIES, who).token
        UsedToday.objects.get_or_create(token=token, defaults={"day": self.clock.day, "seconds": 60})

    def _copy(self, _who: int) -> None:
        from circumspect.offices.privacydesk import copies, guarding

        days = self.chance.choice((1, 30, 90))
        # The day's is the guard of a new request, which the house makes itself.
        kind, maker = (copies.PRESERVATION, self.charge) if days > 1 else (copies.GUARD, guarding.GUARDIAN)
        ends_at = self.clock.now + dt.timedelta(days=days)
        number = copies.make(
            self.house,
            maker,
            [copies.Piece("loans", b"a canary in a copy")],
            matter=self.chance.randrange(1, 4),
            kind=kind,
            ends_at=ends_at,
        )
        self.copies[number] = ends_at

    def _forgotten(self, who: int) -> None:
        from circumspect.offices.retention import erasing

        if any(row.who == who and row.what == "loan" for row in self.rows.values()):
            return  # what is out has to come back first
        self.house.vault.destroy_subject(who)
        erasing.remove(self.house, who)
        self.gone.add(who)
        for key in [key for key, row in self.rows.items() if row.who == who]:
            del self.rows[key]

    # the clock and the sweep

    def passes(self, days: int) -> None:
        """Days pass; fewer than none set the clock back, a month at most in all: beyond that the house believes it."""
        if self.latest - self.clock.now > dt.timedelta(days=MOST_BACK + days):
            return
        self.clock.now += dt.timedelta(days=days)
        self.latest = max(self.latest, self.clock.now)
        self.house.vault.forget_cached_keys()

    def sweeps(self, *, cut_off: bool = False) -> None:
        """The sweep that a server makes by itself, or one whose power goes half-way."""
        from circumspect.faces.cli import tending
        from circumspect.offices.privacydesk import copies
        from circumspect.offices.retention import sweeping

        if cut_off:
            with mock.patch.object(sweeping, "sweep_table", side_effect=RuntimeError):
                tending.forget(self.house)
            # What went before the power did went by the day of then: a clock set back afterwards does not ask for it.
            self._follow_relinked()
            self._check_rows(whole=False)
            return
        _done, failed = tending.forget(self.house)
        copies.end_over(self.house)
        self.found += [f"a part of the sweep failed: {name}" for name in failed]
        self._follow_relinked()
        self._check_rows()

    def _follow_relinked(self) -> None:
        """What is still needed was tied to a newer epoch: that is its epoch from now on."""
        from circumspect.records.circulation.models import Loan
        from circumspect.records.fees.models import FeeLine
        from circumspect.records.holds.models import Hold

        for model in (Loan, FeeLine, Hold):
            for number, epoch, token in model._default_manager.values_list("pk", "epoch", "link"):
                row = self.rows.get((model._meta.label, number))
                if row is not None and row.epoch != epoch:
                    series = LINKED[row.what]
                    length, life = EPOCHS[series]
                    latest = self._seen_day() + dt.timedelta(days=length + life)
                    self.epochs.setdefault((series, epoch), latest)
                    row.epoch, row.token = epoch, bytes(token)

    # what has to be so

    def check(self) -> None:
        """What must hold after every step, whether a sweep ran or not."""
        self.latest = max(self.latest, self.clock.now)
        seen = self._seen_day()
        living = {(series, epoch.number) for series in EPOCHS for epoch in self.house.vault._live(series)}
        for key, over in self.epochs.items():
            if key in living and seen >= over:
                self.found.append(f"an epoch of {key[0]} opens {(seen - over).days + 1} days after its life")
            if key not in living and seen < over:
                self.found.append(f"an epoch of {key[0]} is over {(over - seen).days} days early")
        keys = set(self.house.vault.store.subject_keys([*self.gone, *self.copies]))
        self.found += ["somebody forgotten has a key" for who in keys & self.gone]
        for number, ends_at in self.copies.items():
            if number in keys and seen > (ends_at + dt.timedelta(days=1)).date():
                self.found.append("a copy's key opens a day after its end")
            if number not in keys and self.latest < ends_at:
                self.found.append("a copy is over before its end")

    def _check_rows(self, *, whole: bool = True) -> None:
        """After a sweep: nothing that has ended, unless it was cut off; everything that has not."""
        from circumspect.offices.notices.models import Notice
        from circumspect.offices.privacydesk.copies_models import CopyPart
        from circumspect.records.circulation.models import Loan
        from circumspect.records.computers.models import UsedToday
        from circumspect.records.fees.models import FeeLine
        from circumspect.records.holds.models import Hold
        from circumspect.records.patrons.models import Note
        from circumspect.trust.ledger.models import EntryMark

        day, seen = self.clock.day, self._seen_day()
        there: dict[str, set[int]] = {
            model._meta.label: set(model._default_manager.values_list("pk", flat=True))
            for model in (Loan, FeeLine, Hold, Notice, Note)
        }
        there["look"] = set(EntryMark.objects.filter(link__isnull=False).values_list("entry", flat=True))
        for (label, number), row in list(self.rows.items()):
            epoch_over = self.epochs.get((LINKED.get(row.what, ""), row.epoch))
            dead = epoch_over is not None and seen >= epoch_over
            over = dead or (row.ends is not None and day > row.ends)
            if whole and number in there[label] and over:
                self.found.append(f"a {row.what} is there after its rule ended")
            if number not in there[label]:
                if not over:
                    self.found.append(f"a {row.what} is gone before its rule ended")
                del self.rows[label, number]
        strangers = sum(len(found) for label, found in there.items() if label != "look") - sum(
            label != "look" for label, _ in self.rows
        )
        if strangers:
            self.found.append(f"{strangers} rows are there that nobody put there, or of somebody forgotten")
        if not whole:
            return
        if UsedToday.objects.exclude(day=day).exists():
            self.found.append("minutes of another day are there")
        over_copies = {n for n, end in self.copies.items() if end + dt.timedelta(days=1) <= self.clock.now}
        if CopyPart.objects.filter(copy_id__in=over_copies).exists():
            self.found.append("a copy is there a day after its end")


def born(house: Any, clock: Clock, charge: Any, count: int, chance: random.Random) -> Population:
    """A population with keys and empty records."""
    from circumspect.records.patrons.models import Patron

    people = [chance.getrandbits(60) + 1 for _ in range(count)]
    house.vault.new_subjects(people)
    Patron.objects.bulk_create(Patron(id=who, sealed_standing=b"", changed_on=clock.day) for who in people)
    population = Population(house, clock, charge, people, chance)
    population.latest = clock.now
    return population


def live(population: Population, steps: int) -> list[str]:
    """Some steps of everybody's history; what was found."""
    chance = population.chance
    for _ in range(steps):
        for who in population.people:
            if chance.random() < 0.4:
                population.happens(who, chance.choices(EVENTS, WEIGHTS)[0])
        population.check()
        population.passes(chance.choice((0, 1, 1, 2, 5, 7, 27, 29, 61, 91, 182, 366, -1, -3, -20)))
        population.check()
        turn = chance.random()
        if turn < 0.55:
            population.sweeps()
        elif turn < 0.65:
            population.sweeps(cut_off=True)
        population.check()
        if population.found:
            break
    return population.found


# what the attack must find


@contextmanager
def twin(name: str) -> Iterator[None]:
    """A house that forgets badly in one way."""
    from circumspect.offices.retention import erasing, sweeping
    from circumspect.records.fees import upkeep
    from circumspect.records.patrons import notes
    from circumspect.trust.vault import vault as vaults

    calendar = mock.patch.object(vaults.Vault, "_today", lambda self: self._calendar())
    broken: dict[str, Any] = {
        "the clock set back wakes keys": calendar,
        "a dead epoch opens": mock.patch.object(
            vaults.Vault, "_live", lambda self, series: [e for e in _all_epochs(self) if e.series == series]
        ),
        "rows of dead epochs stay": mock.patch.object(sweeping, "sweep_table", return_value=0),
        "settled fees stay": mock.patch.object(upkeep, "forget_settled", return_value=0),
        "settled fees go early": mock.patch.object(
            upkeep, "forget_settled", lambda house, days, real=upkeep.forget_settled: real(house, days - 40)
        ),
        "notes stay": mock.patch.object(notes, "forget_ended_notes", return_value=0),
        "a room is left out of a forgetting": mock.patch.object(erasing, "linked_tables", list),
    }
    with broken[name]:
        yield


def _all_epochs(vault: Any) -> list[Any]:
    return list(vault.store.epochs(dt.date(2000, 1, 1)))


TWINS = (
    "the clock set back wakes keys",
    "a dead epoch opens",
    "rows of dead epochs stay",
    "settled fees stay",
    "settled fees go early",
    "notes stay",
    "a room is left out of a forgetting",
)


def main() -> int:
    """Live, and look; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--twin", choices=TWINS)
    options = parser.parse_args()
    from attack_home import a_home, a_house, staff

    worlds = -(-100_000 // options.people) if options.full else 1
    began, events, found = time.monotonic(), 0, []
    with a_home() as home:
        from django.db import connections

        for alias in ("default", "keys", "ledger"):
            # Nothing here is about power cuts, and a disk would be most of the time.
            if connections[alias].vendor == "sqlite":
                connections[alias].cursor().execute("PRAGMA synchronous = OFF")
        for number in range(worlds):
            clock, chance = Clock(), random.Random(options.seed + number)
            house = a_house(home, clock)
            population = born(house, clock, staff("executive_director"), options.people, chance)
            with twin(options.twin) if options.twin else mock.patch.dict({}):
                found = live(population, options.steps)
            events += population.events
            print(
                f"world {number + 1} of {worlds}: {events:,} events, {time.monotonic() - began:.0f} s",
                flush=True,
            )
            if found:
                break
            _empty(connections)
    done = (number + 1) * options.people
    print(f"{done:,} histories, {events:,} events in {time.monotonic() - began:.0f} s; {len(found)} found")
    for line in found[:20]:
        print("  " + line)
    return 1 if found else 0


# What belongs to the house and to no world of the attack.
_OF_THE_HOUSE = ("vault_index_key", "vault_rotation")


def _empty(connections: Any) -> None:
    """The next world begins with no people, no rows and no epochs."""
    from django.db import transaction

    for alias in ("default", "keys", "ledger"):
        connection = connections[alias]
        # In one transaction: a reference is looked at only at its end, when both sides are gone.
        with (
            connection.constraint_checks_disabled(),
            transaction.atomic(using=alias),
            connection.cursor() as cursor,
        ):
            for table in connection.introspection.django_table_names(only_existing=True):
                if not table.startswith(("django_", "auth_")) and table not in _OF_THE_HOUSE:
                    cursor.execute(f'DELETE FROM "{table}"')


if __name__ == "__main__":
    sys.exit(main())
