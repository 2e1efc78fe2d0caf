"""What is done in the background: links move in time, epochs end, what is over is let go."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)


@pytest.fixture
def lent(house: Any, clerk: Any) -> tuple[int, str]:
    """A patron who has one item out."""
    from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, TitleFacts
    from circumspect.records.catalog.usecases import put_branch, put_item_type, upsert_item, upsert_title
    from circumspect.records.circulation.lending import CheckedOut, check_out
    from circumspect.records.patrons.registration import Registration, register

    put_branch(BranchFacts("main", "Main"))
    put_item_type(ItemTypeFacts("book", "Book"))
    upsert_item(ItemFacts("31234000010015", upsert_title(TitleFacts("t:1", "A title")), "book", "main"))
    patron = register(house, clerk, Registration("Muster", card_number="21234000000018"))
    assert isinstance(check_out(house, clerk, patron, "31234000010015", branch="main"), CheckedOut)
    return patron, "31234000010015"


@pytest.mark.clause("TH-1.11")
def test_an_open_loan_outlives_its_epoch_and_a_dead_epoch_is_destroyed(
    house: Any, clerk: Any, clock: Any, lent: tuple[int, str]
) -> None:
    """The link moves a week before its key dies; then the old key goes, and the loan is still found."""
    from circumspect.faces.cli.tending import tend
    from circumspect.records.circulation.lending import count_out
    from circumspect.records.circulation.models import Loan
    from circumspect.trust.vault.models import EpochKey

    patron, _ = lent
    first = Loan.objects.get().epoch
    clock.now = _at_noon(EpochKey.objects.get(series="loans", epoch=first).dies_on - dt.timedelta(days=5))
    house.vault.forget_cached_keys()

    assert tend(house, sweep=False)["loans tied to a new epoch"] == 1

    clock.forward(days=6)
    house.vault.forget_cached_keys()
    done = tend(house, sweep=False)
    assert done["epochs ended"] >= 1
    assert Loan.objects.get().epoch != first
    assert EpochKey.objects.get(series="loans", epoch=first).wrapped is None
    assert count_out(house, patron) == 1


def test_links_of_a_dead_ledger_epoch_are_cut_and_the_ledger_still_verifies(
    house: Any, clock: Any, lent: tuple[int, str]
) -> None:
    from circumspect.faces.cli.tending import tend
    from circumspect.trust.ledger.models import EntryMark
    from circumspect.trust.vault.models import EpochKey

    assert EntryMark.objects.exclude(link=None).exists()
    tend(house, sweep=False)
    signed = house.ledger.latest_checkpoint()
    clock.now = _at_noon(EpochKey.objects.get(series="ledger", epoch=1).dies_on)
    house.vault.forget_cached_keys()

    done = tend(house, sweep=True)

    assert "epochs ended" in done
    assert not EntryMark.objects.filter(epoch=1).exclude(link=None).exists()
    assert house.ledger.latest_checkpoint().size >= signed.size
    assert house.ledger.consistency_proof(signed.size, house.ledger.latest_checkpoint().size) is not None


@pytest.mark.clause("TH-1.22")
def test_ended_notes_cards_and_sessions_are_let_go(
    house: Any, clerk: Any, clock: Any, lent: tuple[int, str]
) -> None:
    from django.contrib.sessions.models import Session

    from circumspect.faces.cli.tending import tend
    from circumspect.records.patrons.cards import issue_card
    from circumspect.records.patrons.models import Card, Note
    from circumspect.records.patrons.notes import add_note
    from circumspect.trust.policy.request import Circumstance

    patron, _ = lent
    scanned = {"circumstance": Circumstance.CARD_SCANNED}
    add_note(
        house,
        clerk,
        patron,
        kind="card",
        text="Come by",
        expires_on=house.today() + dt.timedelta(days=3),
        **scanned,
    )
    issue_card(house, clerk, patron, **scanned)
    Session.objects.create(
        session_key="old", session_data="", expire_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    )
    tend(house, sweep=False)
    assert (Note.objects.count(), Card.objects.count()) == (1, 2)

    clock.forward(days=32)
    tend(house, sweep=False)

    assert (Note.objects.count(), Card.objects.count(), Session.objects.count()) == (0, 1, 0)


def test_a_part_that_fails_does_not_keep_the_others_from_forgetting(
    house: Any,
    clock: Any,
    lent: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from circumspect.faces.cli import tending

    def broken(_house: object) -> int:
        raise RuntimeError("21234000000018 and other values")

    monkeypatch.setattr(tending, "_relink", broken)

    done = tending.tend(house, sweep=True)

    assert "loans tied to a new epoch" not in done
    assert done["ledger entries signed"] > 0
    from circumspect.logs import PlainFormatter

    lines = [PlainFormatter().format(record) for record in caplog.records]
    assert any("upkeep failed: loans tied to a new epoch" in line for line in lines)
    assert not any("21234000000018" in line for line in lines)


def test_the_first_round_finishes_a_forgetting_that_was_cut_short(house: Any, lent: tuple[int, str]) -> None:
    from circumspect.faces.cli.tending import tend
    from circumspect.records.patrons.models import Patron

    house.vault.destroy_subject(lent[0])

    assert tend(house, sweep=False).get("forgettings finished") is None
    assert tend(house, sweep=True)["forgettings finished"] == 1
    assert not Patron.objects.exists()


def _at_noon(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 18, 0, tzinfo=dt.UTC)
