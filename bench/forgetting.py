"""Forgetting at size: a month's keys, a sweep beside a working desk, and one patron among a million.

    python -m bench.forgetting [--rows 1000000] [--patrons 1000000] [--only sweep | erase]

Rows are written by the database itself: random links, as many as asked. The desk is a process of its own that lends and
takes back without a pause; its times alone and beside the sweep stand side by side. The limit beside the sweep: the same
rows deleted by raw sqlite3, in the same pages, with nothing of ours.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.common import add_items, clerk, figures, invented, machine, make_home, make_house, percentile

# A thousand numbers, then their products: no table is needed to count from.
_NUMBERS = "WITH RECURSIVE n (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {last})"
_SECONDS_ALONE = 12.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--patrons", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sweep", "erase"))
    parser.add_argument("--desk", help="work as a desk on this home, and print the times")
    options = parser.parse_args()
    if options.desk:
        desk(options.desk)
        return
    home = make_home()
    house = make_house(home)
    print(machine())
    if options.only != "erase":
        month(house, options.rows // 2)
        sweep(home, house, options.rows)
    if options.only != "sweep":
        erase(house, options.patrons)
    print(machine())


def fill(table: str, columns: str, values: str, first: int, count: int) -> None:
    """Rows numbered from ``first``, written by the database itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("PRAGMA cache_size = -300000")
        numbers = _NUMBERS.format(first=first, last=first + count - 1)
        cursor.execute(f"INSERT INTO {table} ({columns}) {numbers} SELECT {values} FROM n")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.execute("PRAGMA foreign_keys = ON")


def month(house: Any, rows: int) -> None:
    """Destroy the keys of an epoch that so many loans rest in."""
    from circumspect.records.circulation.models import Loan

    epoch = house.vault.link("loans", 1).epoch
    add_items(2)
    begin = time.perf_counter()
    fill(
        "catalog_item",
        "id, barcode, title_id, item_type_id, branch_id, call_number, status",
        "n, 'bench' || n, 1, 'book', 'main', '', 'on_loan'",
        10_000_000,
        rows,
    )
    columns = [field.column for field in Loan._meta.concrete_fields]
    made = {
        "item_id": "n",
        "epoch": str(epoch),
        "link": "randomblob(16)",
        "back": "randomblob(57)",
        "due_at": "0",
    }
    values = ", ".join(made.get(column, _nothing(Loan, column)) for column in columns)
    fill("circulation_loan", ", ".join(columns), values, 10_000_000, rows)
    print(f"{rows:,} loans of one epoch written in {time.perf_counter() - begin:.0f} s")
    begin = time.perf_counter()
    house.vault.destroy_epoch("loans", epoch)
    spent = time.perf_counter() - begin
    print(f"a month's keys destroyed, for {rows:,} loans, in {1000 * spent:.1f} ms: to hold 1 s")


def _nothing(model: Any, column: str) -> str:
    field = next(each for each in model._meta.concrete_fields if each.column == column)
    if field.null:
        return "NULL"
    return {"CharField": "''", "BinaryField": "x''", "DateField": "'2025-01-01'"}.get(
        field.get_internal_type(), "0"
    )


def sweep(home: Any, house: Any, rows: int) -> None:
    """Sweep the loans and as many holds and bookings, ``rows`` in all, while a desk works."""
    from circumspect.offices.retention import sweeping
    from circumspect.records.computers.models import Booking
    from circumspect.records.holds.models import Hold

    holds, bookings = rows // 4, rows // 4
    dead = {series: house.vault.link(series, 1).epoch for series in ("holds", "computers")}
    for model, series, count in ((Hold, "holds", holds), (Booking, "computers", bookings)):
        columns = [field.column for field in model._meta.concrete_fields]
        made = {
            "id": "n",
            "epoch": str(dead[series]),
            "link": "randomblob(16)",
            "back": "randomblob(57)",
            "state": "'waiting'",
            "title_id": "1",
            "seat_id": "1",
        }
        values = ", ".join(made.get(column, _nothing(model, column)) for column in columns)
        fill(model._meta.db_table, ", ".join(columns), values, 1, count)
    for series, epoch in dead.items():
        house.vault.destroy_epoch(series, epoch)
    add_items(400, start=500_000)
    desks = subprocess.Popen(
        [sys.executable, "-m", "bench.forgetting", "--desk", str(home.root)],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert desks.stdout is not None
    assert desks.stdin is not None
    desks.stdout.readline()  # it is open
    time.sleep(_SECONDS_ALONE)
    print("sweeping", file=desks.stdin, flush=True)
    begin = time.perf_counter()
    gone = sweeping.sweep_dead(house)
    spent = time.perf_counter() - begin
    print("swept", file=desks.stdin, flush=True)
    print(
        f"{gone:,} rows swept beside a working desk in {spent:.1f} s: {gone / spent:,.0f} rows/s, to hold 50,000"
    )
    print(desks.stdout.read().rstrip())
    desks.wait(30)
    bare(home.root, gone)


def bare(folder: Path, rows: int) -> None:
    """The limit: the same rows and index in raw sqlite3, deleted in the same pages."""
    connection = sqlite3.connect(folder / "bare-rows.sqlite3", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-16000;"
        "CREATE TABLE loan (id INTEGER PRIMARY KEY, epoch INTEGER, link BLOB, back BLOB, due INTEGER);"
        "CREATE INDEX loan_link ON loan (link); CREATE INDEX loan_due ON loan (due);"
        "BEGIN;"
        + _NUMBERS.format(first=1, last=rows)
        + " INSERT INTO loan SELECT n, 1, randomblob(16), randomblob(57), 0 FROM n; COMMIT;"
    )
    begin, last = time.perf_counter(), 0
    while True:
        keys = [
            row[0]
            for row in connection.execute("SELECT id FROM loan WHERE id > ? ORDER BY id LIMIT 1000", (last,))
        ]
        if not keys:
            break
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM loan WHERE id > ? AND id <= ?", (last, keys[-1]))
        connection.execute("COMMIT")
        last = keys[-1]
    spent = time.perf_counter() - begin
    print(
        f"  the limit of this run: raw sqlite3 deletes {rows:,} such rows in {spent:.1f} s: {rows / spent:,.0f} rows/s"
    )


def desk(root: str) -> None:
    """Lend and take back, until told that the sweep is over; print the times alone and beside it."""
    import threading

    os.environ["CIRCUMSPECT_HOME"] = root
    os.environ["DJANGO_SETTINGS_MODULE"] = "circumspect.settings"
    import django

    django.setup()
    from bench.common import VERSION
    from circumspect.home import Home
    from circumspect.records.catalog.models import Item
    from circumspect.records.circulation import lending
    from circumspect.records.patrons.registration import register
    from circumspect.trust.door.house import build_house

    house = build_house(Home.open(Path(root)), lambda: VERSION)
    patron = register(house, clerk(), invented(7_000_000, 1)[0])
    items = list(
        Item.objects.filter(id__lt=10_000_000).order_by("-id").values_list("barcode", flat=True)[:200]
    )
    print("open", flush=True)
    state = ["alone"]

    def listen() -> None:
        for line in sys.stdin:
            state[0] = {"sweeping": "beside", "swept": "over"}[line.strip()]

    threading.Thread(target=listen, daemon=True).start()
    spent: dict[str, list[float]] = {"alone": [], "beside": []}
    number = 0
    while state[0] != "over":
        item, when = items[number % len(items)], state[0]
        begin = time.perf_counter()
        lending.check_out(house, clerk(), patron, item, branch="main")
        lending.check_in(house, clerk(), item, branch="main")
        if when == state[0]:
            spent[when].append(time.perf_counter() - begin)
        number += 1
        time.sleep(0.02)  # a clerk is not a machine, and this is quicker than any clerk
    for name, seconds in spent.items():
        if seconds:
            figures(f"  a loan and its return, desk {name}", seconds)
    if all(spent.values()):
        ratio = percentile(spent["beside"], 0.95) / percentile(spent["alone"], 0.95)
        print(f"  p95 beside the sweep is {ratio:.1f} times that alone: to hold 2")


def erase(house: Any, patrons: int) -> None:
    """Forget people, one after the other, among so many."""
    from django.db import connections

    from circumspect.offices.retention.erasing import erase_on_request
    from circumspect.records.patrons.models import Patron
    from circumspect.records.patrons.registration import register

    begin = time.perf_counter()
    columns = [field.column for field in Patron._meta.concrete_fields]
    made = {name: "randomblob(60)" for name in columns if name.startswith("sealed_")}
    made |= {"id": "n", "changed_on": "'2026-01-01'"}
    fill(
        "patrons_patron",
        ", ".join(columns),
        ", ".join(made.get(name, "1" if name == "version" else "NULL") for name in columns),
        1,
        patrons,
    )
    fill("patrons_name_index", "token, patron, generation", "randomblob(16), n, 1", 1, patrons)
    fill("patrons_name_index", "token, patron, generation", "randomblob(16), n, 1", 1, patrons)
    fill("patrons_contact_index", "token, patron, generation", "randomblob(16), n, 1", 1, patrons)
    fill(
        "patrons_card",
        "id, patron_id, token, sealed_barcode, status, issued_on",
        "n, n, randomblob(16), randomblob(45), 'active', '2026-01-01'",
        1,
        patrons,
    )
    with connections["keys"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_subject_key (subject, kek, wrapped) "
            + _NUMBERS.format(first=1, last=patrons)
            + " SELECT n, 1, randomblob(61) FROM n"
        )
    print(f"{patrons:,} patrons with cards, indexes and keys written in {time.perf_counter() - begin:.0f} s")
    lead = replace(clerk(), roles=frozenset({"desk", "circulation_lead"}))
    real = [register(house, clerk(), each) for each in invented(8_000_000, 30)]
    spent, first = [], []
    destroy = house.vault.destroy_subject

    for patron in real:
        begin = time.perf_counter()

        def timed_destroy(subject: int, begin: float = begin) -> bool:
            done = destroy(subject)
            first.append(time.perf_counter() - begin)
            return done

        house.vault.destroy_subject = timed_destroy
        assert erase_on_request(house, lead, patron).is_done
        spent.append(time.perf_counter() - begin)
    figures(f"erase one among {patrons:,} (to hold 1 s)", spent)
    figures("  of that, until nothing of it opens any more", first)


if __name__ == "__main__":
    main()
