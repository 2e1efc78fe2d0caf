"""A public computer from end to end: the real client, over a real socket, driven through its lock screen.

And the desk's pages about computers in a real Chromium: looked at, wide and narrow, light and dark.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from computers_room import PIN, Seats, add_computers
from desk_support import ADA_CARD, DATABASES, GOOD_PASSWORD, patron_of

from circumspect.records.computers import preserving, queueing, sitting
from circumspect.records.computers.models import Seat, Session
from circumspect.trust.policy.request import Actor, ActorKind
from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


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


@pytest.fixture
def seats(library: Any, clerk: Any) -> Seats:
    return add_computers(library, clerk)


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    contexts: list[Any] = []

    def open_one(**options: Any) -> Any:
        contexts.append(chromium.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(30_000)
        return page

    yield open_one
    for each in contexts:
        each.close()


def is_accessible(page: Any, *but: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    told = [
        (each["id"], [node["target"] for node in each["nodes"]])
        for each in found.response["violations"]
        if each["id"] not in but
    ]
    assert not told


# the client


class RunningClient:
    """``python -m circumspect.faces.seat`` in a process of its own."""

    def __init__(self, server: str, key: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.profile = folder / "guest" / "profile"
        self.key_file = folder / "seat.key"
        self.config = folder / "seat.toml"
        self.server = server
        self.key_file.write_text(key + "\n")
        self.key_file.chmod(0o600)
        self.config.write_text(
            f'[seat]\npage_port = 0\npoll_seconds = 0.2\nlost_seconds = 1\n[wipe]\nfolders = ["{self.profile}"]\n'
        )
        self.log = folder / "log"
        self.starts = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "circumspect.faces.seat", "--server", self.server]
        command += ["--seat-key-file", str(self.key_file), "--config", str(self.config)]
        environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
        self.starts += 1
        until(lambda: len(self.addresses()) == self.starts)
        self.page = self.addresses()[-1]

    def addresses(self) -> list[str]:
        return re.findall(r"http://127\.0\.0\.1:\d+/", self.said())

    def said(self) -> str:
        return self.log.read_text()

    def leave_traces(self) -> None:
        self.profile.mkdir(parents=True, exist_ok=True)
        (self.profile / "history.sqlite").write_text("https://example.org/")

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(120)


def until(is_so: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def client(live_server: Any, seats: Seats, tmp_path: Path) -> Iterator[RunningClient]:
    running = RunningClient(live_server.url, seats.keys[0], tmp_path / "machine")
    yield running
    if running.process.poll() is None:
        running.stop()


def state(seats: Seats) -> str:
    return str(Seat.objects.values_list("state", flat=True).get(id=seats.ids[0]))


def sign_in(page: Any, pin: str = PIN) -> None:
    page.fill("#card", ADA_CARD)
    page.fill("#pin", pin)
    page.press("#pin", "Enter")


@pytest.mark.clause("MP-4.9", "MP-4.10", "TH-1.24")
def test_somebody_sits_down_works_gets_up_and_leaves_nothing(library, seats, client, open_page):
    """The whole way, through the lock screen, over a real socket, to an empty folder."""
    until(lambda: state(seats) == "free")
    page = open_page()
    page.goto(client.page)
    page.get_by_text("Sign in to this computer").wait_for()
    picture(page, "seat-lock")
    is_accessible(page)

    sign_in(page, pin="9999")
    page.get_by_text("The card or PIN is not right.").wait_for()
    assert ADA_CARD not in page.content()
    assert page.input_value("#card") == ""
    picture(page, "seat-refused")

    sign_in(page)
    page.get_by_text("minutes left").wait_for()
    assert page.inner_text("#minutes") == "60"
    assert state(seats) == "in_use"
    picture(page, "seat-clock")
    is_accessible(page)
    client.leave_traces()

    page.get_by_role("button", name="More time").click()
    page.locator("#minutes", has_text="120").wait_for()
    page.get_by_role("button", name="End and wipe").click()

    until(lambda: state(seats) == "free")
    assert list(client.profile.iterdir()) == []
    assert Session.objects.count() == 0
    page.get_by_text("Sign in to this computer").wait_for()
    for private in (ADA_CARD, PIN, "Zieli", str(patron_of(library, ADA_CARD))):
        assert private not in client.said()
    assert seats.keys[0] not in client.said()


def test_a_client_killed_in_mid_session_comes_back_locked_and_wipes(seats, client, open_page):
    until(lambda: state(seats) == "free")
    page = open_page()
    page.goto(client.page)
    sign_in(page)
    until(lambda: state(seats) == "in_use")
    client.leave_traces()

    client.stop(signal.SIGKILL)
    assert (client.profile / "history.sqlite").exists()
    client.start()

    until(lambda: state(seats) == "free")
    assert list(client.profile.iterdir()) == []
    assert Session.objects.count() == 0


@pytest.mark.clause("MP-6.12")
def test_a_computer_set_aside_in_mid_session_closes_and_keeps_what_is_there(
    library, seats, client, open_page
):
    until(lambda: state(seats) == "free")
    page = open_page()
    page.goto(client.page)
    sign_in(page)
    page.get_by_text("minutes left").wait_for()
    client.leave_traces()

    pic = Actor(ActorKind.STAFF, "8", frozenset({"privacy_in_charge"}), True, "2026-11")
    preserving.set_aside(library, pic, seats.ids[0], "2026-014")

    page.get_by_text("This computer is out of service.").wait_for()
    client.stop()
    client.start()
    page.goto(client.page)
    page.get_by_text("This computer is out of service.").wait_for()
    assert (client.profile / "history.sqlite").exists()


def test_a_seat_whose_server_knows_it_no_more_locks(seats, client, open_page):
    from circumspect.records.computers import places

    until(lambda: state(seats) == "free")
    page = open_page(**{"color_scheme": "dark"})
    page.goto(client.page)
    page.get_by_text("Sign in to this computer").wait_for()
    picture(page, "seat-lock-dark")
    places.revoke_key("Main 01")

    page.get_by_text("This computer cannot be used at the moment.").wait_for()
    picture(page, "seat-lost-dark")


def test_the_lock_screen_speaks_three_languages_and_fits_a_small_screen(library, seats, client, open_page):
    until(lambda: state(seats) == "free")
    for other in seats.ids[1:]:
        Seat.objects.filter(id=other).update(state="locked")
    queueing.take_ticket(library, "adult")
    page = open_page(viewport=PHONE)
    for code, words in (("es", "Inicie sesión"), ("pl", "Zaloguj się")):
        page.goto(f"{client.page}?language={code}")
        page.get_by_text(words).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, f"seat-lock-{code}")
        is_accessible(page)


# the desk's pages


def signed_in(page: Any, address: str, username: str = "rosa") -> Any:
    page.goto(address + "/")
    page.fill("#username", username)
    page.fill("#password", GOOD_PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("main")
    page.wait_for_load_state("networkidle")
    return page


def a_busy_room(library: Any, clerk: Any, seats: Seats) -> None:
    from circumspect.records.computers import panel

    sitting.sign_in_card(library, seats.ids[0], ADA_CARD, PIN)
    panel.send_message(library, clerk, seats.ids[0], panel.Message.CLOSING)
    panel.lock(library, clerk, seats.ids[1])
    for _ in range(3):
        queueing.take_ticket(library, "adult")


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")])
def test_the_panel_is_looked_at(library, clerk, staff_of, seats, live_server, open_page, size, scheme):
    staff_of("pia", ["privacy_in_charge", "desk"])
    a_busy_room(library, clerk, seats)
    name = f"{size['width']}-{scheme}"
    page = signed_in(open_page(viewport=size, color_scheme=scheme), live_server.url, "pia")
    for path, words in (
        ("/computers/", "Seats"),
        ("/computers/book/", "Book a computer"),
        ("/computers/aside/", "Set a computer aside"),
    ):
        page.goto(live_server.url + path)
        page.get_by_role("heading", name=words).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(page, f"computers{path.replace('/computers', '').replace('/', '-')}{name}")
        is_accessible(page)
    page.goto(live_server.url + "/computers/queue/main/")
    page.get_by_text("Waiting").wait_for()
    picture(page, f"computers-wall-{name}")
    # The page on the wall is nobody's to operate: it has to draw itself anew, without a script.
    is_accessible(page, "meta-refresh")


def test_slips_are_looked_at_and_the_list_keeps_itself_fresh(library, clerk, seats, live_server, open_page):
    page = signed_in(open_page(), live_server.url)
    page.goto(live_server.url + "/computers/")
    page.get_by_role("button", name="Adult computers").click()
    page.get_by_text("Code of this ticket").wait_for()
    picture(page, "computers-slip-ticket")
    page.get_by_text("Back to the computers").click()
    page.get_by_role("button", name="Print pass").click()
    page.get_by_text("Guest pass for today").wait_for()
    picture(page, "computers-slip-pass")
    is_accessible(page)

    page.clock.install()
    page.goto(live_server.url + "/computers/")
    page.get_by_text("Nobody waits", exact=False).or_(page.get_by_text("called to")).first.wait_for()
    Seat.objects.filter(id=seats.ids[2]).update(state="locked")
    page.clock.run_for(16_000)
    page.locator("#seats .seat-locked").wait_for()
