"""The annex's process: takes looks from a socket, counts them in memory, adds the sums to its database.

It writes once an hour and when it is told to stop. Its memory is not to reach a disk: no core is dumped, no
debugger of the same user may look in, and where the system lets it, nothing is swapped out.

Nothing it logs says anything of a look. Source: clauses TH-2.3, TH-2.4, TH-2.8; guarantee 12.
"""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import json
import logging
import os
import resource
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from types import FrameType
from zoneinfo import ZoneInfo

from circumspect.visits.counting import Counting
from circumspect.visits.reducing import Look
from circumspect.visits.settings import Settings, within_reach
from circumspect.visits.store import Store, StoreError
from circumspect.visits.telling import MOST_BYTES

WRITE_EVERY_SECONDS = 3600.0
_CHUNK = 1 << 16
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_MCL_CURRENT_FUTURE_ONFAULT = 7
_LAST_CHUNKS = 200
_AT_ONCE = 100
_MOST_WAITING = 20_000
_FIELDS = len(Look._fields)

log = logging.getLogger("circumspect.visits")


def keep_memory_to_itself(*, die_with_parent: bool) -> bool:
    """No core, no debugger, no swap; whether the last could be had."""
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if die_with_parent:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # Under a limit the lock would hold at first, and memory fail later: then rather none.
    may = os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    return may and bool(libc.mlockall(_MCL_CURRENT_FUTURE_ONFAULT) == 0)


class Annex:
    """One annex, counting.

    Args:
        clock: Local time.

    Raises:
        StoreError: Its database cannot be opened, or another annex listens here.
    """

    def __init__(self, settings: Settings, clock: Callable[[], dt.datetime] | None = None) -> None:
        zone = ZoneInfo(settings.zone)
        self._settings = settings
        self._clock = clock or (lambda: dt.datetime.now(zone))
        self._store = Store(settings)
        self._counting = Counting(keep_addresses=bool(settings.keep_hours))
        self._counting.warm_up()
        self._rests: dict[socket.socket, bytes] = {}
        # Heard and not counted yet. At its bound nothing more is heard, and the website loses what it cannot hand in.
        self._waiting: deque[bytes] = deque()
        self._selector = selectors.DefaultSelector()
        self._stop = False
        self._listener = _listen(settings)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Finish what was handed in, write, and end."""
        self._stop = True

    def run(self) -> None:
        """Count until told to stop."""
        written = time.monotonic()
        try:
            while not self._stop:
                self._counting.pass_time(self._clock())
                self._take(timeout=0.0 if self._waiting else 0.5)
                self._count_some()
                if time.monotonic() - written >= WRITE_EVERY_SECONDS:
                    written = time.monotonic()
                    self.write()
            for _ in range(_LAST_CHUNKS):
                more = self._take(timeout=0)
                while self._waiting:
                    self._count_some()
                if not more:
                    break
        finally:
            self._settings.socket.unlink(missing_ok=True)
            self._listener.close()
            self.write()
            self._store.close()

    def write(self) -> None:
        """Add what was counted to the database; what cannot be written now is lost, and that is logged."""
        try:
            self._store.add(self._counting.take())
            if self._settings.keep_hours:
                self._store.forget_addresses(self._clock(), self._settings.keep_hours)
        except Exception as problem:  # noqa: BLE001 - counting goes on whatever a database says
            log.warning("the counts of the last hour were not written (%s)", type(problem).__name__)

    def _take(self, timeout: float) -> bool:
        ready = self._selector.select(timeout)
        for key, _ in ready:
            line = key.fileobj
            if line is self._listener:
                with contextlib.suppress(OSError):
                    line, _address = self._listener.accept()
                    line.setblocking(False)
                    self._rests[line] = b""
                    self._selector.register(line, selectors.EVENT_READ)
            elif isinstance(line, socket.socket) and len(self._waiting) < _MOST_WAITING:
                self._hear(line)
        return bool(ready)

    def _count_some(self) -> None:
        """A few of those that wait, so that the socket is emptied in between: what it cannot hold is lost."""
        now = self._clock()
        for _ in range(min(_AT_ONCE, len(self._waiting))):
            look = read(self._waiting.popleft())
            if look is not None:
                self._counting.count(look, now)

    def _hear(self, line: socket.socket) -> None:
        try:
            heard = line.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        *looks, rest = (self._rests[line] + heard).split(b"\n")
        self._waiting.extend(looks)
        if heard and len(rest) < _CHUNK:
            self._rests[line] = rest
            return
        del self._rests[line]
        self._selector.unregister(line)
        line.close()


def read(raw: bytes) -> Look | None:
    """A look as it was handed in; None where it is none."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        parts = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(parts, list)
        or len(parts) != _FIELDS
        or not all(isinstance(each, str) for each in parts)
    ):
        return None
    return Look(*parts)


def serve(settings: Settings, *, beside_server: bool) -> int:
    """Count until told to stop; an exit code."""
    settings.folder.mkdir(mode=0o700, exist_ok=True)
    _begin_log(settings)
    locked = keep_memory_to_itself(die_with_parent=beside_server)
    try:
        annex = Annex(settings)
    except StoreError as problem:
        log.error("not started: %s", problem)  # noqa: TRY400 - the sentence says it, and a trace could quote a value
        return 2
    signal.signal(signal.SIGTERM, annex.stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN if beside_server else annex.stop)
    log.warning(
        "counting; memory %s", "is never swapped out" if locked else "may be swapped out: see docs/visits.md"
    )
    if settings.keep_hours:
        log.warning(
            "addresses are kept for %d hours, by decision: %s", settings.keep_hours, settings.decision
        )
    annex.run()
    log.warning("stopped")
    return 0


def _begin_log(settings: Settings) -> None:
    handler = logging.FileHandler(settings.log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    settings.log.chmod(0o600)
    log.addHandler(handler)
    log.propagate = False


def _listen(settings: Settings) -> socket.socket:
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with probe, contextlib.suppress(OSError):
        probe.connect(within_reach(settings.socket))
        raise StoreError("another annex counts in this folder")
    settings.socket.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(within_reach(settings.socket))
    except OSError as problem:
        raise StoreError(f"{settings.folder}: no socket can be made there ({problem.strerror})") from problem
    settings.socket.chmod(0o660)
    listener.listen(64)
    listener.setblocking(False)
    return listener
