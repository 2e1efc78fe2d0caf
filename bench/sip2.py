"""SIP2 over a real socket: patron information, check-out, check-in; one connection, then many.

    python -m bench.sip2 [--patrons 1000] [--items 2000] [--seconds 10] [--with-pin]

The server is the real one, in its own process; machine and server share this computer. An answer that is not
*ok*, or not of what was asked, ends the bench: nothing is counted that was not done. Beside the figures stand the
bare transaction rate and the echo of a raw socket of the same run. Memory is what both of the server's
processes hold alone (PSS), with 64 connections waiting and 4 at work.

With ``--with-pin`` every patron has a PIN, which costs a slow hash at the first message of each errand.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.common import add_items, bare_transactions, figures, invented, machine, make_home, percentile

PIN = "7391"
KINDS = ("patron information", "check-out", "check-in")
IDLE, BUSY = 64, 4
LOADS = (4, 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patrons", type=int, default=1000)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--with-pin", action="store_true")
    parser.add_argument("--json", default="", help="Write the figures to this file too.")
    arguments = parser.parse_args()
    home = make_home()
    cards, items, machine_account = fill(home, arguments)
    print(machine())
    bare = bare_transactions(home.data)
    print(f"bare transaction of six statements, raw sqlite3, synchronous=FULL: {bare:.0f}/s")
    figures("raw socket, 120 bytes there and 160 back", echoes(3000))
    told: dict[str, Any] = {"bare_per_second": bare, "patrons": arguments.patrons, "items": arguments.items}
    with serving(home) as (port, process):
        pin = PIN if arguments.with_pin else ""
        for connections in (1, 4, 64):
            spent, wall = run(port, machine_account, cards, items, connections, arguments.seconds, pin)
            told[f"{connections} connections"] = say(connections, spent, wall, bare)
        told["account"] = weigh(port, machine_account, cards, items, pin)
        told["megabytes"] = memory(port, machine_account, cards, items, process, pin)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(told, indent=2))


def fill(home: Any, arguments: argparse.Namespace) -> tuple[list[str], list[str], tuple[str, str]]:
    """Patrons, items and one self-check."""
    from bench.common import clerk, make_house
    from circumspect.faces.cli import making
    from circumspect.offices.terminals import accounts
    from circumspect.records.circulation.models import LoanRule
    from circumspect.records.patrons import cards as card_room
    from circumspect.records.patrons.registration import register_many
    from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

    house = make_house(home)
    making.publish_policy(home)
    job = Actor(ActorKind.JOB, "import")
    cards, patrons = [], []
    for start in range(0, arguments.patrons, 500):
        batch = invented(start, min(500, arguments.patrons - start))
        patrons += register_many(house, job, batch)
        cards += [each.card_number for each in batch]
    items = add_items(arguments.items)
    # So that an account may hold hundreds.
    LoanRule.objects.create(period=21, renewals=2, max_items=1000)
    if arguments.with_pin:
        # A PIN for each costs a hash of some milliseconds: only as many patrons come as can be given one.
        cards = cards[: min(len(cards), 400)]
        for patron in patrons[: len(cards)]:
            card_room.set_pin(house, clerk(), patron, PIN, circumstance=Circumstance.CARD_SCANNED)
    choices = accounts.Choices(pin_required=arguments.with_pin)
    added = accounts.add(house, "bench", "self_check", branch="main", choices=choices)
    return cards, items, (added.account.name, added.password)


@contextmanager
def serving(home: Any) -> Iterator[tuple[int, int]]:
    """The real server on this home: the port for machines, and the process."""
    from django.db import connections

    connections.close_all()
    web, sip2 = free_port(), free_port()
    command = [sys.executable, "-c", "from circumspect.faces.cli.main import main; main()", "serve"]
    options = ["--home", str(home.root), "--http", f"127.0.0.1:{web}", "--sip2", f"127.0.0.1:{sip2}"]
    server = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", sip2), timeout=1):
                break
            time.sleep(0.05)
        yield sip2, server.pid
    finally:
        server.terminate()
        server.wait(60)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Machine:
    """One connection of a self-check: says a line, waits for its answer, looks whether it is right."""

    def __init__(self, port: int, account: tuple[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._sequence = 0
        if self._ask(f"9300CN{account[0]}|CO{account[1]}|") != "941":
            raise SystemExit("the machine could not log in")

    def _ask(self, text: str) -> str:
        self._sequence = (self._sequence + 1) % 10
        line = f"{text}AY{self._sequence}AZ".encode()
        line += b"%04X\r" % (-sum(line) & 0xFFFF)
        self._socket.sendall(line)
        while b"\r" not in self._rest:
            data = self._socket.recv(65536)
            if not data:
                raise SystemExit("the server has hung up")
            self._rest += data
        answer, _, self._rest = self._rest.partition(b"\r")
        if (sum(answer[:-4]) + int(answer[-4:], 16)) & 0xFFFF or answer[-7:-6] != b"%d" % self._sequence:
            raise SystemExit("an answer with a wrong checksum or sequence number")
        return answer[:-9].decode()

    def patron(self, card: str, pin: str) -> None:
        """63, which has to say that the card is good."""
        secret = f"AD{pin}|" if pin else ""
        told = self._ask(f"63000{_now()}{'':10}AO1234|AA{card}|AC|{secret}")
        if told[:2] != "64" or "|BLY|" not in told or f"|AA{card}|" not in told:
            raise SystemExit("patron information was not ok")

    def check_out(self, card: str, item: str) -> None:
        """11, which has to lend."""
        told = self._ask(f"11NN{_now()}{'':18}AO1234|AA{card}|AB{item}|AC|")
        if told[:3] != "121" or f"|AB{item}|" not in told or "|AH20" not in told:
            raise SystemExit(f"a check-out was not ok: {told[:3]}")

    def check_in(self, item: str) -> None:
        """09, which has to take back."""
        told = self._ask(f"09N{_now()}{_now()}APmain|AO1234|AB{item}|AC|")
        if told[:3] != "101" or f"|AB{item}|" not in told:
            raise SystemExit("a check-in was not ok")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _now() -> str:
    return time.strftime("%Y%m%d    %H%M%S")


Spent = dict[str, list[float]]


def errands(one: Machine, cards: list[str], items: list[str], until: float, spent: Spent, pin: str) -> None:
    """Visit after visit: who it is, two items out, two items back."""
    visit = 0
    while time.perf_counter() < until:
        card = cards[visit % len(cards)]
        pair = [items[(2 * visit + n) % len(items)] for n in range(2)]
        steps = [(KINDS[0], lambda: one.patron(card, pin))]  # noqa: B023 (called before the next turn)
        steps += [(KINDS[1], lambda item=item: one.check_out(card, item)) for item in pair]  # noqa: B023
        steps += [(KINDS[2], lambda item=item: one.check_in(item)) for item in pair]
        for kind, step in steps:
            begin = time.perf_counter()
            step()
            spent[kind].append(time.perf_counter() - begin)
        visit += 1


def run(
    port: int,
    account: tuple[str, str],
    cards: list[str],
    items: list[str],
    connections: int,
    seconds: float,
    pin: str,
) -> tuple[Spent, float]:
    """So many connections at once, each with patrons and items of its own."""
    machines = [Machine(port, account) for _ in range(connections)]
    shares = [
        (cards[n::connections], items[n::connections], {kind: [] for kind in KINDS})
        for n in range(connections)
    ]
    failed: list[BaseException] = []

    def one(number: int, until: float) -> None:
        try:
            own_cards, own_items, spent = shares[number]
            errands(machines[number], own_cards, own_items, until, spent, pin)
        except BaseException as problem:
            failed.append(problem)

    begin = time.perf_counter()
    threads = [threading.Thread(target=one, args=(n, begin + seconds)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - begin
    for each in machines:
        each.close()
    if failed:
        raise SystemExit(f"not counted: {failed[0]}")
    together: Spent = {kind: [value for _, _, spent in shares for value in spent[kind]] for kind in KINDS}
    return together, wall


def say(connections: int, spent: Spent, wall: float, bare: float) -> dict[str, Any]:
    """Print one run, and give its figures."""
    messages = sum(len(values) for values in spent.values())
    lent = len(spent["check-out"]) / wall
    print(
        f"\n{connections} connection{'s' if connections > 1 else ''}: {messages / wall:.0f} messages a second",
        end="",
    )
    print(f", {lent:.0f} check-outs a second")
    told: dict[str, Any] = {"messages_per_second": messages / wall, "check_outs_per_second": lent}
    for kind, values in spent.items():
        figures(f"  {kind}", values)
        told[kind] = {"p50_ms": 1000 * statistics.median(values), "p99_ms": percentile(values, 0.99)}
    if connections == 1:
        alone = 1 / statistics.mean(spent["check-out"])
        print(
            f"  check-outs one after the other: {alone:.0f}/s = {100 * alone / bare:.1f} % of the bare rate"
        )
        told["check_outs_of_bare"] = alone / bare
    return told


def weigh(
    port: int, account: tuple[str, str], cards: list[str], items: list[str], pin: str
) -> dict[str, dict[str, float]]:
    """Whether an account with many loans is as quick as one with few."""
    one = Machine(port, account)
    left = list(items[-2 * sum(LOADS) :])
    accounts = dict(zip(LOADS, cards[-len(LOADS) :], strict=True))
    out = {load: [left.pop() for _ in range(load)] for load in LOADS}
    spent: dict[int, Spent] = {load: {kind: [] for kind in KINDS} for load in LOADS}
    for load, card in accounts.items():
        one.patron(card, pin)
        for item in out[load]:
            one.check_out(card, item)
    # In turns, so that whatever else the machine does weighs on both alike.
    for _ in range(300):
        for load, card in accounts.items():
            for kind, step in (
                (KINDS[0], lambda: one.patron(card, pin)),  # noqa: B023 (called at once)
                (KINDS[1], lambda: one.check_out(card, left[0])),  # noqa: B023
                (KINDS[2], lambda: one.check_in(left[0])),
            ):
                begin = time.perf_counter()
                step()
                spent[load][kind].append(time.perf_counter() - begin)
    for load in LOADS:
        for item in out[load]:
            one.check_in(item)
    one.close()
    print()
    told: dict[str, dict[str, float]] = {}
    for load, by_kind in spent.items():
        for kind, values in by_kind.items():
            figures(f"  {kind}, {load} out", values)
        told[str(load)] = {kind: 1000 * statistics.median(values) for kind, values in by_kind.items()}
    few, many = (told[str(load)] for load in LOADS)
    ratios = ", ".join(f"{kind} {many[kind] / few[kind]:.2f}x" for kind in KINDS)
    print(f"  {LOADS[1]} loans against {LOADS[0]}, at the middle: {ratios}")
    return told


def memory(
    port: int, account: tuple[str, str], cards: list[str], items: list[str], process: int, pin: str
) -> float:
    """Megabytes that both processes of the server hold, with 64 connections idle and 4 busy."""
    idle = [Machine(port, account) for _ in range(IDLE)]
    run(port, account, cards, items, BUSY, 3.0, pin)
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    total = sum(_pss(int(each)) for each in (process, *children)) / 1024
    print(f"\n{IDLE} connections idle and {BUSY} busy: {total:.0f} MB in {1 + len(children)} processes")
    for each in idle:
        each.close()
    return total


def _pss(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def echoes(times: int) -> list[float]:
    """Seconds of each round of a socket that only echoes, in another process."""
    port = free_port()
    other = multiprocessing.Process(target=_echo, args=(port,), daemon=True)
    other.start()
    line: socket.socket | None = None
    for _ in range(200):
        with suppress(OSError):
            line = socket.create_connection(("127.0.0.1", port), timeout=5)
            break
        time.sleep(0.02)
    assert line is not None
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        line.sendall(b"x" * 120)
        got = 0
        while got < 160:
            got += len(line.recv(4096))
        spent.append(time.perf_counter() - begin)
    line.close()
    other.join(5)
    return spent


def _echo(port: int) -> None:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(1)
        line, _ = listening.accept()
        with line:
            while line.recv(4096):
                line.sendall(b"y" * 160)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "circumspect.settings")
    main()
