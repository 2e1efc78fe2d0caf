"""Cards come, are lost and are replaced; a PIN is a hash under two keys."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from django.db import connection, connections

from circumspect.records import barcodes
from circumspect.records.patrons import cards
from circumspect.records.patrons.cards import PinAnswer
from circumspect.records.patrons.errors import CardTakenError, FieldError
from circumspect.records.patrons.models import Card, Pin
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED
CARD, OTHER_CARD = "21234000000018", "21234000000026"
KIOSK = Actor(ActorKind.TERMINAL, "kiosk1")
PIN = "4821"


def test_a_card_of_ours_has_fourteen_digits_and_checks_itself(house, clerk, enrol):
    ada = enrol()

    number = cards.issue_card(house, clerk, ada, circumstance=SCANNED)

    assert barcodes.is_valid14(number)
    assert barcodes.kind_of(number) is barcodes.BarcodeKind.PATRON
    assert number[1:5] == "1234"
    assert cards.find_card(house, number).patron == ada


def test_a_replaced_card_still_finds_its_patron_and_is_no_longer_active(house, clerk, enrol):
    ada = enrol(card_number=CARD)

    new = cards.issue_card(house, clerk, ada, OTHER_CARD, circumstance=SCANNED)

    assert new == OTHER_CARD
    assert cards.find_card(house, CARD).status == Card.Status.REPLACED
    assert cards.find_card(house, CARD).patron == ada
    assert cards.find_card(house, OTHER_CARD).status == Card.Status.ACTIVE
    assert cards.card_number(house, clerk, ada, circumstance=SCANNED) == OTHER_CARD


@pytest.mark.parametrize("lost", [True, False])
def test_issuing_says_how_the_old_card_ended(house, clerk, enrol, lost):
    ada = enrol(card_number=CARD)

    cards.issue_card(house, clerk, ada, circumstance=SCANNED, old_card_lost=lost)

    assert cards.find_card(house, CARD).status == (Card.Status.LOST if lost else Card.Status.REPLACED)
    assert Card.objects.get(status=Card.Status.ACTIVE).patron_id == ada


def test_a_lost_card_is_lost_at_once(house, clerk, enrol):
    ada = enrol(card_number=CARD)

    cards.report_lost(house, clerk, ada, circumstance=Circumstance.UNEXPLAINED, reason=Reason.PHONE)

    assert cards.find_card(house, CARD).status == Card.Status.LOST
    assert cards.card_number(house, clerk, ada, circumstance=SCANNED) == ""


@pytest.mark.parametrize("typed", [CARD, "31234000000016", "1", "no-card!"])
def test_a_number_that_does_not_do_leaves_the_old_card_as_it_is(house, clerk, enrol, typed):
    enrol("Okoye", card_number=CARD)
    ada = enrol(card_number=OTHER_CARD)

    with pytest.raises(FieldError) as refusal:
        cards.issue_card(house, clerk, ada, typed, circumstance=SCANNED)

    assert len(typed) < 3 or typed not in str(refusal.value)
    assert cards.find_card(house, OTHER_CARD).status == Card.Status.ACTIVE


def test_a_card_taken_between_look_and_write_leaves_the_old_card_as_it_is(house, clerk, enrol, monkeypatch):
    enrol("Okoye", card_number=CARD)
    ada = enrol(card_number=OTHER_CARD)
    monkeypatch.setattr(cards.finding, "find_card", lambda *_: None)

    with pytest.raises(CardTakenError):
        cards.issue_card(house, clerk, ada, CARD, circumstance=SCANNED)

    assert Card.objects.get(patron_id=ada).status == Card.Status.ACTIVE


def test_a_refused_clerk_issues_no_card(house, clerk, enrol):
    ada = enrol()

    with pytest.raises(Refused):
        cards.issue_card(house, clerk, ada, circumstance=Circumstance.UNEXPLAINED)

    assert not Card.objects.exists()


@pytest.mark.clause("TH-1.8", "TH-1.23")
def test_an_ended_card_is_forgotten_after_its_days(house, clerk, enrol, clock):
    ada = enrol(card_number=CARD)
    cards.issue_card(house, clerk, ada, OTHER_CARD, circumstance=SCANNED)
    clock.forward(days=30)
    assert cards.forget_ended_cards(house, 30) == 0

    clock.forward(days=1)

    assert cards.forget_ended_cards(house, 30) == 1
    assert cards.find_card(house, CARD) is None
    assert cards.find_card(house, OTHER_CARD).patron == ada


# PINs


@pytest.fixture
def ada(house, clerk, enrol):
    """A patron with a PIN."""
    patron = enrol(card_number=CARD)
    cards.set_pin(house, clerk, patron, PIN, circumstance=SCANNED)
    return patron


def test_the_right_pin_is_right_and_a_wrong_one_wrong(house, ada):
    assert cards.check_pin(house, KIOSK, ada, PIN) is PinAnswer.RIGHT
    assert cards.check_pin(house, KIOSK, ada, "4822") is PinAnswer.WRONG
    assert cards.check_pin(house, KIOSK, ada, "") is PinAnswer.WRONG
    assert cards.check_pin(house, KIOSK, ada, PIN + "0") is PinAnswer.WRONG


@pytest.mark.clause("TH-1.23")
def test_the_pin_table_holds_a_sealed_hash_and_nothing_else(house, ada):
    """The hash cannot be guessed at without the house's PIN key, nor read without the patron's."""
    with connection.cursor() as cursor:
        columns = {
            column.name for column in connection.introspection.get_table_description(cursor, "patrons_pin")
        }
        cursor.execute("SELECT sealed_hash FROM patrons_pin")
        stored = bytes(cursor.fetchone()[0])

    assert columns == {"patron_id", "sealed_hash", "failures", "locked_until"}
    assert b"argon2" not in stored
    assert PIN.encode() not in stored


@pytest.mark.clause("TH-1.23")
def test_the_hash_without_the_houses_key_is_no_hash_of_the_pin(house, clerk, ada, monkeypatch):
    """All ten thousand PINs could be tried at a plain hash in a minute."""
    seen: list[str] = []
    real = cards._HASHER.verify
    monkeypatch.setattr(
        "circumspect.records.patrons.cards._matches", lambda stored, peppered: seen.append(stored) or True
    )
    cards.check_pin(house, KIOSK, ada, PIN)

    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", seen[0])
    with pytest.raises(Exception, match="does not match"):
        real(seen[0], PIN)


@pytest.mark.clause("TH-1.23", "MP-3.6")
@pytest.mark.parametrize("action", [Action.VIEW, Action.EXPORT, Action.DISCLOSE])
def test_nobody_is_shown_a_pin(house, lead, ada, action):
    with pytest.raises(Refused):
        house.door.ask(
            lead,
            action=action,
            purpose=Purpose.MAINTAIN,
            series="pins",
            subjects=[ada],
            fields={"hash"},
            circumstance=SCANNED,
        )


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "1",
        "123",
        "123456789",
        "12a4",
        "１２３４",
        "4 821",
        "1111",
        "0000",
        "1234",
        "23456",
        "9876",
        "4321",
    ],
)
def test_a_pin_that_is_none_or_easy_to_guess_is_refused_and_not_repeated(house, clerk, ada, pin):
    with pytest.raises(FieldError) as refusal:
        cards.set_pin(house, clerk, ada, pin, circumstance=SCANNED)

    assert refusal.value.field == "pin"
    assert len(pin) < 2 or pin not in str(refusal.value)
    assert cards.check_pin(house, KIOSK, ada, PIN) is PinAnswer.RIGHT


def test_wrong_pins_lock_for_longer_and_longer_and_the_right_one_opens_again(house, ada, clock):
    """Five tries, then a minute, then two, up to an hour; a lock never becomes a ban."""
    for _ in range(5):
        assert cards.check_pin(house, KIOSK, ada, "00072815") is PinAnswer.WRONG
    waits = []
    for _ in range(8):
        assert cards.check_pin(house, KIOSK, ada, PIN) is PinAnswer.LOCKED
        waits.append(Pin.objects.get().locked_until - int(clock().timestamp()))
        clock.forward(seconds=waits[-1] - 1)
        assert cards.check_pin(house, KIOSK, ada, PIN) is PinAnswer.LOCKED
        clock.forward(seconds=1)
        assert cards.check_pin(house, KIOSK, ada, "00072815") is PinAnswer.WRONG

    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    clock.forward(seconds=3600)
    assert cards.check_pin(house, KIOSK, ada, PIN) is PinAnswer.RIGHT
    assert Pin.objects.get().failures == 0


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_many_tries_at_once_are_no_more_than_five(house, ada):
    """Twelve machines guess at the same moment; at most five guesses are looked at."""
    at_once = threading.Barrier(12)
    answers: list[object] = []

    def guess() -> None:
        at_once.wait()
        try:
            answers.append(cards.check_pin(house, KIOSK, ada, "00072815"))
        finally:
            connections.close_all()

    machines = [threading.Thread(target=guess) for _ in range(12)]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join()

    assert len(answers) == 12
    assert answers.count(PinAnswer.WRONG) == 5
    assert answers.count(PinAnswer.LOCKED) == 7


def test_a_locked_pin_does_not_lock_the_desk(house, clerk, ada, opened):
    for _ in range(6):
        cards.check_pin(house, KIOSK, ada, "00072815")

    assert opened(ada, "given_name")["given_name"] == "Ada"
    cards.set_pin(house, clerk, ada, "5930", circumstance=SCANNED)
    assert cards.check_pin(house, KIOSK, ada, "5930") is PinAnswer.RIGHT


def test_a_locked_pin_gives_no_hint_whether_the_guess_was_right(house, ada):
    for _ in range(5):
        cards.check_pin(house, KIOSK, ada, "00072815")

    answers = {cards.check_pin(house, KIOSK, ada, guess) for guess in (PIN, "0007", "5930")}

    assert answers == {PinAnswer.LOCKED}


def test_an_unknown_patron_costs_the_same_hashes_as_a_known_one(house, ada, enrol, monkeypatch):
    """Else a stopwatch at the self-check tells cards that exist from cards that do not."""
    nobody_has_one = enrol("Okoye")
    counted: list[int] = []
    real = cards._matches
    monkeypatch.setattr(cards, "_matches", lambda *args: counted.append(1) or real(*args))
    hashes = {}
    for name, patron, pin in (
        ("right", ada, PIN),
        ("wrong", ada, "0007"),
        ("no PIN", nobody_has_one, PIN),
        ("unknown", 12345, PIN),
        ("no card", None, PIN),
    ):
        counted.clear()
        answer = cards.check_pin(house, KIOSK, patron, pin)
        hashes[name] = len(counted)
        assert answer is (PinAnswer.RIGHT if name == "right" else PinAnswer.WRONG)

    assert set(hashes.values()) == {1}


def test_a_pin_is_checked_at_the_door(house, ada):
    """A machine's every try is in the ledger, and shows nothing."""
    before = house.ledger.size()

    cards.check_pin(house, KIOSK, ada, "00072815")

    entry = house.ledger.entries(before, before + 1)[0].body
    assert (entry["series"], entry["action"], entry["purpose"]) == ("pins", "use", "check a PIN")
    assert "00072815" not in str(entry)


def test_a_day_is_a_day_where_the_library_stands(house, clerk, enrol, clock):
    """A card issued at nine in the evening in Chicago is issued that day, though it is tomorrow in London."""
    clock.now = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)

    cards.issue_card(house, clerk, enrol(), CARD, circumstance=SCANNED)

    assert Card.objects.get().issued_on == dt.date(2026, 11, 23)
