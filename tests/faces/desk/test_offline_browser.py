"""The desk in a real Chromium when the line is gone: scanned at full speed, stolen, switched off, and brought back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from desk_support import ADA_CARD, DATABASES, GOOD_PASSWORD, ITEMS, KID_CARD, barcode
from playwright.sync_api import Error

from circumspect.records.circulation.models import Loan
from circumspect.records.circulation.offline_models import OfflineBox, OfflineConflict, OfflineLetter
from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NOBODYS_CARD = barcode("2", 777)
# What a page would do that was broken on purpose.
KEEP_UNSEALED = """(number) => new Promise((resolve) => {
  indexedDB.open("circumspect-offline").onsuccess = (event) => {
    const whole = event.target.result.transaction("letters", "readwrite", { durability: "strict" });
    whole.objectStore("letters").add({ scan: number });
    whole.oncomplete = resolve;
  };
})"""


class Device:
    """A window on a desk's device, which can lose its line."""

    def __init__(self, context: Any, address: str) -> None:
        self.context = context
        self.address = address
        self.complaints: list[str] = []
        self.page = context.pages[0] if context.pages else context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self) -> Device:
        self.page.goto(self.address + "/")
        self.page.fill("#username", "rosa")
        self.page.fill("#password", GOOD_PASSWORD)
        self.page.press("#password", "Enter")
        self.page.wait_for_selector("body[data-offline=ready]")
        # The worker is there once it has kept its page.
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return self

    def lose_the_line(self) -> None:
        self.context.set_offline(True)

    def get_the_line_back(self) -> None:
        self.context.set_offline(False)

    def go_offline(self) -> Device:
        """Lose the line and load the desk: what comes is the page that stands in for it."""
        self.lose_the_line()
        self.page.goto(self.address + "/")
        self.page.wait_for_selector("body[data-ready=yes]")
        return self

    def scan(self, *codes: str) -> None:
        for code in codes:
            self.page.keyboard.type(code)
            self.page.keyboard.press("Enter")

    def keeps(self, count: int) -> None:
        """Wait until so many scans are sealed on the disk."""
        self.page.locator("#waiting").filter(has_text=f"{count} scan").wait_for()

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).locator("visible=true").first.wait_for()

    def shot(self, name: str) -> None:
        picture(self.page, name)

    def is_accessible(self, where: str) -> None:
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": WCAG}})
        told = [
            (each["id"], [node["target"] for node in each["nodes"]]) for each in found.response["violations"]
        ]
        assert not told, f"{where}: {told}"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # The browser's driver runs a loop in this thread; Django would take our fixtures for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


BROWSER: dict[str, Any] = {
    "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
    "args": ["--no-sandbox", "--disable-background-networking"],
}
LOOK: dict[str, Any] = {"viewport": WIDE, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[Any]:
    running = playwright.chromium.launch(**BROWSER)
    yield running
    running.close()


@pytest.fixture
def device(browser: Any, live_server: Any, library: Any) -> Iterator[Device]:
    """A device that remembers nothing of the last test."""
    made = Device(browser.new_context(**LOOK), live_server.url)
    yield made
    made.context.close()


@pytest.fixture
def switched_on(
    playwright: Any, live_server: Any, library: Any, tmp_path: Path
) -> Iterator[Callable[[], Device]]:
    """Switch on a device that has its profile on the disk, in ``tmp_path / "profile"``."""
    made: list[Device] = []

    def switch_on() -> Device:
        context = playwright.chromium.launch_persistent_context(tmp_path / "profile", **BROWSER, **LOOK)
        made.append(Device(context, live_server.url))
        return made[-1]

    yield switch_on
    for each in made:
        with suppress(Error):
            each.context.close()


def bytes_of(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            yield path, path.read_bytes()


def written_in(folder: Path, texts: list[str]) -> list[tuple[str, str]]:
    """Which of the texts lie in which file, in any of the ways a browser writes text."""
    dresses: list[Callable[[str], bytes]] = [str.encode, lambda text: text.encode("utf-16-le")]
    return [
        (text, path.name)
        for path, content in bytes_of(folder)
        for text in texts
        if any(dress(text) in content for dress in dresses)
    ]


@pytest.mark.attack(1)
@pytest.mark.clause("MP-4.7", "TH-1.11")
def test_scanned_without_a_line_stolen_and_brought_back(switched_on, tmp_path):
    """A queue at the desk while the line is down, by keyboard alone; the device is read; the line comes back."""
    device = switched_on().sign_in().go_offline()
    assert device.page.evaluate("document.activeElement.id") == "scan-box"

    device.scan(ADA_CARD, *ITEMS[:6], KID_CARD, *ITEMS[6:9])
    device.keeps(9)
    device.page.keyboard.press("F3")
    device.scan(ITEMS[20])
    device.keeps(10)
    assert Loan.objects.count() == 0
    assert ITEMS[8] not in device.page.content()
    assert device.page.input_value("#scan-box") == ""

    # Switched off and taken away: the whole profile is looked through. The letters are in it, and nothing else.
    device.context.close()
    stored = b"".join(
        content for path, content in bytes_of(tmp_path / "profile") if "IndexedDB" in path.parts
    )
    assert len(stored) > 10 * 256
    assert written_in(tmp_path / "profile", [ADA_CARD, KID_CARD, *ITEMS[:9], ITEMS[20]]) == []

    # Brought back, it still has everything, and brings it once.
    device = switched_on()
    device.page.goto(device.address + "/offline/")
    device.keeps(10)
    device.sign_in()
    shown = device.page.locator("#offline-note").filter(has_text="10 scans made without the server wait")
    shown.wait_for()
    device.page.locator("#offline-link").focus()
    device.page.keyboard.press("Enter")
    device.sees("Everything is uploaded. Nothing is left on this device.")
    device.sees("9 loans, 0 returns, 1 item that had not been out, 0 things to look at.")

    assert Loan.objects.count() == 9
    assert OfflineLetter.objects.count() == 0
    assert OfflineBox.objects.count() == 1  # the new one
    device.page.goto(device.address + "/offline/")
    device.sees("Nothing waits on this device.")
    assert device.complaints == []

    # The search would have found it: a page that keeps a scan unsealed is caught.
    device.page.evaluate(KEEP_UNSEALED, NOBODYS_CARD)
    device.context.close()
    assert written_in(tmp_path / "profile", [NOBODYS_CARD])


def test_the_desk_offers_to_go_on_when_nobody_answers_and_tells_what_was_not_simple(device):
    device.sign_in()
    device.scan(ADA_CARD)
    device.sees("OK to borrow")
    device.lose_the_line()
    device.scan(ITEMS[0])
    device.sees("No answer from the server.")
    device.is_accessible("the desk that nobody answers")
    device.shot("offline-no-answer")
    device.page.keyboard.press("F10")
    device.page.wait_for_url("**/offline/")
    device.page.wait_for_selector("body[data-ready=yes]")

    device.scan(NOBODYS_CARD, ITEMS[0], ITEMS[1])
    device.keeps(2)
    device.get_the_line_back()
    device.page.goto(device.address + "/offline/report/")

    device.sees("0 loans, 0 returns, 2 things to look at.")
    device.page.locator("#conflicts h2").filter(has_text="2 to look at").wait_for()
    assert device.page.locator("#conflicts").inner_text().count(NOBODYS_CARD) == 2
    device.is_accessible("the report")
    assert device.page.locator("button[value=again]").count() == 2
    device.shot("offline-report-wide")
    device.page.set_viewport_size(PHONE)
    device.page.emulate_media(color_scheme="dark")
    device.shot("offline-report-phone-dark")
    device.page.locator("button[value=clear]").first.focus()
    device.page.keyboard.press("Enter")
    device.page.locator("#conflicts h2").filter(has_text="1 to look at").wait_for()
    assert OfflineConflict.objects.count() == 1
    assert device.complaints == []


def test_a_page_without_a_line_knows_nobody_and_lends_nothing_by_mistake(device):
    device.sign_in().go_offline()
    device.sees("Working without the server.")
    device.is_accessible("the page without a line")

    device.scan(ITEMS[0])
    device.sees("No card is open.")
    device.scan("Zielińska")
    device.sees("This is not a barcode.")
    device.scan(ADA_CARD)
    device.sees("Card read.")
    device.scan("2" + "1" * 13)  # misread: whoever is open is closed
    device.sees("This number was misread.")
    device.scan(ITEMS[0])
    device.sees("No card is open.")
    # As scanners send them that were not set to keep their stop signs to themselves.
    device.scan(f"*{ADA_CARD}*", f"a{ITEMS[1]}b")
    device.sees("1 item kept for this card.")
    device.shot("offline-wide")
    device.page.keyboard.press("Escape")
    device.page.locator("#said").wait_for(state="hidden")
    device.scan(ITEMS[2])
    device.sees("No card is open.")
    device.page.set_viewport_size(PHONE)
    device.shot("offline-phone")
    device.page.emulate_media(color_scheme="dark")
    device.shot("offline-phone-dark")
    device.page.set_viewport_size(WIDE)
    device.shot("offline-wide-dark")

    device.keeps(1)
    assert "Ada" not in device.page.content()
    assert device.complaints == []


def test_an_upload_cut_off_in_the_middle_goes_on_later_and_does_nothing_twice(device):
    device.sign_in().go_offline()
    device.scan(ADA_CARD, *ITEMS[:27])
    device.keeps(27)
    device.get_the_line_back()
    device.sees("The server answers again.")
    # The second batch comes to the server, and its answer is lost on the way.
    sent = []

    def lose_the_answer(route: Any) -> None:
        sent.append(route.fetch() if len(sent) == 1 else None)
        route.abort() if len(sent) == 2 else route.continue_()

    device.page.route("**/offline/take/", lose_the_answer)
    device.page.goto(device.address + "/offline/report/")
    device.sees("What is not uploaded stays sealed on this device.")
    assert Loan.objects.count() == 27
    assert device.page.evaluate("document.activeElement.id") == "again"
    device.page.keyboard.press("Enter")

    device.sees("Everything is uploaded. Nothing is left on this device.")
    device.sees("2 scans uploaded before")
    assert Loan.objects.count() == 27
    assert OfflineLetter.objects.count() == 0


def test_where_nothing_can_be_sealed_or_opened_later_nothing_is_kept(device):
    device.page.goto(device.address + "/offline/")
    device.sees("This device has not been made ready")
    assert not device.page.locator("#scan-box").is_visible()

    device.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    device.page.reload()
    device.sees("This browser cannot seal what is scanned")
    assert not device.page.locator("#scan-box").is_visible()
