"""Who signed what is let go of when somebody has been gone for the schedule's time, and never while they work here."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from circumspect import composition
from circumspect.offices.retention.models import Disposal
from circumspect.offices.staff import accounts, leaving
from circumspect.offices.staff.models import Orientation, PolicyVersion, SignOff, StaffMember

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
YEARS = dt.timedelta(days=1096)


@pytest.fixture
def signed(house: Any, clock: Any) -> dict[str, StaffMember]:
    """Three who signed seven years ago: one works here, one left then, one left and came back."""
    long_ago = clock.now - dt.timedelta(days=2557)
    version = PolicyVersion.objects.create(
        number="2019-01",
        policy_hash="0" * 64,
        text="x",
        requires_signature=True,
        in_force_from=long_ago,
        adopted_on=long_ago,
    )
    people = {
        name: StaffMember.objects.create(username=name, display_name=name, roles=["desk"])
        for name in ("works", "left", "back")
    }
    for member in people.values():
        SignOff.objects.create(
            member=member, version=version, discussed_with=people["left"], signed_at=long_ago
        )
        Orientation.objects.create(member=member, version=version, read_at=long_ago)
    for name in ("left", "back"):
        accounts.disable(people[name])
        StaffMember.objects.filter(username=name).update(left_on=house.today() - YEARS)
    accounts.enable(people["back"])
    return people


def kept() -> list[str]:
    return sorted(SignOff.objects.values_list("member__username", flat=True))


@pytest.mark.clause("TH-1.5", "TH-1.8", "MP-7.16")
def test_they_wait_for_a_certificate_and_then_go_of_whoever_has_left_alone(house, clock, signed):
    composition.carry_out_disposals(house)
    proposal = Disposal.objects.get(series="sign-offs")
    assert (proposal.volume, proposal.last_day) == (2, house.today() - YEARS)
    assert kept() == ["back", "left", "works"]

    assert leaving.dispose(house, proposal.last_day) == 2

    assert kept() == ["back", "works"]
    assert StaffMember.objects.filter(username="left").exists(), "the ledger names it"
    assert leaving.due(house) is None


@pytest.mark.parametrize("days", [-1, 0])
def test_the_time_runs_from_the_day_they_left_to_its_last_day(house, signed, days):
    StaffMember.objects.filter(username="left").update(
        left_on=house.today() - YEARS - dt.timedelta(days=days)
    )

    assert (leaving.due(house) is None) is (days < 0)


def test_whoever_left_before_the_day_was_kept_is_counted_from_now_on(house, clock, signed):
    StaffMember.objects.filter(username="left").update(left_on=None)
    assert leaving.due(house) is None

    clock.forward(days=1096)
    assert leaving.due(house) is not None


def test_a_twin_that_goes_by_the_signature_alone_is_caught(house, signed, monkeypatch):
    monkeypatch.setattr(
        leaving,
        "_left",
        lambda house: dict.fromkeys(StaffMember.objects.values_list("pk", flat=True), house.today()),
    )
    assert leaving.due(house)[0] == 6, "it would propose those who work here as well"
    leaving.dispose(house, house.today())
    assert kept() == ["back", "works"], "and the account that is open is looked at once more"
