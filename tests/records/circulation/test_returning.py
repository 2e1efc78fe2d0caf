"""Taking things back, wherever and however late: where they go, what it costs, and what is forgotten."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from storage_traces import on_disk

from circumspect.records.catalog.models import Branch, Item
from circumspect.records.circulation import ladders, lending, lists, rulebook
from circumspect.records.circulation.items import CirculationError, DayError
from circumspect.records.circulation.lending import CheckedOut, NotCheckedOut
from circumspect.records.circulation.models import Loan, Tally, Transit
from circumspect.records.circulation.returning import MESSAGE_WORDS, CheckedIn, Message, NotRead
from circumspect.records.circulation.rules import FinePer, LoanTerms, Stop
from circumspect.records.fees import charging, settling
from circumspect.records.fees.models import FeeLine
from circumspect.records.fees.rules import FeeKind, Method
from circumspect.records.holds import placing
from circumspect.records.holds.models import Hold
from circumspect.records.patrons import upkeep
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Circumstance, Reason
from circumspect.trust.vault.wiping import wipe_owed

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
DAY = 86400
FINED = LoanTerms(
    "", "", "", period=21, renewals=2, max_items=50, fine_cents=25, fine_per=FinePer.DAY, fine_cap_cents=500,
    processing_cents=500, replacement_cents=2000,
)  # fmt: skip


@pytest.fixture
def fined(house):
    """The library fines late returns: a quarter a day, five dollars at most."""
    rulebook.put_terms([FINED])


@pytest.fixture
def east(shelve):
    return Branch.objects.create(code="east", name="East").code


@pytest.fixture
def lend(house, clerk):
    return lambda patron, barcode, **more: lending.check_out(
        house, more.pop("actor", clerk), patron, barcode, branch="main", **more
    )


@pytest.fixture
def take_back(house, clerk):
    return lambda barcode, **more: lending.check_in(
        house, more.pop("actor", clerk), barcode, branch=more.pop("branch", "main"), **more
    )


@pytest.fixture
def wait_for(house, clerk):
    """Put a patron in the queue for a book's title."""

    def wait(patron: int, barcode: str, branch: str = "main") -> None:
        title = Item.objects.get(barcode=barcode).title_id
        placed = placing.place(
            house, clerk, patron, placing.Wanted(title), pickup_branch=branch, circumstance=SCANNED
        )
        assert isinstance(placed, placing.Placed), placed

    return wait


def owed(house, patron: int) -> int:
    with connection.cursor() as cursor:
        return charging.owed(cursor, list(house.vault.links("fees", patron).values()))


def status(barcode: str) -> str:
    return Item.objects.get(barcode=barcode).status


def kinds(answer: object) -> set[object]:
    assert isinstance(answer, NotCheckedOut)
    return {each.kind for each in answer.stopped.hindrances}


# fines


@pytest.mark.clause("TH-1.20", "TH-1.11")
def test_a_late_return_is_charged_and_forgotten_in_one_transaction(
    house, lend, take_back, fined, clock, ada, book
):
    lend(ada, book)
    clock.forward(days=24, hours=1)

    back = take_back(book)

    assert (back.fine_cents, back.messages) == (75, (Message.FINED,))
    assert owed(house, ada) == 75
    assert not Loan.objects.exists()
    line = FeeLine.objects.get()
    assert (line.kind, line.amount, line.item.barcode) == ("overdue", 75, book)


@pytest.mark.clause("TH-1.11", "TH-1.20")
def test_whose_it_was_is_asked_only_where_something_is_due(house, lend, take_back, fined, clock, ada, shelve):
    """One entry for a fine, which names nobody to whoever reads it; none for a return in time."""
    early, late = shelve(), shelve()
    lend(ada, early)
    lend(ada, late)
    take_back(shelve())  # the errand of taking back is entered
    before = house.ledger.size()

    take_back(early)
    assert house.ledger.size() == before

    clock.forward(days=22)
    take_back(shelve())
    before = house.ledger.size()
    take_back(late)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["action"], b["series"], b["purpose"], b["circumstance"]) for b in bodies] == [
        ("change", "fees", "lend and return", "item just scanned")
    ]
    assert str(ada) not in str(bodies)


def test_with_the_ledger_away_a_late_return_changes_nothing(
    house, lend, take_back, fined, clock, ada, book, monkeypatch
):
    lend(ada, book)
    clock.forward(days=24)
    real = house.ledger.append_many
    calls = []

    def only_permits(entries):
        calls.append(1)
        if len(calls) > 2:
            raise OSError
        return real(entries)

    monkeypatch.setattr(house.ledger, "append_many", only_permits)

    with pytest.raises(DoorClosed):
        take_back(book)

    assert Loan.objects.count() == 1
    assert not FeeLine.objects.exists()
    assert status(book) == "on_loan"


def test_a_book_dropped_in_the_box_last_night_was_in_time(lend, take_back, fined, clock, house, ada, book):
    due = lend(ada, book).due_at
    clock.forward(days=22)

    back = take_back(book, returned_at=due - 3600)

    assert back.fine_cents == 0
    assert owed(house, ada) == 0


@pytest.mark.parametrize("shift", [3600, -31 * DAY])
def test_a_time_of_return_that_cannot_be_is_refused(house, lend, take_back, ada, book, shift):
    lend(ada, book)

    with pytest.raises(DayError) as refusal:
        take_back(book, returned_at=int(house.clock().timestamp()) + shift)

    assert refusal.value.field == "returned_at"
    assert Loan.objects.count() == 1


def test_a_late_loan_of_somebody_forgotten_comes_back_and_nobody_is_charged(
    house, lend, take_back, fined, clock, ada, book
):
    lend(ada, book)
    clock.forward(days=30)
    upkeep.erase(house, ada)

    back = take_back(book)

    assert back.was_out
    assert back.fine_cents == 0
    assert not FeeLine.objects.exists()


def test_a_renewal_of_a_late_loan_charges_the_days_it_was_late_and_once(
    house, clerk, lend, take_back, fined, clock, ada, book
):
    lend(ada, book)
    clock.forward(days=23)

    renewed = lending.renew(house, clerk, ada, book, branch="main")

    assert isinstance(renewed, CheckedOut)
    assert renewed.fine_cents == owed(house, ada) == 50
    assert take_back(book).fine_cents == 0


@pytest.mark.clause("TH-1.11", "TH-1.19", "TH-1.20", "MP-4.5")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_returned_loan_with_a_fine_names_nobody_once_the_fee_is_settled(
    house, clerk, lend, take_back, fined, clock, ada, book
):
    """Until then the fee has a link and an item of its own; afterwards no byte on the disk joins the two."""
    lend(ada, book)
    loan = Loan.objects.get()
    traces = [bytes(loan.link), bytes(loan.back)]
    clock.forward(days=24)
    take_back(book)
    wipe_owed()
    assert [trace for trace in traces if trace in on_disk()] == []
    assert FeeLine.objects.get().item_id is not None

    settling.pay(house, clerk, ada, 75, method=Method.CASH, branch="main", circumstance=SCANNED)
    wipe_owed()

    assert FeeLine.objects.get().item_id is None
    assert [trace for trace in traces if trace in on_disk()] == []


# elsewhere, and for whoever waits


def test_what_belongs_elsewhere_is_sent_home_and_arrives(lend, take_back, east, house, ada, book):
    lend(ada, book)

    sent = take_back(book, branch=east)

    assert (sent.transit_to, sent.messages) == ("main", (Message.SEND_ON,))
    assert status(book) == "in_transit"
    assert [(each.item.barcode, each.to_branch) for each in lists.in_transit()] == [(book, "main")]
    assert lists.in_transit(to_branch="east") == []

    home = take_back(book)
    assert (home.transit_to, status(book)) == ("", "available")
    assert not Transit.objects.exists()


def test_an_item_on_its_way_is_not_lent_until_it_is_checked_in(lend, take_back, east, ada, ben, book):
    lend(ada, book)
    take_back(book, branch=east)

    answer = lend(ben, book)

    assert kinds(answer) == {Stop.ITEM_STATE}
    assert "on its way" in answer.stopped.hindrances[0].words


@pytest.mark.clause("TH-1.21", "MP-4.12")
def test_what_somebody_waits_for_goes_on_the_hold_shelf_and_to_nobody_else(
    house, lend, take_back, wait_for, lead, ada, ben, book
):
    lend(ada, book)
    wait_for(ben, book)

    back = take_back(book)

    assert back.hold is not None
    assert back.hold.on_shelf
    assert back.hold.pickup_code
    assert status(book) == "hold_shelf"
    assert kinds(lend(ada, book)) == {Stop.HELD_FOR_ANOTHER}
    lent = lend(ben, book)
    assert isinstance(lent, CheckedOut)
    assert lent.filled_hold
    assert not Hold.objects.exists()


def test_a_lead_lends_it_all_the_same_and_whoever_waits_waits_on(
    house, clerk, lend, take_back, wait_for, lead, ada, ben, book
):
    lend(ada, book)
    wait_for(ben, book)
    take_back(book)

    assert kinds(lend(ada, book, override=Reason.CORRECTION)) == {Stop.HELD_FOR_ANOTHER}
    assert isinstance(lend(ada, book, actor=lead, override=Reason.CORRECTION), CheckedOut)

    hold = Hold.objects.get()
    assert (hold.state, hold.copy_id, hold.pickup_code) == ("waiting", None, None)
    assert take_back(book).hold.on_shelf


def test_a_hold_to_be_picked_up_elsewhere_travels_and_arrives(
    lend, take_back, wait_for, east, ada, ben, book
):
    lend(ada, book)
    wait_for(ben, book, east)

    sent = take_back(book)
    assert (sent.transit_to, sent.hold.on_shelf, status(book)) == (east, False, "in_transit")

    there = take_back(book, branch=east)
    assert (there.transit_to, there.hold.on_shelf, status(book)) == ("", True, "hold_shelf")
    assert not Transit.objects.exists()


def test_a_renewal_is_refused_when_somebody_else_waits(house, clerk, lend, wait_for, ada, ben, book):
    lend(ada, book)
    wait_for(ben, book)

    answer = lending.renew(house, clerk, ada, book, branch="main")

    assert kinds(answer) == {Stop.OTHERS_WAIT}
    assert Loan.objects.get().renewals == 0


# lost, claimed, missing, damaged, used here


def test_an_item_given_up_as_lost_comes_back_and_what_is_owed_for_it_is_credited(
    house, lend, take_back, fined, clock, ada, book
):
    lend(ada, book)
    clock.forward(days=70)
    assert ladders.give_up_lost(house) == (1, 2500)
    assert owed(house, ada) == 2500

    back = take_back(book)

    assert set(back.messages) == {Message.LOST_FOUND, Message.CREDITED, Message.FINED}
    assert (back.credited_cents, back.fine_cents) == (2500, 500)
    assert owed(house, ada) == 500
    assert status(book) == "available"
    assert not Loan.objects.exists()


def test_a_claim_is_cleared_when_the_item_turns_up_and_nothing_was_late(
    house, clerk, lend, take_back, fined, clock, ada, book
):
    lend(ada, book)
    clock.forward(days=30)
    claimed = ladders.claim_returned(house, clerk, ada, book)
    assert isinstance(claimed, ladders.Claimed)
    assert status(book) == "claimed_returned"

    back = take_back(book)

    assert back.messages == (Message.CLAIM_CLEARED,)
    assert owed(house, ada) == 0
    assert status(book) == "available"


def test_damage_is_charged_to_whoever_had_it_and_the_item_is_set_aside(
    house, lend, take_back, wait_for, ada, ben, book
):
    lend(ada, book)
    wait_for(ben, book)

    back = take_back(book, damaged=True, damage_cents=350)

    assert (back.damage_cents, back.hold, status(book)) == (350, None, "damaged")
    assert FeeLine.objects.get().kind == FeeKind.DAMAGE.value
    assert owed(house, ada) == 350
    assert take_back(book).hold is not None  # mended: then it goes to whoever waits


def test_use_in_the_library_is_counted_and_tied_to_nobody(take_back, book):
    back = take_back(book, in_house=True)

    assert back.messages == (Message.USED_HERE,)
    row = Tally.objects.get()
    assert (row.kind, row.category, row.count) == ("in_house", "", 1)
    assert status(book) == "available"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("missing", "available", Message.MISSING_FOUND),
        ("lost", "available", Message.LOST_FOUND),
        ("withdrawn", "withdrawn", Message.WITHDRAWN),
        ("damaged", "available", None),
        ("on_order", "available", None),
        ("in_process", "available", None),
        ("available", "available", Message.WAS_NOT_OUT),
    ],
)
def test_an_item_that_nobody_has_says_what_it_was_and_goes_where_it_belongs(
    shelve, take_back, before, after, message
):
    barcode = shelve(status=before)

    back = take_back(barcode)

    assert not back.was_out
    assert back.messages == ((message,) if message else ())
    assert status(barcode) == after


def test_what_a_check_in_says_is_fit_to_be_overheard():
    """Whole sentences, for every message, and nothing of a person in any."""
    assert set(MESSAGE_WORDS) == set(Message)
    assert all(words.endswith(".") and "patron" not in words for words in MESSAGE_WORDS.values())


# a cart


def test_a_cart_comes_back_each_item_for_itself(house, clerk, lend, ada, shelve):
    books = [shelve() for _ in range(3)]
    for barcode in books:
        lend(ada, barcode)

    answers = lending.check_in_many(house, clerk, [books[0], "nothing", *books[1:]], branch="main")

    assert [type(answer) for answer in answers] == [CheckedIn, NotRead, CheckedIn, CheckedIn]
    assert answers[1] == NotRead(1, "no item has this barcode")
    assert not Loan.objects.exists()
    assert Tally.objects.get(kind="return").count == 3


def test_a_loan_that_changes_under_the_hand_is_read_again(house, lend, take_back, ada, book, monkeypatch):
    """Another desk renewed it between the reading and the taking back: it comes back all the same, once."""
    from circumspect.records.circulation import returning

    lend(ada, book)
    real, seen = returning.find_item_and_loan, []

    def renewed_meanwhile(cursor, barcode):
        found = real(cursor, barcode)
        if not seen:
            Loan.objects.update(due_at=Loan.objects.get().due_at + 60)
        seen.append(1)
        return found

    monkeypatch.setattr(returning, "find_item_and_loan", renewed_meanwhile)

    assert take_back(book).was_out
    assert len(seen) == 2
    assert Tally.objects.get(kind="return").count == 1

    monkeypatch.setattr(
        returning, "find_item_and_loan", lambda cursor, code: (real(cursor, code)[0], _stale())
    )
    with pytest.raises(CirculationError):
        take_back(book)


def _stale():
    from circumspect.records.circulation.items import LoanFacts

    return LoanFacts(1, "main", 1, b"x" * 16, b"", 1, 0, "", "claimed")


@pytest.mark.parametrize("role", ["reference", "finance", "trustee", "system"])
def test_who_is_not_at_the_desk_takes_nothing_back(lend, take_back, clerk, ada, book, role):
    from dataclasses import replace

    lend(ada, book)

    with pytest.raises(Refused):
        take_back(book, actor=replace(clerk, roles=frozenset({role})))

    assert Loan.objects.count() == 1


# a due day of one's own


def test_a_lead_sets_another_due_day_with_a_reason_and_it_is_entered(house, lend, lead, ada, book):
    day = house.today() + dt.timedelta(days=60)
    before = house.ledger.size()

    lent = lend(ada, book, actor=lead, due_on=day, override=Reason.PHONE)

    assert isinstance(lent, CheckedOut)
    assert lent.due_at == rulebook.RULE_BOOK.calendar("main", lending.zone_of(house)).end_of(day)
    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert [(b["action"], b["series"], b["fields"], b["reason"]) for b in bodies] == [
        ("use", "registration", ["standing"], "patron on the telephone"),
        ("change", "loans", ["due_at"], "patron on the telephone"),
    ]


def test_nobody_else_does_and_nobody_without_a_reason(house, lend, lead, ada, book):
    day = house.today() + dt.timedelta(days=60)

    with pytest.raises(Refused):
        lend(ada, book, due_on=day, override=Reason.PHONE)
    with pytest.raises(Refused):
        lend(ada, book, actor=lead, due_on=day)
    with pytest.raises(DayError):
        lend(ada, book, actor=lead, due_on=house.today() - dt.timedelta(days=1), override=Reason.PHONE)

    assert not Loan.objects.exists()
