"""A question is put to fewer rules than there are, and nobody can tell from the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from question_matrix import draw, likely

from circumspect.trust.policy import engine as engine_room
from circumspect.trust.policy.data import own_text
from circumspect.trust.policy.engine import PRINCIPALS, Engine, Head
from circumspect.trust.policy.policy import RULES, Policy, ask_context
from circumspect.trust.policy.request import Request
from circumspect.trust.policy.rules import rules_text

SEED = 20261128


@pytest.fixture(scope="module")
def texts() -> str:
    return rules_text({name: text for name, text in Policy.load().bundle().items() if name.startswith(RULES)})


@pytest.fixture(scope="module")
def questions() -> list[Request]:
    asked = [*draw(SEED, 500), *likely(SEED, 1_500)]
    known = Policy.load().fields.series
    return [each for each in asked if each.series in known]


def whole(texts: str) -> Engine:
    """An engine that puts every question to every rule."""
    made = Engine(texts, own_text("schema.cedarschema"))
    everything = dict.fromkeys(made._heads, Head(None, None, None, None))
    made._heads.update(everything)
    return made


def verdicts(engine: Engine, questions: Iterable[Request]) -> list[object]:
    return [
        engine.ask(
            principal=PRINCIPALS[each.actor.kind],
            action=each.action,
            series=each.series,
            context=ask_context(each, frozenset()),
        )
        for each in questions
    ]


@pytest.mark.clause("MP-3.1")
def test_setting_rules_aside_changes_no_answer(texts: str, questions: list[Request]) -> None:
    engine = Engine(texts, own_text("schema.cedarschema"))

    assert verdicts(engine, questions) == verdicts(whole(texts), questions)


def test_most_rules_are_set_aside(texts: str) -> None:
    """Else there would be nothing to compare."""
    engine = Engine(texts, own_text("schema.cedarschema"))

    asked = [
        name
        for name, head in engine._heads.items()
        if head.could_speak("Staff", "view", "registration", "serve at the desk")
    ]

    assert 8 < len(asked) < len(engine._heads) / 4


@pytest.mark.parametrize("part", ["principal", "actions", "series", "purposes"])
def test_a_head_that_is_read_wrongly_is_noticed(texts: str, questions: list[Request], part: str) -> None:
    """The broken twins: a rule is set aside for something it does not say."""
    engine = Engine(texts, own_text("schema.cedarschema"))
    wrong = {
        "principal": "Job",
        "actions": frozenset({"export"}),
        "series": "pins",
        "purposes": frozenset({"forget"}),
    }
    engine._heads.update({name: replace(head, **{part: wrong[part]}) for name, head in engine._heads.items()})

    assert verdicts(engine, questions) != verdicts(whole(texts), questions)


def test_what_may_fail_before_the_purpose_is_asked_all_the_same() -> None:
    """A sum that overflows is a fault, and a fault is a refusal: such a rule is never set aside."""
    rule = """@id("adds")
    permit (principal, action, resource)
    when { context.subjects + 1 > 0 && context.purpose == "forget" };"""
    engine = Engine(rule, own_text("schema.cedarschema"))

    assert all(head.purposes is None for head in engine._heads.values())


def test_a_purpose_in_an_unless_or_on_one_side_of_an_or_sets_nothing_aside() -> None:
    rules = """@id("unless") forbid (principal, action, resource) unless { context.purpose == "forget" };
    @id("or") permit (principal, action, resource) when { context.active || context.purpose == "forget" };
    @id("not") permit (principal, action, resource) when { !(context.purpose == "forget") };"""
    engine = Engine(rules, own_text("schema.cedarschema"))

    assert [head.purposes for head in engine._heads.values()] == [None, None, None]
    assert engine_room.head_of(next(iter(engine._rules.values()))).principal is None
