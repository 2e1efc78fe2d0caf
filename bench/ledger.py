"""A ledger of a million entries: verified offline, and entries proven one by one and ten thousand at once.

    python -m bench.ledger [--entries 1000000]

The entries are written straight into the tables, with the hashes they would have; then the house signs them, and the
standalone verifier judges the file in a process of its own. The limit beside it: hashing the same bytes, and no more.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.common import figures, machine, make_home, make_house, timed

_BODY = (
    '{"action":"view","active":true,"actor":"staff:%d","at":"2026-11-22T15:04:05Z","circumstance":"card just scanned",'
    '"clauses":["MP-5.2","TH-1.19"],"fields":["family_name","given_name"],"marks":["%s"],"nonce":"%s","outcome":"allowed",'
    '"own_record":false,"own_staff_record":false,"policy":"%s","purpose":"serve at the desk","reason":null,'
    '"roles":["desk"],"rules":["desk-serves"],"series":"registration","signed_version":"2026-11","subjects":1,'
    '"version_in_force":"2026-11"}'
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    entries = parser.parse_args().entries
    home = make_home()
    house = make_house(home)
    print(machine())
    begin = time.perf_counter()
    write(entries)
    print(f"{entries:,} entries written in {time.perf_counter() - begin:.0f} s")
    begin = time.perf_counter()
    house.ledger.checkpoint()
    print(f"signed, with all nodes of the tree, in {time.perf_counter() - begin:.1f} s")
    verify(home, house, entries)
    prove(house, entries)
    print(machine())


def write(entries: int) -> None:
    """Entries with one mark each, in pages."""
    from django.db import connections, transaction

    policy = "ab" * 32
    with connections["ledger"].cursor() as cursor:
        cursor.execute("PRAGMA cache_size = -200000")
    for start in range(0, entries, 50_000):
        rows, marks = [], []
        for index in range(start, min(entries, start + 50_000)):
            body = _BODY % (index % 40, os.urandom(32).hex(), os.urandom(16).hex(), policy)
            rows.append((index, body, hashlib.sha256(b"\x00" + body.encode()).digest()))
            marks.append((index, 0, 1, os.urandom(16), b"\x01" * 48))
        with transaction.atomic(using="ledger"), connections["ledger"].cursor() as cursor:
            cursor.executemany("INSERT INTO ledger_entry (idx, body, leaf_hash) VALUES (%s, %s, %s)", rows)
            cursor.executemany(
                "INSERT INTO ledger_entry_mark (entry, ordinal, epoch, link, back) VALUES (%s, %s, %s, %s, %s)",
                marks,
            )
    from circumspect.trust.ledger.models import Head

    Head.objects.update_or_create(id=1, defaults={"size": entries})


def verify(home: Any, house: Any, entries: int) -> None:
    """The standalone verifier, and the bare hashing of the same leaves."""
    from django.db import connections

    from circumspect.trust.ledger import verifier

    database = home.data / "ledger.sqlite3"
    connections.close_all()
    begin = time.perf_counter()
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            str(verifier.__file__),
            "--database",
            str(database),
            "--key",
            house.ledger.vkey,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    spent = time.perf_counter() - begin
    print(
        f"verified offline in {spent:.1f} s ({entries / spent:,.0f}/s), exit code {done.returncode}: to hold 60 s"
    )
    leaf = (_BODY % (1, "0" * 64, "0" * 32, "ab" * 32)).encode()
    begin = time.perf_counter()
    for _ in range(2 * entries):
        hashlib.sha256(leaf)
    print(
        f"  the limit of this run: {2 * entries:,} bare SHA-256 of a leaf in {time.perf_counter() - begin:.1f} s"
    )


def prove(house: Any, entries: int) -> None:
    """Single proofs, and files of proofs."""
    from circumspect.trust.ledger import tree, verifier
    from circumspect.trust.ledger.proofs import proof_file

    chance = random.Random(1)
    places = [chance.randrange(entries) for _ in range(200)]
    at = iter(places)
    figures(
        "inclusion proof (to hold 50 ms)", timed(lambda: house.ledger.inclusion_proof(next(at), entries), 200)
    )
    root = house.ledger.latest_checkpoint().root
    leaf = house.ledger.entries(places[0], places[0] + 1)[0].leaf_hash
    tree.check_inclusion(leaf, places[0], entries, house.ledger.inclusion_proof(places[0], entries), root)
    for many in (1, 100, min(10_000, entries)):
        chosen = sorted(chance.sample(range(entries), many))
        begin = time.perf_counter()
        file = proof_file(house.ledger, chosen)
        made = time.perf_counter() - begin
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "looks.json"
            path.write_bytes(file)
            begin = time.perf_counter()
            report = verifier.verify_proofs(path, [verifier.read_key(house.ledger.vkey)], [])
            checked = time.perf_counter() - begin
        assert report.covered == many
        print(
            f"a file of proofs for {many:,} entries: made in {made:.2f} s, {len(file) / 1e6:.2f} MB, checked in {checked:.2f} s"
        )


if __name__ == "__main__":
    main()
