"""Guarantee 11 in its short form: three months of looks, and whoever was curious among them."""

from __future__ import annotations

import pytest
from curiosity import HONEST_FLAGGED, RECALL, Outcome, Year, review, short

from circumspect.offices.review import detecting
from circumspect.offices.review.detecting import Why

pytestmark = pytest.mark.attack(11)


@pytest.fixture(scope="module")
def year() -> Year:
    return short()


@pytest.fixture(scope="module")
def outcome(year: Year) -> Outcome:
    return review(year)


@pytest.mark.clause("MP-7.15")
def test_nearly_everybody_curious_is_noticed_and_hardly_anybody_honest(outcome):
    assert outcome.looks >= 30_000
    assert outcome.recall_of_all >= RECALL, outcome.recall
    assert outcome.honest_flagged <= HONEST_FLAGGED, outcome.honest_by
    assert outcome.decoys == 1
    assert outcome.holds


@pytest.mark.clause("MP-7.15")
def test_every_kind_of_curiosity_on_the_list_was_planted_and_found(outcome):
    # Looking again and again is what the other kinds are done by, and a sample is drawn by lot.
    planted = set(Why) - {Why.SAMPLE, Why.REPEATED}

    assert set(outcome.recall) == planted
    assert min(outcome.recall.values()) >= 0.9


def test_a_review_that_sees_no_patterns_is_caught(year):
    """A broken twin: each look by itself, and none with the others."""
    found = review(year, together=lambda *_: {})

    assert not found.holds
    assert found.recall[Why.SLOW_BULK] < 0.2


def test_a_review_that_flags_whatever_has_no_act_behind_it_is_caught(year):
    """The other broken twin: it finds everybody, and makes nobody's work possible."""
    found = review(
        year,
        one=lambda look, known: frozenset({Why.OWN}) if look.is_idle else detecting.about_one(look, known),
    )

    assert found.recall_of_all == 1
    assert found.honest_flagged > HONEST_FLAGGED
    assert not found.holds


def test_a_review_that_knows_nobodys_card_is_caught(year):
    found = review(year, one=lambda look, known: detecting.about_one(look, _without_cards(known)))

    assert not found.holds
    assert found.recall[Why.COLLEAGUE] < 0.5


def _without_cards(known: detecting.Known) -> detecting.Known:
    return detecting.Known({}, known.traits, known.decoys, known.is_open, known.common)
