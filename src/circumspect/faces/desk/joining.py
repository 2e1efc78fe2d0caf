"""The page at the door, apart from HTTP: its words in three languages, who may use it, how often.

What is asked is ``provisional.ASKED_FOR``. What was wrong is said by field, in words of the page's own:
the same for everybody, and never what was typed.

Rates are counted in memory and nowhere else: an address or a time of day is written down for nobody.

Source: clauses TH-1.7, TH-1.14, MP-2.1.
"""

from __future__ import annotations

import time
import tomllib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from ipaddress import ip_address, ip_network
from threading import Lock

from circumspect.faces.desk.looking import branch_names
from circumspect.faces.desk.shown import LANGUAGES
from circumspect.home import Home
from circumspect.records.patrons.provisional import ASKED_FOR, NEEDED

USUAL_NETWORKS = ("127.0.0.0/8", "::1/128")
USUAL_MOST_AN_HOUR = 20
WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    resources.files(__package__).joinpath("joining.toml").read_text(encoding="utf-8")
)
_TRIES, _TRY_SECONDS = 12, 600.0
_HOUR = 3600.0
_KINDS = {"phone": "tel", "email": "email", "language": "choice", "notice_channel": "choice"}
# A telephone call needs a person at the desk to make it, so it is not offered here.
_CHANNELS = ("", "email", "post", "sms", "none")


@dataclass(frozen=True, slots=True, repr=False)
class JoinInput:
    """One input of the page. Prints as nothing."""

    name: str
    label: str
    kind: str
    value: str
    error: str
    needed: bool
    choices: tuple[tuple[str, str], ...] = ()


def is_open_to(home: Home, address: str) -> bool:
    """Whether this library has the page, and for this address: ``[join] on`` and ``networks`` of config.toml."""
    if home.setting("join", "on", False) is not True:
        return False
    try:
        here = ip_address(address)
        return any(here in ip_network(str(each)) for each in home.setting("join", "networks", USUAL_NETWORKS))
    except ValueError:
        # An address or a network that is none: closed, as for everybody else.
        return False


def language_of(asked_for: str) -> str:
    """One of the page's languages."""
    return asked_for if asked_for in WORDS else "en"


def inputs(language: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> tuple[JoinInput, ...]:
    """The page's inputs in order, filled in."""
    words = WORDS[language]
    return tuple(
        JoinInput(
            name,
            words[name],
            _KINDS.get(name, "text"),
            typed.get(name, language if name == "language" else ""),
            errors.get(name, ""),
            name in NEEDED,
            _choices(name, words),
        )
        for name in ASKED_FOR
    )


def wrong(language: str, field: str, typed: Mapping[str, str]) -> dict[str, str]:
    """What to say of a field that does not do, beside whatever is not filled in."""
    words = WORDS[language]
    return {field: words.get(f"bad_{field}", words["bad"]), **missing(language, typed, is_adult=True)}


def missing(language: str, typed: Mapping[str, str], *, is_adult: bool) -> dict[str, str]:
    """Everything that is not filled in yet, told at once."""
    words = WORDS[language]
    found = {name: words["missing"] for name in NEEDED if not typed.get(name, "").strip()}
    return found if is_adult else {**found, "is_adult": words["child"]}


def _choices(name: str, words: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    if name == "language":
        return tuple(LANGUAGES.items())
    if name == "notice_channel":
        return tuple((code, words[f"by_{code or 'nothing'}"]) for code in _CHANNELS)
    return ()


def branch_name(home: Home) -> str:
    """Where the page's cards belong to, by name."""
    code = str(home.setting("join", "branch", "main"))
    return branch_names().get(code, code)


class Throttle:
    """Few tries from one place, and few cards an hour from all of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._tries: dict[str, deque[float]] = {}
        self._made: deque[float] = deque()

    def may_try(self, address: str, most_an_hour: int) -> bool:
        """Whether another try is free; it is then counted."""
        now = self._clock()
        with self._lock:
            while self._made and now - self._made[0] > _HOUR:
                self._made.popleft()
            for place in list(self._tries):
                tries = self._tries[place]
                while tries and now - tries[0] > _TRY_SECONDS:
                    tries.popleft()
                if not tries:
                    del self._tries[place]
            tries = self._tries.setdefault(address, deque())
            if len(tries) >= _TRIES or len(self._made) >= most_an_hour:
                return False
            tries.append(now)
            return True

    def made(self) -> None:
        """Count a card that was made."""
        with self._lock:
            self._made.append(self._clock())
