"""The engine and an independent table give the same answers, and broken twins are noticed."""

from __future__ import annotations

import random

import pytest
from differences import agrees, compare
from question_matrix import EVERYTHING_ON, core, draw, likely, one_step_away
from twins import with_text, without_rule

from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import Decision, Purpose, Request

SEED = 20261122
ENOUGH_FOR_ONE_RULE = 6
PART_OF_THE_EDGE = 12_000


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load()


@pytest.fixture(scope="module")
def switched_on() -> Policy:
    return Policy.load(EVERYTHING_ON)


@pytest.fixture(scope="module")
def edge() -> list[Request]:
    """Questions one step from the middle of a cell, as many as there is time for; the long form asks all."""
    requests = list(dict.fromkeys(one_step_away()))
    random.Random(SEED).shuffle(requests)
    return requests[:PART_OF_THE_EDGE]


@pytest.fixture(scope="module")
def answers(policy: Policy, edge: list[Request]) -> list[tuple[Request, Decision]]:
    """The engine's answer to each of them."""
    return [(request, policy.decide(request)) for request in edge]


@pytest.fixture(scope="module")
def decisive(
    policy: Policy, switched_on: Policy, answers: list[tuple[Request, Decision]]
) -> dict[str, tuple[Policy, list[Request]]]:
    """For each rule, questions that it alone decides, and by which switches."""
    found: dict[str, tuple[Policy, list[Request]]] = {}
    also = [(request, switched_on.decide(request)) for request in likely(SEED + 1, 2_000)]
    for one, answered in ((policy, answers), (switched_on, also)):
        for request, decision in answered:
            if len(decision.rules) == 1:
                whose, requests = found.setdefault(decision.rules[0], (one, []))
                if whose is one and len(requests) < ENOUGH_FOR_ONE_RULE:
                    requests.append(request)
    return found


@pytest.mark.clause("MP-3.1", "MP-5.2")
def test_engine_and_table_agree_at_random_over_everything(policy: Policy) -> None:
    """A draw over all words and all flags, most of which no rule speaks to."""
    count = compare(policy, draw(SEED, 3_000))

    assert count.asked == 3_000
    assert count.different == []


def test_engine_and_table_agree_at_the_edge_of_what_is_allowed(
    answers: list[tuple[Request, Decision]],
) -> None:
    """Questions one step from the middle of what each role may do."""
    different = [request for request, decision in answers if not agrees(decision, request, frozenset())]

    assert sum(decision.allowed for _, decision in answers) > 600
    assert sum(not decision.allowed for _, decision in answers) > 5_000
    assert different == []


def test_engine_and_table_agree_some_steps_away(policy: Policy) -> None:
    """Parts of what is allowed, whole or with one thing bent."""
    count = compare(policy, likely(SEED, 2_000))

    assert count.allowed > 800
    assert count.different == []


def test_engine_and_table_agree_with_every_field_switched_on(switched_on: Policy) -> None:
    """Switching the optional fields on opens exactly what the table says."""
    count = compare(switched_on, likely(SEED + 1, 2_000))

    assert count.allowed > 800
    assert count.different == []


def test_the_matrix_holds_more_than_a_million_questions() -> None:
    """The long form covers what it says; counted here by one part in 512."""
    assert sum(1 for _ in core(3, 512)) * 512 > 1_000_000


def test_every_rule_decides_something_alone(
    policy: Policy, decisive: dict[str, tuple[Policy, list[Request]]]
) -> None:
    """No rule is dead: each has a question that no other rule answers."""
    assert set(policy.rules) - set(decisive) == set()


def test_cutting_out_any_rule_is_noticed(decisive: dict[str, tuple[Policy, list[Request]]]) -> None:
    """The broken twin for each rule, forbids above all, differs from the table."""
    unnoticed = [
        rule
        for rule, (policy, requests) in decisive.items()
        if not compare(without_rule(policy, rule), requests).different
    ]

    assert unnoticed == []


@pytest.mark.parametrize(
    ("purpose", "right", "wrong"),
    [
        (Purpose.FIND, "containsAll(context.fields)", "containsAny(context.fields)"),
        (Purpose.SERVE, "unless { context.active }", "when { false }"),
        (Purpose.SERVE, 'context.version_in_force == "" ||', ""),
        (Purpose.FIND, "context.subjects > 50", "context.subjects > 5000"),
        (Purpose.OWN_RECORD, "context.own_record && context.subjects == 1", "context.subjects == 1"),
        (Purpose.SERVE, '"email", "balance", "language"]', '"email", "balance", "language", "birth_date"]'),
        (Purpose.SERVE, '"desk", "circulation_lead"', '"desk", "circulation_lead", "communications"'),
        (Purpose.IMPORT, "permit (principal is Job,", "permit (principal,"),
    ],
)
def test_a_slip_of_the_pen_in_a_rule_is_noticed(
    policy: Policy, purpose: Purpose, right: str, wrong: str
) -> None:
    """Mistakes somebody might make while editing: each gives answers the table does not."""
    twin = with_text(policy, right, wrong)

    near = (request for request in one_step_away() if request.purpose is purpose)
    assert any(not agrees(twin.decide(request), request, frozenset()) for request in near)
