"""A page of records asked for by links: whose they are is said to those who may know, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from circumspect.records.patrons.registration import Registration, read, register_many
from circumspect.trust.door.door import Part
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.vault import Link

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
JOB = Actor(ActorKind.JOB, "notify")
EMAIL = Part(
    Action.USE, Purpose.NOTIFY, "registration", (), frozenset({"email", "language", "notice_titles"})
)
DUE = Part(Action.USE, Purpose.NOTIFY, "loans", (), frozenset({"due_at"}))


@pytest.fixture
def people(house: Any) -> list[int]:
    given = [Registration(family_name=name, email=f"{name}@x.example") for name in ("Ada", "Ben", "Cyd")]
    return [
        patron
        for patron in register_many(house, Actor(ActorKind.JOB, "import"), given)
        if isinstance(patron, int)
    ]


def ask(house: Any, links: list[Link], parts: list[Part], actor: Actor = JOB) -> Any:
    return house.door.ask_all_by_links(
        actor, parts, circumstance=Circumstance.SCHEDULED, links=links, link_series="loans"
    )


def test_a_page_is_opened_under_one_entry_for_each_question(house, people):
    links = [house.vault.link("loans", patron) for patron in people]
    before = house.ledger.size()

    whose, openings = ask(house, [*links, links[0]], [EMAIL, DUE])

    assert whose == [*people, people[0]]
    assert {record["email"] for record in read(openings[0], people, ["email"])} == {
        "Ada@x.example",
        "Ben@x.example",
        "Cyd@x.example",
    }
    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(body["series"], body["subjects"], body["outcome"]) for body in bodies] == [
        ("registration", 3, "allowed"),
        ("loans", 3, "allowed"),
    ]
    assert len(house.ledger.marks(before)) == 3


@pytest.mark.clause("MP-3.1", "TH-1.8")
def test_whoever_may_not_ask_learns_of_nobody_and_is_written_down(house, people):
    links = [house.vault.link("loans", patron) for patron in people]
    before = house.ledger.size()

    with pytest.raises(Refused):
        ask(house, links, [EMAIL, DUE], Actor(ActorKind.TERMINAL, "kiosk"))

    entries = house.ledger.entries(before, house.ledger.size())
    assert {entry.body["outcome"] for entry in entries} == {"refused"}
    assert all(house.ledger.marks(entry.index) == [] for entry in entries)


def test_one_question_of_two_refused_opens_neither(house, people):
    links = [house.vault.link("loans", people[0])]
    too_much = Part(Action.USE, Purpose.NOTIFY, "registration", (), frozenset({"birth_date"}))

    with pytest.raises(Refused):
        ask(house, links, [EMAIL, too_much])


def test_who_is_forgotten_or_whose_link_is_bad_is_left_out(house, people):
    links = [house.vault.link("loans", patron) for patron in people]
    house.vault.destroy_subject(people[0])
    torn = Link(links[1].epoch, links[1].token, bytes(len(links[1].back)))
    other = Link(99, links[2].token, links[2].back)

    whose, openings = ask(house, [links[0], torn, other, links[2]], [EMAIL])

    assert whose == [None, None, None, people[2]]
    assert openings[0].subjects == (people[2],)
    assert ask(house, [links[0]], [EMAIL]) == ([None], [])


def test_without_the_key_store_the_door_is_closed(house, people, monkeypatch):
    links = [house.vault.link("loans", people[0])]

    def away(_subjects: Any) -> Any:
        raise OSError

    monkeypatch.setattr(house.vault, "subjects_with_keys", away)

    with pytest.raises(DoorClosed):
        ask(house, links, [EMAIL])
