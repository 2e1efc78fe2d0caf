"""What all benches share: a home of their own, filled as asked, and figures printed one way.

Every bench says what it measured, prints the physical limit of the same run beside its figures, and
claims nothing: whoever reads compares.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

VERSION = "2026-11"


def make_home(folder: str | None = None) -> Any:
    """A new home in a temporary folder, its databases migrated; Django is set up on it."""
    from circumspect.home import Home

    root = Path(folder or tempfile.mkdtemp(prefix="circumspect-bench-"))
    if not folder:
        atexit.register(shutil.rmtree, root, ignore_errors=True)
    home = Home.create(root / "home", name="Bench Library", institution="1234", sample=True)
    os.environ["CIRCUMSPECT_HOME"] = str(home.root)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "circumspect.settings")
    import django

    django.setup()
    from django.core.management import call_command

    for alias in ("default", "keys", "ledger"):
        call_command("migrate", database=alias, verbosity=0)
    return home


def make_house(home: Any) -> Any:
    """A house with its keys, and a policy version in force."""
    from circumspect.trust.door.house import SIGNING_KEY, build_house
    from circumspect.trust.vault.vault import Vault

    Vault.create(home)
    home.write_key_file(SIGNING_KEY, os.urandom(32))
    return build_house(home, lambda: VERSION)


def clerk() -> Any:
    """A member of the desk staff who has signed."""
    from circumspect.trust.policy.request import Actor, ActorKind

    return Actor(ActorKind.STAFF, "1", frozenset({"desk"}), True, VERSION)


def add_items(count: int, start: int = 0) -> list[str]:
    """Items of ``count // 2`` titles, written straight into the catalog; their barcodes."""
    from circumspect.records import barcodes
    from circumspect.records.catalog.models import Branch, Item, ItemType, Title

    branch, _ = Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    kind, _ = ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})
    titles = [
        Title(source_key=f"bench:{start + n}", title=f"Bench title {start + n}")
        for n in range(max(1, count // 2))
    ]
    Title.objects.bulk_create(titles, batch_size=500)
    numbers = [barcodes.new_barcode(barcodes.BarcodeKind.ITEM, "1234", start + n) for n in range(count)]
    Item.objects.bulk_create(
        [
            Item(barcode=number, title=titles[n % len(titles)], item_type=kind, branch=branch)
            for n, number in enumerate(numbers)
        ],
        batch_size=500,
    )
    return numbers


FAMILY = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson "
    "Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young "
    "Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter "
    "Nowak Kowalski Wojcik Kaminski Lewandowski Zielinski Szymanski Wozniak Dabrowski Kozlowski Jankowski Mazur"
).split()
GIVEN = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica "
    "Thomas Sarah Karen Lisa Nancy Betty Sandra Ashley Kimberly Emily Donna Jose Maria Juan Carmen Luis Rosa Carlos Ana "
    "Jan Anna Piotr Katarzyna Krzysztof Malgorzata Andrzej Agnieszka"
).split()


def invented(start: int, count: int) -> list[Any]:
    """Registrations of invented people, common names being common; card numbers with check digits."""
    from circumspect.records import barcodes
    from circumspect.records.patrons.registration import Registration

    made = []
    for n in range(start, start + count):
        # Names repeat with a long tail: a few hundred thousand people share some ten thousand family names.
        base = FAMILY[(n * 7919) % len(FAMILY)]
        tail = "" if n % 3 == 0 else _syllables((n * 104729) % 30011)
        made.append(
            Registration(
                family_name=base + tail,
                given_name=GIVEN[(n * 31) % len(GIVEN)],
                card_number=barcodes.new_barcode(barcodes.BarcodeKind.PATRON, "1234", n),
                street=f"{n % 997} Prairie Street",
                city="Prairie Bend",
                postcode="60000",
                phone=f"708-{n % 900 + 100:03d}-{n % 10000:04d}",
                email=f"reader{n}@example.org",
                birth_date=dt.date(1930 + n % 85, n % 12 + 1, n % 28 + 1),
            )
        )
    return made


def _syllables(number: int) -> str:
    text = ""
    for _ in range(3):
        text += "bcdfglmnprst"[number % 12] + "aeiou"[number % 5]
        number //= 31
    return text


def percentile(seconds: Sequence[float], share: float) -> float:
    """That percentile, in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def figures(name: str, seconds: Sequence[float]) -> None:
    """Print one line: median, p95, p99, and how many a second one after the other."""
    total = sum(seconds)
    print(
        f"{name:<46} p50 {1000 * statistics.median(seconds):7.3f} ms   p95 {percentile(seconds, 0.95):7.3f} ms"
        f"   p99 {percentile(seconds, 0.99):7.3f} ms   {len(seconds) / total:9.0f}/s   n={len(seconds)}",
        flush=True,
    )


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Seconds of each of ``times`` runs."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begin)
    return spent


@contextlib.contextmanager
def on_its_own_core(times: int) -> Iterator[None]:
    """Print beneath a line what of it this process spent on a core: on a machine that others use too, the clock tells less."""
    began = time.process_time()
    yield
    print(f"{'':46} of it on this process's own core: {1000 * (time.process_time() - began) / times:.1f} ms")


def bare_transactions(folder: Path, seconds: float = 3.0) -> float:
    """The physical limit: six plain statements in one transaction, raw sqlite3, WAL, synchronous=FULL; a second."""
    connection = sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
        "CREATE TABLE patron (id INTEGER PRIMARY KEY, standing BLOB);"
        "CREATE TABLE item (id INTEGER PRIMARY KEY, status TEXT);"
        "CREATE TABLE loan (id INTEGER PRIMARY KEY, item INTEGER UNIQUE, link BLOB, due INTEGER);"
        "CREATE INDEX loan_link ON loan (link);"
        "CREATE TABLE tally (day TEXT, kind TEXT, count INTEGER, PRIMARY KEY (day, kind));"
        "INSERT INTO tally VALUES ('2026-11-22', 'loan', 0);"
    )
    rows = 20000
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO patron VALUES (?, ?)", ((n, os.urandom(120)) for n in range(rows)))
    connection.executemany("INSERT INTO item VALUES (?, 'available')", ((n,) for n in range(200_000)))
    connection.execute("COMMIT")
    count = 0
    end = time.perf_counter() + seconds
    begin = time.perf_counter()
    while time.perf_counter() < end:
        link = (count % rows).to_bytes(16, "big")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT standing FROM patron WHERE id = ?", (count % rows,)).fetchone()
        connection.execute("SELECT status FROM item WHERE id = ?", (count % 200_000,)).fetchone()
        connection.execute("SELECT count(*) FROM loan WHERE link = ?", (link,)).fetchone()
        connection.execute("UPDATE item SET status = 'on_loan' WHERE id = ?", (count % 200_000,))
        connection.execute(
            "INSERT OR REPLACE INTO loan VALUES (?, ?, ?, ?)", (count, count % 200_000, link, 0)
        )
        connection.execute("UPDATE tally SET count = count + 1 WHERE day = '2026-11-22' AND kind = 'loan'")
        connection.execute("COMMIT")
        count += 1
    rate = count / (time.perf_counter() - begin)
    connection.close()
    return rate


def machine() -> str:
    """One line on what this ran on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"python {sys.version.split()[0]}, sqlite {sqlite3.sqlite_version}, {os.cpu_count()} cores, load {load}"
