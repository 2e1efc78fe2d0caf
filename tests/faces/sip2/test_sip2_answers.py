"""What machines are told and what they may do: a conversation without a socket."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from sip2_support import ADA_CARD, ADA_PIN, BEN_CARD, DATE, ITEMS, TITLE, TOLD_BY

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.answers import Conversation
from circumspect.faces.sip2.media import media_type
from circumspect.offices.terminals import accounts, telling
from circumspect.records.catalog.models import Item, Title
from circumspect.records.circulation.models import Loan
from circumspect.records.fees import charging
from circumspect.records.fees.rules import FeeKind
from circumspect.records.holds.models import Hold, VisitingCopy
from circumspect.records.patrons.conditions import Conditions
from circumspect.records.patrons.standing import BLOCK_RULES, BlockKind

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def talk(world):
    """A conversation with one of the world's machines."""
    return lambda name: Conversation(world.house, accounts.find(world.terminals[name].account.name))


def info(card=ADA_CARD, pin=ADA_PIN, summary=" " * 10, **more):
    return codec.PatronInformationRequest(
        date=DATE, patron=card, patron_password=pin, summary=summary, **more
    )


def status(card=ADA_CARD, pin=ADA_PIN, language="000"):
    return codec.PatronStatusRequest(date=DATE, patron=card, patron_password=pin, language=language)


def out(item=ITEMS[0], card=ADA_CARD, pin=ADA_PIN, **more):
    return codec.CheckOut(date=DATE, patron=card, item=item, patron_password=pin, **more)


def back(item=ITEMS[0], returned=DATE, **more):
    return codec.CheckIn(date=DATE, returned=returned, item=item, **more)


def owe(world, patron, cents=250, kind=FeeKind.OVERDUE):
    from django.db import connection

    with connection.cursor() as cursor:
        return charging.charge(
            world.house, cursor, patron, kind, cents, branch="main", item_id=None, today=world.house.today()
        )


# who is told what


def test_a_self_check_is_told_a_first_name_and_numbers_after_card_and_pin(talk):
    told = talk("self_check").answer(info())

    assert (told.valid, told.valid_password, told.name, told.language) == ("Y", "Y", "Adacanary", "008")
    assert (told.charged, told.overdue, told.fines, told.holds) == ("0000", "0000", "0000", "0000")
    assert (told.charged_limit, told.hold_limit, told.owed) == ("0050", "0025", "0.00")
    assert told.status == " " * 14
    assert told.charged_items == ()


def test_without_the_pin_it_is_told_nothing_where_the_pin_is_asked_for(talk):
    told = talk("self_check").answer(info(pin=None))

    assert (told.valid, told.valid_password, told.name, told.charged) == ("N", None, "", "    ")


@pytest.mark.clause("MP-3.6")
def test_a_vendor_of_electronic_books_learns_whether_the_card_is_good_and_no_name(talk):
    told = talk("e_content").answer(info(summary="  Y       "))
    written = codec.encode(told)

    assert (told.valid, told.valid_password, told.name) == ("Y", "Y", "Patron")
    assert (told.owed, told.category, told.expires, told.born) == (None, None, None, None)
    assert (told.charged, told.fines, told.language) == ("    ", "    ", "000")
    assert b"anary" not in written


def test_what_is_not_allowed_is_left_out_and_what_the_standard_wants_stands_empty(world, clerk):
    added = accounts.add(
        world.house, "plain", "e_content", branch="main",
        choices=accounts.Choices(name_instead="", fewer=("CQ",)),
    )  # fmt: skip

    written = codec.encode(Conversation(world.house, added.account).answer(info()))

    assert b"|AE|" in written
    assert b"|BLY|" in written
    for code in (b"CQ", b"BV", b"BH", b"CC", b"PA", b"PB", b"PC", b"BD", b"BE", b"BF", b"BZ", b"CB", b"AF"):
        assert b"|" + code not in written


def test_a_self_check_that_works_by_card_alone_is_told_whether_the_card_is_good_and_numbers(talk, world):
    owe(world, world.ada)
    machine = talk("open")
    machine.answer(out(pin=None))

    told = machine.answer(info(pin=None, summary="  Y       "))

    assert (told.valid, told.valid_password, told.name, told.charged) == ("Y", None, "Patron", "0001")
    assert (told.owed, told.fines, told.charged_items, told.language) == (None, "    ", (), "000")


def test_the_same_machine_is_told_more_once_the_pin_is_given(talk, world):
    owe(world, world.ada)
    machine = talk("open")
    machine.answer(out(pin=None))

    told = machine.answer(info(summary="  Y       "))

    assert (told.name, told.owed, told.charged_items) == ("Adacanary", "2.50", (ITEMS[0],))


def test_a_kiosk_lists_fees_by_number_and_kind_and_never_by_item(talk, world):
    fee = owe(world, world.ada)

    told = talk("payment_kiosk").answer(info(summary="   Y      "))

    assert told.fine_items == (f"{fee} 2.50 Cargo por demora",)
    assert (told.owed, told.fee_limit, told.fines) == ("2.50", "10.00", "0001")
    assert told.name == "Patron"


def test_a_list_is_told_by_its_range_and_only_when_it_is_asked_for(talk):
    machine = talk("wide")
    for item in ITEMS[:3]:
        assert machine.answer(out(item)).ok == "1"

    assert machine.answer(info()).charged_items == ()
    assert len(machine.answer(info(summary="  Y       ")).charged_items) == 3
    assert machine.answer(info(summary="  Y       ", start="2", end="2")).charged_items == (ITEMS[1],)
    assert machine.answer(info(summary="  Y       ", start="3", end="99")).charged_items == (ITEMS[2],)
    assert machine.answer(info(summary="  Y       ", start="9", end="1")).charged_items == ()
    assert machine.answer(info(summary="  Y       ", start="x", end="-1")).charged_items != ()


def test_the_short_status_and_the_enable_message_say_the_same_of_a_card(talk):
    machine = talk("wide")

    short = machine.answer(status())
    enabled = machine.answer(codec.PatronEnable(date=DATE, patron=ADA_CARD, patron_password=ADA_PIN))

    assert (short.valid, short.name, short.category, short.home_branch) == (
        "Y",
        "Adacanary",
        "resident_adult",
        "main",
    )
    assert short.expires == "20291122"
    assert (enabled.valid, enabled.name, enabled.status) == ("Y", "Adacanary", short.status)


@pytest.mark.clause("TH-1.16")
def test_no_profile_has_a_field_that_no_machine_may_have(world):
    from circumspect.offices.terminals.profiles import ITEM_FIELDS, PROFILES

    for profile in PROFILES.values():
        assert not profile.all_fields & {"BD", "BE", "BF", "DA", "AA", "CY"}
        assert profile.all_fields <= set(telling.SOURCES) | ITEM_FIELDS


# unknown cards and wrong PINs


def shape(message):
    """An answer with what was asked about taken out."""
    return codec.encode(message).replace(ADA_CARD.encode(), b"#").replace(b"29999999999999", b"#")


@pytest.mark.clause("TH-1.23")
@pytest.mark.parametrize(
    "name", ["self_check", "pc_reservation", "e_content", "payment_kiosk", "wide", "open"]
)
def test_an_unknown_card_and_a_wrong_pin_are_answered_alike(talk, name):
    machine = talk(name)
    questions = [status, info, lambda card, pin: out(card=card, pin=pin)]
    for ask in questions:
        wrong = machine.answer(ask(card=ADA_CARD, pin="0000"))
        wrong_guessed = machine.guessed
        nobody = machine.answer(ask(card="29999999999999", pin="0000"))

        assert shape(wrong) == shape(nobody)
        assert wrong_guessed == machine.guessed


@pytest.mark.clause("TH-1.23")
def test_a_self_check_that_asks_for_no_pin_refuses_a_wrong_one_like_an_unknown_card(talk):
    machine = talk("usual")
    assert not machine.account.pin_required
    assert machine.answer(info(pin=None)).valid == "Y"

    for ask in (status, info, lambda card, pin: out(card=card, pin=pin)):
        wrong = machine.answer(ask(card=ADA_CARD, pin="0000"))
        assert machine.guessed
        nobody = machine.answer(ask(card="29999999999999", pin="0000"))
        assert machine.guessed
        assert shape(wrong) == shape(nobody)

    refused = machine.answer(info(pin="0000"))
    assert (refused.valid, refused.valid_password, refused.name, refused.charged) == ("N", "N", "", "    ")
    assert Loan.objects.count() == 0
    # The card alone goes on lending, and the right PIN tells more.
    assert machine.answer(out(pin=None)).ok == "1"
    assert machine.answer(info()).name == "Adacanary"


@pytest.mark.clause("TH-1.23")
def test_an_unknown_card_costs_the_same_hash_as_a_wrong_pin(talk, monkeypatch):
    from circumspect.records.patrons import cards

    hashed = []
    real = cards._matches
    monkeypatch.setattr(cards, "_matches", lambda *given: hashed.append(1) or real(*given))
    machine = talk("self_check")

    counts = []
    for card, pin in ((ADA_CARD, "0000"), ("29999999999999", "0000"), (BEN_CARD, "0000")):
        hashed.clear()
        machine.answer(info(card, pin))
        counts.append(len(hashed))

    assert counts == [1, 1, 1]


def test_a_card_locked_by_wrong_pins_is_answered_like_a_wrong_pin(talk):
    machine = talk("self_check")
    wrong = [shape(machine.answer(info(pin="0000"))) for _ in range(7)]

    assert set(wrong) == {shape(machine.answer(info()))}


def test_a_pin_is_worked_out_once_an_errand_and_not_after_it(talk, monkeypatch):
    from circumspect.records.patrons import cards

    hashed = []
    real = cards._matches
    monkeypatch.setattr(cards, "_matches", lambda *given: hashed.append(1) or real(*given))
    machine = talk("self_check")

    machine.answer(info())
    machine.answer(info())
    assert machine.answer(out(pin=None)).ok == "1"
    assert len(hashed) == 1
    machine.answer(codec.EndSession(date=DATE, patron=ADA_CARD))

    assert machine.answer(out(ITEMS[1], pin=None)).ok == "0"
    assert machine.answer(info(pin="0000")).valid == "N"
    assert len(hashed) == 2


def test_an_errand_ends_by_itself_and_with_the_next_card(talk, world):
    now = [0.0]
    machine = Conversation(world.house, world.terminals["self_check"].account, lambda: now[0])

    machine.answer(info())
    now[0] = 301.0
    assert machine.answer(out(pin=None)).ok == "0"
    machine.answer(info())
    machine.answer(info(BEN_CARD, None))
    assert machine.answer(out(pin=None)).ok == "0"


def test_a_lost_card_is_told_as_lost_and_nothing_else(talk, world, clerk):
    from circumspect.records.patrons import cards
    from circumspect.trust.policy.request import Circumstance

    machine = talk("self_check")
    machine.answer(info())
    cards.report_lost(world.house, clerk, world.ada, circumstance=Circumstance.CARD_SCANNED)

    told = machine.answer(info())

    assert (told.valid, told.status[4], told.name, told.charged) == ("N", "Y", "", "    ")
    assert machine.answer(out(pin=None)).ok == "0"


# flags


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        (BlockKind.EXPIRED, {0, 1, 2, 3}),
        (BlockKind.OWES, {0, 2, 3, 10}),
        (BlockKind.TOO_MANY_OVERDUE, {0, 1, 6}),
        (BlockKind.LOST_ITEM, {0, 1, 2, 3, 9}),
        (BlockKind.CARD_LOST, {0, 1, 2, 3, 4}),
        (BlockKind.SEE_PERSON_IN_CHARGE, {0, 1, 2, 3}),
    ],
)
def test_the_flags_follow_from_what_a_block_stops(kind, places):
    told = telling.flags((kind,), Conditions(), 50)

    assert {place for place, sign in enumerate(told) if sign == "Y"} == places
    assert len(told) == 14


def test_the_flags_of_every_set_of_blocks_are_fourteen_signs():
    assert telling.flags(tuple(BLOCK_RULES), Conditions(items_out=60), 50).count("Y") == 10
    assert telling.flags((), Conditions(items_out=50), 50) == "     Y        "


def test_owing_too_much_stops_no_computer(talk, world):
    owe(world, world.ada, 5000)

    at_computers = talk("pc_reservation").answer(info())
    at_books = talk("self_check").answer(info())

    assert (at_computers.status[0], at_computers.status[10], at_computers.owed) == (" ", "Y", "50.00")
    assert at_books.status[0] == "Y"
    assert at_books.screen == ("Por favor, hable con el personal.",)


# lending


def test_lending_and_taking_back(talk):
    machine = talk("wide")

    lent = machine.answer(out())
    again = machine.answer(out())
    renewed = machine.answer(out(may_renew="Y"))
    other = machine.answer(out(item="39999999999999"))
    returned = machine.answer(back())

    assert (lent.ok, lent.renewal, lent.desensitize, lent.title) == ("1", "N", "Y", TITLE)
    assert lent.due == "20261214    235959"
    assert (again.ok, again.due) == ("0", "")
    assert (renewed.ok, renewed.renewal, renewed.desensitize) == ("1", "Y", "N")
    assert (other.ok, other.title) == ("0", "")
    assert (returned.ok, returned.alert, returned.permanent_location, returned.patron) == (
        "1",
        "N",
        "main",
        None,
    )
    assert Loan.objects.count() == 0


def test_what_goes_elsewhere_is_handed_to_the_staff_with_its_destination(talk):
    machine = talk("wide")
    machine.answer(out(ITEMS[3]))

    returned = machine.answer(back(ITEMS[3]))

    assert (returned.alert, returned.alert_type, returned.destination, returned.sort_bin) == (
        "Y",
        "04",
        "west",
        "west",
    )
    assert returned.screen == ("Please hand this item to the staff.",)


def test_a_copy_somebody_waits_for_is_put_aside_and_nobody_is_named(talk):
    machine = talk("wide")
    machine.answer(out())
    assert (
        machine.answer(
            codec.Hold(mode="+", date=DATE, patron=ADA_CARD, patron_password=ADA_PIN, item=ITEMS[2])
        ).ok
        == "1"
    )

    returned = machine.answer(back(ITEMS[2]))
    written = codec.encode(returned)

    assert (returned.alert, returned.alert_type) == ("Y", "01")
    assert ADA_CARD.encode() not in written
    assert b"anary" not in written.replace(TITLE.encode(), b"")


def test_renewing_one_and_all(talk):
    machine = talk("wide")
    machine.answer(out())
    machine.answer(out(ITEMS[1]))

    one = machine.answer(codec.Renew(date=DATE, patron=ADA_CARD, item=ITEMS[0]))
    every = machine.answer(codec.RenewAll(date=DATE, patron=ADA_CARD))
    foreign = machine.answer(codec.Renew(date=DATE, patron=ADA_CARD, item=ITEMS[2]))

    assert (one.ok, one.renewal) == ("1", "Y")
    assert (every.ok, every.renewed, every.unrenewed) == ("1", "0002", "0000")
    assert every.renewed_items == (ITEMS[0], ITEMS[1])
    assert foreign.ok == "0"


def test_a_machine_that_works_by_card_alone_counts_renewals_and_lists_none(talk):
    machine = talk("open")
    machine.answer(out(pin=None))

    every = machine.answer(codec.RenewAll(date=DATE, patron=ADA_CARD))

    assert (every.renewed, every.renewed_items) == ("0001", ())


def test_what_was_lent_a_moment_ago_can_be_undone_by_the_same_machine_alone(talk):
    machine = talk("wide")
    machine.answer(out())

    assert talk("wide").answer(out(cancel="Y")).ok == "0"
    assert machine.answer(out(ITEMS[1], cancel="Y")).ok == "0"
    assert machine.answer(out(cancel="Y")).ok == "1"
    assert Loan.objects.count() == 0


def test_a_block_is_told_as_see_the_staff(talk, world):
    owe(world, world.ada, 5000)

    refused = talk("self_check").answer(out())

    assert refused.ok == "0"
    assert refused.screen == ("Please see the staff.",)


# without a line


def test_offline_transactions_are_taken_only_where_the_account_says_so(talk, world):
    assert talk("wide").answer(out(no_block="Y")).ok == "0"
    assert talk("wide").answer(back(no_block="Y")).ok == "0"
    owe(world, world.ada, 5000)
    machine = talk("open")

    # It has left the house: what would have stopped it stops it no more.
    assert machine.answer(out(pin=None, no_block="Y")).ok == "1"
    assert machine.answer(out(card=BEN_CARD, pin=None, no_block="Y")).ok == "0"
    assert machine.answer(out(card="29999999999999", pin=None, no_block="Y")).ok == "0"


def test_a_return_scanned_without_a_line_counts_from_when_it_was_scanned(talk, world, clock):
    machine = talk("open")
    machine.answer(out(pin=None))
    clock.forward(days=22)
    evening = clock().astimezone(dt.UTC) - dt.timedelta(days=3)

    told = machine.answer(back(no_block="Y", returned=evening.strftime("%Y%m%d   Z%H%M%S")))

    assert told.ok == "1"
    assert machine.answer(info(summary="   Y      ")).owed == "0.00"


# money, holds, cards


def test_a_payment_is_booked_and_more_than_is_owed_is_not(talk, world):
    fee = owe(world, world.ada)
    machine = talk("payment_kiosk")
    machine.answer(info())

    def pay(**more):
        return machine.answer(codec.FeePaid(date=DATE, patron=ADA_CARD, payment_type="02", **more))

    assert pay(amount="1.00", fee=str(fee), transaction="K-1").accepted == "Y"
    assert [pay(amount=amount).accepted for amount in ("9.00", "", "1.234", "-1", "x", "0.00")] == ["N"] * 6
    assert pay(amount="1.00", currency="EUR").accepted == "N"
    assert pay(amount="1.00", fee="nonsense").accepted == "N"
    assert machine.answer(info()).owed == "1.50"
    assert pay(amount="1.50").transaction is None
    assert machine.answer(info()).owed == "0.00"


def test_a_payment_without_a_pin_is_not_booked(talk, world):
    owe(world, world.ada)

    told = talk("open").answer(codec.FeePaid(date=DATE, patron=ADA_CARD, amount="1.00"))

    assert told.accepted == "N"


def test_a_hold_is_placed_and_taken_back(talk):
    machine = talk("wide")
    machine.answer(info())
    ask = {"date": DATE, "patron": ADA_CARD}

    placed = machine.answer(codec.Hold(mode="+", item=ITEMS[0], pickup="west", **ask))
    twice = machine.answer(codec.Hold(mode="+", item=ITEMS[0], **ask))
    counted = machine.answer(info())
    gone = machine.answer(codec.Hold(mode="-", item=ITEMS[0], **ask))
    nothing = machine.answer(codec.Hold(mode="-", item=ITEMS[0], **ask))

    assert (placed.ok, placed.queue, placed.pickup) == ("1", "1", "west")
    assert (twice.ok, gone.ok, nothing.ok) == ("0", "1", "0")
    assert (counted.unavailable, counted.holds) == ("0001", "0000")
    assert placed.expires is None
    assert machine.answer(codec.Hold(mode="?", item=ITEMS[0], **ask)).ok == "0"
    assert machine.answer(codec.Hold(mode="+", **ask)).ok == "0"


def test_a_hold_is_moved_to_another_branch_or_left_as_it_is(talk):
    machine = talk("wide")
    machine.answer(info())
    ask = {"date": DATE, "patron": ADA_CARD, "item": ITEMS[0]}
    nothing = machine.answer(codec.Hold(mode="*", pickup="west", **ask))
    machine.answer(codec.Hold(mode="+", pickup="main", **ask))

    moved = machine.answer(codec.Hold(mode="*", pickup="west", **ask))
    refused = [
        machine.answer(codec.Hold(mode="*", **more, **ask)).ok
        for more in ({}, {"pickup": "moon"}, {"pickup": "main", "expires": "20270101    000000"})
    ]

    assert (nothing.ok, moved.ok, moved.pickup, moved.title) == ("0", "1", "west", TITLE)
    assert refused == ["0", "0", "0"]
    assert Hold.objects.get().pickup_branch == "west"


def test_a_hold_is_placed_moved_and_taken_back_by_the_titles_number(talk):
    machine = talk("wide")
    machine.answer(info())
    number = str(Title.objects.get(source_key="t:1").pk)
    ask = {"date": DATE, "patron": ADA_CARD}

    placed = machine.answer(codec.Hold(mode="+", title=number, hold_type="2", **ask))
    wished = Hold.objects.get().item_id
    moved = machine.answer(codec.Hold(mode="*", title=number, pickup="west", **ask))
    # Any copy of it means the same hold.
    gone = machine.answer(codec.Hold(mode="-", item=ITEMS[1], **ask))

    assert (placed.ok, placed.available, placed.queue, placed.title, placed.item) == (
        "1",
        "Y",
        "1",
        number,
        None,
    )
    assert wished is None
    assert (moved.ok, moved.pickup, gone.ok) == ("1", "west", "1")
    assert Hold.objects.count() == 0


@pytest.mark.parametrize("number", ["", "nonsense", "0", "99999999", "9999999999999999999", "-1", "١٢"])
def test_a_title_that_is_none_is_held_by_nobody(talk, number):
    machine = talk("wide")
    machine.answer(info())

    for mode in "+-*":
        assert (
            machine.answer(codec.Hold(mode=mode, date=DATE, patron=ADA_CARD, title=number, pickup="west")).ok
            == "0"
        )


def test_a_hold_on_one_copy_needs_the_copy_and_no_other_copy_means_it(talk):
    machine = talk("wide")
    machine.answer(info())
    number = str(Title.objects.get(source_key="t:1").pk)
    ask = {"date": DATE, "patron": ADA_CARD, "hold_type": "3"}

    assert machine.answer(codec.Hold(mode="+", title=number, **ask)).ok == "0"
    assert machine.answer(codec.Hold(mode="+", item=ITEMS[0], **ask)).ok == "1"
    assert machine.answer(codec.Hold(mode="+", item=ITEMS[1], **ask)).ok == "1"
    assert Hold.objects.exclude(item=None).count() == 2

    # The title alone does not say which; a copy does.
    assert machine.answer(codec.Hold(mode="-", title=number, **ask)).ok == "0"
    assert machine.answer(codec.Hold(mode="-", item=ITEMS[0], **ask)).ok == "1"
    assert machine.answer(codec.Hold(mode="-", item=ITEMS[0], **ask)).ok == "0"
    assert machine.answer(codec.Hold(mode="-", title=number, **ask)).ok == "1"


def test_nobody_changes_a_hold_of_somebody_else(talk, world, clerk):
    from circumspect.records.patrons import cards
    from circumspect.trust.policy.request import Circumstance

    cards.set_pin(world.house, clerk, world.ben, "8642", circumstance=Circumstance.CARD_SCANNED)
    machine = talk("wide")
    machine.answer(info())
    machine.answer(codec.Hold(mode="+", date=DATE, patron=ADA_CARD, item=ITEMS[0]))
    ask = {"date": DATE, "patron": BEN_CARD, "patron_password": "8642", "item": ITEMS[0]}

    assert machine.answer(codec.Hold(mode="*", pickup="west", **ask)).ok == "0"
    assert machine.answer(codec.Hold(mode="-", **ask)).ok == "0"
    assert Hold.objects.get().pickup_branch == "main"


def test_a_card_that_a_machine_kept_lends_nothing_any_more(talk):
    machine = talk("wide")

    kept = machine.answer(codec.BlockPatron(date=DATE, retained="Y", patron=ADA_CARD))
    nobody = machine.answer(codec.BlockPatron(date=DATE, retained="Y", patron="29999999999999"))

    assert kept.status[4] == "Y"
    assert shape(kept) == shape(nobody)
    assert machine.answer(out()).ok == "0"


# what a machine may ask


@pytest.mark.parametrize("name", list(TOLD_BY))
def test_a_message_that_is_not_on_the_list_is_answered_with_no(talk, name):
    machine = talk(name)
    requests = [
        status(), info(), out(), back(), codec.Renew(date=DATE, patron=ADA_CARD),
        codec.RenewAll(date=DATE, patron=ADA_CARD),
        codec.ItemInformationRequest(date=DATE, item=ITEMS[0]), codec.ItemStatusUpdate(date=DATE, item=ITEMS[0]),
        codec.FeePaid(date=DATE, patron=ADA_CARD, amount="1.00"), codec.Hold(date=DATE, patron=ADA_CARD, item=ITEMS[0]),
        codec.BlockPatron(date=DATE, patron=ADA_CARD), codec.PatronEnable(date=DATE, patron=ADA_CARD),
    ]  # fmt: skip
    before = machine._house.ledger.size()

    for request in requests:
        if request.NUMBER in machine.account.messages:
            continue
        written = codec.encode(machine.answer(request))
        assert TITLE.encode() not in written
        assert b"anary" not in written

    assert machine._house.ledger.size() == before


def test_the_machine_is_told_what_it_may_do(talk):
    told = talk("sorter").answer(codec.ScStatus())

    assert told.supported == "NNYNYYYNNNYNNNNN"
    assert (told.check_in, told.check_out, told.offline) == ("Y", "N", "N")
    assert len(told.supported) == 16


def test_another_librarys_copy_that_comes_back_goes_to_the_staff_and_to_no_shelf(talk):
    VisitingCopy.objects.create(item=Item.objects.get(barcode=ITEMS[0]), due_at=4_000_000_000)

    said = talk("sorter").answer(back())

    assert (said.ok, said.alert, said.alert_type) == ("1", "Y", "99")
    assert said.screen


def test_an_item_in_hand_is_told_with_its_title_to_a_self_check_and_without_to_a_sorter(talk):
    ask = codec.ItemInformationRequest(date=DATE, item=ITEMS[0])

    at_a_self_check, at_a_sorter = talk("self_check").answer(ask), talk("sorter").answer(ask)

    assert (at_a_self_check.circulation, at_a_self_check.title) == ("03", TITLE)
    assert (at_a_sorter.title, at_a_sorter.collection, at_a_sorter.call_number) == ("", "adult", None)
    assert talk("sorter").answer(codec.ItemInformationRequest(date=DATE, item="nothing")).circulation == "01"


def test_an_item_in_hand_is_told_with_queue_kind_and_place_where_the_machine_may_have_them(talk):
    machine, plain = talk("wide"), talk("self_check")
    ask = codec.ItemInformationRequest(date=DATE, item=ITEMS[0])

    on_the_shelf = machine.answer(ask)
    machine.answer(codec.Hold(date=DATE, patron=ADA_CARD, patron_password=ADA_PIN, item=ITEMS[1]))
    waited_for, left_out = machine.answer(ask), plain.answer(ask)
    lent = machine.answer(out(ITEMS[2]))
    out_of_the_house = machine.answer(codec.ItemInformationRequest(date=DATE, item=ITEMS[2]))
    returned = machine.answer(back(ITEMS[2]))

    assert (on_the_shelf.queue, on_the_shelf.media, on_the_shelf.current_location) == ("0", "001", "main")
    assert waited_for.queue == "1"
    assert (left_out.queue, left_out.media, left_out.current_location) == (None, None, None)
    assert (lent.media, out_of_the_house.current_location, returned.media) == ("001", None, "001")
    assert plain.answer(out(ITEMS[3])).media is None
    # On the wire both ways, with nothing of whoever waits.
    line = codec.encode(waited_for)
    again = codec.decode(line[:-1]).message
    assert line[26:30] == b"CF1|"
    assert b"|CK001|" in line
    assert b"|APmain|" in line
    assert (again.queue, again.media, again.current_location) == ("1", "001", "main")
    assert ADA_CARD.encode() not in line


@pytest.mark.parametrize(
    ("item_type", "chosen", "told"),
    [
        ("book", None, "001"),
        ("magazine", None, "002"),
        ("dvd", None, "005"),
        ("audiobook", None, "006"),
        ("equipment", None, "000"),
        ("whatever", None, "000"),
        ("whatever", "010", "010"),
        ("book", "011", "001"),
        ("book", 5, "001"),
    ],
)
def test_the_media_type_is_the_librarys_word_or_the_usual_one(item_type, chosen, told):
    assert media_type(item_type, chosen) == told


# when things go wrong


def test_a_closed_door_is_answered_as_not_now_and_nothing_is_logged_of_it(talk, monkeypatch, caplog):
    from circumspect.trust.door.errors import DoorClosed

    machine = talk("self_check")

    def closed(*_args, **_more):
        raise DoorClosed("the ledger")

    monkeypatch.setattr(type(machine._house.door), "ask_all", closed)
    with caplog.at_level(logging.DEBUG):
        told = machine.answer(info())

    assert (told.valid, told.name) == ("N", "")
    assert ADA_CARD not in caplog.text
    assert ADA_PIN not in caplog.text


def test_words_go_in_the_language_the_machine_or_the_patron_speaks(talk):
    machine = talk("self_check")

    assert machine.answer(status("29999999999999", "1", "017")).screen[0].startswith("Nie rozpoznano")
    assert machine.answer(status("29999999999999", "1", "008")).screen[0].startswith("Tarjeta")
    assert machine.answer(status("29999999999999", "1", "001")).screen[0].startswith("Card or PIN")


def test_every_sentence_is_there_in_three_languages_and_fits_a_line():
    from circumspect.faces.sip2.words import Say, words

    for what in Say:
        said = {words(what, language) for language in ("en", "es", "pl")}
        assert len(said) == 3
        assert all(len(sentence) <= 80 and sentence.endswith(".") for sentence in said)
