"""The enumerator of ``counted_visits`` in its long form: every IPv4 address with fifty browsers, in C, on every core.

    python tests/attacks/visits_enumerated.py [--minutes 5] [--salts dates|all]

A compiler (``cc``) makes the attacker when it is run. It first shows that it finds: the numbers of a twin that kept its sketch
and its salt, and of one whose salt is a digest of the date, are confirmed, and Python's own BLAKE2b finds the same. Then it
takes what an annex leaves of a day that is over, and tries addresses in blocks of 65,536, the neighbourhood of the visitors
first and the rest in an order of chance, each with every salt, as far as the minutes go; it says how far that was and how
long the whole would take. ``--minutes 0`` goes on to the end.

Source: guarantee 12.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import hashlib
import os
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import numpy as np
from counted_visits import enumerate_visitors, files_of, memory_of, salts_of

from circumspect.visits.counting import Counting
from circumspect.visits.reducing import Look
from circumspect.visits.settings import Settings
from circumspect.visits.store import Store

DAY = dt.date(2026, 11, 23)
BROWSERS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(80, 130)]
NEAR = int(IPv4Address("198.51.0.0"))
BLOCK = 2**16
Visitor = tuple[str, str]
VISITORS = [(str(IPv4Address(NEAR + 256 * 100 + n)), BROWSERS[n % 50]) for n in range(0, 120, 3)]
_MOST_FOUND = 4096


class Enumerator:
    """Everything in which a visitor's number could stand, and the machine that looks for it there."""

    def __init__(self, folder: Path, material: Iterable[bytes], browsers: Sequence[str]) -> None:
        if any(len(each) > 128 - 16 or not each.isascii() for each in browsers):
            raise ValueError("a browser's name is at most 112 plain characters here: one block")
        made = folder / "visits_enumerated.so"
        if not made.exists():
            source = Path(__file__).with_suffix(".c")
            command = ["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", str(made), str(source)]
            subprocess.run(command, check=True)
        self._run = ctypes.CDLL(str(made)).enumerate_range
        self._run.restype = ctypes.c_int64
        whole = np.frombuffer(b"\x00".join(material), dtype=np.uint8)
        windows = np.lib.stride_tricks.sliding_window_view(whole, 8)
        self._there = np.unique(np.ascontiguousarray(windows).view("<u8").ravel())
        low = self._there & np.uint64(0x3FFFFF)
        bits = np.zeros(2**22, dtype=np.uint8)
        bits[low.astype(np.int64)] = 1
        self._filter = np.packbits(bits, bitorder="little")
        self.browsers = list(browsers)
        self._names = (ctypes.c_char_p * len(browsers))(*[each.encode() for each in browsers])

    def found(self, salt: bytes, first: int, count: int) -> set[Visitor]:
        """Visitors of a range of addresses that a salt confirms."""
        room = np.zeros((_MOST_FOUND, 2), dtype=np.uint32)
        hits = self._run(
            ctypes.c_char_p(salt),
            ctypes.c_int(len(salt)),
            ctypes.c_uint32(first),
            ctypes.c_uint32(count),
            self._names,
            ctypes.c_int(len(self.browsers)),
            self._there.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int64(len(self._there)),
            self._filter.ctypes.data_as(ctypes.c_void_p),
            room.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int64(_MOST_FOUND),
        )
        return {
            (str(IPv4Address(int(address))), self.browsers[browser])
            for address, browser in room[: min(hits, _MOST_FOUND)]
        }


def a_day(counting: Counting) -> None:
    """Forty visitors, over a day."""
    for place, (address, browser) in enumerate(VISITORS):
        now = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC) + dt.timedelta(minutes=15 * place)
        counting.count(Look("events", f"events/{place % 7}", "example.org", "en", address, browser), now)


def left_of_a_day(folder: Path) -> list[bytes]:
    """Every file and all the memory of an annex whose day is over, and keys of a house."""
    keys = folder / "keys"
    keys.mkdir()
    for name in ("kek", "signing"):
        (keys / name).write_bytes(secrets.token_bytes(32))
    settings, counting = Settings(folder / "visits"), Counting()
    store = Store(settings)
    a_day(counting)
    store.add(counting.take())
    store.close()
    counting.pass_time(dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC))
    return [*files_of(settings.folder, keys), *memory_of(counting)]


def show_that_it_finds(folder: Path) -> None:
    """Twins that keep their sketch: with their salt, what Python finds is found, and every visitor that the sketch holds.

    Raises:
        AssertionError: The attacker is blunt, and what it does not find would mean nothing.
    """
    dated = hashlib.sha256(DAY.isoformat().encode()).digest()
    near = [str(IPv4Address(NEAR + 256 * 100 + n)) for n in range(128)]
    for salt in (dated, secrets.token_bytes(32)):
        twin = Counting(salt=lambda _day, salt=salt: salt)  # type: ignore[misc]
        a_day(twin)
        recent: Any = twin._recent
        sketch = [recent._now.keys.tobytes() + recent._before.keys.tobytes()]
        if salt != dated:
            sketch.append(b"salt: " + salt)
        attacker = Enumerator(folder, sketch, BROWSERS)
        found = {
            each for one in salts_of(sketch, DAY) for each in attacker.found(one, NEAR + 256 * 96, 2**11)
        }
        by_python = enumerate_visitors(sketch, DAY, near, BROWSERS)
        if not found or found != by_python or not found <= set(VISITORS):
            raise AssertionError("the attacker in C does not find what is there")


def blocks() -> Iterator[int]:
    """Where each block of addresses begins: the visitors' own first, then all others in an order of chance."""
    others = [at * BLOCK for at in range(2**16) if at * BLOCK != NEAR]
    random.Random(12).shuffle(others)
    yield from (NEAR, *others)


def main() -> int:
    """Run it; 1 where a visitor is confirmed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--salts", choices=("dates", "all"), default="all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show_that_it_finds(folder)
        print("twins that keep a sketch are found out, the same visitors by C and by Python", flush=True)
        material = left_of_a_day(folder)
        salts = list(salts_of(material if given.salts == "all" else [], DAY))
        attacker = Enumerator(folder, material, BROWSERS)
        began, spent = time.monotonic(), time.process_time()
        ends_at = began + given.minutes * 60 if given.minutes else float("inf")
        found: set[Visitor] = set()
        tried = whole_blocks = 0

        def one(first: int, salt: bytes) -> int:
            if time.monotonic() >= ends_at:
                return 0
            found.update(attacker.found(salt, first, BLOCK))
            return BLOCK * len(BROWSERS)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for first in blocks():
                done = list(pool.map(lambda salt, first=first: one(first, salt), salts))  # type: ignore[misc]
                tried += sum(done)
                whole_blocks += all(done)
                if not all(done):
                    break
    took, worked = time.monotonic() - began, time.process_time() - spent
    each_salt = 2**32 * len(BROWSERS) * worked / max(1, tried)
    print(
        f"{len(salts):,} salts over {sum(map(len, material)):,} bytes; {tried:,} guesses in {took:.0f} s, "
        f"{tried / worked / 1e6:.1f} million a second of one core's own work\n"
        f"{whole_blocks:,} of 65,536 blocks of addresses with every salt and {len(BROWSERS)} browsers; all IPv4 with one salt "
        f"takes {each_salt / 3600:.1f} hours of one core, with all of them {each_salt * len(salts) / 86400:,.1f} days\n"
        f"visitors confirmed: {len(found)}"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
