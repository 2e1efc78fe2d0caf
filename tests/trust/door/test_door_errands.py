"""One errand, one entry: a rule may use what was opened until the opening ends, and not a moment or a change longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from circumspect.records.patrons.upkeep import erase
from circumspect.trust.door.door import OPENING_SECONDS
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Action, Circumstance, Purpose
from circumspect.trust.vault.errors import NoGrantError

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def use(house, clerk):
    """Let a rule read a patron's standing."""

    def use(patron, actor=clerk, circumstance=Circumstance.CARD_SCANNED):
        return house.door.ask_to_use(
            actor,
            purpose=Purpose.CIRCULATE,
            series="registration",
            subject=patron,
            fields={"standing"},
            circumstance=circumstance,
        )

    return use


@pytest.fixture
def permit(house, clerk):
    """Ask whether an item may be taken back."""

    def permit(actor=clerk):
        return house.door.permit(
            actor,
            action=Action.CHANGE,
            purpose=Purpose.CIRCULATE,
            series="loans",
            fields={"item"},
            circumstance=Circumstance.ITEM_SCANNED,
        )

    return permit


@pytest.mark.clause("MP-4.5", "MP-7.15")
def test_the_ledger_does_not_count_what_somebody_takes_home(house, use, ada):
    before = house.ledger.size()

    openings = [use(ada) for _ in range(7)]

    assert house.ledger.size() == before + 1
    assert {opening.ledger_index for opening in openings} == {before}


def test_what_came_back_when_is_not_in_the_ledger(house, permit):
    before = house.ledger.size()

    for _ in range(5):
        assert permit().allowed

    assert house.ledger.size() == before + 1


def test_another_patron_clerk_or_circumstance_is_another_errand(house, use, clerk, ada, ben):
    before = house.ledger.size()

    use(ada)
    use(ben)
    use(ada, actor=replace(clerk, id="77"))
    use(ada, circumstance=Circumstance.ITEM_SCANNED)

    assert house.ledger.size() == before + 4


def test_an_errand_ends_after_ten_minutes(house, use, permit, ada, clock):
    use(ada), permit()
    before = house.ledger.size()

    clock.forward(seconds=OPENING_SECONDS)
    use(ada), permit()

    assert house.ledger.size() == before + 2


def test_a_clock_set_back_does_not_make_an_errand_longer(house, use, ada, clock):
    use(ada)
    before = house.ledger.size()

    clock.forward(hours=-3)
    use(ada)

    assert house.ledger.size() == before + 1


def test_the_second_opening_ends_with_the_first(use, ada, clock):
    first = use(ada)
    clock.forward(seconds=OPENING_SECONDS - 1)
    second = use(ada)

    clock.forward(seconds=1)

    for opening in (first, second):
        with pytest.raises(NoGrantError, match="ended"):
            opening.read(a_sealed_standing(ada))


@pytest.mark.clause("MP-7.16", "MP-5.1")
@pytest.mark.parametrize("change", ["role", "switched off", "version"])
def test_what_changes_in_the_middle_of_an_errand_counts_at_once(
    house, use, permit, clerk, ada, version, change
):
    use(ada), permit()
    changed = {
        "role": replace(clerk, roles=frozenset({"trustee"})),
        "switched off": replace(clerk, active=False),
    }
    actor = changed.get(change, clerk)
    if change == "version":
        version[0] = "2027-01"

    for act in (lambda: use(ada, actor=actor), lambda: permit(actor)):
        before = house.ledger.size()
        with pytest.raises(Refused):
            act()
        assert house.ledger.size() == before + 1


@pytest.mark.clause("TH-1.8")
def test_a_patron_forgotten_in_the_middle_of_an_errand_is_not_used_again(house, use, ada):
    use(ada)

    erase(house, ada)

    with pytest.raises(Refused) as refusal:
        use(ada)
    assert refusal.value.decision.rules == ("no-such-record",)


def test_an_errand_does_not_outlive_the_key_store(house, use, ada, monkeypatch):
    use(ada)
    monkeypatch.setattr(house.vault.store, "subject_key", lambda _subject: 1 / 0)

    with pytest.raises(DoorClosed):
        use(ada)


def test_a_look_is_entered_every_time(house, clerk, ada):
    """Only use by a rule is one errand. Whatever is shown to a person is written down each time."""
    before = house.ledger.size()

    for _ in range(3):
        house.door.ask(
            clerk,
            action=Action.VIEW,
            purpose=Purpose.SERVE,
            series="registration",
            subjects=[ada],
            fields={"given_name"},
            circumstance=Circumstance.CARD_SCANNED,
        )

    assert house.ledger.size() == before + 3


def a_sealed_standing(patron):
    from circumspect.records.patrons.registration import sealed_fields

    return sealed_fields([patron], ["standing"])[patron][1]["standing"]
