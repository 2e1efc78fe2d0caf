"""Visits: how many looks a second the annex counts, what a page pays for being counted, what a million visitors take.

    python -m bench.visits [--looks 200000] [--visitors 1000000]

The annex is a real process, told over its real socket, without waiting; what it could not take is lost, and said.
A page's price is the difference between sending a page through the middleware and telling of it afterwards: the
telling comes after the page has left, so that it holds a thread and delays no reader. The memory is the annex's
own peak, with a million visitors who all come within one half hour, which is the worst case, in one day.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import figures, machine, make_home

KINDS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14; Pixel {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Bingbot/{}.0; +http://www.bing.com/bingbot.htm)",
)
PAGES = [
    "",
    "news",
    "events",
    "catalogue",
    "hours",
    *(f"events/e{n}" for n in range(60)),
    *(f"news/n{n}" for n in range(60)),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=200_000)
    parser.add_argument("--visitors", type=int, default=1_000_000)
    parser.add_argument("--count-memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.count_memory:
        return memory(options.visitors)
    print(machine())
    make_home()
    throughput(options.looks)
    price_of_a_page()
    subprocess.run(
        [sys.executable, "-m", "bench.visits", "--count-memory", "--visitors", str(options.visitors)],
        check=True,
    )
    return None


def throughput(looks: int) -> None:
    """Tell a real annex as fast as it takes it."""
    from circumspect.visits.__main__ import arguments
    from circumspect.visits.settings import Settings
    from circumspect.visits.store import Store
    from circumspect.visits.tables import AREA, LEFT_OUT
    from circumspect.visits.telling import Line

    settings = Settings(Path(tempfile.mkdtemp(prefix="circumspect-visits-")) / "visits")
    annex = subprocess.Popen(arguments(settings, beside_server=False))
    while not settings.socket.exists():
        time.sleep(0.05)
    line, dice = Line(settings.socket), random.Random(1)
    made = [_look(dice) for _ in range(20_000)]
    began, waited = time.perf_counter(), 0
    for number in range(looks):
        while not line.send(made[number % len(made)]):
            waited += 1
            time.sleep(0.0005)
    spent = time.perf_counter() - began
    annex.send_signal(signal.SIGTERM)
    annex.wait(60)
    ended = time.perf_counter() - began
    store = Store(settings, to_read=True)
    counted = store.rows(f"SELECT SUM(views) FROM {AREA.name}")[0][0] or 0
    left_out = store.rows(f"SELECT SUM(times) FROM {LEFT_OUT.name}")[0][0] or 0
    print(
        f"counted by the annex                           {(counted + left_out) / ended:9,.0f} looks/s"
        f"   ({looks:,} told in {spent:.1f} s,"
        f" written in {ended:.1f} s; {counted + left_out:,} arrived, {left_out:,} of them programs; told again {waited:,} times)",
        flush=True,
    )
    # At the pace that is asked for nothing may be lost.
    annex = subprocess.Popen(arguments(settings, beside_server=False))
    while not settings.socket.exists():
        time.sleep(0.05)
    line, lost = Line(settings.socket), 0
    began = time.perf_counter()
    for number in range(25_000):
        lost += not line.send(made[number % len(made)])
        if number % 50 == 0:
            time.sleep(max(0.0, began + number / 5000 - time.perf_counter()))
    spent = time.perf_counter() - began
    annex.send_signal(signal.SIGTERM)
    annex.wait(60)
    print(
        f"at a steady pace                               {25_000 / spent:9,.0f} looks/s   lost {lost:,} of 25,000",
        flush=True,
    )


def price_of_a_page() -> None:
    """A page with and without being counted: what the reader waits, and what the thread does afterwards."""
    from django.conf import settings as django_settings
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.urls import resolve

    from circumspect.faces.site.counting import CountingMiddleware
    from circumspect.visits.__main__ import arguments
    from circumspect.visits.settings import settings_of

    settings = settings_of(django_settings.HOME)
    annex = subprocess.Popen(arguments(settings, beside_server=False))
    while not settings.socket.exists():
        time.sleep(0.05)
    body = b"x" * 20_000
    page = lambda _: HttpResponse(body)  # noqa: E731
    counted = CountingMiddleware(page)
    request = RequestFactory().get(
        "/library/events/?q=x", headers={"User-Agent": KINDS[0].format(126), "Referer": "https://a.example/b"}
    )
    request.resolver_match = resolve("/library/events/")
    bare, before, after = [], [], []
    for _ in range(20_000):
        began = time.perf_counter()
        page(request)
        bare.append(time.perf_counter() - began)
        began = time.perf_counter()
        response = counted(request)
        before.append(time.perf_counter() - began)
        began = time.perf_counter()
        response.close()
        after.append(time.perf_counter() - began)
    annex.terminate()
    annex.wait(60)
    figures("a page, not counted", bare)
    figures("a page, counted: until it leaves", before)
    figures("the telling, after it has left", after)


def memory(visitors: int) -> None:
    """A process that counts so many visitors of one day, all within half an hour."""
    import datetime as dt

    from circumspect.visits.counting import Counting

    counting, dice = Counting(), random.Random(2)
    began = time.perf_counter()
    for number in range(visitors):
        now = dt.datetime(2026, 11, 23, 10, number * 29 // visitors, tzinfo=dt.UTC)
        look = _look(dice)._replace(
            address=f"2001:db8:{number >> 16:x}:{number & 65535:x}::1",
            browser=KINDS[number % 4].format(100 + number % 40),
        )
        counting.count(look, now)
    spent = time.perf_counter() - began
    # The peak of this program alone: a child begins with its parent's.
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    visits = sum(
        sums[1]
        for table, rows in counting.take().items()
        if table.name == "visits_area"
        for sums in rows.values()
    )
    print(
        f"{visitors:,} visitors within half an hour        {peak / 1024:9,.0f} MB at the peak"
        f"   ({visits:,} visits; {visitors / spent:,.0f} counts/s)",
        flush=True,
    )


def _look(dice: random.Random):
    from circumspect.visits.reducing import Look

    page = dice.choice(PAGES)
    browser = dice.choices(KINDS, (40, 20, 25, 12, 3))[0].format(dice.randrange(100, 130))
    return Look(
        page.partition("/")[0] or "home",
        page,
        dice.choice(["", "", "a.example", "b.example"]),
        dice.choice(["en", "es", "pl"]),
        f"10.{dice.randrange(4)}.{dice.randrange(256)}.{dice.randrange(256)}",
        browser,
    )


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    main()
