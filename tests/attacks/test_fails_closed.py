"""Guarantee 4, short form: any error, gap or unknown word means refused.

The long form is ``python -m tests.attacks.fails_closed --full``.
"""

from __future__ import annotations

import dataclasses
from itertools import islice

import pytest
from fails_closed import (
    BlindEngine,
    Flags,
    engine_of,
    gained_by_engine,
    gained_by_policy,
    likely,
    unknown_words,
    with_flags,
)

from circumspect.trust.policy.engine import Engine, Verdict
from circumspect.trust.policy.policy import Policy, ask_context
from circumspect.trust.policy.request import Request

pytestmark = pytest.mark.attack(4)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load()


@pytest.fixture(scope="module")
def engine(policy: Policy) -> Engine:
    return engine_of(policy)


def questions(policy: Policy, count: int) -> list[Request]:
    known = (request for request in likely(6, count * 2) if request.series in policy.fields.series)
    return list(islice(known, count))


@pytest.mark.clause("MP-3.1")
def test_no_part_removed_added_or_retyped_gains_an_allow(policy: Policy, engine: Engine) -> None:
    """The schema is asked every time: what is not a whole question has no answer but no."""
    asked, gained = gained_by_engine(engine, policy, questions(policy, 40))

    assert asked > 7_000
    assert gained == 0


@pytest.mark.clause("MP-3.1")
def test_no_part_of_a_request_of_another_type_gains_an_allow(policy: Policy) -> None:
    """Not one of these raises either: whoever asks gets a refusal that names a clause."""
    asked, gained = gained_by_policy(policy, questions(policy, 40))

    assert asked > 4_000
    assert gained == 0


def test_an_engine_that_ignores_diagnostics_is_convicted(policy: Policy) -> None:
    """The broken twin skips a forbid it cannot evaluate, and this attack sees it."""
    unsigned = [with_flags(each, Flags(signed="")) for each in questions(policy, 15)]

    _, gained = gained_by_engine(BlindEngine(policy), policy, unsigned)

    assert gained > 0


def test_a_policy_that_trusts_the_engine_blindly_is_convicted(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy that neither checks its input nor its engine's diagnostics allows nonsense."""
    twin = Policy.from_bundle(policy.bundle())
    monkeypatch.setattr(twin, "_engine", BlindEngine(policy))
    monkeypatch.setattr("circumspect.trust.policy.policy.is_well_formed", lambda request: True)

    _, gained = gained_by_policy(twin, questions(policy, 15))

    assert gained > 0


def test_unknown_principals_actions_and_series_are_refused(policy: Policy, engine: Engine) -> None:
    """A word the schema does not have is not a question."""
    for request in questions(policy, 40):
        context = context_of(policy, request)
        for principal, action, series in unknown_words(request):
            assert not engine.ask(principal=principal, action=action, series=series, context=context).allowed


def context_of(policy: Policy, request: Request) -> dict[str, object]:
    return ask_context(request, policy.fields.switched_off(policy.fields_on)[request.series])


class Failing:
    """An engine that cannot be reached."""

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def ask(self, **_: str) -> Verdict:
        raise self.problem


class Panic(BaseException):
    """What a crash inside the engine's own language looks like from here."""


@pytest.mark.parametrize("problem", [RuntimeError("no"), MemoryError(), RecursionError(), Panic()])
def test_an_engine_that_fails_refuses(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, problem: BaseException
) -> None:
    """Whatever goes wrong inside, the caller gets a refusal in words."""
    twin = Policy.from_bundle(policy.bundle())
    allowed = next(each for each in questions(policy, 50) if policy.decide(each).allowed)
    monkeypatch.setattr(twin, "_engine", Failing(problem))

    decision = twin.decide(allowed)

    assert not decision.allowed
    assert decision.clauses == ("MP-3.1",)
    assert decision.explanation
    assert decision.remedy


def test_a_failure_is_not_remembered(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the engine is back, the same question is answered: a stale refusal would be a fault of its own."""
    twin = Policy.from_bundle(policy.bundle())
    allowed = next(each for each in questions(policy, 50) if policy.decide(each).allowed)
    with monkeypatch.context() as broken:
        broken.setattr(twin, "_engine", Failing(RuntimeError("no")))
        refused = twin.decide(allowed)

    assert not refused.allowed
    assert twin.decide(allowed).allowed


def test_an_end_of_the_program_is_not_swallowed(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the program; it does not become an answer."""
    twin = Policy.from_bundle(policy.bundle())
    monkeypatch.setattr(twin, "_engine", Failing(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        twin.decide(questions(policy, 1)[0])


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(allowed=True, rules=frozenset(), fault=False),
        Verdict(allowed=True, rules=frozenset({"serve-see-patron", "not-a-rule"}), fault=False),
        Verdict(allowed=True, rules=frozenset({"own-card"}), fault=False),
        Verdict(allowed=True, rules=frozenset({"serve-see-patron"}), fault=True),
        Verdict(allowed=False, rules=frozenset({"serve-see-patron"}), fault=False),
    ],
)
def test_a_verdict_that_contradicts_itself_is_refused(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    """An allow needs a permit that we know, and nothing else beside it."""

    class Odd:
        def ask(self, **_: str) -> Verdict:
            return verdict

    twin = Policy.from_bundle(policy.bundle())
    monkeypatch.setattr(twin, "_engine", Odd())

    decision = twin.decide(questions(policy, 1)[0])

    assert not decision.allowed
    assert decision.clauses


def test_a_decision_cannot_be_changed_by_who_gets_it(policy: Policy) -> None:
    """Answers are remembered and shared, so nobody may write in them."""
    decision = policy.decide(questions(policy, 1)[0])

    with pytest.raises(dataclasses.FrozenInstanceError):
        decision.allowed = True  # type: ignore[misc]
