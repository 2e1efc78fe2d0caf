"""A library with branches, titles and computers, and two patrons with cards and PINs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from portal_support import ADA_CARD, ADA_PIN, BEN_CARD, BEN_PIN, TITLES, Home, item_code


@pytest.fixture(autouse=True)
def light_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes and locks with a small memory, no waiting, and tries counted for each test alone."""
    from argon2 import PasswordHasher

    from circumspect.faces.portal import pacing, signing
    from circumspect.faces.portal.views import entry
    from circumspect.records.patrons import cards
    from circumspect.trust.vault import ownbox

    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(cards, "_HASHER", hasher)
    monkeypatch.setattr(cards, "_THROW_AWAY", hasher.hash("0000"))
    monkeypatch.setattr(ownbox, "MEMORY_KIB", 64)
    monkeypatch.setattr(ownbox, "PASSES", 1)
    monkeypatch.setattr(signing, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(entry, "PACE", pacing.Pace())


@pytest.fixture
def library(house: Any, clerk: Any) -> Iterator[Any]:
    """Two branches, five titles, a computer, a rule, Ada and Ben; the public's pages are served from it."""
    from circumspect.faces.public.house import served_by
    from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, TitleFacts
    from circumspect.records.catalog.usecases import put_branch, put_item_type, upsert_item, upsert_title
    from circumspect.records.circulation.rulebook import RULE_BOOK, put_terms
    from circumspect.records.circulation.rules import LoanTerms
    from circumspect.records.computers import places
    from circumspect.records.patrons import cards
    from circumspect.records.patrons.registration import Registration, register
    from circumspect.trust.policy.request import Circumstance

    week = (*[(("09:00", "20:00"),)] * 7,)
    put_branch(BranchFacts("main", "Main Library", "100 Depot Street", hours=week))
    put_branch(BranchFacts("east", "East Branch", "2 Levee Road", hours=week))
    put_item_type(ItemTypeFacts("book", "Book"))
    for at, title in enumerate(TITLES):
        key = upsert_title(TitleFacts(f"t:{at}", title, author="Somebody", year=1888))
        upsert_item(ItemFacts(item_code(at), key, "book", "main", call_number=f"FIC {at}"))
    places.put_area("adult", "Adult computers", "main", session_minutes=60)
    places.add_seat("Main 01", "adult")
    put_terms([LoanTerms("", "", "", period=21, renewals=1, max_items=20)])
    RULE_BOOK.forget()
    people = (("Zielińska", "Ada", ADA_CARD, ADA_PIN), ("Okoye", "Ben", BEN_CARD, BEN_PIN))
    for family, given, card, pin in people:
        patron = register(
            house,
            clerk,
            Registration(
                family,
                given,
                street="12 Bluestem Lane",
                city="Prairie Bend",
                postcode="62191",
                phone="217-555-0142",
                email=f"{given.lower()}@example.org",
                birth_date=dt.date(1984, 3, 9),
                language="en",
                notice_channel="email",
                notice_titles="no",
                home_branch="main",
                card_number=card,
                expires_on=house.today() + dt.timedelta(days=20),
                address_checked_on=house.today() - dt.timedelta(days=100),
            ),
        )
        cards.set_pin(house, clerk, patron, pin, circumstance=Circumstance.CARD_SCANNED)
    with served_by(house):
        yield house


@pytest.fixture
def ada_id(library: Any) -> int:
    """Ada's number."""
    from circumspect.records.patrons import cards

    found = cards.find_card(library, ADA_CARD)
    assert found is not None
    return found.patron


@pytest.fixture
def ben_id(library: Any) -> int:
    """Ben's number."""
    from circumspect.records.patrons import cards

    found = cards.find_card(library, BEN_CARD)
    assert found is not None
    return found.patron


@pytest.fixture
def ada(library: Any) -> Home:
    """Ada, signed in at home."""
    home = Home()
    home.sign_in(ADA_CARD, ADA_PIN)
    return home


@pytest.fixture
def ben(library: Any) -> Home:
    """Ben, signed in at home."""
    home = Home()
    home.sign_in(BEN_CARD, BEN_PIN)
    return home
