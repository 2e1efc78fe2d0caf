"""The desk in a real Chromium: typed at as a scanner types, walked by keyboard, looked at, and left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, GOOD_PASSWORD, ITEMS, KID_CARD, barcode
from playwright.sync_api import Error

from circumspect.records.circulation.models import Loan
from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

WIDE, PHONE, NARROW = (
    {"width": 1280, "height": 900},
    {"width": 390, "height": 844},
    {"width": 320, "height": 700},
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHOLE = {"type": "tag", "values": WCAG}
# What a narrow screen or dark colours may break; the rest is the same page as in the first look.
OF_WIDTH_AND_COLOUR = {
    "type": "rule",
    "values": ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"],
}
LOOKS = (("wide-light", WIDE, "light", WHOLE), ("phone-dark", PHONE, "dark", OF_WIDTH_AND_COLOUR))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for the module, the machine's own."""
    from playwright.sync_api import sync_playwright

    # The browser's driver runs a loop in this thread; Django would take our fixtures for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Window:
    """One window, which remembers every address it asked for and every complaint of its console."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.address = address
        self.context = browser.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, username: str = "rosa") -> Window:
        self.page.goto(self.address + "/")
        self.page.fill("#username", username)
        self.page.fill("#password", GOOD_PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_selector("#scan-box")
        self.page.wait_for_load_state()  # the scan box is there before the script that queues what is scanned
        return self

    def sign_in_unsigned(self, username: str) -> None:
        self.page.fill("#username", username)
        self.page.fill("#password", GOOD_PASSWORD)
        self.page.press("#password", "Enter")
        self.sees("Three steps with version")

    def scan(self, *codes: str) -> None:
        """Type as a scanner does: fast, to whatever has the focus, with Enter at the end."""
        for code in codes:
            self.page.keyboard.type(code)
            self.page.keyboard.press("Enter")

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).locator("visible=true").first.wait_for()

    def has_nothing_of(self, *texts: str) -> None:
        shown = self.page.content()
        for text in texts:
            assert text not in shown

    def shot(self, name: str, *, full: bool = True) -> None:
        picture(self.page, name, full=full)

    def looks_right(self, name: str) -> None:
        """The page that is open: accessible, no wider than any window, and kept as a picture in both looks."""
        for look, size, scheme, rules in LOOKS:
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.wait_for_timeout(60)
            self.fits(name)
            self.shot(f"{name}-{look}")
            self.is_accessible(f"{name}, {look}", rules)
        self.page.set_viewport_size(NARROW)
        self.fits(name)
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def fits(self, name: str) -> None:
        over, width = self.page.evaluate(
            "[document.documentElement.scrollWidth - document.documentElement.clientWidth, innerWidth]"
        )
        assert over <= 0, f"{name} is {over} px wider than a window of {width} px"

    def is_accessible(self, where: str, rules: dict[str, Any] = WHOLE) -> None:
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page, options={"runOnly": rules})
        told = [
            (each["id"], [node["target"] for node in each["nodes"]]) for each in found.response["violations"]
        ]
        assert not told, f"{where}: {told}"


@pytest.fixture
def window(chromium: Any, live_server: Any, library: Any) -> Iterator[Callable[..., Window]]:
    """Open windows on the live desk."""
    windows: list[Window] = []

    def open_one(**options: Any) -> Window:
        windows.append(Window(chromium, live_server.url, **options))
        return windows[-1]

    yield open_one
    for each in windows:
        each.context.close()


@contextmanager
def held_back(window: Window) -> Iterator[None]:
    """Let the server answer nothing until all is typed: the scanner is always faster."""
    waiting: list[Any] = []
    desk = window.address + "/"  # whole: the page posts for its offline box too, whenever it is idle

    def handle(route: Any) -> None:
        waiting.append(route) if route.request.method == "POST" and not waiting else route.continue_()

    window.page.route(desk, handle)
    yield
    window.page.wait_for_timeout(20)
    waiting[0].continue_()
    window.page.unroute(desk, handle)


def shows(window: Window, where: str, text: str) -> None:
    """Wait until a part of the page holds a text."""
    window.page.locator(where).filter(has_text=text).wait_for(timeout=30_000)


def said(window: Window) -> str:
    return window.page.inner_text("#said")


def test_scans_faster_than_the_answers_are_all_taken_in_their_order(window):
    """Thirty scans typed without a pause: none is lost, none goes to the wrong patron."""
    w = window().sign_in()

    with held_back(w):
        w.scan(ADA_CARD, *ITEMS[:15], KID_CARD, *ITEMS[15:29])
        assert "29 more scanned" in w.page.inner_text("#waiting") or Loan.objects.count() == 0

    # The first patron passes through fourteen too: the second one's name says whose count it is.
    shows(w, "#who", "Kasia Zając")
    shows(w, "#loans h2", "14 out")
    w.scan(ADA_CARD)
    shows(w, "#who", "Ada Zielińska")
    shows(w, "#loans h2", "15 out")
    assert Loan.objects.count() == 29
    assert w.page.input_value("#scan-box") == ""
    assert w.complaints == []


def test_a_keystroke_typed_while_an_answer_is_drawn_stays_in_the_box(window):
    w = window().sign_in()
    w.page.route(
        w.address + "/",
        lambda route: (
            (time.sleep(0.4), route.continue_()) if route.request.method == "POST" else route.continue_()
        ),
    )

    w.scan(ADA_CARD)
    w.page.keyboard.type("zie", delay=150)
    w.sees("OK to borrow")
    w.page.keyboard.type("lony", delay=20)

    assert w.page.input_value("#scan-box") == "zielony"
    assert w.page.evaluate("document.activeElement.id") == "scan-box"


def test_a_card_misread_in_a_burst_lends_nothing_that_follows_it(window):
    w = window().sign_in()

    with held_back(w):
        w.scan(ADA_CARD, ITEMS[0], barcode("2", 999), ITEMS[1], ITEMS[2])

    w.sees("No library card has this number.")
    w.sees("2 more scanned and not used. Scan them again.")
    w.scan(ITEMS[1])
    w.sees("Nothing was done with this item.")
    assert Loan.objects.count() == 1


def test_what_stopped_one_scan_of_a_burst_stays_in_sight(window):
    w = window().sign_in()
    w.scan(ADA_CARD, ITEMS[0])
    w.sees("1 out")

    with held_back(w):
        w.scan(KID_CARD, ITEMS[0], ITEMS[1], ITEMS[2])

    w.sees("2 out")
    assert "This item is on loan. Check it in first." in said(w)


def test_a_server_that_does_not_answer_loses_no_scan(window):
    w = window().sign_in()
    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    w.context.set_offline(True)
    w.scan(ITEMS[0])
    w.sees("No answer from the server.")
    w.context.set_offline(False)

    w.page.keyboard.press("Enter")

    w.sees("Checked out")


@pytest.mark.clause("MP-7.11")
def test_escape_clears_and_back_brings_nothing_back(window):
    w = window().sign_in()
    w.scan(ADA_CARD, ITEMS[0])
    w.sees("1 out")

    w.page.keyboard.press("Escape")

    w.page.wait_for_selector("#who", state="hidden")
    w.has_nothing_of("Zielińska", "Nad Niemnem")
    w.page.go_back()
    w.has_nothing_of("Zielińska", "Nad Niemnem")
    w.page.go_forward()
    w.page.wait_for_load_state()
    w.has_nothing_of("Zielińska", "Nad Niemnem")


def test_leaving_with_a_patron_open_and_coming_back_shows_an_empty_desk(window):
    w = window().sign_in()
    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    w.page.goto(w.address + "/keys/")

    w.page.go_back()

    w.page.wait_for_selector("#scan-box")
    w.has_nothing_of("Zielińska")


@pytest.mark.clause("MP-7.11")
def test_left_alone_the_screen_clears_by_itself_and_warns_before(window, library, monkeypatch):
    monkeypatch.setitem(library.home.config["web"], "clear_seconds", 3)
    w = window().sign_in()
    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    w.sees("Press any key to keep it.")

    w.page.wait_for_selector("#who", state="hidden")

    w.has_nothing_of("Zielińska")


@pytest.mark.clause("MP-7.10")
def test_the_lock_hides_all_and_what_was_typed_comes_back(window):
    w = window().sign_in()
    w.page.get_by_role("link", name="Register").click()
    w.page.fill("#in-family_name", "Castañeda")
    w.page.keyboard.press("F9")
    w.sees("What you were typing is kept.")
    w.has_nothing_of("Castañeda")
    assert w.page.evaluate("document.activeElement.id") == "password"

    w.page.keyboard.type(GOOD_PASSWORD)
    w.page.keyboard.press("Enter")
    w.sees("You were typing")
    w.page.keyboard.press("Enter")

    w.page.wait_for_selector("#in-family_name")
    assert w.page.input_value("#in-family_name") == "Castañeda"


def test_escape_in_a_form_asks_before_it_drops_what_was_typed(window):
    w = window().sign_in()
    w.page.get_by_role("link", name="Register").click()
    w.page.fill("#in-family_name", "Castañeda")

    w.page.keyboard.press("Escape")
    w.sees("Press Escape again to leave without saving.")
    assert w.page.input_value("#in-family_name") == "Castañeda"
    w.page.keyboard.press("Escape")

    w.page.wait_for_selector("#scan-box")


def test_a_morning_without_touching_the_mouse(window):
    """Sign in, lend, renew, look up, find by name, register, take back, lock: keys only."""
    w = window()
    w.page.goto(w.address)
    w.page.keyboard.type("rosa")
    w.page.keyboard.press("Tab")
    w.page.keyboard.type(GOOD_PASSWORD)
    w.page.keyboard.press("Enter")
    w.page.wait_for_selector("#scan-box")
    w.scan(ADA_CARD, ITEMS[0])
    w.sees("Checked out")
    w.page.keyboard.press("F4")
    w.scan(ITEMS[0])
    w.sees("Renewed until")
    w.page.keyboard.press("Escape")
    w.page.wait_for_selector("#who", state="hidden")
    w.page.keyboard.press("F8")
    w.scan("frankenstein")
    w.sees("In the catalog")
    w.page.keyboard.press("F2")
    w.scan("zielińska")
    w.sees("1 found")
    tab_to(w, "Open Ada Zielińska")
    w.page.keyboard.press("Enter")
    w.sees("Why is this record needed?")
    tab_to(w, "Patron present without a card")
    w.page.keyboard.press("Enter")
    w.sees("Opened because")
    w.page.keyboard.press("F3")
    w.scan(ITEMS[0])
    w.sees("Checked in")
    w.page.keyboard.press("Escape")
    w.page.wait_for_selector("#who", state="hidden")
    w.page.keyboard.type("?")
    w.sees("Next patron: clears the screen at once")
    w.page.keyboard.press("Escape")
    assert w.page.input_value("#scan-box") == ""
    w.page.keyboard.press("F9")
    w.sees("Locked")
    assert w.complaints == []


def tab_to(window: Window, name: str) -> None:
    """Press Tab until the control of that name has the focus, and see that the focus shows."""
    for _ in range(60):
        window.page.keyboard.press("Tab")
        found = window.page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.textContent.trim(), s.outlineStyle, parseFloat(s.outlineWidth)]; }"
        )
        if found[0] == name:
            assert found[1] == "solid"
            assert found[2] >= 2
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_everything_works_with_scripts_off(window):
    w = window(java_script_enabled=False).sign_in()
    w.page.fill("#scan-box", ADA_CARD)
    w.page.press("#scan-box", "Enter")
    w.sees("OK to borrow")
    w.page.fill("#scan-box", ITEMS[0])
    w.page.press("#scan-box", "Enter")
    w.sees("Checked out")
    w.page.get_by_role("button", name="Renew").last.click()
    w.sees("Renewed until")
    w.page.get_by_role("button", name="Check in").click()
    w.page.fill("#scan-box", ITEMS[0])
    w.page.press("#scan-box", "Enter")
    w.sees("Checked in")
    w.page.get_by_role("button", name="Edit").click()
    w.page.fill("#in-city", "Elgin")
    w.page.get_by_role("button", name="Save").click()
    w.sees("Saved.")
    w.page.get_by_role("button", name="Next patron").click()
    w.page.wait_for_selector("#scan-box")
    assert w.page.url == w.address + "/"
    w.has_nothing_of("Zielińska")
    with suppress(Error):  # the browser has kept nothing to go back to
        w.page.go_back()
    w.page.wait_for_timeout(300)
    w.page.wait_for_load_state()
    w.has_nothing_of("Zielińska")


def test_nothing_is_asked_of_anybody_else_and_no_address_tells_anything(window):
    w = window().sign_in()
    w.scan(ADA_CARD, ITEMS[0], "zielony", ITEMS[0])
    w.sees("Checked in")

    assert all(url.startswith(w.address + "/") for url in w.asked)
    asked = {url.removeprefix(w.address) for url in w.asked}
    assert asked <= {
        "/", "/sign-in/", "/next/", "/awake/",
        "/static/desk/desk.css", "/static/desk/desk.js", "/static/desk/icon.svg",
        # Ready for working without a line: a key to seal with, and the script that asks for it.
        "/offline/box/", "/offline/emptied/", "/static/desk/offline-desk.js", "/static/desk/offline-store.js",
    }  # fmt: skip
    assert [cookie["name"] for cookie in w.context.cookies()] == ["circumspect_session"]
    assert w.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_a_scan_with_the_focus_elsewhere_still_lands_in_the_box(window):
    w = window().sign_in()
    w.page.get_by_role("button", name="Sign out").focus()

    w.scan(ADA_CARD)

    w.sees("OK to borrow")


def test_a_form_that_failed_catches_none_of_the_scans_that_follow(window):
    w = window().sign_in()
    w.scan(ADA_CARD)
    w.sees("Zielińska")
    w.page.click("text=PIN and passkeys")
    w.page.fill("#pin", "1234")
    w.page.fill("#pin-again", "1234")
    w.page.press("#pin-again", "Enter")
    w.page.wait_for_selector("#pin-error")
    assert w.page.evaluate("document.activeElement.id") == "pin"

    w.page.click("#scan-box")
    w.scan(ITEMS[0])
    w.sees("1 out")

    assert w.page.evaluate("document.activeElement.id") == "scan-box"
    assert w.page.locator("#pin-error").count() == 0
    w.scan(ITEMS[1])
    w.sees("2 out")


def test_answers_are_told_to_a_screen_reader(window):
    w = window().sign_in()
    w.scan(ADA_CARD, ITEMS[0])

    w.page.locator("#live", has_text="Checked out, due").wait_for(state="attached")

    assert w.page.get_attribute("#live", "aria-live") == "polite"


def test_a_passkey_enrolled_at_the_first_sign_in_opens_the_next(window, library, staff_of, monkeypatch):
    """A real ceremony in the browser, with a virtual authenticator."""
    monkeypatch.setitem(library.home.config, "staff", {"second_factor": "required"})
    staff_of("nina", ["desk"])
    w = window()
    session = w.context.new_cdp_session(w.page)
    session.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    session.send(
        "WebAuthn.addVirtualAuthenticator", {"options": {**kind, "automaticPresenceSimulation": True}}
    )
    w.page.goto(w.address)
    w.page.fill("#username", "nina")
    w.page.fill("#password", GOOD_PASSWORD)
    w.page.press("#password", "Enter")
    w.page.get_by_role("button", name="Use a passkey").click()
    w.sees("Ten codes for a bad day")
    w.is_accessible("recovery codes")
    w.page.get_by_role("button", name="I have kept them").click()
    w.page.wait_for_selector("#scan-box")
    w.page.get_by_role("button", name="Sign out").click()
    w.page.fill("#username", "nina")
    w.page.fill("#password", GOOD_PASSWORD)
    w.page.press("#password", "Enter")

    w.page.get_by_role("button", name="Use your passkey").click()

    w.page.wait_for_selector("#scan-box")


def test_every_page_is_accessible_fits_its_window_and_is_kept_as_a_picture(window, library, staff_of):
    staff_of("nina", ["desk"], signs=False)
    w = window()
    look = w.looks_right
    w.page.goto(w.address)
    look("sign-in")
    w.sign_in("lead")
    look("empty")
    w.scan(ADA_CARD)
    w.sees("OK to borrow")
    add_note(w)
    w.scan(*ITEMS[:5])
    w.sees("5 out")
    look("open")
    w.page.click("summary:has-text('Card')")
    look("card-form")
    w.page.get_by_role("button", name="Edit").click()
    w.sees("Edit the registration")
    look("edit")
    w.page.fill("#in-email", "nonsense")
    w.page.get_by_role("button", name="Save").click()
    w.sees("Not saved yet.")
    look("edit-error")
    w.page.keyboard.press("Escape")
    w.page.keyboard.press("Escape")
    w.page.wait_for_selector("#scan-box")
    w.scan(BEN_CARD, ITEMS[20])
    w.sees("Lend all the same")
    look("stopped")
    w.scan("ziel")
    w.sees("2 found")
    look("found")
    w.page.get_by_role("button", name="Open Ada Zielińska").click()
    w.sees("Why is this record needed?")
    look("reason")
    w.page.keyboard.press("Escape")
    w.page.keyboard.press("F8")
    w.scan("orzeszkowa")
    w.sees("In the catalog")
    look("catalog")
    w.scan(ITEMS[0])
    w.sees("On loan, due")
    look("item")
    w.page.keyboard.type("?")
    look("keys")
    w.page.keyboard.press("Escape")
    w.page.keyboard.press("F9")
    w.sees("type your password")
    look("locked")
    w.page.fill("#password", GOOD_PASSWORD)
    w.page.press("#password", "Enter")
    w.page.wait_for_selector("#scan-box")
    for page, path in (
        ("register", "/register/"),
        ("own", "/own/"),
        ("policy", "/policy/"),
        ("clause", "/clauses/MP-7.15/"),
        ("nothing", "/nowhere/"),
    ):
        w.page.goto(w.address + path)
        look(page)
    slip(w)
    w.page.goto(w.address)
    w.page.get_by_role("button", name="Sign out").click()
    w.page.wait_for_url("**/sign-in/**")
    w.page.wait_for_load_state()
    w.sign_in_unsigned("nina")
    look("policy-to-sign")
    w.page.goto(w.address)
    w.scan(ADA_CARD)
    w.sees("Read the policy")
    look("refused")


def add_note(window: Window) -> None:
    window.page.click("summary:has-text('Add a note')")
    window.page.select_option("#note-kind", "pickup")
    window.page.fill("#note-text", "Her neighbour picks up on Fridays.")
    window.page.fill("#note-until", "2027-01-31")
    window.page.get_by_role("button", name="Keep the note").click()
    window.sees("until Jan 31, 2027")


def slip(window: Window) -> None:
    window.page.goto(window.address)
    window.scan(ADA_CARD)
    window.sees("OK to borrow")
    with window.context.expect_page() as opened:
        window.page.get_by_role("button", name="Due-date slip").click()
    paper = opened.value
    paper.wait_for_selector(".slip li")
    picture(paper, "slip")
    assert "Zielińska" not in paper.content()
    paper.emulate_media(media="print")
    assert not paper.is_visible("button")
    paper.close()
