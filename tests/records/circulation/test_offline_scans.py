"""Scans made while the line was down: brought once or ten times, done once; told where somebody must look; then gone."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from circumspect.records.circulation import lending, offline
from circumspect.records.circulation.models import Loan, LoanRule
from circumspect.records.circulation.offline import Act, BoxGoneError, Kind, Taken
from circumspect.records.circulation.offline_models import OfflineBox, OfflineConflict, OfflineLetter
from circumspect.records.patrons import cards, upkeep
from circumspect.records.patrons.registration import Registration, register
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Circumstance

DATABASES = ["default", "keys", "ledger"]
pytestmark = pytest.mark.django_db(databases=DATABASES)

ADA_CARD, NOBODYS_CARD = "21234000000018", "21234000000034"


class Device:
    """A desk without a line, as the browser's page is one: it seals, counts nothing, and brings all it has."""

    def __init__(self, house: Any, actor: Any) -> None:
        self.house = house
        self.actor = actor
        self.box = offline.new_box(house)
        self.letters: list[bytes] = []
        self.cards: list[str] = []

    def card(self, *numbers: str) -> Device:
        self.cards = list(numbers)
        return self

    def lend(self, *items: str, at: int | None = None) -> Device:
        for item in items:
            self.seal({"do": "out", "scan": item, "cards": self.cards}, at)
        return self

    def take_back(self, *items: str, at: int | None = None, here: bool = False) -> Device:
        for item in items:
            self.seal({"do": "in", "scan": item, "here": here}, at)
        return self

    def seal(self, told: dict[str, Any], at: int | None = None) -> None:
        when = int(self.house.clock().timestamp()) if at is None else at
        plain = json.dumps({"v": 1, "at": when, **told}).encode()
        self.letters.append(self.house.vault.letterbox.seal(int(self.box.id, 16), plain))

    def bring(self, letters: list[bytes] | None = None) -> Taken:
        brought = self.letters if letters is None else letters
        return offline.take(self.house, self.actor, self.box.id, brought, branch="main")


@pytest.fixture
def device(house: Any, clerk: Any) -> Device:
    return Device(house, clerk)


def on_loan(house: Any, patron: int) -> list[str]:
    return sorted(loan.item.barcode for loan in lending.open_loans(house, patron))


def kinds(house: Any, clerk: Any) -> list[Kind]:
    return [each.kind for each in offline.conflicts(house, clerk)]


# what is simply done


@pytest.mark.clause("TH-1.11")
def test_what_was_lent_offline_is_on_loan_from_the_moment_it_was_lent(house, clock, device, ada, shelve):
    books = [shelve(), shelve()]
    LoanRule.objects.create(category="", item_type="", branch="", period=21, renewals=2, max_items=50)
    lending.RULE_BOOK.forget()
    lent_on = house.today()

    device.card(ADA_CARD).lend(*books)
    clock.forward(days=2)
    done = device.bring()

    assert done == Taken(lent=2)
    assert on_loan(house, ada) == sorted(books)
    due = {loan.due_at for loan in Loan.objects.all()}
    zone = lending.zone_of(house)
    assert {dt.datetime.fromtimestamp(each, zone).date() for each in due} == {lent_on + dt.timedelta(days=21)}


def test_what_came_back_offline_is_forgotten(house, clock, clerk, device, ada, book):
    lending.check_out(house, clerk, ada, book, branch="main")
    clock.forward(days=3)

    done = device.take_back(book).bring()

    assert done == Taken(returned=1)
    assert Loan.objects.count() == 0
    assert offline.count_conflicts() == 0


def test_what_went_out_and_came_back_within_one_outage_is_no_conflict(house, clerk, device, ada, book):
    done = device.card(ADA_CARD).lend(book).take_back(book, here=True).bring()

    assert done == Taken(lent=1, returned=1)
    assert Loan.objects.count() == 0


def test_a_return_of_what_was_not_out_is_counted_and_asks_nobody(device, book):
    assert device.take_back(book).bring() == Taken(not_out=1)


@pytest.mark.clause("MP-7.15")
def test_bringing_asks_the_door_for_the_standing_alone(house, device, ada, book):
    device.card(ADA_CARD).lend(book)
    start = house.ledger.size()

    device.bring()

    asked = [dict(entry.body) for entry in house.ledger.entries(start, house.ledger.size())]
    assert {each["circumstance"] for each in asked} == {"scanned while the line was down"}
    assert {(each["action"], each["series"]) for each in asked} == {
        ("change", "loans"),
        ("use", "registration"),
    }
    assert [each["fields"] for each in asked if each["series"] == "registration"] == [["standing"]]


def test_an_actor_who_may_not_lend_brings_nothing(house, clerk, ada, book):
    reference = replace(clerk, roles=frozenset({"reference"}))
    device = Device(house, reference).card(ADA_CARD).lend(book)

    with pytest.raises(Refused):
        device.bring()

    assert Loan.objects.count() == 0
    assert OfflineLetter.objects.count() == 0


# whose it was


def test_an_older_card_number_that_looks_like_nothing_is_found_among_the_cards(house, clerk, device, shelve):
    lou = register(house, clerk, Registration("Lou", "Mary", card_number="L77"))
    first, second = shelve(), shelve()

    device.card("L77").lend(first)
    device.card(first, "L77").lend(second)  # the device cannot tell that the first was no card

    assert device.bring() == Taken(lent=2)
    assert on_loan(house, lou) == sorted([first, second])


def test_an_older_card_scanned_over_an_open_one_begins_its_own_loans(house, clerk, device, ada, shelve):
    lou = register(house, clerk, Registration("Lou", "Mary", card_number="L77"))
    first, second = shelve(), shelve()

    device.card(ADA_CARD).lend(first, "L77")
    device.card("L77", ADA_CARD).lend(second)

    assert device.bring() == Taken(lent=2)
    assert (on_loan(house, ada), on_loan(house, lou)) == ([first], [second])


def test_after_a_number_that_is_nothing_at_all_nothing_is_lent_to_the_card_before(
    house, clerk, device, ada, book
):
    """It may have been somebody else's card, misread."""
    done = device.card("L88", ADA_CARD).lend(book).bring()

    assert done == Taken(conflicts=1)
    assert on_loan(house, ada) == []
    assert [(each.kind, each.card) for each in offline.conflicts(house, clerk)] == [
        (Kind.CARD_UNKNOWN, "L88")
    ]


# what a person has to look at


def test_a_card_that_has_run_out_does_not_undo_a_loan_and_is_told(house, clerk, device, book):
    old = register(
        house, clerk, Registration("Stary", "Jan", card_number=NOBODYS_CARD, expires_on=dt.date(2026, 11, 1))
    )

    done = device.card(NOBODYS_CARD).lend(book).bring()

    assert done == Taken(lent=1, conflicts=1)
    assert on_loan(house, old) == [book]
    (told,) = offline.conflicts(house, clerk)
    assert told.kind is Kind.LENT_ALTHOUGH
    assert told.why == ("The card has run out. Renew it first.",)
    assert told.card == ""


def test_no_block_undoes_a_loan(house, clerk, lead, device, ada, book):
    upkeep.set_block(house, lead, ada, BlockKind.SEE_PERSON_IN_CHARGE, circumstance=Circumstance.CARD_SCANNED)

    assert device.card(ADA_CARD).lend(book).bring() == Taken(lent=1, conflicts=1)
    assert on_loan(house, ada) == [book]


def test_what_stays_in_the_library_or_was_missing_is_on_loan_all_the_same(house, clerk, device, ada, shelve):
    missing, damaged = shelve(status="missing"), shelve(status="damaged")

    done = device.card(ADA_CARD).lend(missing, damaged).bring()

    assert done == Taken(lent=2, conflicts=2)
    assert on_loan(house, ada) == sorted([missing, damaged])


def test_a_card_that_nobody_has_is_shown_until_it_is_cleared(house, clerk, device, book):
    assert device.card(NOBODYS_CARD).lend(book).bring() == Taken(conflicts=1)

    (told,) = offline.conflicts(house, clerk)

    assert (told.kind, told.card, told.scan, told.title) == (
        Kind.CARD_UNKNOWN,
        NOBODYS_CARD,
        book,
        "Nad Niemnem",
    )
    assert NOBODYS_CARD not in repr(told)
    offline.settle(house, clerk, told.id, Act.CLEAR, branch="main")
    assert offline.conflicts(house, clerk) == []
    assert Loan.objects.count() == 0


def test_once_the_person_is_registered_the_loan_is_made(house, clerk, device, book):
    device.card(NOBODYS_CARD).lend(book).bring()
    (told,) = offline.conflicts(house, clerk)
    new = register(house, clerk, Registration("Nowak", "Ola", card_number=NOBODYS_CARD))

    done = offline.settle(house, clerk, told.id, Act.AGAIN, branch="main")

    assert done == Taken(lent=1)
    assert on_loan(house, new) == [book]
    assert offline.count_conflicts() == 0


def test_trying_again_too_early_loses_nothing(house, clerk, device, book):
    device.card(NOBODYS_CARD).lend(book).bring()
    (told,) = offline.conflicts(house, clerk)

    assert offline.settle(house, clerk, told.id, Act.AGAIN, branch="main") == Taken(conflicts=1)

    (still,) = offline.conflicts(house, clerk)
    assert (still.kind, still.card, still.scan, still.day) == (told.kind, told.card, told.scan, told.day)


@pytest.mark.clause("TH-1.8")
def test_a_patron_who_was_forgotten_meanwhile_stays_forgotten(house, lead, clerk, device, ada, book):
    device.card(ADA_CARD).lend(book)
    house.vault.destroy_subject(ada)

    assert device.bring() == Taken(conflicts=1)
    assert kinds(house, clerk) == [Kind.CARD_UNKNOWN]
    assert Loan.objects.count() == 0


def test_an_item_that_nobody_knows_waits_until_it_is_added(house, clerk, device, ada, shelve):
    device.card(ADA_CARD).lend("X00000000").take_back("X00000000").bring()
    assert kinds(house, clerk) == [Kind.ITEM_UNKNOWN, Kind.ITEM_UNKNOWN]

    assert shelve() == "X00000000"
    first = offline.conflicts(house, clerk)[0]

    assert offline.settle(house, clerk, first.id, Act.AGAIN, branch="main") == Taken(lent=1)
    assert on_loan(house, ada) == ["X00000000"]


def test_what_is_on_loan_to_another_is_left_to_a_person(house, clerk, device, ada, ben, book):
    lending.check_out(house, clerk, ben, book, branch="main")

    assert device.card(ADA_CARD).lend(book).bring() == Taken(conflicts=1)
    assert (on_loan(house, ada), on_loan(house, ben)) == ([], [book])
    (told,) = offline.conflicts(house, clerk)
    assert (told.kind, told.card) == (Kind.OUT_TO_ANOTHER, "")

    assert offline.settle(house, clerk, told.id, Act.GO_ON, branch="main") == Taken(lent=1)
    assert (on_loan(house, ada), on_loan(house, ben)) == ([book], [])


def test_what_is_on_loan_to_the_same_card_already_is_done(house, clerk, device, ada, book):
    """The desk's last answer was lost with the line, and the item was scanned again."""
    lending.check_out(house, clerk, ada, book, branch="main")

    assert device.card(ADA_CARD).lend(book).bring() == Taken(already=1)
    assert Loan.objects.count() == 1


def test_a_lost_card_lends_to_nobody_until_somebody_looked(house, clerk, device, ada, book):
    cards.report_lost(house, clerk, ada, circumstance=Circumstance.CARD_SCANNED)

    assert device.card(ADA_CARD).lend(book).bring() == Taken(conflicts=1)
    (told,) = offline.conflicts(house, clerk)
    found = offline.patron_of(house, clerk, told.id)
    assert (told.kind, found.patron, found.status) == (Kind.CARD_LOST, ada, "lost")

    assert offline.settle(house, clerk, told.id, Act.GO_ON, branch="main").lent == 1
    assert on_loan(house, ada) == [book]


def test_a_return_does_not_end_a_loan_that_may_have_begun_after_it(
    house, clock, clerk, device, ada, ben, book
):
    """Taken back offline, put on the shelf, and lent to somebody else at another desk before the upload."""
    lending.check_out(house, clerk, ada, book, branch="main")
    clock.forward(days=3)
    device.take_back(book)
    clock.forward(hours=1)
    lending.check_in(house, clerk, book, branch="main")
    lending.check_out(house, clerk, ben, book, branch="main")

    assert device.bring() == Taken(conflicts=1)
    assert on_loan(house, ben) == [book]
    (told,) = offline.conflicts(house, clerk)
    assert told.kind is Kind.LENT_SINCE

    assert offline.settle(house, clerk, told.id, Act.GO_ON, branch="main") == Taken(returned=1)
    assert on_loan(house, ben) == []


def test_what_belongs_to_another_branch_is_told(house, clerk, device, shelve):
    from circumspect.records.catalog.models import Branch

    Branch.objects.create(code="east", name="East")
    book = shelve()
    from circumspect.records.catalog.models import Item

    Item.objects.filter(barcode=book).update(branch_id="east")

    assert device.take_back(book).bring() == Taken(not_out=1, conflicts=1)
    assert kinds(house, clerk) == [Kind.SEND_ON]


@pytest.mark.clause("MP-7.15", "TH-1.11")
def test_showing_what_waits_is_written_down_with_whose_loan_may_be_read_off_it(
    house, clerk, device, ada, ben, book
):
    """And shows no card number of anybody who has one."""
    lending.check_out(house, clerk, ben, book, branch="main")
    device.card(ADA_CARD).lend(book).bring()
    start = house.ledger.size()

    (told,) = offline.conflicts(house, clerk)

    entries = list(house.ledger.entries(start, house.ledger.size()))
    shown = [each for each in entries if each.body["action"] == "view"]
    assert [(each.body["series"], each.body["fields"], each.body["subjects"]) for each in shown] == [
        ("loans", ["item"], 1)
    ]
    mine = house.vault.links("ledger", ben)
    assert [mine[mark.epoch] == mark.link for mark in house.ledger.marks(shown[0].index)] == [True]
    assert told.card == ""


def test_somebody_who_may_not_lend_sees_nothing_that_waits(house, clerk, device, book):
    device.card(NOBODYS_CARD).lend(book).bring()
    (told,) = offline.conflicts(house, clerk)
    reference = replace(clerk, roles=frozenset({"reference"}))

    with pytest.raises(Refused):
        offline.conflicts(house, reference)
    with pytest.raises(Refused):
        offline.settle(house, reference, told.id, Act.CLEAR, branch="main")
    with pytest.raises(Refused):
        offline.patron_of(house, reference, told.id)

    assert offline.count_conflicts() == 1


def test_what_waits_is_shown_a_page_at_a_time_oldest_first(house, clerk, device, ada, monkeypatch):
    monkeypatch.setattr(offline, "MOST_SHOWN", 2)
    now = int(house.clock().timestamp())
    for number, at in (("X91", now - 5), ("X92", now - 50), ("X93", now - 500)):
        device.take_back(number, at=at)
    device.bring()

    assert [each.scan for each in offline.conflicts(house, clerk)] == ["X93", "X92"]
    assert offline.count_conflicts() == 3


@pytest.mark.clause("TH-1.20")
def test_what_came_back_late_while_the_line_was_down_costs_what_was_due_then(
    house, clock, clerk, device, ada, book
):
    """Not what would be due on the day of the upload."""
    from django.db import connection

    from circumspect.records.fees import charging

    LoanRule.objects.create(
        category="",
        item_type="",
        branch="",
        period=7,
        renewals=0,
        max_items=50,
        fine_cents=10,
        fine_per="day",
    )
    lending.RULE_BOOK.forget()
    lending.check_out(house, clerk, ada, book, branch="main")
    clock.forward(days=9)
    device.take_back(book)
    clock.forward(days=5)

    assert device.bring() == Taken(returned=1)
    with connection.cursor() as cursor:
        assert charging.owed(cursor, list(house.vault.links(charging.SERIES, ada).values())) == 20


# once, and wholly


def test_brought_again_nothing_is_done_again(house, clock, clerk, device, ada, shelve):
    first, second = shelve(), shelve()
    device.card(ADA_CARD).lend(first, second)
    device.bring()
    clock.forward(days=1)
    lending.check_in(house, clerk, first, branch="main")

    assert device.bring() == Taken(already=2)
    assert on_loan(house, ada) == [second]


def test_stopped_in_the_middle_it_goes_on_where_it_was(house, clerk, device, ada, shelve, monkeypatch):
    books = [shelve() for _ in range(4)]
    device.card(ADA_CARD).lend(*books)
    made = []

    def breaks(*args: Any, **named: Any) -> Any:
        if len(made) == 2:
            raise DoorClosed("the ledger")
        made.append(lending.check_out(*args, **named))
        return made[-1]

    monkeypatch.setattr(offline, "check_out", breaks)
    with pytest.raises(DoorClosed):
        device.bring()
    assert len(on_loan(house, ada)) == 2
    monkeypatch.undo()

    assert device.bring() == Taken(lent=2, already=2)
    assert on_loan(house, ada) == sorted(books)


# the device and its letters, forged and stolen


def test_an_altered_letter_is_told_and_opens_nowhere(house, clerk, device, ada, shelve):
    first, second = shelve(), shelve()
    device.card(ADA_CARD).lend(first, second)
    whole = device.letters[0]
    changed = [
        whole[:-1] + bytes([whole[-1] ^ 1]),
        whole[:70],
        whole[:1] + b"\0" * 64 + whole[65:],
        b"",
        b"\x04" * 20_000,
    ]

    done = device.bring([*changed, device.letters[1]])

    assert done == Taken(lent=1, conflicts=len(changed))
    assert set(kinds(house, clerk)) == {Kind.UNREADABLE}
    assert on_loan(house, ada) == [second]


def test_a_letter_to_one_box_does_not_open_in_another(house, clerk, device, ada, book):
    other = Device(house, clerk)
    letter = device.card(ADA_CARD).lend(book).letters[0]

    assert other.bring([letter]) == Taken(conflicts=1)
    assert kinds(house, clerk) == [Kind.UNREADABLE]
    assert Loan.objects.count() == 0


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        {"do": "out", "scan": "X1"},
        {"do": "away", "scan": "X1", "cards": ["X2"]},
        {"do": "out", "scan": "X1", "cards": ["a'; DROP TABLE"]},
        {"do": "in", "scan": 3},
        {"do": "in", "scan": "X1", "at": 10**30},
        {"do": "in", "scan": "X1", "at": -1},
        {"do": "in", "scan": "X1", "at": "now"},
        {"kind": "card_unknown", "why": ["anything"]},
    ],
)
def test_a_letter_that_no_page_of_ours_wrote_does_nothing(house, clerk, device, told):
    plain = json.dumps({"at": 1, **told} if isinstance(told, dict) else told).encode()
    device.letters.append(house.vault.letterbox.seal(int(device.box.id, 16), plain))

    assert device.bring() == Taken(conflicts=1)
    assert kinds(house, clerk) == [Kind.UNREADABLE]


def test_a_letter_kept_back_and_brought_after_its_box_ended_does_nothing(house, clerk, device, ada, book):
    """A replay long after: its item came back meanwhile, and must not be on loan again."""
    device.card(ADA_CARD).lend(book).bring()
    lending.check_in(house, clerk, book, branch="main")
    offline.emptied(house, device.box.id)

    with pytest.raises(BoxGoneError):
        device.bring()
    other = Device(house, clerk)
    assert other.bring(device.letters) == Taken(conflicts=1)
    assert Loan.objects.count() == 0


def test_a_clock_that_is_wrong_on_the_device_lends_neither_in_the_future_nor_long_ago(
    house, device, ada, shelve
):
    ahead, behind = shelve(), shelve()
    now = int(house.clock().timestamp())

    device.card(ADA_CARD).lend(ahead, at=now + 10**9).lend(behind, at=1).take_back(behind, at=5, here=True)

    assert device.bring().lent == 2
    loan = Loan.objects.get(item__barcode=ahead)
    assert loan.due_at < now + 86_400 * 60


@pytest.mark.clause("MP-4.7")
def test_a_box_is_made_anew_each_time_and_its_number_says_nothing(house):
    boxes = [offline.new_box(house) for _ in range(5)]

    assert len({each.id for each in boxes}) == 5
    assert len({each.public_key for each in boxes}) == 5
    assert all(len(each.public_key) == 65 and each.public_key[0] == 4 for each in boxes)


@pytest.mark.parametrize("box_id", ["", "x", "-1", "f" * 17, "0" * 16, "é"])
def test_a_box_that_never_was_takes_nothing(house, clerk, box_id):
    with pytest.raises(BoxGoneError):
        offline.take(house, clerk, box_id, [b"letter"], branch="main")


# nothing kept after


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_once_a_device_has_emptied_its_box_nothing_of_it_is_left(house, clerk, device, ada, book):
    device.card(ADA_CARD).lend(book).bring()

    offline.emptied(house, device.box.id)

    assert not OfflineBox.objects.exists()
    assert not OfflineLetter.objects.exists()
    assert house.vault.letterbox.boxes() == set()


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_a_box_lives_until_its_last_conflict_is_cleared(house, clerk, device, book):
    device.card(NOBODYS_CARD).lend(book).bring()
    offline.emptied(house, device.box.id)
    (told,) = offline.conflicts(house, clerk)

    offline.settle(house, clerk, told.id, Act.CLEAR, branch="main")

    assert not OfflineBox.objects.exists()
    assert house.vault.letterbox.boxes() == set()


@pytest.mark.clause("TH-1.8", "TH-1.11")
@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_what_nobody_fetched_is_let_go_after_sixty_days(house, clock, clerk, device, book):
    device.card(NOBODYS_CARD).lend(book).bring()
    clock.forward(days=60)
    assert offline.end_boxes(house) == 0
    clock.forward(days=1)

    assert offline.end_boxes(house) == 1

    assert not OfflineConflict.objects.exists()
    assert house.vault.letterbox.boxes() == set()


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_a_key_that_was_left_over_is_destroyed(house):
    house.vault.letterbox.make(77)

    assert offline.end_boxes(house) == 1
    assert house.vault.letterbox.boxes() == set()


@pytest.mark.attack(1)
@pytest.mark.clause("TH-1.11", "MP-4.5")
@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_a_conflict_names_nobody_and_no_item_in_the_database(house, clerk, device, book):
    device.card(NOBODYS_CARD).lend(book).bring()

    rows = [bytes(row) for row in OfflineConflict.objects.values_list("letter", flat=True)]

    assert len(rows) == 1
    for text in (NOBODYS_CARD, book, "card_unknown"):
        assert text.encode() not in rows[0]


@pytest.mark.attack(1)
@pytest.mark.clause("MP-4.7")
@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_no_file_of_the_databases_holds_a_card_number_that_was_brought(house, clerk, device, ada, shelve):
    """Not while it waits, nor in the log beside the database, nor after it is cleared."""
    from django.db import connections

    device.card(ADA_CARD).lend(shelve()).card(NOBODYS_CARD).lend(shelve()).bring()
    offline.conflicts(house, clerk)

    if connections["default"].vendor == "sqlite":
        names = [str(connections[alias].settings_dict["NAME"]) for alias in DATABASES]
        dumped = [Path(name + end) for name in names for end in ("", "-wal") if Path(name + end).exists()]
        held = b"".join(path.read_bytes() for path in dumped)
    else:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT t::text FROM circulation_offline_conflict t")
            held = repr(cursor.fetchall()).encode()
    assert len(held) > 512
    for number in (ADA_CARD, NOBODYS_CARD):
        assert number.encode() not in held
        assert number.encode().hex().encode() not in held


def test_two_kinds_of_conflict_look_alike_in_the_database(house, clerk, device, ada, shelve):
    device.card(NOBODYS_CARD).lend(shelve())
    device.card(ADA_CARD).lend("X99999999").take_back("X99999998")
    device.bring()

    assert len({len(row) for row in OfflineConflict.objects.values_list("letter", flat=True)}) == 1
