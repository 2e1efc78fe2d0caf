"""Hand a look at a page to the annex: the one thing the website knows of it.

Called after the page has left. What is not to be known is cut off here, in the website's own process, before
anything is handed on. A request that carries an account's cookie is not measured at all, whatever page it is
for, and neither is one for a page of somebody's account.

Nothing waits: the annex listens on a socket of this machine, and where it does not, or is behind, the look is
lost. Nobody is told, and nothing is tried again.

Source: clauses TH-2.6, TH-2.7, TH-2.8, TH-3.6.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from circumspect.visits.reducing import Look, area_of, host_of, language_of, page_of
from circumspect.visits.settings import within_reach

# Whoever sends one of these is signed in somewhere in the house.
ACCOUNT_COOKIES = frozenset({"circumspect_patron", "circumspect_session"})
# Of one look, as it is handed on.
MOST_BYTES = 2000


class Line:
    """The way to the annex, made when it is first needed, and made anew when it breaks.

    Args:
        path: The annex's socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reach = ""
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def send(self, look: Look) -> bool:
        """Hand it on without waiting; False where it is lost."""
        line = json.dumps(look, separators=(",", ":")).encode() + b"\n"
        if len(line) > MOST_BYTES:
            return False
        with self._lock:
            try:
                if self._socket is None:
                    self._reach = self._reach or within_reach(self._path)
                    self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                    self._socket.setblocking(False)
                    self._socket.connect(self._reach)
                if self._socket.send(line) == len(line):
                    return True
            except BlockingIOError:
                return False  # the annex is behind
            except OSError:
                pass
            # Broken, or half a line went: the other end drops the half, and the next look begins anew.
            self._let_go()
            return False

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def look_at(
    path: str,
    *,
    cookies: Mapping[str, str],
    headers: Mapping[str, str],
    address: str,
    own_hosts: frozenset[str],
) -> Look | None:
    """What may be known of a request; None where nothing may.

    Args:
        path: The page, below where the website begins.
        cookies: Only their names are looked at.
        headers: ``Referer``, ``Accept-Language``, ``User-Agent``, ``Sec-Purpose``; any spelling Django knows.
        address: Of the browser, or "".
        own_hosts: The website's own names, which are not where anybody came from.
    """
    if not ACCOUNT_COOKIES.isdisjoint(cookies):
        return None
    if "prefetch" in headers.get("Sec-Purpose", ""):
        return None
    page = page_of(path)
    host = host_of(headers.get("Referer", "")[:500])
    return Look(
        area=area_of(page),
        page=page,
        host="" if host in own_hosts else host,
        language=language_of(headers.get("Accept-Language", "")[:40]),
        address=address[:45],
        browser=headers.get("User-Agent", "")[:512],
    )
