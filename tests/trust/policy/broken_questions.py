"""Questions with a part missing, added, or of another type: none of them may be allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Protocol

from circumspect.trust.policy.engine import PRINCIPALS, Verdict
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.policy import Policy, ask_context
from circumspect.trust.policy.request import Actor, Purpose, Request

# What may stand where something else should. Each is tried in place of each part.
IMPOSTORS: tuple[object, ...] = (
    None, True, False, 0, 1, 1.0, -1.5, 2**70, "", "desk", "true", "1", [], ["desk"], [1], [None], {}, {"a": 1},
    {"__entity": {"type": "Staff", "id": "1"}}, {"__extn": {"fn": "ip", "arg": "::1"}},
)  # fmt: skip


class Asks(Protocol):
    """An engine, or a broken twin of one."""

    def ask(self, *, principal: str, action: str, series: str, context: Mapping[str, object]) -> Verdict: ...


def broken_contexts(context: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the context with each part missing, of each other type, and with a part too many."""
    for name, value in context.items():
        yield {key: each for key, each in context.items() if key != name}
        for impostor in IMPOSTORS:
            if not _same_type(value, impostor):
                yield {**context, name: impostor}
    yield {**context, "emergency": True}


def _same_type(value: object, other: object) -> bool:
    if isinstance(value, list) and isinstance(other, list):
        return all(isinstance(each, str) for each in other)
    if isinstance(value, str):
        return isinstance(other, str)
    # Whole numbers too large for the engine are of another type for it.
    return type(value) is type(other) and not (isinstance(other, int) and abs(other) > 2**63)


def gained_by_engine(engine: Asks, policy: Policy, requests: Iterable[Request]) -> tuple[int, int]:
    """Return how many broken questions were asked, and how many of them were allowed."""
    switched_off = Fields.read(policy.bundle()["fields.toml"]).switched_off(policy.fields_on)
    asked = gained = 0
    for request in requests:
        principal, context = (
            PRINCIPALS[request.actor.kind],
            ask_context(request, switched_off[request.series]),
        )
        for broken in broken_contexts(context):
            verdict = engine.ask(
                principal=principal, action=request.action, series=request.series, context=broken
            )
            asked += 1
            gained += verdict.allowed
    return asked, gained


class Sly(str):
    """A text that is not quite a text."""


def broken_requests(request: Request) -> Iterator[object]:
    """Yield the request with each part replaced by what is not of its type or not on its list."""
    for each in fields(Request):
        for impostor in (*IMPOSTORS, frozenset({1}), Sly("view"), object(), {"given_name"}, Purpose.SERVE):
            if not _fits(request, each.name, impostor):
                yield replace(request, **{each.name: impostor})
    for each in fields(Actor):
        for impostor in (
            *IMPOSTORS,
            frozenset({"root"}),
            frozenset({b"desk"}),
            {"desk"},
            Sly("staff"),
            object(),
        ):
            if not _fits(request.actor, each.name, impostor):
                yield replace(request, actor=replace(request.actor, **{each.name: impostor}))
    yield from (None, "allow", request.actor, {}, True)


def _fits(owner: object, name: str, impostor: object) -> bool:
    """Say whether the impostor would in truth be a proper value there."""
    value = getattr(owner, name)
    if name == "reason":
        return impostor is None
    if name == "id":
        return isinstance(impostor, str)
    return type(value) is type(impostor) and name not in ("roles", "fields")


def gained_by_policy(policy: Policy, requests: Iterable[Request]) -> tuple[int, int]:
    """Return how many broken requests were decided, and how many of them were allowed."""
    asked = gained = 0
    for request in requests:
        for broken in broken_requests(request):
            decision = policy.decide(broken)  # type: ignore[arg-type]
            asked += 1
            gained += decision.allowed or not decision.clauses
    return asked, gained


def unknown_words(request: Request) -> Iterator[tuple[str, str, str]]:
    """Yield principal, action and series with one of them unknown to the schema."""
    principal, action, series = PRINCIPALS[request.actor.kind], str(request.action), request.series
    yield from ((name, action, series) for name in ("", "Root", "staff", "Staff::"))
    yield from ((principal, name, series) for name in ("", "VIEW", "view ", "any"))
    yield from ((principal, action, name) for name in ("", "Registration", "fines", "registration "))
