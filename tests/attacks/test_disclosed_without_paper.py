"""Guarantee 9 in its short form: every kind's table walked, random instruments cut, and broken twins that are caught."""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from disclosed_without_paper import IDENTITY, SECOND, judge, variants, walk
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.offices.privacydesk.machines import (
    SORT,
    Entered,
    Machine,
    Moment,
    Standing,
    Step,
    StepError,
    standing_of,
    take,
)

pytestmark = pytest.mark.attack(9)

for _neighbours in ("records/gathering", "offices/privacydesk"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / _neighbours))

# Kinds by which something may leave, and the most steps that the short form walks.
_DEPTH = {
    "court_order": 7,
    "search_warrant": 6,
    "subpoena": 8,
    "emergency": 7,
    "permission": 7,
    "own_access": 7,
    "content": 6,
}


@pytest.mark.clause("MP-3.3", "MP-3.4", "MP-3.5", "MP-3.9", "MP-3.10", "MP-6.1", "MP-7.8")
@pytest.mark.parametrize("kind", list(MACHINES))
def test_no_path_leads_out_without_its_paper(kind: str):
    found = walk(MACHINES[kind], depth=_DEPTH.get(kind, 5))

    assert found.guilty == []
    assert bool(found.left) == (kind in _DEPTH), "a kind with a ground leads out, and no other does"


@pytest.mark.clause("MP-7.7", "MP-7.9", "MP-7.8")
@pytest.mark.parametrize("kind", sorted(set(MACHINES) - set(_DEPTH)))
def test_a_kind_without_a_ground_has_no_state_and_no_step_for_leaving(kind: str):
    machine = MACHINES[kind]

    assert machine.released == frozenset()
    assert machine.ground == ""
    assert not machine.uses_records
    # What another room sets aside is sealed under a key of its own, and leaves by an order's case alone.
    assert not {"packet", "content", "delivery"} & {step.makes for step in machine.steps}


def _changed(machine: Machine, code: str, **changes: Any) -> Machine:
    steps = tuple(replace(step, **changes) if step.code == code else step for step in machine.steps)
    return replace(machine, steps=steps)


def _wider(machine: Machine, code: str, *more: str) -> Machine:
    found = machine.step(code)
    assert found is not None
    return _changed(machine, code, frm=found.frm | set(more))


def _optional(machine: Machine, code: str, name: str) -> Machine:
    found = machine.step(code)
    assert found is not None
    fields = tuple(replace(each, required=each.required and each.name != name) for each in found.fields)
    lax = _changed(machine, code, fields=fields)
    return replace(
        lax, steps=tuple(replace(step, needs=tuple(n for n in step.needs if n != name)) for step in lax.steps)
    )


def _asks_nothing_of_before(machine: Machine) -> Machine:
    """Steps trust the state alone, and look at nothing that had to be entered on the way."""
    return replace(machine, steps=tuple(replace(step, needs=()) for step in machine.steps))


# Each mends nothing and breaks one thing that somebody could break by mistake.
TWINS: Mapping[str, Callable[[], Machine]] = {
    "a point in doubt goes on": lambda: _changed(MACHINES["court_order"], "check", on_no=""),
    "no second person is asked for": lambda: _changed(MACHINES["court_order"], "authorise", guards=()),
    "whoever cut it looks it through": lambda: _changed(MACHINES["court_order"], "review", not_by=()),
    "counsel need not be asked": lambda: _asks_nothing_of_before(MACHINES["court_order"]),
    "an order leaves unauthorised": lambda: _wider(MACHINES["court_order"], "deliver", "reviewed"),
    "a scope is entered before the check": lambda: _asks_nothing_of_before(
        _wider(MACHINES["search_warrant"], "scope", "received")
    ),
    "a subpoena is not locked": lambda: _asks_nothing_of_before(replace(MACHINES["subpoena"], first="received")),
    "an officer is told unproved": lambda: _asks_nothing_of_before(
        _wider(MACHINES["emergency"], "scope", "written")
    ),
    "one statement is optional": lambda: _optional(MACHINES["emergency"], "write", "crime_role"),
    "an emergency may name anything": lambda: replace(
        MACHINES["emergency"],
        steps=tuple(replace(s, guards=()) if s.code in ("scope", "decide", "cut", "hand_over") else s
                    for s in MACHINES["emergency"].steps),
    ),
    "an emergency answers more than was asked": lambda: replace(
        MACHINES["emergency"],
        steps=tuple(replace(s, guards=tuple(g for g in s.guards if g.__name__ != "_as_asked"))
                    for s in MACHINES["emergency"].steps),
    ),
    "a permission has no end": lambda: replace(
        MACHINES["permission"],
        steps=tuple(replace(s, guards=s.guards[:-1]) if s.code in ("scope", "cut", "authorise", "deliver") else s
                    for s in MACHINES["permission"].steps),
    ),
    "one's own access reaches others": lambda: replace(
        MACHINES["own_access"],
        steps=tuple(replace(s, guards=()) if s.code != "review" else s for s in MACHINES["own_access"].steps),
    ),
    "content leaves without its ground": lambda: _wider(MACHINES["content"], "choose", "received"),
    "a spoken request can be answered": lambda: replace(
        MACHINES["informal"],
        released=frozenset({"preserved"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("twin", list(TWINS))
def test_a_broken_twin_is_caught(twin: str):
    machine = TWINS[twin]()
    if twin == "content leaves without its ground":
        machine = replace(machine, steps=tuple(replace(s, guards=()) for s in machine.steps))

    assert walk(machine, depth=_DEPTH.get(machine.kind, 5), most_guilty=1).guilty


# the same by chance: longer histories, days that go by, people who come back


class Desk(RuleBasedStateMachine):
    """A case of one kind, worked on at random for a while. What leaves is judged each time."""

    machine: Machine = MACHINES["court_order"]

    def __init__(self) -> None:
        super().__init__()
        self.machines = {self.machine.kind: self.machine}
        self.history = [
            Entered("take_in", "staff:1", 0),
            Entered(SORT, "staff:1", 1, {"kind": self.machine.kind}),
        ]
        self.day = 0

    @property
    def standing(self) -> Standing:
        return standing_of(self.machines, self.history)

    @precondition(lambda self: self.machine.offered(self.standing.state))
    @rule(
        pick=st.integers(0, 999),
        way=st.integers(0, 99),
        by=st.sampled_from(["staff:1", "staff:2", "staff:3"]),
    )
    def somebody_tries_a_step(self, pick: int, way: int, by: str) -> None:
        offered = self.machine.offered(self.standing.state)
        # Steps that lead on are tried more often: refusing ends a case, and most would end at once.
        onward = [step for step in offered if not step.is_quiet] or offered
        self._try((onward if pick % 5 else offered)[pick % len(onward if pick % 5 else offered)], way, by)

    @rule(pick=st.integers(0, 999))
    def somebody_tries_what_is_not_offered(self, pick: int) -> None:
        before = self.standing
        hidden = [step for step in self.machine.steps if before.state not in step.frm]
        if hidden:
            step = hidden[pick % len(hidden)]
            forged = Entered(step.code, "staff:1", 5, variants(step)[0])
            assert standing_of(self.machines, [*self.history, forged]).state == before.state
            with pytest.raises(StepError):
                self._take(step, variants(step)[0], "staff:1")

    @rule(days=st.integers(1, 20))
    def days_go_by(self, days: int) -> None:
        self.day += days

    def _moment(self) -> Moment:
        return Moment(dt.date(2026, 11, 23) + dt.timedelta(days=self.day), SECOND)

    def _take(self, step: Step, values: Mapping[str, str], by: str) -> Entered:
        return take(
            self.machines,
            self.standing,
            step.code,
            values,
            by=by,
            at=len(self.history),
            moment=self._moment(),
        )

    def _try(self, step: Step, way: int, by: str) -> None:
        ways = variants(step)
        values = ways[0] if way < 60 else ways[way % len(ways)]
        before = self.standing
        try:
            entered = self._take(step, values, by)
        except StepError:
            return
        self.history.append(entered)
        if self.standing.has_left and not before.has_left:
            wrong = judge(self.machine.kind, self.standing.done[1:], today=self._moment().today)
            assert not wrong, wrong

    @invariant()
    def a_state_is_one_of_the_table(self) -> None:
        state = self.standing.state
        assert state in self.machine.states or state in self.machine.ends

    @invariant()
    def an_end_is_an_end(self) -> None:
        if self.standing.state in self.machine.ends:
            assert not self.machine.offered(self.standing.state)


_RUNS = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


def _of(machine: Machine) -> type[Desk]:
    return type("DeskOfOneKind", (Desk,), {"machine": machine})


@pytest.mark.parametrize("kind", list(MACHINES))
def test_any_history_of_a_kind_is_justified(kind: str):
    """15 histories of up to 25 tries for each kind."""
    run_state_machine_as_test(_of(MACHINES[kind]), settings=_RUNS)


def test_a_broken_twin_is_caught_by_chance_too():
    twin = replace(MACHINES["informal"], released=frozenset({"preserved"}))

    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            _of(twin), settings=settings(_RUNS, max_examples=100, phases=(Phase.generate,))
        )


@pytest.mark.parametrize("kind", ["emergency", "permission", "own_access"])
def test_where_the_library_wants_a_second_person_nothing_leaves_without_one(kind: str):
    found = walk(MACHINES[kind], depth=8, second=SECOND | {kind})

    assert found.guilty == []
    assert found.left


# random instruments


@pytest.fixture
def world(house: Any, lead: Any) -> tuple[Any, list[int]]:
    """Two patrons about whom every room keeps something."""
    from gathering_support import furnish

    return house, [furnish(house, lead), furnish(house, lead, "21234000000026", "Okoye")]


def _everything_held(house: Any, patron: int) -> set[tuple[str, str, str]]:
    from circumspect import composition
    from circumspect.offices.privacydesk.scopes import nameable
    from circumspect.records.gathering import gather
    from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

    found = gather(
        house,
        Actor(ActorKind.PATRON, str(patron)),
        patron,
        nameable(house.home.fields_on, composition.collectors()),
        action=Action.VIEW,
        purpose=Purpose.OWN_RECORD,
        circumstance=Circumstance.OWN_SIGN_IN,
        collectors=composition.collectors(),
    )
    return {(held.series, held.field, held.value) for held in found.held}


def _order_with(house: Any, scope: Any) -> tuple[Any, Any]:
    """A checked court order that names this, and who works on it."""
    from cases_support import in_charge, sorted_as, step

    from circumspect.offices.privacydesk import cases

    rosa = in_charge()
    case = sorted_as(house, rosa, rosa, "court_order")
    step(house, rosa, case, "check")
    cases.do(house, rosa, case, "scope", {}, makes=lambda *_: {"scope": scope.to_text()})
    return rosa, cases.open_case(house, rosa, case)


@pytest.mark.clause("MP-3.3")
@pytest.mark.django_db(databases=["default", "keys", "ledger"])
@pytest.mark.parametrize("seed", range(4))
def test_a_packet_lies_within_its_scope_whatever_the_paper_names(world: Any, seed: int):
    from circumspect import composition
    from circumspect.offices.privacydesk import packets
    from circumspect.offices.privacydesk.scopes import nameable

    house, patrons = world
    draw = random.Random(seed)
    fields = nameable(house.home.fields_on, composition.collectors())
    scope = _random_scope(draw, patrons, {series: set(names) for series, names in fields.items()})
    rosa, seen = _order_with(house, scope)

    made = packets.cut(house, rosa, seen, composition.collectors())
    packet = packets.look(
        house, rosa, replace(seen, standing=replace(seen.standing, known={**seen.standing.known, **made}))
    )

    assert all(_is_named(scope, scope.patrons[each.person - 1], each) for each in packet.values)
    for number, patron in enumerate(scope.patrons, 1):
        inside = {(each.series, each.field, each.value) for each in packet.values if each.person == number}
        theirs = _everything_held(house, patron)
        assert inside <= theirs
        whole = {line.series for line in scope.of(patron).values() if not (line.first or line.last)}
        assert inside >= {
            each for each in theirs if each[0] in whole and each[1] in scope.of(patron)[each[0]].fields
        }


def _random_scope(draw: random.Random, patrons: list[int], fields: Mapping[str, set[str]]) -> Any:
    from circumspect.offices.privacydesk.scopes import Line, Scope

    day = dt.date(2026, 11, 23)
    lines = []
    for patron in draw.sample(patrons, draw.randint(1, len(patrons))):
        for series in draw.sample(sorted(fields), draw.randint(1, 4)):
            names = draw.sample(sorted(fields[series]), draw.randint(1, len(fields[series])))
            first = draw.choice([None, None, day, day - dt.timedelta(days=3), day + dt.timedelta(days=1)])
            last = draw.choice([None, day + dt.timedelta(days=5)]) if first else None
            lines.append(Line(patron, series, frozenset(names), first, last))
    return Scope(tuple(lines))


def _is_named(scope: Any, patron: int, value: Any) -> bool:
    """Read from the scope's own text, not by the rule that cuts it."""
    for owner, series, fields, first, last in json.loads(scope.to_text()):
        if (owner, series) == (patron, value.series) and value.field in fields:
            return (
                (not first or first <= value.since)
                and (not last or value.since <= last)
                and bool(value.since or not (first or last))
            )
    return False


@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_a_packet_that_grew_between_authority_and_delivery_does_not_leave(world: Any):
    """The broken twin: somebody with the keys seals more into the packet after it was looked through."""
    from cases_support import in_charge, step

    from circumspect import composition
    from circumspect.offices.privacydesk import cases, packets
    from circumspect.offices.privacydesk.cases_models import CasePacket
    from circumspect.offices.privacydesk.scopes import Scope

    house, patrons = world
    scope = Scope.from_text(IDENTITY.replace("11,", f"{patrons[0]},").replace('"driver_licence",', ""))
    rosa, seen = _order_with(house, scope)

    def makes(seen: Any, step: Any, _typed: Any) -> Any:
        if step.makes == "packet":
            return packets.cut(house, rosa, seen, composition.collectors())
        return packets.check_delivery(house, rosa, seen)

    cases.do(house, rosa, seen.id, "cut", {}, makes=makes)
    step(house, rosa, seen.id, "counsel")
    step(house, in_charge(), seen.id, "review")
    step(house, rosa, seen.id, "authorise")
    more = json.dumps({"values": [[1, "loans", 1, "item", "Nad Niemnem", ""]], "undated": {}, "papers": []})
    row = CasePacket.objects.get(case_id=seen.id)
    row.sealed_packet = house.vault.seal(seen.id, "cases", row.number, "packet", more)
    row.save()

    delivery = {"delivered_by": "paper", "delivered_to": "Det. Lee", "delivered_at": "2026-11-23 11:00"}
    with pytest.raises(StepError, match="not the one"):
        cases.do(house, rosa, seen.id, "deliver", delivery, makes=makes)
    assert cases.open_case(house, rosa, seen.id).standing.state == "authorised"


@pytest.mark.clause("MP-3.13", "MP-3.14")
@pytest.mark.django_db(databases=["default", "keys", "ledger"])
@pytest.mark.parametrize("seed", range(2))
def test_an_emergency_answer_never_holds_what_somebody_used(world: Any, seed: int):
    """Random wishes for anything at all; with a table that forgot to look, the door itself refuses."""
    from cases_support import in_charge, sorted_as
    from gathering_support import everything

    from circumspect import composition
    from circumspect.offices.privacydesk import cases, packets
    from circumspect.offices.privacydesk.scopes import is_identity_only
    from circumspect.records.gathering import gather
    from circumspect.trust.door.errors import Refused
    from circumspect.trust.policy.request import Action, Circumstance, Purpose

    house, patrons = world
    draw, rosa = random.Random(seed), in_charge()
    seen = cases.open_case(house, rosa, sorted_as(house, rosa, rosa, "emergency"))
    for _ in range(6):
        scope = _random_scope(draw, patrons[:1], everything())
        known = {**seen.standing.known, "scope": scope.to_text()}
        try:
            packets.cut(
                house,
                rosa,
                replace(seen, standing=replace(seen.standing, known=known)),
                composition.collectors(),
            )
            assert is_identity_only(scope)
        except StepError:
            assert not is_identity_only(scope)
        wanted = {line.series: line.fields for line in scope.lines}
        use = set(wanted) - {"registration", "cards"}
        if use:
            with pytest.raises(Refused) as refusal:
                gather(
                    house,
                    rosa,
                    patrons[0],
                    wanted,
                    action=Action.DISCLOSE,
                    purpose=Purpose.IDENTIFY,
                    circumstance=Circumstance.CASE,
                    collectors=composition.collectors(),
                )
            assert "MP-3.14" in refusal.value.decision.clauses


@pytest.mark.clause("MP-5.1", "MP-6.3")
@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_nobody_without_a_designation_discloses_anything(world: Any):
    from cases_support import in_charge
    from gathering_support import everything

    from circumspect import composition
    from circumspect.records.gathering import gather
    from circumspect.trust.door.errors import Refused
    from circumspect.trust.policy.request import Action, Circumstance, Purpose, Role

    house, patrons = world
    others = [
        in_charge(role)
        for role in Role
        if role not in (Role.PRIVACY_IN_CHARGE, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR)
    ]
    for actor in (*others, in_charge("privacy_in_charge", active=False)):
        for purpose in (Purpose.DISCLOSE, Purpose.IDENTIFY):
            with pytest.raises(Refused):
                gather(
                    house,
                    actor,
                    patrons[0],
                    everything("registration"),
                    action=Action.DISCLOSE,
                    purpose=purpose,
                    circumstance=Circumstance.CASE,
                    collectors=composition.collectors(),
                )
