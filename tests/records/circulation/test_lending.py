"""Lending, renewing and returning, on both databases, through the one door."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from storage_traces import every_cell, on_disk

from circumspect.records.catalog.models import Item
from circumspect.records.circulation import items, lending
from circumspect.records.circulation.lending import CheckedOut, NoSuchItemError, NotCheckedOut
from circumspect.records.circulation.models import ClosedDay, Loan, LoanRule, Tally
from circumspect.records.circulation.rules import Stop
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.registration import Change, Registration, change, register
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Circumstance, Reason
from circumspect.trust.vault.wiping import wipe_owed

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED


@pytest.fixture
def lend(house, clerk):
    """Lend at the main desk."""
    return lambda patron, barcode, **more: lending.check_out(
        house, more.pop("actor", clerk), patron, barcode, branch="main", **more
    )


@pytest.fixture
def take_back(house, clerk):
    return lambda barcode: lending.check_in(house, clerk, barcode, branch="main")


@pytest.fixture
def renew(house, clerk):
    return lambda patron, barcode, **more: lending.renew(
        house, more.pop("actor", clerk), patron, barcode, branch="main", **more
    )


def kinds(answer: object) -> set[object]:
    """What stopped a loan."""
    assert isinstance(answer, NotCheckedOut)
    return {each.kind for each in answer.stopped.hindrances}


@pytest.mark.clause("TH-1.11", "TH-1.19")
def test_a_loan_is_made_through_the_door_and_holds_a_link_and_no_patron(house, lend, ada, book):
    before = house.ledger.size()

    lent = lend(ada, f" {book.lower()} ")

    assert isinstance(lent, CheckedOut)
    assert lent.items_out == lending.count_out(house, ada) == 1
    entry = house.ledger.entries(before, before + 1)[0].body
    assert (entry["action"], entry["fields"], entry["outcome"]) == ("use", ["standing"], "allowed")
    loan = Loan.objects.get()
    for number in (ada, ada - 1):
        raw = number.to_bytes(8, "big")
        assert raw not in bytes(loan.back) + bytes(loan.link)
        assert raw[::-1] not in bytes(loan.back) + bytes(loan.link)
    assert Item.objects.get().status == "on_loan"


@pytest.mark.clause("TH-1.11", "TH-1.19")
def test_no_table_of_records_has_a_patrons_number_beside_an_item(house, lend, ada, book):
    """Whatever column of whatever table: where an item is, there is no patron, and the reverse."""
    lend(ada, book)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            names = {c.name for c in connection.introspection.get_table_description(cursor, table)}
            if "item_id" not in names:
                continue
            assert not {"patron", "patron_id", "subject", "card_id"} & names, table
            cursor.execute(f'SELECT * FROM "{table}"')
            assert not any(ada in row for row in cursor.fetchall()), table


@pytest.mark.clause("TH-1.11", "TH-1.19", "MP-4.5")
def test_a_returned_item_is_tied_to_nobody_in_any_table(house, lend, take_back, ada, book):
    lend(ada, book)
    loan = Loan.objects.get()
    traces = [bytes(loan.link), bytes(loan.back), *house.vault.links("loans", ada).values()]

    returned = take_back(book)

    assert returned.was_out
    assert not Loan.objects.exists()
    assert Item.objects.get().status == "available"
    cells = list(every_cell())
    assert [trace for trace in traces if trace in cells] == []


@pytest.mark.clause("TH-1.11", "TH-1.19", "MP-4.5")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_returned_loan_names_nobody_in_the_database_file(house, lend, take_back, renew, ada, book, shelve):
    """Whoever copies the folder after the return finds no byte of the link: not in the pages, nor in the log."""
    others = [shelve() for _ in range(30)]
    lend(ada, book)
    traces = [bytes(Loan.objects.get().link), bytes(Loan.objects.get().back)]
    renew(ada, book)
    traces.append(bytes(Loan.objects.get().back))
    assert traces[0] in on_disk()

    take_back(book)
    wipe_owed()  # as the server does every second

    assert [trace for trace in traces if trace in on_disk()] == []
    for barcode in others:
        lend(ada, barcode)
    back = [bytes(loan.back) for loan in Loan.objects.all()]
    for barcode in others:
        take_back(barcode)
    wipe_owed()
    assert [trace for trace in [*traces, *back] if trace in on_disk()] == []


def test_a_reader_in_the_middle_does_not_hold_up_a_return(house, lend, take_back, ada, book):
    """Another window reads slowly; taking back is not slower for it."""
    lend(ada, book)
    loans = Loan.objects.all().iterator(chunk_size=1)
    next(loans)

    assert take_back(book).was_out


@pytest.mark.clause("MP-4.16")
def test_what_stays_is_a_count_with_no_link_and_no_time_finer_than_a_day(
    house, lend, take_back, renew, ada, ben, shelve
):
    for patron in (ada, ben):
        barcode = shelve()
        lend(patron, barcode)
        renew(patron, barcode)
        take_back(barcode)

    rows = {(row.kind, row.item_type, row.category, row.count) for row in Tally.objects.all()}
    assert rows == {
        ("loan", "book", "resident_adult", 2),
        ("renewal", "book", "resident_adult", 2),
        ("return", "book", "", 2),
    }
    fields = {field.name: field.get_internal_type() for field in Tally._meta.get_fields()}
    assert set(fields) == {
        "id", "day", "branch", "kind", "item_type", "collection", "category", "count"
    }  # fmt: skip
    assert fields["day"] == "DateField"
    assert "DateTimeField" not in fields.values()


# due dates and rules


def test_the_closest_rule_sets_the_due_date_and_a_closed_day_moves_it(house, lend, clock, ada, shelve):
    LoanRule.objects.create(category="", item_type="dvd", branch="", period=7, renewals=0, max_items=5)
    ClosedDay.objects.create(branch="", day=dt.date(2026, 11, 30), name="inventory")
    ClosedDay.objects.create(branch="main", day=dt.date(2026, 12, 1))
    lending.RULE_BOOK.forget()

    lent = lend(ada, shelve("dvd"))

    due = dt.datetime.fromtimestamp(lent.due_at, lending.zone_of(house))
    assert due.date() == dt.date(2026, 12, 2)
    assert (due.hour, due.minute, due.second) == (23, 59, 59)
    assert lent.rule == "any category / dvd / any branch"


def test_the_limit_is_the_limit_and_a_return_makes_room(lend, take_back, ada, ben, shelve):
    LoanRule.objects.create(category="", item_type="", branch="", period=7, renewals=0, max_items=2)
    lending.RULE_BOOK.forget()
    first = shelve()
    lend(ada, first)
    lend(ada, shelve())
    third = shelve()

    assert kinds(lend(ada, third)) == {Stop.TOO_MANY}
    assert Item.objects.get(barcode=third).status == "available"
    assert isinstance(lend(ben, third), CheckedOut)
    take_back(first)
    assert isinstance(lend(ada, first), CheckedOut)


def test_an_item_that_stays_in_the_house_stays(lend, ada, shelve):
    LoanRule.objects.create(
        category="", item_type="reference", branch="", period=1, renewals=0, max_items=9, lendable=False
    )
    lending.RULE_BOOK.forget()

    assert kinds(lend(ada, shelve("reference"))) == {Stop.NOT_LENDABLE}
    assert not Loan.objects.exists()


@pytest.mark.parametrize(
    ("status", "stop"),
    [("on_loan", Stop.ITEM_OUT), ("lost", Stop.ITEM_STATE), ("withdrawn", Stop.ITEM_STATE)],
)
def test_an_item_that_is_not_there_is_not_lent(lend, ada, shelve, status, stop):
    assert kinds(lend(ada, shelve(status=status))) == {stop}


def test_an_item_that_is_out_is_not_lent_again_whatever_its_state_says(lend, ada, ben, book):
    """Somebody set it to available by hand while it was out."""
    lend(ada, book)
    Item.objects.update(status="available")

    assert kinds(lend(ben, book)) == {Stop.ITEM_OUT}
    assert Loan.objects.count() == 1


def test_an_expired_card_borrows_nothing(lend, renew, clock, ada, shelve):
    out = shelve()
    lend(ada, out)
    clock.forward(days=1096)

    assert kinds(lend(ada, shelve())) == {BlockKind.EXPIRED}


# overriding


def test_a_lead_passes_over_what_a_lead_may_and_says_why(house, lend, lead, clerk, ada, book):
    upkeep.set_block(house, lead, ada, BlockKind.SEE_LEAD, circumstance=SCANNED)

    assert kinds(lend(ada, book)) == {BlockKind.SEE_LEAD}
    assert kinds(lend(ada, book, override=Reason.PATRON_PRESENT)) == {BlockKind.SEE_LEAD}
    assert not Loan.objects.exists()
    assert isinstance(lend(ada, book, actor=lead, override=Reason.PATRON_PRESENT), CheckedOut)


def test_a_lead_does_not_pass_over_what_is_for_the_person_in_charge(house, lend, lead, ada, book):
    upkeep.set_block(house, lead, ada, BlockKind.SEE_PERSON_IN_CHARGE, circumstance=SCANNED)

    assert kinds(lend(ada, book, actor=lead, override=Reason.PATRON_PRESENT)) == {
        BlockKind.SEE_PERSON_IN_CHARGE
    }
    director = dataclasses.replace(lead, roles=frozenset({"deputy_director"}))
    assert isinstance(lend(ada, book, actor=director, override=Reason.PATRON_PRESENT), CheckedOut)


def test_nobody_passes_over_an_item_that_is_out(lend, lead, ada, ben, book):
    lend(ada, book)

    assert kinds(lend(ben, book, actor=lead, override=Reason.PATRON_PRESENT)) == {Stop.ITEM_OUT}


# renewing


def test_a_renewal_moves_the_due_date_and_runs_out(lend, renew, clock, lead, ada, book):
    first = lend(ada, book)
    clock.forward(days=10)

    second = renew(ada, book)

    assert isinstance(second, CheckedOut)
    assert second.due_at == first.due_at + 10 * 86400
    assert isinstance(renew(ada, book), CheckedOut)
    assert kinds(renew(ada, book)) == {Stop.NO_RENEWALS_LEFT}
    assert isinstance(renew(ada, book, actor=lead, override=Reason.PATRON_PRESENT), CheckedOut)


def test_a_renewal_never_shortens_a_loan(lend, renew, ada, book):
    first = lend(ada, book)
    LoanRule.objects.create(category="", item_type="book", branch="", period=3, renewals=2, max_items=9)
    lending.RULE_BOOK.forget()

    assert renew(ada, book).due_at == first.due_at


def test_nobody_renews_somebody_elses_loan_or_learns_of_it(lend, renew, ada, ben, book, shelve):
    """One answer for an item that is out to another and for one that is not out."""
    lend(ada, book)

    for barcode in (book, shelve()):
        assert kinds(renew(ben, barcode)) == {Stop.NOT_THEIRS}
    assert Loan.objects.get().renewals == 0


def test_loans_are_found_across_epochs(house, lend, clerk, clock, ada, ben, shelve):
    barcodes = []
    for _ in range(3):
        barcodes.append(shelve())
        lend(ada, barcodes[-1])
        clock.forward(days=28)
    lend(ben, shelve())

    loans = lending.loans_of(house, clerk, ada, circumstance=SCANNED)

    assert [loan.item.barcode for loan in loans] == barcodes
    assert [loan.is_overdue for loan in loans] == [True, True, True]
    assert lending.count_out(house, ada) == 3
    assert len({bytes(loan.link) for loan in Loan.objects.all()}) == 4


def test_the_loans_of_a_patron_take_a_fixed_number_of_statements(
    house, lend, clerk, ada, shelve, django_assert_num_queries
):
    lend(ada, shelve())
    lending.loans_of(house, clerk, ada, circumstance=SCANNED)
    for _ in range(12):
        lend(ada, shelve())

    with django_assert_num_queries(1, connection=connection):
        assert len(lending.loans_of(house, clerk, ada, circumstance=SCANNED)) == 13


@pytest.mark.clause("MP-2.2", "MP-4.3")
def test_loans_open_with_a_scan_or_a_reason(house, lend, clerk, ada, book):
    lend(ada, book)
    with pytest.raises(Refused):
        lending.loans_of(house, clerk, ada, circumstance=Circumstance.UNEXPLAINED)
    with pytest.raises(Refused):
        lending.loans_of(house, clerk, ada, circumstance=Circumstance.NAME_SEARCH)

    assert lending.loans_of(house, clerk, ada, circumstance=Circumstance.UNEXPLAINED, reason=Reason.PHONE)


# what goes wrong


@pytest.mark.parametrize("scan", ["", "21234000000018", "nothing", "'; --", "x" * 400])
def test_a_scan_that_is_no_item_is_not_repeated(lend, take_back, renew, ada, scan):
    for act in (lambda: lend(ada, scan), lambda: take_back(scan), lambda: renew(ada, scan)):
        with pytest.raises(NoSuchItemError) as problem:
            act()
        assert len(scan) < 2 or scan not in str(problem.value)


def test_an_item_that_was_not_out_is_taken_back_and_counted_nowhere(take_back, shelve):
    for status in ("available", "missing", "lost"):
        barcode = shelve(status=status)
        assert not take_back(barcode).was_out
        assert Item.objects.get(barcode=barcode).status == "available"
    withdrawn = shelve(status="withdrawn")
    take_back(withdrawn)
    assert Item.objects.get(barcode=withdrawn).status == "withdrawn"
    assert not Tally.objects.exists()


def test_with_the_ledger_away_no_errand_begins(house, lend, take_back, ada, book, clock, monkeypatch):
    lend(ada, book)
    clock.forward(minutes=11)  # what was entered before has ended
    monkeypatch.setattr(house.ledger, "append_many", lambda _entries: 1 / 0)

    with pytest.raises(DoorClosed):
        take_back(book)
    with pytest.raises(DoorClosed):
        lend(ada, book)

    assert Loan.objects.count() == 1
    assert Tally.objects.get().kind == "loan"


def test_a_check_out_that_fails_half_way_leaves_the_item_on_the_shelf(house, lend, ada, book, monkeypatch):
    monkeypatch.setattr(items, "_TALLY", "INSERT INTO nowhere VALUES (%s, %s, %s, %s, %s, %s)")

    with pytest.raises(Exception, match="nowhere"):
        lend(ada, book)

    assert Item.objects.get().status == "available"
    assert not Loan.objects.exists()


@pytest.mark.parametrize("role", ["reference", "finance", "communications", "trustee", "system"])
def test_who_is_not_at_the_desk_lends_nothing(lend, clerk, ada, book, role):
    with pytest.raises(Refused):
        lend(ada, book, actor=dataclasses.replace(clerk, roles=frozenset({role})))

    assert not Loan.objects.exists()


@pytest.mark.clause("MP-2.1")
def test_a_minor_and_an_adult_of_one_category_borrow_alike(house, clerk, lend, shelve):
    """The birth date is not asked for: not at the door, and not by the rules."""
    answers = []
    for born in (dt.date(2017, 5, 1), dt.date(1950, 5, 1), None):
        patron = register(house, clerk, Registration("Okoye", birth_date=born))
        before = house.ledger.size()
        lent = lend(patron, shelve())
        bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
        answers.append((lent.due_at, lent.rule, [(b["series"], b["fields"], b["rules"]) for b in bodies]))

    assert answers[0] == answers[1] == answers[2]


def test_a_change_of_category_counts_from_the_next_loan(house, clerk, lend, ada, shelve):
    LoanRule.objects.create(category="temporary", item_type="", branch="", period=5, renewals=0, max_items=1)
    lending.RULE_BOOK.forget()
    lend(ada, shelve())
    standing = upkeep.standing_of(house, clerk, ada, circumstance=SCANNED)
    temporary = dataclasses.replace(standing, category="temporary")
    change(house, clerk, ada, Change(standing=temporary), circumstance=SCANNED)

    assert kinds(lend(ada, shelve())) == {Stop.TOO_MANY}


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_one_item_scanned_at_six_desks_at_once_is_lent_once(house, clerk, ada, ben, book):
    """And the others are told that it is out."""
    at_once = threading.Barrier(6)
    answers: list[object] = []

    def desk(patron: int) -> None:
        at_once.wait()
        try:
            answers.append(lending.check_out(house, clerk, patron, book, branch="main"))
        finally:
            connections.close_all()

    desks = [threading.Thread(target=desk, args=(patron,)) for patron in (ada, ben) * 3]
    for each in desks:
        each.start()
    for each in desks:
        each.join()

    assert len(answers) == 6
    assert sum(isinstance(answer, CheckedOut) for answer in answers) == 1
    assert {kind for a in answers if isinstance(a, NotCheckedOut) for kind in kinds(a)} == {Stop.ITEM_OUT}
    assert Loan.objects.count() == 1
    assert Tally.objects.get(kind="loan").count == 1


# several at once


@pytest.fixture
def renew_many(house, clerk):
    return lambda patron, scans: lending.renew_many(house, clerk, patron, scans, branch="main")


def test_all_of_a_patrons_loans_are_renewed_under_one_question(house, lend, renew_many, clock, ada, shelve):
    books = [shelve() for _ in range(4)]
    for barcode in books:
        lend(ada, barcode)
    clock.forward(days=10, minutes=1)
    before = house.ledger.size()

    answers = renew_many(ada, None)

    assert [answer.item.barcode for answer in answers] == books
    assert all(isinstance(answer, CheckedOut) and answer.renewals_left == 1 for answer in answers)
    assert house.ledger.size() == before + 1


def test_each_is_answered_for_itself_in_the_order_asked(lend, renew_many, ada, ben, shelve):
    mine, theirs, shelved = shelve(), shelve(), shelve()
    lend(ada, mine)
    lend(ben, theirs)

    answers = renew_many(ada, [theirs, mine, shelved, "nothing"])

    assert [answer.item.barcode for answer in answers] == [theirs, mine, shelved]
    assert kinds(answers[0]) == kinds(answers[2]) == {Stop.NOT_THEIRS}
    assert isinstance(answers[1], CheckedOut)
    assert renew_many(ada, []) == []


def test_a_record_that_is_half_forgotten_is_refused_in_plain_words(house, lend, ada, book):
    """Its key is still there, its row is not: no crash, and nothing is lent."""
    from circumspect.records.patrons.models import Patron

    Patron.objects.filter(id=ada).delete()

    with pytest.raises(Refused) as refusal:
        lend(ada, book)

    assert "forgotten" in refusal.value.decision.explanation
    assert not Loan.objects.exists()


@pytest.mark.parametrize("kind", [BlockKind.RETURNED_MAIL, BlockKind.ADDRESS_UNVERIFIED])
def test_the_desk_passes_over_what_the_rules_let_it_and_it_is_entered(house, lend, clerk, ada, book, kind):
    upkeep.set_block(house, clerk, ada, kind, circumstance=SCANNED)
    assert kinds(lend(ada, book)) == {kind}
    before = house.ledger.size()

    assert isinstance(lend(ada, book, override=Reason.RETURNED_MAIL), CheckedOut)

    body = house.ledger.entries(before, before + 1)[0].body
    assert (body["purpose"], body["reason"]) == ("override a block", "mail came back")


# the same for few and for many


def test_four_loans_or_forty_cost_the_same_statements(house, clerk, lend, take_back, renew, ada, shelve):
    """Check-out, renewal, account and return look at counts, never at each loan."""
    LoanRule.objects.create(category="", item_type="", branch="", period=7, renewals=9, max_items=99)
    lending.RULE_BOOK.forget()
    counts = []
    for more in (4, 36):
        for _ in range(more):
            lend(ada, shelve())
        barcode, wiped = shelve(), shelve()
        lend(ada, wiped)
        take_back(wiped)  # what is wiped now and then is wiped
        acts = {
            "lend": lambda barcode=barcode: lend(ada, barcode),
            "renew": lambda barcode=barcode: renew(ada, barcode),
            "account": lambda: lending.loans_of(house, clerk, ada, circumstance=SCANNED),
            "return": lambda barcode=barcode: take_back(barcode),
        }
        spent = {}
        for name, act in acts.items():
            with CaptureQueriesContext(connection) as queries:
                act()
            spent[name] = len([each for each in queries if "PRAGMA" not in each["sql"]])
        counts.append(spent)

    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 14
