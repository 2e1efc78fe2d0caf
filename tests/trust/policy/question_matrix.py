"""Every question that can be put to the policy, as far as rules can tell two questions apart.

A rule sees no names and no times, so the questions are finite: who (kind and roles) x action x
purpose x series and set of fields x circumstance x reason, and a handful of flags. Two reasons
stand for nine, and five counts for all numbers, because nothing distinguishes the rest; the
random draw uses all of them all the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice, product

from reference_cells import Cell
from reference_model import OTHERS_TABLE, STAFF_TABLE

from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.request import (
    Action,
    Actor,
    ActorKind,
    Circumstance,
    MachineRole,
    Purpose,
    Reason,
    Request,
    Role,
)

VERSION = "2026-11"
EVERYTHING_ON = frozenset({"driver_licence", "sex"})

PANEL = frozenset({"given_name", "family_name", "standing", "phone", "email", "balance", "language"})


def principals() -> list[Actor]:
    """Each role alone, none, some together, each kind of machine, and the three other kinds without a role."""
    together = [
        ("desk", "trustee"),
        ("circulation_lead", "finance"),
        ("desk", "reference"),
        ("system", "foia_officer"),
    ]
    held = [(), *((str(role),) for role in Role), *together]
    staff = [Actor(ActorKind.STAFF, "17", frozenset(roles), True, VERSION) for roles in held]
    machines = [Actor(ActorKind.TERMINAL, "5", frozenset({str(role)})) for role in MachineRole]
    others = [Actor(kind, "5") for kind in (ActorKind.PATRON, ActorKind.TERMINAL, ActorKind.JOB)]
    return [*staff, *machines, *others]


def _who(who: str) -> Actor:
    """The actor a cell speaks of: a role of staff, a machine's profile, or another kind."""
    if who in set(ActorKind):
        return Actor(ActorKind(who), "5")
    if who in set(MachineRole):
        return Actor(ActorKind.TERMINAL, "5", frozenset({who}))
    return Actor(ActorKind.STAFF, "5", frozenset({who}))


@cache
def field_sets() -> list[tuple[str, frozenset[str]]]:
    """For each series: each field alone, all of them, and sets that rules draw lines through."""
    sets: list[tuple[str, frozenset[str]]] = []
    for series, known in Fields.load().series.items():
        sets += [(series, frozenset({name})) for name in known.fields]
        sets.append((series, frozenset(known.fields) - known.optional))
    lines = [
        PANEL,
        PANEL | {"birth_date"},
        frozenset({"given_name", "family_name", "street", "standing", "language"}),
        frozenset({"driver_licence", "sex"}),
        frozenset({"given_name", "sex"}),
        frozenset({"standing", "nickname"}),
        # Each way of reaching somebody, and two at once.
        frozenset({"email", "language", "notice_titles"}),
        frozenset({"phone", "language"}),
        frozenset({"email", "phone"}),
        frozenset({"given_name", "family_name", "street", "city", "region", "postcode"}),
    ]
    return [*sets, *(("registration", line) for line in lines), ("loans", frozenset({"item", "title"}))]


@dataclass(frozen=True)
class Flags:
    """What is not part of the core: the state of account, version, ties and counts."""

    active: bool = True
    signed: str = VERSION
    in_force: str = VERSION
    own_record: bool | None = None  # None: as it would be
    own_staff_record: bool = False
    subjects: int = 1


def question(
    actor: Actor,
    action: Action,
    purpose: Purpose,
    series: str,
    fields: frozenset[str],
    circumstance: Circumstance,
    reason: Reason | None,
    flags: Flags = Flags(),
) -> Request:
    """One request of the matrix."""
    staff = actor.kind is ActorKind.STAFF
    own = actor.kind is ActorKind.PATRON if flags.own_record is None else flags.own_record
    return Request(
        actor=replace(actor, active=flags.active, signed_version=flags.signed if staff else ""),
        action=action,
        purpose=purpose,
        series=series,
        fields=fields,
        circumstance=circumstance,
        reason=reason,
        own_record=own,
        subjects=flags.subjects,
        version_in_force=flags.in_force,
        own_staff_record=flags.own_staff_record,
    )


def core(part: int = 0, parts: int = 1) -> Iterator[Request]:
    """Every combination of who, what, what for, which fields and why, with nothing amiss otherwise."""
    everything = product(principals(), Action, Purpose, field_sets(), Circumstance)
    for actor, action, purpose, (series, fields), circumstance in islice(everything, part, None, parts):
        for reason in (None, Reason.DUPLICATE):
            yield question(actor, action, purpose, series, fields, circumstance, reason)


def all_flags() -> list[Flags]:
    """Every combination of flags."""
    versions = [(VERSION, VERSION), ("", VERSION), ("2025-01", VERSION), ("", ""), (VERSION, "")]
    return [
        Flags(active, signed, in_force, own, own_staff, subjects)
        for active, (signed, in_force), own, own_staff, subjects in product(
            (True, False), versions, (True, False), (True, False), (-1, 0, 1, 2, 3, 50, 51)
        )
    ]


def with_flags(request: Request, flags: Flags) -> Request:
    """The same question with other flags."""
    return question(
        request.actor,
        request.action,
        request.purpose,
        request.series,
        request.fields,
        request.circumstance,
        request.reason,
        flags,
    )


def draw(seed: int, count: int) -> Iterator[Request]:
    """Questions at random over everything, half of them with healthy flags."""
    chance = random.Random(seed)
    actors, sets, flags = principals(), field_sets(), all_flags()
    for _ in range(count):
        series, fields = chance.choice(sets)
        if chance.random() < 0.1:
            series, fields = chance.choice([("", fields), ("nonsense", fields), (series, frozenset())])
        healthy = chance.random() < 0.5
        yield question(
            chance.choice(actors),
            chance.choice(list(Action)),
            chance.choice(list(Purpose)),
            series,
            fields,
            chance.choice(list(Circumstance)),
            chance.choice([None, *Reason]),
            Flags() if healthy else chance.choice(flags),
        )


def likely(seed: int, count: int) -> Iterator[Request]:
    """Questions at the edge of what is allowed: a cell of the table, left whole or bent in one place.

    A draw over everything meets an allowed question once in hundreds; of these about half are.
    """
    chance = random.Random(seed)
    cells = [*STAFF_TABLE, *OTHERS_TABLE]
    flags = all_flags()
    for _ in range(count):
        request = _inside(chance, chance.choice(cells))
        yield _bent(chance, request, flags) if chance.random() < 0.6 else request


def _inside(chance: random.Random, cell: Cell) -> Request:
    who = chance.choice(sorted(cell.who))
    series = chance.choice(sorted(cell.reach))
    names = sorted(cell.reach[series])
    return question(
        _who(who),
        chance.choice(sorted(cell.actions)),
        cell.purpose,
        series,
        frozenset(chance.sample(names, chance.randint(1, len(names)))),
        chance.choice(sorted(cell.when)),
        cell.only_for or chance.choice([None, *Reason]),
        Flags(subjects=chance.choice([cell.count.start, cell.count[-1] if cell.count.stop < 100 else 900])),
    )


def _bent(chance: random.Random, request: Request, flags: list[Flags]) -> Request:
    """Return the request with one thing about it changed, or all its flags."""
    series, fields = chance.choice(field_sets())
    bends: list[dict[str, object]] = [
        {"action": chance.choice(list(Action))},
        {"purpose": chance.choice(list(Purpose))},
        {"circumstance": chance.choice(list(Circumstance))},
        {"reason": chance.choice([None, *Reason])},
        {"series": series},
        {"series": series, "fields": fields},
        {"fields": request.fields | {chance.choice(sorted(fields))}},
        {"actor": replace(request.actor, kind=chance.choice(list(ActorKind)))},
        {"actor": replace(request.actor, roles=request.actor.roles | {chance.choice(list(Role)).value})},
        {"actor": replace(request.actor, roles=frozenset({chance.choice(list(Role)).value}))},
        {"actor": replace(request.actor, roles=frozenset({chance.choice(list(MachineRole)).value}))},
        {"subjects": chance.choice([0, 1, 2, 3, 50, 51, 1000])},
    ]
    if chance.random() < 0.3:
        return with_flags(request, chance.choice(flags))
    return replace(request, **chance.choice(bends))  # type: ignore[arg-type]


def one_step_away() -> Iterator[Request]:
    """Every question one step from the middle of a cell of the table, each step there is, in order.

    Another actor, action, purpose, circumstance or reason; one field more; one flag otherwise.
    """
    for cell in (*STAFF_TABLE, *OTHERS_TABLE):
        for series, who, action in product(sorted(cell.reach), sorted(cell.who), sorted(cell.actions)):
            yield from _steps(_middle(cell, series, who, action))


def _middle(cell: Cell, series: str, who: str, action: Action) -> Request:
    return question(
        _who(who),
        action,
        cell.purpose,
        series,
        frozenset(cell.reach[series]) - EVERYTHING_ON or EVERYTHING_ON,
        # The first in the alphabet is a scanned card wherever a card may be scanned.
        min(cell.when),
        cell.only_for or (Reason.PHONE if cell.purpose is Purpose.OVERRIDE else None),
        Flags(subjects=cell.count.start),
    )


def _steps(middle: Request) -> Iterator[Request]:
    yield middle
    staff = middle.actor.kind is ActorKind.STAFF
    yield from (
        replace(middle, actor=actor, own_record=actor.kind is ActorKind.PATRON) for actor in principals()
    )
    yield from (replace(middle, action=action) for action in Action)
    yield from (replace(middle, purpose=purpose) for purpose in Purpose)
    for circumstance, reason in product(Circumstance, (middle.reason, Reason.PHONE)):
        yield replace(middle, circumstance=circumstance, reason=reason)
    yield from (replace(middle, reason=reason) for reason in (None, *Reason))
    for series, fields in field_sets():
        yield replace(middle, fields=middle.fields | fields if series == middle.series else fields)
    yield from (replace(middle, subjects=subjects) for subjects in (-1, 0, 1, 2, 3, 50, 51, 5000))
    yield replace(middle, fields=frozenset())
    yield replace(middle, own_record=not middle.own_record)
    yield replace(middle, own_staff_record=True)
    yield replace(middle, version_in_force="")
    yield replace(middle, actor=replace(middle.actor, active=False))
    yield replace(middle, actor=replace(middle.actor, signed_version=""), version_in_force="")
    if staff:
        yield replace(middle, actor=replace(middle.actor, signed_version=""))
        yield replace(middle, actor=replace(middle.actor, roles=middle.actor.roles | {"trustee"}))
