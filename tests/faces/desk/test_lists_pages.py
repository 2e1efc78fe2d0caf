"""Lists at the desk: items without anybody on them, and patrons only by a button, through the door."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, AtDesk, ledger_bodies, patron_of

from circumspect.offices.staff import accounts, signoff
from circumspect.records.catalog.models import Item, ItemType
from circumspect.records.circulation import ladders, lending, returning
from circumspect.records.circulation.models import Loan
from circumspect.records.fees.models import FeeLine
from circumspect.records.patrons.registration import Registration, register

pytestmark = pytest.mark.django_db(databases=DATABASES)
NAMES = ("Zieli", "217-555-0142", ADA_CARD)


@pytest.fixture
def rosa(library):
    return signoff.actor_for(accounts.find_member("rosa"), now=library.clock())


@pytest.fixture
def lent(library, rosa):
    """Three items out to Ada."""
    for item in ITEMS[:3]:
        answer = lending.check_out(library, rosa, patron_of(library, ADA_CARD), item, branch="main")
        assert isinstance(answer, lending.CheckedOut)
    return ITEMS[:3]


@pytest.fixture
def late_window(library, lent, clock):
    """The desk a month later."""
    clock.forward(days=29)
    window = AtDesk()
    window.sign_in()
    return window


def has_nobody_in(window) -> None:
    for name in NAMES:
        assert name not in window.html


@pytest.mark.clause("MP-7.15")
def test_the_list_of_what_is_late_opens_by_a_button_and_is_written_down(late_window, library):
    before = library.ledger.size()
    late_window.open("/lists/?list=late")
    has_nobody_in(late_window)
    assert library.ledger.size() == before

    late_window.does("/lists/late/", branch="")

    assert late_window.text.count("Ada Zielińska") == 3
    assert "217-555-0142" in late_window.text
    assert "Dec 14, 2026" in late_window.text
    asked = [(b["series"], b["purpose"], b["circumstance"]) for b in ledger_bodies(library)[before:]]
    assert asked == [
        ("loans", "work a list", "working a list"),
        ("registration", "work a list", "working a list"),
    ]


def test_the_list_is_cut_into_pages_and_no_address_says_which(late_window, library, monkeypatch):
    from circumspect.records.circulation import lists

    real = lists.overdue
    monkeypatch.setattr(
        "circumspect.faces.desk.views.lists.lists.overdue",
        lambda house, actor, *, branch, after: real(house, actor, branch=branch, after=after, most=2),
    )
    late_window.does("/lists/late/", branch="main")
    assert late_window.text.count("Ada Zielińska") == 2

    late_window.does("/lists/late/", branch="main", after=late_window.hidden("after")[0])

    assert late_window.text.count("Ada Zielińska") == 1
    assert "That is all." in late_window.text


def test_a_page_of_a_list_is_not_asked_for_by_a_forged_place(late_window):
    late_window.does("/lists/late/", after="AAAA")

    assert "This page of the list is too old." in late_window.text
    has_nobody_in(late_window)


def test_reference_staff_open_no_list_of_patrons(staff_of, lent, clock):
    staff_of("ref", ["reference"])
    clock.forward(days=29)
    window = AtDesk()
    window.sign_in("ref")

    assert window.does("/lists/late/").status_code == 403
    has_nobody_in(window)


# what becomes of a loan


def test_a_claim_is_noted_and_the_item_is_to_be_looked_for(desk, lent):
    desk.scan(ADA_CARD)
    desk.does("/loans/claimed/", item=lent[0])

    assert "Noted. The item is on the list to be looked for." in desk.said()
    assert "said to be returned" in desk.text
    assert Loan.objects.get(item__barcode=lent[0]).state == "claimed"
    desk.open("/lists/?list=claims")
    assert "Nad Niemnem" in desk.text
    has_nobody_in(desk)


def test_lost_is_billed_by_the_rule_and_credited_when_it_turns_up(desk, lent):
    ItemType.objects.filter(code="book").update(replacement_cents=1850)
    desk.scan(ADA_CARD)
    desk.does("/loans/lost/", item=lent[0])

    assert "Given up as lost." in desk.said()
    assert "$18.50 was billed." in desk.said()
    assert FeeLine.objects.get().outstanding == 1850
    desk.open("/lists/?list=lost")
    assert "Nad Niemnem" in desk.text
    has_nobody_in(desk)

    desk.does("/lists/work/", list="lost", act="found", item=lent[0])

    assert "$18.50 that was still owed for it has been credited." in desk.said()
    assert "Nothing on this list." in desk.text
    assert FeeLine.objects.get().outstanding == 0
    assert Item.objects.get(barcode=lent[0]).status == "available"


def test_damaged_ends_the_loan_and_sets_the_item_aside(desk, lent):
    desk.scan(ADA_CARD)
    desk.does("/loans/damaged/", item=lent[0])

    assert "It is marked as damaged. Set it aside." in desk.said()
    assert "2 out" in desk.text
    assert Item.objects.get(barcode=lent[0]).status == "damaged"


@pytest.mark.parametrize("path", ["/loans/claimed/", "/loans/lost/", "/loans/damaged/"])
def test_somebody_elses_loan_is_not_touched(desk, lent, path):
    desk.scan(BEN_CARD)
    desk.does(path, item=lent[0])

    assert "Nothing was changed." in desk.said()
    assert Loan.objects.get(item__barcode=lent[0]).state == "out"
    desk.does(path, item="no such")
    assert "This item is not on loan any more." in desk.said()


@pytest.mark.parametrize(
    ("act", "status", "loans"),
    [("granted", "missing", 2), ("denied", "on_loan", 3), ("found", "available", 2)],
)
def test_a_claim_is_settled_from_the_list_and_says_whose_to_nobody(
    desk, library, rosa, lent, act, status, loans
):
    ladders.claim_returned(library, rosa, patron_of(library, ADA_CARD), lent[0])

    desk.does("/lists/work/", list="claims", act=act, item=lent[0])

    assert Item.objects.get(barcode=lent[0]).status == status
    assert Loan.objects.count() == loans
    assert "Nothing on this list." in desk.text
    has_nobody_in(desk)
    desk.does("/lists/work/", list="claims", act="denied", item=lent[0])
    assert "This line was worked on already." in desk.said()


def test_what_is_on_its_way_is_listed_until_it_arrives(desk, library, rosa):
    returning.check_in(library, rosa, ITEMS[9], branch="main")
    desk.open("/lists/?list=transit&branch=east")
    assert "East Branch" in desk.text
    assert ITEMS[9] in desk.text
    desk.open("/lists/?list=transit&branch=main")
    assert "Nothing on this list." in desk.text


def test_a_made_up_list_branch_or_act_does_no_harm(desk, library, lent):
    before = library.ledger.size()
    for path in ("/lists/?list=nobody", "/lists/?list=lost&branch=moon"):
        assert desk.open(path).status_code == 200
    desk.does("/lists/work/", list="lost", act="granted", item=lent[0])
    desk.does("/lists/cards/", month="202613 or so")

    assert Loan.objects.count() == 3
    assert library.ledger.size() == before


# cards that run out


@pytest.mark.clause("TH-1.10")
def test_months_are_counted_for_all_and_opened_by_a_lead(desk, lead_desk, library):
    desk.open("/lists/?list=cards")
    assert "November 2026 1" in desk.text
    assert "Zielony" not in desk.html
    assert 'name="month"' not in desk.html
    assert desk.does("/lists/cards/", month="202611").status_code == 403
    assert "Zielony" not in desk.html

    lead_desk.does("/lists/cards/", month="202611")

    assert "Ben Zielony Resident adult Nov 1, 2026" in lead_desk.text


def test_a_month_of_many_goes_on_where_the_page_before_ended(lead_desk, library, rosa):
    for number in range(52):
        register(
            library, rosa, Registration(f"Person{number:02}", expires_on=dt.date(2026, 10, 1 + number % 30))
        )

    lead_desk.does("/lists/cards/", month="202610")
    assert lead_desk.text.count("Person") == 50
    lead_desk.does("/lists/cards/", month="202610", after=lead_desk.hidden("after")[0])

    assert lead_desk.text.count("Person") == 2
    assert not lead_desk.hidden("after")
