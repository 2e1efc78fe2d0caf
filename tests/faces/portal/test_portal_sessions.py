"""Sign-ins: nobody is told why they are refused, nothing of a session lasts, and no form of another's is taken."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from portal_keys import a_phone, add
from portal_support import ADA_CARD, ADA_PIN, BEN_CARD, BEN_PIN, DATABASES, Home

from circumspect.faces.portal import sessions, signing
from circumspect.faces.portal.models import SignIn
from circumspect.records.patrons import cards, passkeys
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=DATABASES)
NAME = settings.PATRON_COOKIE
SCANNED = Circumstance.CARD_SCANNED


# refused alike


@contextmanager
def work_of(house: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Count what a stopwatch would feel: hashes, questions at the door, and the wait at the end."""
    from circumspect.records.patrons import cards

    done: dict[str, float] = {"hashes": 0, "entries": -house.ledger.size(), "least": 0.0}
    matches = cards._matches

    def counted(stored: str, peppered: str) -> bool:
        done["hashes"] += 1
        return matches(stored, peppered)

    with monkeypatch.context() as patch:
        patch.setattr(cards, "_matches", counted)
        patch.setattr(signing, "LEAST_SECONDS", 5.0)
        patch.setattr(signing.time, "sleep", lambda seconds: done.update(least=seconds))
        yield done
    done["entries"] += house.ledger.size()
    # How much of the five seconds was left is the machine's affair; that it was waited for, and to the end, is ours.
    done["least"] = done["least"] > 3.0


@pytest.mark.clause("TH-1.23", "MP-4.15")
def test_whoever_is_refused_hears_and_costs_the_same_whatever_the_reason(library, clerk, ben_id, monkeypatch):
    from circumspect.records.patrons import cards
    from circumspect.trust.policy.request import Circumstance

    cards.report_lost(library, clerk, ben_id, circumstance=Circumstance.CARD_SCANNED)
    tries = {
        "a wrong PIN": (ADA_CARD, "90817263"),
        "a card nobody has": ("21234000000034", "90817263"),
        "no card number at all": ("nonsense", "90817263"),
        "a lost card and its own PIN": (BEN_CARD, BEN_PIN),
        "an empty PIN": (ADA_CARD, ""),
        "a PIN as long as a book": (ADA_CARD, "9" * 5000),
    }
    pages, work = {}, {}
    for reason, (card, pin) in tries.items():
        home = Home()
        home.open("/my/sign-in/")
        with work_of(library, monkeypatch) as done:
            page = home.send("/my/sign-in/", card=card, pin=pin, status=403)
        pages[reason] = page.replace(f'value="{card}"', 'value=""')
        work[reason] = dict(done)

    assert len(set(pages.values())) == 1, "two refusals differ"
    assert work == {reason: {"hashes": 1, "entries": 1, "least": True} for reason in tries}


def test_the_stopwatch_would_feel_a_shortcut(library, monkeypatch):
    """The broken twin: a sign-in that stops at a card it does not know."""
    from circumspect.records.patrons import cards

    def hasty(house: Any, card: str, pin: str) -> int | None:
        return None if cards.find_card(house, card) is None else whose(house, card, pin)

    whose = signing._whose
    monkeypatch.setattr(signing, "_whose", hasty)
    with work_of(library, monkeypatch) as known:
        signing.whose(library, ADA_CARD, "90817263")
    with work_of(library, monkeypatch) as unknown:
        signing.whose(library, "21234000000034", "90817263")

    assert dict(known) != dict(unknown)


@pytest.mark.clause("TH-1.23")
def test_a_card_is_guessed_at_a_few_times_and_then_not_at_all(library, ada_id):
    from circumspect.faces.portal.pacing import CARD_FREE

    home = Home()
    home.open("/my/sign-in/")
    for _ in range(5):
        home.send("/my/sign-in/", card=ADA_CARD, pin="90817263", status=403)
    home.send("/my/sign-in/", card=ADA_CARD, pin=ADA_PIN, status=403)  # the card's own lock
    for _ in range(CARD_FREE):
        home.send("/my/sign-in/", card=BEN_CARD, pin="9999", status=403)
    home.send("/my/sign-in/", card=BEN_CARD, pin=BEN_PIN, status=429)
    assert NAME not in home.cookies


def test_one_address_guesses_at_many_cards_a_few_times():
    from circumspect.faces.portal import pacing

    pace = pacing.Pace()
    tried = [pace.may_try("192.0.2.1", f"card {each}", 0.0) for each in range(pacing.ADDRESS_FREE + 5)]
    assert tried.count(True) == pacing.ADDRESS_FREE
    assert pace.may_try("192.0.2.2", "card 1", 0.0)
    assert pace.may_try("192.0.2.1", "card 99", pacing.ADDRESS_SECONDS)


def test_no_flood_of_made_up_cards_gives_a_guesser_new_tries():
    """Neither at one address nor at one card; and no flood fills the memory."""
    from circumspect.faces.portal import pacing

    pace = pacing.Pace()
    for _ in range(pacing.CARD_FREE):
        assert pace.may_try("192.0.2.9", "the card", 0.0)
    tried = [pace.may_try("192.0.2.1", f"card {each}", 0.0) for each in range(pacing._MOST + 5)]
    assert tried.count(True) == pacing.ADDRESS_FREE
    assert len(pace._buckets) < 100
    assert not pace.may_try("192.0.2.9", "the card", 0.0)

    for each in range(pacing._MOST + 5):
        pace.may_try(f"198.18.{each // 250}.{each % 250}", f"card of {each}", 1.0)
    assert len(pace._buckets) <= pacing._MOST + 2


@pytest.mark.clause("TH-1.23")
def test_behind_a_proxy_a_guesser_uses_up_nobody_elses_tries(library):
    """Every connection is the proxy's then; whose it was stands in its header, after whatever the guesser wrote there."""
    from circumspect.faces.portal.pacing import ADDRESS_FREE

    library.home.config["web"]["proxy_header"] = "X-Forwarded-For"
    try:
        guesser = Home(headers={"x-forwarded-for": "203.0.113.9, 198.51.100.1"})
        for each in range(ADDRESS_FREE):
            guesser.send("/my/sign-in/", card=f"2123400{each:07d}", pin="1357", status=403)
        guesser = Home(headers={"x-forwarded-for": "203.0.113.77, 198.51.100.1"})
        guesser.send("/my/sign-in/", card="21234009999999", pin="1357", status=429)

        Home(headers={"x-forwarded-for": "198.51.100.2"}).sign_in(ADA_CARD, ADA_PIN)
    finally:
        del library.home.config["web"]["proxy_header"]


def test_without_a_proxy_no_header_makes_a_guesser_somebody_else(library):
    """Anybody may write one."""
    from circumspect.faces.portal.pacing import ADDRESS_FREE

    for each in range(ADDRESS_FREE):
        guesser = Home(headers={"x-forwarded-for": f"198.51.100.{each}"})
        guesser.send("/my/sign-in/", card=f"2123400{each:07d}", pin="1357", status=403)
    Home(headers={"x-forwarded-for": "198.51.100.99"}).send(
        "/my/sign-in/", card="21234009999999", pin="1357", status=429
    )


def test_a_home_with_many_addresses_of_the_sixth_version_is_one_guesser():
    """A provider gives each home 2^64 of them. Patrons, staff and letters are counted by the same measure."""
    from django.test import RequestFactory

    from circumspect.faces.public.clients import address_by, counted_as

    def counted(address: str) -> str:
        return counted_as(address_by(RequestFactory().get("/", REMOTE_ADDR=address), ""))

    assert {counted(f"2001:db8:0:7::{each:x}") for each in range(1, 60)} == {"2001:db8:0:7::/64"}
    assert counted("2001:db8:0:8::1") == "2001:db8:0:8::/64"
    for alone in ("192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1", "no address", ""):
        assert counted(alone) == alone


def test_one_home_of_the_sixth_version_uses_up_its_own_tries_and_nobody_elses(library):
    from circumspect.faces.portal.pacing import ADDRESS_FREE

    for each in range(ADDRESS_FREE):
        guesser = Home(REMOTE_ADDR=f"2001:db8:0:7::{each + 1:x}")
        guesser.send("/my/sign-in/", card=f"2123400{each:07d}", pin="1357", status=403)

    sign_in = {"card": "21234009999999", "pin": "1357"}
    Home(REMOTE_ADDR="2001:db8:0:7::abcd").send("/my/sign-in/", **sign_in, status=429)
    Home(REMOTE_ADDR="2001:db8:0:8::1").send("/my/sign-in/", **sign_in, status=403)


# the cookie and the row


@pytest.mark.clause("TH-3.5", "TH-3.6")
def test_one_cookie_for_these_pages_alone_and_new_at_each_sign_in(library, ada):
    cookie = ada.cookies[NAME]
    assert list(ada.cookies) == [NAME]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/my/", True, "Strict")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    before = cookie.value
    planted = Home()
    planted.cookies[NAME] = "planted-by-somebody-else-0000000000000000"
    planted.sign_in(BEN_CARD, BEN_PIN)

    assert planted.cookies[NAME].value != "planted-by-somebody-else-0000000000000000"
    ada.open("/my/sign-in/")
    assert ada.cookies[NAME].value == before
    assert settings.SESSION_COOKIE_NAME not in ada.cookies


def test_the_row_names_nobody_and_a_copied_row_stands_for_nobody(library, ada, ada_id, ben, ben_id):
    rows = {row.digest: row for row in SignIn.objects.all()}
    assert len(rows) == 2
    for row in rows.values():
        assert str(ada_id).encode() not in bytes(row.sealed_patron)
        assert ada_id.to_bytes(8, "big") not in bytes(row.sealed_patron)
    assert ada.cookies[NAME].value not in str([row.__dict__ for row in rows.values()])
    one, other = rows.values()
    one.sealed_patron = other.sealed_patron
    one.save()

    assert "Sign in" in ada.open("/my/loans/") or "Sign in" in ben.open("/my/loans/")


@pytest.mark.parametrize(
    ("shared", "more_time", "minutes"), [("", "", 10), ("yes", "", 3), ("", "yes", 100), ("yes", "yes", 30)]
)
def test_a_session_ends_by_itself(library, clock, shared, more_time, minutes):
    home = Home()
    home.sign_in(ADA_CARD, ADA_PIN, shared=shared, more_time=more_time)
    assert home.response.headers["Refresh"].startswith(f"{minutes * 60 + 1};")
    for _ in range(4):
        clock.forward(minutes=minutes - 1)
        assert "Sign out" in home.open("/my/loans/")
    clock.forward(minutes=minutes)

    assert "Number of your library card" in home.open("/my/loans/")
    assert not SignIn.objects.exists()


@pytest.mark.parametrize(
    ("shared", "more_time", "minutes"), [("", "", 10), ("yes", "", 3), ("", "yes", 100), ("yes", "yes", 30)]
)
def test_what_ended_by_itself_is_cleared_away_and_nothing_else(library, clock, shared, more_time, minutes):
    Home().sign_in(ADA_CARD, ADA_PIN, shared=shared, more_time=more_time)
    clock.forward(seconds=minutes * 60 - 1)
    assert sessions.clear(library) == 0
    clock.forward(seconds=1)

    assert sessions.clear(library) == 1


def test_more_time_outlives_a_new_pin_and_is_kept_on_a_form_that_comes_back(library, ada_id):
    home = Home()
    form = home.sign_in(ADA_CARD, "0000", status=403, more_time="yes")
    assert re.search(r'name="more_time" value="yes" checked', form)
    home.sign_in(ADA_CARD, ADA_PIN, more_time="yes")
    home.open("/my/settings/")
    home.does("/my/settings/", act="pin", old_pin=ADA_PIN, pin="58302746", pin_again="58302746")

    assert SignIn.objects.get().has_more_time
    assert home.response.headers["Refresh"].startswith(f"{100 * 60 + 1};")


@pytest.mark.parametrize(
    ("shared", "more_time", "longest"), [("", "", 60), ("yes", "", 20), ("yes", "yes", 200)]
)
def test_no_session_lasts_however_busy_it_is(library, clock, shared, more_time, longest):
    home = Home()
    home.sign_in(ADA_CARD, ADA_PIN, shared=shared, more_time=more_time)
    for _ in range(longest // 2):
        clock.forward(minutes=2)
        home.open("/my/fees/")

    assert "Number of your library card" in home.open("/my/loans/")


def test_a_clock_set_back_keeps_nobody_signed_in(library, clock, ada):
    clock.forward(minutes=-5)
    assert "Number of your library card" in ada.open("/my/loans/")


@pytest.mark.clause("TH-2.2")
def test_signed_out_means_that_nothing_is_left_and_back_shows_nothing(library, ada):
    value = ada.cookies[NAME].value
    for path in ("", "loans/", "held/", "looks/"):
        ada.open(f"/my/{path}")
        assert ada.response.headers["Cache-Control"] == "no-store"
    out = ada.post(
        "/my/sign-out/", {"token": sessions.token_of(value)}, headers={"origin": "http://testserver"}
    )

    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert out.cookies[NAME].value == ""
    assert not SignIn.objects.exists()
    thief = Home()
    thief.cookies[NAME] = value
    assert "Number of your library card" in thief.open("/my/loans/")


def test_ended_rows_go_with_the_rounds(library, ada, clock):
    from circumspect.faces.cli.tending import _clear_sessions

    clock.forward(minutes=61)
    assert _clear_sessions(library) == 1
    assert not SignIn.objects.exists()


def _set_a_pin(library: Any, clerk: Any, patron: int) -> None:
    cards.set_pin(library, clerk, patron, "58203914", circumstance=SCANNED)


def _report_lost(library: Any, clerk: Any, patron: int) -> None:
    cards.report_lost(library, clerk, patron, circumstance=SCANNED)


def _give_another_card(library: Any, clerk: Any, patron: int) -> None:
    cards.issue_card(library, clerk, patron, "21234000000091", circumstance=SCANNED, old_card_lost=True)


def _remove_passkeys(library: Any, clerk: Any, patron: int) -> None:
    assert passkeys.remove_all(library, clerk, patron, circumstance=SCANNED) == 1


CHANGES_AT_THE_DESK = [_set_a_pin, _report_lost, _give_another_card, _remove_passkeys]


@pytest.mark.clause("TH-2.2", "MP-4.15")
@pytest.mark.parametrize("change", CHANGES_AT_THE_DESK, ids=lambda change: change.__name__.strip("_"))
def test_what_was_signed_in_ends_once_the_desk_changes_what_it_rests_on(
    library, clerk, ada, ada_id, ben, change
):
    add(ada, a_phone(), ADA_PIN)
    assert "Sign out" in ada.open("/my/loans/")

    change(library, clerk, ada_id)

    assert "Number of your library card" in ada.open("/my/loans/")
    assert "Sign out" in ben.open("/my/loans/")
    assert SignIn.objects.count() == 1


def test_a_new_passkey_ends_every_other_sign_in_and_not_this_one(library, ada):
    other = Home()
    other.sign_in(ADA_CARD, ADA_PIN)

    add(ada, a_phone(), ADA_PIN)

    assert "Sign out" in ada.open("/my/loans/")
    assert "Number of your library card" in other.open("/my/loans/")


# forms


@pytest.mark.parametrize(
    ("token", "headers"),
    [
        ("own", {"origin": "https://evil.example"}),
        ("own", {"origin": "null"}),
        ("own", {}),
        ("own", {"referer": "https://evil.example/testserver/"}),
        ("own", {"origin": "http://testserver", "sec-fetch-site": "cross-site"}),
        ("own", {"sec-fetch-site": "same-site"}),
        ("", {"origin": "http://testserver"}),
        ("another's", {"origin": "http://testserver"}),
        ("own, cut", {"origin": "http://testserver"}),
    ],
)
def test_a_form_that_is_not_of_this_sign_in_does_nothing(library, ada, ben, token, headers):
    tokens = {
        "own": sessions.token_of(ada.cookies[NAME].value),
        "another's": sessions.token_of(ben.cookies[NAME].value),
    }
    tokens["own, cut"] = tokens["own"][:-1]
    wish = {"act": "give", "name": "Mallory", "scope": ["see_loans"], "ends_on": "2026-12-31"}
    answer = ada.post("/my/permissions/", {**wish, "token": tokens.get(token, "")}, headers=headers)

    assert answer.status_code == 403
    from circumspect.records.reading.models import Permission

    assert not Permission.objects.exists()


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {}, {"sec-fetch-site": "cross-site"}]
)
def test_nobody_is_signed_in_from_another_sites_page(library, headers):
    home = Home()
    answer = home.post("/my/sign-in/", {"card": ADA_CARD, "pin": ADA_PIN}, headers=headers)

    assert answer.status_code == 403
    assert NAME not in home.cookies


def test_the_way_back_leads_to_our_own_pages_only(library):
    for to in ("https://evil.example", "//evil.example", "site-home", "desk", "portal-place"):
        home = Home()
        home.open("/my/sign-in/")
        answer = home.post(
            "/my/sign-in/",
            {"card": ADA_CARD, "pin": ADA_PIN, "to": to, "title": "//evil"},
            headers={"origin": "http://testserver"},
        )
        assert answer.headers["Location"] == "/my/"


@pytest.mark.clause("TH-3.5")
def test_a_staff_session_means_nothing_here_and_none_is_made(library, ada):
    from django.contrib.sessions.models import Session

    staff = Home()
    staff.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert "Number of your library card" in staff.open("/my/loans/")
    ada.open("/my/held/")
    assert not Session.objects.exists()


def test_a_page_carries_no_script_no_counter_and_no_other_site(library, ada):
    for path in ("", "loans/", "holds/", "card/", "settings/", "history/", "permissions/", "held/", "looks/"):
        page = ada.open(f"/my/{path}")
        assert "<script" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "https://" not in page
        assert "default-src 'none'" in ada.response.headers["Content-Security-Policy"]
        assert len(ada.response.content) < 50_000


def test_an_error_page_keeps_the_language_and_says_nothing_of_anybody(library, ada):
    page = ada.open("/my/pl/nowhere/", status=404)
    assert 'lang="pl"' in page
    assert "Ada" not in page
