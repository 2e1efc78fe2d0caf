"""What a library needs done while it runs, and nobody has to remember.

Every few minutes: sign the ledger; keep the links of open loans alive and destroy the keys of epochs
whose life is over; let go of what has ended. Each is safe to stop anywhere and to do again, and each
says in the log that it failed, never about whom. Forgetting does not hang on it: keys past their day
open nothing, whether they have been destroyed yet or not.

Source: guarantee 8; clauses TH-1.8, TH-1.22; the retention schedule.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from importlib import import_module
from itertools import count

from django.conf import settings
from django.db import close_old_connections, connections

from circumspect.faces.cli import witnesses
from circumspect.records.circulation import linking
from circumspect.records.circulation.lending import SERIES as LOANS
from circumspect.records.patrons import cards, notes, upkeep
from circumspect.trust.door.door import LEDGER_SERIES
from circumspect.trust.door.house import House
from circumspect.trust.ledger import witnessline
from circumspect.trust.ledger.errors import LedgerError
from circumspect.trust.policy.schedule import Schedule
from circumspect.trust.vault.wiping import wipe_owed

EVERY_SECONDS = 300.0
# Open loans move to today's epoch this long before their old one dies.
AGEING_DAYS = 7
_SWEEP_EVERY_ROUNDS = 288  # once a day: it looks at every patron

log = logging.getLogger("circumspect.tending")


class Tender(threading.Thread):
    """Tends one house in the background for as long as its process lives."""

    def __init__(self, house: House) -> None:
        super().__init__(name="tending", daemon=True)
        self._house = house

    def run(self) -> None:
        """Tend, wait, tend. Connections are let go in between: waiting needs none."""
        for turn in count():
            tend(self._house, sweep=turn % _SWEEP_EVERY_ROUNDS == 0)
            connections.close_all()
            end = time.monotonic() + EVERY_SECONDS
            while time.monotonic() < end:
                time.sleep(1)
                wipe_owed()


def tend(house: House, *, sweep: bool) -> dict[str, int]:
    """One round.

    Args:
        sweep: Also look through all records for forgettings that were cut short.

    Returns:
        How many of each were done; a part that failed is missing.
    """
    parts: dict[str, Callable[[House], int]] = {
        "loans tied to a new epoch": _relink,
        "epochs ended": _end_epochs,
        "notes ended": notes.forget_ended_notes,
        "cards forgotten": _forget_cards,
        "sessions cleared": _clear_sessions,
    }
    if sweep:
        parts["forgettings finished"] = upkeep.sweep_keyless
    # Last, so that it also signs what this round wrote down, and has it witnessed.
    parts["heartbeats entered"] = _beat
    parts["ledger entries signed"] = _sign
    parts["ledger entries witnessed"] = _have_witnessed
    done: dict[str, int] = {}
    for name, part in parts.items():
        close_old_connections()
        try:
            done[name] = part(house)
        except Exception:
            log.warning("upkeep failed: %s", name, exc_info=True)
    return done


def _relink(house: House) -> int:
    return sum(linking.relink(house, epoch) for epoch in house.vault.ageing_epochs(LOANS, AGEING_DAYS))


def _end_epochs(house: House) -> int:
    ended = 0
    for series, epoch in house.vault.due_epochs():
        # Links first: once the key is gone the epoch is no longer named as due, and they would stay.
        if series == LEDGER_SERIES:
            house.ledger.drop_links(epoch)
        ended += house.vault.destroy_epoch(series, epoch)
    return ended


def _forget_cards(house: House) -> int:
    return cards.forget_ended_cards(house, Schedule.load().item(cards.SERIES).days)


def _clear_sessions(_house: House) -> int:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return 0


def _beat(house: House) -> int:
    house.door.beat()
    return 1


def _have_witnessed(house: House) -> int:
    """Every witness is asked, whatever becomes of the others; how many entries the furthest now covers."""
    covered, away = 0, []
    for witness in witnesses.read(house.home):
        if witness.url:
            try:
                covered = max(covered, witnessline.ask(house.ledger, witness.key, witness.url))
            except LedgerError as problem:
                away.append(str(problem))
    if away:
        log.warning("not witnessed: %s", "; ".join(away))
    return covered


def _sign(house: House) -> int:
    before = house.ledger.latest_checkpoint()
    return house.ledger.checkpoint().size - (before.size if before else 0)
