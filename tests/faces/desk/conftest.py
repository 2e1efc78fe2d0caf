"""A small library with staff who have signed the policy, patrons and forty items, and a window on its desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from desk_support import ADA_CARD, BEN_CARD, GOOD_PASSWORD, ITEMS, KID_CARD, AtDesk

from designated import designate


@pytest.fixture(autouse=True)
def light_argon2(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real hasher with a small memory: nothing here is about its strength."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    from circumspect.offices.staff import passwords

    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)
    passwords._decoy.cache_clear()
    yield
    passwords._decoy.cache_clear()


@pytest.fixture(autouse=True)
def unhurried_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries at the page at the door are counted for each test alone: others of this process have used theirs up."""
    from circumspect.faces.desk import joining
    from circumspect.faces.desk.views import upkeep

    monkeypatch.setattr(upkeep, "THROTTLE", joining.Throttle())


@pytest.fixture
def library(house: Any) -> Any:
    """The house with a policy in force, staff, shelves and three patrons; the desk serves it."""
    from circumspect.faces.desk.house import served_by
    from circumspect.offices.staff import policy_text, signoff
    from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, TitleFacts
    from circumspect.records.catalog.usecases import put_branch, put_item_type, upsert_items, upsert_titles
    from circumspect.records.patrons.registration import Registration, register

    moment = house.clock() - dt.timedelta(days=1)
    signoff.publish(
        "2026-11",
        policy_hash=house.policy.hash,
        text=policy_text.text(),
        requires_signature=True,
        in_force_from=moment,
    )
    put_branch(BranchFacts("main", "Main Library"))
    put_branch(BranchFacts("east", "East Branch"))
    put_item_type(ItemTypeFacts("book", "Book"))
    put_item_type(ItemTypeFacts("reference", "Reference", lendable=False))
    # All at once: one by one they cost more than most of the tests.
    titles = upsert_titles(
        [
            TitleFacts(
                f"t:{at}",
                TITLES[at % len(TITLES)] + ("" if at < len(TITLES) else f" {at}"),
                author="Orzeszkowa, Eliza",
                year=1888,
            )
            for at in range(len(ITEMS))
        ]
    ).ids
    upsert_items(
        [
            ItemFacts(code, titles[f"t:{at}"], "book", "east" if at == 9 else "main", call_number="FIC ORZ")
            for at, code in enumerate(ITEMS)
        ]
    )
    add_staff(house, "rosa", "Rosa Ibáñez", ["desk"])
    add_staff(house, "lead", "Guadalupe Sandoval", ["circulation_lead", "desk"])
    actor = signoff.actor_for(member("rosa"), now=house.clock())
    register(
        house,
        actor,
        Registration(
            "Zielińska",
            "Ada",
            street="12 Bluestem Lane",
            city="Prairie Bend",
            postcode="62191",
            phone="217-555-0142",
            email="ada@example.org",
            birth_date=dt.date(1984, 3, 9),
            language="pl",
            card_number=ADA_CARD,
        ),
    )
    register(
        house,
        actor,
        Registration(
            "Zielony",
            "Ben",
            street="7 Old Grain Road",
            city="Larkspur Grove",
            phone="309-555-0170",
            birth_date=dt.date(1951, 1, 2),
            card_number=BEN_CARD,
            expires_on=dt.date(2026, 11, 1),
        ),
    )
    register(
        house,
        actor,
        Registration(
            "Zając",
            "Kasia",
            category="resident_juvenile",
            birth_date=dt.date(2017, 5, 5),
            card_number=KID_CARD,
            adult_name="Agnieszka Zając",
            adult_contact="217-555-0199",
        ),
    )
    with served_by(house):
        yield house


TITLES = [
    "Nad Niemnem", "The House on Mango Street", "Pride and Prejudice", "Frankenstein", "Beloved", "Lalka",
    "One Hundred Years of Solitude", "The Left Hand of Darkness", "Their Eyes Were Watching God", "Middlemarch",
]  # fmt: skip


def add_staff(house: Any, username: str, name: str, roles: list[str], *, signs: bool = True) -> Any:
    """A member with the good password, who has signed unless told otherwise."""
    from circumspect.offices.staff import accounts, signoff

    added = accounts.add_member(username, name, roles, GOOD_PASSWORD).member
    designate(added, now=house.clock())
    if signs:
        signoff.sign(added, signoff.version_in_force(house.clock()), now=house.clock())
    return added


def member(username: str) -> Any:
    from circumspect.offices.staff import accounts

    return accounts.find_member(username)


@pytest.fixture
def staff_of(library: Any) -> Callable[..., Any]:
    """Make further members."""
    return lambda username, roles, **more: add_staff(library, username, username.title(), roles, **more)


@pytest.fixture
def desk(library: Any) -> AtDesk:
    """A window at which Rosa, a clerk, has signed in."""
    window = AtDesk()
    window.sign_in()
    return window


@pytest.fixture
def lead_desk(library: Any) -> AtDesk:
    """A window at which the circulation lead has signed in."""
    window = AtDesk()
    window.sign_in("lead")
    return window
