"""Taking back a cartful at the desk: what each line says, and that no line or slip says whose it was."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, KID_CARD, AtDesk, patron_of

from circumspect.faces.desk.views import checkin
from circumspect.records.catalog.models import Item
from circumspect.records.circulation import lending
from circumspect.records.circulation.models import Loan, Tally
from circumspect.records.circulation.requesting import place_hold
from circumspect.records.circulation.rulebook import put_terms
from circumspect.records.circulation.rules import FinePer, LoanTerms
from circumspect.records.fees.models import FeeLine
from circumspect.records.holds.placing import Placed, Wanted
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=DATABASES)
NAMES = ("Zieli", "Ada", "Zielony", ADA_CARD, BEN_CARD)


@pytest.fixture
def lend(library, desk):
    """Lend something to somebody without the desk's own page."""
    from circumspect.offices.staff import accounts, signoff

    actor = signoff.actor_for(accounts.find_member("rosa"), now=library.clock())

    def lend(*items: str, card: str = ADA_CARD):
        for item in items:
            lent = lending.check_out(library, actor, patron_of(library, card), item, branch="main")
            assert isinstance(lent, lending.CheckedOut)
        return actor

    return lend


def has_nobody_in(window) -> None:
    for name in NAMES:
        assert name not in window.html


def test_a_cartful_is_taken_back_and_says_whose_it_was_to_nobody(desk, lend):
    lend(*ITEMS[:3])

    desk.does("/check-in/", scans="\n".join(ITEMS[:3]))

    assert desk.text.count("Checked in") == 3
    assert "Nad Niemnem" in desk.text
    assert "3 scanned, newest first" in desk.text
    assert not Loan.objects.exists()
    has_nobody_in(desk)


def test_one_scan_at_a_time_goes_without_a_script(desk, lend):
    lend(ITEMS[0])

    desk.does("/check-in/", scan=ITEMS[0])

    assert "Checked in" in desk.text
    assert 'name="scan" type="text" autofocus' in desk.html
    desk.does("/check-in/", scan=ITEMS[0])
    assert "It was not on loan." in desk.text


def test_a_number_that_no_item_has_holds_up_no_other_and_is_not_repeated(desk, lend):
    lend(ITEMS[0], ITEMS[1])

    desk.does("/check-in/", scans=f"{ITEMS[0]}, {ADA_CARD};OLD77 {ITEMS[1]}")

    assert desk.text.count("Checked in") == 2
    assert "This is a library card. Number 2 of the list." in desk.text
    assert "No item has this barcode. Number 3 of the list." in desk.text
    assert ADA_CARD not in desk.html
    has_nobody_in(desk)


def test_what_is_beyond_the_most_at_once_stays_in_the_box(desk, lend, monkeypatch):
    lend(*ITEMS[:3])
    monkeypatch.setattr(checkin, "MOST_AT_ONCE", 2)

    desk.does("/check-in/", scans=" ".join(ITEMS[:3]))

    assert desk.text.count("Checked in") == 2
    assert "Only the first 2 were taken." in desk.text
    assert f">{ITEMS[2]}</textarea>" in desk.html


def test_what_belongs_elsewhere_is_sent_on_with_a_slip_for_the_way(desk, lend):
    lend(ITEMS[9])

    desk.does("/check-in/", scan=ITEMS[9])

    assert "Send it to East Branch." in desk.text
    assert Item.objects.get(barcode=ITEMS[9]).status == "in_transit"
    fields = {name: desk.hidden(name)[0] for name in ("kind", "item", "branch", "code", "until")}
    desk.does("/check-in/slip/", **fields)
    assert "Send to East Branch" in desk.text
    has_nobody_in(desk)


def test_what_somebody_waits_for_goes_to_the_hold_shelf_under_a_code(desk, lend, library):
    actor = lend(ITEMS[0])
    item = Item.objects.get(barcode=ITEMS[0])
    placed = place_hold(
        library,
        actor,
        patron_of(library, KID_CARD),
        Wanted(item.title_id),
        pickup_branch="main",
        circumstance=Circumstance.OPEN_TRANSACTION,
    )
    assert isinstance(placed, Placed)

    desk.does("/check-in/", scan=ITEMS[0])

    code = desk.hidden("code")[0]
    assert f"Put it on the hold shelf under {code}" in desk.text
    desk.does("/check-in/slip/", kind="hold", item=ITEMS[0], branch="main", code=code, until="2026-11-30")
    assert code in desk.text
    assert "until Nov 30, 2026" in desk.text
    assert "Nad Niemnem" not in desk.text
    has_nobody_in(desk)


@pytest.fixture
def fined(library):
    """A rule under which late costs ten cents a day."""
    put_terms(
        [LoanTerms("", "", "", period=21, renewals=2, max_items=50, fine_cents=10, fine_per=FinePer.DAY)]
    )


def test_late_is_late_but_not_for_what_lay_in_the_box(desk, lend, library, clock, fined):
    lend(ITEMS[0], ITEMS[1])
    clock.forward(days=22)
    desk = AtDesk()
    desk.sign_in()

    desk.does("/check-in/", scan=ITEMS[0])
    assert "It was late: $0.10 was charged." in desk.text
    evening = (library.clock() - dt.timedelta(days=1)).strftime("%Y-%m-%dT20:00")
    desk.does("/check-in/", scan=ITEMS[1], returned_at=evening)

    assert "Checked in" in desk.text
    assert "It was late" not in desk.text
    assert f'value="{evening}"' in desk.html
    assert FeeLine.objects.count() == 1


@pytest.mark.parametrize(
    ("returned_at", "said"),
    [("soon", "Give a day and a time"), ("2027-01-01T10:00", "Choose a time of the last 30 days")],
)
def test_a_time_that_cannot_be_meant_takes_nothing_back(desk, lend, returned_at, said):
    lend(ITEMS[0])

    response = desk.does("/check-in/", scans=ITEMS[0], returned_at=returned_at)

    assert response.status_code == 422
    assert said in desk.text
    assert ITEMS[0] in desk.html
    assert Loan.objects.count() == 1


def test_damaged_is_set_aside_and_charged_where_it_was_on_loan(desk, lend):
    lend(ITEMS[0])

    desk.does("/check-in/", scans=f"{ITEMS[0]} {ITEMS[1]}", mode="damaged", damage="3.50")

    assert desk.text.count("It is marked as damaged. Set it aside.") == 2
    assert desk.text.count("$3.50 was charged.") == 1
    assert set(Item.objects.filter(barcode__in=ITEMS[:2]).values_list("status", flat=True)) == {"damaged"}
    assert FeeLine.objects.get().amount == 350


def test_use_in_the_library_is_counted_and_lends_nothing(desk):
    desk.does("/check-in/", scans=" ".join(ITEMS[:2]), mode="used")

    assert desk.text.count("Counted as used here") == 2
    assert Tally.objects.get(kind="in_house").count == 2


def test_reference_staff_take_nothing_back(staff_of, lend):
    staff_of("ref", ["reference"])
    lend(ITEMS[0])
    window = AtDesk()
    window.sign_in("ref")

    response = window.does("/check-in/", scan=ITEMS[0])

    assert response.status_code == 403
    assert Loan.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "letter"}, {"item": "no such"}, {"branch": "moon"}, {"code": "Ada Zielińska"}],
)
def test_a_slip_prints_a_place_or_a_code_and_nothing_that_was_typed(desk, wrong):
    form = {"kind": "hold", "item": ITEMS[0], "branch": "main", "code": "K7", "until": "", **wrong}

    response = desk.does("/check-in/slip/", **form)

    assert response.status_code == 422
    assert "This slip cannot be printed." in desk.text
    has_nobody_in(desk)
