"""The patron's own pages in a real Chromium: every act by keyboard, with scripts and without, and a look at every page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from portal_support import ADA_CARD, ADA_PIN, DATABASES, TITLES, item_code

from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]

WIDE, PHONE, NARROW = (
    {"width": 1280, "height": 900},
    {"width": 390, "height": 844},
    {"width": 320, "height": 700},
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ("", "loans/", "holds/", "requests/", "fees/", "computers/", "card/", "settings/", "history/",
         "passkeys/", "permissions/", "held/", "looks/")  # fmt: skip


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
    """Somebody at home, who has a keyboard and nothing else."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.address = address
        self.context = browser.new_context(
            **{"viewport": WIDE, "reduced_motion": "reduce", "locale": "en-US", **options}
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}/my/{path}")

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there; whoever cannot get there by keyboard cannot get there."""
        wanted = self.page.locator(selector).first.element_handle()
        for _ in range(150):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def types(self, selector: str, text: str) -> None:
        self.tab_to(selector)
        self.page.keyboard.type(text)

    def presses(self, selector: str) -> None:
        self.tab_to(selector)
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()

    def ticks(self, selector: str) -> None:
        self.tab_to(selector)
        self.page.keyboard.press("Space")

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).locator("visible=true").first.wait_for()

    def sign_in(self, pin: str = ADA_PIN, language: str = "") -> None:
        self.open(f"{language}sign-in/")
        self.types("#card", ADA_CARD)
        self.types("#pin", pin)
        self.presses("form.stack button.main")
        self.page.locator(".own-out").wait_for()

    def is_accessible(self, where: str) -> None:
        from axe_playwright_python.sync_playwright import Axe

        # The line that says that this is a sample library stands outside the page's regions, in every frame.
        found = Axe().run(
            self.page,
            context={"exclude": [[".sample"]]},
            options={"runOnly": {"type": "tag", "values": WCAG}},
        )
        told = [
            (each["id"], [node["target"] for node in each["nodes"]]) for each in found.response["violations"]
        ]
        assert not told, f"{where}: {told}"

    def shot(self, name: str) -> None:
        picture(self.page, name)


@pytest.fixture
def window(chromium: Any, live_server: Any, library: Any) -> Iterator[Callable[..., Window]]:
    """Open windows on the live pages."""
    windows: list[Window] = []

    def open_one(**options: Any) -> Window:
        windows.append(Window(chromium, live_server.url, **options))
        return windows[-1]

    yield open_one
    for each in windows:
        each.context.close()


def lend(house: Any, clerk: Any, patron: int, *at: int) -> None:
    from circumspect.records.circulation.lending import check_out

    for each in at:
        check_out(house, clerk, patron, item_code(each), branch="main")


@pytest.mark.clause("TH-2.2", "TH-3.5", "MP-2.1")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "with scripts off"])
def test_every_act_is_done_by_keyboard_alone(window, library, clerk, ada_id, scripts):
    from circumspect.records.catalog.models import Item
    from circumspect.records.circulation.lending import check_in

    lend(library, clerk, ada_id, 0, 1)
    w = window(java_script_enabled=scripts)
    w.sign_in()
    w.sees("Hello, Ada")

    w.presses(".own-ways a >> text=Loans")
    w.presses("tbody button >> nth=0")
    w.sees("1 loan renewed.")
    w.presses("text=Renew all")
    w.sees("1 could not be renewed")

    w.open(f"holds/place/{Item.objects.get(barcode=item_code(2)).title_id}/")
    w.presses("main form button.main")
    w.sees("You are in the queue.")
    w.types("main input[name=until]", "12242026")
    w.presses("main button:has-text('Pause')")
    w.sees("Paused until Dec 24, 2026.")
    w.presses("main button:has-text('Resume')")
    w.tab_to("main select[name=branch]")
    w.page.keyboard.type("East")
    w.presses("main button:has-text('Change the branch')")
    w.sees("for East Branch")
    w.presses("main button:has-text('Cancel the hold')")
    w.sees("You are waiting for nothing.")

    w.presses(".own-ways a >> text=Requests")
    w.types("#title", "Ferdydurke")
    w.presses("main form button.main")
    w.sees("Ferdydurke")
    w.presses("main button:has-text('Cancel the request')")
    w.sees("You have no requests.")

    w.presses(".own-ways a >> text=Computers")
    w.types("#day", "11242026")
    w.types("#time", "1200PM")
    w.presses("main form button.main")
    w.sees("The computer is booked.")
    w.presses("main button:has-text('Give up')")
    w.sees("You have booked no computer.")

    w.presses(".own-ways a >> text=Settings")
    w.tab_to("#phone")
    w.page.keyboard.press("Control+a")
    w.page.keyboard.type("309-555-0170")
    w.tab_to("input[name=notice_titles]:checked")
    w.page.keyboard.press("ArrowDown")
    w.presses("main button:has-text('Save')")
    w.sees("Saved.")
    w.types("#old-pin", ADA_PIN)
    w.types("#pin", "58302746")
    w.types("#pin-again", "58302746")
    w.presses("main button:has-text('Change the PIN')")
    w.sees("Your PIN is changed.")

    w.presses(".own-ways a >> text=Reading history")
    w.ticks("input[name=lock]")
    w.types("#pin", "58302746")
    w.presses("main form button.main")
    w.sees("0 titles")
    lend(library, clerk, ada_id, 3)
    check_in(library, clerk, item_code(3), branch="main")
    w.presses(".own-ways a >> text=Reading history")
    w.types("#open-pin", "58302746")
    w.presses("main button:has-text('Show the titles')")
    w.sees(TITLES[3])
    w.presses("main button:has-text('Erase')")
    w.sees("Erased.")
    w.ticks("input[name=sure]")
    w.presses("main button:has-text('End the reading history')")
    w.sees("Nothing of it is kept")

    w.presses(".own-ways a >> text=Permissions")
    w.types("#name", "Zofia Nowak")
    w.ticks("input[name=scope] >> nth=0")
    w.types("#ends-on", "12312026")
    w.presses("main form button.main")
    w.sees("until Dec 31, 2026")
    w.presses("main button:has-text('Withdraw')")
    w.sees("You have given nobody a permission.")

    w.presses(".own-ways a >> text=Card")
    w.ticks("input[name=address_holds]")
    w.presses("main button:has-text('Renew the card')")
    w.sees("Your card is renewed.")

    for name in ("What we hold", "Who looked", "Fees", "Overview"):
        w.presses(f".own-ways a >> text={name}")
    w.presses(".own-out button")
    w.sees("You are signed out.")
    # Back shows nothing: the page is asked for again, and nobody is signed in.
    for _ in range(3):
        w.page.go_back()
        assert "Ada" not in w.page.content()
        assert TITLES[0] not in w.page.content()
    assert all(each.startswith(w.address) for each in w.asked)
    assert w.complaints == []


def test_on_a_phone_the_ways_fold_and_open_by_keyboard_without_a_script(window, library):
    """The page itself begins on the first screen, and every way is two keys from the top."""
    w = window(viewport=PHONE, java_script_enabled=False)
    w.sign_in()
    heading = w.page.locator("main h1").bounding_box()
    assert heading["y"] < PHONE["height"] / 2
    assert not w.page.locator(".own-ways a").first.is_visible()

    w.presses(".own-ways summary")
    w.presses(".own-ways a >> text=Who looked")
    w.sees("Every time somebody or a machine asked")
    w.presses(".ways summary")
    w.presses(".ways a >> text=Ask us")
    w.sees("Ask us")
    w.page.set_viewport_size(WIDE)
    assert w.page.locator(".ways li a").first.is_visible()
    assert not w.page.locator(".ways summary").is_visible()


LOOKS = (
    ("", WIDE, "light"),
    ("es/", PHONE, "dark"),
    ("pl/", NARROW, "light"),
)


@pytest.mark.parametrize(("language", "size", "scheme"), LOOKS, ids=["en-wide", "es-phone", "pl-narrow"])
def test_every_page_is_accessible_and_fits_its_screen(window, library, clerk, ada_id, language, size, scheme):
    from circumspect.records.circulation.lending import check_in
    from circumspect.records.circulation.requesting import place_hold
    from circumspect.records.fees import settling
    from circumspect.records.fees.rules import FeeKind
    from circumspect.records.holds.placing import Wanted
    from circumspect.records.reading import history, permissions
    from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

    own = Actor(ActorKind.PATRON, str(ada_id))
    history.turn_on(library, own, ada_id, months=12)
    permissions.give(
        library, own, ada_id, name="Zofia Nowak", scope=["pick_up_holds"], ends_on=library.today()
    )
    lend(library, clerk, ada_id, 0, 1, 3)
    check_in(library, clerk, item_code(3), branch="main")
    here: dict[str, Any] = {"circumstance": Circumstance.CARD_SCANNED}
    place_hold(library, clerk, ada_id, Wanted(3), pickup_branch="main", **here)
    from circumspect.records.catalog.models import Item

    title = Item.objects.get(barcode=item_code(4)).title_id
    place_hold(library, clerk, ada_id, Wanted(title), pickup_branch="main", **here)
    settling.charge_by_hand(library, clerk, ada_id, FeeKind.PRINT, 125, branch="main", **here)

    w = window(viewport=size, color_scheme=scheme)
    w.open(f"{language}sign-in/")
    w.is_accessible("sign-in")
    w.shot(f"portal-sign-in-{language.strip('/') or 'en'}")
    w.sign_in(language=language)
    for path in PAGES:
        w.open(f"{language}{path}")
        w.is_accessible(path or "overview")
        w.shot(f"portal-{path.strip('/') or 'overview'}-{language.strip('/') or 'en'}")
        wide = w.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{path} is {wide} wide"
    assert w.complaints == []


# Says what the authenticator made, before the page's own script sees it.
_OVERHEAR = """
for (const way of ["create", "get"]) {
  const real = navigator.credentials[way].bind(navigator.credentials);
  navigator.credentials[way] = async (options) => {
    const made = await real(options);
    const first = made.getClientExtensionResults().prf?.results?.first;
    await window.overhear(first ? btoa(String.fromCharCode(...new Uint8Array(first))) : "");
    return made;
  };
}
"""


@pytest.mark.clause("TH-2.2", "MP-4.3", "MP-3.9")
def test_a_passkey_is_added_signs_in_locks_a_history_opens_it_and_is_removed(window, library, clerk, ada_id):
    """The ceremonies of a real browser, with an authenticator that makes keys and one that makes none."""
    from circumspect.records.circulation.lending import check_in

    w = window()
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session = w.context.new_cdp_session(w.page)
    session.send("WebAuthn.enable")
    plain = session.send("WebAuthn.addVirtualAuthenticator", {"options": device})["authenticatorId"]
    overheard: list[str] = []
    sent: list[str] = []
    w.page.expose_function("overhear", lambda said: overheard.append(said))
    w.page.add_init_script(_OVERHEAR)
    w.page.on("request", lambda request: sent.append(request.post_data or ""))

    def add(name: str) -> None:
        w.open("settings/")
        w.page.click("text=See and add passkeys")
        w.page.fill("#name", name)
        w.page.fill("#pin", ADA_PIN)
        w.presses("button[data-passkey=add]")
        w.sees("The passkey is added.")

    w.sign_in()
    add("plain stick")
    w.sees("signs you in, cannot lock a reading history")
    w.open("history/")
    w.page.click("form.stack button.main")
    w.sees("Your passkey signs you in, but its device makes no key")
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": plain})
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**device, "hasPrf": True}})
    add("blue phone")
    w.sees("can lock a reading history")
    w.is_accessible("passkeys")
    w.page.click(".own-out button")
    w.page.wait_for_url("**/ended/**")

    w.open("sign-in/")
    w.presses("button[data-passkey=signin]")
    w.sees("Hello, Ada")
    lend(library, clerk, ada_id, 1)
    check_in(library, clerk, item_code(1), branch="main")
    w.open("history/")
    w.page.click("button[data-passkey=lock]")
    w.sees("Your history is locked.")
    assert not w.page.get_by_text(TITLES[1]).count()
    w.is_accessible("a history locked with a passkey")
    w.page.click("button[data-passkey=open]")
    w.sees(TITLES[1])

    made = {each for each in overheard if each}
    assert len(made) == 1, "the same history, the same answer"
    answer = made.pop().rstrip("=")
    assert any("open_key=" in text for text in sent)
    assert not any(answer in unquote(text) for text in sent), (
        "what the key is made of went out of the browser"
    )
    w.open("passkeys/")
    w.page.click("li:has-text('blue phone') button")
    w.sees("opens with this passkey alone")
    w.page.check("li:has-text('blue phone') input[name=sure]")
    w.page.click("li:has-text('blue phone') button")
    w.sees("The passkey is removed.")
    w.open("history/")
    w.sees("Nothing opens this list any more")
    assert [each for each in w.complaints if "400 (Bad Request)" not in each] == []
