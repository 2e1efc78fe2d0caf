"""Signing in, locking, unlocking and signing the policy, as the pages do it."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
import pytest
from desk_support import ADA_CARD, DATABASES, GOOD_PASSWORD, ITEMS, AtDesk

from circumspect.faces import desk as the_desk
from circumspect.offices.staff import accounts, passwords, recovery, totp
from circumspect.offices.staff.models import RecoveryCode, TotpDevice
from circumspect.records.circulation.models import Loan

DESK_SCRIPTS = Path(the_desk.__file__).parent / "static" / "desk"
pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture
def second_factor_required(library, monkeypatch):
    config = {**library.home.config, "staff": {"second_factor": "required"}}
    monkeypatch.setattr(
        type(library.home),
        "setting",
        lambda _home, section, name, default: config.get(section, {}).get(name, default),
    )


def token(window: AtDesk) -> str:
    return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', window.response.content.decode())[1]


def test_nobody_sees_the_desk_without_signing_in(library):
    window = AtDesk()

    for path in ("/", "/register/", "/policy/", "/own/"):
        assert window.client.get(path).headers["Location"] == "/sign-in/"
    assert window.client.post("/", {"scan": ADA_CARD}).headers["Location"] == "/sign-in/"


def test_a_wrong_password_says_so_and_keeps_the_username(library):
    window = AtDesk()
    window.sign_in("rosa", "not-the-password-at-all")

    assert "Username and password do not fit." in window.text
    assert 'value="rosa"' in window.html
    assert "not-the-password" not in window.html


def test_guessing_is_slowed_down(library):
    window = AtDesk()
    for _ in range(5):
        window.sign_in("rosa", "not-the-password-at-all")

    assert window.response.status_code == 429
    assert "Too many tries. Wait" in window.text


def test_a_first_sign_in_enrols_an_app_then_chooses_a_password_then_signs(
    library, clock, second_factor_required
):
    _, printed = accounts.add_member("nina", "Nina Osei", ["desk"])
    window = AtDesk()
    window.sign_in("nina", printed)
    assert "A second proof that it is you" in window.text
    window.does("/sign-in/", step="enrol-app")
    secret = re.search(r'class="secret">([^<]+)<', window.html)[1].replace(" ", "")
    assert "<svg" in window.html
    window.does("/sign-in/", step="confirm-app", code="000000")
    assert "That did not fit" in window.text
    window.does("/sign-in/", step="confirm-app", code=pyotp.TOTP(secret).at(clock()))
    codes = re.findall(r"<code>([a-z2-7-]+)</code>", window.html)
    assert len(codes) == 10
    window.does("/sign-in/", step="go-on")
    assert "Choose your password" in window.text
    window.does("/sign-in/", step="new-password", password="short", password_again="short")
    assert "too short" in window.text
    window.does("/sign-in/", step="new-password", password=GOOD_PASSWORD, password_again=GOOD_PASSWORD)
    assert "What we promise our patrons" in window.text

    clock.forward(minutes=1)
    again = AtDesk()
    again.sign_in("nina")
    assert "One step more" in again.text
    again.does("/sign-in/", step="totp", code="123456")
    assert "That did not fit" in again.text
    again.does("/sign-in/", step="totp", code=pyotp.TOTP(secret).at(clock()))
    assert again.response.request["PATH_INFO"] == "/policy/"
    other = AtDesk()
    other.sign_in("nina")
    other.does("/sign-in/", step="recovery", code=codes[3])
    assert other.response.request["PATH_INFO"] == "/policy/"


def test_a_step_out_of_turn_leads_back_to_the_password(library):
    window = AtDesk()

    window.does("/sign-in/", step="totp", code="123456")
    assert "Sign in" in window.text
    window.does("/sign-in/", step="new-password", password=GOOD_PASSWORD, password_again=GOOD_PASSWORD)

    assert window.client.get("/").status_code == 302


@pytest.mark.clause("MP-7.16")
def test_until_the_policy_is_signed_nothing_opens(staff_of, library):
    staff_of("nina", ["desk"], signs=False)
    window = AtDesk()
    window.sign_in("nina")
    assert "What we promise our patrons" in window.text
    window.scan(ADA_CARD)
    assert window.response.status_code == 403
    assert "until the privacy policy in force has been read and signed" in window.said()
    assert "MP-7.16" in window.said()
    assert "Zielińska" not in window.html
    lead = AtDesk()
    lead.sign_in("lead")
    for step in ("sign", "discuss"):
        window.does("/policy/", step=step, version="2026-11")
        assert window.response.status_code == 422
    window.does("/policy/", step="read", version="2026-11")
    talk = {"discussed_with": str(accounts.find_member("lead").pk), "discussed_on": "2026-11-23"}
    window.does("/policy/", step="discuss", **{**talk, "discussed_on": "2026-11-24"})
    assert "not in days to come" in window.text
    window.does("/policy/", step="discuss", **talk)
    window.does("/policy/", step="sign", version="2026-11")
    assert "before you sign" in window.text
    window.scan(ADA_CARD)
    assert window.response.status_code == 403
    lead.open("/people/")
    assert "Nina says you talked the policy over on November 23, 2026" in lead.text
    lead.does("/people/", act="confirm", orientation=lead.hidden("orientation")[0])

    window.does("/policy/", step="sign", version="2026-11")

    window.scan(ADA_CARD)
    assert "Ada Zielińska" in window.text


@pytest.mark.clause("MP-7.10", "MP-7.11")
def test_left_alone_the_desk_locks_and_shows_nothing(desk, clock):
    desk.scan(ADA_CARD)
    clock.forward(seconds=181)

    desk.scan(ITEMS[0])

    assert "Locked" in desk.text
    assert "Zielińska" not in desk.html
    assert not Loan.objects.exists()
    desk.does("/unlock/", password="not-the-password-at-all")
    assert "That is not your password." in desk.text
    desk.does("/unlock/", password=GOOD_PASSWORD)
    assert 'id="scan-box"' in desk.html


def test_a_key_pressed_keeps_the_desk_open(desk, clock):
    for _ in range(4):
        clock.forward(seconds=100)
        assert desk.client.post("/awake/").status_code == 204

    assert desk.client.get("/").status_code == 200
    assert 'id="scan-box"' in desk.open().content.decode()


def test_a_form_under_way_comes_back_after_the_lock(desk, clock):
    desk.open("/register/")
    clock.forward(seconds=200)
    desk.does("/register/", family_name="Castañeda", city="Elgin")
    assert "What you were typing is kept." in desk.text
    assert "Castañeda" not in desk.html
    desk.does("/unlock/", password="wrong-password-here", kept=desk.hidden("kept")[0])

    desk.does("/unlock/", password=GOOD_PASSWORD, kept=desk.hidden("kept")[0])
    assert "You were typing" in desk.text
    desk.does("/register/", resume="yes", family_name="Castañeda", city="Elgin")

    assert 'value="Castañeda"' in desk.html
    assert "Registered." not in desk.text


def test_locking_at_once_keeps_the_form_too(desk):
    desk.does("/lock/", kept_path="/register/", family_name="Castañeda")

    assert "What you were typing is kept." in desk.text
    desk.does("/unlock/", password=GOOD_PASSWORD, kept=desk.hidden("kept")[0])
    assert 'value="Castañeda"' in desk.html


def test_a_pin_is_never_kept_over_a_lock(desk, clock):
    desk.scan(ADA_CARD)
    clock.forward(seconds=200)

    desk.does("/pin/", pin="2846", pin_again="2846")

    assert 'name="kept"' not in desk.html


def test_signing_out_ends_it(desk):
    desk.does("/sign-out/")

    assert "You are signed out." in desk.text
    assert desk.client.get("/").headers["Location"] == "/sign-in/"


@pytest.mark.parametrize(
    "path", ["/awake/", "/offline/box/", "/computers/live/"], ids=("awake", "letterbox", "computers")
)
def test_what_a_page_asks_on_the_side_leaves_the_next_sign_in_alone(library, path):
    """It was under way when somebody signed out, and its answer comes after the sign-in page has been shown."""
    window = AtDesk(enforce_csrf_checks=True)
    window.open()
    signed_in = window.does(
        "/sign-in/",
        step="password",
        username="rosa",
        password=GOOD_PASSWORD,
        csrfmiddlewaretoken=token(window),
    )
    assert 'id="scan-box"' in signed_in.content.decode()
    old_cookie, old_token = window.client.cookies["circumspect_session"].value, token(window)
    window.does("/sign-out/", csrfmiddlewaretoken=old_token)
    assert "You are signed out." in window.text

    late = AtDesk(enforce_csrf_checks=True).client
    for headers, is_let_alone in (({"X-Desk": "aside"}, True), ({}, False)):
        late.cookies["circumspect_session"] = old_cookie
        answer = late.generic(
            "GET" if "live" in path else "POST", path, headers={"X-CSRFToken": old_token, **headers}
        )
        gone_on = late.get("/sign-in/", headers=headers)
        touched = {"circumspect_session"} & (answer.cookies.keys() | gone_on.cookies.keys())
        assert touched == (set() if is_let_alone else {"circumspect_session"})


def test_every_script_of_the_desk_says_that_it_asks_on_the_side():
    """Or asks as nobody, with no cookie at all. The worker hands on what pages ask."""
    asking = {}
    for path in sorted(DESK_SCRIPTS.glob("*.js")):
        if path.name == "offline-worker.js":
            continue
        text = path.read_text(encoding="utf-8")
        said = len(re.findall(r'"X-Desk": "(?:part|aside)"|credentials: "omit"', text))
        asked = len(re.findall(r"\bfetch\(", text))
        if asked or said:
            asking[path.name] = (asked, said)

    assert len(asking) >= 7
    assert all(asked == said for asked, said in asking.values()), asking


def test_a_session_that_a_question_on_the_side_ends_says_why_on_the_next_page(desk, clock):
    clock.forward(seconds=12 * 3600)
    desk.client.post("/awake/", headers={"X-Desk": "aside"})

    desk.open()

    assert "Twelve hours are over" in desk.text


def test_signing_in_elsewhere_ends_this_one(desk):
    other = AtDesk()
    other.sign_in()

    desk.open()

    assert "You signed in at another place" in desk.text


def test_a_member_adds_an_app_and_changes_the_password_by_giving_the_present_one(desk, clock):
    desk.does("/own/", act="start-app", password="not-the-password-at-all")
    assert "The present password is not right." in desk.text
    desk.does("/own/", act="start-app", password=GOOD_PASSWORD)
    secret = re.search(r'class="secret">([^<]+)<', desk.html)[1].replace(" ", "")
    desk.does("/own/", act="confirm-app", code=pyotp.TOTP(secret).at(clock()))
    assert "Ten codes for a bad day" in desk.text

    clock.forward(seconds=31)
    desk.open("/own/")
    assert "Once more: is it you?" in desk.text
    desk.does("/step-up/", kept=desk.hidden("kept")[0], way="totp", code=pyotp.TOTP(secret).at(clock()))
    fresh = "larks-above-the-gravel-bar"
    desk.does("/own/", act="password", password=GOOD_PASSWORD, new_password=fresh, new_password_again=fresh)

    assert "Sign in" in desk.text
    desk.sign_in("rosa", fresh)
    assert "One step more" in desk.text


@pytest.mark.clause("MP-7.10")
def test_a_password_alone_puts_no_other_factor_in_place_of_the_second(library, desk, clock):
    """Whoever saw it typed, and finds the desk locked, has no fresh proof for what weighs more, and makes none."""
    rosa = accounts.find_member("rosa")
    keeper = library.vault.secrets
    shown = totp.start(rosa, keeper, issuer="Test Library")
    totp.confirm(rosa, keeper, pyotp.TOTP(shown.secret.replace(" ", "")).at(clock()), now=clock())
    recovery.renew(rosa)
    before = (list(TotpDevice.objects.values()), list(RecoveryCode.objects.values()))
    desk.does("/lock/")
    desk.does("/unlock/", password=GOOD_PASSWORD)

    for act in ("start-app", "codes", "add-passkey", "password"):
        fresh = "larks-above-the-gravel-bar"
        desk.does(
            "/own/",
            act=act,
            password=GOOD_PASSWORD,
            new_password=fresh,
            new_password_again=fresh,
            answer="{}",
        )
        assert "Once more: is it you?" in desk.text
        assert GOOD_PASSWORD not in desk.html
    desk.does("/own/", act="confirm-app", code="123456")

    assert "Once more: is it you?" in desk.text
    assert (list(TotpDevice.objects.values()), list(RecoveryCode.objects.values())) == before
    assert passwords.is_right(accounts.find_member("rosa"), GOOD_PASSWORD)


@pytest.mark.clause("MP-7.10")
def test_a_desk_left_open_is_no_place_to_try_passwords(desk):
    """They are counted as at sign-in; after that none is looked at, the right one neither."""
    for number in range(20):
        desk.does("/own/", act="start-app", password=f"guess-number-{number}")
        if desk.response.status_code == 429:
            break

    assert number < 12
    desk.does("/own/", act="start-app", password=GOOD_PASSWORD)
    assert desk.response.status_code == 429
    assert "Too many tries" in desk.text
    assert 'class="secret"' not in desk.html


def test_the_policy_pages_clause_ids_lead_to_their_clauses(desk):
    desk.open("/policy/")
    assert 'href="/clauses/MP-7.16/"' in desk.html

    desk.open("/clauses/MP-7.16/")

    assert "talk it over with their supervisor" in desk.text
    assert desk.client.get("/clauses/MP-99.9/").status_code == 404
    assert "There is nothing here" in desk.open("/clauses/MP-99.9/").content.decode()


def test_passkeys_are_offered_only_where_a_browser_would_use_them(library, second_factor_required):
    accounts.add_member("nina", "Nina Osei", ["desk"], GOOD_PASSWORD)
    by_name, by_address = AtDesk(headers={"host": "localhost"}), AtDesk(headers={"host": "127.0.0.1"})
    for window in (by_name, by_address):
        window.sign_in("nina")

    assert "data-passkey" in by_name.html
    assert "data-passkey" not in by_address.html


def test_passkey_options_are_given_at_their_step_only(library, second_factor_required):
    accounts.add_member("nina", "Nina Osei", ["desk"], GOOD_PASSWORD)
    window = AtDesk(headers={"host": "localhost"})
    assert window.client.post("/sign-in/passkey/").status_code == 409
    window.sign_in("nina")

    response = window.client.post("/sign-in/passkey/")

    assert response.json()["rp"]["name"] == "Test Library"
