"""What a library needs done while it runs, and nobody has to remember.

Every few minutes: sign the ledger; keep the links of open loans alive and destroy the keys of epochs
whose life is over; let go of what has ended. Each is safe to stop anywhere and to do again, and each
says in the log that it failed, never about whom. Forgetting does not hang on it: keys past their day
open nothing, whether they have been destroyed yet or not.

Source: guarantee 8; clauses TH-1.8, TH-1.22; the retention schedule.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from itertools import count

from django.apps import apps
from django.conf import settings
from django.db import close_old_connections, connections

from circumspect import composition
from circumspect.faces.cli import witnesses
from circumspect.faces.cli.mailing import send_letters
from circumspect.offices.importing import runs
from circumspect.offices.notices.running import forget_old as forget_old_notices
from circumspect.offices.notices.running import send_notices
from circumspect.offices.privacydesk import access, calling, guarding, preservation, sparing
from circumspect.offices.publishing import outside
from circumspect.offices.retention import erasing, evidence, sweeping
from circumspect.offices.review import running as review
from circumspect.offices.statistics import borrowers
from circumspect.records.circulation import forgetting, ladders, linking, offline
from circumspect.records.circulation.lending import SERIES as LOANS
from circumspect.records.communications import newsletter
from circumspect.records.computers.tending import tend_computers
from circumspect.records.fees import upkeep as fees
from circumspect.records.fees.charging import SERIES as FEES
from circumspect.records.holds import tending as holds
from circumspect.records.holds.shelf import SERIES as HOLDS
from circumspect.records.ill import asking
from circumspect.records.ill import tending as requests
from circumspect.records.ill.asking import SERIES as REQUESTS
from circumspect.records.incidents import book as incidents
from circumspect.records.inquiries import tending as letters
from circumspect.records.inquiries.shelves import SERIES as LETTERS
from circumspect.records.patrons import cards, identity, notes
from circumspect.records.reading import history, permissions
from circumspect.trust.door.door import LEDGER_SERIES
from circumspect.trust.door.house import House
from circumspect.trust.ledger import witnessline
from circumspect.trust.ledger.errors import LedgerError
from circumspect.trust.vault.wiping import wipe_owed

EVERY_SECONDS = 300.0
# Open loans move to today's epoch this long before their old one dies.
AGEING_DAYS = 7
# No sign-in of a patron lasts longer.
_LONGEST_SIGN_IN = 3600
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


class Watcher(threading.Thread):
    """Does beside the rounds what cannot wait for one, however long it takes."""

    def __init__(self, house: House) -> None:
        super().__init__(name="watching", daemon=True)
        self._house = house

    def run(self) -> None:
        """Wait, watch, wait."""
        while True:
            time.sleep(review.WATCH_EVERY_SECONDS)
            watch(self._house)


def start(house: House) -> None:
    """Tend and watch a house in the background, in this process."""
    Tender(house).start()
    Watcher(house).start()


# The parts that let something go, with the series whose evidence counts it.
LETS_GO: Mapping[str, str] = {
    "epochs ended": "keys",
    "holds run out ended": HOLDS,
    "settled fees forgotten": FEES,
    "notes ended": "notes",
    "notes on letters ended": LETTERS,
    "letters forgotten": LETTERS,
    "addresses that nobody confirmed forgotten": newsletter.SERIES,
    "suppressed addresses forgotten": "newsletter suppressions",
    "letters of nobody cut loose": LETTERS,
    "subscriptions without a key swept": newsletter.SERIES,
    "cards forgotten": "cards",
    "titles of reading histories ended": "reading",
    "permissions ended": "permissions",
    "preserved copies ended": "preserved",
    "letterboxes ended": "offline scans",
    "computers tended": "computers",
    "cards made at the door forgotten": "registration",
    "registrations run out forgotten": "registration",
    "forgettings finished": "registration",
    "licence numbers emptied": "identity check",
    "rows of dead epochs swept": "every series with links",
    "fees of nobody swept": FEES,
    "holds of nobody swept": HOLDS,
    "requests of nobody swept": REQUESTS,
    "imports forgotten": "imports",
    "old notices forgotten": "notices",
    "reports of behaviour forgotten": "incidents",
    "guards of requests ended": "preserved",
    "letters and reports no longer spared": "cases",
    "disposals carried out": "series that wait for a certificate",
}
# Not counted, and yet before anything is let go of: what is still needed is tied anew.
_FIRST = frozenset(
    {
        "loans tied to a new epoch",
        "fees tied to a new epoch",
        "holds tied to a new epoch",
        "requests to libraries tied to a new epoch",
        "letters tied to a new epoch",
    }
)


def watch(house: House) -> None:
    """Call the next on the list for an urgent request that nobody has taken up; report looks at decoys."""
    for name, part in (("calls made about requests", _call), ("looks at decoys reported", review.watch)):
        try:
            part(house)
        except Exception:
            log.warning("upkeep failed: %s", name, exc_info=True)
    connections.close_all()


def _call(house: House) -> int:
    return calling.call_round(house, composition.callers(house))


def tend(house: House, *, sweep: bool) -> dict[str, int]:
    """One round.

    Args:
        sweep: Also look through all records for forgettings that were cut short.

    Returns:
        How many of each were done; a part that failed is missing.
    """
    return _do(house, _parts(sweep=sweep), sweep=sweep)


def forget(house: House) -> tuple[dict[str, int], list[str]]:
    """The forgetting alone, all of it, now: how many of each were done, and which parts failed."""
    parts = _parts(sweep=True)
    chosen = {name: part for name, part in parts.items() if name in LETS_GO or name in _FIRST}
    done = _do(house, chosen, sweep=True)
    return done, [name for name in chosen if name not in done]


def _do(house: House, parts: Mapping[str, Callable[[House], int]], *, sweep: bool) -> dict[str, int]:
    done: dict[str, int] = {}
    for name, part in parts.items():
        close_old_connections()
        try:
            done[name] = part(house)
            if name in LETS_GO:
                evidence.add(house.today(), LETS_GO[name], name, done[name])
        except Exception:
            log.warning("upkeep failed: %s", name, exc_info=True)
    if sweep:
        sweeping.note(house, [name for name in parts if name in LETS_GO and name not in done])
    return done


def _parts(*, sweep: bool) -> dict[str, Callable[[House], int]]:
    parts: dict[str, Callable[[House], int]] = {
        "loans tied to a new epoch": _relink,
        "fees tied to a new epoch": _relink_fees,
        "holds tied to a new epoch": _relink_holds,
        "requests to libraries tied to a new epoch": _relink_requests,
        "letters tied to a new epoch": _relink_letters,
        "epochs ended": _end_epochs,
        "holds run out ended": holds.end_run_out,
        "settled fees forgotten": _forget_fees,
        "notes ended": notes.forget_ended_notes,
        "notes on letters ended": letters.end_notes,
        "letters that nobody touched closed": letters.close_untouched,
        "letters forgotten": _forget_letters,
        "addresses that nobody confirmed forgotten": newsletter.forget_unconfirmed,
        "suppressed addresses forgotten": newsletter.forget_suppressions,
        "cards forgotten": _forget_cards,
        "old notices forgotten": forget_old_notices,
        "titles of reading histories ended": history.forget_ended,
        "permissions ended": permissions.forget_ended,
        "preserved copies ended": preservation.end_over,
        "letterboxes ended": offline.end_boxes,
        "reports of behaviour forgotten": _forget_incidents,
        "looks at decoys reported": review.watch,
        "looks under review forgotten": review.forget_old,
        "computers tended": tend_computers,
        "calls made about requests": _call,
        "guards of requests ended": guarding.end_guards,
        "letters and reports no longer spared": sparing.end_over,
        "hidden looks closed": access.close_broken,
        "sessions cleared": _clear_sessions,
    }
    if sweep:
        ties, rows = [asking.waits], [_remove_linked]
        parts["lost items settled"] = ladders.let_go_of_settled
        parts["looks reviewed"] = review.review
        parts["old claims ended"] = ladders.end_old_claims
        parts["loans renewed by themselves"] = ladders.renew_due
        parts["late items given up"] = lambda house: ladders.give_up_lost(house)[0]
        parts["cards made at the door forgotten"] = partial(forgetting.forget_abandoned, also=ties, rows=rows)
        parts["registrations run out forgotten"] = partial(forgetting.forget_lapsed, also=ties, rows=rows)
        parts["forgettings finished"] = lambda house: erasing.finish(house, composition.spared_letters(house))
        parts["licence numbers emptied"] = _empty_licences
        parts["imports forgotten"] = _forget_imports
        parts["disposals carried out"] = composition.carry_out_disposals
        parts["rows of dead epochs swept"] = sweeping.sweep_dead
        parts["fees of nobody swept"] = fees.sweep
        parts["holds of nobody swept"] = holds.sweep_orphans
        parts["cards in force counted"] = borrowers.count_if_due
        parts["requests of nobody swept"] = requests.sweep_orphans
        parts["letters of nobody cut loose"] = letters.sweep
        parts["subscriptions without a key swept"] = newsletter.sweep
        parts["outside links tried"] = _try_links
    # After what renews, gives up and ends: nobody is reminded of what was just renewed.
    parts["notices sent"] = send_notices
    parts["letters and newsletters sent"] = send_letters
    # Last, so that it also signs what this round wrote down, and has it witnessed.
    parts["heartbeats entered"] = _beat
    parts["ledger entries signed"] = _sign
    parts["ledger entries witnessed"] = _have_witnessed
    return parts


def _try_links(house: House) -> int:
    """The server asks a few outside sites whether they still answer. The sample's are invented, and never do."""
    return 0 if house.home.is_sample else outside.check_links(house.today(), most=5)


def _relink(house: House) -> int:
    return sum(linking.relink(house, epoch) for epoch in house.vault.ageing_epochs(LOANS, AGEING_DAYS))


def _relink_fees(house: House) -> int:
    return sum(fees.relink(house, epoch) for epoch in house.vault.ageing_epochs(FEES, AGEING_DAYS))


def _relink_holds(house: House) -> int:
    return sum(holds.relink(house, epoch) for epoch in house.vault.ageing_epochs(HOLDS, AGEING_DAYS))


def _relink_requests(house: House) -> int:
    return sum(requests.relink(house, epoch) for epoch in house.vault.ageing_epochs(REQUESTS, AGEING_DAYS))


def _relink_letters(house: House) -> int:
    return sum(letters.relink(house, epoch) for epoch in house.vault.ageing_epochs(LETTERS, AGEING_DAYS))


def _forget_letters(house: House) -> int:
    return letters.forget_letters(house, spare=composition.spared_letters(house))


def _forget_incidents(house: House) -> int:
    return incidents.forget_old(house, spare=composition.spared_incidents(house))


def _remove_linked(house: House, patron: int) -> int:
    return erasing.remove_linked(house, patron, composition.spared_letters(house))


def _forget_fees(house: House) -> int:
    return fees.forget_settled(house, house.schedule().item(FEES).days)


def _end_epochs(house: House) -> int:
    ended = 0
    for series, epoch in house.vault.due_epochs():
        # Links first: once the key is gone the epoch is no longer named as due, and they would stay.
        if series == LEDGER_SERIES:
            house.ledger.drop_links(epoch)
        ended += house.vault.destroy_epoch(series, epoch)
    return ended


def _forget_cards(house: House) -> int:
    return cards.forget_ended_cards(house, house.schedule().item(cards.SERIES).days)


def _empty_licences(house: House) -> int:
    return identity.forget_checked(house, house.schedule().item(identity.SERIES).days)


def _forget_imports(house: House) -> int:
    return runs.forget_old(house.clock() - dt.timedelta(days=house.schedule().item("imports").days))


def _clear_sessions(house: House) -> int:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    # Patrons' sign-ins end at the page by themselves; a row of one that nobody came back to goes here.
    ended = house.second() - _LONGEST_SIGN_IN
    return int(apps.get_model("portal", "SignIn").objects.filter(began_at__lt=ended).delete()[0])


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
