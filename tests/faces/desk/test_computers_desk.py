"""Public computers at the desk and on the line: what is done, what is shown, and what is not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from computers_room import PIN, Seats, add_computers
from desk_support import ADA_CARD, BEN_CARD, DATABASES, AtDesk, barcode, ledger_bodies, patron_of
from django.test import Client

from circumspect.records.computers import queueing, sitting
from circumspect.records.computers.models import Booking, GuestPass, Seat, Session, SetAside, Ticket

pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def seats(library: Any, clerk: Any) -> Seats:
    return add_computers(library, clerk)


@pytest.fixture
def in_charge(library: Any, staff_of: Any) -> AtDesk:
    staff_of("pia", ["privacy_in_charge"])
    window = AtDesk()
    window.sign_in("pia")
    return window


class AtSeat:
    """A seat's client, as far as the line knows it."""

    def __init__(self, key: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.key = key

    def ask(self, act: str, **said: Any) -> Any:
        return self.client.post(
            f"/seats/{act}/",
            json.dumps(said),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}"},
        )


def state(seats: Seats, at: int = 0) -> str:
    return str(Seat.objects.values_list("state", flat=True).get(id=seats.ids[at]))


# the panel


@pytest.mark.clause("TH-1.24")
def test_the_panel_shows_a_seat_its_minutes_and_nobody(library, desk, seats):
    sitting.sign_in_card(library, seats.ids[0], ADA_CARD, PIN)

    desk.open("/computers/")

    assert "Main 01 In use 60 min left" in desk.text
    assert "Main 02 Free" in desk.text
    for private in ("Zieli", "Ada", ADA_CARD, str(patron_of(library, ADA_CARD))):
        assert private not in desk.html


def test_staff_end_prolong_and_send_a_word(library, desk, seats):
    sitting.sign_in_card(library, seats.ids[0], ADA_CARD, PIN)
    seat = str(seats.ids[0])

    desk.does("/computers/", act="extend", seat=seat)
    assert "Prolonged until" in desk.said()
    desk.does("/computers/", act="message", seat=seat, message="closing")
    assert "The library closes soon." in desk.text
    desk.does("/computers/", act="message", seat=seat, message="Ada, come here")
    assert "Choose a message from the list." in desk.said()
    desk.does("/computers/", act="end", seat=seat)

    assert Session.objects.count() == 0
    assert state(seats) == "wiping"
    desk.does("/computers/", act="end", seat=seat)
    assert "not in that state any more" in desk.said()
    assert desk.response.status_code == 409


def test_a_locked_seat_is_cleared_only_by_somebody_who_says_it_is_clean(desk, seats):
    seat = str(seats.ids[0])
    desk.does("/computers/", act="lock", seat=seat)
    assert state(seats) == "locked"

    desk.does("/computers/", act="clear", seat=seat)
    assert state(seats) == "locked"
    desk.does("/computers/", act="clear", seat=seat, sure="yes")
    assert state(seats) == "free"
    desk.does("/computers/", act="out", seat=seat)
    assert state(seats) == "out_of_service"
    desk.does("/computers/", act="back", seat=seat)
    assert state(seats) == "wiping"


def test_a_seat_that_is_none_is_said_to_be_none(desk, seats):
    for seat in ("", "x", "1", "9" * 30, "-1", "१"):
        desk.does("/computers/", act="lock", seat=seat)

        assert "There is no such computer." in desk.said()


def test_who_does_not_serve_sees_no_panel(library, seats, staff_of):
    for role in ("finance", "communications", "system", "trustee"):
        staff_of(role, [role])
        window = AtDesk()
        window.sign_in(role)
        for path in ("/computers/", "/computers/live/", "/computers/book/", "/computers/aside/"):
            window.open(path)
            assert window.response.status_code == 403
            assert "Main 01" not in window.html


def test_the_list_alone_keeps_itself_fresh(desk, seats):
    desk.open("/computers/live/?branch=main")

    assert desk.html.startswith("<section")
    assert "Main 03" in desk.html


# slips


def test_a_tickets_slip_has_a_number_and_no_name(library, desk, seats):
    for seat in seats.ids:
        Seat.objects.filter(id=seat).update(state="locked")
    desk.does("/computers/ticket/", area="adult")

    ticket = Ticket.objects.get()
    assert f'<p class="slip-big">{ticket.number}</p>' in desk.html
    assert ticket.code in desk.html
    assert "Rosa" not in desk.html


def test_a_pass_is_printed_once_and_opens_a_seat(library, desk, seats):
    desk.does("/computers/pass/", minutes="30", print_money="1.50")
    code = re.search(r'class="slip-code">([A-Z0-9-]+)<', desk.html)

    assert code is not None
    assert "30 minutes, $1.50 for printing" in desk.text
    assert AtSeat(seats.keys[0]).ask("sign-in", **{"pass": code[1]}).json()["state"] == "in_use"


def test_a_pass_that_cannot_be_says_what_is_wrong(desk, seats):
    for minutes, money in (("", ""), ("4", ""), ("999", ""), ("30", "one"), ("30", "-1"), ("30", "101")):
        desk.does("/computers/pass/", minutes=minutes, print_money=money)

        assert "Nothing was printed." in desk.said()
        assert desk.response.status_code == 422
        assert money in desk.html
    assert GuestPass.objects.count() == 0


# bookings


def test_a_booking_prints_a_slip_without_a_name_and_can_be_cancelled(library, desk, seats):
    seat = str(seats.ids[1])
    desk.does("/computers/book/", card=ADA_CARD, seat=seat, day="2026-11-24", time="14:30", minutes="45")

    assert "Main 02" in desk.text
    assert "2:30 PM to 3:15 PM" in desk.text
    assert ADA_CARD not in desk.html
    assert "Zieli" not in desk.html
    desk.open("/computers/book/")
    assert "Nov 24, 2026" in desk.text
    assert ADA_CARD not in desk.html
    desk.does("/computers/book/", act="cancel", booking=desk.hidden("booking")[0])
    assert Booking.objects.count() == 0


WRONG_BOOKINGS = (
    ({"card": barcode("2", 999)}, "no card in use has this number"),
    ({"card": BEN_CARD}, "a block on this account stops computers"),
    ({"time": "late"}, "a day and a time"),
    ({"day": "2026-12-30"}, "at most 7 days ahead"),
    ({"minutes": "600"}, "from 15 to 60 minutes"),
    ({"seat": "1"}, "choose one from the list"),
)


def test_a_booking_that_cannot_be_comes_back_filled_in_but_for_the_card(desk, seats):
    form = {
        "card": ADA_CARD,
        "seat": str(seats.ids[2]),
        "day": "2026-11-24",
        "time": "14:30",
        "minutes": "45",
    }
    for change, said in WRONG_BOOKINGS:
        desk.does("/computers/book/", **{**form, **change})

        assert said in desk.text
        assert desk.response.status_code == 422
        assert ADA_CARD not in desk.html
        assert "selected" in desk.html or "seat" in change
    assert Booking.objects.count() == 0


# set aside


@pytest.mark.clause("MP-6.12")
def test_those_in_charge_set_a_computer_aside_and_the_desk_cannot(library, desk, in_charge, seats):
    seat = str(seats.ids[0])
    form = {"act": "set", "seat": seat, "matter_ref": "2026-014", "requested_on": "2026-11-20"}
    desk.does("/computers/aside/", **form)
    assert desk.response.status_code == 403
    assert SetAside.objects.count() == 0

    in_charge.does("/computers/aside/", **form)

    assert "is set aside and is not wiped" in in_charge.said()
    assert "Feb 18, 2027" in in_charge.text
    assert state(seats) == "out_of_service"
    desk.open("/computers/")
    assert "Main 01 Set aside" in desk.text
    assert "2026-014" not in desk.html
    in_charge.does("/computers/aside/", act="release", seat=seat, matter_ref="2026-014")
    assert "It has to be kept until Feb 18, 2027." in in_charge.said()
    in_charge.does("/computers/aside/", **{**form, "matter_ref": "Jane Doe"})
    assert "the matter's number" in in_charge.said()
    assert any(
        (body["action"], body["series"], body["outcome"]) == ("preserve", "computers", "allowed")
        for body in ledger_bodies(library)
    )


def test_who_is_in_charge_and_not_at_the_desk_comes_to_their_own_page(in_charge, seats):
    in_charge.open("/computers/")

    assert "Computers set aside" in in_charge.text


# on the wall


@pytest.mark.clause("MP-4.10")
def test_the_wall_shows_numbers_to_everybody_and_nothing_else(library, seats):
    sitting.sign_in_card(library, seats.ids[0], ADA_CARD, PIN)
    for _ in range(4):
        queueing.take_ticket(library, "adult")

    page = Client().get("/computers/queue/main/")
    text = page.content.decode()

    assert page.status_code == 200
    assert '<meta http-equiv="refresh" content="10">' in text
    assert "<b>1</b><span>Main 02</span>" in text
    assert "<li>4</li>" in text
    for code in Ticket.objects.values_list("code", flat=True):
        assert code not in re.sub(r"<[^>]+>", "", text)
    assert Client().get("/computers/queue/no-such/").status_code == 404


# the line


def test_a_seat_signs_in_goes_on_and_ends(library, seats):
    seat = AtSeat(seats.keys[0])
    assert seat.ask("started").json()["wipe"] is True
    assert seat.ask("wiped").json()["state"] == "free"

    begun = seat.ask("sign-in", card=ADA_CARD, pin=PIN).json()
    assert (begun["state"], begun["refused"], begun["ends_at"] - begun["now"]) == ("in_use", "", 3600)
    longer = seat.ask("extend").json()
    assert longer["ends_at"] - longer["now"] == 7200
    assert seat.ask("end").json()["state"] == "wiping"
    assert set(begun) == {
        "state", "now", "ends_at", "warn", "message", "called", "wipe", "print_cents", "seat", "refused", "library",
    }  # fmt: skip
    assert not re.search(r"Zieli|Ada|21234", json.dumps(begun))


def test_a_release_station_takes_cents_and_learns_nothing(library, seats):
    given = queueing.issue_pass(library, 30, 100)
    seat = AtSeat(seats.keys[0])
    assert seat.ask("pay", cents="10").json()["refused"] == "not_enough"
    seat.ask("sign-in", **{"pass": given.code})

    assert seat.ask("pay", cents="30").json()["print_cents"] == 70
    for cents in ("71", "0", "-5", "1.5", "", "9" * 20):
        assert seat.ask("pay", cents=cents).json()["refused"] == "not_enough"
    assert seat.ask("status").json()["print_cents"] == 70


def test_without_its_key_nobody_learns_anything(seats):
    for key in ("", "x", "seat-1-" + "A" * 43):
        for act in ("started", "status", "sign-in", "extend", "end", "wiped"):
            answer = AtSeat(key).ask(act, card=ADA_CARD, pin=PIN)
            assert (answer.status_code, answer.json()) == (401, {"error": "unknown seat"})
    assert Session.objects.count() == 0


NOT_UNDERSTOOD = (
    b"[]", b"{", b'{"card": 1}', b'{"card": "' + b"1" * 65 + b'"}', b"[" * 1900, b"x" * 3000, b"\xff",
)  # fmt: skip


def test_what_is_not_understood_does_nothing(seats):
    for body in NOT_UNDERSTOOD:
        answer = Client().post(
            "/seats/sign-in/",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {seats.keys[0]}"},
        )
        assert answer.status_code == 400
    assert Session.objects.count() == 0


def test_a_line_is_posted_to_and_never_got(seats):
    assert Client().get("/seats/status/").status_code == 405


def test_where_the_door_is_closed_the_seat_is_told_so(library, seats, monkeypatch):
    def fails(*_args: Any) -> None:
        raise OSError

    monkeypatch.setattr(library.ledger, "append_many", fails)

    answer = AtSeat(seats.keys[0]).ask("sign-in", card=ADA_CARD, pin=PIN)
    assert (answer.status_code, answer.json()) == (503, {"error": "closed"})


def test_a_known_card_with_a_wrong_pin_and_an_unknown_one_get_the_same_bytes(library, seats):
    seat = AtSeat(seats.keys[0])

    wrong = seat.ask("sign-in", card=ADA_CARD, pin="9999")
    unknown = seat.ask("sign-in", card=barcode("2", 999), pin="9999")

    assert wrong.content == unknown.content
    assert wrong.json()["refused"] == "unknown"


def test_a_seat_at_which_somebody_guesses_is_slowed_down_and_its_neighbour_is_not(library, seats, clock):
    seat = AtSeat(seats.keys[0])
    for serial in range(10):
        assert seat.ask("sign-in", card=barcode("2", 900 + serial), pin="9999").json()["refused"] == "unknown"

    assert seat.ask("sign-in", card=ADA_CARD, pin=PIN).json()["refused"] == "slow"
    assert seat.ask("sign-in", **{"pass": "ABCD"}).json()["refused"] == "slow"
    assert (
        AtSeat(seats.keys[1]).ask("sign-in", card=barcode("2", 1), pin="9999").json()["refused"] == "unknown"
    )
    clock.forward(seconds=31)
    assert seat.ask("sign-in", card=ADA_CARD, pin=PIN).json()["state"] == "in_use"
