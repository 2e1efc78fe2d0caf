"""The desk over HTTP: a patron's page, whatever they have out; and the server's memory under load.

    python -m bench.desk_page [--minutes 2]

A real server on a sample library of its own; a real sign-in; one clerk scanning. ``--minutes 60`` is
the hour's load.
"""

from __future__ import annotations

import argparse
import csv
import http.cookiejar
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.parse
import urllib.request
from pathlib import Path

from bench.common import figures, machine

COMMAND = str(Path(sys.executable).with_name("circumspect"))


class Desk:
    """A browser without a screen: keeps the cookie, fills in the forms it is given."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        self.page = ""

    def get(self, path: str) -> None:
        """Read a page."""
        with self._opener.open(self.address + path, timeout=30) as answer:
            self.page = answer.read().decode()

    def submit(self, path: str, **fields: str) -> None:
        """Send the page's hidden fields with these."""
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', self.page))
        data = urllib.parse.urlencode({**hidden, **fields}).encode()
        request = urllib.request.Request(
            self.address + path, data, {"Origin": self.address, "Referer": self.address + path}
        )
        with self._opener.open(request, timeout=30) as answer:
            self.page = answer.read().decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2)
    minutes = parser.parse_args().minutes
    folder = Path(tempfile.mkdtemp(prefix="circumspect-bench-"))
    home = folder / "home"
    subprocess.run([COMMAND, "init", str(home), "--sample"], check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [COMMAND, "serve", "--home", str(home), "--http", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL
    )
    try:
        run(f"http://127.0.0.1:{port}", server.pid, minutes)
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def run(address: str, pid: int, minutes: float) -> None:
    from circumspect import sample

    desk = Desk(address)
    for _ in range(100):
        try:
            desk.get("/sign-in/")
            break
        except OSError:
            time.sleep(0.2)
    clerk = next(
        one
        for one in tomllib.loads((sample.folder() / "staff.toml").read_text())["staff"]
        if one["username"] == "clerk"
    )
    desk.submit("/sign-in/", username=clerk["username"], password=clerk["password"])
    desk.get("/")
    print(machine())
    with (sample.folder() / "loans.csv").open(encoding="utf-8") as rows:
        out: dict[str, int] = {}
        for row in csv.DictReader(rows):
            out[row["card_number"]] = out.get(row["card_number"], 0) + 1
    most = max(out, key=lambda card: out[card])
    few = next(card for card, count in out.items() if count == 4)
    start = memory(pid)
    for card in (few, most):
        scan(desk, card, 20)
        figures(f"desk page of a patron with {out[card]} loans", scan(desk, card, 300))
    end = time.monotonic() + 60 * minutes
    pages = 0
    cards = list(out)
    peak = memory(pid)
    spent: list[float] = []
    while time.monotonic() < end:
        spent += scan(desk, cards[pages % len(cards)], 1)
        pages += 1
        if pages % 50 == 0:
            peak = max(peak, memory(pid))
    if spent:
        print(f"load of {minutes:g} min: {pages} pages, p50 {1000 * statistics.median(spent):.1f} ms")
    end_now = memory(pid)
    print(
        f"memory of the server, children included: {start:.0f} MB at start, {peak:.0f} MB at most, {end_now:.0f} MB at the end"
    )


def scan(desk: Desk, card: str, times: int) -> list[float]:
    """Open a patron's page so many times; seconds of each."""
    spent = []
    for _ in range(times):
        desk.get("/")
        begin = time.perf_counter()
        desk.submit("/", scan=card)
        spent.append(time.perf_counter() - begin)
        assert 'class="who' in desk.page or "OK to borrow" in desk.page or "Blocked" in desk.page, desk.page[
            :2000
        ]
    return spent


def memory(pid: int) -> float:
    """Resident memory of a process and its children, in MB."""
    total = 0
    children = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    for one in [str(pid), *children]:
        try:
            status = Path(f"/proc/{one}/status").read_text()
        except OSError:
            continue
        if found := re.search(r"VmRSS:\s+(\d+) kB", status):
            total += int(found.group(1))
    return total / 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "circumspect.settings")
    main()
