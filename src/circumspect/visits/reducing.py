"""Less is kept than a browser sends: a page without its question, a site without its page, a language, a kind.

Pure: strings in, shorter strings out. What is not understood becomes "" or "other"; nothing raises.

Source: clauses TH-2.6 (no search term), TH-2.7 (host only).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from ua_parser import Domain, Matchers, PartialResult
from ua_parser.basic import Resolver
from ua_parser.loaders import load_lazy_builtins

AREA_LENGTH = 60
PAGE_LENGTH = 200
HOST_LENGTH = 120
BOT = "bot"
# What stands for the browser's name where a log does not hold it: then programs cannot be told from people.
UNTOLD = "(not in the log)"
DEVICES = ("computer", "phone", "tablet", "other")

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_NUMBERS_ONLY = re.compile(r"[0-9.]+|.*:.*")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?=[-_,;\s]|$)")
# Programs that say what they are, in their own words; the parser's list knows those that say it by a name.
_PROGRAM = re.compile(
    r"bot\b|bot[/;]|crawl|spider|slurp|scrap|fetch|monitor|uptime|pingdom|lighthouse|headless|phantom|preview|archiver"
    r"|curl|wget|python|perl|ruby|java/|go-http|okhttp|libwww|httpclient|node|axios|feed|rss|validator|check",
    re.IGNORECASE,
)
_COMPUTERS = ("Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Debian", "Fedora", "FreeBSD", "OpenBSD")


class Look(NamedTuple):
    """One page that was sent to somebody, reduced, but for the two things that say who: they are never stored.

    Attributes:
        area: A part of the site, such as "events".
        page: The page within the site, without question or fragment.
        host: The site they came from, "" for none or our own.
        language: Two or three letters, "" where none was said.
        address: A network address. Held no longer than it takes to count.
        browser: What the browser calls itself. Likewise.
    """

    area: str
    page: str
    host: str
    language: str
    address: str
    browser: str


def page_of(path: str) -> str:
    """A path without what was asked or typed, and without a slash at either end; "" is the first page."""
    bare = path.partition("?")[0].partition("#")[0].partition(";")[0]
    return re.sub(r"[^\w./*~-]", "_", bare.strip("/"))[:PAGE_LENGTH]


def area_of(page: str) -> str:
    """The first part of a page's path: "home" for the first page."""
    return (page.partition("/")[0] or "home")[:AREA_LENGTH]


def host_of(referrer: str) -> str:
    """The name of the site somebody came from, and nothing of which page; "" for none, or for a bare number."""
    if not referrer.startswith(("https://", "http://")):
        return ""
    try:
        host = (urlsplit(referrer).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
    if not _HOST.fullmatch(host) or _NUMBERS_ONLY.fullmatch(host) or "." not in host:
        return ""
    return host[:HOST_LENGTH]


def language_of(accept: str) -> str:
    """The first language a browser asks for, without its region; "" where it asks for none."""
    found = _LANGUAGE.match(accept)
    return found[1].lower() if found else ""


class Devices:
    """Kinds of device. What a browser calls itself is remembered for a day at most: ``forget`` at its end."""

    MOST = 2000

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._resolver: Resolver | None = None

    def kind_of(self, browser: str) -> str:
        """One of DEVICES, or BOT for a program that nobody reads by."""
        kind = self._kinds.get(browser)
        if kind is None:
            if len(self._kinds) >= self.MOST:
                self._kinds.clear()
            kind = self._kinds[browser] = self._kind(browser)
        return kind

    def forget(self) -> None:
        """Forget every browser's name."""
        self._kinds.clear()

    def _kind(self, browser: str) -> str:
        if browser == UNTOLD:
            return "other"
        if len(browser) < 10 or _PROGRAM.search(browser):
            return BOT
        found = self._parse(browser)
        device, system = found.device, found.os.family if found.os else ""
        family, brand = (device.family or "", device.brand or "") if device else ("", "")
        if family == "Spider":
            return BOT
        if brand == "Generic_Android_Tablet" or family in ("iPad", "Kindle") or "Tablet" in browser:
            return "tablet"
        if system == "Android":
            return "phone" if "Mobile" in browser else "tablet"
        if "Mobi" in browser or family in ("iPhone", "iPod"):
            return "phone"
        return "computer" if system.startswith(_COMPUTERS) else "other"

    def _parse(self, browser: str) -> PartialResult:
        # Without the library's own memory, which would outlast the day.
        if self._resolver is None:
            matchers: Matchers = load_lazy_builtins()
            self._resolver = Resolver(matchers)
        return self._resolver(browser[:512], Domain.DEVICE | Domain.OS)
