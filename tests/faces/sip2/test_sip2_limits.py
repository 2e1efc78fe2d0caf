"""Guessing is slowed down; whoever is right is never turned away."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from circumspect.faces.sip2.limits import (
    BEAT_SECONDS,
    FREE_MISTAKES,
    MOST_KEPT,
    SECONDS_EACH,
    Mistakes,
    on_the_beat,
)


def test_the_first_mistakes_are_free_and_then_each_check_waits_its_turn():
    mistakes = Mistakes()
    for _ in range(int(FREE_MISTAKES)):
        assert mistakes.wait("one", 0.0) == 0.0
        mistakes.was_wrong("one", 0.0)

    assert [mistakes.wait("one", 0.0) for _ in range(3)] == [0.0, SECONDS_EACH, 2 * SECONDS_EACH]
    assert mistakes.wait("another", 0.0) == 0.0


def test_mistakes_are_forgiven_with_time():
    mistakes = Mistakes()
    for _ in range(100):
        mistakes.was_wrong("one", 0.0)

    assert mistakes.wait("one", 0.0) == 0.0  # the first turn is free
    assert mistakes.wait("one", 1.0) > 0.0
    assert mistakes.wait("one", 100.0) == 0.0


def test_however_many_make_mistakes_memory_stays_flat():
    mistakes = Mistakes()
    for number in range(3 * MOST_KEPT):
        mistakes.was_wrong(f"address:{number}", 0.0)

    assert len(mistakes._kept) <= MOST_KEPT


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 5), min_size=40, max_size=120))
def test_a_guesser_gets_no_more_checks_than_are_due(steps):
    """However they time it, and however many connections they use: thirty, and one every two seconds."""
    mistakes, now, checks = Mistakes(), 0.0, []
    for step in steps:
        now += step
        at = now + mistakes.wait("one", now)
        checks.append(at)
        mistakes.was_wrong("one", now)

    span = max(checks)
    assert len(checks) <= 2 * FREE_MISTAKES + 2 + span / SECONDS_EACH * 2


@given(st.floats(0, 10))
def test_an_answer_goes_out_on_the_beat(spent):
    at = spent + on_the_beat(spent)

    assert abs(at / BEAT_SECONDS - round(at / BEAT_SECONDS)) < 1e-6
    assert at >= max(spent, BEAT_SECONDS) - 1e-9
