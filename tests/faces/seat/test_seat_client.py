"""The client alone: its state, its wipe, its settings and its screen. The server is a script of answers."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.faces.seat import clock, launching, pages, settings, wiping, words
from circumspect.faces.seat.kiosk import Kiosk, Screen, Shown
from circumspect.faces.seat.line import LineDownError
from circumspect.faces.seat.screen import Screen as PageServer

KEY = "seat-1-" + "A" * 43


class ScriptedServer:
    """What the house would say: a seat's state, which the test moves."""

    def __init__(self) -> None:
        self.state = "free"
        self.left = 3600
        self.refused = ""
        self.down = False
        self.unknown = False
        self.asked: list[str] = []
        self.said: list[dict[str, str]] = []
        self.after_end = "wiping"

    def ask(self, act: str, **said: str) -> dict[str, Any]:
        if self.down or self.unknown:
            raise LineDownError(is_refused=self.unknown)
        self.asked.append(act)
        self.said.append(said)
        if act == "started":
            self.state = "wiping" if self.state in ("free", "in_use", "wiping") else self.state
        elif act == "sign-in" and not self.refused:
            self.state = "in_use"
        elif act == "end":
            self.state = self.after_end if self.state == "in_use" else self.state
        elif act == "wiped" and self.state == "wiping":
            self.state = "free"
        answer: dict[str, Any] = {
            "state": self.state,
            "now": 1000,
            "ends_at": 1000 + self.left if self.state == "in_use" else 0,
            "message": "",
            "called": 0,
            "print_cents": 0,
            "library": "Test <Library>",
            "seat": "Main 01",
        }
        return {**answer, "refused": self.refused} if act in ("sign-in", "extend") else answer


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> ScriptedServer:
    return ScriptedServer()


@pytest.fixture
def monotonic() -> Clock:
    return Clock()


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "guest" / "profile"


@pytest.fixture
def kiosk(server: ScriptedServer, monotonic: Clock, profile: Path) -> Kiosk:
    return Kiosk(
        settings.Settings("127.0.0.1", 1, False, KEY, wipe_folders=(profile,)), server, monotonic=monotonic
    )


def leave_traces(profile: Path) -> None:
    (profile / "cache" / "deep").mkdir(parents=True)
    (profile / "cache" / "deep" / "history.sqlite").write_text("https://example.org/")
    (profile / "letter.odt").write_text("Dear")


def test_it_starts_locked_wipes_and_is_free_only_when_the_server_says_so(kiosk, server, profile):
    leave_traces(profile)
    assert kiosk.shown.screen is Screen.CLOSED

    kiosk.tick()

    assert server.asked == ["started", "wiped"]
    assert list(profile.iterdir()) == []
    assert kiosk.shown.screen is Screen.FREE


def test_signing_in_opens_the_seat_and_ending_wipes_and_confirms(kiosk, server, profile):
    kiosk.tick()
    kiosk.sign_in(card="21234000000018", pin="4071")
    assert kiosk.shown.screen is Screen.IN_USE
    leave_traces(profile)

    kiosk.end()
    assert kiosk.shown.screen is Screen.CLOSED
    assert server.asked[-1] == "end"
    kiosk.tick()

    assert server.asked[-1] == "wiped"
    assert list(profile.iterdir()) == []
    assert kiosk.shown.screen is Screen.FREE


def test_what_the_server_refuses_stays_locked_and_says_why_for_a_while(kiosk, server, monotonic):
    kiosk.tick()
    server.refused = "unknown"
    kiosk.sign_in(card="1", pin="2")

    assert kiosk.shown.screen is Screen.FREE
    assert kiosk.shown.refused == "unknown"
    kiosk.tick()
    assert kiosk.shown.refused == "unknown"
    monotonic.now += 21
    assert kiosk.shown.refused == ""


def test_nobody_gets_in_while_the_server_is_away(kiosk, server):
    kiosk.tick()
    server.down = True
    kiosk.sign_in(card="21234000000018", pin="4071")

    assert kiosk.shown.screen is Screen.CLOSED
    assert kiosk.shown.state == "lost"


def test_a_short_silence_is_borne_and_a_long_one_locks(kiosk, server, monotonic, profile):
    kiosk.tick()
    kiosk.sign_in(code="ABCD-EFGH")
    leave_traces(profile)
    server.down = True
    monotonic.now += 30
    kiosk.tick()
    assert kiosk.shown.screen is Screen.IN_USE

    monotonic.now += 31
    kiosk.tick()

    assert kiosk.shown.screen is Screen.CLOSED
    # Perhaps the machine has just been set aside: without the server's word nothing is wiped.
    assert any(profile.iterdir())
    server.down = False
    kiosk.tick()
    kiosk.tick()
    assert server.asked[-2:] == ["end", "wiped"] or "wiped" in server.asked[-3:]
    assert list(profile.iterdir()) == []
    assert kiosk.shown.screen is Screen.FREE


def test_a_revoked_key_locks_at_once(kiosk, server):
    kiosk.tick()
    kiosk.sign_in(code="ABCDEFGH")
    server.unknown = True
    kiosk.tick()

    assert kiosk.shown.screen is Screen.CLOSED


def test_the_time_ends_though_the_server_is_away(kiosk, server, monotonic):
    kiosk.tick()
    server.left = 30
    kiosk.sign_in(code="ABCDEFGH")
    server.down = True
    monotonic.now += 31
    kiosk.tick()

    assert kiosk.shown.screen is Screen.CLOSED


def test_staff_end_a_session_and_the_screen_follows(kiosk, server, profile):
    kiosk.tick()
    kiosk.sign_in(code="ABCDEFGH")
    leave_traces(profile)
    server.state = "wiping"
    kiosk.tick()

    assert list(profile.iterdir()) == []
    assert kiosk.shown.screen is Screen.FREE


@pytest.mark.clause("MP-6.12")
def test_a_machine_that_was_set_aside_is_closed_and_not_wiped(kiosk, server, profile):
    kiosk.tick()
    kiosk.sign_in(code="ABCDEFGH")
    leave_traces(profile)
    server.state = "out_of_service"
    kiosk.tick()
    kiosk.tick()

    assert kiosk.shown.screen is Screen.CLOSED
    assert (profile / "letter.odt").exists()
    assert server.asked.count("wiped") == 1  # the one at the start


@pytest.mark.clause("MP-4.9")
def test_what_cannot_be_wiped_is_not_confirmed(kiosk, server, profile, monkeypatch):
    kiosk.tick()
    kiosk.sign_in(code="ABCDEFGH")

    def fails(*_args: Any) -> None:
        raise wiping.NotCleanError

    monkeypatch.setattr(kiosk, "_wipe", fails)
    kiosk.end()
    kiosk.tick()
    kiosk.tick()

    assert server.asked.count("wiped") == 1
    assert kiosk.shown.screen is Screen.CLOSED
    assert kiosk.shown.state == "wiping"


def test_a_restart_locks_and_tells_the_server(kiosk, server, monotonic):
    kiosk.tick()
    kiosk.sign_in(code="ABCDEFGH")
    again = Kiosk(settings.Settings("127.0.0.1", 1, False, KEY), server, monotonic=monotonic)
    assert again.shown.screen is Screen.CLOSED

    again.tick()

    assert server.asked[-2:] == ["started", "wiped"]


def test_nothing_of_anybody_is_kept_or_logged(kiosk, server, caplog):
    caplog.set_level(0)
    kiosk.tick()
    kiosk.sign_in(card="21234000000018", pin="40712635")
    server.down = True
    kiosk.end()

    kept = repr(vars(kiosk)) + repr(kiosk.shown) + caplog.text
    assert "21234000000018" not in kept
    assert "40712635" not in kept
    assert KEY not in repr(kiosk._settings)


# warnings


@given(st.integers(-100, 8_000))
def test_the_client_warns_as_the_house_does(seconds):
    from circumspect.records.computers import rules

    assert clock.warning(seconds) == rules.warning(seconds)


@pytest.mark.parametrize(("seconds", "minutes"), [(3600, 60), (61, 2), (60, 1), (0.5, 1), (0, 0), (-5, 0)])
def test_begun_minutes_are_shown(seconds, minutes):
    assert clock.minutes_shown(seconds) == minutes


def test_every_word_is_there_in_every_language_and_every_code_of_the_house_has_one():
    from circumspect.records.computers.panel import Message
    from circumspect.records.computers.rules import No

    english = set(words.WORDS["en"])
    assert all(set(table) == english for table in words.WORDS.values())
    assert {f"message.{each}" for each in Message} <= english
    assert {f"no.{each}" for each in No} - {"no.not_in_use"} <= english
    assert words.word("pl", "no.never_heard_of") == words.WORDS["pl"]["no.blocked"]


# wiping


@pytest.mark.clause("MP-4.9")
def test_a_wiped_folder_is_empty_its_own_and_only_its_own(tmp_path):
    folder, other = tmp_path / "a" / "profile", tmp_path / "other"
    leave_traces(folder)
    other.mkdir()
    (other / "precious").write_text("stays")
    (folder / "link").symlink_to(other)
    (folder / "cache").chmod(0o500)

    wiping.wipe([folder], [])

    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (other / "precious").read_text() == "stays"


def test_a_link_in_the_folders_place_is_replaced_and_not_followed(tmp_path):
    other, folder = tmp_path / "other", tmp_path / "profile"
    other.mkdir()
    (other / "precious").write_text("stays")
    folder.symlink_to(other)

    wiping.wipe([folder], [])

    assert not folder.is_symlink()
    assert (other / "precious").exists()


def test_a_command_that_fails_or_a_file_that_stays_means_not_clean(tmp_path, monkeypatch):
    folder = tmp_path / "profile"
    with pytest.raises(wiping.NotCleanError):
        wiping.wipe([folder], [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(wiping.NotCleanError):
        wiping.wipe([folder], ["/no/such/command"])
    leave_traces(folder)
    monkeypatch.setattr(wiping, "_empty", lambda _folder: None)
    with pytest.raises(wiping.NotCleanError):
        wiping.wipe([folder], [])


def test_what_a_session_launched_is_stopped_with_its_children(tmp_path):
    ready = tmp_path / "ready"
    script = (
        "import subprocess, sys, time, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(ready)!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    program = launching.Program([sys.executable, "-c", script])
    assert program.start(page="x")
    for _ in range(2400):
        if ready.exists() and ready.read_text():
            break
        time.sleep(0.05)

    program.stop()

    assert not program.is_running
    status = Path(f"/proc/{int(ready.read_text())}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


# settings


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "seat.key"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


def test_settings_are_read(key_file, tmp_path):
    config = tmp_path / "seat.toml"
    config.write_text(
        '[seat]\npoll_seconds = 2\n[wipe]\nfolders = ["/home/guest/profile"]\n[commands]\nlock = ["b", "{page}"]\n'
    )

    read = settings.read_settings("https://library.example", key_file, config)

    assert (read.host, read.port, read.tls, read.poll_seconds) == ("library.example", 443, True, 2)
    assert read.wipe_folders == (Path("/home/guest/profile"),)
    assert read.lock_command == ("b", "{page}")
    assert KEY not in repr(read)


@pytest.mark.parametrize(
    ("server", "text"),
    [
        ("http://library.example", ""),
        ("ftp://library.example", ""),
        ("https://library.example/path", ""),
        ("https://x:99999", ""),
        ("https://library.example", '[wipe]\nfolders = ["/"]'),
        ("https://library.example", '[wipe]\nfolders = ["/home/guest"]'),
        ("https://library.example", '[wipe]\nfolders = ["profile"]'),
        ("https://library.example", '[wipe]\nfolders = ["/home/guest/../../etc"]'),
        ("https://library.example", "[seat]\npoll_seconds = true"),
        ("https://library.example", "[commands]\nlock = 'x'"),
        ("https://library.example", "not toml"),
    ],
)
def test_settings_that_do_not_do_are_refused(key_file, tmp_path, server, text):
    config = tmp_path / "seat.toml"
    config.write_text(text)

    with pytest.raises(settings.SettingsError):
        settings.read_settings(server, key_file, config)


def test_a_key_that_others_can_read_is_refused(key_file):
    key_file.chmod(0o644)
    with pytest.raises(settings.SettingsError, match="chmod 600"):
        settings.read_settings("https://library.example", key_file)


# the page


@pytest.fixture
def screen(kiosk: Kiosk):
    made = PageServer(kiosk, 0)
    made.start()
    yield made
    made.stop()


def fetch(
    screen: PageServer, method: str, path: str, form: dict[str, str] | None = None, **headers: str
) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", screen.port, timeout=10)
    body = urlencode(form) if form is not None else None
    plain = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
    connection.request(method, path, body, {**plain, **headers})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers, text


def test_the_page_shows_the_lock_then_the_clock(screen, kiosk, server):
    kiosk.tick()
    status, headers, text = fetch(screen, "GET", "/")
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert "Test &lt;Library&gt;" in text
    assert 'name="pin" type="password"' in text

    status, _, _ = fetch(
        screen, "POST", "/sign-in", {"token": screen.token, "card": "21234000000018", "pin": "4071"}
    )
    assert status == 303
    assert server.said[-1] == {"card": "21234000000018", "pin": "4071", "ticket": ""}
    _, _, text = fetch(screen, "GET", "/")
    assert '<b id="minutes" role="timer">60</b>' in text
    assert "21234000000018" not in text
    assert json.loads(fetch(screen, "GET", "/state")[2])["screen"] == "in_use"


def test_a_page_from_elsewhere_can_do_nothing_here(screen, kiosk, server):
    kiosk.tick()
    kiosk.sign_in(code="ABCDEFGH")
    good = {"token": screen.token}

    assert fetch(screen, "POST", "/end", {})[0] == 403
    assert fetch(screen, "POST", "/end", {"token": "ł"})[0] == 403
    assert fetch(screen, "POST", "/end", good, Origin="https://evil.example")[0] == 403
    assert fetch(screen, "POST", "/end", good, Host="evil.example")[0] == 403
    assert fetch(screen, "GET", "/state", Origin="https://evil.example")[0] == 403
    assert kiosk.shown.screen is Screen.IN_USE
    assert fetch(screen, "POST", "/end", good)[0] == 303
    assert kiosk.shown.screen is Screen.CLOSED


def test_the_page_answers_this_machine_alone(screen):
    assert screen._server.server_address[0] == "127.0.0.1"


def test_pages_are_in_the_library_languages_and_hold_no_script_of_their_own():
    for language in words.LANGUAGES:
        for shown in (
            Shown(Screen.FREE, "free", called=7, refused="unknown"),
            Shown(Screen.IN_USE, "in_use", seconds_left=59, warn=1, message="closing", print_cents=105),
            Shown(Screen.CLOSED, "wiping"),
        ):
            text = pages.page(shown, language, "t")
            assert f'lang="{language}"' in text
            assert "<script>" not in text
            assert "style=" not in text
            assert "onclick" not in text


def test_the_client_imports_nothing_but_the_standard_library_and_itself():
    """Looked at in a process of its own."""
    import subprocess

    code = (
        "import sys, circumspect.faces.seat.__main__\n"
        "ours = sorted(n for n in sys.modules if n.startswith('circumspect.') and not n.startswith('circumspect.faces'))\n"
        "foreign = sorted(n for n in sys.modules if n.split('.')[0] in ('django', 'cryptography', 'argon2', 'click', 'rich'))\n"
        "print(ours, foreign)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    assert done.stdout.strip() == "[] []"
