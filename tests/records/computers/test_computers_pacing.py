"""Guessing at a public computer is slowed down, seat by seat, and whoever is right is not held up."""

from __future__ import annotations

import pytest
from computers_support import CARDS, DATABASES
from hypothesis import given
from hypothesis import strategies as st

from circumspect.records.computers import sitting
from circumspect.records.computers.pacing import FREE_MISTAKES, SECONDS_EACH, Pace
from circumspect.records.computers.rules import No, NotStarted


@given(st.lists(st.floats(0, 100), max_size=200))
def test_a_seat_is_wrong_no_more_often_than_its_pace_allows(pauses: list[float]) -> None:
    pace, now, tried = Pace(), 0.0, 0
    for pause in pauses:
        now += pause
        tried += pace.may_try(1, now)

    assert tried <= FREE_MISTAKES + now / SECONDS_EACH + 1e-6


def test_a_guesser_waits_and_a_neighbour_does_not() -> None:
    pace = Pace()
    assert all(pace.may_try(1, 0.0) for _ in range(10))

    assert not pace.may_try(1, 1.0)
    assert pace.may_try(2, 1.0)
    assert pace.may_try(1, SECONDS_EACH + 1)
    assert not pace.may_try(1, SECONDS_EACH + 2)


def test_whoever_is_right_is_never_held_up() -> None:
    pace = Pace()
    for _ in range(100):
        assert pace.may_try(1, 0.0)
        pace.was_right(1)


def test_a_clock_that_is_set_back_gives_nothing_away() -> None:
    pace = Pace()
    for _ in range(10):
        pace.may_try(1, 1000.0)
    assert not pace.may_try(1, 0.0)


@pytest.mark.clause("TH-1.23")
@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("how", ["unknown card", "no card at all", "card without a PIN", "lost card"])
def test_a_guess_at_nothing_does_the_work_of_a_wrong_pin(room, house, clerk, how) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from circumspect.records.patrons import cards
    from circumspect.records.patrons.models import Pin
    from circumspect.trust.policy.request import Circumstance

    def cost(card: str) -> tuple[int, int]:
        before = house.ledger.size()
        with CaptureQueriesContext(connection) as ran:
            assert sitting.sign_in_card(house, room.seats[0], card, "4072") == NotStarted(No.UNKNOWN)
        writes = sum(each["sql"].startswith("UPDATE") for each in ran)
        return house.ledger.size() - before, writes

    wrong = cost(CARDS[1])
    card = CARDS[0]
    if how == "unknown card":
        card = "21234000000042"
    elif how == "no card at all":
        card = ""
    elif how == "card without a PIN":
        Pin.objects.filter(patron_id=room.patrons[0]).delete()
    else:
        cards.report_lost(house, clerk, room.patrons[0], circumstance=Circumstance.CARD_SCANNED)

    assert cost(card) == wrong == (1, 1)
