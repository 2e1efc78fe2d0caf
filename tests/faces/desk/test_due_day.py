"""Another due day than the rule's: for whoever has that right, for what is scanned now, and for nobody after that."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, AtDesk, ledger_bodies

from circumspect.records.circulation.lending import zone_of
from circumspect.records.circulation.models import Loan
from circumspect.records.circulation.rulebook import put_terms
from circumspect.records.circulation.rules import LoanTerms
from circumspect.trust.policy.request import Reason

pytestmark = pytest.mark.django_db(databases=DATABASES)
WHY = Reason.PHONE.value


@pytest.fixture
def day(library):
    """Some forty days ahead."""
    return library.today() + dt.timedelta(days=40)


def _set(window, day, **more):
    return window.does("/due-day/", form="due", due_on=str(day), reason=WHY, **more)


def _due_days(library):
    return {
        barcode: dt.datetime.fromtimestamp(due, zone_of(library)).date()
        for barcode, due in Loan.objects.values_list("item__barcode", "due_at")
    }


def test_a_lead_sets_a_due_day_and_it_counts_for_each_item_until_it_is_cleared(library, lead_desk, day):
    lead_desk.scan(ADA_CARD)
    _set(lead_desk, day)
    assert "Due day set: " in lead_desk.text

    lead_desk.scan(ITEMS[0])
    lead_desk.does("/", scan=ITEMS[1], part=True)
    assert "Due day set: " in lead_desk.text
    lead_desk.does("/due-day/", clear="yes")
    assert "The due day is the rule's again." in lead_desk.said()
    assert "Due day set: " not in lead_desk.text
    lead_desk.scan(ITEMS[2])

    due = _due_days(library)
    assert due[ITEMS[0]] == due[ITEMS[1]] == day
    assert due[ITEMS[2]] != day


def test_each_such_loan_is_entered_with_its_reason(library, lead_desk, day):
    lead_desk.scan(ADA_CARD)
    _set(lead_desk, day)
    before = len(ledger_bodies(library))

    lead_desk.scan(ITEMS[0])

    entered = [
        (body["action"], body["series"], body["reason"])
        for body in ledger_bodies(library)[before:]
        if body["purpose"] == "override a block"
    ]
    assert entered == [("use", "registration", WHY), ("change", "loans", WHY)]


@pytest.mark.parametrize("leave", ["next", "another card"])
def test_the_next_patron_has_no_such_day(library, lead_desk, day, leave):
    lead_desk.scan(ADA_CARD)
    _set(lead_desk, day)
    if leave == "next":
        lead_desk.does("/next/")
        assert "Due day set: " not in lead_desk.text
        lead_desk.scan(ADA_CARD)
    else:
        lead_desk.scan(BEN_CARD)
        lead_desk.scan(ADA_CARD)

    lead_desk.scan(ITEMS[0])

    assert "Due day set: " not in lead_desk.text
    assert day not in _due_days(library).values()


def test_a_due_day_passes_over_nothing_else(library, lead_desk, day):
    put_terms([LoanTerms("", "", "", period=21, renewals=2, max_items=50, lendable=False)])
    lead_desk.scan(ADA_CARD)
    _set(lead_desk, day)

    lead_desk.scan(ITEMS[0])
    assert "Not checked out." in lead_desk.said()
    assert not Loan.objects.exists()

    lead_desk.does("/override/", act="check-out", item=ITEMS[0], reason=WHY)
    assert _due_days(library) == {ITEMS[0]: day}


def test_renewing_goes_by_the_rule(library, lead_desk, day):
    lead_desk.scan(ADA_CARD)
    lead_desk.scan(ITEMS[0])
    _set(lead_desk, day)

    lead_desk.does("/renew/", item=ITEMS[0])

    assert _due_days(library)[ITEMS[0]] != day


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"due_on": "soon"}, "Choose a day, such as 2027-06-05"),
        ({"due_on": ""}, "Choose a day, such as 2027-06-05"),
        ({"due_on": "2001-01-01"}, "Choose a day from today on, two years ahead at most"),
        ({"due_on": "9999-12-31"}, "Choose a day from today on, two years ahead at most"),
        ({"reason": "because"}, "Choose the reason for another due day"),
    ],
)
def test_a_day_that_cannot_be_meant_comes_back_with_what_was_typed(lead_desk, day, typed, said):
    lead_desk.scan(ADA_CARD)
    fields = {"form": "due", "due_on": str(day), "reason": WHY, **typed}

    lead_desk.does("/due-day/", **fields)

    assert said in lead_desk.text
    assert f'name="due_on" required value="{fields["due_on"]}"' in lead_desk.html
    assert "Due day set: " not in lead_desk.text


def test_a_clerk_is_not_offered_it_and_does_not_get_it(library, desk, day):
    desk.scan(ADA_CARD)
    assert "/due-day/" not in desk.html

    response = _set(desk, day)
    assert response.status_code == 403
    assert "Another due day is set by a circulation lead." in desk.said()
    desk.scan(ITEMS[0])

    assert day not in _due_days(library).values()


def test_a_day_that_passed_while_the_page_was_open_lends_nothing(library, clock):
    clock.forward(hours=13, minutes=59)  # a minute to midnight
    window = AtDesk()
    window.sign_in("lead")
    window.scan(ADA_CARD)
    _set(window, library.today())
    clock.forward(minutes=2)

    window.scan(ITEMS[0])

    assert "The due day that was set has passed. Clear it." in window.said()
    assert not Loan.objects.exists()


# claims beyond the limit


def test_a_claim_beyond_the_limit_is_taken_by_a_lead_with_a_reason(library, lead_desk):
    library.home.config["circulation"] = {"claims": 1}
    lead_desk.scan(ADA_CARD)
    for barcode in ITEMS[:2]:
        lead_desk.scan(barcode)
    lead_desk.does("/loans/claimed/", item=ITEMS[0])

    lead_desk.does("/loans/claimed/", item=ITEMS[1])
    assert "Nothing was changed." in lead_desk.said()
    assert "Note it all the same" in lead_desk.said()
    lead_desk.does("/loans/claimed/", item=ITEMS[1], act="claim", reason=WHY)

    assert "Claims of this kind that are open now: 2." in lead_desk.said()
    assert set(Loan.objects.values_list("state", flat=True)) == {"claimed"}
    assert ("change", WHY) in [
        (body["action"], body["reason"])
        for body in ledger_bodies(library)
        if body["purpose"] == "override a block"
    ]


def test_a_clerk_is_not_offered_a_further_claim(library, desk):
    library.home.config["circulation"] = {"claims": 1}
    desk.scan(ADA_CARD)
    for barcode in ITEMS[:2]:
        desk.scan(barcode)
    desk.does("/loans/claimed/", item=ITEMS[0])

    desk.does("/loans/claimed/", item=ITEMS[1], act="claim", reason=WHY)

    assert "Nothing was changed." in desk.said()
    assert "all the same" not in desk.said()
    assert sorted(Loan.objects.values_list("state", flat=True)) == ["claimed", "out"]
