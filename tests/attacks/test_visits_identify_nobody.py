"""Counts of visits identify nobody (guarantee 12, the website's half).

The short form; the long one is ``visits_enumerated.py``, which can go through all IPv4 with 50 browsers. None of its tries
helps, for there is nothing left to compare them with.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import os
import random
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from counted_visits import SignIn, dealt_anew, enumerate_visitors, files_of, guesses_right, memory_of

from circumspect.visits.counting import Counting, Sums
from circumspect.visits.reducing import Look
from circumspect.visits.settings import Settings
from circumspect.visits.store import Store
from circumspect.visits.tables import PAGE

pytestmark = pytest.mark.attack(12)

LONG = os.environ.get("ATTACKS") == "long"
DAY = dt.date(2026, 11, 23)
BROWSERS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in range(80, 84)]
FIRST = int(ipaddress.IPv4Address("198.51.100.0"))
ADDRESSES = [str(ipaddress.IPv4Address(FIRST + n)) for n in range(128)]
VISITORS = [(ADDRESSES[n], BROWSERS[n % 4]) for n in range(0, 120, 3)]


def a_day(counting: Counting) -> None:
    """Forty visitors, over a day."""
    for place, (address, browser) in enumerate(VISITORS):
        now = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC) + dt.timedelta(minutes=15 * place)
        counting.count(Look("events", f"events/{place % 7}", "example.org", "en", address, browser), now)


def everything(folder: Path, counting: Counting, keys: Path) -> list[bytes]:
    return [*files_of(folder, keys), *memory_of(counting)]


def the_day_is_over(tmp_path: Path, counting: Counting) -> tuple[Path, Path]:
    """A folder as the annex leaves it at midnight, and a folder of the house's keys."""
    keys = tmp_path / "keys"
    keys.mkdir()
    for name in ("kek", "signing"):
        (keys / name).write_bytes(secrets.token_bytes(32))
    settings = Settings(tmp_path / "visits")
    store = Store(settings)
    a_day(counting)
    store.add(counting.take())
    store.close()
    counting.pass_time(dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC))
    return settings.folder, keys


@pytest.mark.clause("TH-2.4", "TH-2.8", "TH-2.9")
def test_with_all_stores_and_secrets_no_visitor_is_confirmed(tmp_path: Path):
    counting = Counting()
    folder, keys = the_day_is_over(tmp_path, counting)
    material = everything(folder, counting, keys)

    assert sum(map(len, material)) > 20_000
    assert enumerate_visitors(material, DAY, ADDRESSES, BROWSERS) == set()


def test_nothing_is_confirmed_while_the_day_lasts_either_from_what_is_on_disk(tmp_path: Path):
    """The process stops in mid-day: it writes sums, and its salt goes with it."""
    settings = Settings(tmp_path / "visits")
    counting = Counting()
    store = Store(settings)
    a_day(counting)
    store.add(counting.take())
    store.close()

    assert enumerate_visitors(files_of(settings.folder), DAY, ADDRESSES, BROWSERS) == set()


class KeepsItsSketch(Counting):
    """A twin that writes down who was here when it stops, as some do to count on after a restart."""

    def write(self, folder: Path) -> None:
        (folder / "sketch").write_bytes(
            self._recent._now.keys.tobytes() + self._recent._before.keys.tobytes()
        )


class ForgetsNobody(Counting):
    """A twin that begins a day with a new salt, and leaves the old day's numbers where they were."""

    def turn(self, day: dt.date) -> None:
        self._left = [self._recent, *getattr(self, "_left", [])]
        self._recent = type(self._recent)()
        super().turn(day)


def of_the_date(day: dt.date) -> bytes:
    return hashlib.sha256(day.isoformat().encode()).digest()


def test_a_twin_whose_salt_is_a_digest_of_the_date_is_caught(tmp_path: Path):
    twin = KeepsItsSketch(salt=of_the_date)
    a_day(twin)
    twin.write(tmp_path)

    found = enumerate_visitors(files_of(tmp_path), DAY, ADDRESSES, BROWSERS)
    assert found
    assert found <= set(VISITORS)


def test_a_twin_that_writes_its_salt_down_when_it_stops_is_caught(tmp_path: Path):
    salt = secrets.token_bytes(32)
    twin = KeepsItsSketch(salt=lambda _day: salt)
    a_day(twin)
    twin.write(tmp_path)
    (tmp_path / "salt").write_bytes(salt)

    assert enumerate_visitors(files_of(tmp_path), DAY, ADDRESSES, BROWSERS)


def test_a_twin_that_keeps_yesterday_in_memory_is_caught(tmp_path: Path):
    twin = ForgetsNobody(salt=of_the_date)
    folder, keys = the_day_is_over(tmp_path, twin)

    assert enumerate_visitors(everything(folder, twin, keys), DAY, ADDRESSES, BROWSERS)


# linking

PAGES = [f"page-{n}" for n in range(8)]
DAYS = 300 if LONG else 30


def a_month(counting: Counting) -> tuple[Sums, list[SignIn]]:
    """Patrons read a page and sign in some minutes later; others only read."""
    dice = random.Random(12)
    events: list[tuple[dt.datetime, str]] = []
    sign_ins = []
    for day in range(DAYS):
        morning = dt.datetime(2026, 1, 1, 8, 0, tzinfo=dt.UTC) + dt.timedelta(days=day)
        for _ in range(30):
            at = morning + dt.timedelta(seconds=dice.randrange(12 * 3600))
            page = dice.choice(PAGES)
            sign_ins.append(SignIn(at, page))
            events.append((at - dt.timedelta(minutes=dice.randrange(1, 10)), page))
        events += [
            (morning + dt.timedelta(seconds=dice.randrange(12 * 3600)), dice.choice(PAGES)) for _ in range(40)
        ]
    for number, (at, page) in enumerate(sorted(events)):
        counting.count(Look("news", page, "", "en", f"a{number}", BROWSERS[0]), at)
    return counting.take(), sign_ins


def lead_over_chance(make: Callable[[], Counting]) -> float:
    """By how much the linker beats chance, as a share of all sign-ins."""
    sums, sign_ins = a_month(make())
    dice = random.Random(7)
    by_chance = [guesses_right(sums, dealt_anew(sign_ins, dice)) for _ in range(5)]
    return (guesses_right(sums, sign_ins) - sum(by_chance) / len(by_chance)) / len(sign_ins)


class CountsByTheMinute(Counting):
    """A twin whose day is a minute."""

    FORM = "%Y-%m-%dT%H:%M"

    def count(self, look: Look, now: dt.datetime) -> None:
        super().count(look, now)
        self._add(PAGE, (now.strftime(self.FORM), look.area, look.page), 1)


class CountsByTheHour(CountsByTheMinute):
    """A twin that counts pages by the hour, which sounds harmless."""

    FORM = "%Y-%m-%dT%H"


@pytest.mark.clause("TH-2.5", "TH-2.8", "TH-2.9")
def test_sign_ins_and_counts_cannot_be_put_together():
    """Exactly chance, for no count that names a page knows a time of day."""
    assert lead_over_chance(Counting) == 0


@pytest.mark.parametrize("twin", [CountsByTheMinute, CountsByTheHour])
def test_twins_that_count_pages_by_a_time_of_day_are_caught(twin: type[Counting]):
    assert lead_over_chance(twin) > 0.05
