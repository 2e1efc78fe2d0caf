"""Short ways through a case, for tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from circumspect.offices.privacydesk import cases
from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.offices.privacydesk.machines import Ask, Field, Step
from circumspect.trust.policy.request import Actor, ActorKind

INTAKE = {
    "what": "paper",
    "came_at": "2026-11-23 10:00",
    "urgent": "no",
    "who": "Det. Kowalczyk, badge 4471083652",
}
SAID = {
    Ask.TEXT: "something",
    Ask.LONG: "something longer",
    Ask.DAY: "2026-12-01",
    Ask.MOMENT: "2026-11-23 10:05",
    Ask.YES_NO: "yes",
    Ask.MUST: "yes",
    Ask.INITIALS: "JK",
    Ask.HIDDEN: "",
}
_numbers = itertools.count(100)


def in_charge(role: str = "privacy_in_charge", number: str | None = None, **more: Any) -> Actor:
    """Somebody who may authorise, who has signed the version in force."""
    more.setdefault("signed_version", "2026-11")
    return Actor(ActorKind.STAFF, number or str(next(_numbers)), frozenset({str(role)}), **more)


def answer(field: Field) -> str:
    """What a well-behaved person writes into a field."""
    return field.choices[0][0] if field.ask is Ask.CHOICE else SAID[field.ask]


def filled(step: Step, **other: str) -> dict[str, str]:
    """A step's form, filled in."""
    return {each.name: answer(each) for each in step.fields} | other


def take_in(house: Any, actor: Any, **more: Any) -> int:
    return cases.take_in(house, actor, INTAKE, **more)


def sorted_as(house: Any, who: Any, clerk: Any, kind: str) -> int:
    """A case of a kind, as somebody in charge has sorted it."""
    case = take_in(house, clerk)
    cases.do(house, who, case, "sort", {"kind": kind})
    return case


def step(house: Any, who: Any, case: int, code: str, **other: str) -> cases.Seen:
    """Take a step with its form filled in."""
    kind = cases.open_case(house, who, case).standing.kind
    found = MACHINES[kind].step(code)
    assert found is not None, code
    return cases.do(house, who, case, code, filled(found, **other))


def states(values: Mapping[str, str]) -> str:
    return values.get("state", "")
