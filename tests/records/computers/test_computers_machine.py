"""Computers as a state machine: whatever is done in whatever order, the tables say what a small model says.

The model knows nothing of tables: seats with a state, and seconds used by each card today. Twins that are
broken on purpose show that the machine would have found it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from computers_support import CARDS, DATABASES, PIN, Room
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from circumspect.records.computers import panel, preserving, sitting
from circumspect.records.computers.models import (
    Seat,
    SeatDay,
    SeatState,
    Session,
    SetAside,
    Ticket,
    UsedToday,
)
from circumspect.records.computers.rules import Started
from circumspect.records.computers.tending import tend_computers
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=DATABASES)
DAY_LIMIT, SPAN, WIPE = 7200, 3600, 300
PRIVACY = Actor(ActorKind.STAFF, "8", frozenset({"privacy_in_charge"}), True, "2026-11")
FEW = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
    derandomize=True,
)


@dataclass
class ModelSeat:
    state: str = "free"
    who: int | None = None
    since: int = 0
    until: int = 0
    wipe_by: int = 0
    dirty: bool = False
    kept: bool = False


@dataclass
class Model:
    seats: list[ModelSeat] = field(default_factory=lambda: [ModelSeat(), ModelSeat()])
    used: dict[int, int] = field(default_factory=dict)
    day: dt.date | None = None
    sessions: int = 0

    def get_up(self, seat: ModelSeat, now: int, *, same_day: bool) -> None:
        if seat.who is None:
            return
        if same_day:
            self.used[seat.who] = self.used.get(seat.who, 0) + min(now, seat.until) - seat.since
        seat.who, self.sessions = None, self.sessions + 1
        self.wipe(seat, now)

    def wipe(self, seat: ModelSeat, now: int) -> None:
        seat.state, seat.dirty = ("out_of_service", True) if seat.kept else ("wiping", True)
        seat.wipe_by = now + WIPE


def machine_for(room: Room, clerk: Any) -> type[RuleBasedStateMachine]:
    house, clock = room.house, room.clock
    pick = st.integers(0, 1)

    class Computers(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            for model in (Session, SetAside, Ticket, UsedToday, SeatDay):
                model.objects.all().delete()
            Seat.objects.update(state="free", unwiped=False, wipe_by=0)
            # Each example has a day of its own: what was used in the last one is not this one's.
            clock.now = (clock.now + dt.timedelta(days=1)).replace(hour=16, minute=0)
            self.model = Model(day=house.today())
            self.matters = self.steps = 0

        def now(self) -> int:
            return int(clock().timestamp())

        @rule(who=st.integers(0, 2), at=pick, pin_is_right=st.booleans())
        def try_to_sign_in(self, who: int, at: int, pin_is_right: bool) -> None:
            self.sign_in(who, at, pin_is_right)

        def sign_in(self, who: int, at: int, pin_is_right: bool) -> None:
            seat = self.model.seats[at]
            answer = sitting.sign_in_card(
                house, room.seats[at], CARDS[who], PIN if pin_is_right or who else "5555"
            )
            left = DAY_LIMIT - self.model.used.get(who, 0)
            may = (
                (pin_is_right or who)
                and seat.state == "free"
                and who not in [each.who for each in self.model.seats]
                and left >= 60
            )
            assert isinstance(answer, Started) is bool(may)
            if isinstance(answer, Started):
                assert answer.ends_at == self.now() + min(SPAN, left)
                seat.state, seat.who, seat.dirty = "in_use", who, True
                seat.since, seat.until = self.now(), answer.ends_at

        @rule(at=pick)
        def extend(self, at: int) -> None:
            seat = self.model.seats[at]
            answer = sitting.extend(house, room.seats[at])
            if seat.who is None or self.now() >= seat.until:
                assert not isinstance(answer, Started)
                return
            left = DAY_LIMIT - self.model.used.get(seat.who, 0)
            until = min(seat.until + SPAN, seat.since + left)
            assert isinstance(answer, Started) is (until > seat.until)
            seat.until = max(until, seat.until)

        @rule(at=pick)
        def somebody_gets_up(self, at: int) -> None:
            self.get_up(at)

        def get_up(self, at: int) -> None:
            sitting.end(house, room.seats[at])
            self.model.get_up(self.model.seats[at], self.now(), same_day=True)

        @rule(at=pick)
        def client_confirms(self, at: int) -> None:
            self.confirm(at)

        def confirm(self, at: int) -> None:
            seat = self.model.seats[at]
            assert sitting.confirm_wipe(house, room.seats[at]) is (seat.state == "wiping")
            if seat.state == "wiping":
                seat.state, seat.dirty = "free", False

        @rule(at=pick)
        def restart(self, at: int) -> None:
            seat = self.model.seats[at]
            sitting.restarted(house, room.seats[at])
            if seat.who is not None:
                self.model.get_up(seat, self.now(), same_day=True)
            elif seat.state in ("free", "wiping"):
                self.model.wipe(seat, self.now())

        @rule(at=pick)
        def lock(self, at: int) -> None:
            seat = self.model.seats[at]
            try:
                panel.lock(house, clerk, room.seats[at])
            except panel.WrongStateError:
                assert seat.state == "out_of_service"
                return
            assert seat.state != "out_of_service"
            self.model.get_up(seat, self.now(), same_day=True)
            seat.state = "locked"

        @rule(at=pick, by_hand=st.booleans())
        def clear(self, at: int, by_hand: bool) -> None:
            seat = self.model.seats[at]
            clear = panel.clear_by_hand if by_hand else panel.wipe_again
            try:
                clear(house, clerk, room.seats[at])
            except panel.WrongStateError:
                assert seat.state != "locked"
                return
            assert seat.state == "locked"
            if by_hand:
                seat.state, seat.dirty = "free", False
            else:
                self.model.wipe(seat, self.now())

        @rule(who=st.integers(0, 2))
        def sit_down_where_it_is_free(self, who: int) -> None:
            for at, seat in enumerate(self.model.seats):
                if seat.state == "free":
                    self.sign_in(who, at, True)
                    break

        @rule(at=pick, minutes=st.integers(1, 70))
        def sit_for_a_while_and_leave_it_clean(self, at: int, minutes: int) -> None:
            self.time_goes_by(minutes * 60)
            self.get_up(at)
            self.confirm(at)

        # What was set aside stays so for months: late, and only one of the two, or nothing else would be tried.
        @precondition(lambda self: self.steps > 20)
        @rule(at=pick)
        def set_aside(self, at: int) -> None:
            seat = self.model.seats[at]
            if any(each.kept for each in self.model.seats) and not seat.kept:
                return
            self.matters += 1
            preserving.set_aside(house, PRIVACY, room.seats[at], f"M-{self.matters}")
            seat.kept = True
            self.model.get_up(seat, self.now(), same_day=True)
            seat.state, seat.dirty = "out_of_service", True

        @rule(seconds=st.sampled_from((30, 299, 301, 1800, 3601)))
        def some_time_goes_by(self, seconds: int) -> None:
            self.time_goes_by(seconds)

        def time_goes_by(self, seconds: int) -> None:
            clock.forward(seconds=seconds)
            same_day = house.today() == self.model.day
            if not same_day:
                self.model.used, self.model.day = {}, house.today()
            tend_computers(house)
            for seat in self.model.seats:
                if seat.who is not None and (self.now() >= seat.until or not same_day):
                    self.model.get_up(seat, self.now(), same_day=same_day)
                # In the same round: a session that has just ended is wiped before it can be late.
                if seat.state == "wiping" and self.now() >= seat.wipe_by:
                    seat.state = "locked"

        @invariant()
        def tables_and_model_agree(self) -> None:
            self.steps += 1
            rows = {row.id: row for row in Seat.objects.all()}
            sitting_now = {row.seat_id: row for row in Session.objects.all()}
            for number, seat in zip(room.seats, self.model.seats, strict=True):
                row = rows[number]
                assert (row.state, row.unwiped) == (seat.state, seat.dirty)
                assert (number in sitting_now) is (seat.who is not None)
            wanted = {
                house.vault.link("computer minutes", patron).token: seconds
                for who, patron in enumerate(room.patrons)
                if (seconds := self.model.used.get(who, 0))
            }
            rows_of_today = UsedToday.objects.filter(day=house.today(), seconds__gt=0)
            assert {bytes(row.token): row.seconds for row in rows_of_today} == wanted

        @invariant()
        def nobody_sits_at_a_machine_that_was_not_wiped(self) -> None:
            assert not Seat.objects.filter(state=SeatState.FREE, unwiped=True).exists()
            in_use = set(Seat.objects.filter(state=SeatState.IN_USE).values_list("id", flat=True))
            assert in_use == set(Session.objects.values_list("seat_id", flat=True))
            kept = set(SetAside.objects.values_list("seat_id", flat=True))
            assert set(Seat.objects.filter(id__in=kept).values_list("state", flat=True)) <= {"out_of_service"}

        @invariant()
        def nobody_uses_more_than_the_day_has(self) -> None:
            assert all(
                seconds <= DAY_LIMIT for seconds in UsedToday.objects.values_list("seconds", flat=True)
            )

    return Computers


@pytest.mark.clause("MP-4.9", "TH-1.24")
def test_whatever_is_done_tables_and_model_agree(room, clerk):
    run_state_machine_as_test(machine_for(room, clerk), settings=FEW)


def _frees_without_wiping(monkeypatch):
    def free(seat_id: int, _now: int) -> None:
        Seat.objects.filter(id=seat_id).update(state="free", unwiped=False)

    monkeypatch.setattr(sitting, "to_wipe", free)


def _forgets_to_count(monkeypatch):
    monkeypatch.setattr(sitting, "_count", lambda *_: None)


def _believes_a_late_confirmation(monkeypatch):
    def confirm(_house: Any, seat_id: int) -> bool:
        return Seat.objects.filter(id=seat_id).update(state="free", unwiped=False) > 0

    monkeypatch.setattr(sitting, "confirm_wipe", confirm)


@pytest.mark.parametrize("breaks", [_frees_without_wiping, _forgets_to_count, _believes_a_late_confirmation])
def test_a_broken_twin_is_caught(room, clerk, monkeypatch, breaks):
    breaks(monkeypatch)

    with pytest.raises((AssertionError, panel.WrongStateError)):
        run_state_machine_as_test(machine_for(room, clerk), settings=FEW)
