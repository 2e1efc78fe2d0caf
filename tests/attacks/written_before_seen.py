"""Guarantee 3: is anything ever seen that was not written down first? Is an entry ever lost?

    python -m tests.attacks.written_before_seen           a few hundred runs
    python -m tests.attacks.written_before_seen --full    ten thousand and more

Each run does one piece of real work (a look, a page, a loan, a PIN, a change) while storage fails at
the n-th call, or while the process is killed there with ``kill -9``. Whenever a sealed value opens, a
witness with a connection of its own looks whether its entry is in the ledger. Afterwards every entry
that was there before must be there still.

Exit codes: 0 nothing found; 1 something was seen unwritten, or an entry was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import select
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from attack_home import a_home, a_house, shelve, staff

Work = Callable[[], object]
WHOLE_EVERY = 100
CARD = "9017735"  # of a library that came before


class Witness:
    """Reads the ledger through a connection that no part of the house knows."""

    def __init__(self, settings: dict[str, Any]) -> None:
        if "sqlite3" in settings["ENGINE"]:
            self._connection: Any = sqlite3.connect(settings["NAME"], timeout=20, isolation_level=None)
        else:
            import psycopg

            self._connection = psycopg.connect(
                dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"], autocommit=True
            )

    def entries(self, since: int = 0) -> dict[int, str]:
        """Every entry from ``since`` on that is durable now."""
        found = self._connection.execute(f"SELECT idx, body FROM ledger_entry WHERE idx >= {int(since)}")
        return dict(found.fetchall())

    def has(self, index: int) -> bool:
        """Whether an allowed entry stands at that place."""
        row = self._connection.execute(f"SELECT body FROM ledger_entry WHERE idx = {int(index)}").fetchone()
        return row is not None and '"outcome":"allowed"' in row[0]

    def close(self) -> None:
        """Let the connection go."""
        self._connection.close()


@dataclass
class Findings:
    """What a series of runs came to."""

    runs: int = 0
    failed: int = 0
    seen: int = 0
    unwritten: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    known: dict[int, str] = field(default_factory=dict, repr=False)

    @property
    def clean(self) -> bool:
        """Nothing seen unwritten, nothing lost."""
        return not self.unwritten and not self.lost


@contextlib.contextmanager
def told_when_seen(house: Any, tell: Callable[[int], None]) -> Iterator[None]:
    """Say the ledger index of its grant whenever a sealed value opens."""
    unsealer = house.door._unsealer
    real = unsealer.unseal

    def unseal(grant: Any, sealed: Any, now: float) -> str:
        value: str = real(grant, sealed, now)
        tell(grant.ledger_index)
        return value

    unsealer.unseal = unseal
    try:
        yield
    finally:
        del unsealer.unseal


class Desk:
    """A small library at work: each method is one piece of work that opens sealed values."""

    def __init__(self, house: Any, only: list[str] | None = None) -> None:
        from circumspect.records.patrons import cards
        from circumspect.records.patrons.registration import Registration, register
        from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

        self.house = house
        self.only = only
        self.clerk = staff("desk")
        self.kiosk = Actor(ActorKind.TERMINAL, "kiosk1")
        self.scanned = Circumstance.CARD_SCANNED
        self.patrons = [
            register(
                house,
                self.clerk,
                Registration(
                    name,
                    "Ada",
                    email=f"{name}@example.org",
                    street="12 Row",
                    city="Bend",
                    postcode="62191",
                    card_number=card,
                ),
            )
            for name, card in (("Zielinska", CARD), ("Okoye", ""), ("Murphy", ""))
        ]
        self.books = shelve(40)
        self._waited_for = self._title_of(self.books[0])
        self._seat = self._computer()
        cards.set_pin(house, self.clerk, self.patrons[0], "4821", circumstance=self.scanned)

    def work(self) -> dict[str, Work]:
        """The pieces of work, by name."""
        every = (
            self.look,
            self.page,
            self.serve,
            self.lend,
            self.change,
            self.pin,
            self.wait,
            self.elsewhere,
            self.owe,
            self.sit,
            self.letters,
        )
        return {work.__name__: work for work in every if self.only is None or work.__name__ in self.only}

    def look(self) -> object:
        """Open one record, as the desk does after a scan."""
        return self._open([self.patrons[0]], "serve at the desk", "card just scanned")

    def page(self) -> object:
        """Open a page of search results."""
        return self._open(self.patrons, "find a patron", "search by name")

    def _open(self, patrons: list[int], purpose: str, circumstance: str) -> object:
        from circumspect.records.patrons.registration import open_records
        from circumspect.trust.policy.request import Circumstance, Purpose

        return open_records(
            self.house,
            self.clerk,
            patrons,
            ["given_name", "family_name"],
            purpose=Purpose(purpose),
            circumstance=Circumstance(circumstance),
        )

    def serve(self) -> object:
        """Everything the desk shows of a patron."""
        from circumspect.records.circulation.serving import serve

        return serve(self.house, self.clerk, self.patrons[1], circumstance=self.scanned)

    def lend(self) -> object:
        """Take a book back and lend it again."""
        from circumspect.records.circulation.lending import check_in, check_out

        book = random.choice(self.books)
        check_in(self.house, self.clerk, book, branch="main")
        return check_out(self.house, self.clerk, self.patrons[2], book, branch="main")

    def change(self) -> object:
        """Correct a name: the index reads the old one."""
        from circumspect.records.patrons.registration import Change, change

        wanted = Change({"given_name": random.choice(["Ada", "Adela", "Ida"])})
        return change(self.house, self.clerk, self.patrons[2], wanted, circumstance=self.scanned)

    def pin(self) -> object:
        """Check a PIN."""
        from circumspect.records.patrons.cards import check_pin

        return check_pin(self.house, self.kiosk, self.patrons[0], "4821")

    def wait(self) -> object:
        """Place a hold, show it, cancel it."""
        from circumspect.records.circulation.requesting import place_hold
        from circumspect.records.holds import placing

        here: dict[str, Any] = {"circumstance": self.scanned}
        patron = self.patrons[1]
        place_hold(
            self.house, self.clerk, patron, placing.Wanted(self._waited_for), pickup_branch="main", **here
        )
        waits = placing.holds_of(self.house, self.clerk, patron, **here)
        return [placing.cancel(self.house, self.clerk, patron, hold.hold_id, **here) for hold in waits]

    def elsewhere(self) -> object:
        """Write down what another library is asked for, show it, cancel it."""
        from circumspect.records.ill import asking
        from circumspect.records.ill.citations import Citation

        here: dict[str, Any] = {"circumstance": self.scanned}
        patron = self.patrons[1]
        asking.ask(self.house, self.clerk, patron, Citation("Ferdydurke"), pickup_branch="main", **here)
        asked = asking.requests_of(self.house, self.clerk, patron, **here)
        return [asking.cancel(self.house, self.clerk, patron, each.request_id, **here) for each in asked]

    def owe(self) -> object:
        """Put money on deposit, and show what is owed and what is left."""
        from circumspect.records.fees import account, deposits
        from circumspect.records.fees.rules import Method

        here: dict[str, Any] = {"circumstance": self.scanned}
        patron = self.patrons[2]
        deposits.top_up(self.house, self.clerk, patron, 1, method=Method.CASH, branch="main", **here)
        return account.account(self.house, self.clerk, patron, **here)

    def sit(self) -> object:
        """Sit down at a public computer by card and PIN, and get up."""
        from circumspect.records.computers import sitting

        began = sitting.sign_in_card(self.house, self._seat, CARD, "4821")
        sitting.end(self.house, self._seat)
        sitting.confirm_wipe(self.house, self._seat)
        return began

    def letters(self) -> object:
        """Print a letter that waits."""
        from circumspect.offices.notices import byhand, outbox
        from circumspect.offices.notices.kinds import Channel, Kind, NoticeSettings

        link = self.house.vault.link(outbox.SERIES, self.patrons[1])
        outbox.put([
            outbox.Wish(
                link, (link.token,), (Kind.HOLD_CANCELLED,), Channel.POST, "main", self.house.today()
            )
        ])  # fmt: skip
        byhand.print_letters(self.house, self.clerk, NoticeSettings())
        return byhand.letters_came_out(self.house, well=True)

    def _title_of(self, barcode: str) -> int:
        from circumspect.records.catalog.models import Item

        title: int = Item.objects.get(barcode=barcode).title_id
        return title

    def _computer(self) -> int:
        from circumspect.records.computers import panel, places

        places.put_area("adult", "Adult computers", "main", session_minutes=60)
        seat = places.add_seat("Main 1", "adult").id
        panel.clear_by_hand(self.house, self.clerk, seat)
        return seat


# storage that fails


def under_faults(
    desk: Desk, witness: Witness, kinds: list[type[Exception]], *, rounds: int = 1, most: int = 10**9
) -> Findings:
    """Do every piece of work with storage failing at every call, before it and after it."""
    findings = Findings(known=witness.entries())
    for _ in range(rounds):
        for name, work in desk.work().items():
            for after in (False, True):
                for kind in kinds:
                    at = 0
                    while findings.runs < most:
                        at += 1
                        if not _one_fault(
                            desk, witness, findings, f"{name}, call {at}", work, at, after, kind
                        ):
                            break
    _still_there(witness, findings, "at the end", whole=True)
    return findings


def _one_fault(
    desk: Desk,
    witness: Witness,
    findings: Findings,
    name: str,
    work: Work,
    at: int,
    after: bool,
    kind: type[Exception],
) -> bool:
    """One run; whether the fault came at all."""
    from storage_faults import Fuse, fused

    def burn() -> None:
        raise kind("disk I/O error")

    def seen(index: int) -> None:
        findings.seen += 1
        if not witness.has(index):
            findings.unwritten.append(f"{name}: entry {index} not there when it was seen")

    findings.runs += 1
    desk.house.vault.forget_cached_keys()
    with told_when_seen(desk.house, seen), fused(Fuse(at, after=after, burn=burn)) as fuse:
        try:
            work()
        except Exception:  # noqa: BLE001 - whatever the failure became on its way up: what was seen is what counts
            findings.failed += 1
    _still_there(witness, findings, name)
    return fuse.burnt


def _still_there(witness: Witness, findings: Findings, name: str, *, whole: bool = False) -> None:
    """Whether what was ever in the ledger is there still: the last entries each time, all of them now and then."""
    since = 0 if whole or findings.runs % WHOLE_EVERY == 0 else max(0, len(findings.known) - 50)
    now = witness.entries(since)
    if any(now.get(index) != findings.known[index] for index in range(since, len(findings.known))):
        findings.lost.append(f"{name}: an entry is gone or changed")
    if sorted(now) != list(range(since, since + len(now))):
        findings.lost.append(f"{name}: the entries have a gap")
    findings.known |= now


# a process that is killed


def under_kills(desk: Desk, witness_of: Callable[[], Witness], *, rounds: int, timed: int) -> Findings:
    """Do every piece of work in a process that dies at every call; then die ``timed`` times at any moment."""
    from django.db import connections

    connections.close_all()
    witness = witness_of()
    findings = Findings(known=witness.entries())
    witness.close()
    for _ in range(rounds):
        for name, work in desk.work().items():
            for after in (False, True):
                at = 0
                while True:
                    at += 1
                    if not _one_kill(desk, witness_of, findings, f"{name}, call {at}", work, (at, after)):
                        break
    everything = list(desk.work().values())
    for number in range(timed):
        _one_kill(
            desk, witness_of, findings, f"timed {number}", lambda: [work() for work in everything], None
        )
    witness = witness_of()
    _still_there(witness, findings, "at the end", whole=True)
    witness.close()
    return findings


def _one_kill(
    desk: Desk,
    witness_of: Callable[[], Witness],
    findings: Findings,
    name: str,
    work: Work,
    step: tuple[int, bool] | None,
) -> bool:
    """One process; whether it died before its work was done."""
    findings.runs += 1
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        _die_at_work(desk, work, step, write_end)
    os.close(write_end)
    if step is None:
        time.sleep(random.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
    seen = [int(line) for line in _all_of(read_end).split()]
    _, status = os.waitpid(child, 0)
    witness = witness_of()
    findings.seen += len(seen)
    for index in seen:
        if not witness.has(index):
            findings.unwritten.append(f"{name}: entry {index} is not there after the kill")
    _still_there(witness, findings, name)
    witness.close()
    died = os.WIFSIGNALED(status)
    findings.failed += died
    return died


def _die_at_work(desk: Desk, work: Work, step: tuple[int, bool] | None, pipe: int) -> None:
    """In the child: work, telling what was seen, until killed."""
    from storage_faults import Fuse, fused

    def tell(index: int) -> None:
        os.write(pipe, b"%d\n" % index)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    try:
        with told_when_seen(desk.house, tell):
            if step is None:
                while True:
                    work()
            with fused(Fuse(step[0], after=step[1], burn=die)):
                work()
    finally:
        os._exit(0)


def _all_of(pipe: int) -> bytes:
    told = b""
    while True:
        ready, _, _ = select.select([pipe], [], [], 30)
        part = os.read(pipe, 65536) if ready else b""
        if not part:
            os.close(pipe)
            return told
        told += part


# doors that are broken on purpose


def opens_all_the_same(house: Any) -> None:
    """A door that opens although the ledger did not answer."""
    from circumspect.trust.door.errors import DoorClosed

    real = house.door._write

    def write(answers: Any) -> int:
        try:
            index: int = real(answers)
        except DoorClosed:
            index = 10**9
        return index

    house.door._write = write


def writes_afterwards(house: Any) -> None:
    """A door that opens at once, and writes when it is next asked."""
    real = house.door._write
    owed: list[Any] = []

    def write(answers: Any) -> int:
        while owed:
            real(owed.pop(0))
        owed.append(answers)
        size: int = house.ledger.size()
        return size

    house.door._write = write


TWINS = {"opens all the same": opens_all_the_same, "writes afterwards": writes_afterwards}


def main() -> int:
    """Run the attack in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--twin", choices=sorted(TWINS))
    parser.add_argument("--kills-only", action="store_true")
    parser.add_argument("--work", help="such as look,lend; all of it by default")
    options = parser.parse_args()
    with a_home() as home:
        from django.conf import settings

        house = a_house(home)
        desk = Desk(house, options.work.split(",") if options.work else None)
        if options.twin:
            TWINS[options.twin](house)
        ledger = settings.DATABASES["ledger"]
        clean = True
        if not options.kills_only:
            witness = Witness(ledger)
            kinds: list[type[Exception]] = [sqlite3.OperationalError, OSError]
            most = 6000 if options.full else 10**9
            found = under_faults(desk, witness, kinds, rounds=10**6 if options.full else 1, most=most)
            witness.close()
            clean = _print("faults", found) and clean
        kill_rounds, timed = (8, 4000) if options.full else (1, 20)
        found = under_kills(desk, lambda: Witness(ledger), rounds=kill_rounds, timed=timed)
        clean = _print("kill -9", found) and clean
    return 0 if clean else 1


def _print(name: str, found: Findings) -> bool:
    print(
        f"{name}: {found.runs} runs, {found.failed} of them cut short, {found.seen} values seen; "
        f"{len(found.unwritten)} unwritten, {len(found.lost)} entries lost"
    )
    for line in (found.unwritten + found.lost)[:5]:
        print("  " + line)
    return found.clean


if __name__ == "__main__":
    sys.exit(main())
