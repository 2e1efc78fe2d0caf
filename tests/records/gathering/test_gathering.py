"""What is read about one patron: all that was named, through the door, and nothing that was not."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Iterable
from typing import Any

import pytest
from gathering_support import OF_PATRONS, TITLES, everything, furnish

from circumspect import composition
from circumspect.records.gathering import Gathered, UnknownSeriesError, gather
from circumspect.records.holdings import Kept
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])

OWN: dict[str, Any] = {
    "action": Action.VIEW,
    "purpose": Purpose.OWN_RECORD,
    "circumstance": Circumstance.OWN_SIGN_IN,
}


def own(house: Any, patron: int, wanted: dict[str, set[str]], **more: Any) -> Gathered:
    actor = Actor(ActorKind.PATRON, str(patron))
    return gather(house, actor, patron, wanted, collectors=composition.collectors(), **OWN, **more)


def said(gathered: Gathered, series: str) -> dict[str, str]:
    return {held.field: held.value for held in gathered.held if held.series == series}


def test_every_series_of_patrons_has_a_collector():
    assert set(composition.collectors()) >= OF_PATRONS
    assert set(composition.collectors()) <= set(Fields.load().series)


@pytest.mark.clause("TH-2.2")
def test_all_that_is_kept_about_somebody_is_found(house: Any, ada: int):
    everything_held = own(house, ada, everything())

    assert said(everything_held, "registration")["family_name"] == "Zielińska"
    assert said(everything_held, "cards") == {"barcode": "21234000000018", "status": "active"}
    assert said(everything_held, "notes")["text"] == "waits outside"
    assert said(everything_held, "loans")["item"].startswith(TITLES[0])
    assert said(everything_held, "holds")["title"] == TITLES[1]
    assert said(everything_held, "ill")["citation"] == "Meir Ezofowicz"
    assert said(everything_held, "fees")["outstanding"] == "$2.50"
    assert said(everything_held, "computers")["state"] == "booked"
    assert said(everything_held, "notices")["kind"] == "overdue"
    assert {held.since for held in everything_held.held if held.series == "fees"} == {house.today()}


def test_one_commit_of_the_ledger_serves_the_whole_page(house: Any, ada: int):
    before = house.ledger.size()

    page = own(house, ada, everything())

    assert page.entries == tuple(range(before, before + len(everything())))
    assert house.ledger.size() == before + len(everything())


@pytest.mark.attack(9)
@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_returned_that_was_not_asked_for(house: Any, lead: Any, ada: int, seed: int):
    """Random wishes; another patron has the same of everything."""
    draw = random.Random(seed)
    other = furnish(house, lead, "21234000000026", "Okoye")
    theirs = {held.value for held in own(house, other, everything("registration", "cards")).held}
    for _ in range(5):
        wanted = {
            series: set(draw.sample(sorted(fields), draw.randint(0, len(fields))))
            for series, fields in everything().items()
            if draw.random() < 0.6
        }

        found = own(house, ada, wanted)

        assert all(held.field in wanted[held.series] for held in found.held)
        assert not {"Okoye", "21234000000026"} & theirs.intersection(held.value for held in found.held)


def test_collector_that_offers_too_much_is_not_listened_to(house: Any, ada: int):
    """The broken twin: a collector that offers every field there is."""

    def talkative(_house: Any, _patron: int, _fields: Collection[str]) -> Iterable[Kept]:
        yield Kept({"kind": "pickup", "text": "more than was asked", "secret": "and this"})

    actor = Actor(ActorKind.PATRON, str(ada))
    found = gather(house, actor, ada, {"notes": {"kind"}}, collectors={"notes": talkative}, **OWN)

    assert [(held.field, held.value) for held in found.held] == [("kind", "pickup")]


def test_days_leave_out_what_lies_outside_and_count_what_keeps_no_day(house: Any, ada: int):
    today = house.today()
    wanted = everything("loans", "fees")

    inside = own(house, ada, wanted, days={"fees": (today, today), "loans": (None, today)})
    outside = own(house, ada, wanted, days={"fees": (None, today - dt.timedelta(days=1))})

    assert {held.series for held in inside.held} == {"fees"}
    assert inside.undated == {"loans": 1}
    assert {held.series for held in outside.held} == {"loans"}


def test_one_refusal_opens_nothing_at_all(house: Any, clerk: Any, ada: int):
    before = house.ledger.size()

    with pytest.raises(Refused):
        gather(house, clerk, ada, everything(), collectors=composition.collectors(), **OWN)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert bodies
    assert all(b'"outcome":"allowed"' not in body for body in map(_raw, bodies))


def _raw(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).replace(" ", "").replace("'", '"').encode()


def test_series_that_nobody_collects_is_an_error_that_names_it(house: Any, ada: int):
    with pytest.raises(UnknownSeriesError, match="pins"):
        own(house, ada, {"pins": {"hash"}})


def test_what_was_gathered_prints_as_nothing(house: Any, ada: int):
    found = own(house, ada, everything())

    assert "Zielińska" not in repr(found)
    assert "Zielińska" not in repr(found.held)
