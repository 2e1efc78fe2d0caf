"""Holds as a machine: whatever is done in whatever order, the tables say what a small model says.

The model is a list in the order of asking. It knows no database, no link and no code.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

import pytest
from holds_support import SCANNED, lend, model, place
from holds_support import scan as scan_at
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from circumspect.records.catalog.models import Item
from circumspect.records.holds import lists, placing, shelf, tending
from circumspect.records.holds.models import FOREVER, Hold, HoldTally, ShelfLeftover
from circumspect.records.holds.placing import NotWaitingError
from circumspect.records.holds.queue import Copy, Wish, choose_targets

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

PEOPLE, COPIES = 3, 3
BRANCHES = st.sampled_from(["main", "east"])
DAYS = st.sampled_from([2, 60, 60])
WHO, COPY, ANY = st.integers(0, PEOPLE - 1), st.integers(0, COPIES - 1), st.integers(0, 30)


@dataclass
class Waiting:
    """One in the line."""

    id: int
    who: int
    branch: str
    expires_on: dt.date
    item: int | None
    frozen_until: dt.date | None = None
    copy: int | None = None
    on_shelf_until: dt.date | None = None
    target: int | None = None

    @property
    def state(self) -> str:
        return "waiting" if self.copy is None else "on_shelf" if self.on_shelf_until else "in_transit"


def machine_of(house, clerk, clock, people, items):
    """A machine on this house's tables."""

    class Holds(RuleBasedStateMachine):
        @initialize(asked=st.lists(st.tuples(WHO, DAYS), min_size=2, max_size=4))
        def begin(self, asked: list[tuple[int, int]]) -> None:
            for table in (Hold, HoldTally, ShelfLeftover):
                table.objects.all().delete()
            Item.objects.update(status="available")
            self.line: list[Waiting] = []
            self.status = dict.fromkeys([item.id for item in items], "available")
            for who, days in asked:
                self.ask(who, None, "main", days)

        @property
        def today(self) -> dt.date:
            return house.today()

        def chosen(self, number: int) -> Waiting | None:
            return self.line[number % len(self.line)] if self.line else None

        def wishes(self) -> list[Wish]:
            return [
                Wish(each.id, place, each.branch, each.expires_on, each.item, each.frozen_until, each.target)
                for place, each in enumerate(self.line)
                if each.copy is None
            ]

        @rule(who=WHO, copy=st.none() | COPY, branch=BRANCHES, days=DAYS)
        def ask(self, who: int, copy: int | None, branch: str, days: int) -> None:
            item = items[copy or 0]
            wanted = None if copy is None else item.id
            if any(each.who == who and (wanted is None or each.item in (None, wanted)) for each in self.line):
                return
            until = self.today + dt.timedelta(days=days)
            number = place(
                house, clerk, people[who], item, copy=copy is not None, branch=branch, expires_on=until
            )
            self.line.append(Waiting(number, who, branch, until, wanted))

        @rule(number=ANY)
        @precondition(lambda self: self.line)
        def cancel(self, number: int) -> None:
            if each := self.chosen(number):
                placing.cancel(house, clerk, people[each.who], each.id, circumstance=SCANNED)
                self.line.remove(each)

        @rule(number=ANY, days=st.sampled_from([1, 1, 1, None]))
        @precondition(lambda self: self.line)
        def freeze(self, number: int, days: int | None) -> None:
            each = self.chosen(number)
            until = self.today + dt.timedelta(days=days) if days else None
            if each is None or (until and until > each.expires_on):
                return
            if each.copy is not None:
                with pytest.raises(NotWaitingError):
                    placing.freeze(house, clerk, people[each.who], each.id, circumstance=SCANNED)
                return
            placing.freeze(house, clerk, people[each.who], each.id, until=until, circumstance=SCANNED)
            each.frozen_until, each.target = until or FOREVER, None

        @rule(number=ANY)
        @precondition(lambda self: self.line)
        def thaw(self, number: int) -> None:
            if each := self.chosen(number):
                placing.thaw(house, clerk, people[each.who], each.id, circumstance=SCANNED)
                each.frozen_until = None

        @rule(number=ANY, branch=BRANCHES)
        @precondition(lambda self: self.line)
        def move(self, number: int, branch: str) -> None:
            each = self.chosen(number)
            if each and each.branch != branch:
                placing.move(
                    house, clerk, people[each.who], each.id, pickup_branch=branch, circumstance=SCANNED
                )
                each.branch, each.target, each.on_shelf_until = branch, None, None

        @rule(copy=COPY, branch=BRANCHES)
        def scan(self, copy: int, branch: str) -> None:
            item = items[copy]
            held = next((each for each in self.line if each.copy == item.id), None)
            if held is None:
                wish = model(Copy(item.id, "main", "main"), self.wishes(), self.today)
                held = next((each for each in self.line if wish and each.id == wish.id), None)

            trapped = scan_at(house, item, branch)

            if held is None:
                assert trapped is None
                self.status[item.id] = "available"
                return
            assert (trapped.hold_id, trapped.pickup_branch) == (held.id, held.branch)
            arrives = held.state != "on_shelf"
            if held.copy is None:
                held.frozen_until = None
            held.copy, held.target = item.id, None
            if held.branch != branch:
                held.on_shelf_until = None
            elif arrives:
                held.on_shelf_until = self.today + dt.timedelta(days=7)
            assert trapped.on_shelf == (held.branch == branch)
            assert trapped.pick_up_by == held.on_shelf_until
            self.status[item.id] = "hold_shelf" if trapped.on_shelf else "in_transit"

        @rule(who=WHO, copy=COPY)
        def take_home(self, who: int, copy: int) -> None:
            item = items[copy]
            if self.status[item.id] == "on_loan":
                return
            filled = [
                each
                for each in self.line
                if each.who == who and (each.copy == item.id or each.item in (None, item.id))
            ]
            assert lend(house, people[who], item) == bool(filled)
            self.line = [each for each in self.line if each not in filled]
            for each in self.line:
                if each.copy == item.id:
                    each.copy = each.on_shelf_until = None
            self.status[item.id] = "on_loan"

        @rule(days=st.sampled_from([1, 1, 8]))
        def days_pass(self, days: int) -> None:
            clock.forward(days=days)

        @rule()
        def tend(self) -> None:
            tending.expire(house)
            over = [each for each in self.line if each.state == "waiting" and each.expires_on < self.today]
            over += [each for each in self.line if each.on_shelf_until and each.on_shelf_until < self.today]
            self.line = [each for each in self.line if each not in over]

        @rule()
        def make_pull_list(self) -> None:
            lists.retarget(house)
            on_shelf = [Copy(n, "main", "main") for n, status in self.status.items() if status == "available"]
            chosen = choose_targets(self.wishes(), on_shelf, self.today)
            for each in self.line:
                if each.copy is None:
                    each.target = chosen.get(each.id)

        @invariant()
        def tables_say_what_the_line_says(self) -> None:
            rows = Hold.objects.order_by("place", "id")
            assert [
                (
                    r.id,
                    r.state,
                    r.pickup_branch,
                    r.item_id,
                    r.copy_id,
                    r.frozen_until,
                    r.pick_up_by,
                    r.target_id,
                )
                for r in rows
            ] == [
                (e.id, e.state, e.branch, e.item, e.copy, e.frozen_until, e.on_shelf_until, e.target)
                for e in self.line
            ]
            assert all((row.pickup_code is not None) == (row.state == "on_shelf") for row in rows)

        @invariant()
        def everybody_is_told_their_place(self) -> None:
            waiting = [each for each in self.line if each.copy is None]
            for who in {each.who for each in self.line}:
                told = {hold.hold_id: hold.position for hold in placing.open_holds(house, people[who])}
                assert told == {
                    each.id: waiting.index(each) + 1 if each.copy is None else 0
                    for each in self.line
                    if each.who == who
                }

    return Holds


@pytest.fixture
def machine(house, clerk, clock, ada, ben, cyd, shelve):
    """The machine, over three people and three copies of one title."""
    return machine_of(house, clerk, clock, [ada, ben, cyd], [shelve() for _ in range(COPIES)])


def wander(machine, seed: int, steps: int) -> None:
    """Go a long way through the same machine, every act as likely as any other, and look after each step."""
    chance = random.Random(seed)
    at = machine()
    at.begin(asked=[(0, 2), (1, 60), (2, 60)])

    def branch() -> str:
        return chance.choice(["main", "east"])

    acts = [
        lambda: at.ask(
            chance.randrange(PEOPLE), chance.choice([None, 0, 1, 2]), branch(), chance.choice([2, 60, 60])
        ),
        lambda: at.cancel(chance.randrange(9)),
        lambda: at.freeze(chance.randrange(9), chance.choice([1, 1, None])),
        lambda: at.thaw(chance.randrange(9)),
        lambda: at.move(chance.randrange(9), branch()),
        lambda: at.scan(chance.randrange(COPIES), branch()),
        lambda: at.scan(chance.randrange(COPIES), branch()),
        lambda: at.take_home(chance.randrange(PEOPLE), chance.randrange(COPIES)),
        lambda: at.days_pass(chance.choice([1, 3, 8])),
        at.tend,
        at.make_pull_list,
    ]
    for _ in range(steps):
        chance.choice(acts)()
        at.tables_say_what_the_line_says()
        at.everybody_is_told_their_place()


@pytest.mark.clause("MP-4.12", "TH-1.21")
def test_holds_do_what_a_small_model_does(machine):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    wander(machine, seed=1, steps=300)


@pytest.mark.parametrize(
    ("condition", "broken"),
    [
        # Passes over whoever was frozen once, for ever.
        ("(frozen_until IS NULL OR frozen_until <= %s)", "(frozen_until IS NULL OR 'never' = %s)"),
        # Puts copies aside for wishes that have run out.
        ("expires_on >= %s", "%s <> ''"),
        # Gives any copy to whoever waits for a certain one.
        ("(item_id IS NULL OR item_id = %s)", "(item_id IS NULL OR 0 < %s)"),
        # Serves the last first.
        ("ORDER BY place, id", "ORDER BY place DESC, id"),
    ],
)
def test_a_broken_queue_is_found_out(machine, monkeypatch, condition, broken):
    for name in ("_NEXT", "_FETCHED"):
        monkeypatch.setattr(shelf, name, getattr(shelf, name).replace(condition, broken))
    assert broken in shelf._NEXT

    with pytest.raises(AssertionError):
        wander(machine, seed=2, steps=1000)
