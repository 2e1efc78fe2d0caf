"""Everything a patron may do for themselves, done at a browser without a script."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from portal_support import ADA_CARD, ADA_PIN, BEN_CARD, DATABASES, TITLES, Home, item_code

pytestmark = pytest.mark.django_db(databases=DATABASES)


def title_id(at: int) -> int:
    from circumspect.records.catalog.models import Item

    return Item.objects.get(barcode=item_code(at)).title_id


def lend(house: Any, clerk: Any, patron: int, *at: int) -> None:
    from circumspect.records.circulation.lending import CheckedOut, check_out

    for each in at:
        assert isinstance(check_out(house, clerk, patron, item_code(each), branch="main"), CheckedOut)


def bring_back(house: Any, clerk: Any, *at: int) -> None:
    from circumspect.records.circulation.lending import check_in

    for each in at:
        check_in(house, clerk, item_code(each), branch="main")


@pytest.mark.clause("TH-2.2", "TH-1.19")
def test_loans_are_shown_and_renewed_one_by_one_and_all_at_once(library, clerk, clock, ada, ada_id):
    lend(library, clerk, ada_id, 0, 1, 2)
    clock.forward(days=5)
    ada.sign_in(ADA_CARD, ADA_PIN)
    page = ada.open("/my/loans/")
    assert all(title in page for title in TITLES[:3])

    ada.does("/my/loans/", item=item_code(0))
    assert ada.said == ["1 loan renewed."]
    ada.does("/my/loans/")
    assert ada.said[0] == "2 loans renewed. 1 could not be renewed: see below."
    assert "renewed as often as the rules allow" in ada.html


def test_nobody_renews_what_another_has(library, clerk, ben, ada_id):
    lend(library, clerk, ada_id, 0)
    ben.open("/my/loans/")
    ben.does("/my/loans/", item=item_code(0))

    assert ben.said[0] == "0 loans renewed. 1 could not be renewed: see below."
    assert TITLES[0] not in ben.html


@pytest.mark.clause("MP-4.12", "TH-2.2")
def test_a_hold_is_placed_paused_moved_and_cancelled(library, ada):
    ada.open(f"/my/holds/place/{title_id(0)}/")
    assert TITLES[0] in ada.html
    ada.does(f"/my/holds/place/{title_id(0)}/", branch="main", until="")
    assert ada.said == ["You are in the queue."]
    hold = re.search(r'name="hold" value="(\d+)"', ada.html)[1]

    ada.does("/my/holds/", act="freeze", hold=hold, until="2026-12-24")
    assert ada.said == ["Paused. You keep your place in the queue."]
    assert "Paused until Dec 24, 2026." in ada.html
    ada.does("/my/holds/", act="thaw", hold=hold)
    ada.does("/my/holds/", act="move", hold=hold, branch="east")
    assert "for East Branch" in ada.html
    ada.does("/my/holds/", act="freeze", hold=hold, until="2020-01-01", status=400)
    assert "Choose a day after today" in ada.said[0]
    ada.does("/my/holds/", act="cancel", hold=hold)
    assert ada.said == ["Cancelled, and forgotten."]
    ada.does("/my/holds/", act="cancel", hold=hold, status=400)
    assert ada.said == ["This hold has ended. Look at the list again."]


def test_the_catalogue_leads_to_a_hold_by_way_of_signing_in(library):
    somebody = Home()
    somebody.open(f"/my/pl/holds/place/{title_id(1)}/")
    assert "<h1>" in somebody.html
    path = somebody.response.request["PATH_INFO"]
    to, title = (re.search(rf'name="{name}" value="([^"]*)"', somebody.html)[1] for name in ("to", "title"))
    somebody.send(path, card=ADA_CARD, pin=ADA_PIN, to=to, title=title)

    assert TITLES[1] in somebody.html
    assert 'lang="pl"' in somebody.html


@pytest.mark.clause("MP-4.11", "TH-1.21")
def test_another_library_is_asked_and_the_request_taken_back(library, ada):
    ada.open("/my/requests/")
    ada.does("/my/requests/", act="ask", title="Ferdydurke", author="Gombrowicz", branch="main")
    assert ada.said == ["Your request is written down."]
    assert "Ferdydurke" in ada.html
    number = re.search(r'name="request" value="(\d+)"', ada.html)[1]

    ada.does("/my/requests/", act="cancel", request=number)
    assert "You have no requests." in ada.html
    ada.does("/my/requests/", act="ask", title=" ", author="Gombrowicz", branch="main", status=400)
    assert ada.said == ["Write the title."]
    assert 'value="Gombrowicz"' in ada.html

    # Nonsense is taken as it is, but for signs that no paper can show, or that turn the line around.
    ada.does("/my/requests/", act="ask", title="\u202e\x00", branch="main", status=400)
    assert ada.said == ["Write the title."]
    ada.does("/my/requests/", act="ask", title="Trans\x00\r\nAtlantyk", year="no \u202eyear", branch="main")
    assert "Trans Atlantyk, no year" in ada.open("/my/held/")


@pytest.mark.clause("TH-1.20", "TH-1.2")
def test_fees_owed_paid_and_let_go_are_shown(library, clerk, lead, ada, ada_id):
    from circumspect.records.fees import settling
    from circumspect.records.fees.rules import Code, FeeKind, Method
    from circumspect.trust.policy.request import Circumstance

    here: dict[str, Any] = {"branch": "main", "circumstance": Circumstance.CARD_SCANNED}
    kinds = (FeeKind.PRINT, FeeKind.CARD, FeeKind.DAMAGE)
    for kind, cents in zip(kinds, (125, 200, 350), strict=True):
        settling.charge_by_hand(library, clerk, ada_id, kind, cents, **here)
    from circumspect.records.fees.models import FeeLine

    ids = {line.kind: line.id for line in FeeLine.objects.all()}
    settling.pay(library, clerk, ada_id, 200, method=Method.CASH, fees=(ids["card"],), **here)
    settling.waive(library, lead, ada_id, ids["damage"], None, code=Code.GOODWILL, **here)

    page = ada.open("/my/fees/")
    assert "$1.25" in page
    assert "$2.00" in page
    assert "the library let it go" in page
    assert ada.open("/my/es/fees/").count("$1.25") >= 2


@pytest.mark.parametrize("typed", ["12/24/2026", "tomorrow"])
def test_a_day_that_cannot_be_read_pauses_nothing_and_places_nothing(library, ada, typed):
    """Where a browser has no calendar, anything can be typed: it may not count as a day left empty."""
    ada.open(f"/my/holds/place/{title_id(0)}/")
    ada.does(f"/my/holds/place/{title_id(0)}/", branch="main", until=typed, status=400)
    assert ada.said == ["Write the day like this: 2026-11-23."]
    assert f'value="{typed}" aria-invalid="true"' in ada.html
    assert "You are waiting for nothing." in ada.open("/my/holds/")

    ada.does(f"/my/holds/place/{title_id(0)}/", branch="main", until="")
    hold = re.search(r'name="hold" value="(\d+)"', ada.html)[1]
    ada.does("/my/holds/", act="freeze", hold=hold, until=typed, status=400)
    assert ada.said == ["Write the day like this: 2026-11-23."]
    assert 'value="thaw"' not in ada.open("/my/holds/")


@pytest.mark.parametrize(
    ("day", "time", "said"),
    [
        ("2026-11-24", "03:00", "The library is not open for all of that time."),
        ("2026-11-22", "12:00", "That time is over."),
        ("0001-01-01", "12:00", "That time is over."),
        ("2026-12-24", "12:00", "Choose a day within the next seven days."),
        ("9999-12-31", "23:59", "Choose a day within the next seven days."),
    ],
)
def test_why_a_computer_was_not_booked_is_said(library, ada, day, time, said):
    seat = re.search(r'<option value="(\d+)"', ada.open("/my/computers/"))[1]
    ada.does("/my/computers/", act="book", seat=seat, day=day, time=time, minutes="30", status=400)
    assert ada.said[0].startswith(said)
    assert f'value="{day}"' in ada.html


@pytest.mark.clause("TH-1.24", "MP-4.10")
def test_a_computer_taken_then_leads_to_one_that_is_free_and_not_to_whoever_has_it(library, ada, ben):
    from circumspect.records.computers import places

    places.add_seat("Main 02", "adult")
    page = ada.open("/my/computers/")
    assert '<optgroup label="Main Library">' in page
    when = {
        "act": "book",
        "seat": re.search(r'<option value="(\d+)"', page)[1],
        "day": "2026-11-24",
        "minutes": "30",
    }
    ada.does("/my/computers/", time="12:00", **when)
    ben.open("/my/computers/")
    ben.does("/my/computers/", time="12:15", status=400, **when)

    assert ben.said == [
        "Somebody has this computer then. Choose another time, or another computer. Free then: Main 02."
    ]
    ben.does("/my/computers/", time="12:30", **when)
    assert ben.said == ["The computer is booked."]


@pytest.mark.clause("TH-1.24")
def test_a_computer_is_booked_and_given_up(library, ada):
    page = ada.open("/my/computers/")
    seat = re.search(r'<option value="(\d+)"', page)[1]
    ada.does(
        "/my/computers/", act="book", seat=seat, day="2026-11-24", time="03:00", minutes="30", status=400
    )
    assert "Look at its hours" in ada.said[0]
    assert 'value="03:00"' in ada.html
    ada.does("/my/computers/", act="book", seat=seat, day="2026-11-24", time="12:00", minutes="30")
    assert ada.said == ["The computer is booked."]
    assert "Main 01" in ada.html
    number = re.search(r'name="booking" value="(\d+)"', ada.html)[1]
    ada.does("/my/computers/", act="give-up", booking=number)
    assert ada.said == ["The booking is given up."]
    assert "You have booked no computer." in ada.html


@pytest.mark.clause("TH-1.12", "TH-1.15")
def test_contact_language_channel_and_titles_are_changed_and_taken_out(library, ada):
    ada.open("/my/settings/")
    version = re.search(r'name="version" value="(\d+)"', ada.html)[1]
    wanted = {"language": "pl", "notice_channel": "sms", "notice_titles": "yes"}
    ada.does("/my/settings/", act="contact", version=version, email="", phone="309-555-0170", **wanted)
    assert ada.said == ["Saved."]
    assert 'value="309-555-0170"' in ada.html
    assert "ada@example.org" not in ada.html

    ada.does("/my/settings/", act="contact", version=version, email="x@example.org", status=400)
    assert "changed meanwhile" in ada.said[0]
    assert 'value="x@example.org"' in ada.html
    version = re.search(r'name="version" value="(\d+)"', ada.html)[1]
    ada.does("/my/settings/", act="contact", version=version, email="nonsense", status=400)
    assert "looks like name@place.org" in ada.said[0]


@pytest.mark.clause("TH-1.23")
def test_a_new_pin_signs_other_browsers_out_and_changes_the_cookie(library, ada):
    other = Home()
    other.sign_in(ADA_CARD, ADA_PIN)
    before = ada.cookies["circumspect_patron"].value
    ada.open("/my/settings/")
    ada.does("/my/settings/", act="pin", old_pin="0000", pin="58302746", pin_again="58302746", status=400)
    assert "not your PIN" in ada.said[0]
    ada.does("/my/settings/", act="pin", old_pin=ADA_PIN, pin="1111", pin_again="1111", status=400)
    assert "harder to guess" in ada.said[0]
    ada.does("/my/settings/", act="pin", old_pin=ADA_PIN, pin="58302746", pin_again="58302746")

    assert ada.said == ["Your PIN is changed. Other browsers were signed out."]
    assert ada.cookies["circumspect_patron"].value != before
    assert "Sign in" in other.open("/my/loans/")
    Home().sign_in(ADA_CARD, ADA_PIN, status=403)
    assert "Hello, Ada" in Home().sign_in(ADA_CARD, "58302746")


@pytest.mark.clause("TH-1.10")
def test_the_card_is_shown_renewed_and_reported_lost(library, ada):
    page = ada.open("/my/card/")
    assert ADA_CARD in page
    assert 'class="bars"' in page
    ada.does("/my/card/", act="renew", status=400)
    assert "Tick the box" in ada.said[0]
    ada.does("/my/card/", act="renew", address_holds="yes")
    assert ada.said[0] == "Your card is renewed."
    assert "Good until Nov 22, 2029" in ada.html
    ada.does("/my/card/", act="renew", address_holds="yes", status=400)
    assert "too early" in ada.said[0]

    ada.does("/my/card/", act="lost", status=400)
    ada.does("/my/card/", act="lost", sure="yes")
    assert "Signed out" in ada.html
    Home().sign_in(ADA_CARD, ADA_PIN, status=403)


def test_a_card_whose_address_was_not_seen_for_years_is_renewed_at_a_desk(library, clerk, ada, ada_id):
    from circumspect.records.patrons.changing import Change, change
    from circumspect.trust.policy.request import Circumstance

    long_ago = library.today() - dt.timedelta(days=1200)
    change(
        library,
        clerk,
        ada_id,
        Change({"address_checked_on": long_ago}),
        circumstance=Circumstance.CARD_SCANNED,
    )
    ada.open("/my/card/")
    ada.does("/my/card/", act="renew", address_holds="yes", status=400)

    assert "show us your address again" in ada.html


@pytest.mark.clause("MP-4.3", "TH-2.2")
def test_a_history_is_begun_locked_opened_erased_and_ended(library, clerk, ada, ada_id):
    ada.open("/my/history/")
    ada.does("/my/history/", act="on", months="12", lock="yes", pin="9999", status=400)
    assert "not your PIN" in ada.said[0]
    ada.does("/my/history/", act="on", months="12", lock="yes", pin=ADA_PIN)
    lend(library, clerk, ada_id, 0, 1)
    bring_back(library, clerk, 0, 1)

    page = ada.open("/my/history/")
    assert "2 titles" in page
    assert TITLES[0] not in page
    ada.does("/my/history/", act="open", pin="1234", status=400)
    assert "does not open it" in ada.said[0]
    ada.does("/my/history/", act="open", pin=ADA_PIN)
    assert TITLES[0] in ada.html
    entry = re.search(r'name="entry" value="(\d+)"', ada.html)[1]
    ada.does("/my/history/", act="erase", entry=entry)
    assert "1 title" in ada.html

    ada.open("/my/settings/")
    ada.does("/my/settings/", act="pin", old_pin=ADA_PIN, pin="5830", pin_again="5830", status=400)
    assert "needs 8 digits" in ada.said[1]
    ada.does("/my/settings/", act="pin", old_pin=ADA_PIN, pin="58302746", pin_again="58302746")
    ada.open("/my/history/")
    ada.does("/my/history/", act="unlock", pin="58302746")
    assert TITLES[0] in ada.html
    ada.does("/my/history/", act="lock", pin="58302746")
    assert TITLES[0] not in ada.html
    ada.does("/my/history/", act="months", months="1")
    ada.does("/my/history/", act="erase-all")
    ada.does("/my/history/", act="off", status=400)
    ada.does("/my/history/", act="off", sure="yes")
    assert "Nothing of it is kept" in ada.html


def test_a_short_pin_cannot_lock_a_history(library, ben):
    ben.open("/my/history/")
    ben.does("/my/history/", act="on", months="12", lock="yes", pin="2846", status=400)

    assert ben.said[0] == "To lock it your PIN needs 8 digits. Change your PIN first."


@pytest.mark.clause("MP-3.9")
def test_a_permission_is_given_and_withdrawn(library, ada):
    ada.open("/my/permissions/")
    wish = {"name": "Zofia Nowak", "scope": ["pick_up_holds", "see_fees"]}
    ada.does("/my/permissions/", act="give", ends_on="2020-01-01", status=400, **wish)
    assert "Choose a last day" in ada.said[0]
    assert 'value="Zofia Nowak"' in ada.html
    ada.does("/my/permissions/", act="give", ends_on="2026-12-31", **wish)
    assert "until Dec 31, 2026" in ada.html
    number = re.search(r'name="permission" value="(\d+)"', ada.html)[1]
    ada.does("/my/permissions/", act="withdraw", permission=number)
    assert "You have given nobody a permission." in ada.html


@pytest.mark.clause("TH-1.2", "TH-1.3", "TH-1.4", "TH-2.2")
def test_what_is_held_is_told_with_reason_end_and_needer(library, clerk, ada, ada_id):
    lend(library, clerk, ada_id, 0)
    page = ada.open("/my/held/")

    assert "12 Bluestem Lane" in page
    assert TITLES[0] in page
    assert "To see that its holder lives where the card may be had" in page
    assert "365 days after your account is closed" in page
    data = json.loads(ada.get("/my/held/data.json").content)
    assert {each["series"] for each in data["held"] if each["records"]} >= {"registration", "cards", "loans"}
    pdf = ada.get("/my/held/data.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Cache-Control"] == "no-store"


@pytest.mark.clause("MP-7.15", "TH-2.2")
def test_every_look_is_told_in_plain_words_the_refused_ones_too(library, clerk, ada, ada_id):
    from circumspect.records.circulation.lending import loans_of
    from circumspect.trust.door.errors import Refused
    from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

    loans_of(library, clerk, ada_id, circumstance=Circumstance.CARD_SCANNED)
    stranger = Actor(ActorKind.STAFF, "9", frozenset({"finance"}), True, "2026-11")
    with pytest.raises(Refused):
        loans_of(library, stranger, ada_id, circumstance=Circumstance.CARD_SCANNED)
    page = ada.open("/my/looks/")

    assert "<strong>Desk staff</strong>" in page
    assert "<strong>You</strong>" in page
    assert re.search(r"<strong>Finance staff</strong>\s*<span class=\"tag tag-stop\">refused", page)
    assert "to serve you at the desk" in page


@pytest.mark.clause("MP-2.1", "TH-1.2")
def test_what_is_held_is_told_in_words_and_in_no_code_of_ours(library, clerk, ada, ada_id):
    from circumspect.records.computers.models import Seat
    from circumspect.records.fees import settling
    from circumspect.records.fees.rules import FeeKind
    from circumspect.records.patrons import notes
    from circumspect.trust.policy.request import Circumstance

    here: dict[str, Any] = {"circumstance": Circumstance.CARD_SCANNED}
    settling.charge_by_hand(library, clerk, ada_id, FeeKind.DAMAGE, 350, branch="main", **here)
    until = library.today() + dt.timedelta(days=30)
    notes.add_note(library, clerk, ada_id, kind="pickup", text="On Fridays.", expires_on=until, **here)
    ada.open("/my/computers/")
    seat = Seat.objects.get().id
    ada.does("/my/computers/", act="book", seat=seat, day="2026-11-24", time="12:00", minutes="30")

    def values(page: str) -> set[str]:
        return set(re.findall(r'<span class="value">(.*?)</span>', page))

    english = values(ada.open("/my/held/"))
    polish = values(ada.open("/my/pl/held/"))

    assert {"Damage", "somebody picks up for you", "booked", "Adult computers"} <= english
    assert {"Uszkodzenie", "ktoś odbiera za ciebie", "zarezerwowany"} <= polish
    assert any(each.startswith("Resident adult; Main Library; until ") for each in english)
    assert any(each.startswith("Mieszkańcy, dorośli; Main Library; do ") for each in polish)
    assert not {"pickup", "Damage fee", "adult", "booked"} & polish


@pytest.mark.clause("MP-2.1", "TH-1.2")
def test_a_notice_of_several_kinds_is_told_in_words_too(library, ada, ada_id):
    """What one reader has on one day comes in one notice; a kind that it names twice is told once."""
    from circumspect.offices.notices.models import Notice

    link = library.vault.link("notices", ada_id)
    Notice.objects.create(
        id=1, epoch=link.epoch, link=link.token, back=link.back, kind="almost_due,overdue,overdue",
        channel="post", state="sent", branch="main", sent_on=library.today(),
    )  # fmt: skip
    page = ada.open("/my/held/")
    assert "something was due soon; something was overdue<" in page
    assert "almost_due" not in page + ada.get("/my/held/data.json").content.decode()


def test_a_category_is_called_what_the_library_calls_it(library, ada, monkeypatch):
    monkeypatch.setitem(library.home.config, "categories", {"resident_adult": {"name": "Townsfolk"}})
    assert "Townsfolk; Main Library" in ada.open("/my/es/held/")


@pytest.mark.clause("TH-2.2", "MP-7.15")
def test_own_looks_can_be_left_out_and_a_pin_tried_by_anybody_stays(library, clerk, ada, ada_id):
    """What others did is not to be searched for among a hundred looks of one's own."""
    from circumspect.records.circulation.lending import loans_of
    from circumspect.trust.policy.request import Circumstance

    loans_of(library, clerk, ada_id, circumstance=Circumstance.CARD_SCANNED)
    Home().sign_in(ADA_CARD, "00112233", status=403)
    for _ in range(60):
        library.clock.forward(seconds=1)
        ada.open("/my/card/")

    page = ada.open("/my/looks/?of=others")

    assert "<strong>You</strong>" not in page
    assert "<strong>Desk staff</strong>" in page
    assert page.count("<strong>Whoever typed your card’s number, or used your passkey</strong>") == 2
    assert "page=2" not in page
    every = ada.open("/my/looks/")
    assert "?page=2" in every
    shown = int(re.search(r"Without my own: (\d+)", every)[1])
    assert page.count("<time ") == shown
    assert int(re.search(r"(\d+) looks in the last half year", every)[1]) >= shown + 60


@pytest.mark.parametrize("path", ["loans", "holds", "requests", "fees", "computers", "card", "settings",
                                  "history", "permissions", "held", "looks", "looks/proof.json",
                                  "held/data.json", "held/data.pdf"])  # fmt: skip
def test_no_page_opens_without_signing_in(library, path):
    somebody = Home()
    page = somebody.open(f"/my/{path}{'' if '.' in path else '/'}")

    assert "Number of your library card" in page
    assert "circumspect_patron" not in somebody.cookies


@pytest.mark.clause("MP-7.9")
def test_one_patron_never_meets_another(library, clerk, ada, ben, ben_id):
    lend(library, clerk, ben_id, 3)
    ben.open(f"/my/holds/place/{title_id(4)}/")
    ben.does(f"/my/holds/place/{title_id(4)}/", branch="main")
    hold = re.search(r'name="hold" value="(\d+)"', ben.html)[1]

    ada.open("/my/holds/")
    ada.does("/my/holds/", act="cancel", hold=hold, status=400)
    for path in ("", "loans/", "holds/", "held/", "looks/", "card/"):
        page = ada.open(f"/my/{path}")
        assert "Okoye" not in page
        assert BEN_CARD not in page
        assert TITLES[3] not in page
    assert TITLES[4] in ben.open("/my/holds/")


@pytest.mark.clause("TH-1.8", "TH-2.2")
def test_somebody_erases_their_whole_account_and_what_is_out_stops_it(library, clerk, ada, ada_id):
    from circumspect.records.patrons.models import Patron

    lend(library, clerk, ada_id, 0)
    ada.open("/my/held/")
    ada.does("/my/held/", pin=ADA_PIN, status=400)
    ada.does("/my/held/", pin="0000", sure="yes", status=400)
    ada.does("/my/held/", pin=ADA_PIN, sure="yes", status=400)
    assert "Bring it back first" in ada.said[0]
    bring_back(library, clerk, 0)
    ada.does("/my/held/", pin=ADA_PIN, sure="yes")

    assert "You are signed out" in ada.html
    assert not Patron.objects.filter(id=ada_id).exists()
    Home().sign_in(ADA_CARD, ADA_PIN, status=403)


@pytest.mark.clause("TH-1.21")
def test_a_wish_that_the_library_buy_something_is_a_letter_of_theirs(library, ada):
    page = ada.open("/my/requests/")
    assert 'href="/my/letters/"' in page

    assert '<option value="purchase"' in ada.open("/my/letters/")
    ada.does("/my/letters/", act="ask", kind="purchase", subject="Please buy", body="Ferdydurke in Polish")
    data = json.loads(ada.get("/my/held/data.json").content)
    letter = next(each for each in data["held"] if each["series"] == "inquiries")["records"][0]
    assert "Ferdydurke in Polish" in next(each["value"] for each in letter if each["field"] == "message")
    assert ada.get("/my/held/data.pdf").content.startswith(b"%PDF")
