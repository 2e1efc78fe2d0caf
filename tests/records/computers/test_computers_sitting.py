"""Sessions, wipes, queue, passes and bookings on a real database: what is done, and what is left of it."""

from __future__ import annotations

import datetime as dt

import pytest
from computers_support import CARDS, DATABASES, PIN, open_room
from django.db import connection

from circumspect.records.computers import (
    asking,
    booking,
    panel,
    places,
    preserving,
    printing,
    queueing,
    sitting,
)
from circumspect.records.computers.models import (
    Booking,
    GuestPass,
    Seat,
    SeatDay,
    Session,
    Ticket,
    UsedToday,
)
from circumspect.records.computers.rules import No, NotStarted, Started
from circumspect.records.computers.tending import tend_computers
from circumspect.trust.door.errors import DoorClosed, Refused
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=DATABASES)


def staff(*roles: str) -> Actor:
    return Actor(ActorKind.STAFF, "9", frozenset(roles), True, "2026-11")


# sitting down and getting up


def test_a_card_and_its_pin_begin_a_session_of_the_areas_length(room, clock):
    answer = room.sit()

    assert answer == Started(int(clock().timestamp()) + 3600)
    assert room.state() == "in_use"


@pytest.mark.parametrize("how", ["unknown card", "wrong pin", "lost card", "tried too often"])
def test_whatever_is_wrong_with_card_or_pin_the_answer_is_the_same(room, house, clerk, how):
    from circumspect.records.patrons import cards
    from circumspect.trust.policy.request import Circumstance

    card, pin = CARDS[0], PIN
    if how == "unknown card":
        card = "21234000000042"
    elif how == "wrong pin":
        pin = "4072"
    elif how == "lost card":
        cards.report_lost(house, clerk, room.patrons[0], circumstance=Circumstance.CARD_SCANNED)
    else:
        for _ in range(6):
            sitting.sign_in_card(house, room.seats[0], card, "9999")

    assert sitting.sign_in_card(house, room.seats[0], card, pin) == NotStarted(No.UNKNOWN)
    assert Session.objects.count() == 0


def test_a_block_on_computers_is_told_only_after_the_right_pin(room, house, clerk):
    from circumspect.records.patrons import upkeep
    from circumspect.records.patrons.standing import BlockKind
    from circumspect.trust.policy.request import Circumstance

    upkeep.set_block(
        house, clerk, room.patrons[0], BlockKind.SEE_PERSON_IN_CHARGE, circumstance=Circumstance.CARD_SCANNED
    )

    assert sitting.sign_in_card(house, room.seats[0], CARDS[0], "4072") == NotStarted(No.UNKNOWN)
    assert room.sit() == NotStarted(No.BLOCKED)
    assert "block" not in NotStarted(No.BLOCKED).words


def test_nobody_sits_at_two_computers(room):
    room.sit(0, 0)

    assert room.sit(0, 1) == NotStarted(No.ELSEWHERE)
    assert room.state(1) == "free"


def test_the_minutes_of_a_day_are_spent_over_several_sessions(room, clock):
    room.sit()
    clock.forward(minutes=45)
    room.get_up()
    room.sit()
    clock.forward(minutes=60)
    room.get_up()

    answer = room.sit()

    assert answer == Started(int(clock().timestamp()) + 15 * 60)


def test_a_session_goes_on_until_the_day_has_no_minutes_left(room, house, clock):
    room.sit()
    clock.forward(minutes=59)

    asked = sitting.extend(house, room.seats[0])
    clock.forward(minutes=60)

    assert asked == Started(int(clock().timestamp()) + 60)
    assert sitting.extend(house, room.seats[0]) == NotStarted(No.NO_MINUTES)
    assert room.house.door is house.door


def test_a_session_does_not_go_on_while_somebody_waits(room, house, clock):
    room.sit(0, 0)
    room.sit(1, 1)
    queueing.take_ticket(house, "adult")

    assert sitting.extend(house, room.seats[0]) == NotStarted(No.WAITING)


@pytest.mark.clause("MP-4.10", "TH-1.24")
def test_an_ended_session_leaves_no_row_that_ties_a_card_to_a_machine(room, house, clock):
    """Not the card's links, not its tokens: searched for in every column of every table of the records."""
    room.sit()
    tokens = [*house.vault.links("computers", room.patrons[0]).values()]
    tokens += house.vault.links("computer minutes", room.patrons[0]).values()
    assert len(_rows_with(tokens[0])) == 1
    clock.forward(minutes=20)

    room.get_up()

    assert Session.objects.count() == 0
    assert _rows_with(tokens[0]) == []
    assert _rows_with(tokens[1]) == ["computers_used_today"]  # minutes of today; no seat beside them
    assert {field.name for field in UsedToday._meta.fields} == {"token", "day", "seconds"}
    assert list(SeatDay.objects.values_list("seat", "sessions", "minutes")) == [("Main 01", 1, 20)]


def _rows_with(token: bytes) -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                if any(isinstance(v, (bytes, memoryview)) and bytes(v) == token for v in row):
                    found.append(table)
    return found


@pytest.mark.clause("MP-4.10")
def test_the_ledger_does_not_say_where_somebody_sat(room, house):
    room.sit()

    bodies = [str(entry.body) for entry in house.ledger.entries(0, house.ledger.size())]

    assert any("run public computers" in body for body in bodies)
    assert not any(str(room.seats[0]) in body or "Main 01" in body for body in bodies)


def test_where_the_ledger_cannot_write_nobody_sits_down(room, house, monkeypatch):
    def fails(*_args, **_more):
        raise OSError("the disk is full")

    monkeypatch.setattr(house.ledger, "append_many", fails)

    with pytest.raises(DoorClosed):
        room.sit()
    assert room.state() == "free"
    assert Session.objects.count() == 0


def test_printing_is_paid_from_the_deposit_on_the_card(room, house):
    from circumspect.records.patrons.models import Patron

    patron = room.patrons[0]
    sealed = house.vault.seal(patron, "registration", patron, "balance", "3.20")
    Patron.objects.filter(id=patron).update(sealed_balance=sealed)
    room.sit()

    assert sitting.status(house, room.seats[0]).print_cents == 320
    assert printing.spend_on_print(house, room.seats[0], 20) == 300
    with pytest.raises(printing.NotEnoughError):
        printing.spend_on_print(house, room.seats[0], 301)
    room.get_up()
    with pytest.raises(printing.NotEnoughError):
        printing.spend_on_print(house, room.seats[0], 1)
    room.sit()
    assert sitting.status(house, room.seats[0]).print_cents == 300


@pytest.mark.parametrize("text", ["owes", "NaN", "-3.00", ""])
def test_a_deposit_that_is_no_amount_pays_for_nothing(room, house, text):
    from circumspect.records.patrons.models import Patron

    patron = room.patrons[0]
    sealed = house.vault.seal(patron, "registration", patron, "balance", text) if text else None
    Patron.objects.filter(id=patron).update(sealed_balance=sealed)
    room.sit()

    assert sitting.status(house, room.seats[0]).print_cents == 0


# the day


@pytest.mark.clause("TH-1.24", "MP-4.10")
def test_after_midnight_nothing_ties_yesterdays_minutes_to_anybody(room, house, clock, make_house):
    """An attacker with all three databases, all keys and yesterday's copy of the table of minutes."""
    from circumspect.trust.vault.models import EpochKey

    room.sit()
    clock.forward(minutes=30)
    room.get_up()
    stolen = {bytes(token): seconds for token, seconds in UsedToday.objects.values_list("token", "seconds")}
    assert stolen == {house.vault.links("computer minutes", room.patrons[0])[1]: 1800}

    clock.forward(hours=14)

    # The job has not run. The key opens nothing all the same, here and in another process.
    for each in (house, make_house()):
        assert each.vault.links("computer minutes", room.patrons[0]) == {}
    tend_computers(house)
    assert UsedToday.objects.count() == 0
    keys = EpochKey.objects.filter(series="computer minutes", wrapped__isnull=False)
    assert keys.count() == 0
    made = set()
    for patron in room.patrons:
        made |= {house.vault.link("computer minutes", patron).token}
        for series in ("computers", "loans", "holds", "fees", "notices", "ledger"):
            made |= set(house.vault.links(series, patron).values())
    assert not made & set(stolen)


def test_a_new_day_has_all_its_minutes(room, clock):
    room.sit()
    clock.forward(minutes=60)
    room.get_up()
    clock.forward(days=1)

    assert room.sit() == Started(int(clock().timestamp()) + 3600)


def test_a_session_ends_at_midnight_at_the_latest(room, house, clock):
    clock.now = dt.datetime(2026, 11, 24, 5, 30, tzinfo=dt.UTC)  # half past eleven at night in Chicago
    answer = room.sit()

    assert answer == Started(int(clock().timestamp()) + 1800)
    clock.forward(minutes=31)
    assert sitting.status(house, room.seats[0]).state == "wiping"
    assert UsedToday.objects.filter(day=house.today()).count() == 0


def test_children_have_the_minutes_of_their_category(room, house, clock):
    config = {**house.home.config, "computers": {"minutes": {"resident_adult": 10}}}
    object.__setattr__(house.home, "config", config)

    assert room.sit() == Started(int(clock().timestamp()) + 600)


# wiping


@pytest.mark.clause("MP-4.9")
def test_a_seat_that_has_not_confirmed_its_wipe_takes_nobody(room, house):
    room.sit(0)
    sitting.end(house, room.seats[0])

    assert room.state() == "wiping"
    assert room.sit(1) == NotStarted(No.SEAT_NOT_FREE)


@pytest.mark.clause("MP-4.9")
def test_an_unconfirmed_wipe_locks_the_seat_until_staff_clear_it(room, house, clock, clerk):
    room.sit(0)
    sitting.end(house, room.seats[0])
    clock.forward(seconds=sitting.WIPE_SECONDS)
    tend_computers(house)

    assert room.state() == "locked"
    assert not sitting.confirm_wipe(house, room.seats[0])
    sitting.restarted(house, room.seats[0])
    assert room.state() == "locked"
    assert room.sit(1) == NotStarted(No.SEAT_NOT_FREE)

    panel.wipe_again(house, clerk, room.seats[0])
    assert room.state() == "wiping"
    assert sitting.confirm_wipe(house, room.seats[0])
    assert isinstance(room.sit(1), Started)


def test_staff_may_clear_a_locked_seat_by_hand(room, house, clerk):
    panel.lock(house, clerk, room.seats[0])
    panel.clear_by_hand(house, clerk, room.seats[0])

    assert room.state() == "free"


def test_a_client_that_starts_anew_ends_the_session_and_wipes(room, house):
    room.sit()
    sitting.restarted(house, room.seats[0])

    assert Session.objects.count() == 0
    assert room.state() == "wiping"


def test_a_session_whose_time_is_over_ends_though_the_client_is_gone(room, house, clock):
    room.sit()
    clock.forward(minutes=61)
    tend_computers(house)

    assert Session.objects.count() == 0
    assert room.state() == "wiping"
    assert SeatDay.objects.get().minutes == 60


# set aside


@pytest.mark.clause("MP-6.12")
def test_a_machine_that_was_set_aside_is_neither_wiped_nor_used(room, house, clerk, clock):
    room.sit()
    preserving.set_aside(house, staff("privacy_in_charge"), room.seats[0], "2026-014")

    assert Session.objects.count() == 0
    assert room.state() == "out_of_service"
    assert not sitting.status(house, room.seats[0]).wipe
    assert not sitting.confirm_wipe(house, room.seats[0])
    sitting.restarted(house, room.seats[0])
    tend_computers(house)
    assert room.state() == "out_of_service"
    assert room.sit(1) == NotStarted(No.SEAT_NOT_FREE)
    with pytest.raises(panel.WrongStateError):
        panel.put_back(house, clerk, room.seats[0])
    with pytest.raises(panel.WrongStateError):
        panel.clear_by_hand(house, clerk, room.seats[0])


@pytest.mark.clause("MP-6.12")
@pytest.mark.parametrize(
    "role", ["desk", "circulation_lead", "supervisor", "system", "trustee", "reference", "foia_officer"]
)
def test_only_those_in_charge_of_privacy_set_a_machine_aside_or_release_it(room, house, role):
    with pytest.raises(Refused):
        preserving.set_aside(house, staff(role), room.seats[0], "2026-014")
    preserving.set_aside(house, staff("executive_director"), room.seats[0], "2026-014")
    with pytest.raises(Refused):
        preserving.release(house, staff(role), room.seats[0], "2026-014")

    assert room.state() == "out_of_service"


@pytest.mark.clause("MP-6.12", "MP-6.13")
def test_ninety_days_run_from_the_request_cannot_be_shortened_and_end_by_themselves(room, house, clock):
    pic = staff("privacy_in_charge")
    asked_on = house.today() - dt.timedelta(days=2)
    kept = preserving.set_aside(house, pic, room.seats[0], "2026-014", asked_on)
    assert kept.keep_until == asked_on + dt.timedelta(days=90)

    clock.forward(days=88)
    tend_computers(house)
    with pytest.raises(preserving.TooEarlyError):
        preserving.release(house, pic, room.seats[0], "2026-014")
    assert room.state() == "out_of_service"

    assert preserving.renew(house, pic, room.seats[0], "2026-014").keep_until == asked_on + dt.timedelta(
        days=180
    )
    with pytest.raises(places.SettingError):
        preserving.renew(house, pic, room.seats[0], "2026-014")
    clock.forward(days=91)
    tend_computers(house)
    assert room.state() == "locked"
    assert Seat.objects.get(id=room.seats[0]).unwiped


def test_a_machine_held_by_two_matters_is_free_of_both_before_it_is_wiped(room, house, clock):
    pic = staff("deputy_director")
    preserving.set_aside(house, pic, room.seats[0], "2026-014")
    clock.forward(days=10)
    preserving.set_aside(house, pic, room.seats[0], "2026-015")

    clock.forward(days=81)
    assert preserving.release(house, pic, room.seats[0], "2026-014") is False
    assert room.state() == "out_of_service"
    clock.forward(days=10)
    assert preserving.release(house, pic, room.seats[0], "2026-015") is True
    assert room.state() == "locked"


@pytest.mark.parametrize("ref", ["", "Jane Doe", "no digits", "2026 014", "x" * 40, "2026\n14"])
def test_a_matter_has_a_number_and_no_name(room, house, ref):
    with pytest.raises(places.SettingError):
        preserving.set_aside(house, staff("privacy_in_charge"), room.seats[0], ref)


# queue and passes


def test_tickets_are_called_in_their_order_when_a_seat_comes_free(room, house, clock):
    room.sit(0, 0)
    room.sit(1, 1)
    first, second = (queueing.take_ticket(house, "adult") for _ in range(2))
    assert (first.number, second.number) == (1, 2)

    room.get_up(1)

    assert sitting.status(house, room.seats[1]).called == 1
    assert [(each.number, each.seat) for each in queueing.public_queue(house, "main")] == [
        (1, "Main 02"),
        (2, ""),
    ]
    assert room.sit(2, 1) == NotStarted(No.CALLED)
    assert isinstance(room.sit(2, 1, ticket_code=first.code.lower()), Started)
    assert [each.number for each in queueing.public_queue(house, "main")] == [2]


def test_nobody_is_called_to_a_computer_that_has_fallen_silent(room, house, clock):
    for seat in room.seats:
        sitting.status(house, seat)
    clock.forward(minutes=4)
    sitting.status(house, room.seats[1])

    queueing.take_ticket(house, "adult")
    queueing.take_ticket(house, "adult")

    assert [each.seat for each in queueing.public_queue(house, "main")] == ["Main 02", ""]
    assert sitting.status(house, room.seats[0]).called == 2


def test_whoever_does_not_come_when_called_has_lost_the_turn(room, house, clock):
    first, second = (queueing.take_ticket(house, "adult") for _ in range(2))
    third = queueing.take_ticket(house, "adult")
    clock.forward(minutes=6)
    tend_computers(house)

    assert sitting.status(house, room.seats[0]).called == third.number
    assert queueing.take_ticket(house, "adult").number == 4
    assert {first.number, second.number} == {1, 2}


def test_numbers_begin_anew_each_day(room, house, clock):
    queueing.take_ticket(house, "adult")
    clock.forward(days=1)
    tend_computers(house)

    assert Ticket.objects.count() == 0
    assert queueing.take_ticket(house, "adult").number == 1


def test_a_seat_taken_away_gives_its_call_back(room, house, clerk):
    ticket = queueing.take_ticket(house, "adult")
    panel.lock(house, clerk, room.seats[0])
    tend_computers(house)

    assert sitting.status(house, room.seats[1]).called == ticket.number


@pytest.mark.clause("MP-4.10")
def test_a_guest_pass_has_no_name_is_stored_nowhere_and_carries_its_time(room, house, clock):
    given = queueing.issue_pass(house, 30, 150)
    typed = queueing.grouped(given.code).lower()
    seat = room.seats[0]

    assert isinstance(sitting.sign_in_pass(house, seat, typed), Started)
    assert sitting.sign_in_pass(house, room.seats[1], typed) == NotStarted(No.ELSEWHERE)
    session = Session.objects.get()
    assert (session.link, session.back, session.epoch) == (None, None, 0)
    printing.spend_on_print(house, seat, 50)
    clock.forward(minutes=20)
    room.get_up()

    assert sitting.sign_in_pass(house, seat, given.code) == Started(int(clock().timestamp()) + 600)
    assert sitting.status(house, seat).print_cents == 100
    assert not _rows_with(given.code.encode())


def test_a_guest_pass_is_good_for_one_day(room, house, clock):
    given = queueing.issue_pass(house, 30)
    clock.forward(days=1)

    assert sitting.sign_in_pass(house, room.seats[0], given.code) == NotStarted(No.UNKNOWN)
    tend_computers(house)
    assert GuestPass.objects.count() == 0


@pytest.mark.parametrize("typed", ["", "AAAA", "0000-0000", "ABCD-EFGI", "łłłł-łłłł", "x" * 500])
def test_what_is_no_pass_is_refused(room, house, typed):
    assert sitting.sign_in_pass(house, room.seats[0], typed) == NotStarted(No.UNKNOWN)


# bookings


def test_a_booking_keeps_the_seat_for_its_card_alone(room, house, clerk, clock):
    now = int(clock().timestamp())
    booking.book(house, clerk, room.patrons[0], room.seats[0], now + 1800, 60)

    assert room.sit(1, 0) == Started(now + 1800)
    room.get_up()
    clock.forward(minutes=28)
    assert isinstance(room.sit(1, 0), Started)
    clock.forward(minutes=2)
    sitting.status(house, room.seats[0])
    sitting.confirm_wipe(house, room.seats[0])
    assert room.sit(2, 0) == NotStarted(No.BOOKED)
    assert room.sit(0, 0) == Started(now + 1800 + 3600)
    assert Booking.objects.count() == 0


def test_a_booking_nobody_came_for_is_forgotten(room, house, clerk, clock):
    booking.book(house, clerk, room.patrons[0], room.seats[0], int(clock().timestamp()) + 600, 30)
    clock.forward(minutes=21)

    assert isinstance(room.sit(1, 0), Started)
    tend_computers(house)
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    ("ahead", "minutes", "field"),
    [(-3600, 30, "time"), (8 * 86400, 30, "time"), (600, 14, "minutes"), (600, 61, "minutes")],
)
def test_a_booking_that_cannot_be_names_the_field(room, house, clerk, clock, ahead, minutes, field):
    with pytest.raises(places.SettingError) as refusal:
        booking.book(house, clerk, room.patrons[0], room.seats[0], int(clock().timestamp()) + ahead, minutes)

    assert refusal.value.field == field
    assert Booking.objects.count() == 0


def test_one_booking_a_card_and_none_upon_another(room, house, clerk, clock):
    then = int(clock().timestamp()) + 3600
    first = booking.book(house, clerk, room.patrons[0], room.seats[0], then, 30)

    with pytest.raises(places.SettingError, match="card"):
        booking.book(house, clerk, room.patrons[0], room.seats[1], then, 30)
    with pytest.raises(places.SettingError, match="time"):
        booking.book(house, clerk, room.patrons[1], room.seats[0], then + 600, 30)
    assert booking.cancel(house, clerk, first.id)
    assert booking.bookings(house, clerk) == []


# the panel


@pytest.mark.clause("TH-1.24")
def test_the_panel_shows_seats_and_nobody(room, house, clerk, clock):
    room.sit()
    clock.forward(minutes=10)

    lines = panel.live_seats(house, clerk, "main")

    assert [(line.name, line.state, line.seconds_left) for line in lines] == [
        ("Main 01", "in_use", 3000),
        ("Main 02", "free", 0),
    ]
    assert not {"link", "patron", "card", "back"} & set(panel.SeatLine.__dataclass_fields__)


def test_staff_end_prolong_and_send_a_word_from_the_list(room, house, clerk, clock):
    room.sit()
    panel.send_message(house, clerk, room.seats[0], panel.Message.CLOSING)
    assert sitting.status(house, room.seats[0]).message == "closing"
    assert panel.extend_session(house, clerk, room.seats[0]) == Started(int(clock().timestamp()) + 7200)

    panel.end_session(house, clerk, room.seats[0])

    assert room.state() == "wiping"
    assert sitting.status(house, room.seats[0]).message == ""
    with pytest.raises(panel.WrongStateError):
        panel.send_message(house, clerk, room.seats[0], panel.Message.CLOSING)


@pytest.mark.parametrize("role", ["finance", "system", "trustee", "communications"])
def test_other_roles_neither_see_nor_change_the_computers(room, house, role):
    room.sit()
    with pytest.raises(Refused):
        panel.live_seats(house, staff(role))
    with pytest.raises(Refused):
        panel.end_session(house, staff(role), room.seats[0])

    assert room.state() == "in_use"


def test_a_seat_put_back_into_service_is_wiped_first(room, house, clerk):
    panel.take_out(house, clerk, room.seats[0])
    assert room.state() == "out_of_service"

    panel.put_back(house, clerk, room.seats[0])

    assert room.state() == "wiping"


# seats


def test_a_new_seat_is_locked_until_its_machine_is_clean(house, clerk, clock):
    made = open_room(house, clerk, clock)

    assert made.state() == "locked"
    made.free()
    assert made.state() == "free"


def test_a_seats_key_opens_it_until_it_is_replaced_or_revoked(room):
    assert places.seat_of_key(room.keys[0]) == room.seats[0]
    assert places.seat_of_key(room.keys[0][:-1] + "A") in (None, room.seats[0])
    assert places.seat_of_key(room.keys[0].replace(str(room.seats[0]), str(room.seats[1]))) is None
    for wrong in ("", "seat-1-", "x", room.keys[0] + "A", "seat-99-" + "A" * 43):
        assert places.seat_of_key(wrong) is None

    fresh = places.renew_key("Main 01")
    assert places.seat_of_key(room.keys[0]) is None
    assert places.seat_of_key(fresh.key) == room.seats[0]
    places.revoke_key("Main 01")
    assert places.seat_of_key(fresh.key) is None
    assert fresh.key.encode() not in bytes(Seat.objects.get(id=room.seats[0]).key_digest or b"")


def test_a_seat_asks_under_a_name_that_is_the_same_for_all_seats():
    assert asking.SEAT.id == "seat"


# what there is no place for


FORBIDDEN = {
    "url", "uri", "address", "visited", "page", "site", "host", "domain", "query", "search", "term", "history", "file",
    "filename", "document", "doc", "title", "title_id", "print_job", "keystrokes", "screenshot", "app", "program",
    "patron", "card", "barcode", "name_of", "ip", "mac", "device", "note", "comment", "text",
}  # fmt: skip


def forbidden_columns(models: list[type]) -> list[str]:
    """Columns of models whose name, or a word of it, says that it could hold what somebody did or looked at.

    A column that takes any text of any length is one too, whatever it is called.
    """
    from django.db import models as fields

    found = []
    for model in models:
        for field in model._meta.get_fields():
            if not getattr(field, "column", None):
                continue
            words = {field.name, *field.name.split("_")}
            free_text = isinstance(field, (fields.TextField, fields.FileField, fields.URLField))
            wide = isinstance(field, fields.CharField) and (field.max_length or 0) > 80
            if words & FORBIDDEN or free_text or wide:
                found.append(f"{model.__name__}.{field.name}")
    return found


@pytest.mark.clause("TH-1.24", "MP-4.9")
def test_no_column_can_hold_a_page_a_search_a_file_or_a_document():
    from django.apps import apps

    assert forbidden_columns(list(apps.get_app_config("computers").get_models())) == []


def test_a_model_with_such_a_column_is_caught():
    """Broken on purpose: tables as other makers of such software have them."""
    from django.db import models

    class Statistic(models.Model):
        last_url = models.CharField(max_length=40)
        remark = models.TextField()
        what = models.CharField(max_length=255)
        document_name = models.CharField(max_length=20)

        class Meta:
            app_label = "twin"

    assert forbidden_columns([Statistic]) == [
        "Statistic.last_url",
        "Statistic.remark",
        "Statistic.what",
        "Statistic.document_name",
    ]
