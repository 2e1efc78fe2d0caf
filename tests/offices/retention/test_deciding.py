"""Decisions about the schedule: recorded, within bounds, and counted at once by everything that reads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from circumspect.offices.retention import deciding
from circumspect.offices.retention.deciding import NotYoursError, RetentionFieldError, Wish
from circumspect.offices.retention.models import ScheduleDecision
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.schedule import PeriodDecision, Schedule
from circumspect.trust.vault.models import EpochKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
WISH = Wish("fees", 45, "24-117C", "12", "The board's decision of 4 November")


@pytest.fixture
def director(clerk: Any) -> Any:
    return replace(clerk, roles=frozenset({"executive_director"}))


@pytest.mark.clause("TH-1.5", "TH-1.3")
def test_a_decision_is_the_rule_at_once_and_says_who_when_and_why(house, director):
    """The next look at the schedule has the new period; the program's own is still what the policy's hash covers."""
    before = house.policy.hash

    deciding.decide(house, director, WISH)

    rule = house.schedule().item("fees")
    assert (rule.days, rule.application, rule.item) == (45, "24-117C", "12")
    assert rule.decided_on == dt.date(2026, 11, 23)
    kept = deciding.history("fees")[0]
    assert (kept.decided_by, kept.why) == (director.id, WISH.why)
    assert house.policy.hash == before
    assert Policy.from_bundle(house.policy.bundle()).schedule.item("fees").days == 90


def test_an_evenings_decision_has_the_day_of_the_library_and_not_the_next_one(house, director, clock):
    clock.now = dt.datetime(2026, 11, 24, 1, 30, tzinfo=dt.UTC)

    deciding.decide(house, director, WISH)

    assert house.schedule().item("fees").decided_on == dt.date(2026, 11, 23)
    assert deciding.decided_on(house, deciding.history("fees")[0]) == dt.date(2026, 11, 23)


def test_the_newest_decision_counts_and_the_older_ones_stay_on_record(house, director):
    deciding.decide(house, director, WISH)
    deciding.decide(house, director, replace(WISH, days=120, why="Audit asked for longer"))

    assert house.schedule().item("fees").days == 120
    assert [each.days for each in deciding.history("fees")] == [120, 45]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days": 29}, "days"),
        ({"days": 366}, "days"),
        ({"series": "loans", "days": 1}, "days"),  # returned means forgotten: no choice
        ({"series": "moon"}, "series"),
        ({"why": "  "}, "why"),
        ({"why": "x" * 401}, "why"),
        ({"item": ""}, "item"),
        ({"application": "a\x00b"}, "application"),
    ],
)
def test_a_decision_outside_what_is_lawful_or_without_its_ground_changes_nothing(
    house, director, wrong, field
):
    with pytest.raises(RetentionFieldError) as refused:
        deciding.decide(house, director, replace(WISH, **wrong))

    assert refused.value.field == field
    assert not ScheduleDecision.objects.exists()


@pytest.mark.parametrize("role", ["desk", "circulation_lead", "system", "trustee", "finance"])
def test_nobody_but_directors_and_the_privacy_in_charge_decides(house, clerk, role):
    with pytest.raises(NotYoursError):
        deciding.decide(house, replace(clerk, roles=frozenset({role})), WISH)

    assert house.schedule().item("fees").days == 90


def test_a_closed_account_decides_nothing(house, director):
    with pytest.raises(NotYoursError):
        deciding.decide(house, replace(director, active=False), WISH)


def test_a_stored_period_beyond_the_bounds_of_today_is_taken_to_the_bound():
    """A later program may allow less than an earlier one did: then less is kept."""
    built = Schedule.load()
    told = PeriodDecision("fees", 4000, "", "", dt.date(2026, 1, 1))

    assert built.in_force([told]).item("fees").days == 365
    assert built.in_force([replace(told, series="gone")]).items == built.items


@pytest.mark.clause("TH-1.8")
def test_a_shorter_life_of_the_ledgers_links_reaches_the_keys_that_are_there(house, clerk, director, clock):
    """What was promised for 180 days and is decided to be 90 ends after 90, old epochs too, a week's grace given."""
    register(house, clerk, Registration("Zielińska", "Ada"))
    epoch = EpochKey.objects.get(series="ledger")
    assert (epoch.dies_on - epoch.ends_on).days == 181
    clock.forward(days=28 + 120)
    register(house, clerk, Registration("Okoye", "Ben"))

    deciding.decide(house, director, replace(WISH, series="ledger", days=90))

    old, new = EpochKey.objects.filter(series="ledger").order_by("epoch")
    assert old.dies_on == house.today() + dt.timedelta(days=deciding.GRACE_DAYS)
    assert (new.dies_on - new.ends_on).days == 91


def test_a_longer_life_wakes_nothing_that_is_over(house, clerk, director, clock):
    register(house, clerk, Registration("Zielińska", "Ada"))
    over = EpochKey.objects.get(series="ledger").dies_on
    clock.forward(days=28 + 181)

    deciding.decide(house, director, replace(WISH, series="ledger", days=365))

    assert EpochKey.objects.get(series="ledger", epoch=1).dies_on == over
    assert house.vault.links("ledger", 1) == {}
