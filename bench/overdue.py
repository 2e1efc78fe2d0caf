"""The overdue run: everything that is out has come to a step of the ladder, and everybody is written to by e-mail.

    python -m bench.overdue [--loans 100000] [--readers 25000]

Mail is put into words and into bytes as it would go over the wire, and given to a transport that sends nothing. What
a mail server takes is not measured: it is the library's own, or somebody else's. Afterwards a second run, which
has to find nothing to do.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from typing import Any

from bench.common import add_items, invented, machine, make_home, make_house

_DAY = 86400
_NOTICES = """
[notices]
on = true
send_from = "00:00"
send_until = "23:59:59"
[notices.email]
host = "127.0.0.1"
tls = "none"
sender = "notices@library.example"
bounces = "bounces@library.example"
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=100_000)
    parser.add_argument("--readers", type=int, default=25_000)
    options = parser.parse_args()
    home = make_home()
    path = home.root / "config.toml"
    path.write_text(path.read_text() + _NOTICES)
    house = make_house(type(home).open(home.root))
    print(machine())
    fill(house, options.loans, options.readers)
    print(
        f"{options.loans:,} loans of {options.readers:,} readers, all 1 to 20 days overdue; ledger durable, SQLite FULL"
    )
    for turn in ("first run", "second run"):
        run_once(house, turn)
    print(f"{house.ledger.size():,} entries in the ledger")
    restart(house)


def fill(house: Any, loans: int, readers: int) -> None:
    """Readers with e-mail, and what they have out."""
    from django.db import connection, transaction

    from circumspect.records.patrons.finding import NameSlots
    from circumspect.records.patrons.registration import register_many
    from circumspect.trust.policy.request import Actor, ActorKind

    job, slots = Actor(ActorKind.JOB, "import"), NameSlots(house.vault)
    people: list[int] = []
    for start in range(0, readers, 500):
        people += register_many(house, job, invented(start, min(500, readers - start)), slots=slots)
    add_items(loans)
    now = int(house.clock().timestamp())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM catalog_item ORDER BY id")
        items = [row[0] for row in cursor.fetchall()]
        rows = []
        for at, item in enumerate(items):
            link = house.vault.link("loans", people[at % readers])
            due = now - random.randint(1, 20) * _DAY
            rows.append((item, "main", link.epoch, link.token, link.back, due, 0, "*"))
        cursor.executemany(
            "INSERT INTO circulation_loan (item_id, branch, epoch, link, back, due_at, renewals, rule)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def run_once(house: Any, turn: str) -> None:
    """One run, in its two parts."""
    from circumspect.offices.notices.kinds import Channel, NoticeSettings
    from circumspect.offices.notices.planning import plan
    from circumspect.offices.notices.sending import Sent, send
    from circumspect.offices.notices.transports import NullTransport

    settings, transport, done = NoticeSettings.of(house.home), NullTransport(clock=house.clock), Sent()
    begin, worked = time.perf_counter(), time.process_time()
    planned = plan(house, settings)
    middle = time.perf_counter()
    send(house, settings, Channel.EMAIL, transport, done)
    end = time.perf_counter()
    print(
        f"{turn}: {planned:,} notices planned in {middle - begin:.1f} s, {transport.count:,} sent in {end - middle:.1f} s,"
        f" together {end - begin:.1f} s ({time.process_time() - worked:.1f} s of one processor); load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def restart(house: Any) -> None:
    """All loans looked through once more, as after a crash: nobody is written to twice."""
    from circumspect.offices.notices.models import Notice, Round

    before = Notice.objects.count()
    Round.objects.all().delete()
    run_once(house, "looked through again, as after a crash")
    assert Notice.objects.count() == before, "somebody would have been written to twice"


if __name__ == "__main__":
    main()
