"""Doctor and the state of the promises say what is wrong with those who may disclose, and with the review of looks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from circumspect.faces.cli import doctor
from circumspect.offices.review import promises as reviewing
from circumspect.offices.review import running
from circumspect.offices.review.models import Flagged
from circumspect.offices.staff import accounts, appointing, designations, duty, signoff, training
from circumspect.offices.staff import promises as staff
from circumspect.offices.staff.appointing import Wish
from circumspect.records.catalog.facts import BranchFacts
from circumspect.records.catalog.usecases import put_branch

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

PASSWORD = "nine-herons-over-the-weir"
HOURS = ((("09:00", "17:00"),), (), (), (), (), (), ())  # Mondays


@pytest.fixture
def told(house: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the doctor says of a part, at the house's own time."""
    monkeypatch.setattr(doctor, "utc_now", clock)
    return lambda check: [(each.grade, each.text) for each in check(house.home)]


@pytest.mark.clause("MP-7.1", "MP-7.3", "MP-7.13")
def test_a_term_near_its_end_uncovered_hours_and_a_lapsed_training_are_told_until_they_are_made_good(
    house: Any, clock: Any, told: Any
):
    signoff.publish("v1", house.policy.hash, "# v1", requires_signature=True, in_force_from=clock())
    director = accounts.add_member("dora", "Dora", ["executive_director"], PASSWORD).member
    signoff.sign(director, signoff.version_in_force(clock()), now=clock())
    put_branch(BranchFacts("main", "Main Library", "", HOURS))
    today = house.today()
    pia = accounts.add_member("pia", "Pia", ["desk"], PASSWORD).member
    appointing.designate(
        director, pia, Wish("privacy_in_charge", today, today + dt.timedelta(days=20), 1), now=clock()
    )
    duty.put_shift(pia, 0, dt.time(9), dt.time(12, 30))
    first = designations.topics()[0]

    found = told(doctor._people)

    assert {grade for grade, _ in found} == {doctor.WEAK}
    assert [text.partition(":")[0] for _, text in found] == [
        "designations end within a month",
        "nobody designated is on duty",
        "no work e-mail and no telephone, so that an urgent request does not reach them",
        "overdue",
    ]
    assert f"Pia on {today + dt.timedelta(days=20)}" in found[0][1]
    assert f"Main Library, {today}, 12:30-17:00" in found[1][1]
    assert found[2][1].endswith("Pia; Dora")
    assert f"Dora: Be trained: {first}" in found[3][1], "who is no designee by title but may authorise"
    assert "Sign" not in found[3][1], "who has not signed is told of among the staff"
    promise = staff.designated_are_ready(house)
    assert not promise.kept
    assert promise.instead

    appointing.designate(
        director, pia, Wish("privacy_in_charge", today + dt.timedelta(days=21), today + dt.timedelta(days=300), 1),
        now=clock(),
    )  # fmt: skip
    duty.put_shift(pia, 0, dt.time(12, 30), dt.time(17))
    for member in (pia, director):
        for topic in designations.topics():
            training.record(director, member, topic, today, renew_by=today + dt.timedelta(days=365))
    accounts.set_work_phone(pia, house.vault.secrets, "555-0134")
    accounts.set_work_email(director, house.vault.secrets, "dora@library.example")
    assert [text.partition(":")[0] for _, text in told(doctor._people)] == []
    assert staff.designated_are_ready(house).kept


@pytest.mark.clause("MP-7.15")
def test_looks_that_nobody_reviews_or_looks_into_are_told(house: Any, clock: Any, told: Any):
    house.door.beat()
    assert told(doctor._review) == []
    clock.forward(days=3)
    [(grade, text)] = told(doctor._review)
    assert (grade, "have not been gone through" in text) == (doctor.WRONG, True)
    assert not reviewing.looks_are_looked_into(house).kept

    running.review(house)
    assert told(doctor._review) == []
    Flagged.objects.create(
        index=0, at=0, actor="staff:7", purpose="serve", fields=[], circumstance="", why=["own"],
        noted_at=clock(),
    )  # fmt: skip
    assert reviewing.looks_are_looked_into(house).kept
    clock.forward(days=15)
    [(grade, text)] = told(doctor._review)
    assert (grade, text[:7]) == (doctor.WEAK, "1 looks")
    assert "14 days" in reviewing.looks_are_looked_into(house).said

    Flagged.objects.update(outcome="explained")
    assert told(doctor._review) == []
