"""Being forgotten on request: everything goes, everywhere, or what stays is said."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.db import connection, transaction
from pypdf import PdfReader
from retention_support import a_row, rows_of

from circumspect.offices.retention import erasing
from circumspect.offices.retention.certificates import erasure_certificate
from circumspect.offices.retention.erasing import Ending, erase_on_request
from circumspect.offices.retention.models import Evidence
from circumspect.records.circulation import forgetting
from circumspect.records.circulation.models import Loan
from circumspect.records.fees import charging, deposits
from circumspect.records.fees.models import FeeLine
from circumspect.records.fees.rules import FeeKind
from circumspect.records.holds.models import Hold
from circumspect.records.ill import asking
from circumspect.records.ill.models import IllRequest
from circumspect.records.patrons import finding, reducing
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.reading import open_records, sealed_fields
from circumspect.trust.door.errors import Refused
from circumspect.trust.ledger.models import EntryMark
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Purpose

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
OPEN = Circumstance.OPEN_TRANSACTION


@pytest.fixture
def clear(house: Any, ada: int) -> int:
    """Somebody who owes nothing: the rows that tie_rows made as fees are settled."""
    FeeLine.objects.update(state="settled", settled_on=house.today(), outstanding=0)
    return ada


def owe(house: Any, patron: int, cents: int = 1250) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        charging.charge(
            house,
            cursor,
            patron,
            FeeKind.OVERDUE,
            cents,
            branch="main",
            item_id=None,
            today=house.today(),
        )


@pytest.mark.clause("TH-1.8", "TH-1.10")
def test_whoever_asks_is_forgotten_in_every_room(house, lead, clear, known):
    """No row under any link, no row that belongs to the record, no key, no index entry; another patron loses nothing."""
    ben = known("Okoye", "21234000000026")
    bens = rows_of(house, ben, house.vault.every_link(ben))
    links = house.vault.every_link(clear)
    assert len(rows_of(house, clear, links)) >= 9

    outcome = erase_on_request(house, lead, clear)

    assert outcome.ending is Ending.FORGOTTEN
    assert rows_of(house, clear, links) == {}
    assert house.vault.subjects_with_keys([clear]) == set()
    assert finding.find_contact(house.vault, "ada@example.org", 9) == [ben]
    assert finding.find_card(house.vault, "21234000000018") is None
    assert rows_of(house, ben, house.vault.every_link(ben)) == bens


def test_interlibrary_requests_go_too(house, lead, clear):
    """They were once kept by a forgetting that could not see them."""
    assert IllRequest.objects.count() == 1

    assert erase_on_request(house, lead, clear).removed["ill"] == 1
    assert not IllRequest.objects.exists()


@pytest.mark.clause("MP-7.15")
def test_the_ledger_verifies_and_no_longer_says_who(house, lead, clear):
    """Every entry stays, under the same root; the marks of whoever is gone are empty."""
    epochs = house.vault.links("ledger", clear)
    before = house.ledger.checkpoint()
    assert EntryMark.objects.filter(link__in=list(epochs.values())).exists()

    erase_on_request(house, lead, clear)

    assert not EntryMark.objects.filter(link__in=list(epochs.values())).exists()
    after = house.ledger.checkpoint()
    assert after.size > before.size
    assert house.ledger.consistency_proof(before.size, after.size) is not None


@pytest.mark.clause("TH-1.10", "TH-1.20")
def test_whoever_owes_is_kept_to_name_contact_and_amount(house, lead, clear, clock):
    """The least that collects the debt stays, and is said; it goes with the first sweep after the debt does."""
    owe(house, clear)

    outcome = erase_on_request(house, lead, clear)

    assert (outcome.ending, outcome.owed_cents) == (Ending.REDUCED, 1250)
    assert outcome.stays == ("name", "address, telephone and e-mail", "the amount owed and what it is for")
    kept = sealed_fields([clear], reducing.READ + reducing.LOST)[clear][1]
    assert set(kept) <= reducing.KEPT
    assert set(rows_of(house, clear, house.vault.every_link(clear))) <= {
        "patrons.Patron",
        "patrons.NameIndex",
        "patrons.ContactIndex",
        "fees.FeeLine",
        "ledger.EntryMark",
    }
    assert finding.find_name(house.vault, "Zielinska", 9) == [clear]
    assert forgetting.forget_lapsed(house) == 0

    FeeLine.objects.update(state="settled", settled_on=house.today(), outstanding=0)
    assert forgetting.forget_lapsed(house) == 1
    assert not Patron.objects.exists()


def test_what_is_out_has_to_come_back_first(house, lead, clear):
    link = house.vault.link("loans", clear)
    a_row(Loan, epoch=link.epoch, link=link.token, back=link.back)
    links = house.vault.every_link(clear)
    before = rows_of(house, clear, links)

    outcome = erase_on_request(house, lead, clear)

    assert (outcome.ending, outcome.out, outcome.is_done) == (Ending.THINGS_OUT, 1, False)
    assert {**rows_of(house, clear, links), "ledger.EntryMark": 0} == {**before, "ledger.EntryMark": 0}


def test_money_on_the_card_is_paid_out_first(house, lead, clear):
    sealed = house.vault.seal(clear, "registration", clear, "balance", deposits.balance_text(350))
    Patron.objects.filter(id=clear).update(sealed_balance=sealed)

    outcome = erase_on_request(house, lead, clear)

    assert (outcome.ending, outcome.left_cents) == (Ending.MONEY_LEFT, 350)
    assert Patron.objects.filter(id=clear).exists()


def test_a_patron_forgets_their_own_record_and_nobody_elses(house, clear, known):
    ben = known("Okoye", "21234000000026")
    FeeLine.objects.update(state="settled", settled_on=house.today(), outstanding=0)
    own = Actor(ActorKind.PATRON, str(clear))

    with pytest.raises(Refused):
        erase_on_request(house, own, ben)
    assert Patron.objects.filter(id=ben).exists()

    assert erase_on_request(house, own, clear).is_done
    assert set(Patron.objects.values_list("id", flat=True)) == {ben}


@pytest.mark.parametrize("role", ["desk", "reference", "finance", "system", "executive_director"])
def test_other_staff_forget_nobody(house, lead, clear, role):
    with pytest.raises(Refused):
        erase_on_request(house, replace(lead, roles=frozenset({role})), clear)

    assert house.vault.subjects_with_keys([clear]) == {clear}


def test_a_second_try_is_told_what_a_stranger_is_told(house, lead, clear):
    erase_on_request(house, lead, clear)

    with pytest.raises(Refused):
        erase_on_request(house, lead, clear)


@pytest.mark.attack(7)
def test_from_the_first_commit_on_nothing_is_readable(house, lead, clear, monkeypatch):
    """The power goes after the key and before the rows: what lies there is noise, and the sweep clears it away."""

    def power_cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(erasing, "remove", power_cut)
        with pytest.raises(KeyboardInterrupt):
            erase_on_request(house, lead, clear)

    assert Patron.objects.filter(id=clear).exists()
    with pytest.raises(Refused):
        open_records(house, lead, [clear], ["family_name"], purpose=Purpose.SERVE, circumstance=OPEN)
    assert erasing.finish(house) == 1
    assert rows_of(house, clear, house.vault.every_link(clear)) == {}


@pytest.mark.attack(7)
def test_a_forgetting_that_leaves_a_room_out_is_noticed(house, lead, clear, monkeypatch):
    """The broken twin: were one table left out, the count of what is still there would say which."""
    monkeypatch.setattr(
        erasing, "linked_tables", lambda: [("fees", "fees.FeeLine"), ("registration", "patrons.NoticeWord")]
    )
    links = house.vault.every_link(clear)

    erase_on_request(house, lead, clear)

    assert set(rows_of(house, clear, links)) == {"computers.Booking", "notices.Notice"}


def test_the_certificate_says_what_was_done_and_whom_to_ask_and_no_name(house, lead, clear):
    outcome = erase_on_request(house, lead, clear)
    page = erasure_certificate(outcome, "Prairie Bend Public Library", "en")

    text = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(BytesIO(page)).pages).split())
    assert "Prairie Bend Public Library" in text
    assert outcome.number in text
    assert "30 days" in text
    assert "Ziel" not in text
    assert Evidence.objects.get(what="forgotten on request").count == 1


@pytest.mark.parametrize("language", ["en", "es", "pl"])
def test_the_certificate_of_an_account_that_owes_says_what_stays(house, lead, clear, language):
    owe(house, clear)
    outcome = erase_on_request(house, lead, clear)

    assert erasure_certificate(outcome, "Library", language).startswith(b"%PDF")


def test_the_sweep_of_lapsed_registrations_leaves_no_room_out_either(house, known):
    """Nobody asked: the rule ended it. A request to another library ties the record; what else hangs on links goes."""
    long_over = known(expires_on=dt.date(2025, 10, 1))
    FeeLine.objects.update(state="settled", settled_on=house.today(), outstanding=0)
    Hold.objects.all().delete()
    links = house.vault.every_link(long_over)

    def forget() -> int:
        return forgetting.forget_lapsed(house, also=[asking.waits], rows=[erasing.remove_linked])

    assert forget() == 0
    IllRequest.objects.all().delete()
    assert forget() == 1
    assert rows_of(house, long_over, links) == {}
