"""What the seat does: one state, and what moves it. The screen only shows it.

Rules:
- It starts locked, and tells the server that it has started: whoever sat here is not signed in any more.
- Nobody works here unless the server has just said that they may. When the server is silent for too long, the
  session is closed and the screen locks: closed is the safe side.
- It wipes when the server says so, and only then: a machine may have been set aside, and must not be wiped.
  Until it has been wiped, nobody gets in. It says that it is clean only when it has looked.
- It keeps nothing of anybody: card, PIN and pass go to the server and are forgotten here. Its log knows that
  something happened, never to whom.

Source: clauses MP-4.9, MP-4.10, MP-6.12, TH-1.24.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Event, RLock
from typing import Any, Protocol

from circumspect.faces.seat import clock, wiping
from circumspect.faces.seat.launching import Program
from circumspect.faces.seat.line import LineDownError
from circumspect.faces.seat.settings import Settings

log = logging.getLogger("seat")
# The next in line need not read what the last one was refused for.
_REFUSAL_SECONDS = 20.0


class Asks(Protocol):
    """Whatever asks the server."""

    def ask(self, act: str, **words: str) -> dict[str, Any]:
        """Ask one thing. Raises LineDownError."""


class Screen(StrEnum):
    """What the screen shows."""

    CLOSED = "closed"  # the server is away, or the seat is locked, being wiped or out of service
    FREE = "free"
    IN_USE = "in_use"


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the screen may show. Nothing of a person.

    Attributes:
        state: The seat's state as the server last told it, or "lost".
        seconds_left: Of the session.
        warn: 10, 5, 1 or 0.
        message: A code of the server's list.
        called: The ticket number the seat is kept for; 0 for none.
        refused: Why the last sign-in or extension was not granted; a code, "" for none.
    """

    screen: Screen = Screen.CLOSED
    state: str = "starting"
    seconds_left: float = 0.0
    warn: int = 0
    message: str = ""
    called: int = 0
    print_cents: int = 0
    refused: str = ""
    library: str = ""
    seat: str = ""


class Kiosk:
    """One seat."""

    def __init__(
        self,
        settings: Settings,
        line: Asks,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wipe: Callable[..., None] = wiping.wipe,
    ) -> None:
        self._settings = settings
        self._line = line
        self._monotonic = monotonic
        self._wipe = wipe
        self._lock = RLock()
        self._session = Program(settings.session_command)
        self._lock_screen = Program(settings.lock_command)
        self._shown = Shown()
        self._has_started = False
        self._in_session = False
        self._ends_at = 0.0
        self._heard_at = monotonic()
        self._refused = ("", 0.0)
        # Where the screen is served; and a sign that the next round should not wait.
        self.page = ""
        self.wake = Event()

    @property
    def shown(self) -> Shown:
        """What the screen shows now."""
        with self._lock:
            left = max(0.0, self._ends_at - self._monotonic()) if self._in_session else 0.0
            why, since = self._refused
            is_fresh = (
                self._monotonic() - since < _REFUSAL_SECONDS and self._shown.screen is not Screen.CLOSED
            )
            return replace(
                self._shown,
                seconds_left=left,
                warn=clock.warning(left) if self._in_session else 0,
                refused=why if is_fresh else "",
            )

    # what the one in front of it does

    def sign_in(self, *, card: str = "", pin: str = "", code: str = "", ticket: str = "") -> None:
        """Ask the server whether somebody may begin: a card and its PIN, or a pass."""
        with self._lock:
            if self._shown.screen is not Screen.FREE:
                return
            words = {"pass": code, "ticket": ticket} if code else {"card": card, "pin": pin, "ticket": ticket}
            answer = self._asked("sign-in", words)
            if answer is None or answer.get("refused"):
                return
            if answer["state"] == "in_use":
                self._begin(answer)

    def extend(self) -> None:
        """Ask for more time."""
        with self._lock:
            if self._in_session:
                self._asked("extend", {})

    def end(self) -> None:
        """Get up: everything that runs is stopped, and the server says what becomes of the machine."""
        with self._lock:
            if self._in_session:
                self._close()
                self._asked("end", {})
        self.wake.set()

    # what goes on by itself

    def tick(self) -> None:
        """Ask how things stand, and follow. Called every few seconds."""
        with self._lock:
            if self._in_session and self._monotonic() >= self._ends_at:
                self._close()
            if not self._has_started:
                self._has_started = self._asked("started", {}) is not None
            else:
                self._asked("status", {})
        self._wipe_where_asked()
        with self._lock:
            if self._shown.screen is not Screen.IN_USE and self.page:
                # Somebody may have closed the lock screen's window: it comes back.
                self._lock_screen.start(page=self.page)

    def stop(self) -> None:
        """The client ends: so does whatever it has launched."""
        with self._lock:
            self._close()
            self._lock_screen.stop()

    # between

    def _asked(self, act: str, words: dict[str, str]) -> dict[str, Any] | None:
        try:
            answer = self._line.ask(act, **words)
        except LineDownError as problem:
            self._lost(at_once=problem.is_refused)
            return None
        self._heard_at = self._monotonic()
        if "refused" in answer:
            self._refused = (str(answer["refused"]), self._monotonic())
        self._follow(answer)
        return answer

    def _follow(self, answer: dict[str, Any]) -> None:
        """Take over what the server says."""
        state = answer["state"]
        if self._in_session and state == "in_use":
            self._ends_at = self._monotonic() + float(answer["ends_at"]) - float(answer["now"])
        elif self._in_session:
            self._close()
        screen = Screen.IN_USE if self._in_session else Screen.FREE if state == "free" else Screen.CLOSED
        self._shown = Shown(
            screen,
            state,
            message=str(answer.get("message", "")),
            called=int(answer.get("called", 0)),
            print_cents=int(answer.get("print_cents", 0)),
            library=str(answer.get("library", "")),
            seat=str(answer.get("seat", "")),
        )

    def _begin(self, answer: dict[str, Any]) -> None:
        self._in_session = True
        self._lock_screen.stop()
        self._follow(answer)
        if not self._session.start(page=self.page):
            log.warning("what a session works with could not be launched")

    def _close(self) -> None:
        """Nobody works here any more. Wiping is another step: the server says whether."""
        if self._in_session:
            log.info("session closed")
        self._in_session = False
        self._session.stop()
        self._shown = replace(self._shown, screen=Screen.CLOSED, message="", print_cents=0)
        self._refused = ("", 0.0)

    def _lost(self, *, at_once: bool) -> None:
        silent = self._monotonic() - self._heard_at
        if at_once or not self._in_session or silent >= self._settings.lost_seconds:
            if self._shown.state != "lost":
                log.warning("the server %s", "does not know this seat" if at_once else "does not answer")
            self._close()
            self._shown = replace(self._shown, screen=Screen.CLOSED, state="lost", called=0)

    def _wipe_where_asked(self) -> None:
        with self._lock:
            if not self._in_session and self._shown.state == "in_use":
                # The server still thinks that somebody sits here, from before it was lost.
                self._asked("end", {})
            if self._in_session or self._shown.state != "wiping":
                return
            self._session.stop()
        try:
            # Not under the lock: it may take minutes, and the screen has to go on saying so.
            self._wipe(self._settings.wipe_folders, self._settings.wipe_command)
        except wiping.NotCleanError:
            # Not confirmed: the server locks this seat, and staff look.
            log.warning("the machine could not be wiped")
            return
        with self._lock:
            self._asked("wiped", {})
